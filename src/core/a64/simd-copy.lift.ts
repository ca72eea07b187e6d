import type { Lifters } from '../decode/lift.ts';
import type { Builder } from '../ir/builder.ts';
import type { I32, I64, Int, V128, Value } from '../ir/types.ts';
import { BH, BHS, BHSD, broadcast, isSize, shapeOf, shortShapeOf } from '../simd/lanes.ts';
import type { simdCopy } from './simd-copy.table.ts';
import { isArrangement, setScalar } from './simd-operands.ts';

/** Lane size and lane of an imm5; a size above 3 is reserved. */
function laneOf(imm5: number): { readonly size: number; readonly lane: number } {
  const size = imm5 === 0 ? 5 : 31 - Math.clz32(imm5 & -imm5);
  return { size, lane: imm5 >> (size + 1) };
}

/** The low bits of Xn as a lane's value. */
const fromGeneral = (ir: Builder, size: number, n: number): I32 | I64 => (size === 3 ? ir.x(n) : ir.w(n));
const readLane = (ir: Builder, size: number, v: V128, lane: number): Value<Int> =>
  size === 3 ? ir.lane64(v, lane) : ir.lane32(shortShapeOf(size), v, lane);

export const simdCopyLift = {
  DUP_element: (ir, f) => {
    const { size, lane } = laneOf(f.i);
    if (!isArrangement(BHSD, size, f.q)) return ir.undefined();
    ir.setVector(f.q, f.d, broadcast(ir, size, ir.vq(f.n), lane));
    return 'next';
  },
  DUP_scalar: (ir, f) => {
    const { size, lane } = laneOf(f.i);
    if (!isSize(BHSD, size)) return ir.undefined();
    setScalar(ir, size, f.d, broadcast(ir, size, ir.vq(f.n), lane));
    return 'next';
  },
  DUP_general: (ir, f) => {
    const { size } = laneOf(f.i);
    if (!isArrangement(BHSD, size, f.q)) return ir.undefined();
    ir.setVector(f.q, f.d, ir.splat(shapeOf(size), fromGeneral(ir, size, f.n)));
    return 'next';
  },
  SMOV: (ir, f) => {
    const { size, lane } = laneOf(f.i);
    if (!isSize(f.q ? BHS : BH, size)) return ir.undefined();
    const value = ir.lane32(shortShapeOf(size), ir.vq(f.n), lane);
    const word = size === 2 ? value : ir.signExtend(value, size === 0 ? 8 : 16);
    ir.setReg(f.d, f.q ? ir.extendS(word) : word);
    return 'next';
  },
  UMOV: (ir, f) => {
    const { size, lane } = laneOf(f.i);
    if (!(f.q ? size === 3 : isSize(BHS, size))) return ir.undefined();
    ir.setReg(f.d, readLane(ir, size, ir.vq(f.n), lane));
    return 'next';
  },
  INS_general: (ir, f) => {
    const { size, lane } = laneOf(f.i);
    if (!isSize(BHSD, size)) return ir.undefined();
    ir.setVq(f.d, ir.replaceLane(shapeOf(size), ir.vq(f.d), lane, fromGeneral(ir, size, f.n)));
    return 'next';
  },
  INS_element: (ir, f) => {
    const { size, lane } = laneOf(f.i);
    if (!isSize(BHSD, size)) return ir.undefined();
    const value = readLane(ir, size, ir.vq(f.n), f.j >> size) as I32 | I64;
    ir.setVq(f.d, ir.replaceLane(shapeOf(size), ir.vq(f.d), lane, value));
    return 'next';
  },
} satisfies Lifters<typeof simdCopy>;
