// timeline/: a replay that goes to any moment of its tape, forwards and backwards, in place.

import { assert, must } from '../base/assert.ts';
import { ExitStatus, Failure } from '../base/failure.ts';
import type { Machine } from '../machine/machine.ts';
import { type ReplayOptions, ReplaySession, type ReplayState, type ReplayStop } from '../replay/replay.ts';
import type { TapeReader } from '../trace/codec/tape-reader.ts';
import { idleSkip, isEmitted } from '../trace/events/index.ts';
import { eventStops, isMidRun } from './event-stops.ts';
import { compareMoments, type Moment, momentOf } from './moment.ts';
import { States } from './states.ts';
import type { Found, Hit, Stops } from './stops.ts';
import { statesOfTape } from './tape-states.ts';

/**
 * States kept in memory beside the tape's own. One costs what its stretch has changed, some megabytes at most, and the time of some
 * million counts.
 */
const KEPT_MAX = 64;
/** Counts between two that are kept on the way. */
const KEPT_EVERY = 2 ** 23;
/** How far before a moment that is come to backwards states are kept: the next steps back are short then. */
const BEFORE = [2 ** 21, 2 ** 17, 2 ** 13] as const;
/** Counts that run before whoever asked is looked at again. */
const SLICE = 2 ** 22;

/** Which way along the tape. */
export type Direction = 'forwards' | 'backwards';

/** A state to run from; `first`: the first moment of its count. */
interface Base {
  readonly first: boolean;
  readonly state: ReplayState;
}
interface Stretch {
  readonly base: Base;
  readonly end: Moment;
  readonly isIncluded: boolean;
}
/** A hit of a pass over a stretch: the n-th from a state on, or at a count of its own. */
interface Passed {
  readonly from: Base;
  readonly nth: number;
  readonly found: Found;
}

/** Who watches a timeline. */
export interface TimelineOptions extends Pick<ReplayOptions, 'symbolAt'> {
  /** The console's bytes, each time that their stretch is run. */
  readonly consoleOut?: (byte: number, console: number) => void;
}

/**
 * A tape's run at one of its moments. It goes elsewhere in place, so that translations stay: from the last state before that is at
 * hand it runs forwards, every event checked against the tape.
 */
export class Timeline {
  readonly session: ReplaySession;
  /** The counts at which the tape begins and ends. */
  readonly first: number;
  readonly last: number;
  readonly #reader: TapeReader;
  readonly #states = new States<ReplayState>(KEPT_MAX);
  /** Where a run by count came to rest: no exception of the moment is still to come. Null elsewhere. */
  #arrived: number | null;
  #atEnd = false;

  /** @throws Failure where there is no machine to be made of the tape */
  constructor(reader: TapeReader, { consoleOut = () => {}, ...options }: TimelineOptions = {}) {
    this.#reader = reader;
    this.session = new ReplaySession(reader, { consoleOut, unverified: true, ...options });
    this.first = this.session.machine.icount;
    this.last = this.session.lastIcount;
    // The guest is switched on with the first run.
    this.session.run(this.first);
    const begin = this.session.save();
    this.#states.add({ icount: this.first, first: true, load: () => begin });
    for (const state of statesOfTape(reader, begin, true)) this.#states.add(state);
    this.#arrived = this.first;
  }

  get tape(): TapeReader {
    return this.#reader;
  }
  get machine(): Machine {
    return this.session.machine;
  }
  get now(): Moment {
    return momentOf(this.machine);
  }
  /** Number of the next event. */
  get ordinal(): number {
    return this.session.checker.checked;
  }

