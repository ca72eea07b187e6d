import type { Flow } from '../ir/builder.ts';
import type { Builder32 } from '../ir/builder32.ts';
import type { I32 } from '../ir/types.ts';
import { loadWords, storeWords } from './memory.ts';
import { setUserRegister, userRegister } from './user-registers.ts';

/** LDM and STM: base register, list; and P and U, by which the base is before the block, in it or behind it. */
export interface Block {
  readonly n: number;
  readonly p: number;
  readonly u: number;
  readonly l: number;
}
type WritingBack = Block & { readonly w: number };

const registersOf = (list: number): number[] => Array.from({ length: 16 }, (_, n) => n).filter((n) => (list >>> n) & 1);

const plus = (ir: Builder32, value: I32, offset: number): I32 => (offset === 0 ? value : ir.add(value, ir.i32(offset)));

/** The lowest address of the block, and the base register behind it. Arm ARM DDI 0406C, A8.8.58 to A8.8.61. */
function placeOf(ir: Builder32, { n, p, u }: Block, registers: readonly number[]): { start: I32; after: I32 } {
  const base = ir.r(n);
  const bytes = 4 * registers.length;
  const first = u ? 0 : -bytes;
  return { start: plus(ir, base, first + (p === u ? 4 : 0)), after: plus(ir, base, u ? bytes : -bytes) };
}

/** All loads come before any write. A base that is loaded too, which is UNPREDICTABLE with write-back, keeps what is loaded. */
export function loadMultiple(ir: Builder32, f: WritingBack): Flow {
  return loadBlock(ir, f, (pc) => ir.loadWritePc(pc));
}

/** LDM with the PC and ^. */
export function loadMultipleAndReturn(ir: Builder32, f: WritingBack): Flow {
  return ir.config.el === 1 ? loadBlock(ir, f, (pc) => ir.exceptionReturn(pc)) : ir.undefined();
}

function loadBlock(ir: Builder32, f: WritingBack, jump: (pc: I32) => Flow): Flow {
  const registers = registersOf(f.l);
  const { start, after } = placeOf(ir, f, registers);
  const words = loadWords(ir, start, registers.length);
  if (f.w) ir.setR(f.n, after);
  for (const [i, n] of registers.entries()) ir.setR(n, words[i] as I32);
  return registers.includes(15) ? jump(words.at(-1) as I32) : 'next';
}

/** The base that is stored is the original one. */
export function storeMultiple(ir: Builder32, f: WritingBack): Flow {
  const registers = registersOf(f.l);
  const { start, after } = placeOf(ir, f, registers);
  storeWords(
    ir,
    start,
    registers.map((n) => ir.r(n)),
  );
  if (f.w) ir.setR(f.n, after);
  return 'next';
}

/**
 * LDM and STM with ^: registers of user mode, by a base of the current mode. UNDEFINED in Hyp mode; UNPREDICTABLE in User
 * mode, here UNDEFINED too.
 */
export function loadMultipleUser(ir: Builder32, f: Block): Flow {
  if (ir.config.el !== 1) return ir.undefined();
  const registers = registersOf(f.l);
  const { start } = placeOf(ir, f, registers);
  const words = loadWords(ir, start, registers.length);
  for (const [i, n] of registers.entries()) setUserRegister(ir, n, words[i] as I32);
  return 'next';
}

export function storeMultipleUser(ir: Builder32, f: Block): Flow {
  if (ir.config.el !== 1) return ir.undefined();
  const registers = registersOf(f.l);
  const { start } = placeOf(ir, f, registers);
  storeWords(
    ir,
    start,
    registers.map((n) => (n === 15 ? ir.r(15) : userRegister(ir, n))),
  );
  return 'next';
}
