import { tapeLimits } from '../limits.ts';
import { FrameKind, frameHeaderBytes } from './frame.ts';
import type { FrameEntry } from './frame-table.ts';
import type { DamagedPlace, FrameTable } from './scan.ts';

/** How much of a tape is there, as far as it was read. */
export interface Integrity {
  /** Finished, and nothing damaged as far as it was read. */
  readonly complete: boolean;
  /** The offset at which a tape that was not finished stops. */
  readonly truncatedAt: number | undefined;
  readonly damagedFrames: readonly DamagedPlace[];
  /** What is wrong with its checkpoints: the tape replays without them. */
  readonly damagedCheckpoints: readonly DamagedPlace[];
  /** The frame and icount up to which the tape is whole from its start, and so can be replayed. */
  readonly lastWholeFrame: number;
  readonly replayableTo: number;
  /** Events of kinds that this version does not know, of the frames that were read; `TapeReader.events` leaves them out. */
  readonly unknownEvents: number;
  /** One line for a person. */
  readonly summary: string;
}

/** What is there of a tape with these frames. */
export function integrityOf(
  { frames, cutAt: truncatedAt }: FrameTable,
  damages: readonly DamagedPlace[],
  damagedCheckpoints: readonly DamagedPlace[],
  unknownEvents = 0,
): Integrity {
  const firstDamage = damages.reduce((least, place) => Math.min(least, place.offset), Number.POSITIVE_INFINITY);
  let lastWholeFrame = 0;
  let replayableTo = 0;
  for (const frame of frames) {
    if (frame.offset >= firstDamage) break;
    lastWholeFrame = frame.sequence;
    if (frame.kind === FrameKind.events) replayableTo = Math.max(replayableTo, frame.end);
  }
  const complete = truncatedAt === undefined && damages.length === 0 && damagedCheckpoints.length === 0;
  const upTo = `after frame ${lastWholeFrame} (icount ${replayableTo}): replayable up to there`;
  const first = damages.find((place) => place.offset === firstDamage);
  const [worst] = damagedCheckpoints;
  let summary = worst === undefined ? 'whole' : withoutCheckpoints(worst);
  if (first !== undefined) summary = `damaged at offset ${first.offset} (${first.what}), ${upTo}`;
  else if (truncatedAt !== undefined) summary = `cut off at offset ${truncatedAt}, ${upTo}`;
  return {
    complete,
    truncatedAt,
    damagedFrames: damages,
    damagedCheckpoints,
    lastWholeFrame,
    replayableTo,
    unknownEvents,
    summary,
  };
}

const withoutCheckpoints = ({ offset, what }: DamagedPlace): string =>
  `whole but for its checkpoints from offset ${offset} on (${what}): it replays to its end without them`;

/** Of its bytes. */
export const endOf = (frame: FrameEntry): number => frame.offset + frameHeaderBytes + frame.storedBytes;
/** A frame that is lost. */
export const damagedFrame = (entry: FrameEntry, what: string): DamagedPlace => ({
  offset: entry.offset,
  bytes: endOf(entry) - entry.offset,
  what,
  framesLost: true,
});
/** As they stand on the tape. */
export const inOrderOfPlace = (damages: readonly DamagedPlace[]): DamagedPlace[] =>
  damages.toSorted((a, b) => a.offset - b.offset);

/** Frames that stand where none of their kind may: the header is first, host information and images come before all events. */
export function misplaced(frames: readonly FrameEntry[]): DamagedPlace[] {
  const firstEvents = frames.find((frame) => frame.kind === FrameKind.events)?.sequence ?? Number.POSITIVE_INFINITY;
  const first = new Set<number>([FrameKind.header, FrameKind.host, FrameKind.image, FrameKind.begin]);
  const only = new Set<number>();
  const found: DamagedPlace[] = [];
  for (const frame of frames) {
    const { kind, sequence } = frame;
    if (!first.has(kind)) continue;
    const isSecond = kind !== FrameKind.image && only.has(kind);
    only.add(kind);
    if (!isSecond && sequence < firstEvents) continue;
    if (found.push(damagedFrame(frame, 'a frame that does not belong there')) === tapeLimits.damagesMax) break;
  }
  return found;
}
