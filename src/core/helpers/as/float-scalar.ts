// The scalar floating-point helpers that translated code calls: operands and results are bit patterns.
import {
  BINARY_ABD,
  BINARY_ACGE,
  BINARY_ACGT,
  BINARY_ADD,
  BINARY_CMEQ,
  BINARY_CMGE,
  BINARY_CMGT,
  BINARY_DIV,
  BINARY_MAX,
  BINARY_MAXNM,
  BINARY_MIN,
  BINARY_MINNM,
  BINARY_MUL,
  BINARY_MULX,
  BINARY_RECPS,
  BINARY_RECPS_CHAINED,
  BINARY_RSQRTS,
  BINARY_RSQRTS_CHAINED,
  BINARY_SUB,
  DETAIL_INT64,
  DETAIL_UNSIGNED,
  UNARY_CMEQ0,
  UNARY_CMGE0,
  UNARY_CMGT0,
  UNARY_CMLE0,
  UNARY_CMLT0,
  UNARY_FROM_INT,
  UNARY_RECPE,
  UNARY_RECPX,
  UNARY_RINT,
  UNARY_RSQRTE,
  UNARY_SQRT,
  UNARY_TO_INT,
  UNARY_URECPE,
  UNARY_URSQRTE,
} from '../float-codes';
import { add, div, max, maxNum, min, minNum, mul, mulx, sqrt, sub } from './float-arithmetic';
import { compare, isEqual, isGreater } from './float-compare';
import { doubleToSingle, fromInt, halfTo, roundInt, singleToDouble, toHalf, toInt } from './float-convert';
import { recip, recpx, rsqrt, unsignedRecip, unsignedRsqrt } from './float-estimate';
import { constant, flushInput, isInfinite, isZero, magnitude } from './float-format';
import { mulAdd, recipStep, rsqrtStep } from './float-fused';

// @ts-ignore: decorator
@inline
function mask<T>(condition: bool): T {
  return condition ? <T>-1 : <T>0;
}

/** The product of AArch32's steps: infinity times zero is zero. */
function chainedProduct<T>(a: T, b: T, fpcr: u32): T {
  const x = flushInput<T>(a, fpcr);
  const y = flushInput<T>(b, fpcr);
  return (isInfinite<T>(x) && isZero<T>(y)) || (isZero<T>(x) && isInfinite<T>(y)) ? 0 : mul<T>(x, y, fpcr);
}

/** By BINARY_x. */
export function binary<T>(op: i32, a: T, b: T, fpcr: u32): T {
  switch (op) {
    case BINARY_ADD:
      return add<T>(a, b, fpcr);
    case BINARY_SUB:
      return sub<T>(a, b, fpcr);
    case BINARY_MUL:
      return mul<T>(a, b, fpcr);
    case BINARY_DIV:
      return div<T>(a, b, fpcr);
    case BINARY_MULX:
      return mulx<T>(a, b, fpcr);
    case BINARY_MAX:
      return max<T>(a, b, fpcr);
    case BINARY_MIN:
      return min<T>(a, b, fpcr);
    case BINARY_MAXNM:
      return maxNum<T>(a, b, fpcr);
    case BINARY_MINNM:
      return minNum<T>(a, b, fpcr);
    case BINARY_ABD:
      return magnitude<T>(sub<T>(a, b, fpcr));
    case BINARY_RECPS:
      return recipStep<T>(a, b, fpcr);
    case BINARY_RSQRTS:
      return rsqrtStep<T>(a, b, fpcr);
    case BINARY_CMEQ:
      return mask<T>(isEqual<T>(a, b, fpcr));
    case BINARY_CMGE:
      return mask<T>(isGreater<T>(a, b, true, fpcr));
    case BINARY_CMGT:
      return mask<T>(isGreater<T>(a, b, false, fpcr));
    case BINARY_ACGE:
      return mask<T>(isGreater<T>(magnitude<T>(a), magnitude<T>(b), true, fpcr));
    case BINARY_ACGT:
      return mask<T>(isGreater<T>(magnitude<T>(a), magnitude<T>(b), false, fpcr));
    case BINARY_RECPS_CHAINED:
      return sub<T>(constant<T>(1, false), chainedProduct<T>(a, b, fpcr), fpcr);
    case BINARY_RSQRTS_CHAINED: {
      const difference = sub<T>(constant<T>(1, true), chainedProduct<T>(a, b, fpcr), fpcr);
      return div<T>(difference, constant<T>(1, false), fpcr);
    }
    default:
      return 0;
  }
}