  /**
   * Goes to the first moment at a count, beyond idle time: in the midst of that to the next instruction; beyond the end to the end.
   * @throws Failure where the tape is damaged before
   */
  seek(icount: number): void {
    for (const _slice of this.seeking(icount));
  }
  /** Likewise, a slice at a time. */
  *seeking(icount: number, near: readonly number[] = []): Generator<void, void> {
    yield* this.arriving(icount, near);
    this.#passIdleTime();
  }
  /** Goes to the first moment at a count, in the midst of idle time too, a slice at a time. */
  *arriving(icount: number, near: readonly number[] = []): Generator<void, void> {
    assert(Number.isSafeInteger(icount), 'a count is a whole number');
    const target = Math.min(Math.max(icount, this.first), this.last);
    this.#goBefore(target);
    const stops = near.map((distance) => target - distance).filter((at) => at > this.machine.icount);
    for (const at of [...stops, target]) {
      yield* this.#runTo(at);
      if (at < target && !this.#atEnd) this.#keep();
    }
  }

  /** The count of the last state at hand that is not behind this one: a stretch that begins there is run at once. */
  stateBefore(icount: number): number {
    return this.#states.at(Math.max(icount, this.first))?.icount ?? this.first;
  }

  /** Goes behind an event of the tape: where the run can be stopped next. @throws Failure where there is none of this number */
  seekEvent(ordinal: number): void {
    const [event] = this.#reader.events({ ordinal });
    if (event === undefined)
      throw new Failure(`${this.#reader.path}: there is no event ${ordinal}; it has ${this.#reader.eventCount}`);
    if (isMidRun(event.kind)) {
      this.seek(event.at + 1);
      return;
    }
    this.#load(Math.max(event.at - 1, this.first));
    if (this.ordinal <= ordinal)
      this.run(
        'forwards',
        eventStops((_decl, _fields, n) => (n === ordinal ? n : undefined)),
      );
  }

  /**
   * To the next place of an instruction, or the one before. An instruction that faults has a place of its own, and so has its
   * vector, of the same count.
   */
  step(direction: Direction): void {
    if (direction === 'forwards') this.#stepOn();
    else this.#stepBack();
  }
  #stepOn(): void {
    this.#came(this.session.step());
    this.#passIdleTime();
  }
  #stepBack(): void {
    const from = this.now;
    const lastException = this.machine.cpu.stall.at;
    if (from.exceptions > 0) {
      this.#seekBack(from.icount);
      if (compareMoments(this.now, from) < 0 && this.#toLastBefore(from)) return;
    }
    this.#seekBack(from.icount - 1);
    if (from.icount > this.first && compareMoments(this.now, from) >= 0) this.#stepOverIdleTime(from);
    // Where no exception was taken there is no vector to come by.
    if (lastException >= this.now.icount) this.#toLastBefore(from);
  }
  #seekBack(icount: number): void {
    for (const _slice of this.seeking(icount, BEFORE));
  }
  /** From a place before a moment to the last one before it; false, here, where there is none but one that the moment is in the midst of. */
  #toLastBefore(moment: Moment): boolean {
    const begin = this.#base();
    let steps = 0;
    for (; compareMoments(this.now, moment) < 0 && !this.#atEnd; steps++) this.#stepOn();
    // A moment that is stepped over is within an exit of the instruction before: its place is that one's.
    const back = compareMoments(this.now, moment) === 0 ? 1 : 2;
    this.#put(begin);
    for (let n = back; n < steps; n++) this.#stepOn();
    return steps >= back;
  }
  /** Does something elsewhere, and comes back to this very moment. */
  fromHere<T>(what: () => T): T {
    const here = this.#base();
    try {
      return what();
    } finally {
      this.#put(here);
    }
  }

  /** All of the counts before are idle time: to the instruction that began to wait. */
  #stepOverIdleTime(from: Moment): void {
    for (let back = 2; this.now.icount >= from.icount; back *= 2) this.seek(from.icount - back);
    let begin = from.icount;
    let end = 0;
    const idleTime = eventStops((decl, fields) => {
      if (!isEmitted(idleSkip, decl, fields)) return undefined;
      // The guest may look and wait on.
      if (fields.at !== end) begin = fields.at;
      end = fields.to;
      return undefined;
    });
    this.run('forwards', idleTime, from.icount);
    this.seek(begin - 1);
  }

  /** Runs to the next place that fits, or back to the last one before. */
  run(direction: Direction, stops: Stops, bound?: number): Hit {
    const running = direction === 'forwards' ? this.forwards(stops, bound) : this.backwards(stops, bound);
    for (;;) {
      const step = running.next();
      if (step.done === true) return step.value;
    }
  }

  /** Runs on to the next place that fits, not beyond `bound`, a slice at a time. */
  *forwards(stops: Stops, bound = Number.POSITIVE_INFINITY): Generator<void, Hit> {
    const { machine } = this;
    const from = this.now;
    let hit: Found | undefined;
    // An instruction that is stopped at, or was gone to, is not stopped at again; an event comes but once.
    const isBehind = ({ kind, at }: Found): boolean => {
      if (at !== undefined) return at > from.icount;
      return kind === 'event' || compareMoments(momentOf(machine), from) > 0;
    };
    const disarm = this.#arm(stops, (found) => {
      if (isBehind(found)) hit ??= found;
    });
    try {
      while (hit === undefined && !this.#atEnd && machine.icount < bound) {
        this.#run(Math.min(machine.icount + SLICE, bound));
        yield;
      }
    } finally {
      disarm();
    }
    if (hit === undefined) return { kind: this.#atEnd ? 'end' : 'bound', moment: this.now };
    if (hit.at !== undefined) yield* this.seeking(hit.at);
    return { ...hit, moment: this.now };
  }

  /** Goes back to the last place before here that fits, not before `bound`: stretch by stretch, each run once forwards. */
  *backwards(stops: Stops, bound = this.first): Generator<void, Hit> {
    let end = this.now;
    // What stops right at the beginning of a stretch was found by running up to there.
    let isIncluded = false;
    while (end.icount > bound) {
      const base = this.#load(end.icount - 1);
      const begin = this.now;
      const last = yield* this.#lastIn({ base, end, isIncluded }, bound, stops);
      if (last !== undefined) return yield* this.#goTo(last, stops);
      [end, isIncluded] = [begin, true];
      if (stops.interrupted?.()) break;
    }
    yield* this.seeking(Math.max(bound, end.icount));
    return { kind: this.now.icount <= this.first ? 'start' : 'bound', moment: this.now };
  }
  /** Runs a stretch, and finds its last hit. */
  *#lastIn({ base, end, isIncluded }: Stretch, bound: number, stops: Stops): Generator<void, Passed | undefined> {
    const { machine } = this;
    const isIn = ({ at }: Found): boolean => {
      const distance = at === undefined ? compareMoments(this.now, end) : at - end.icount;
      return (distance < 0 || (isIncluded && distance === 0)) && (at ?? machine.icount) >= bound;
    };
    let last: Passed | undefined;
    let hits: Found[] = [];
    let from = base;
    let nth = 0;
    const disarm = this.#arm(stops, (found) => void hits.push(found));
    try {
      while (!this.#atEnd && compareMoments(this.now, end) < 0) {
        // Exceptions come behind the first moment of their count.
        const until = machine.icount < end.icount ? end.icount : end.icount + 1;
        this.#run(Math.min(machine.icount + SLICE, until));
        for (const found of hits) {
          nth++;
          if (isIn(found)) last = { from, nth, found };
        }
        hits = [];
        const kept = this.#keepOnTheWay();
        if (kept !== undefined) [from, nth] = [kept, 0];
        yield;
      }
    } finally {
      disarm();
    }
    return last;
  }
  /** Goes to a hit of a pass. */
  *#goTo({ from, nth, found }: Passed, stops: Stops): Generator<void, Hit> {
    if (found.at !== undefined) {
      yield* this.seeking(found.at);
      return { ...found, moment: this.now };
    }
    this.#put(from);
    let hits = 0;
    const disarm = this.#arm(stops, () => void hits++);
    try {
      while (hits < nth && !this.#atEnd) {
        this.#run(this.machine.icount + SLICE);
        yield;
      }
    } finally {
      disarm();
    }
    return { ...found, moment: this.now };
  }
  #arm(stops: Stops, told: (found: Found) => void): () => void {
    const { session } = this;
    return stops.arm(session, (found) => {
      told(found);
      session.requestStop();
    });
  }

  /** From here on only places of a count that is not behind the target's. */
  #goBefore(target: number): void {
    const { icount } = this.machine;
    const known = this.#states.at(target);
    const isOnTheWay = icount < target || (icount === target && this.#arrived === target);
    if (!isOnTheWay || (known !== undefined && known.icount > icount)) this.#load(target);
  }
  /** Puts the session into the last state that is not behind the first moment of the count. */
  #load(icount: number): Base {
    for (;;) {
      const known = must(this.#states.at(icount), 'state at the beginning');
      try {
        const base = { first: known.first, state: known.load() };
        this.#put(base);
        if (this.machine.icount !== known.icount) throw new Failure('a checkpoint of another count than its own');
        return base;
      } catch (error) {
        // A state is a cache: without it the way is longer.
        if (!(error instanceof Failure) || known.icount === this.first) throw error;
        this.#states.drop(known.icount);
      }
    }
  }
  #put({ first, state }: Base): void {
    this.session.restore(state);
    this.#arrived = first ? this.machine.icount : null;
    this.#atEnd = false;
  }
  /** Where it is now. */
  #base(): Base {
    return { first: this.#arrived === this.machine.icount, state: this.session.save() };
  }
  /** Keeps the state of this moment, so that the way from here on is short. */
  keep(): void {
    if (!this.#atEnd) this.#keep();
  }
  #keep(): Base {
    const base = this.#base();
    this.#states.keep(this.machine.icount, base.first, base.state);
    return base;
  }
  /** Keeps the state where the last one lies far back. */
  #keepOnTheWay(): Base | undefined {
    const { icount } = this.machine;
    if (this.#atEnd || icount - (this.#states.at(icount)?.icount ?? 0) < KEPT_EVERY) return undefined;
    return this.#keep();
  }

  *#runTo(target: number): Generator<void, void> {
    const { machine } = this;
    while (machine.icount < target && !this.#atEnd) {
      this.#run(Math.min(machine.icount + SLICE, target));
      this.#keepOnTheWay();
      yield;
    }
  }
  #run(until: number): void {
    this.#came(this.session.run(until));
  }
  #came(stop: ReplayStop): void {
    switch (stop.kind) {
      case 'place':
        this.#arrived = this.session.stopped ? null : this.machine.icount;
        return;
      case 'divergence': {
        const { event, what } = stop.divergence;
        throw new Failure(
          `the replay differs from the recording at event ${event}, ${what}; "hypertape replay ${this.#reader.path}" tells how; where that finds no difference, "hypertape index" makes its checkpoints anew`,
          ExitStatus.finding,
        );
      }
      default:
        this.#arrived = null;
        this.#atEnd = true;
    }
  }
  #passIdleTime(): void {
    const { session, machine } = this;
    while (!this.#atEnd && machine.vm.idles()) {
      const next = Math.min(machine.vm.nextDeadline(), session.nextInputAt ?? Number.POSITIVE_INFINITY);
      this.#run(Math.max(next, machine.icount + 1));
    }
  }
}
