import { expect, it } from 'vitest';
import { Prng } from '../../base/prng.ts';
import { fakeBtf } from './btf.fixture.ts';
import { Btf, findBtf } from './btf.ts';

const [INT, CHAR, COMM, NAME, INNER, UNNAMED] = [1, 2, 3, 4, 5, 6];
const types = fakeBtf([
  { kind: 'int', name: 'int', bytes: 4 },
  { kind: 'int', name: 'char', bytes: 1 },
  { kind: 'array', type: CHAR as number, count: 16 },
  { kind: 'typedef', name: 'name_t', type: COMM as number },
  {
    kind: 'struct',
    name: 'inner',
    bytes: 12,
    members: [
      { name: 'low', at: 0, type: INT as number },
      { name: 'high', at: 8, type: INT as number },
    ],
  },
  { kind: 'union', name: '', bytes: 12, members: [{ name: 'deep', at: 4, type: INNER as number }] },
  { kind: 'enum64', name: 'wide', values: 3 },
  { kind: 'pointer', type: 9 },
  {
    kind: 'struct',
    name: 'outer',
    bytes: 64,
    members: [
      { name: 'flag', at: 0, type: INT as number, bits: 3 },
      { name: '', at: 8, type: UNNAMED as number },
      { name: 'inner', at: 24, type: INNER as number },
      { name: 'comm', at: 40, type: NAME as number },
      { name: 'next', at: 56, type: 8 },
    ],
  },
]);

it('tells where members lie, also those of what has no name', () => {
  const btf = Btf.read(types) as Btf;
  expect(btf.size).toBe(10);
  expect(btf.sizeOf('outer')).toBe(64);
  expect(btf.member('outer', 'comm')).toEqual({ offset: 40, size: 16 });
  expect(btf.member('outer', 'inner.high')).toEqual({ offset: 32, size: 4 });
  expect(btf.member('outer', 'deep.high')).toEqual({ offset: 8 + 4 + 8, size: 4 });
  expect(btf.member('outer', 'next')).toEqual({ offset: 56, size: 0 });
  for (const [of, member] of [
    ['outer', 'com'],
    ['outer', 'comm.x'],
    ['oute', 'comm'],
    ['int', 'comm'],
  ] as const)
    expect(btf.member(of, member)).toBe(undefined);
});

it('is found in an image, the largest of several', () => {
  const small = fakeBtf([{ kind: 'int', name: 'int', bytes: 4 }]);
  const image = Buffer.concat([Buffer.alloc(100, 0x9f), small, types, small, types.subarray(0, 30)]);
  expect(findBtf(image)?.size).toBe(10);
  expect(findBtf(image.subarray(0, 100))).toBe(undefined);
});

it('takes forged types, whatever they are', () => {
  const looped = fakeBtf([
    { kind: 'typedef', name: 'a', type: 2 },
    { kind: 'const', type: 1 },
    {
      kind: 'struct',
      name: 's',
      bytes: 4,
      members: [
        { name: '', at: 0, type: 3 },
        { name: 'm', at: 0, type: 1 },
      ],
    },
    { kind: 'array', type: 4, count: 1000 },
    { kind: 'struct', name: 't', bytes: 4, members: [{ name: 'm', at: 0, type: 4 }] },
  ]);
  const btf = Btf.read(looped) as Btf;
  expect(btf.member('s', 'm')).toEqual({ offset: 0, size: 0 });
  expect(btf.member('s', 'none')).toBe(undefined);
  expect(btf.member('t', 'm')?.offset).toBe(0);
  const prng = new Prng(1n);
  const below = (limit: number): number => Number(prng.next64() % BigInt(limit));
  for (let run = 0; run < 500; run++) {
    const forged = Buffer.from(types);
    for (let n = below(8); n >= 0; n--) forged[below(forged.length)] = below(256);
    const read = Btf.read(forged);
    for (const path of ['comm', 'deep.high', 'inner.low']) read?.member('outer', path);
    findBtf(forged);
  }
  for (let cut = 0; cut < types.length; cut++) expect(Btf.read(types.subarray(0, cut))).toBe(undefined);
});
