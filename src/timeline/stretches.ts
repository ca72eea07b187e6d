import { Failure } from '../base/failure.ts';
import { differenceFromParts } from '../base/stateful.ts';
import type { UnfinishedLine } from '../machine/console-line.ts';
import type { Look } from '../machine/machine.ts';
import { type ReplayOptions, ReplaySession, type ReplayState, type ReplayStop } from '../replay/replay.ts';
import type { Checkpoint } from '../trace/codec/tape-checkpoints.ts';
import type { TapeReader } from '../trace/codec/tape-reader.ts';
import type { PlacedState } from './states.ts';
import { statesOfTape } from './tape-states.ts';

/**
 * What an event costs beside an instruction, in boots of Linux (Debian, both architectures); and how many counts of a stretch may be more than
 * waiting.
 */
const COST = { event: 4_000, countsMax: 2 ** 26 } as const;

const NOWHERE = { icount: Number.POSITIVE_INFINITY } as const;

/** The run of a tape from one of its checkpoints to the next; the first is from the start, the last to the end. */
export interface Stretch {
  /** Where its first moment is. */
  readonly icount: number;
  /** How long it takes, beside others. */
  readonly cost: number;
}

/** A tape's stretches: one more than it has checkpoints. */
export function stretchesOf(reader: TapeReader): Stretch[] {
  const { checkpoints, eventCount } = reader;
  const ends = [...checkpoints, { icount: reader.icounts?.last ?? 0, ordinal: eventCount }];
  let from = { icount: reader.begin?.icount ?? 0, ordinal: 0 };
  return ends.map((end) => {
    const counts = Math.min(Math.max(end.icount - from.icount, 0), COST.countsMax);
    const { icount } = from;
    const cost = counts + Math.max(end.ordinal - from.ordinal, 0) * COST.event;
    from = end;
    return { icount, cost };
  });
}

/** Where a replay came to. */
export interface Reached {
  /** Events of the tape that lie before. */
  readonly checked: number;
  readonly icount: number;
  readonly instructions: number;
  readonly pc: bigint;
  /** What consoles and ports have of lines that are not on the tape yet. */
  readonly lines: readonly UnfinishedLine[];
}

/** How a stretch went. */
export type StretchResult =
  /** Its end is the next checkpoint, by every part of the state and by memory. */
  | { readonly kind: 'equal'; readonly reached: Reached }
  /** The next checkpoint is not a moment of this run. */
  | { readonly kind: 'differs'; readonly what: string; readonly reached: Reached }
  /** The checkpoint that it begins at cannot be restored. */
  | { readonly kind: 'unusable'; readonly what: string }
  /** The replay came to its end, as `ReplaySession` says it. */
  | { readonly kind: 'stop'; readonly stop: ReplayStop; readonly reached: Reached };

/** How the machine was where its checkpoint says. */
interface Passed {
  /** Undefined: it is that. */
  readonly difference: string | undefined;
  readonly reached: Reached;
}

/** Replays stretches of a tape, one after the other or here and there, every event checked, and compares each end with its checkpoint. */
export class StretchReplay {
  readonly #reader: TapeReader;
  readonly #session: ReplaySession;
  readonly #begin: ReplayState;
  readonly #states: readonly PlacedState<ReplayState>[];
  readonly #look: { at: { icount: number } } & Look;
  #passed: Passed | null = null;
  /** The checkpoint that the stretch at hand ends at. */
  #next: Checkpoint | null = null;

  /** @throws Failure where there is no machine to be made of the tape */
  constructor(reader: TapeReader, options: Pick<ReplayOptions, 'symbolAt'>) {
    this.#reader = reader;
    this.#session = new ReplaySession(reader, { consoleOut: () => {}, unverified: true, ...options });
    this.#begin = this.#session.save();
    this.#states = statesOfTape(reader, this.#begin, false);
    this.#look = { at: NOWHERE, look: () => this.#compare() };
    this.#session.machine.lookAt(this.#look);
  }

  get session(): ReplaySession {
    return this.#session;
  }

  /**
   * Replays a stretch: on from where it is, or from a checkpoint not behind its beginning (0: from the start; n: from the n-th).
   * What lies between is run with its events checked, and its checkpoints passed over.
   */
  run(stretch: number, from: number | null): StretchResult {
    if (from !== null) {
      const what = this.#restore(from);
      if (what !== undefined) return { kind: 'unusable', what };
    }
    const { checkpoints } = this.#reader;
    const begin = checkpoints[stretch - 1]?.icount ?? 0;
    if (from !== null && from < stretch) {
      const stop = this.#session.run(begin);
      if (stop.kind !== 'place') return { kind: 'stop', stop, reached: this.#reached() };
    }
    const end = checkpoints[stretch];
    if (end === undefined) return { kind: 'stop', stop: this.#session.run(), reached: this.#reached() };
    const what = this.#await(stretch);
    const stop = this.#session.run(Math.max(end.icount, begin));
    const passed = this.#passed;
    this.#leave();
    // What came in the same run behind the checkpoint belongs to the next stretch.
    if (passed?.difference === undefined && passed !== null) return { kind: 'equal', reached: passed.reached };
    if (stop.kind !== 'place') return { kind: 'stop', stop, reached: this.#reached() };
    const difference = what ?? passed?.difference ?? 'the run does not come to it';
    return { kind: 'differs', what: difference, reached: this.#reached() };
  }

  #restore(from: number): string | undefined {
    try {
      const state = from === 0 ? this.#begin : this.#states[from - 1]?.load();
      if (state === undefined) return 'there is none';
      this.#session.restore(state);
      return undefined;
    } catch (error) {
      if (error instanceof Failure) return error.message;
      throw error;
    }
  }

  /** From now on the machine is compared when it comes to the end of the stretch. */
  #await(stretch: number): string | undefined {
    this.#passed = null;
    try {
      this.#next = this.#reader.checkpoint(stretch);
      this.#look.at = { icount: this.#next.icount };
      return undefined;
    } catch (error) {
      if (error instanceof Failure) return error.message;
      throw error;
    }
  }
  #leave(): void {
    this.#look.at = NOWHERE;
    this.#next = null;
  }
  #compare(): void {
    const next = this.#next;
    this.#look.at = NOWHERE;
    if (next === null) return;
    this.#passed = { difference: this.#difference(next), reached: this.#reached() };
    this.#session.requestStop();
  }
  #difference({ icount, instructions, ordinal, parts, root }: Checkpoint): string | undefined {
    const { machine, checker } = this.#session;
    if (machine.icount !== icount || machine.instructions !== instructions) return 'instruction count differs';
    if (checker.checked !== ordinal) return 'number of events before it differs';
    try {
      const field = differenceFromParts(machine.parts, parts);
      if (field !== undefined) return `${field} differs`;
    } catch (error) {
      if (error instanceof Failure) return error.message;
      throw error;
    }
    return Buffer.compare(root, machine.ram.hash().root) === 0 ? undefined : 'memory differs';
  }

  #reached(): Reached {
    const { machine, checker } = this.#session;
    const { icount, instructions, pc } = machine;
    return { checked: checker.checked, icount, instructions, pc, lines: machine.consoleLines };
  }
}
