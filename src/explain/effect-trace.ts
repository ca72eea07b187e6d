import { high32, low32 } from '../base/bits.ts';
import type { InstructionObserver } from '../core/engine/observation.ts';
import type { WatchHit } from '../core/engine/watchpoints.ts';
import { readNzcv } from '../core/exception/pstate.ts';
import * as cells from '../core/state/cells.ts';
import type { PeState } from '../core/state/pe-state.ts';
import type { EmulatedCpu } from '../machine/emulated-cpu.ts';
import { NOWHERE } from '../timeline/stops.ts';
import type { Timeline } from '../timeline/timeline.ts';
import { isEmitted, psci, vcpuTurn } from '../trace/events/index.ts';

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

/** A word of a vCPU's registers in which two runs differ: its number among those that a trace looks at. */
export interface Apart {
  readonly vcpu: number;
  readonly word: number;
}
/** What two CPUs of as many vCPUs differ in. */
export function differentWords(a: EmulatedCpu, b: EmulatedCpu): Apart[] {
  const found: Apart[] = [];
  for (let vcpu = 0; vcpu < a.pes; vcpu++)
    a.peek(vcpu, () =>
      b.peek(vcpu, () => {
        for (let word = 0; word <= FLAGS; word++)
          if (wordOf(a.cpu, word) !== wordOf(b.cpu, word)) found.push({ vcpu, word });
      }),
    );
  return found;
}

const Kind = { instruction: 0, synchronous: 1, interrupt: 2, turn: 3 } as const;
const ODD = 0x85eb_ca6b | 1;

/** What of a vCPU's registers a trace looks at. */
interface Looked {
  /** Words that are hashed, as indices of 32-bit words. */
  readonly hashed: Int32Array;
  readonly hashesFlags: boolean;
  /** Words apart: places among all of them. */
  readonly apart: readonly number[];
}

/**
 * What each instruction of a stretch made of its vCPU's registers, as a hash, and the exceptions and ends of turns between. Of words that
 * differ from the beginning the values themselves are kept, and what is stored then is hashed too, since it may be these.
 */
export class EffectTrace implements InstructionObserver {
  count = 0;
  counts = new Float64Array(1 << 12);
  pcs = new BigUint64Array(1 << 12);
  kinds = new Uint8Array(1 << 12);
  /** Of the end of a turn: whose turn it was. */
  vcpus = new Uint8Array(1 << 12);
  /** Of the end of a turn: whose turn is next. */
  hashes = new Int32Array(1 << 12);
  stores = new Int32Array(1 << 12);
  /** `apart.length` words an entry. */
  words: Uint32Array;
  /** The same before the first. */
  readonly begin: Uint32Array;
  readonly apart: readonly Apart[];
  readonly #cpu: EmulatedCpu;
  /** By vCPU. */
  readonly #looked: readonly Looked[];
  /** The entry of the instruction at hand. */
  #open = 0;

  constructor(cpu: EmulatedCpu, apart: readonly Apart[]) {
    this.#cpu = cpu;
    this.apart = apart;
    this.#looked = Array.from({ length: cpu.pes }, (_, vcpu) => {
      const own = apart.map(({ word }, k) => ({ word, k })).filter(({ k }) => apart[k]?.vcpu === vcpu);
      const words = new Set(own.map(({ word }) => word));
      return {
        hashed: Int32Array.from(places.filter((_place, which) => !words.has(which))),
        hashesFlags: !words.has(FLAGS),
        apart: own.map(({ k }) => k),
      };
    });
    this.words = new Uint32Array(this.counts.length * apart.length);
    this.begin = Uint32Array.from(apart, ({ vcpu, word }) => cpu.peek(vcpu, () => wordOf(cpu.cpu, word)));
  }

  before(at: { readonly icount: number; readonly pc: bigint }): void {
    this.#open = this.#add(Kind.instruction, at.icount, at.pc);
  }
  after(): void {
    this.hashes[this.#open] = this.#hash(0);
    // One that the hypervisor emulates retires behind its exceptions.
    this.#keep(this.#open);
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
  /** The hypervisor has answered a call, which had retired: in its vCPU's registers, and perhaps in those of another that it turned on. */
  answered(): void {
    const last = this.count - 1;
    if (last < 0) return;
    let hash = this.hashes[last] as number;
    for (let vcpu = 0; vcpu < this.#cpu.pes; vcpu++)
      hash = this.#cpu.peek(vcpu, () => {
        this.#keep(last);
        return this.#hash(hash);
      });
    this.hashes[last] = hash;
  }
  /** The turn of the vCPU that is still loaded ends. */
  turned(icount: number, to: number): void {
    this.hashes[this.#add(Kind.turn, icount, this.#cpu.guestPc())] = to;
  }

  get #own(): Looked {
    return this.#looked[this.#cpu.loaded] as Looked;
  }
  /** Of the loaded vCPU's words. */
  #hash(from: number): number {
    const { hashed, hashesFlags } = this.#own;
    const { cpu } = this.#cpu;
    const words = cpu.u32;
    let hash = hashesFlags ? from ^ readNzcv(cpu) : from;
    for (let i = 0; i < hashed.length; i++)
      hash = Math.imul(hash ^ (words[hashed[i] as number] as number), ODD) ^ (hash >>> 15);
    return hash;
  }
  /** What the loaded vCPU's words apart are, from an entry on. */
  #keep(from: number): void {
    const { length } = this.apart;
    for (const k of this.#own.apart)
      for (let entry = from; entry < this.count; entry++)
        this.words[entry * length + k] = wordOf(this.#cpu.cpu, (this.apart[k] as Apart).word);
  }
  #add(kind: number, icount: number, pc: bigint): number {
    const entry = this.count++;
    if (entry === this.counts.length) this.#grow();
    this.kinds[entry] = kind;
    this.vcpus[entry] = this.#cpu.loaded;
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
    this.vcpus = grown(new Uint8Array(bytes), this.vcpus);
    this.hashes = grown(new Int32Array(bytes), this.hashes);
    this.stores = grown(new Int32Array(bytes), this.stores);
    this.words = grown(new Uint32Array(bytes * this.apart.length), this.words);
  }
}

