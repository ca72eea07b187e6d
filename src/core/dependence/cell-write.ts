import type { Node } from '../ir/types.ts';
import type { Bits } from './bits.ts';
import type { Outside } from './register-functions.ts';

/** What a byte that was written is made of. */
export type WriteSource =
  | { readonly node: Node; readonly bits: Bits }
  /** Bits of a byte of a cell, as it was right before. */
  | { readonly cell: number; readonly mask: number }
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
