import { tableBranch } from '../aarch32/branch.ts';
import { transferLift } from '../aarch32/ldst.lift.ts';
import { immediatePlace, loadDual, offsetPlace, type Place, registerPlace, storeDual } from '../aarch32/ldst.ts';
import { loadExclusive, loadExclusiveDual, storeExclusiveDual, storeExclusiveOne } from '../aarch32/ldst-exclusive.ts';
import { loadMultiple, storeMultiple } from '../aarch32/ldst-multiple.ts';
import { suffixed } from '../aarch32/suffixed.ts';
import type { Lifters32 } from '../decode/lift.ts';
import type { Builder32 } from '../ir/builder32.ts';
import { unprivileged } from '../lifting/data-access.ts';
import type { ldstDual, ldstMultiple } from './ldst-multiple.table.ts';
import type { ldstSingle, memoryHints } from './ldst-single.table.ts';

type Based = { readonly n: number };
type Immediate = Based & { readonly i: number };
type Indexed = Immediate & { readonly p: number; readonly u: number; readonly w: number };
type Register = Based & { readonly m: number; readonly i: number };

// Base R15 is a literal, for which loads have rows of their own; of stores it is UNDEFINED.
const positive = (ir: Builder32, f: Immediate): Place | null => (f.n === 15 ? null : offsetPlace(ir, f.n, f.i));
/** Neither pre-indexed nor written back is UNDEFINED too. */
const indexed = (ir: Builder32, f: Indexed): Place | null =>
  f.n === 15 || (!f.p && !f.w) ? null : immediatePlace(ir, f, f.i);
const register = (ir: Builder32, f: Register): Place | null =>
  f.n === 15 ? null : registerPlace(ir, { n: f.n, p: 1, u: 1, w: 0 }, ir.shlBy(ir.r(f.m), f.i));
const literal = (ir: Builder32, f: { readonly u: number; readonly i: number }): Place =>
  offsetPlace(ir, 15, f.u ? f.i : -f.i);

export const ldstSingleLift = {
  ...suffixed(transferLift(positive), '_imm12'),
  ...suffixed(transferLift(indexed), '_imm8'),
  ...suffixed(transferLift(positive, unprivileged), 'T_imm8'),
  ...suffixed(transferLift(register), '_reg'),
  ...suffixed(transferLift(literal), '_lit'),
} satisfies Lifters32<typeof ldstSingle>;

export const memoryHintsLift = {
  PRELOAD_imm12: () => 'next',
  PRELOAD_imm8: () => 'next',
  PRELOAD_reg: () => 'next',
  PRELOAD_lit: () => 'next',
} satisfies Lifters32<typeof memoryHints>;

const upwards = { p: 0, u: 1 } as const;
const downwards = { p: 1, u: 0 } as const;

export const ldstMultipleLift = {
  STM: (ir, f) => storeMultiple(ir, { ...f, ...upwards }),
  LDM: (ir, f) => loadMultiple(ir, { ...f, ...upwards }),
  STMDB: (ir, f) => storeMultiple(ir, { ...f, ...downwards }),
  LDMDB: (ir, f) => loadMultiple(ir, { ...f, ...downwards }),
} satisfies Lifters32<typeof ldstMultiple>;

const before = (ir: Builder32, f: Immediate & { readonly u: number; readonly w: number }): Place =>
  immediatePlace(ir, { ...f, p: 1 }, 4 * f.i);
const after = (ir: Builder32, f: Immediate & { readonly u: number }): Place =>
  immediatePlace(ir, { ...f, p: 0, w: 1 }, 4 * f.i);

export const ldstDualLift = {
  STRD: (ir, f) => storeDual(ir, f.t, f.v, before(ir, f)),
  LDRD: (ir, f) => loadDual(ir, f.t, f.v, before(ir, f)),
  STRD_post: (ir, f) => storeDual(ir, f.t, f.v, after(ir, f)),
  LDRD_post: (ir, f) => loadDual(ir, f.t, f.v, after(ir, f)),
  STREX: (ir, f) => storeExclusiveOne(ir, f, 2, offsetPlace(ir, f.n, 4 * f.i).address),
  LDREX: (ir, f) => loadExclusive(ir, f, 2, offsetPlace(ir, f.n, 4 * f.i).address),
  STREXB: (ir, f) => storeExclusiveOne(ir, f, 0, ir.r(f.n)),
  STREXH: (ir, f) => storeExclusiveOne(ir, f, 1, ir.r(f.n)),
  STREXD: (ir, f) => storeExclusiveDual(ir, f, ir.r(f.n)),
  LDREXB: (ir, f) => loadExclusive(ir, f, 0, ir.r(f.n)),
  LDREXH: (ir, f) => loadExclusive(ir, f, 1, ir.r(f.n)),
  LDREXD: (ir, f) => loadExclusiveDual(ir, f, ir.r(f.n)),
  TBB: (ir, f) => tableBranch(ir, ir.r(f.n), ir.r(f.m), 0),
  TBH: (ir, f) => tableBranch(ir, ir.r(f.n), ir.r(f.m), 1),
} satisfies Lifters32<typeof ldstDual>;
