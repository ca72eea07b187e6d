import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Prng } from '../base/prng.ts';
import { MemoryHash } from './memory-hash.ts';

const PAGE = 4096;

/** As the format says it, of all memory at once. */
function rootOf(memory: Uint8Array): string {
  const digest = (bytes: Uint8Array): Buffer =>
    bytes.some((b) => b !== 0) ? createHash('sha256').update(bytes).digest() : Buffer.alloc(32);
  let level = Array.from({ length: memory.length / PAGE }, (_, n) => digest(memory.subarray(n * PAGE, (n + 1) * PAGE)));
  while (level.length > 1) {
    const padded = [...level, ...new Array<Buffer>(63).fill(Buffer.alloc(32))];
    level = Array.from({ length: Math.ceil(level.length / 64) }, (_, n) =>
      digest(Buffer.concat(padded.slice(64 * n, 64 * n + 64))),
    );
  }
  return (level[0] as Buffer).toString('hex');
}
const text = (hash: MemoryHash): string => Buffer.from(hash.root).toString('hex');

describe.each([2, 64, 65, 4096, 4097])('of %d pages', (pages) => {
  it('is the tree of all pages, however it came about', () => {
    const memory = new Uint8Array(pages * PAGE);
    const hash = new MemoryHash(memory);
    expect(text(hash)).toBe('0'.repeat(64));
    const random = new Prng(BigInt(pages));
    for (let round = 0; round < 4; round++) {
      const changed = Array.from({ length: 5 }, () => Number(random.next64() % BigInt(pages)));
      for (const page of changed) memory.set(random.bytes(16), page * PAGE + 100);
      hash.update(changed);
      expect(text(hash)).toBe(rootOf(memory));
    }
    const all = new MemoryHash(memory);
    all.update(Array.from({ length: pages }, (_, n) => pages - 1 - n));
    expect(text(all)).toBe(text(hash));
  });

  it('does not show that a page was touched, if it holds zeros again', () => {
    const memory = new Uint8Array(pages * PAGE);
    const hash = new MemoryHash(memory);
    memory[PAGE + 5] = 1;
    hash.update([1]);
    expect(text(hash)).not.toBe('0'.repeat(64));
    expect([hash.isZero(0), hash.isZero(1)]).toEqual([true, false]);
    memory[PAGE + 5] = 0;
    hash.update([1, 0]);
    expect(text(hash)).toBe('0'.repeat(64));
  });
});

it('pages that are filled with a byte, and those that are nearly so', () => {
  const memory = new Uint8Array(8 * PAGE);
  const fill = (page: number, ...pattern: number[]): void => {
    for (let at = 0; at < PAGE; at++) memory[page * PAGE + at] = pattern[at % pattern.length] as number;
  };
  fill(0, 0xaa);
  fill(1, 0xaa);
  fill(2, 0xff);
  fill(3, 0xaa, 0xaa, 0xaa, 0xab);
  fill(4, 0, 0, 0, 1);
  fill(5, 0xaa);
  memory[6 * PAGE - 1] = 0xa8;
  fill(6, 0x5a);
  memory[6 * PAGE] = 0x5b;
  const hash = new MemoryHash(memory);
  for (let round = 0; round < 2; round++) {
    hash.update([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(text(hash)).toBe(rootOf(memory));
    fill(2, 0xaa);
    fill(1, 0x80);
  }
});

it('knows a page from its neighbour', () => {
  const roots = [0, 1, 63, 64].map((page) => {
    const memory = new Uint8Array(65 * PAGE);
    memory[page * PAGE] = 1;
    const hash = new MemoryHash(memory);
    hash.update([page]);
    return text(hash);
  });
  expect(new Set(roots).size).toBe(4);
});
