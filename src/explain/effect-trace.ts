import { high32, low32 } from '../base/bits.ts';
import type { InstructionObserver } from '../core/engine/observation.ts';
import type { WatchHit } from '../core/engine/watchpoints.ts';
import { readNzcv } from '../core/exception/pstate.ts';
import * as cells from '../core/state/cells.ts';
import type { PeState } from '../core/state/pe-state.ts';
import { NOWHERE } from '../timeline/stops.ts';
import type { Timeline } from '../timeline/timeline.ts';

/** General registers, the stack pointer and the vector registers lie in a row. */
const REGISTER_WORDS = (cells.PC_BASE - cells.X) >>> 2;
/** What else an instruction may write beside memory and system registers: `words` of 32 bits from a cell. */
const OTHERS: readonly { readonly cell: number; readonly words: number }[] = [
  { cell: cells.FPCR, words: 1 },
  { cell: cells.FPSR, words: 1 },
  { cell: cells.DAIF, words: 1 },
  { cell: cells.PSTATE_SS_IL, words: 1 },
  { cell: cells.CURRENT_EL, words: 1 },
  { cell: cells.SPSEL, words: 1 },
  { cell: cells.EXCLUSIVE_SIZE, words: 1 },
  { cell: cells.EXCLUSIVE_ADDRESS, words: 2 },
  { cell: cells.AARCH32_MODE, words: 1 },
  { cell: cells.ITSTATE, words: 1 },
  { cell: cells.CPSR_Q, words: 1 },
  { cell: cells.CPSR_GE, words: 1 },
  { cell: cells.CPSR_E, words: 1 },
  { cell: cells.FPEXC, words: 1 },
  { cell: cells.SP_EL, words: 8 },
  { cell: cells.R_USR, words: 7 },
];
/** Places of all that is looked at behind each instruction, as indices of 32-bit words; the flags, which lie in no cell, are the last. */
const places: readonly number[] = [
  ...Array.from({ length: REGISTER_WORDS }, (_, n) => (cells.X >>> 2) + n),
  ...OTHERS.flatMap(({ cell, words }) => Array.from({ length: words }, (_, n) => (cell >>> 2) + n)),
];
const FLAGS = places.length;

const wordOf = (cpu: PeState, which: number): number =>
  which === FLAGS ? readNzcv(cpu) : (cpu.u32[places[which] as number] as number);

/** What two CPUs differ in, by numbers of the words that a trace looks at. */
export function differentWords(a: PeState, b: PeState): number[] {
  const found: number[] = [];
  for (let which = 0; which <= FLAGS; which++) if (wordOf(a, which) !== wordOf(b, which)) found.push(which);
  return found;
}

const Kind = { instruction: 0, synchronous: 1, interrupt: 2 } as const;
const ODD = 0x85eb_ca6b | 1;

/**
 * What each instruction of a stretch made of the registers, as a hash, and the exceptions between. Of words that differ from the
 * beginning the values themselves are kept, and what is stored then is hashed too, since it may be these.
 */
export class EffectTrace implements InstructionObserver {
  count = 0;
  counts = new Float64Array(1 << 12);
  pcs = new BigUint64Array(1 << 12);
  kinds = new Uint8Array(1 << 12);
  hashes = new Int32Array(1 << 12);
  stores = new Int32Array(1 << 12);
  /** `apart.length` words an entry. */
  words: Uint32Array;
  /** The same before the first. */
  readonly begin: Uint32Array;
  readonly apart: readonly number[];
  readonly #cpu: PeState;
  readonly #hashed: Int32Array;
  readonly #flagsApart: boolean;
  /** The entry of the instruction at hand. */
  #open = 0;

  constructor(cpu: PeState, apart: readonly number[]) {
    this.#cpu = cpu;
    this.apart = apart;
    this.#hashed = Int32Array.from(places.filter((_, which) => !apart.includes(which)));
    this.#flagsApart = apart.includes(FLAGS);
    this.words = new Uint32Array(this.counts.length * apart.length);
    this.begin = Uint32Array.from(apart, (which) => wordOf(cpu, which));
  }

