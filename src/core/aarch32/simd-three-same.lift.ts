import type { Lifters32 } from '../decode/lift.ts';
import type { HelperName } from '../helpers/signatures.ts';
import type { Flow } from '../ir/builder.ts';
import type { Builder32 } from '../ir/builder32.ts';
import type { V128 } from '../ir/types.ts';
import * as arithmetic from '../simd/arithmetic.ts';
import { BHS, BHSD, type Binary, HS, isSize, type Ternary, vectorLanes } from '../simd/lanes.ts';
import * as saturate from '../simd/saturate.ts';
import { saturatingDoublingMultiplyHigh } from '../simd/widen.ts';
import { bytesOf, isOdd, type QDNM, read, write } from './simd-operands.ts';
import type { simdThreeSame } from './simd-three-same.table.ts';
import { doubleOf } from './vfp-operands.ts';

type Sized = QDNM & { readonly z: number };
type Signed = Sized & { readonly u: number };

const readN = (ir: Builder32, f: QDNM): V128 => read(ir, f.q, doubleOf(f.n));
const readM = (ir: Builder32, f: QDNM): V128 => read(ir, f.q, f.m);
const readD = (ir: Builder32, f: QDNM): V128 => read(ir, f.q, f.d);

function apply(ir: Builder32, f: Sized, sizes: number, op: Binary): Flow {
  if (!isSize(sizes, f.z) || isOdd(f)) return ir.undefined();
  write(ir, f.q, f.d, op(ir, vectorLanes(f.z, f.q), readN(ir, f), readM(ir, f)));
  return 'next';
}
function applyInto(ir: Builder32, f: Sized, op: Ternary): Flow {
  if (!isSize(BHS, f.z) || isOdd(f)) return ir.undefined();
  write(ir, f.q, f.d, op(ir, vectorLanes(f.z, f.q), readN(ir, f), readM(ir, f), readD(ir, f)));
  return 'next';
}

const lanewise =
  (sizes: number, op: Binary) =>
  (ir: Builder32, f: Sized): Flow =>
    apply(ir, f, sizes, op);
/** Of signed numbers, or with `u` of unsigned ones. */
const bySign =
  (sizes: number, signed: Binary, unsigned: Binary) =>
  (ir: Builder32, f: Signed): Flow =>
    apply(ir, f, sizes, f.u ? unsigned : signed);
const pairwise =
  (signed: Binary, unsigned: Binary) =>
  (ir: Builder32, f: Omit<Signed, 'q'>): Flow =>
    apply(ir, { ...f, q: 0 }, BHS, arithmetic.pairwise(f.u ? unsigned : signed));
const accumulating =
  (op: Ternary) =>
  (ir: Builder32, f: Sized): Flow =>
    applyInto(ir, f, op);

const bitwise =
  (op: (ir: Builder32, n: V128, m: V128, d: () => V128) => V128) =>
  (ir: Builder32, f: QDNM): Flow => {
    if (isOdd(f)) return ir.undefined();
    write(
      ir,
      f.q,
      f.d,
      op(ir, readN(ir, f), readM(ir, f), () => readD(ir, f)),
    );
    return 'next';
  };

/** The lanes of m, shifted by the low bytes of n's. */
const shift =
  (signed: HelperName, unsigned: HelperName) =>
  (ir: Builder32, f: Signed): Flow => {
    if (isOdd(f)) return ir.undefined();
    const operands = [ir.dAddress(f.d), ir.dAddress(f.m), ir.dAddress(doubleOf(f.n))] as const;
    ir.call(f.u ? unsigned : signed, ...operands, ir.i32(f.z), ir.i32(bytesOf(f)));
    return 'next';
  };

const { halvingAdd, halvingSub, roundingHalvingAdd, accumulate, deduct } = arithmetic;

export const simdThreeSameLift = {
  VHADD: bySign(BHS, halvingAdd(true), halvingAdd(false)),
  VQADD: bySign(BHSD, saturate.saturatingAddS, saturate.saturatingAddU),
  VRHADD: bySign(BHS, roundingHalvingAdd(true), roundingHalvingAdd(false)),
  VAND: bitwise((ir, n, m) => ir.v('v128.and', n, m)),
  VBIC: bitwise((ir, n, m) => ir.v('v128.andnot', n, m)),
  VORR: (ir, f) => {
    if (isOdd(f)) return ir.undefined();
    // VMOV (register) is VORR of a register with itself.
    const n = readN(ir, f);
    write(ir, f.q, f.d, doubleOf(f.n) === f.m ? n : ir.v('v128.or', n, readM(ir, f)));
    return 'next';
  },
  VORN: bitwise((ir, n, m) => ir.v('v128.or', n, ir.v('v128.not', m))),
  VEOR: bitwise((ir, n, m) => ir.v('v128.xor', n, m)),
  VBSL: bitwise((ir, n, m, d) => ir.v('v128.bitselect', n, m, d())),
  VBIT: bitwise((ir, n, m, d) => ir.v('v128.bitselect', n, d(), m)),
  VBIF: bitwise((ir, n, m, d) => ir.v('v128.bitselect', d(), n, m)),
  VHSUB: bySign(BHS, halvingSub(true), halvingSub(false)),
  VQSUB: bySign(BHSD, saturate.saturatingSubS, saturate.saturatingSubU),
  VCGT: bySign(BHS, arithmetic.greaterS, arithmetic.greaterU),
  VCGE: bySign(BHS, arithmetic.greaterEqualS, arithmetic.greaterEqualU),
  VSHL: shift('sshl', 'ushl'),
  VQSHL: shift('sqshl', 'uqshl'),
  VRSHL: shift('srshl', 'urshl'),
  VQRSHL: shift('sqrshl', 'uqrshl'),
  VMAX: bySign(BHS, arithmetic.maxS, arithmetic.maxU),
  VMIN: bySign(BHS, arithmetic.minS, arithmetic.minU),
  VABD: bySign(BHS, arithmetic.differenceS, arithmetic.differenceU),
  VABA: (ir, f) => applyInto(ir, f, accumulate(f.u ? arithmetic.differenceU : arithmetic.differenceS)),
  VADD: lanewise(BHSD, arithmetic.add),
  VSUB: lanewise(BHSD, arithmetic.sub),
  VTST: lanewise(BHS, arithmetic.testBits),
  VCEQ: lanewise(BHS, arithmetic.equal),
  VMLA: accumulating(accumulate(arithmetic.mul)),
  VMLS: accumulating(deduct(arithmetic.mul)),
  VMUL: lanewise(BHS, arithmetic.mul),
  VMUL_poly: (ir, f) => {
    if (isOdd(f)) return ir.undefined();
    ir.call('pmul8', ir.dAddress(f.d), ir.dAddress(doubleOf(f.n)), ir.dAddress(f.m), ir.i32(bytesOf(f)));
    return 'next';
  },
  VPMAX: pairwise(arithmetic.maxS, arithmetic.maxU),
  VPMIN: pairwise(arithmetic.minS, arithmetic.minU),
  VQDMULH: lanewise(HS, saturatingDoublingMultiplyHigh(false)),
  VQRDMULH: lanewise(HS, saturatingDoublingMultiplyHigh(true)),
  VPADD: (ir, f) => apply(ir, { ...f, q: 0 }, BHS, arithmetic.pairwise(arithmetic.add)),
} satisfies Lifters32<typeof simdThreeSame>;