/** By UNARY_x; integers have the operand's width. */
export function unary<T>(op: i32, a: T, detail: u32, fpcr: u32): T {
  switch (op) {
    case UNARY_SQRT:
      return sqrt<T>(a, fpcr);
    case UNARY_RINT:
      return roundInt<T>(a, detail, fpcr);
    case UNARY_TO_INT:
      return <T>toInt<T>(a, sizeof<T>() == 8 ? detail | DETAIL_INT64 : detail, fpcr);
    case UNARY_FROM_INT: {
      const value = sizeof<T>() == 8 || detail & DETAIL_UNSIGNED ? <u64>a : <u64>(<i64>(<i32>a));
      return fromInt<T>(value, detail, fpcr);
    }
    case UNARY_CMEQ0:
      return mask<T>(isEqual<T>(a, 0, fpcr));
    case UNARY_CMGE0:
      return mask<T>(isGreater<T>(a, 0, true, fpcr));
    case UNARY_CMGT0:
      return mask<T>(isGreater<T>(a, 0, false, fpcr));
    case UNARY_CMLE0:
      return mask<T>(isGreater<T>(0, a, true, fpcr));
    case UNARY_CMLT0:
      return mask<T>(isGreater<T>(0, a, false, fpcr));
    case UNARY_RECPE:
      return recip<T>(a, fpcr);
    case UNARY_RSQRTE:
      return rsqrt<T>(a, fpcr);
    case UNARY_RECPX:
      return recpx<T>(a, fpcr);
    case UNARY_URECPE:
      return <T>unsignedRecip(<u32>a);
    case UNARY_URSQRTE:
      return <T>unsignedRsqrt(<u32>a);
    default:
      return 0;
  }
}

export function f32Add(a: u32, b: u32, fpcr: u32): u32 {
  return add<u32>(a, b, fpcr);
}
export function f64Add(a: u64, b: u64, fpcr: u32): u64 {
  return add<u64>(a, b, fpcr);
}
export function f32Sub(a: u32, b: u32, fpcr: u32): u32 {
  return sub<u32>(a, b, fpcr);
}
export function f64Sub(a: u64, b: u64, fpcr: u32): u64 {
  return sub<u64>(a, b, fpcr);
}
export function f32Mul(a: u32, b: u32, fpcr: u32): u32 {
  return mul<u32>(a, b, fpcr);
}
export function f64Mul(a: u64, b: u64, fpcr: u32): u64 {
  return mul<u64>(a, b, fpcr);
}
export function f32Div(a: u32, b: u32, fpcr: u32): u32 {
  return div<u32>(a, b, fpcr);
}
export function f64Div(a: u64, b: u64, fpcr: u32): u64 {
  return div<u64>(a, b, fpcr);
}
export function f32Binary(op: i32, a: u32, b: u32, fpcr: u32): u32 {
  return binary<u32>(op, a, b, fpcr);
}
export function f64Binary(op: i32, a: u64, b: u64, fpcr: u32): u64 {
  return binary<u64>(op, a, b, fpcr);
}
export function f32Unary(op: i32, a: u32, detail: u32, fpcr: u32): u32 {
  return unary<u32>(op, a, detail, fpcr);
}
export function f64Unary(op: i32, a: u64, detail: u32, fpcr: u32): u64 {
  return unary<u64>(op, a, detail, fpcr);
}
export function f32MulAdd(addend: u32, a: u32, b: u32, fpcr: u32): u32 {
  return mulAdd<u32>(addend, a, b, fpcr);
}
export function f64MulAdd(addend: u64, a: u64, b: u64, fpcr: u32): u64 {
  return mulAdd<u64>(addend, a, b, fpcr);
}
export function f32Compare(a: u32, b: u32, signalling: u32, fpcr: u32): u32 {
  return compare<u32>(a, b, signalling != 0, fpcr);
}
export function f64Compare(a: u64, b: u64, signalling: u32, fpcr: u32): u32 {
  return compare<u64>(a, b, signalling != 0, fpcr);
}
export function f32CompareIf(condition: u32, otherwise: u32, a: u32, b: u32, signalling: u32, fpcr: u32): u32 {
  return condition ? compare<u32>(a, b, signalling != 0, fpcr) : otherwise;
}
export function f64CompareIf(condition: u32, otherwise: u32, a: u64, b: u64, signalling: u32, fpcr: u32): u32 {
  return condition ? compare<u64>(a, b, signalling != 0, fpcr) : otherwise;
}
export function f32ToInt(a: u32, detail: u32, fpcr: u32): u64 {
  return toInt<u32>(a, detail, fpcr);
}
export function f64ToInt(a: u64, detail: u32, fpcr: u32): u64 {
  return toInt<u64>(a, detail, fpcr);
}
export function f32FromInt(value: u64, detail: u32, fpcr: u32): u32 {
  return fromInt<u32>(value, detail, fpcr);
}
export function f64FromInt(value: u64, detail: u32, fpcr: u32): u64 {
  return fromInt<u64>(value, detail, fpcr);
}
export function f32ToF64(a: u32, fpcr: u32): u64 {
  return singleToDouble(a, fpcr);
}
export function f64ToF32(a: u64, mode: u32, fpcr: u32): u32 {
  return doubleToSingle(a, mode, fpcr);
}
export function f16ToF32(a: u32, fpcr: u32): u32 {
  return halfTo<u32>(a, fpcr);
}
export function f16ToF64(a: u32, fpcr: u32): u64 {
  return halfTo<u64>(a, fpcr);
}
export function f32ToF16(a: u32, fpcr: u32): u32 {
  return toHalf<u32>(a, fpcr);
}
export function f64ToF16(a: u64, fpcr: u32): u32 {
  return toHalf<u64>(a, fpcr);
}
