import type { Divergence } from '../replay/divergence.ts';
import { ReplaySession, type ReplayOptions as SessionOptions } from '../replay/replay.ts';
import { Timeline } from '../timeline/timeline.ts';
import { TapeReader } from '../trace/codec/tape-reader.ts';

/** Who watches a replay, and how far it goes. */
export interface ReplayOptions extends Pick<SessionOptions, 'onEvent'> {
  readonly onConsole?: (byte: number, console: number) => void;
  /** Up to this count; to the tape's end where it is left out. */
  readonly until?: number;
}

/** How a replay went. */
export interface ReplayResult {
  /** The whole tape was there, and each of its events and hashes is that of the replay. */
  readonly verified: boolean;
  readonly eventsChecked: number;
  readonly icount: number;
  /** The first event that differs; undefined where none does. */
  readonly divergence?: Divergence;
}

/** Opens a tape, whole or cut off: events as columns or rows, images, checkpoints. To be closed. @throws Failure of one line */
export const openTape = (path: string): TapeReader => TapeReader.open(path);

/** Replays a tape, every event checked. @throws Failure of one line where no machine can be made of it */
export function replay(path: string, { onConsole = () => {}, onEvent, until }: ReplayOptions = {}): ReplayResult {
  const reader = openTape(path);
  try {
    const session = new ReplaySession(reader, { consoleOut: onConsole, ...(onEvent === undefined ? {} : { onEvent }) });
    const stop = session.run(until);
    const { checked: eventsChecked } = session.checker;
    const { icount } = session.machine;
    if (stop.kind === 'divergence') return { verified: false, eventsChecked, icount, divergence: stop.divergence };
    return { verified: stop.kind === 'end', eventsChecked, icount };
  } finally {
    reader.close();
  }
}

/**
 * A tape's run at one of its moments, which goes to any other; from its checkpoints, where it has some. To be closed with its reader.
 * @throws Failure of one line where no machine can be made of it
 */
export function openTimeline(path: string): { readonly timeline: Timeline; readonly reader: TapeReader } {
  const reader = openTape(path);
  try {
    return { timeline: new Timeline(reader), reader };
  } catch (error) {
    reader.close();
    throw error;
  }
}
