// lifting/: semantics that all three instruction sets share.

import { Sctlr } from '../fields/sctlr.ts';
import type { Builder } from '../ir/builder.ts';
import type { TranslationConfig } from '../ir/config.ts';
import { AccessFlags } from '../ir/ops.ts';
import type { I32, I64, Int, Value } from '../ir/types.ts';
import { reverse16, reverseBytes } from './reverse.ts';

// Bits of SCTLR_ELx. Arm ARM DDI 0487, D13.2.118. SCTLR of AArch32 has A in the same place.

/** Data accesses are big-endian: by CPSR.E in AArch32. */
export const bigEndian = (c: TranslationConfig): boolean =>
  c.aarch32 ? c.bigEndian : (c.sctlr & (c.el === 0 ? Sctlr.e0e : Sctlr.ee)) !== 0;
/** Alignment checking is on for all accesses. */
export const checksAlignment = (c: TranslationConfig): boolean => (c.sctlr & Sctlr.a) !== 0;

/** AccessFlags of ordinary accesses, and of LDTR and STTR (LDRT, STRT …), which act as EL0 at EL1 only. */
export const ordinary = (ir: Builder): number => (checksAlignment(ir.config) ? AccessFlags.aligned : 0);
export const unprivileged = (ir: Builder): number => ordinary(ir) | (ir.config.el === 1 ? AccessFlags.unprivileged : 0);

/** A value of 4 or 8 bytes between register and memory: reversed for big-endian data. */
export const inByteOrder = <T extends Int>(ir: Builder, value: Value<T>): Value<T> =>
  bigEndian(ir.config) ? reverseBytes(ir, value) : value;

/** A value of 1 << log2 bytes, zero-extended to i32, or an i64. */
export function load(ir: Builder, log2: number, address: I64, flags: number): Value<Int> {
  if (log2 === 0) return ir.load8(address, flags);
  if (log2 === 1) {
    const half = ir.load16(address, flags);
    return bigEndian(ir.config) ? reverse16(ir, half) : half;
  }
  return log2 === 2 ? inByteOrder(ir, ir.load32(address, flags)) : inByteOrder(ir, ir.load64(address, flags));
}

/** Stores the low 1 << log2 bytes of an i32, or an i64. */
export function store(ir: Builder, log2: number, address: I64, value: Value<Int>, flags: number): void {
  if (log2 === 0) {
    ir.store8(address, value as I32, flags);
  } else if (log2 === 1) {
    const half = value as I32;
    ir.store16(address, bigEndian(ir.config) ? reverse16(ir, half) : half, flags);
  } else if (log2 === 2) {
    ir.store32(address, inByteOrder(ir, value as I32), flags);
  } else {
    ir.store64(address, inByteOrder(ir, value as I64), flags);
  }
}
