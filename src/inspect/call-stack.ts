import { type UnwindingAt, unwind } from './arm-unwind.ts';
import type { GuestView } from './guest-view.ts';
import { memoryNow, type WordReader } from './memory-at-once.ts';

/** The name of the function that an address lies in. */
export type FunctionAt = (pc: bigint) => string | undefined;

/** Frames of a stack are as many at most, whatever the guest's memory says. */
export const FRAMES_MAX = 64;

interface Chain {
  /** The frame pointer of the running function. */
  readonly fp: bigint;
  /** Where its caller's frame pointer and its return address are, from there. */
  readonly fpAt: number;
  readonly lrAt: number;
  readonly wordBytes: 4 | 8;
}

/** Two words. */
interface FrameRecord {
  readonly fp: bigint;
  readonly lr: bigint;
}

/** A function that runs: where it goes on, and where in memory that stands. */
export interface CallFrame {
  readonly pc: bigint;
  /** The frame record that it is from; undefined of the innermost, and of one that no record has yet. */
  readonly record?: bigint;
  /** It is not where a call returns to, but what an exception has interrupted; of the innermost not told. */
  readonly isInterrupted?: boolean;
}

/**
 * The addresses at which the running functions go on, the innermost first: by the frame records that X29 begins (AAPCS64, IHI 0055,
 * 6.4.6); in AArch32, best effort, by those of T32 code (R7) and of A32 code with frame pointers (R11). The first caller comes from the link
 * register where no record has it yet: at a function's beginning, and in one that calls nothing.
 */
export function callStack(view: GuestView, functionAt: FunctionAt, options: StackOptions = {}): bigint[] {
  return recordedStack(view, functionAt, options).map(({ pc }) => pc);
}

/** How a stack is read. */
export interface StackOptions {
  /** The guest's memory at this moment, where somebody has looked at it already. */
  readonly memory?: WordReader | undefined;
  /** How frames of AArch32 code are undone, where that is told: such code has no frame pointers then. */
  readonly unwindingAt?: UnwindingAt | undefined;
}

/** The same, with where it stands. */
export function recordedStack(
  view: GuestView,
  functionAt: FunctionAt,
  { memory = memoryNow(view), unwindingAt }: StackOptions = {},
): CallFrame[] {
  const { pc } = view;
  if (view.isAarch32 && unwindingAt?.(Number(pc)) !== undefined) return unwoundStack(view, unwindingAt, memory);
  const chain = chainOf(view);
  const first = readRecord(memory, chain, chain.fp);
  const link = codeAddress(view, view.general(view.isAarch32 ? 14 : 30));
  const frames: CallFrame[] = [{ pc }];
  if (isCaller(link, pc, first, functionAt)) frames.push({ pc: link });
  const seen = new Set<bigint>();
  for (let record = first, fp = chain.fp; record !== undefined && frames.length < FRAMES_MAX; ) {
    // Stacks grow down, but an interrupt's may lie anywhere: only a circle is none.
    seen.add(fp);
    const at = codeAddress(view, record.lr);
    if (at === 0n) break;
    frames.push({ pc: at, record: fp });
    fp = record.fp;
    if (seen.has(fp)) break;
    record = readRecord(memory, chain, fp);
  }
  return frames;
}

function unwoundStack(view: GuestView, unwindingAt: UnwindingAt, memory: WordReader): CallFrame[] {
  const registers = Uint32Array.from({ length: 16 }, (_, n) =>
    Number(BigInt.asUintN(32, n === 15 ? view.pc : view.general(n))),
  );
  const frames: CallFrame[] = [{ pc: view.pc }];
  for (let isCaller = false; frames.length < FRAMES_MAX; ) {
    const undone = unwind(registers, unwindingAt, memory, isCaller);
    if (undone === undefined) break;
    isCaller = undone === 'call';
    frames.push({ pc: BigInt(registers[15] as number), ...(isCaller ? {} : { isInterrupted: true }) });
  }
  return frames;
}

/**
 * Is the link register's address a caller that no record tells of? Not where it is the record's, which nothing has changed since;
 * nor where it lies in the running function, which has called something since it made its record.
 */
function isCaller(link: bigint, pc: bigint, first: FrameRecord | undefined, functionAt: FunctionAt): boolean {
  if (link === 0n || link === first?.lr) return false;
  const [own, other] = [functionAt(pc), functionAt(link)];
  return own !== undefined && other !== undefined && own !== other;
}

function chainOf(view: GuestView): Chain {
  if (!view.isAarch32) return { fp: view.general(29), fpAt: 0, lrAt: 8, wordBytes: 8 };
  if (view.isThumb) return { fp: view.general(7), fpAt: 0, lrAt: 4, wordBytes: 4 };
  // R11 points to the saved LR; below it is the caller's R11.
  return { fp: view.general(11), fpAt: -4, lrAt: 0, wordBytes: 4 };
}

function readRecord(memory: WordReader, chain: Chain, at: bigint): FrameRecord | undefined {
  const { fpAt, lrAt, wordBytes } = chain;
  if (at === 0n || at % BigInt(wordBytes) !== 0n) return undefined;
  const fp = memory.word(at + BigInt(fpAt), wordBytes);
  const lr = memory.word(at + BigInt(lrAt), wordBytes);
  return fp === undefined || lr === undefined ? undefined : { fp, lr };
}

/** Bit 0 of a return address says T32. */
const codeAddress = (view: GuestView, lr: bigint): bigint => (view.isAarch32 ? lr & ~1n : lr);
