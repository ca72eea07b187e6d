import { expect, it } from 'vitest';
import { SPOOL_BLOCK_BYTES, Spool } from './spool.ts';

const filled = (bytes: number, value: number): Uint8Array => new Uint8Array(bytes).fill(value);

it('keeps copies side by side until it is cleared, and uses their memory again', () => {
  const spool = new Spool();
  const sizes = [100, SPOOL_BLOCK_BYTES, 0, SPOOL_BLOCK_BYTES - 1, 1, 1];
  const copies = sizes.map((bytes, i) => spool.copy(filled(bytes, i + 1)));
  expect(copies.map((copy) => copy.length)).toEqual(sizes);
  expect(copies.filter((copy, i) => copy.some((byte) => byte !== i + 1))).toEqual([]);
  spool.clear();
  expect(spool.copy(filled(10, 9)).buffer).toBe(copies[0]?.buffer);
  expect(copies[0]?.[0]).toBe(9);
});

it('lets go of what was far more than usual', () => {
  const spool = new Spool();
  const first = Array.from({ length: 10 }, () => spool.copy(filled(SPOOL_BLOCK_BYTES, 1)).buffer);
  spool.clear();
  const second = Array.from({ length: 10 }, () => spool.copy(filled(SPOOL_BLOCK_BYTES, 2)).buffer);
  expect(second.filter((block) => first.includes(block))).toHaveLength(8);
});

it('takes no more than a block at once', () => {
  expect(() => new Spool().copy(filled(SPOOL_BLOCK_BYTES + 1, 0))).toThrow('no more than a block');
});
