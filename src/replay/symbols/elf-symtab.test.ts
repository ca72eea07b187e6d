import { expect, test } from 'vitest';
import { Failure } from '../../base/failure.ts';
import { readElfSymbols } from './elf-symtab.ts';
import { elfWithSymbols } from './symbols.fixture.ts';
import { placeText } from './table.ts';

const symbols = [
  { name: 'main', value: 0x1000, size: 0x40 },
  { name: 'label_in_main', value: 0x1010, type: 0 },
  { name: '$x', value: 0x1000, type: 0 },
  { name: 'vectors', value: 0x2000, type: 0 },
  { name: 'data', value: 0x3000, size: 8, type: 1, section: 4 },
  { name: '.LANCHOR0', value: 0x3000, type: 0, section: 4 },
  { name: 'linker_made', value: 0x3010, type: 0, section: 4 },
  { name: 'table_in_code', value: 0x1100, size: 8, type: 1 },
  { name: 'of_a_thread', value: 0x10, type: 6, section: 4 },
  { name: 'in_no_memory', value: 0x10, type: 1, section: 3 },
  { name: 'absolute', value: 0x10, section: 0xfff1 },
  { name: 'elsewhere', value: 0, section: 0 },
];

test.each([1, 2] as const)('functions, and labels that are in none: class %i', (elfClass) => {
  const table = readElfSymbols(elfWithSymbols(elfClass, symbols), 'F');
  expect(table?.size).toBe(2);
  const places = [0x1000n, 0x1014n, 0x1040n, 0x2004n].map((at) => table?.at(at));
  expect(places.map((place) => place && placeText(place))).toEqual(['main', 'main+0x14', undefined, 'vectors+0x4']);
  const data = [0x1104n, 0x1108n, 0x3007n, 0x3008n, 0x3014n].map((at) => table?.data.at(at));
  expect(data.map((place) => place && placeText(place))).toEqual([
    'table_in_code+0x4',
    undefined,
    'data+0x7',
    undefined,
    'linker_made+0x4',
  ]);
  expect(table?.data.size).toBe(3);
});

test('a library that was stripped has what it exports', () => {
  expect(readElfSymbols(elfWithSymbols(2, symbols, 'dynsym'), 'F')?.find('main')).toHaveLength(1);
});

test('bit 0 of a function says T32, not where it lies', () => {
  const table = readElfSymbols(elfWithSymbols(1, [{ name: 'thumb', value: 0x1001, size: 8 }]), 'F');
  expect(table?.find('thumb')).toEqual([{ from: 0x1000n, to: 0x1008n }]);
});

test('an ELF without a table has none; a damaged one is refused or read as far as it goes, never beyond', () => {
  const whole = elfWithSymbols(2, symbols);
  const stripped = Buffer.from(whole);
  stripped.writeBigUInt64LE(0n, 40);
  expect(readElfSymbols(stripped, 'F')).toBe(undefined);
  for (let n = 8; n < whole.length; n++) {
    for (const value of [0, 0x7f, 0xff]) {
      const damaged = Buffer.from(whole);
      damaged[n] = value;
      try {
        readElfSymbols(damaged, 'F');
      } catch (error) {
        expect(error).toBeInstanceOf(Failure);
      }
    }
    expect(() => readElfSymbols(whole.subarray(0, n), 'F')).toThrow(Failure);
  }
});
