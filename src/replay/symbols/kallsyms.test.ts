import { describe, expect, it } from 'vitest';
import { Prng } from '../../base/prng.ts';
import { findKallsyms } from './kallsyms.ts';
import { type KallsymsFields, kallsymsImage } from './symbols.fixture.ts';

const symbols = Array.from({ length: 700 }, (_, n) => ({
  type: n % 7 === 3 ? 'd' : 'tTwW'.charAt(n % 4),
  name: n === 504 ? 'start_kernel' : `pl011_func${n}`,
  offset: 16 * n,
}));

describe.each(['6.1', 'later 6.1', '6.4'] as const)('as Linux %s has it', (kind) => {
  it.each([4, 8] as const)('words of %i bytes', (wordBytes) => {
    const base = wordBytes === 8 ? 0xffff_8000_0800_0000n : 0xc000_8000n;
    const table = findKallsyms(kallsymsImage({ wordBytes, symbols, base, kind }), wordBytes);
    expect(table?.size).toBe(600);
    expect(table?.find('start_kernel')).toEqual([{ from: base + 8064n, to: base + 8080n }]);
    expect(table?.at(base + 16n * 699n + 4n)).toEqual({ name: 'pl011_func699', offset: 4n });
    // Data are left out: no code lies there.
    expect(table?.at(base + 48n)).toEqual({ name: 'pl011_func2', offset: 16n });
    expect(table?.data.size).toBe(100);
    expect(table?.data.find('pl011_func3')).toEqual([{ from: base + 48n, to: base + 160n }]);
    expect(table?.data.find('pl011_func2')).toEqual([]);
    expect(table?.span).toEqual({ from: base, to: base + 16n * 699n });
  });
});

it('names of more than 127 tokens', () => {
  const long = `long_${'x'.repeat(400)}`;
  const more = [...symbols, { type: 't', name: long, offset: 20_000 }];
  expect(findKallsyms(kallsymsImage({ wordBytes: 8, symbols: more }), 8)?.find(long)).toHaveLength(1);
});

it('wherever the image lies in its buffer', () => {
  const image = kallsymsImage({ wordBytes: 4, symbols });
  for (const offset of [1, 2, 4]) {
    const within = new Uint8Array(image.length + offset).subarray(offset);
    within.set(image);
    expect(findKallsyms(within, 4)?.size).toBe(600);
  }
});

it('is found behind what looks like the beginning of it', () => {
  const image = kallsymsImage({ wordBytes: 8, symbols });
  const decoy = Buffer.alloc(4096);
  decoy.write('0\x001\x002\x003\x004\x005\x006\x007\x008\x009\x00', 64, 'latin1');
  expect(findKallsyms(Buffer.concat([decoy, image]), 8)?.size).toBe(600);
});

it('where one byte is another, there is a table or none, and nothing else', () => {
  const fields: KallsymsFields = { wordBytes: 8, symbols: symbols.slice(0, 300) };
  const image = kallsymsImage(fields);
  const random = new Prng(1n);
  for (let n = 0; n < 2000; n++) {
    const damaged = Buffer.from(image);
    damaged[Number(random.next64() % BigInt(image.length))] = Number(random.next64() & 0xffn);
    const table = findKallsyms(damaged, 8);
    if (table) expect(table.find('pl011_func5').length).toBeLessThan(300);
  }
  for (let length = 0; length < image.length; length += 7) findKallsyms(image.subarray(0, length), 8);
});

it('variables of each kind, but nothing absolute', () => {
  const more = [...'dDbBrRvVaA'].map((type, n) => ({ type, name: `v_${type}`, offset: 20_000 + 8 * n }));
  const table = findKallsyms(kallsymsImage({ wordBytes: 8, symbols: [...symbols, ...more] }), 8);
  expect(table?.size).toBe(600);
  const found = more.filter(({ name }) => table?.data.find(name).length === 1).map(({ type }) => type);
  expect(found.join('')).toBe('dDbBrRvV');
});

it('is not found in what has none', () => {
  expect(findKallsyms(new Uint8Array(0), 8)).toBe(undefined);
  expect(findKallsyms(Buffer.from('0\x001\x00'.repeat(1000)), 8)).toBe(undefined);
  expect(findKallsyms(kallsymsImage({ wordBytes: 8, symbols: [] }), 8)).toBe(undefined);
});
