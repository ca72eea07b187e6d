import { expect, it } from 'vitest';
import { Prng } from '../../base/prng.ts';
import { packRows } from './saved-translations.ts';

const wordsOf = (bytes: Uint8Array): number[] => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 4 }, (_, i) => view.getInt32(4 * i, true));
};
const chunked = (words: readonly number[], size: number): number[][] =>
  Array.from({ length: words.length / size }, (_, row) => words.slice(row * size, (row + 1) * size));

it('rows are packed in the order of their words, which are signed', () => {
  expect(wordsOf(packRows(Int32Array.of(), 2))).toEqual([]);
  expect(wordsOf(packRows(Int32Array.of(7, -7), 2))).toEqual([7, -7]);
  const rows = Int32Array.of(1, 5, -1, 9, 1, -5, 2 ** 31 - 1, 0, -(2 ** 31), 3);
  expect(chunked(wordsOf(packRows(rows, 2)), 2)).toEqual([
    [-(2 ** 31), 3],
    [-1, 9],
    [1, -5],
    [1, 5],
    [2 ** 31 - 1, 0],
  ]);
});

it.each([1, 2, 3])('whatever they are: as a sort of %i words says', (keys) => {
  const random = new Prng(BigInt(keys));
  const word = (): number => Number(BigInt.asIntN(32, random.next64())) >> Number(random.next64() % 32n);
  const byKeys = new Map<string, number[]>();
  for (let n = 0; n < 3000; n++) {
    const row = [word(), word(), word()];
    byKeys.set(row.slice(0, keys).join(), row);
  }
  const rows = [...byKeys.values()];
  const sorted = rows.toSorted((a, b) => {
    const at = a.findIndex((value, i) => value !== b[i]);
    return (a[at] as number) - (b[at] as number);
  });
  expect(chunked(wordsOf(packRows(Int32Array.from(rows.flat()), 3, keys)), 3)).toEqual(sorted);
});
