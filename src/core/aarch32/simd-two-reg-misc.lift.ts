import type { Lifters32 } from '../decode/lift.ts';
import type { Flow } from '../ir/builder.ts';
import type { Builder32 } from '../ir/builder32.ts';
import type { V128 } from '../ir/types.ts';
import * as arithmetic from '../simd/arithmetic.ts';
import { B, BH, BHS, type Binary, isSize, laneBits, shiftLeft, type Unary, vectorLanes, zero } from '../simd/lanes.ts';
import { reverse, transpose, unzip, zip } from '../simd/permute.ts';
import * as saturate from '../simd/saturate.ts';
import { extend, narrow, pairwiseAddLong } from '../simd/widen.ts';
import { isOdd, isOddQuad, type QDM, read, write } from './simd-operands.ts';
import type { simdTwoRegMisc } from './simd-two-reg-misc.table.ts';

type Sized = QDM & { readonly z: number };
type Narrow = Omit<Sized, 'q'>;

const lanewise =
  (sizes: number, op: Unary) =>
  (ir: Builder32, f: Sized): Flow => {
    if (!isSize(sizes, f.z) || isOdd(f)) return ir.undefined();
    write(ir, f.q, f.d, op(ir, vectorLanes(f.z, f.q), read(ir, f.q, f.m)));
    return 'next';
  };
const compareZero = (op: Binary, zeroFirst = false) =>
  lanewise(BHS, (ir, lanes, a) => (zeroFirst ? op(ir, lanes, zero(ir), a) : op(ir, lanes, a, zero(ir))));
const bytewise =
  (op: (ir: Builder32, a: V128) => V128) =>
  (ir: Builder32, f: QDM): Flow => {
    if (isOdd(f)) return ir.undefined();
    write(ir, f.q, f.d, op(ir, read(ir, f.q, f.m)));
    return 'next';
  };
const pairwiseLong =
  (accumulate: boolean) =>
  (ir: Builder32, f: Sized & { readonly u: number }): Flow => {
    if (!isSize(BHS, f.z) || isOdd(f)) return ir.undefined();
    const sums = pairwiseAddLong(ir, !f.u, f.z + 1, read(ir, f.q, f.m));
    const wide = vectorLanes(f.z + 1, f.q);
    write(ir, f.q, f.d, accumulate ? arithmetic.add(ir, wide, read(ir, f.q, f.d), sums) : sums);
    return 'next';
  };
/** Of d and m: both registers are written. With one register twice, which is UNPREDICTABLE, m wins. */
function permuteBoth(ir: Builder32, f: Sized, op: (part: number) => Binary): Flow {
  if (isOdd(f)) return ir.undefined();
  const lanes = vectorLanes(f.z, f.q);
  const [d, m] = [read(ir, f.q, f.d), read(ir, f.q, f.m)] as const;
  write(ir, f.q, f.d, op(0)(ir, lanes, d, m));
  write(ir, f.q, f.m, op(1)(ir, lanes, d, m));
  return 'next';
}
/** Two lanes of a D register are VTRN's. */
const permuting =
  (op: (part: number) => Binary) =>
  (ir: Builder32, f: Sized): Flow =>
    isSize(f.q ? BHS : BH, f.z) ? permuteBoth(ir, f, op) : ir.undefined();

function applyNarrowing(ir: Builder32, f: Narrow, clamp: Unary | null): Flow {
  if (!isSize(BHS, f.z) || isOddQuad(1, f.m)) return ir.undefined();
  const wide = read(ir, 1, f.m);
  write(ir, 0, f.d, narrow(ir, f.z, clamp ? clamp(ir, { size: f.z + 1, bytes: 16 }, wide) : wide));
  return 'next';
}

export const simdTwoRegMiscLift = {
  VREV64: lanewise(BHS, reverse(3)),
  VREV32: lanewise(BH, reverse(2)),
  VREV16: lanewise(B, reverse(1)),
  VPADDL: pairwiseLong(false),
  VCLS: lanewise(BHS, arithmetic.countLeadingSigns),
  VCLZ: lanewise(BHS, arithmetic.countLeadingZeros),
  VCNT: bytewise((ir, a) => ir.v('i8x16.popcnt', a)),
  VMVN: bytewise((ir, a) => ir.v('v128.not', a)),
  VPADAL: pairwiseLong(true),
  VQABS: lanewise(BHS, saturate.saturatingAbs),
  VQNEG: lanewise(BHS, saturate.saturatingNeg),
  VCGT_zero: compareZero(arithmetic.greaterS),
  VCGE_zero: compareZero(arithmetic.greaterEqualS),
  VCEQ_zero: compareZero(arithmetic.equal),
  VCLE_zero: compareZero(arithmetic.greaterEqualS, true),
  VCLT_zero: compareZero(arithmetic.greaterS, true),
  VABS: lanewise(BHS, arithmetic.abs),
  VNEG: lanewise(BHS, arithmetic.neg),
  VSWP: (ir, f) => {
    if (isOdd(f)) return ir.undefined();
    const [d, m] = [read(ir, f.q, f.d), read(ir, f.q, f.m)] as const;
    write(ir, f.q, f.d, m);
    write(ir, f.q, f.m, d);
    return 'next';
  },
  VTRN: (ir, f) => (isSize(BHS, f.z) ? permuteBoth(ir, f, transpose) : ir.undefined()),
  VUZP: permuting(unzip),
  VZIP: permuting(zip),
  VMOVN: (ir, f) => applyNarrowing(ir, f, null),
  VQMOVUN: (ir, f) => applyNarrowing(ir, f, saturate.clampToNarrowSU),
  VQMOVN: (ir, f) => applyNarrowing(ir, f, f.u ? saturate.clampToNarrowU : saturate.clampToNarrowS),
  VSHLL_max: (ir, f) => {
    if (!isSize(BHS, f.z) || isOddQuad(1, f.d)) return ir.undefined();
    const wide = extend(ir, false, f.z + 1, false, read(ir, 0, f.m));
    write(ir, 1, f.d, shiftLeft(ir, f.z + 1, wide, laneBits(f.z)));
    return 'next';
  },
} satisfies Lifters32<typeof simdTwoRegMisc>;
