import { describe, expect, test } from 'vitest';
import { Prng } from '../../base/prng.ts';
import { lifted } from '../aarch32/lifting.fixture.ts';
import { Decoder, undeclaredOverlaps } from '../decode/decoder.ts';
import type { EncodingClass } from '../decode/lift.ts';
import { a32FrontEnd } from './front-end.ts';
import { a32Classes, a32UnconditionalClasses } from './index.ts';

const rowNames = (classes: readonly EncodingClass[]): string[] => classes.flatMap((c) => Object.keys(c.rows));

describe.each([
  ['conditional', a32Classes],
  ['unconditional', a32UnconditionalClasses],
])('%s instructions', (_name, classes) => {
  test('where two rows overlap, one says that it beats the other', () => {
    expect(undeclaredOverlaps(new Decoder(classes).rows)).toEqual([]);
  });
  test('names of rows are unique', () => {
    const names = rowNames(classes);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });
  test('rows beat rows that there are', () => {
    const { rows } = new Decoder(classes);
    const names = new Set(rowNames(classes));
    expect(rows.flatMap((row) => row.beats.filter((name) => !names.has(name)))).toEqual([]);
  });
});

test('the two spaces are told apart by bits 31:28', () => {
  const top = 0xf000_0000 | 0;
  for (const { name, mask, value } of new Decoder(a32Classes).rows)
    expect([name, mask & top, value & top]).toEqual([name, 0, 0]);
  for (const { name, mask, value } of new Decoder(a32UnconditionalClasses).rows)
    expect([name, mask & top, value & top]).toEqual([name, top, top]);
});

test.each([0, 1, 2] as const)('all can be lifted, reserved values and UNPREDICTABLE ones included, at PL%i', (el) => {
  const random = new Prng(1n);
  for (let i = 0; i < 20_000; i++) lifted(a32FrontEnd, [Number(random.next64() & 0xffff_ffffn)], { el, sctlr: 0x400 });
});