  before(at: { readonly icount: number; readonly pc: bigint }): void {
    this.#open = this.#add(Kind.instruction, at.icount, at.pc);
  }
  after(): void {
    const cpu = this.#cpu;
    const words = cpu.u32;
    const hashed = this.#hashed;
    let hash = this.#flagsApart ? 0 : readNzcv(cpu) | 0;
    for (let i = 0; i < hashed.length; i++)
      hash = Math.imul(hash ^ (words[hashed[i] as number] as number), ODD) ^ (hash >>> 15);
    this.hashes[this.#open] = hash;
    const { apart } = this;
    // One that the hypervisor emulates retires behind its exceptions.
    for (let entry = this.#open; entry < this.count; entry++)
      for (let k = 0; k < apart.length; k++) this.words[entry * apart.length + k] = wordOf(cpu, apart[k] as number);
  }
  exception(taken: {
    readonly icount: number;
    readonly pc: bigint;
    readonly exception: { readonly kind: string; readonly target: number; readonly ec: number };
  }): void {
    const { kind, target, ec } = taken.exception;
    const entry = this.#add(kind === 'sync' ? Kind.synchronous : Kind.interrupt, taken.icount, taken.pc);
    this.hashes[entry] = (target << 8) | ec;
  }
  /** The instruction at hand has written memory. */
  stored({ pa, after }: WatchHit): void {
    let hash = Math.imul((this.stores[this.#open] as number) ^ pa, ODD);
    for (let rest = after; rest > 0n; rest >>= 64n)
      hash = Math.imul(Math.imul(hash ^ low32(BigInt.asUintN(64, rest)), ODD) ^ high32(BigInt.asUintN(64, rest)), ODD);
    this.stores[this.#open] = hash;
  }

  #add(kind: number, icount: number, pc: bigint): number {
    const entry = this.count++;
    if (entry === this.counts.length) this.#grow();
    this.kinds[entry] = kind;
    this.counts[entry] = icount;
    this.pcs[entry] = pc;
    this.hashes[entry] = 0;
    this.stores[entry] = 0;
    for (let k = 0; k < this.apart.length; k++) this.words[entry * this.apart.length + k] = this.#lastWord(entry, k);
    return entry;
  }
  /** Until it retires an instruction has changed nothing. */
  #lastWord(entry: number, k: number): number {
    return (entry === 0 ? this.begin[k] : this.words[(entry - 1) * this.apart.length + k]) as number;
  }
  #grow(): void {
    const bytes = 2 * this.counts.length;
    const grown = <A extends { set(from: A): void }>(to: A, from: A): A => {
      to.set(from);
      return to;
    };
    this.counts = grown(new Float64Array(bytes), this.counts);
    this.pcs = grown(new BigUint64Array(bytes), this.pcs);
    this.kinds = grown(new Uint8Array(bytes), this.kinds);
    this.hashes = grown(new Int32Array(bytes), this.hashes);
    this.stores = grown(new Int32Array(bytes), this.stores);
    this.words = grown(new Uint32Array(bytes * this.apart.length), this.words);
  }
}

/** Runs from the timeline's moment to a count, and keeps what each instruction does to the registers. */
export function traceEffects(timeline: Timeline, to: number, apart: readonly number[]): EffectTrace {
  const { machine } = timeline;
  const trace = new EffectTrace(machine.cpu.cpu, apart);
  machine.observe(trace);
  const ram = machine.vm.memory.segments.map(({ ipa: pa, bytes }) => ({ pa, bytes, kind: 'write' }) as const);
  if (apart.length > 0) machine.watch(ram, (hit) => trace.stored(hit));
  try {
    timeline.run('forwards', NOWHERE, to);
  } finally {
    machine.observe(null);
    if (apart.length > 0) machine.watch([], () => {});
  }
  return trace;
}

/** Where two stretches part. */
export interface Parting {
  readonly icount: number;
  /** An instruction made something else of the registers, or went on elsewhere; or an interrupt was taken on one side alone. */
  readonly kind: 'instruction' | 'interrupt';
}

/** The first instruction or interrupt that has not the same effect in both traces; they begin with the same words apart. */
export function firstParting(a: EffectTrace, b: EffectTrace): Parting | undefined {
  const length = Math.min(a.count, b.count);
  const isSame = a.apart.map(() => false);
  for (let i = 0; i < length; i++) {
    if (a.kinds[i] !== b.kinds[i] || a.counts[i] !== b.counts[i] || a.pcs[i] !== b.pcs[i])
      return partingBefore(a, b, i);
    if (
      a.hashes[i] !== b.hashes[i] ||
      a.stores[i] !== b.stores[i] ||
      (a.kinds[i] === Kind.instruction && isOtherApart(a, b, i, isSame))
    )
      return { icount: a.counts[i] as number, kind: a.kinds[i] === Kind.interrupt ? 'interrupt' : 'instruction' };
  }
  return a.count === b.count ? undefined : partingBefore(a, b, length);
}

/**
 * The entries are of different things: one side waits on, or an interrupt was taken there alone; or the last instruction went on
 * elsewhere.
 */
function partingBefore(a: EffectTrace, b: EffectTrace, i: number): Parting {
  const both = [a, b].filter((trace) => i < trace.count);
  const kindOf = (trace: EffectTrace): Parting['kind'] =>
    trace.kinds[i] === Kind.interrupt ? 'interrupt' : 'instruction';
  const [first] = both.sort((x, y) => (x.counts[i] as number) - (y.counts[i] as number));
  const isLater = both.length === 1 || a.counts[i] !== b.counts[i];
  if (first !== undefined && isLater) return { icount: first.counts[i] as number, kind: kindOf(first) };
  const interrupted = both.find((trace) => kindOf(trace) === 'interrupt');
  if (interrupted !== undefined) return { icount: interrupted.counts[i] as number, kind: 'interrupt' };
  const at = Math.max(0, i - 1);
  return { icount: a.counts[at] as number, kind: 'instruction' };
}

/** Whether one of the words that began different was written to with different results, or is different again. */
function isOtherApart(a: EffectTrace, b: EffectTrace, i: number, isSame: boolean[]): boolean {
  const { length } = a.apart;
  const before = (trace: EffectTrace, k: number): number =>
    (i === 0 ? trace.begin[k] : trace.words[(i - 1) * length + k]) as number;
  for (let k = 0; k < length; k++) {
    const [ofA, ofB] = [a.words[i * length + k], b.words[i * length + k]];
    if (ofA === ofB) isSame[k] = true;
    else if (isSame[k] || ofA !== before(a, k) || ofB !== before(b, k)) return true;
  }
  return false;
}
