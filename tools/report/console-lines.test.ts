import { describe, expect, it } from 'vitest';
import { ConsoleLines } from './console-lines.ts';

function linesOf(pieces: readonly (readonly [at: number, text: string])[], kept?: { lines: number; chars: number }) {
  const lines = new ConsoleLines(kept);
  for (const [at, text] of pieces) lines.add(at, Buffer.from(text, 'utf8'));
  return lines.take();
}

describe('lines of a console', () => {
  it('begin with their first byte, wherever they are cut', () => {
    const { at, lines } = linesOf([
      [10, 'one\r\ntw'],
      [20, 'o'],
      [30, '\n\nfour\n'],
      [40, ''],
      [50, 'five'],
    ]);
    expect(lines).toEqual(['one', 'two', '', 'four', 'five']);
    expect([...at]).toEqual([10, 10, 30, 30, 50]);
  });

  it('are put together of bytes, not of characters', () => {
    const lines = new ConsoleLines();
    const bytes = Buffer.from('é€\n');
    for (const [i, byte] of bytes.entries()) lines.add(i, Uint8Array.of(byte));
    expect(lines.take().lines).toEqual(['é€']);
  });

  it('steer no terminal, and show what else is no text', () => {
    const { lines } = linesOf([[0, '\u001b[1;31mred\u001b[0m\u0007 \u0000\tx\u007f\n']]);
    expect(lines).toEqual(['red␇ ␀        x␡']);
  });

  it('keep the beginning and the end of what is long', () => {
    const pieces = Array.from({ length: 1000 }, (_, i) => [i, `line ${i}\n`] as const);
    const { lines, at, cut } = linesOf(pieces, { lines: 10, chars: 10_000 });
    expect(lines).toEqual(
      [...Array(10).keys(), ...Array.from({ length: 10 }, (_, i) => 990 + i)].map((i) => `line ${i}`),
    );
    expect([...at].at(-1)).toBe(999);
    expect(cut).toEqual({ behind: 10, lines: 980 });
  });

  it('are bounded by characters too', () => {
    const { lines, cut } = linesOf(
      Array.from({ length: 100 }, (_, i) => [i, `${'x'.repeat(99)}\n`] as const),
      { lines: 1000, chars: 1000 },
    );
    expect(lines.length).toBe(20);
    expect(cut?.lines).toBe(80);
    expect(linesOf([[0, 'y'.repeat(1_000_000)]]).lines[0]?.length).toBeLessThan(3000);
  });
});
