import { expect, test } from 'vitest';
import { TextWatch } from './text-watch.ts';

const foundAt = (text: string, within: string): number => {
  const watch = new TextWatch(text);
  const at = [...Buffer.from(within)].findIndex((byte) => watch.see(byte));
  expect(watch.found).toBe(at >= 0);
  return at;
};

test('finds a text where it ends first, whatever began before it', () => {
  for (const [text, within] of [
    ['login:', 'Debian\nhost login: login:'],
    ['aab', 'aaaaab'],
    ['abababc', 'abababababc'],
    ['ä', 'a\u00e4'],
    ['x', 'no'],
  ] as const) {
    const place = Buffer.from(within).indexOf(text);
    expect(foundAt(text, within)).toBe(place < 0 ? -1 : place + Buffer.byteLength(text) - 1);
  }
});

test('a long text that nearly matches over and over costs no more', () => {
  const text = `${'a'.repeat(200_000)}b`;
  expect(foundAt(text, `${'a'.repeat(1_000_000)}b`)).toBe(1_000_000);
});
