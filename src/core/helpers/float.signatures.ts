import type { HelperSignature } from './signature.ts';

const i32 = 'i32';
const i64 = 'i64';

/**
 * Arm floating point, exact in results and cumulative flags (FPSR). Numbers are bit patterns, `op`, `mode` and `detail` are
 * of float-codes.ts, and the last argument is always the control the operation runs under: the value of the cell FPCR,
 * or STANDARD_FPSCR (with FPSCR.AHP) for AArch32 AdvSIMD. Vectors are addresses; of their destination only the bytes named are
 * written, so that AArch64 lifters zero what is above.
 */
export const floatHelpers = {
  /** (a, b, fpcr) */
  f32Add: { params: [i32, i32, i32], result: i32 },
  f64Add: { params: [i64, i64, i32], result: i64 },
  f32Sub: { params: [i32, i32, i32], result: i32 },
  f64Sub: { params: [i64, i64, i32], result: i64 },
  f32Mul: { params: [i32, i32, i32], result: i32 },
  f64Mul: { params: [i64, i64, i32], result: i64 },
  f32Div: { params: [i32, i32, i32], result: i32 },
  f64Div: { params: [i64, i64, i32], result: i64 },
  /** (BINARY_x, a, b, fpcr) */
  f32Binary: { params: [i32, i32, i32, i32], result: i32 },
  f64Binary: { params: [i32, i64, i64, i32], result: i64 },
  /** (UNARY_x, a, detail, fpcr) */
  f32Unary: { params: [i32, i32, i32, i32], result: i32 },
  f64Unary: { params: [i32, i64, i32, i32], result: i64 },
  /** (addend, a, b, fpcr): addend + a × b, rounded once. */
  f32MulAdd: { params: [i32, i32, i32, i32], result: i32 },
  f64MulAdd: { params: [i64, i64, i64, i32], result: i64 },
  /** (a, b, signalling, fpcr): NZCV in bits 31:28. */
  f32Compare: { params: [i32, i32, i32, i32], result: i32 },
  f64Compare: { params: [i64, i64, i32, i32], result: i32 },
  /** (condition, otherwise, a, b, signalling, fpcr): NZCV of the comparison if the condition holds, else `otherwise`. */
  f32CompareIf: { params: [i32, i32, i32, i32, i32, i32], result: i32 },
  f64CompareIf: { params: [i32, i32, i64, i64, i32, i32], result: i32 },
  /** (a, detail, fpcr): a 32-bit integer is zero-extended. */
  f32ToInt: { params: [i32, i32, i32], result: i64 },
  f64ToInt: { params: [i64, i32, i32], result: i64 },
  /** (integer extended to 64 bits, detail, fpcr) */
  f32FromInt: { params: [i64, i32, i32], result: i32 },
  f64FromInt: { params: [i64, i32, i32], result: i64 },
  f32ToF64: { params: [i32, i32], result: i64 },
  /** (a, mode, fpcr) */
  f64ToF32: { params: [i64, i32, i32], result: i32 },
  f16ToF32: { params: [i32, i32], result: i32 },
  f16ToF64: { params: [i32, i32], result: i64 },
  f32ToF16: { params: [i32, i32], result: i32 },
  f64ToF16: { params: [i64, i32], result: i32 },
  /** (BINARY_x, d, n, m, stride of m's lanes or 0 for one element, bytes, fpcr) */
  f32Vector3: { params: [i32, i32, i32, i32, i32, i32, i32], result: 'none' },
  f64Vector3: { params: [i32, i32, i32, i32, i32, i32, i32], result: 'none' },
  /** (UNARY_x, d, n, detail, bytes, fpcr) */
  f32Vector2: { params: [i32, i32, i32, i32, i32, i32], result: 'none' },
  f64Vector2: { params: [i32, i32, i32, i32, i32, i32], result: 'none' },
  /** (d, n, m, stride, negate n, bytes, fpcr) */
  f32VectorMulAdd: { params: [i32, i32, i32, i32, i32, i32, i32], result: 'none' },
  f64VectorMulAdd: { params: [i32, i32, i32, i32, i32, i32, i32], result: 'none' },
  /** (BINARY_x, d, n, m, bytes, fpcr) */
  f32Pairwise: { params: [i32, i32, i32, i32, i32, i32], result: 'none' },
  f64Pairwise: { params: [i32, i32, i32, i32, i32, i32], result: 'none' },
  /** (BINARY_x, n, fpcr): of four lanes. */
  f32Reduce: { params: [i32, i32, i32], result: i32 },
  /** (d, n, fpcr): 8 bytes to 16. */
  f32VectorFromF16: { params: [i32, i32, i32], result: 'none' },
  f64VectorFromF32: { params: [i32, i32, i32], result: 'none' },
  /** (d, n, fpcr) and (d, n, mode, fpcr): 16 bytes to 8. */
  f32VectorToF16: { params: [i32, i32, i32], result: 'none' },
  f64VectorToF32: { params: [i32, i32, i32, i32], result: 'none' },
} as const satisfies Record<string, HelperSignature>;
