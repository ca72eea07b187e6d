import type { Builder32 } from '../ir/builder32.ts';
import type { V128 } from '../ir/types.ts';
import { V } from '../state/cells.ts';
import { doubleOf } from './vfp-operands.ts';

// Operands of AdvSIMD are D registers or, with `q`, the Q registers that two of them make: always by the number of the (lower)
// D register, which must be even for a Q register. Arm ARM DDI 0406C, A7.3.

export type QD = { readonly q: number; readonly d: number };
export type QDM = QD & { readonly m: number };
/** `n` is Vn:N, as it stands in the row. */
export type QDNM = QDM & { readonly n: number };

/** UNDEFINED: a Q register with an odd number. */
export const isOddQuad = (q: number, ...registers: readonly number[]): boolean =>
  q === 1 && registers.some((d) => (d & 1) === 1);
export const isOdd = (f: QD & { readonly n?: number; readonly m?: number }): boolean =>
  isOddQuad(f.q, f.d, doubleOf(f.n ?? 0), f.m ?? 0);

/** A D register is read into both halves of the vector. */
export const read = (ir: Builder32, q: number, d: number): V128 =>
  q ? ir.cell128(V + 8 * d) : ir.splat('i64x2', ir.d(d));
export function write(ir: Builder32, q: number, d: number, value: V128): void {
  if (q) ir.setCell128(V + 8 * d, value);
  else ir.setD(d, ir.lane64(value, 0));
}

export const bytesOf = (f: { readonly q: number }): number => 8 << f.q;
