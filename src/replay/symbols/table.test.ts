import { expect, test } from 'vitest';
import { GuestSymbols } from './guest-symbols.ts';
import { placeText, SymbolTable } from './table.ts';

const table = SymbolTable.of([
  { name: 'second', address: 0x200n },
  { name: '__first', address: 0x100n },
  { name: 'weak_first', address: 0x100n, weak: true },
  { name: 'first', address: 0x100n, bytes: 0x40n },
  { name: 'twice', address: 0x300n },
  { name: 'twice', address: 0x400n, bytes: 0x10n },
  { name: 'bell\x07', address: 0x180n },
]);
const at = (address: bigint): string | undefined => {
  const place = table.at(address);
  return place && placeText(place);
};

test('an address lies in the function that begins before it, by its best name, to its end', () => {
  expect([0xffn, 0x100n, 0x13fn, 0x140n, 0x180n].map(at)).toEqual([
    undefined,
    'first',
    'first+0x3f',
    undefined,
    undefined,
  ]);
  expect([0x200n, 0x2ffn, 0x300n, 0x40fn, 0x410n].map(at)).toEqual([
    'second',
    'second+0xff',
    'twice',
    'twice+0xf',
    undefined,
  ]);
});

test('a name is found with where it ends, each of several', () => {
  expect(table.find('second')).toEqual([{ from: 0x200n, to: 0x300n }]);
  expect(table.find('weak_first')).toEqual([{ from: 0x100n, to: 0x200n }]);
  expect(table.find('twice')).toEqual([
    { from: 0x300n, to: 0x400n },
    { from: 0x400n, to: 0x410n },
  ]);
  expect(table.find('third')).toEqual([]);
  expect(table.similar('irs', 5)).toEqual(['first', '__first', 'weak_first']);
});

test('names that a terminal would obey are left out; an empty table knows nothing', () => {
  expect(table.size).toBe(6);
  expect(SymbolTable.of([]).at(0n)).toBe(undefined);
});

test('where the kernel’s code ends is no function: what is behind has no name', () => {
  const ends = ['_etext', '_einittext'].map((name, n) => ({ name, address: 0x2000n + BigInt(n) * 0x2000n }));
  const code = SymbolTable.of([{ name: 'f', address: 0x1000n }, { name: 'g', address: 0x3000n }, ...ends]);
  const symbols = new GuestSymbols(code, [{ from: 0n, to: 0x1_0000n, slide: 0n }], []);
  const at = (pc: bigint) => symbols.text(pc);
  expect([0x1ffcn, 0x2000n, 0x2ffcn, 0x3004n, 0x8000n].map(at)).toEqual([
    'f+0xffc',
    undefined,
    undefined,
    'g+0x4',
    undefined,
  ]);
});

test('a million names for one address cost no more than a million', () => {
  const entries = Array.from({ length: 1_000_000 }, (_, i) => ({ name: `_${'_'.repeat(i % 50)}f`, address: 0x1000n }));
  const many = SymbolTable.of([...entries, { name: 'best', address: 0x1000n, weak: false }]);
  let found = 0;
  for (let i = 0n; i < 20_000n; i++) if (many.at(0x1000n + i)?.name === 'best') found++;
  expect(found).toBe(20_000);
  const symbols = new GuestSymbols(many, [{ from: 0n, to: 1n << 32n, slide: 0n }], []);
  const within = symbols.within('_f');
  for (let i = 0n; i < 20_000n; i++) if (within(0x1000n + i)) found--;
  expect(found).toBe(0);
});
