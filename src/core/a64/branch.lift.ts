import { signExtend } from '../../base/bits.ts';
import type { Lifters } from '../decode/lift.ts';
import type { Builder, Flow } from '../ir/builder.ts';
import type { I32 } from '../ir/types.ts';
import type { branch } from './branch.table.ts';

const displacement = (words: number, width: number): number => signExtend(words, width) * 4;

/** The bit that TBZ and TBNZ test, as a condition: it holds when the bit is `set`. */
function bitTest(ir: Builder, f: { readonly b: number; readonly t: number }, set: boolean): I32 {
  const sf = f.b > 31 ? 1 : 0;
  const value = ir.reg(sf, f.t);
  const type = value.type as 'i32' | 'i64';
  if (f.b === (sf ? 63 : 31)) return ir.compare(set ? 'ltS' : 'geS', value, ir.int(type, 0));
  const tested = ir.and(value, ir.int(type, 1n << BigInt(f.b)));
  return set ? ir.compare('ne', tested, ir.int(type, 0)) : ir.isZero(tested);
}

function branchAndLink(ir: Builder, n: number): Flow {
  const target = ir.x(n);
  ir.setX(30, ir.pc(4));
  ir.returnsHere();
  return ir.branchTo(target);
}

export const branchLift = {
  B: (ir, f) => ir.branch(displacement(f.i, 26)),
  BL: (ir, f) => {
    ir.setX(30, ir.pc(4));
    ir.returnsHere();
    return ir.branch(displacement(f.i, 26));
  },
  B_cond: (ir, f) =>
    f.c >= 14 ? ir.branch(displacement(f.i, 19)) : ir.branchIf(ir.condition(f.c), displacement(f.i, 19)),
  CBZ: (ir, f) => ir.branchIf(ir.isZero(ir.reg(f.z, f.t)), displacement(f.i, 19)),
  CBNZ: (ir, f) => {
    const value = ir.reg(f.z, f.t);
    return ir.branchIf(ir.compare('ne', value, ir.int(f.z ? 'i64' : 'i32', 0)), displacement(f.i, 19));
  },
  TBZ: (ir, f) => ir.branchIf(bitTest(ir, f, false), displacement(f.i, 14)),
  TBNZ: (ir, f) => ir.branchIf(bitTest(ir, f, true), displacement(f.i, 14)),
  BR: (ir, f) => ir.branchTo(ir.x(f.n)),
  BLR: (ir, f) => branchAndLink(ir, f.n),
  RET: (ir, f) => ir.branchTo(ir.x(f.n)),
} satisfies Lifters<typeof branch>;
