import type { Lifters32 } from '../decode/lift.ts';
import { shapeOf } from '../simd/lanes.ts';
import { V } from '../state/cells.ts';
import { isOddQuad, write } from './simd-operands.ts';
import { doubleOf, singleOf } from './vfp-operands.ts';
import type { simdTransfer, vfpTransfer } from './vfp-transfer.table.ts';

/** Lane `i` of 1 << log2 bytes of the D register that Vn:N numbers. */
const laneCell = (f: { readonly n: number; readonly i: number }, log2: number): number =>
  V + 8 * doubleOf(f.n) + (f.i << log2);

/** S31 has none behind it. */
const isLastSingle = (m: number): boolean => singleOf(m) === 31;

export const vfpTransferLift = {
  VMOV_s_from_r: (ir, f) => {
    ir.setS(f.n, ir.r(f.t));
    return 'next';
  },
  VMOV_r_from_s: (ir, f) => {
    ir.setR(f.t, ir.s(f.n));
    return 'next';
  },
  VMOV_ss_from_rr: (ir, f) => {
    if (isLastSingle(f.m)) return ir.undefined();
    ir.setS(singleOf(f.m), ir.r(f.t));
    ir.setS(singleOf(f.m) + 1, ir.r(f.u));
    return 'next';
  },
  VMOV_rr_from_ss: (ir, f) => {
    if (isLastSingle(f.m)) return ir.undefined();
    ir.setR(f.t, ir.s(singleOf(f.m)));
    ir.setR(f.u, ir.s(singleOf(f.m) + 1));
    return 'next';
  },
  VMOV_d_from_rr: (ir, f) => {
    ir.setD(f.m, ir.or(ir.extendU(ir.r(f.t)), ir.shlBy(ir.extendU(ir.r(f.u)), 32)));
    return 'next';
  },
  VMOV_rr_from_d: (ir, f) => {
    ir.setR(f.t, ir.s(2 * f.m));
    ir.setR(f.u, ir.s(2 * f.m + 1));
    return 'next';
  },
  VMOV_lane32_from_r: (ir, f) => {
    ir.setCell32(laneCell(f, 2), ir.r(f.t));
    return 'next';
  },
  VMOV_r_from_lane32: (ir, f) => {
    ir.setR(f.t, ir.cell32(laneCell(f, 2)));
    return 'next';
  },
} satisfies Lifters32<typeof vfpTransfer>;

export const simdTransferLift = {
  VMOV_lane8_from_r: (ir, f) => {
    ir.setCell8(laneCell(f, 0), ir.r(f.t));
    return 'next';
  },
  VMOV_lane16_from_r: (ir, f) => {
    ir.setCell16(laneCell(f, 1), ir.r(f.t));
    return 'next';
  },
  VMOV_r_from_lane8: (ir, f) => {
    const byte = ir.cell8(laneCell(f, 0));
    ir.setR(f.t, f.u ? byte : ir.signExtend(byte, 8));
    return 'next';
  },
  VMOV_r_from_lane16: (ir, f) => {
    const half = ir.cell16(laneCell(f, 1));
    ir.setR(f.t, f.u ? half : ir.signExtend(half, 16));
    return 'next';
  },
  VDUP_from_r: (ir, f) => {
    const d = doubleOf(f.n);
    if (isOddQuad(f.q, d) || (f.b && f.e)) return ir.undefined();
    write(ir, f.q, d, ir.splat(shapeOf(2 - f.e - 2 * f.b), ir.r(f.t)));
    return 'next';
  },
} satisfies Lifters32<typeof simdTransfer>;
