import { describe, expect, it } from 'vitest';
import { ConsoleLines } from './console-lines.ts';

const portAt = (device: number): string | undefined => ['', 'hvc0'][device] || undefined;

function linesOf(pieces: readonly (readonly [at: number, text: string])[], kept?: { lines: number; chars: number }) {
  const lines = new ConsoleLines(portAt, kept);
  for (const [at, text] of pieces) lines.add(at, Buffer.from(text, 'utf8'), 0);
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
    const lines = new ConsoleLines(portAt);
    const bytes = Buffer.from('é€\n');
    for (const [i, byte] of bytes.entries()) lines.add(i, Uint8Array.of(byte), 0);
    expect(lines.take().lines).toEqual(['é€']);
  });

  it('of several consoles are told apart', () => {
    const lines = new ConsoleLines(portAt);
    for (const [at, text, device] of [
      [1, 'one ', 0],
      [2, 'two\nth', 1],
      [3, 'end\n', 0],
      [4, 'ree', 1],
    ] as const)
      lines.add(at, Buffer.from(text), device);
    const { at, lines: all } = lines.take();
    expect([all, [...at]]).toEqual([
      ['hvc0: two', 'one end', 'hvc0: three'],
      [2, 2, 2],
    ]);
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
