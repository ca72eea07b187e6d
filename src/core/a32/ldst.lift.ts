import { transferLift } from '../aarch32/ldst.lift.ts';
import { immediatePlace, loadDual, type Place, registerPlace, storeDual } from '../aarch32/ldst.ts';
import { shiftedBy } from '../aarch32/shift.ts';
import { suffixed } from '../aarch32/suffixed.ts';
import type { Lifters32 } from '../decode/lift.ts';
import type { Flow } from '../ir/builder.ts';
import type { Builder32 } from '../ir/builder32.ts';
import { unprivileged } from '../lifting/data-access.ts';
import type { ldstExtra, ldstExtraUnprivileged } from './ldst-extra.table.ts';
import type { ldstWordByte } from './ldst-word-byte.table.ts';

type Indexing = { readonly n: number; readonly p: number; readonly u: number; readonly w: number };
/** Unprivileged accesses are all post-indexed. */
type Post = { readonly n: number; readonly u: number };
type Immediate = { readonly i: number };
type Register = { readonly m: number };
type Shifted = Register & { readonly y: number; readonly i: number };

const post = <F extends Post>(f: F): F & Indexing => ({ ...f, p: 0, w: 0 });

const immediate = (ir: Builder32, f: Indexing & Immediate): Place => immediatePlace(ir, f, f.i);
const register = (ir: Builder32, f: Indexing & Register): Place => registerPlace(ir, f, ir.r(f.m));
const shifted = (ir: Builder32, f: Indexing & Shifted): Place =>
  registerPlace(ir, f, shiftedBy(ir, ir.r(f.m), f.y, f.i).value);
const immediatePost = (ir: Builder32, f: Post & Immediate): Place => immediate(ir, post(f));
const registerPost = (ir: Builder32, f: Post & Register): Place => register(ir, post(f));
const shiftedPost = (ir: Builder32, f: Post & Shifted): Place => shifted(ir, post(f));

export const ldstWordByteLift = {
  ...suffixed(transferLift(immediate), '_imm'),
  ...suffixed(transferLift(immediatePost, unprivileged), 'T_imm'),
  ...suffixed(transferLift(shifted), '_reg'),
  ...suffixed(transferLift(shiftedPost, unprivileged), 'T_reg'),
} satisfies Lifters32<typeof ldstWordByte>;

/** Rt is even, and the second register the one behind it. */
function dual(ir: Builder32, t: number, place: Place, access: typeof loadDual): Flow {
  return t & 1 ? ir.undefined() : access(ir, t, t + 1, place);
}

export const ldstExtraLift = {
  ...suffixed(transferLift(immediate), '_imm'),
  ...suffixed(transferLift(register), '_reg'),
  LDRD_imm: (ir, f) => dual(ir, f.t, immediate(ir, f), loadDual),
  LDRD_reg: (ir, f) => dual(ir, f.t, register(ir, f), loadDual),
  STRD_imm: (ir, f) => dual(ir, f.t, immediate(ir, f), storeDual),
  STRD_reg: (ir, f) => dual(ir, f.t, register(ir, f), storeDual),
} satisfies Lifters32<typeof ldstExtra>;

export const ldstExtraUnprivilegedLift = {
  ...suffixed(transferLift(immediatePost, unprivileged), 'T_imm'),
  ...suffixed(transferLift(registerPost, unprivileged), 'T_reg'),
} satisfies Lifters32<typeof ldstExtraUnprivileged>;
