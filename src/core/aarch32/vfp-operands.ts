import type { Builder32 } from '../ir/builder32.ts';
import type { I32, I64, Int, Value } from '../ir/types.ts';
import { FPCR } from '../state/cells.ts';

// Register numbers of VFP and AdvSIMD. Rows join a number's bits in the order in which they stand: D:Vd and M:Vm number D
// registers so, Vn:N numbers S registers; for the others the bits are rotated. Arm ARM DDI 0406C, A7.3.

/** Vn:N to N:Vn. */
export const doubleOf = (n: number): number => ((n & 1) << 4) | (n >> 1);
/** D:Vd to Vd:D, M:Vm to Vm:M. */
export const singleOf = (n: number): number => ((n & 15) << 1) | (n >> 4);

/** `z`: doubles. */
export type OfD = { readonly z: number; readonly d: number };
export type OfN = { readonly z: number; readonly n: number };
export type OfM = { readonly z: number; readonly m: number };

export const readD = (ir: Builder32, f: OfD): Value<Int> => (f.z ? ir.d(f.d) : ir.s(singleOf(f.d)));
export const readN = (ir: Builder32, f: OfN): Value<Int> => (f.z ? ir.d(doubleOf(f.n)) : ir.s(f.n));
export const readM = (ir: Builder32, f: OfM): Value<Int> => (f.z ? ir.d(f.m) : ir.s(singleOf(f.m)));
export function writeD(ir: Builder32, f: OfD, value: Value<Int>): void {
  if (f.z) ir.setD(f.d, value as I64);
  else ir.setS(singleOf(f.d), value as I32);
}

/** The control that VFP runs under: FPSCR itself. */
export const fpscr = (ir: Builder32): I32 => ir.cell32(FPCR);
