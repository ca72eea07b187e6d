import { must } from '../base/assert.ts';
import type { StopPlace } from '../core/engine/stops.ts';
import type { Input } from '../replay/replay.ts';
import { eventStops } from '../timeline/event-stops.ts';
import type { Stops } from '../timeline/stops.ts';
import { isEmitted, vcpuTurn } from '../trace/events/index.ts';
import { differentWords, firstParting, type Parting, traceEffects } from './effect-trace.ts';
import { type Known, NOTHING, type Pair } from './pair.ts';

/** Stretches up to this are looked at instruction by instruction, the first ones shorter. */
const TRACED_MAX = 2 ** 16;
const TRACED_FIRST = 2 ** 10;
/** Registers that differ are followed so for so many instructions in all; then states are compared. */
const FOLLOWED_MAX = 2 ** 24;
/** Words of registers that may differ while effects are traced: more are most of a processor's. */
const APART_MAX = 16;
/** Accesses to what differs that have the same effect all the same: so many are looked at one by one. */
const HARMLESS_MAX = 256;
/** Stops that are armed at once before differing code; ranges of memory that are watched at once. */
const ARMED_MAX = 4096;
/** States that are kept while one machine runs alone, at least so many counts apart. */
const KEPT = 48;
const KEPT_EVERY_MIN = 2 ** 19;
/** Parts of a stretch that is looked at by states. */
const PIECES = 8;
const INSTRUCTION_BYTES = 4;

/** An input that only one of two runs has, or that they have otherwise. */
export interface InputDifference {
  readonly at: number;
  readonly a?: Input;
  readonly b?: Input;
}
/** What is known of two tapes before their machines run. */
export interface PartingOptions {
  /** Inputs that differ, by ascending counts. */
  readonly inputs: Iterable<InputDifference>;
  /**
   * The first count at which they have different events, whatever an event is for; and of those that tell what a machine did.
   * `complete`: both tapes hold these.
   */
  readonly events: {
    readonly first: number | undefined;
    readonly effects: number | undefined;
    readonly complete: boolean;
  };
  /** What their disks began with differs, and devices write it to memory. */
  readonly disks: boolean;
  /** Counts at which both have a checkpoint. */
  readonly checkpoints: readonly number[];
}

/** The first instruction, interrupt or end of a turn that has not the same effect in both runs. */
export interface Found extends Parting {
  /** What differed already when it was executed. */
  readonly known: Known;
  /** By what the runs differed before any instruction did: from their beginning, or by inputs, the last one last. */
  readonly since: readonly Since[];
}
/** At a count a device has written something else to memory: as inputs do, it makes two runs differ before any instruction does. */
interface OtherDma {
  readonly kind: 'dma';
  readonly icount: number;
}
type Parted = Found | OtherDma;
/** What made two runs differ from outside. */
export type Since = { readonly kind: 'begin'; readonly at: number } | ({ readonly kind: 'input' } & InputDifference);
/** No instruction has another effect, up to a count. */
export interface Same {
  readonly kind: 'same';
  readonly upTo: number;
  readonly since: readonly Since[];
}

/**
 * Finds where two runs part. Both machines follow from what they begin with and from their inputs: so nothing can differ before one of
 * these does, and then it differs by an instruction that reads it.
 */
export class PartingSearch {
  readonly #pair: Pair;
  readonly #options: PartingOptions;
  readonly #since: Since[] = [];
  #known: Known = NOTHING;

  constructor(pair: Pair, options: PartingOptions) {
    this.#pair = pair;
    this.#options = options;
  }

  /** @throws Failure where a tape does not replay */
  find(): Found | Same {
    const { a, b } = this.#pair;
    const first = Math.max(a.timeline.first, b.timeline.first);
    const last = Math.min(a.timeline.last, b.timeline.last);
    this.#pair.at(first);
    this.#known = this.#pair.known();
    if (this.#options.disks || !this.#pair.isSame(this.#known)) this.#since.push({ kind: 'begin', at: first });
    let from = first;
    for (const input of this.#options.inputs) {
      if (input.at > last) break;
      const found = this.#beyondDma(from, Math.max(from, input.at));
      if (found !== undefined) return found;
      from = Math.max(from, input.at);
      this.#pair.at(from);
      this.#pair.keep();
      this.#known = this.#pair.known();
      this.#since.push({ kind: 'input', ...input });
    }
    return this.#beyondDma(from, last) ?? { kind: 'same', upTo: last, since: this.#since };
  }

  /** From a count on, at which all differences are known, up to another. */
  #beyondDma(from: number, to: number): Found | undefined {
    for (let at = from; ; ) {
      const found = this.#within(at, to);
      if (found?.kind !== 'dma') return found;
      at = found.icount + 1;
      this.#pair.at(at);
      this.#pair.keep();
      this.#known = this.#pair.known();
    }
  }
  #within(from: number, to: number): Parted | undefined {
    if (from >= to) return undefined;
    if (this.#since.length === 0) return this.#proven(from, to);
    const { effects } = this.#options.events;
    const bound = effects !== undefined && effects >= from && effects < to ? Math.min(to, effects + 1) : to;
    return this.#upTo(from, bound) ?? (bound < to ? this.#upTo(bound, to) : undefined);
  }
  /** Nothing that a guest's instructions could come to differ by is left up to a count. */
  #isSettled(to: number): boolean {
    const { registers, memory } = this.#known;
    if (registers.size > 0 || !memory.isEmpty) return false;
    if (this.#options.disks) return false;
    if (this.#pair.isSame(this.#known)) return true;
    // What a device gives its guest is an event.
    const { effects, complete } = this.#options.events;
    return complete && (effects === undefined || effects >= to);
  }
  /** Nothing has differed so far: a machine that differs from its tape is found by running it. */
  #proven(from: number, to: number): Parted | undefined {
    const { first } = this.#options.events;
    if (first === undefined || first >= to) return undefined;
    this.#pair.at(first + 1);
    return this.#byStates(from, Math.min(first + 1, to));
  }