/** Runs from the timeline's moment to a count, and keeps what each instruction does to the registers. */
export function traceEffects(timeline: Timeline, to: number, apart: readonly Apart[]): EffectTrace {
  const { machine, session } = timeline;
  const trace = new EffectTrace(machine.cpu, apart);
  const outer = session.onEvent;
  session.onEvent = (checked, decl, fields) => {
    outer?.(checked, decl, fields);
    if (decl.tag === psci.tag) trace.answered();
    if (isEmitted(vcpuTurn, decl, fields)) trace.turned(fields.at, fields.to);
  };
  machine.observe(trace);
  const ram = machine.vm.memory.segments.map(({ ipa: pa, bytes }) => ({ pa, bytes, kind: 'write' }) as const);
  if (apart.length > 0) machine.watch(ram, (hit) => trace.stored(hit));
  try {
    timeline.run('forwards', NOWHERE, to);
  } finally {
    machine.observe(null);
    if (apart.length > 0) machine.watch([], () => {});
    session.onEvent = outer;
  }
  return trace;
}

/** Where two stretches part. */
export interface Parting {
  readonly icount: number;
  /**
   * `instruction`: it made something else of the registers, or went on elsewhere; `interrupt`: one was taken on one side alone;
   * `schedule`: a turn ended on one side alone, or another vCPU is next.
   */
  readonly kind: 'instruction' | 'interrupt' | 'schedule';
  /** Whose instruction or interrupt it is; of `schedule`, whose turn it is from there on. */
  readonly vcpus: { readonly a: number; readonly b: number };
}

/** The first instruction, interrupt or end of a turn that has not the same effect in both traces; they begin with the same words apart. */
export function firstParting(a: EffectTrace, b: EffectTrace): Parting | undefined {
  const length = Math.min(a.count, b.count);
  const isSame = a.apart.map(() => false);
  for (let i = 0; i < length; i++) {
    const isPlace = a.kinds[i] === b.kinds[i] && a.counts[i] === b.counts[i] && a.vcpus[i] === b.vcpus[i];
    if (!isPlace || a.pcs[i] !== b.pcs[i]) return partingBefore(a, b, i);
    if (a.hashes[i] !== b.hashes[i] || a.stores[i] !== b.stores[i] || isOtherApart(a, b, i, isSame))
      return partingAt(a, b, i, kindAt(a, i));
  }
  return a.count === b.count ? undefined : partingBefore(a, b, length);
}
function kindAt(trace: EffectTrace, i: number): Parting['kind'] {
  if (trace.kinds[i] === Kind.turn) return 'schedule';
  return trace.kinds[i] === Kind.interrupt ? 'interrupt' : 'instruction';
}
/** At an entry that at least one side has. */
function partingAt(a: EffectTrace, b: EffectTrace, i: number, kind: Parting['kind']): Parting {
  const first = i < a.count ? a : b;
  const own = first.vcpus[i] as number;
  const nextOf = (trace: EffectTrace): number => {
    if (i >= trace.count) return own;
    return (kind === 'schedule' && trace.kinds[i] === Kind.turn ? trace.hashes[i] : trace.vcpus[i]) as number;
  };
  return { icount: first.counts[i] as number, kind, vcpus: { a: nextOf(a), b: nextOf(b) } };
}

/**
 * The entries are of different things: one side waits on, or an interrupt was taken or a turn ended there alone; or the last instruction
 * went on elsewhere.
 */
function partingBefore(a: EffectTrace, b: EffectTrace, i: number): Parting {
  const both = [a, b].filter((trace) => i < trace.count);
  const [first] = both.sort((x, y) => (x.counts[i] as number) - (y.counts[i] as number));
  const isLater = both.length === 1 || a.counts[i] !== b.counts[i];
  if (first !== undefined && isLater) {
    const kind = kindAt(first, i);
    const { icount, vcpus } = partingAt(first, first, i, kind);
    if (kind !== 'schedule') return { icount, kind, vcpus };
    // The other side goes on with the vCPU whose turn ended here.
    const from = first.vcpus[i] as number;
    return { icount, kind, vcpus: first === a ? { a: vcpus.a, b: from } : { a: from, b: vcpus.b } };
  }
  const vcpu = a.vcpus[i] as number;
  if (vcpu !== b.vcpus[i]) return partingAt(a, b, i, 'schedule');
  if (a.kinds[i] !== b.kinds[i]) {
    const turned = both.some((trace) => trace.kinds[i] === Kind.turn);
    const interrupted = both.find((trace) => trace.kinds[i] === Kind.interrupt);
    // It comes before the end of the turn where that follows on its side too.
    if (interrupted !== undefined && (!turned || isTurnAt(interrupted, i)))
      return partingAt(interrupted, interrupted, i, 'interrupt');
    if (turned) return partingAt(a, b, i, 'schedule');
  }
  let at = i - 1;
  while (at > 0 && (a.kinds[at] === Kind.turn || a.vcpus[at] !== vcpu)) at--;
  return partingAt(a, b, Math.max(0, at), 'instruction');
}
/** Whether a turn ends at an entry's count, behind it. */
function isTurnAt(trace: EffectTrace, i: number): boolean {
  for (let next = i + 1; next < trace.count && trace.counts[next] === trace.counts[i]; next++)
    if (trace.kinds[next] === Kind.turn) return true;
  return false;
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
