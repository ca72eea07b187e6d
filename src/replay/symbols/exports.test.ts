import { expect, test } from 'vitest';
import { Prng } from '../../base/prng.ts';
import { findExports } from './exports.ts';
import { SymbolTable } from './table.ts';

const START = { 4: 0xc020_8000n, 8: 0xffff_8000_0800_0000n } as const;
const MEMORY_BYTES = 0x10_0000;

interface Exported {
  readonly name: string;
  readonly offset: number;
}

/** An image with a table of exports: distances (8) or addresses (4), of entries of so many fields. */
function imageOf(wordBytes: 4 | 8, fields: 2 | 3, exported: readonly Exported[]): Buffer {
  const sorted = exported.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const out = Buffer.alloc(0x1_0000, 0xff);
  let nameAt = 0x8000;
  let entryAt = 0x1004;
  const put = (at: number, offset: number): unknown =>
    wordBytes === 8 ? out.writeInt32LE(offset - at, at) : out.writeUInt32LE(Number(START[4]) + offset, at);
  for (const { name, offset } of sorted) {
    put(entryAt, offset);
    put(entryAt + 4, nameAt);
    if (fields === 3) out.writeUInt32LE(0, entryAt + 8);
    nameAt += out.write(`${name}\0`, nameAt, 'latin1');
    entryAt += 4 * fields;
  }
  return out;
}

const functions = (start: bigint): SymbolTable =>
  SymbolTable.of([
    ...Array.from({ length: 100 }, (_, n) => ({ name: `function${n}`, address: start + 0x2_0000n + BigInt(16 * n) })),
    { name: '_einittext', address: start + 0x3_0000n },
  ]);
const exported: readonly Exported[] = [
  ...Array.from({ length: 100 }, (_, n) => ({ name: `function${n}`, offset: 0x2_0000 + 16 * n })),
  { name: 'jiffies', offset: 0x8_0000 },
  { name: 'panic_timeout', offset: 0xf_0008 },
  { name: 'of_each_cpu', offset: 0x3_1000 },
  { name: 'softnet_data', offset: 0x3_2000 },
  { name: '__per_cpu_offset', offset: 0x5_0000 },
  { name: 'beyond', offset: MEMORY_BYTES },
];
const find = (wordBytes: 4 | 8, bytes: Uint8Array): SymbolTable =>
  SymbolTable.of(
    findExports({ bytes, wordBytes, start: START[wordBytes], memoryBytes: MEMORY_BYTES }, functions(START[wordBytes])),
  );

test.each([
  [4, 2],
  [4, 3],
  [8, 2],
  [8, 3],
] as const)('words of %i bytes, %i to an entry', (wordBytes, fields) => {
  const table = find(wordBytes, imageOf(wordBytes, fields, exported));
  expect(table.size).toBe(3);
  const at = START[wordBytes] + 0x8_0000n;
  expect(table.find('jiffies')).toEqual([{ from: at, to: at + BigInt(wordBytes) }]);
  expect(table.at(at + 3n)).toEqual({ name: 'jiffies', offset: 3n });
  // How long it is nobody tells.
  expect(table.at(at + BigInt(wordBytes))).toBe(undefined);
  expect(table.find('panic_timeout')).toHaveLength(1);
  expect(table.find('function3')).toEqual([]);
});

test('functions of T32 are none', () => {
  const thumb = exported.map(({ name, offset }) => ({
    name,
    offset: name.startsWith('function') ? offset | 1 : offset,
  }));
  expect(find(4, imageOf(4, 3, thumb)).size).toBe(3);
});

test('of a kernel for one CPU all are variables like others', () => {
  const one = exported.filter(({ name }) => name !== '__per_cpu_offset');
  expect(find(8, imageOf(8, 3, one)).find('softnet_data')).toHaveLength(1);
});

test('a few names in order are no table; damage finds less, and nothing else', () => {
  expect(find(8, imageOf(8, 3, exported.slice(60))).size).toBe(0);
  expect(find(8, new Uint8Array(0)).size).toBe(0);
  const image = imageOf(8, 3, exported);
  const random = new Prng(1n);
  for (let n = 0; n < 200; n++) {
    const damaged = Buffer.from(image);
    damaged[0x1000 + Number(random.next64() % 0x500n)] = Number(random.next64() & 0xffn);
    expect(find(8, damaged).size).toBeLessThan(10);
  }
});

test('an image made to waste time does not', () => {
  // All names are the same long one, from every place.
  const image = Buffer.alloc(4 * 2 ** 20, 'a');
  for (let at = 0; at < image.length / 2; at += 4) image.writeInt32LE(image.length - 1024 - at, at);
  expect(find(8, image).size).toBe(0);
});