  #upTo(from: number, to: number): Parted | undefined {
    let at = from;
    let traced = 0;
    for (let size = TRACED_FIRST; this.#known.registers.size > 0 && at < to; size = Math.min(4 * size, TRACED_MAX)) {
      const turn = this.#nextTurn(at, to);
      if (turn > at) {
        const pair = this.#pair;
        pair.at(turn);
        if (pair.isNew(this.#known)) return this.#halve(at, turn);
        pair.keep();
        this.#known = pair.known();
        at = turn;
        continue;
      }
      const end = Math.min(to, at + size);
      const found = this.#trace(at, end);
      if (found !== undefined) return found;
      traced += end - at;
      at = end;
      if (traced >= FOLLOWED_MAX) return this.#byStates(at, to);
    }
    if (at >= to || this.#isSettled(to)) return undefined;
    return this.#known.memory.isEmpty ? this.#byStates(at, to) : this.#byAccess(at, to);
  }

  /** Where nothing differs but registers of vCPUs that wait for their turn: the count at which one of these comes, if before another one. */
  #nextTurn(at: number, to: number): number {
    const pair = this.#pair;
    pair.at(at);
    const { current } = pair.a.view.machine.vm;
    const theirs = new Set(pair.registers().map(({ vcpu }) => vcpu));
    if (!this.#known.memory.isEmpty || theirs.has(undefined) || theirs.has(current)) return at;
    let turn = to;
    const isTheirs = eventStops((decl, fields) => {
      if (!isEmitted(vcpuTurn, decl, fields) || !theirs.has(fields.to)) return undefined;
      turn = Math.min(turn, fields.at);
      return 0;
    });
    pair.running = pair.a;
    pair.a.timeline.run('forwards', isTheirs, to);
    return turn;
  }

  /** Looks at each instruction of a short stretch. Behind it nothing new differs where nothing is found. */
  #trace(from: number, to: number): Parted | undefined {
    const pair = this.#pair;
    pair.at(from);
    pair.keep();
    const { a, b } = pair;
    const apart = differentWords(a.timeline.machine.cpu, b.timeline.machine.cpu);
    if (apart.length > APART_MAX) return this.#halve(from, to, 1);
    const traces = [a, b].map((side) => {
      pair.running = side;
      return traceEffects(side.timeline, to, apart);
    });
    const parting = firstParting(must(traces[0], 'trace'), must(traces[1], 'trace'));
    const end = parting === undefined ? to : parting.icount;
    // What is stored shows in no register. An interrupt may be taken at the end of the way to its count.
    pair.at(end);
    const isNew = parting?.kind === 'interrupt' ? pair.isNewInMemory(this.#known) : pair.isNew(this.#known);
    if (end > from && isNew) return this.#halve(from, end, 1);
    if (parting !== undefined) return this.#found(parting);
    this.#known = pair.known();
    return undefined;
  }
  /** The one instruction of a stretch, or the interrupt or end of a turn beside it. */
  #last(from: number): Parted {
    const { a, b } = this.#pair;
    this.#pair.at(from);
    const apart = differentWords(a.timeline.machine.cpu, b.timeline.machine.cpu);
    const traces = [a, b].map(({ timeline }) => traceEffects(timeline, from + 1, apart));
    const parting = firstParting(must(traces[0], 'trace'), must(traces[1], 'trace'));
    if (parting !== undefined) return this.#found(parting);
    if (!this.#pair.isNewInRegisters(this.#known)) return { kind: 'dma', icount: from };
    const vcpus = { a: a.timeline.machine.cpu.loaded, b: b.timeline.machine.cpu.loaded };
    return this.#found({ icount: from, kind: 'instruction', vcpus });
  }

  /** A stretch at whose end something new differs, and at whose beginning nothing: in halves, at last instruction by instruction. */
  #halve(from: number, to: number, least = TRACED_MAX): Parted {
    const pair = this.#pair;
    let [low, high] = [from, to];
    while (high - low > least) {
      const middle = this.#middle(low, high);
      pair.at(middle);
      if (pair.isNew(this.#known)) high = middle;
      else {
        low = middle;
        pair.keep();
      }
    }
    if (least === 1) return this.#last(low);
    pair.at(low);
    this.#known = pair.known();
    return this.#trace(low, high) ?? this.#halve(low, high, 1);
  }
  /** A checkpoint that both have is come to at once. */
  #middle(low: number, high: number): number {
    const within = this.#options.checkpoints.filter((at) => at > low && at < high);
    return within[Math.floor(within.length / 2)] ?? Math.floor((low + high) / 2);
  }

  /** By states alone: a difference that has gone again by the next state is not seen. */
  #byStates(from: number, to: number): Parted | undefined {
    const pair = this.#pair;
    const marks = this.#options.checkpoints.filter((at) => at > from && at < to);
    const step = Math.max(TRACED_MAX, Math.ceil((to - from) / PIECES));
    let at = from;
    while (at < to) {
      const next = Math.min(to, marks.find((mark) => mark > at && mark <= at + step) ?? at + step);
      pair.at(next);
      if (pair.isNew(this.#known)) return this.#halve(at, next);
      pair.keep();
      this.#known = pair.known();
      at = next;
    }
    return undefined;
  }

  /**
   * By the accesses to memory that differs: one machine runs at full speed up to each instruction that reads such bytes or is made of
   * them, and both are looked at there.
   */
  #byAccess(from: number, to: number): Parted | undefined {
    const pair = this.#pair;
    let at = from;
    for (let harmless = 0; at < to && harmless < HARMLESS_MAX; harmless++) {
      const hit = this.#nextAccess(at, to);
      const end = hit ?? to;
      pair.at(end);
      if (pair.isNew(this.#known)) return this.#halve(at, end);
      this.#known = pair.known();
      if (hit === undefined) return undefined;
      const found = this.#trace(hit, hit + 1);
      if (found !== undefined) return found;
      at = hit + 1;
      if (this.#known.memory.isEmpty) return this.#byStates(at, to);
    }
    return at < to ? this.#byStates(at, to) : undefined;
  }
  /** The count of the next instruction that reads differing memory, or is made of it. */
  #nextAccess(from: number, to: number): number | undefined {
    const ranges = this.#ranges();
    const { timeline } = this.#pair.a;
    this.#pair.goTo(this.#pair.a, from);
    let first: number | undefined;
    const stops: Stops = {
      arm: (session, found) => {
        const told = (icount: number): void => {
          if (icount < from) return;
          first = Math.min(first ?? icount, icount);
          // As an event it stops where it begins, too.
          found({ kind: 'event', which: 0 });
        };
        session.machine.watch(
          ranges.map((range) => ({ ...range, kind: 'read' })),
          ({ icount }) => told(icount),
        );
        session.stopBefore(placesOf(ranges), () => told(session.machine.icount));
        return () => {
          session.machine.watch([], () => {});
          session.stopBefore([]);
        };
      },
    };
    const slice = Math.max(KEPT_EVERY_MIN, Math.ceil((to - from) / KEPT));
    for (let at = from; at < to && first === undefined; at += slice) {
      timeline.run('forwards', stops, Math.min(at + slice, to));
      // The way back to what is found is short then.
      if (first === undefined) timeline.keep();
      this.#pair.onSlice?.();
    }
    return first !== undefined && first < to ? first : undefined;
  }
  /** What differs, in not too many ranges: neighbours that lie near are one. */
  #ranges(): { readonly pa: number; readonly bytes: number }[] {
    let ranges = [...this.#pair.rangesOf(this.#known)];
    for (let gap = 16; ranges.length > ARMED_MAX; gap *= 4) {
      const merged: { pa: number; bytes: number }[] = [];
      for (const { pa, bytes } of ranges) {
        const last = merged.at(-1);
        if (last !== undefined && pa - (last.pa + last.bytes) <= gap) last.bytes = pa + bytes - last.pa;
        else merged.push({ pa, bytes });
      }
      ranges = merged;
    }
    return ranges;
  }

  #found(parting: Parting): Found {
    this.#pair.at(parting.icount);
    // Whatever differs before an instruction is from outside, what a device has written meanwhile among it.
    if (parting.kind === 'instruction') this.#known = this.#pair.known();
    return { ...parting, known: this.#known, since: this.#since };
  }
}

/** Every place at which an instruction may begin that has some of these bytes. */
function placesOf(ranges: readonly { readonly pa: number; readonly bytes: number }[]): StopPlace[] {
  const places: StopPlace[] = [];
  for (const { pa, bytes } of ranges)
    for (let at = (pa - INSTRUCTION_BYTES + 1) & ~1; at < pa + bytes && places.length < ARMED_MAX; at += 2)
      places.push({ pa: at });
  return places;
}
