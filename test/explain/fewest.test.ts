import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fewest } from '../../src/explain/minimal/fewest.ts';

const numbers = (length: number): number[] => Array.from({ length }, (_, i) => i);

describe('the fewest items', () => {
  it('are those that are needed together, wherever they stand', async () => {
    const wanted = fc.uniqueArray(fc.nat(199), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 200 }), wanted, async (length, some) => {
        const needed = some.filter((one) => one < length).sort((a, b) => a - b);
        const left = await fewest(numbers(length), async (items) => needed.every((one) => items.includes(one)));
        expect(left).toEqual(needed);
      }),
    );
  });

  it('can none of them be left out alone, whatever it is that they show', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), fc.func(fc.boolean()), async (length, odd) => {
        const shows = async (items: readonly number[]) => items.length === length || odd([...items]);
        const left = await fewest(numbers(length), shows);
        expect(await shows(left)).toBe(true);
        if (left.length > 1)
          for (const one of left) expect(await shows(left.filter((other) => other !== one))).toBe(false);
      }),
    );
  });

  it('are found in few tries where what follows does not matter', async () => {
    let tries = 0;
    const left = await fewest(numbers(100_000), async (items) => {
      tries++;
      return items.includes(70) && items.includes(90);
    });
    expect(left).toEqual([70, 90]);
    expect(tries).toBeLessThan(80);
  });
});
