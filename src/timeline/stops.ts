import type { ReplaySession } from '../replay/replay.ts';
import type { Moment } from './moment.ts';

/** What a run along the timeline stops at. */
export interface Stops {
  /**
   * Makes a session tell each place that fits, from within its runs: the run is stopped there then, before the next instruction
   * or at the end of the exit at hand. Returns what undoes it.
   */
  arm(session: ReplaySession, found: (what: Found) => void): () => void;
  /** Asked between the stretches of a run backwards: true ends it there, as a bound would. */
  readonly interrupted?: () => boolean;
}
/** What stops tell of a place. */
export interface Found {
  readonly kind: 'breakpoint' | 'watchpoint' | 'event';
  /** Which of the stops it was, as whoever armed them numbers them. */
  readonly which: number;
  /** For people. */
  readonly what?: string;
  /** The place's count, where it lies in the midst of what a run cannot stop in: an interrupt is acknowledged without an exit. */
  readonly at?: number;
}
/** Where a run along the timeline came to. */
export type Hit =
  | (Found & { readonly moment: Moment })
  /** The tape's first moment, its last one, or the bound. */
  | { readonly kind: 'start' | 'end' | 'bound'; readonly moment: Moment };
/** Nothing stops. */
export const NOWHERE: Stops = { arm: () => () => {} };
