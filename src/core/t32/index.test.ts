import { describe, expect, test } from 'vitest';
import { Prng } from '../../base/prng.ts';
import { lifted } from '../aarch32/lifting.fixture.ts';
import { Decoder, undeclaredOverlaps } from '../decode/decoder.ts';
import type { EncodingClass } from '../decode/lift.ts';
import { isWide, t32FrontEnd } from './front-end.ts';
import { t16Classes, t32Classes } from './index.ts';

const rowNames = (classes: readonly EncodingClass[]): string[] => classes.flatMap((c) => Object.keys(c.rows));

describe.each<[string, readonly EncodingClass[], number]>([
  ['16-bit', t16Classes, 16],
  ['32-bit', t32Classes, 32],
])('%s instructions', (_name, classes, width) => {
  test('where two rows overlap, one says that it beats the other', () => {
    expect(undeclaredOverlaps(new Decoder(classes, width).rows)).toEqual([]);
  });
  test('names of rows are unique', () => {
    const names = rowNames(classes);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });
  test('rows beat rows that there are', () => {
    const { rows } = new Decoder(classes, width);
    const names = new Set(rowNames(classes));
    expect(rows.flatMap((row) => row.beats.filter((name) => !names.has(name)))).toEqual([]);
  });
});

test('32-bit instructions are told by their first halfword', () => {
  for (const { name, value } of new Decoder(t32Classes).rows)
    expect([name, isWide(value >>> 16)]).toEqual([name, true]);
  for (const { name, value, mask } of new Decoder(t16Classes, 16).rows)
    expect([name, isWide(value | (~mask & 0xffff & 0x07ff))]).toEqual([name, false]);
});

test.each([0, 1, 2] as const)('all can be lifted, reserved values and UNPREDICTABLE ones included, at PL%i', (el) => {
  const random = new Prng(1n);
  for (let i = 0; i < 20_000; i++) {
    const halves = [Number(random.next64() & 0xffffn), Number(random.next64() & 0xffffn)];
    lifted(t32FrontEnd, halves, { el, thumb: true, it: i & 1 ? 0x0c : 0 });
  }
});
