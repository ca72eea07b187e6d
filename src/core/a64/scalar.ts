import type { Builder } from '../ir/builder.ts';
import type { I32, I64, Int, Value } from '../ir/types.ts';

/** The low 1 << log2 bytes of Vn: B, H, S zero-extended to i32, D as i64. */
export function scalar(ir: Builder, log2: number, n: number): Value<Int> {
  switch (log2) {
    case 0:
      return ir.vb(n);
    case 1:
      return ir.vh(n);
    case 2:
      return ir.vs(n);
    default:
      return ir.vd(n);
  }
}

/** Writes a zero-extended scalar: the rest of Vn becomes zero. */
export function setScalar(ir: Builder, n: number, value: Value<Int>): void {
  if (value.type === 'i64') ir.setVd(n, value as I64);
  else ir.setVs(n, value as I32);
}
