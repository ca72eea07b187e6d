import { assert } from '../../base/assert.ts';
import { NodeBuilder } from './node-builder.ts';
import { Op, type Shape, Simd, shapeOps, type VectorOp, vectorOps } from './ops.ts';
import type { I32, I64, V128 } from './types.ts';

/** Operations on vectors of 128 bits. */
export class VectorBuilder extends NodeBuilder {
  v(op: VectorOp, a: V128, b?: V128, c?: V128): V128 {
    const [code, operands] = vectorOps[op];
    assert(operands === 1 + (b ? 1 : 0) + (c ? 1 : 0), `${op} takes ${operands} operands`);
    return this.node(Simd + code, 'v128', a, b ?? null, c ?? null) as V128;
  }
  /** A vector constant: low 64 bits, high 64 bits. */
  v128(lo: bigint, hi: bigint): V128 {
    const node = this.node(Op.const128, 'v128', null, null, null);
    const bytes = new Uint8Array(16);
    for (let i = 0; i < 8; i++) {
      bytes[i] = Number((lo >> BigInt(8 * i)) & 0xffn);
      bytes[8 + i] = Number((hi >> BigInt(8 * i)) & 0xffn);
    }
    node.data = bytes;
    return node as V128;
  }
  splat(shape: Shape, value: I32 | I64): V128 {
    assert(value.type === (shape === 'i64x2' ? 'i64' : 'i32'), `${shape}.splat takes its lane's type`);
    return this.node(Simd + shapeOps[shape].splat, 'v128', value, null, null) as V128;
  }
  /** Lane of i8x16, i16x8 (zero-extended), i32x4. */
  lane32(shape: 'i8x16' | 'i16x8' | 'i32x4', v: V128, lane: number): I32 {
    return this.node(Simd + shapeOps[shape].extract, 'i32', v, null, null, lane) as I32;
  }
  lane64(v: V128, lane: number): I64 {
    return this.node(Simd + shapeOps.i64x2.extract, 'i64', v, null, null, lane) as I64;
  }
  replaceLane(shape: Shape, v: V128, lane: number, value: I32 | I64): V128 {
    assert(value.type === (shape === 'i64x2' ? 'i64' : 'i32'), `${shape}.replace_lane takes its lane's type`);
    return this.node(Simd + shapeOps[shape].replace, 'v128', v, value, null, lane) as V128;
  }
  /** Every lane shifted by the same amount, taken modulo the lane's width. */
  vshift(op: 'shl' | 'shrS' | 'shrU', shape: Shape, v: V128, by: I32): V128 {
    return this.node(Simd + shapeOps[shape][op], 'v128', v, by, null) as V128;
  }
  /** Bytes picked from a (0..15) and b (16..31). */
  shuffle(a: V128, b: V128, lanes: readonly number[]): V128 {
    assert(lanes.length === 16, 'shuffle takes 16 lanes');
    const node = this.node(Simd + 13, 'v128', a, b, null);
    node.data = Uint8Array.from(lanes);
    return node as V128;
  }
  anyTrue(v: V128): I32 {
    return this.node(Simd + 83, 'i32', v, null, null) as I32;
  }
  allTrue(shape: Shape, v: V128): I32 {
    return this.node(Simd + shapeOps[shape].allTrue, 'i32', v, null, null) as I32;
  }
  /** The top bits of the lanes, lane 0 in bit 0. */
  bitmask(shape: Shape, v: V128): I32 {
    return this.node(Simd + shapeOps[shape].bitmask, 'i32', v, null, null) as I32;
  }
}
