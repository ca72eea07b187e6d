import type { Builder } from '../ir/builder.ts';
import type { V128 } from '../ir/types.ts';

/** Where each of 16 bytes comes from: a byte of the concatenation of the sources. */
export type ByteMap = readonly number[];

/** Sixteen bytes out of up to four vectors: shuffles of two at a time, none where one vector is taken as it is. */
export function gather(ir: Builder, sources: readonly V128[], from: ByteMap): V128 {
  const used = [...new Set(from.map((at) => at >> 4))].sort();
  const [first, second, ...others] = used as [number, ...number[]];
  const start = sources[first] as V128;
  if (second === undefined && from.every((at, i) => (at & 15) === i)) return start;
  const pick = (at: number, i: number): number =>
    at >> 4 === first ? at & 15 : at >> 4 === second ? 16 + (at & 15) : i;
  let result = ir.shuffle(start, sources[second ?? first] as V128, from.map(pick));
  for (const other of others) {
    const lanes = from.map((at, i) => (at >> 4 === other ? 16 + (at & 15) : i));
    result = ir.shuffle(result, sources[other] as V128, lanes);
  }
  return result;
}
