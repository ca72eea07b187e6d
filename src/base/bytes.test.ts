import { expect, test } from 'vitest';
import { hexOf, joined, placeOf, sameBytes, utf8Length } from './bytes.ts';

const bytes = Uint8Array.of(0, 1, 0xab, 0xff, 1, 0xab, 0x10);

test('bytes in hexadecimal, with the engine and without', () => {
  expect(hexOf(bytes)).toBe('0001abff01ab10');
  const withoutToHex = Object.assign(bytes.slice(), { toHex: undefined });
  expect(hexOf(withoutToHex as never)).toBe('0001abff01ab10');
  expect(hexOf(new Uint8Array(0))).toBe('');
});
test('bytes are compared by length and value', () => {
  expect(sameBytes(bytes, bytes.slice())).toBe(true);
  expect(sameBytes(bytes, bytes.subarray(1))).toBe(false);
  expect(
    sameBytes(
      bytes,
      bytes.map((byte) => byte ^ 1),
    ),
  ).toBe(false);
});
test('pieces are put one after the other', () => {
  expect(joined([bytes.subarray(0, 3), new Uint8Array(0), bytes.subarray(3)])).toEqual(bytes);
});
test('some bytes are found among others', () => {
  expect(placeOf(bytes, Uint8Array.of(1, 0xab))).toBe(1);
  expect(placeOf(bytes, Uint8Array.of(1, 0xab), 2)).toBe(4);
  expect(placeOf(bytes, Uint8Array.of(0xab, 0x10, 0))).toBe(-1);
});
test('the length of a text in UTF-8', () => expect(utf8Length('aß€😀')).toBe(1 + 2 + 3 + 4));
