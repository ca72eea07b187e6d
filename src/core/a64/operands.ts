import type { Builder } from '../ir/builder.ts';
import type { I64, Int, Value } from '../ir/types.ts';

type Shifted = { readonly z: number; readonly t: number; readonly m: number; readonly i: number };

/** A shifted amount of 32 or more is reserved for W registers. */
export const reservedShift = (f: Shifted): boolean => !f.z && f.i > 31;

/** Rm with LSL, LSR, ASR or ROR by a constant. */
export function shiftedRegister(ir: Builder, f: Shifted): Value<Int> {
  const value = ir.reg(f.z, f.m);
  switch (f.t) {
    case 0:
      return ir.shlBy(value, f.i);
    case 1:
      return ir.shrUBy(value, f.i);
    case 2:
      return ir.shrSBy(value, f.i);
    default:
      return ir.rotrBy(value, f.i);
  }
}

type Extended = { readonly z: number; readonly p: number; readonly m: number; readonly i: number };

/** Rm extended by option `p` (UXTB … SXTX), then shifted left by `i`. */
export function extendedRegister(ir: Builder, f: Extended): Value<Int> {
  return ir.shlBy(f.z ? extended64(ir, f.p, f.m) : extended32(ir, f.p, f.m), f.i) as Value<Int>;
}

function extended32(ir: Builder, option: number, m: number): Value<Int> {
  const value = ir.w(m);
  const size = option & 3;
  if (size > 1) return value;
  return option & 4 ? ir.signExtend(value, size ? 16 : 8) : ir.and(value, ir.i32(size ? 0xffff : 0xff));
}

function extended64(ir: Builder, option: number, m: number): I64 {
  const size = option & 3;
  if (size === 3) return ir.x(m);
  if (size === 2) return option & 4 ? ir.extendS(ir.w(m)) : ir.extendU(ir.w(m));
  return option & 4 ? ir.signExtend(ir.x(m), size ? 16 : 8) : ir.and(ir.x(m), ir.i64(size ? 0xffff : 0xff));
}
