import { expect, it } from 'vitest';
import { hexOf } from '../base/bytes.ts';
import type { PlainMap } from '../base/plain.ts';
import type { Stateful } from '../base/stateful.ts';
import { stateDigest } from './state-digest.ts';

const part = (state: PlainMap, more: Partial<Stateful> = {}): Stateful => ({
  name: 'uart',
  version: 1,
  save: () => state,
  restore() {},
  ...more,
});
const of = (parts: readonly Stateful[], root = 0): string => hexOf(stateDigest(parts, new Uint8Array(32).fill(root)));

it('changes with each part of the state, and with memory', () => {
  const states: readonly PlainMap[] = [
    { x: [2n], fifo: Uint8Array.from([3]) },
    { x: [3n], fifo: Uint8Array.from([3]) },
    { x: [2n], fifo: Uint8Array.from([4]) },
    { x: [2n], fifo: Uint8Array.from([3, 0]) },
    { x: [2n, 0n], fifo: Uint8Array.from([3]) },
    { x: [0], fifo: Uint8Array.from([0]) },
    { x: [], fifo: Uint8Array.from([]) },
    { x: [[0, 1], [], true, 'text'] },
    { x: [[0, 1], [], true, '"text"'] },
    { y: [2n], fifo: Uint8Array.from([3]) },
  ];
  const digests = states.map((state) => of([part(state)]));
  digests.push(of([part(states[0] as PlainMap)], 1), of([part(states[0] as PlainMap, { name: 'uart2' })]));
  expect(new Set(digests).size).toBe(digests.length);
});

it('does not change with versions, with the order of fields, or with fields that hold nothing', () => {
  const digest = of([part({ a: 1, b: { c: 2, d: 3n } })]);
  for (const other of [
    part({ a: 1n, b: { c: 2, d: 3 } }),
    part({ b: { d: 3n, c: 2 }, a: 1 }, { version: 2 }),
    part({ a: 1, b: { c: 2, d: 3n, e: 0n, f: null }, g: [], h: { i: false, j: '' }, k: new Uint8Array() }),
  ])
    expect(of([other])).toBe(digest);
  expect(of([part({ a: 1, b: { c: 2, d: 3n } }), part({ x: 1 }, { name: 'tlb', hashed: false })])).toBe(digest);
});
