import type { Node, Type } from '../ir/types.ts';

/** Bits of a value: of 32, 64 or 128. */
export type Bits = bigint;

/** All bits of a value. */
export const allBits: { readonly [T in Type | 'none']: Bits } = {
  none: 0n,
  i32: (1n << 32n) - 1n,
  i64: (1n << 64n) - 1n,
  v128: (1n << 128n) - 1n,
};

/** The value of a node, as far as it is known at the moment: of 32 or 64 bits, unsigned. */
export type Known = (node: Node) => bigint | undefined;

/** What is wanted of a node's operands for some bits of its result. */
export interface Demand {
  readonly a?: Bits;
  readonly b?: Bits;
  readonly c?: Bits;
}
