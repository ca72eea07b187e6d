import type { WordReader } from './memory-at-once.ts';

/** How the frame of a function is undone: bytes of instructions (IHI 0038, 10.3). */
export interface Unwinding {
  /** Its first instruction. */
  readonly from: number;
  readonly instructions: Uint8Array;
}
/** The function at an address of AArch32 code; undefined where nothing tells how it is undone. */
export type UnwindingAt = (pc: number) => Unwinding | undefined;

/** R0 to R15 of the function at hand. */
export type Registers = Uint32Array;

const [SP, LR, PC] = [13, 14, 15] as const;
const LENGTH_MAX = 1024;

/** What was undone: a call, or an exception, which comes back to the very instruction. */
export type Unwound = 'call' | 'exception';

/**
 * Undoes a function's frame, so that the registers are what they were in its caller; undefined where that cannot be told.
 * @param isCaller the function called another one, so that its frame is there
 */
export function unwind(
  registers: Registers,
  unwindingAt: UnwindingAt,
  memory: WordReader,
  isCaller: boolean,
): Unwound | undefined {
  const pc = registers[PC] as number;
  // A call may be the last instruction of a function that does not come back.
  const found = unwindingAt(isCaller ? pc - 1 : pc);
  if (found === undefined) return undefined;
  const sp = registers[SP] as number;
  if (!isCaller && !hasFrame(found.from, pc, memory)) {
    registers[PC] = (registers[LR] as number) & ~1;
    return registers[PC] === pc ? undefined : 'call';
  }
  registers[PC] = 0;
  const done = execute(found.instructions.subarray(0, LENGTH_MAX), registers, memory);
  if (done === undefined) return undefined;
  if (registers[PC] === 0) registers[PC] = registers[LR] as number;
  registers[PC] = (registers[PC] as number) & ~1;
  const isElsewhere = registers[SP] !== sp || registers[PC] !== pc;
  return registers[PC] !== 0 && isElsewhere ? done : undefined;
}

const PUSHES_MAX = 16;

/**
 * Whether the code from a function's beginning to an address has pushed what the function pushes: LR or, in a function that calls nothing,
 * anything. Instructions tell of the whole prologue only.
 */
function hasFrame(from: number, pc: number, memory: WordReader): boolean {
  if (pc <= from) return false;
  for (let at = (from & ~3) >>> 0; at < pc && at < from + 4 * PUSHES_MAX; at += 4) {
    const word = Number(memory.word(BigInt(at), 4) ?? 0n);
    // STMDB SP!, {...}; STR Rt, [SP, #-n]!. DDI 0406C, A8.8.133 and A8.8.204.
    const isPush = (word & 0x0fff_0000) === 0x092d_0000 || (word & 0x0fff_0000) === 0x052d_0000;
    if (isPush) return true;
  }
  // Far behind its beginning it has one, if it makes one at all.
  return pc >= from + 4 * PUSHES_MAX;
}

/** Runs instructions; undefined where they refuse, or are none. What restores SP itself is how a kernel saves what it interrupts. */
function execute(instructions: Uint8Array, registers: Registers, memory: WordReader): Unwound | undefined {
  let at = 0;
  let done: Unwound = 'call';
  const next = (): number => instructions[at++] ?? 0xb0;
  const pop = (mask: number, from: number): boolean => {
    let sp = registers[SP] as number;
    for (let n = from; n < 16 && mask >>> (n - from) !== 0; n++) {
      if (((mask >>> (n - from)) & 1) === 0) continue;
      const word = memory.word(BigInt(sp), 4);
      if (word === undefined) return false;
      registers[n] = Number(word);
      sp += 4;
    }
    if (from > SP || ((mask >>> (SP - from)) & 1) === 0) registers[SP] = sp;
    else done = 'exception';
    return true;
  };
  const skipDoubles = (count: number, more: number): void => {
    registers[SP] = (registers[SP] as number) + 8 * count + more;
  };
  while (at < instructions.length) {
    const code = next();
    if (code < 0x40) registers[SP] = (registers[SP] as number) + ((code & 0x3f) << 2) + 4;
    else if (code < 0x80) registers[SP] = (registers[SP] as number) - ((code & 0x3f) << 2) - 4;
    else if (code < 0x90) {
      const mask = ((code & 0xf) << 8) | next();
      if (mask === 0 || !pop(mask, 4)) return undefined;
    } else if (code < 0xa0) {
      const n = code & 0xf;
      if (n === SP || n === PC) return undefined;
      registers[SP] = registers[n] as number;
    } else if (code < 0xb0) {
      const mask = (1 << ((code & 7) + 1)) - 1;
      if (!pop((code & 8) === 0 ? mask : mask | (1 << (LR - 4)), 4)) return undefined;
    } else if (code === 0xb0) return done;
    else if (code === 0xb1) {
      const mask = next();
      if (mask === 0 || mask > 0xf || !pop(mask, 0)) return undefined;
    } else if (code === 0xb2) {
      let [value, shift, byte] = [0, 0, 0x80];
      for (; (byte & 0x80) !== 0 && shift < 28; shift += 7) value |= ((byte = next()) & 0x7f) << shift;
      registers[SP] = (registers[SP] as number) + 0x204 + (value << 2);
    } else if (code === 0xb3) skipDoubles((next() & 0xf) + 1, 4);
    else if (code >= 0xb8 && code < 0xc0) skipDoubles((code & 7) + 1, 4);
    else if (code === 0xc8 || code === 0xc9) skipDoubles((next() & 0xf) + 1, 0);
    else if (code >= 0xd0 && code < 0xd8) skipDoubles((code & 7) + 1, 0);
    else return undefined;
  }
  return done;
}
