import type { Lifters } from '../decode/lift.ts';
import type { Builder, Flow } from '../ir/builder.ts';
import type { V128 } from '../ir/types.ts';
import { BHSD, type Binary, vectorLanes } from '../simd/lanes.ts';
import * as permute from '../simd/permute.ts';
import { isArrangement } from './simd-operands.ts';
import type { simdPermute } from './simd-permute.table.ts';

type Sized = { readonly q: number; readonly z: number; readonly m: number; readonly n: number; readonly d: number };

const lanes =
  (op: Binary) =>
  (ir: Builder, f: Sized): Flow => {
    if (!isArrangement(BHSD, f.z, f.q)) return ir.undefined();
    ir.setVector(f.q, f.d, op(ir, vectorLanes(f.z, f.q), ir.vq(f.n), ir.vq(f.m)));
    return 'next';
  };
/** Vn and those after it, V0 after V31. */
const table = (ir: Builder, n: number, length: number): V128[] => Array.from({ length }, (_, i) => ir.vq((n + i) % 32));

export const simdPermuteLift = {
  UZP1: lanes(permute.unzip(0)),
  UZP2: lanes(permute.unzip(1)),
  TRN1: lanes(permute.transpose(0)),
  TRN2: lanes(permute.transpose(1)),
  ZIP1: lanes(permute.zip(0)),
  ZIP2: lanes(permute.zip(1)),
  EXT: (ir, f) => {
    if (!f.q && f.i >= 8) return ir.undefined();
    ir.setVector(f.q, f.d, permute.extract(ir, f.q ? 16 : 8, ir.vq(f.n), ir.vq(f.m), f.i));
    return 'next';
  },
  TBL: (ir, f) => {
    ir.setVector(f.q, f.d, permute.tableLookup(ir, table(ir, f.n, f.l + 1), ir.vq(f.m)));
    return 'next';
  },
  TBX: (ir, f) => {
    ir.setVector(f.q, f.d, permute.tableExtend(ir, table(ir, f.n, f.l + 1), 16 * (f.l + 1), ir.vq(f.m), ir.vq(f.d)));
    return 'next';
  },
} satisfies Lifters<typeof simdPermute>;
