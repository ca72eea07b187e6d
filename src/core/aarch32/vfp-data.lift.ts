import type { Lifters32 } from '../decode/lift.ts';
import { BINARY_ADD, BINARY_DIV, BINARY_MUL, BINARY_SUB, UNARY_SQRT } from '../helpers/float-codes.ts';
import type { Flow } from '../ir/builder.ts';
import type { Builder32 } from '../ir/builder32.ts';
import type { Int, Value } from '../ir/types.ts';
import * as float from '../lifting/float.ts';
import { expandImmediate } from '../simd/expand-immediate.ts';
import { FPSR } from '../state/cells.ts';
import type { vfpData } from './vfp-data.table.ts';
import { fpscr, type OfD, type OfM, type OfN, readD, readM, readN, writeD } from './vfp-operands.ts';

type Two = OfD & OfM;
type Three = OfD & OfN & OfM;
type Operand = Value<Int>;

function write(ir: Builder32, f: OfD, value: Operand): Flow {
  writeD(ir, f, value);
  return 'next';
}

const product = (ir: Builder32, f: Three): Operand =>
  float.binary(ir, BINARY_MUL, readN(ir, f), readM(ir, f), fpscr(ir));

const binary =
  (op: number) =>
  (ir: Builder32, f: Three): Flow => {
    ir.checkScalar();
    return write(ir, f, float.binary(ir, op, readN(ir, f), readM(ir, f), fpscr(ir)));
  };
const unary =
  (op: (ir: Builder32, a: Operand) => Operand) =>
  (ir: Builder32, f: Two): Flow => {
    ir.checkScalar();
    return write(ir, f, op(ir, readM(ir, f)));
  };
/** ±d + ±(n × m), rounded twice; signs are changed of NaNs too. */
const chained =
  (minusAddend: boolean, minusProduct: boolean) =>
  (ir: Builder32, f: Three): Flow => {
    ir.checkScalar();
    const nm = product(ir, f);
    const d = readD(ir, f);
    const addend = minusAddend ? float.negate(ir, d) : d;
    return write(ir, f, float.binary(ir, BINARY_ADD, addend, minusProduct ? float.negate(ir, nm) : nm, fpscr(ir)));
  };
/** ±d + ±n × m, rounded once. */
const fused =
  (minusAddend: boolean, minusProduct: boolean) =>
  (ir: Builder32, f: Three): Flow => {
    ir.checkScalar();
    const d = readD(ir, f);
    const n = readN(ir, f);
    const addend = minusAddend ? float.negate(ir, d) : d;
    return write(ir, f, float.mulAdd(ir, addend, minusProduct ? float.negate(ir, n) : n, readM(ir, f), fpscr(ir)));
  };

/** FPSCR's own N, Z, C, V are FPSR's bits 31:28. */
const FLAGS = 0xf0000000;
function compare(ir: Builder32, f: OfD & { readonly e: number }, b: Operand): Flow {
  const nzcv = float.compare(ir, readD(ir, f), b, f.e, fpscr(ir));
  ir.setCell32(FPSR, ir.or(ir.and(ir.cell32(FPSR), ir.i32(~FLAGS)), nzcv));
  return 'next';
}

export const vfpDataLift = {
  VMLA_vfp: chained(false, false),
  VMLS_vfp: chained(false, true),
  VNMLS: chained(true, false),
  VNMLA: chained(true, true),
  VMUL_vfp: binary(BINARY_MUL),
  VNMUL: (ir, f) => {
    ir.checkScalar();
    return write(ir, f, float.negate(ir, product(ir, f)));
  },
  VADD_vfp: binary(BINARY_ADD),
  VSUB_vfp: binary(BINARY_SUB),
  VDIV: binary(BINARY_DIV),
  VFNMS: fused(true, false),
  VFNMA: fused(true, true),
  VFMA_vfp: fused(false, false),
  VFMS_vfp: fused(false, true),
  VMOV_vfp_imm: (ir, f) => {
    ir.checkScalar();
    return write(ir, f, ir.int(f.z ? 'i64' : 'i32', expandImmediate(f.z, 15, f.i)));
  },
  VMOV_vfp: unary((_, a) => a),
  VABS_vfp: unary(float.absolute),
  VNEG_vfp: unary(float.negate),
  VSQRT: unary((ir, a) => float.unary(ir, UNARY_SQRT, a, 0, fpscr(ir))),
  VCMP: (ir, f) => compare(ir, f, readM(ir, f)),
  VCMP_zero: (ir, f) => compare(ir, f, ir.int(f.z ? 'i64' : 'i32', 0)),
} satisfies Lifters32<typeof vfpData>;
