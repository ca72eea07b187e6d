import { expect, test } from 'vitest';
import { Builder } from '../ir/builder.ts';
import type { Node, V128 } from '../ir/types.ts';
import { gather } from './gather.ts';

/** What a tree of shuffles over vectors of named bytes yields. */
function bytesOf(node: Node, sources: readonly Node[]): number[] {
  const source = sources.indexOf(node);
  if (source >= 0) return Array.from({ length: 16 }, (_, i) => 16 * source + i);
  const both = [...bytesOf(node.a as Node, sources), ...bytesOf(node.b as Node, sources)];
  return Array.from(node.data as Uint8Array, (lane) => both[lane] as number);
}

const vectors = (ir: Builder): V128[] => [0n, 1n, 2n, 3n].map((n) => ir.v128(n, n));

test('bytes of up to four vectors end up in their places', () => {
  const ir = new Builder({} as never);
  const sources = vectors(ir);
  const lanes = (stride: number, first: number): number[] => Array.from({ length: 16 }, (_, i) => first + stride * i);
  for (const map of [lanes(4, 3), lanes(3, 1), lanes(2, 0), lanes(1, 7), lanes(1, 0).reverse()])
    expect(bytesOf(gather(ir, sources, map), sources)).toEqual(map);
});

test('a vector taken as it is needs no shuffle', () => {
  const ir = new Builder({} as never);
  const sources = vectors(ir);
  const map = Array.from({ length: 16 }, (_, i) => 32 + i);
  expect(gather(ir, sources, map)).toBe(sources[2]);
});
