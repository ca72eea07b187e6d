import type { Builder } from '../ir/builder.ts';
import type { I64 } from '../ir/types.ts';

/** Post-index of a structure access: by Xm, or where m is 31 by the bytes accessed; no field m, no write-back. */
export function structureWriteBack(
  ir: Builder,
  f: { readonly n: number; readonly m?: number },
  address: I64,
  bytes: number,
): 'next' {
  if (f.m !== undefined) ir.setXsp(f.n, ir.add(address, f.m === 31 ? ir.i64(bytes) : ir.x(f.m)));
  return 'next';
}
