import {
  loadExclusive,
  loadExclusiveDual,
  storeExclusiveDual,
  storeExclusiveOne,
  swap,
} from '../aarch32/ldst-exclusive.ts';
import type { Lifters32 } from '../decode/lift.ts';
import type { ldstExclusive } from './ldst-exclusive.table.ts';

// The doubleword's Rt is even, else UNPREDICTABLE and here UNDEFINED; the second register is the one behind it.

export const ldstExclusiveLift = {
  SWP: (ir, f) => swap(ir, f, 2),
  SWPB: (ir, f) => swap(ir, f, 0),
  STREX: (ir, f) => storeExclusiveOne(ir, f, 2, ir.r(f.n)),
  LDREX: (ir, f) => loadExclusive(ir, f, 2, ir.r(f.n)),
  STREXD: (ir, f) => (f.t & 1 ? ir.undefined() : storeExclusiveDual(ir, { ...f, u: f.t + 1 }, ir.r(f.n))),
  LDREXD: (ir, f) => (f.t & 1 ? ir.undefined() : loadExclusiveDual(ir, { ...f, u: f.t + 1 }, ir.r(f.n))),
  STREXB: (ir, f) => storeExclusiveOne(ir, f, 0, ir.r(f.n)),
  LDREXB: (ir, f) => loadExclusive(ir, f, 0, ir.r(f.n)),
  STREXH: (ir, f) => storeExclusiveOne(ir, f, 1, ir.r(f.n)),
  LDREXH: (ir, f) => loadExclusive(ir, f, 1, ir.r(f.n)),
} satisfies Lifters32<typeof ldstExclusive>;
