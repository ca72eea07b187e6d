import type { Node, Type } from '../ir/types.ts';
import type { Outside } from './register-functions.ts';

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

/** How a result hangs on something. Arm ARM DDI 0487, B2.3.2, has these dependencies. */
export const Kind = { data: 0, address: 1, control: 2 } as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

/** What a byte that was written is made of. */
export type WriteSource =
  | { readonly node: Node; readonly bits: Bits }
  /** Bits of a byte of a cell, as it was right before. */
  | { readonly cell: number; readonly mask: number; readonly isAddress?: true }
  | { readonly outside: Outside };

/** A write of cells that a node made, or of what has no cell of its own: a flag, PC. */
export interface CellWrite {
  readonly index: number;
  readonly at: number;
  readonly bytes: number;
  /** Else it may not have been made. */
  readonly isCertain: boolean;
  /** What decided that it was made. */
  readonly under?: Node;
  readonly sourcesOf: (byte: number, mask: number) => readonly WriteSource[];
}
