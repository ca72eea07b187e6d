import { expect, test } from 'vitest';
import { Decoder, undeclaredOverlaps } from '../decode/decoder.ts';
import { a64Classes } from './index.ts';

test('where two rows overlap, one says that it beats the other', () => {
  expect(undeclaredOverlaps(new Decoder(a64Classes).rows)).toEqual([]);
});

test('names of rows are unique', () => {
  const names = a64Classes.flatMap((c) => Object.keys(c.rows));
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});
