import type { EventFrame } from '../trace/codec/event-rows.ts';
import type { FrameFilter } from '../trace/codec/tape-reader.ts';

/** Anything that gives frames of events in their order: a tape, or an imported trace. */
export interface EventSet {
  eventFrames(filter?: FrameFilter): Iterable<EventFrame>;
}

/** A stretch of a tape; counts and numbers of events, all included. */
export interface Stretch {
  readonly from?: number;
  readonly to?: number;
  readonly fromOrdinal?: number;
  readonly toOrdinal?: number;
}

/** What the events of a set are measured by. */
export interface Clocks {
  /** The count at which it begins, 0 for a machine's reset. */
  readonly begin?: number;
  /**
   * All vCPUs run at once, and what happens is stamped with time: a trace of a real host. Otherwise one runs at a time, `at` counts
   * their instructions and the idle time that was skipped, and `vcpu-turn` tells who runs.
   */
  readonly isConcurrent?: boolean;
}
