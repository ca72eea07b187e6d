import type { Lifters32 } from '../decode/lift.ts';
import type { Flow } from '../ir/builder.ts';
import type { Builder32 } from '../ir/builder32.ts';
import type { V128 } from '../ir/types.ts';
import { broadcast } from '../simd/lanes.ts';
import { extract, tableExtend, tableLookup } from '../simd/permute.ts';
import { V } from '../state/cells.ts';
import { bytesOf, isOdd, isOddQuad, read, write } from './simd-operands.ts';
import type { simdPermute } from './simd-permute.table.ts';
import { doubleOf } from './vfp-operands.ts';

type Lookup = { readonly n: number; readonly l: number; readonly m: number; readonly d: number };

/** The table's D registers, two a vector; an odd last one has zeros behind it. */
function tableOf(ir: Builder32, n: number, registers: number): V128[] {
  return Array.from({ length: (registers + 1) >> 1 }, (_, i) => {
    const at = n + 2 * i;
    if (2 * i + 1 < registers) return ir.cell128(V + 8 * at);
    return ir.replaceLane('i64x2', ir.v128(0n, 0n), 0, ir.d(at));
  });
}

/** D registers beyond D31, which is UNPREDICTABLE, are here UNDEFINED. */
function lookUp(ir: Builder32, f: Lookup, op: (table: readonly V128[], bytes: number, indices: V128) => V128): Flow {
  const n = doubleOf(f.n);
  const registers = f.l + 1;
  if (n + registers > 32) return ir.undefined();
  write(ir, 0, f.d, op(tableOf(ir, n, registers), 8 * registers, read(ir, 0, f.m)));
  return 'next';
}

export const simdPermuteLift = {
  VEXT: (ir, f) => {
    if (isOdd(f) || f.i >= bytesOf(f)) return ir.undefined();
    write(ir, f.q, f.d, extract(ir, bytesOf(f), read(ir, f.q, doubleOf(f.n)), read(ir, f.q, f.m), f.i));
    return 'next';
  },
  VTBL: (ir, f) => lookUp(ir, f, (table, _, indices) => tableLookup(ir, table, indices)),
  VTBX: (ir, f) => lookUp(ir, f, (table, bytes, indices) => tableExtend(ir, table, bytes, indices, read(ir, 0, f.d))),
  VDUP: (ir, f) => {
    const size = 31 - Math.clz32(f.i & -f.i);
    if ((f.i & 7) === 0 || isOddQuad(f.q, f.d)) return ir.undefined();
    write(ir, f.q, f.d, broadcast(ir, size, read(ir, 0, f.m), f.i >> (size + 1)));
    return 'next';
  },
} satisfies Lifters32<typeof simdPermute>;
