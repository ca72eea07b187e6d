import { must } from '../base/assert.ts';
import { Failure } from '../base/failure.ts';
import type { Stops } from '../timeline/stops.ts';
import type { Timeline } from '../timeline/timeline.ts';
import { vmExit } from '../trace/events/index.ts';

/** Counts before an exit from which it is looked for at first: what is stamped with a count may have come before its first moment. */
const BEFORE = 1;

/** What a look at the guest tells at the exits of a tape, from a replay that runs along with whoever reads the exits. */
export class ExitLooks<T> {
  readonly #timeline: Timeline;
  readonly #look: () => T;
  #running: Generator<void, unknown> | undefined;
  /** Of exits that were passed and not asked for yet, in their order: numbers of events, and what was seen. */
  #ordinals: number[] = [];
  #seen: T[] = [];
  #next = 0;

  /** `look` is called at each exit: the guest's state is what it was at the instruction that left. */
  constructor(timeline: Timeline, look: () => T) {
    this.#timeline = timeline;
    this.#look = look;
  }

  /**
   * What was seen at an exit of the tape; exits are to be asked for in their order.
   * @param at the exit's count
   * @param ordinal its number among the tape's events
   * @throws Failure where the tape does not replay
   */
  at(at: number, ordinal: number): T {
    this.#running ??= this.#begin(at, ordinal);
    for (;;) {
      while (this.#next < this.#ordinals.length) {
        const seen = this.#ordinals[this.#next] as number;
        if (seen === ordinal) return must(this.#seen[this.#next], 'what was seen');
        if (seen > ordinal) throw this.#missing(ordinal);
        this.#next++;
      }
      this.#ordinals = [];
      this.#seen = [];
      this.#next = 0;
      if (this.#running.next().done === true) throw this.#missing(ordinal);
    }
  }
  #missing(ordinal: number): Failure {
    const { session } = this.#timeline;
    return new Failure(
      `event ${ordinal} is not in the replay, which came to event ${session.checker.checked}; "hypertape info" tells how much of the tape is whole`,
    );
  }
  /** Ends the replay; the timeline stays where it is. */
  close(): void {
    this.#running?.return(undefined);
    this.#running = undefined;
  }

  #begin(at: number, ordinal: number): Generator<void, unknown> {
    const timeline = this.#timeline;
    for (let back = BEFORE; ; back *= 2) {
      timeline.seek(Math.max(timeline.first, at - back));
      if (timeline.ordinal <= ordinal || at - back <= timeline.first) break;
    }
    return timeline.forwards(this.#stops());
  }
  /** They stop nowhere. */
  #stops(): Stops {
    return {
      arm: (session) => {
        const outer = session.onEvent;
        session.onEvent = (checked, decl, fields) => {
          outer?.(checked, decl, fields);
          if (decl !== vmExit) return;
          this.#ordinals.push(checked - 1);
          this.#seen.push(this.#look());
        };
        return () => {
          session.onEvent = outer;
        };
      },
    };
  }
}
