import { FrameKind, frameHeaderBytes, preambleBytes } from '../../src/trace/codec/frame.ts';
import type { ImageInfo, TapeBegin } from '../../src/trace/codec/header.ts';
import type { MetaMap } from '../../src/trace/codec/msgpack.ts';
import type { Integrity, TapeReader } from '../../src/trace/codec/tape-reader.ts';
import {
  bhyveExitName,
  eventByTag,
  kvmClassName,
  type Level,
  runEnd,
  type TapeEvent,
  vmExit,
} from '../../src/trace/events/index.ts';
import { byCount } from './units.ts';

type RunEnd = Extract<TapeEvent, { kind: 'run-end' }>;

/** What `info` says of a tape; the shape of its JSON. */
export interface TapeSummary {
  readonly path: string;
  readonly sizeBytes: number;
  readonly semantics: number;
  readonly level: Level;
  readonly producer: string;
  readonly host: MetaMap | null;
  readonly machine: MetaMap;
  readonly images: readonly ImageInfo[];
  readonly events: {
    readonly total: number;
    readonly bytesPerEvent: number;
    readonly byClass: Readonly<Record<string, number>>;
    /** Exits by KVM's class, and by bhyve's code. */
    readonly exitsByClass: Readonly<Record<string, number>>;
    readonly exitsByBhyveCode: Readonly<Record<string, number>>;
  };
  /** Where it begins; null where that is the machine's reset. */
  readonly begin: TapeBegin | null;
  readonly icounts: { readonly first: number; readonly last: number } | null;
  /** Those that can be used, and the bytes of all; between which icounts they are. */
  readonly checkpoints: {
    readonly total: number;
    readonly bytes: number;
    readonly icounts: { readonly first: number; readonly last: number } | null;
  };
  /** Bytes; `other` is what belongs to no whole frame. */
  readonly sizeByPart: Readonly<Record<Part | 'index' | 'other', number>>;
  readonly integrity: Integrity;
  readonly end: Pick<RunEnd, 'at' | 'outcome' | 'reason' | 'stateHash' | 'consoleSha256'> | null;
}

type Part = 'header' | 'images' | 'events' | 'checkpoints';

const partOf: Readonly<Record<number, Part>> = {
  [FrameKind.header]: 'header',
  [FrameKind.host]: 'header',
  [FrameKind.image]: 'images',
  [FrameKind.events]: 'events',
  [FrameKind.pageSet]: 'checkpoints',
  [FrameKind.pageTable]: 'checkpoints',
  [FrameKind.checkpoint]: 'checkpoints',
};

function sizeByPart(reader: TapeReader): TapeSummary['sizeByPart'] {
  const sizes = { header: preambleBytes, images: 0, events: 0, checkpoints: 0 };
  for (const frame of reader.frames()) {
    const part = partOf[frame.kind];
    if (part !== undefined) sizes[part] += frameHeaderBytes + frame.storedBytes;
  }
  const rest = reader.sizeBytes - Object.values(sizes).reduce((sum, bytes) => sum + bytes, 0);
  // Index, end and trailer stand behind all other frames.
  return reader.integrity.truncatedAt === undefined
    ? { ...sizes, index: rest, other: 0 }
    : { ...sizes, index: 0, other: rest };
}

function checkpointsOf({ checkpoints, checkpointBytes }: TapeReader): TapeSummary['checkpoints'] {
  const [first, last] = [checkpoints[0], checkpoints.at(-1)];
  const icounts = first && last ? { first: first.icount, last: last.icount } : null;
  return { total: checkpoints.length, bytes: checkpointBytes, icounts };
}

class Tally {
  readonly #counts = new Map<string, number>();
  add(name: string, count = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + count);
  }
  get sorted(): Readonly<Record<string, number>> {
    return Object.fromEntries(byCount(this.#counts));
  }
}

/** How the run ended, where the tape tells. */
function endOf(reader: TapeReader): TapeSummary['end'] {
  for (const event of reader.events({ classes: new Set([runEnd.name]), damage: 'skip' }))
    if (event.kind === 'run-end') {
      const { at, outcome, reason, stateHash, consoleSha256 } = event;
      return { at, outcome, reason, stateHash, consoleSha256 };
    }
  return null;
}

/** Reads all of a tape; what is damaged is left out of the counts. */
export function tapeSummary(reader: TapeReader): TapeSummary {
  const { path, sizeBytes, header, images } = reader;
  const kinds = new Tally();
  const classes = new Tally();
  const codes = new Tally();
  let total = 0;
  const integrity = reader.verify((frame) => {
    for (const [tag, count] of frame.tagCounts) {
      const decl = eventByTag(tag);
      if (decl === undefined) continue;
      total += count;
      kinds.add(decl.name, count);
    }
    const exits = frame.table(vmExit);
    for (const code of exits?.column('kvmClass') ?? []) classes.add(kvmClassName(code));
    for (const code of exits?.column('bhyveExit') ?? []) codes.add(bhyveExitName(code));
  });
  const end = endOf(reader);
  const sizes = sizeByPart(reader);
  const { semantics, level, producer, machine } = header;
  return {
    path,
    sizeBytes,
    semantics,
    level,
    producer,
    host: reader.host ?? null,
    machine,
    images: images.map(({ name, bytes, sha256, embedded }) => ({ name, bytes, sha256, embedded })),
    events: {
      total,
      bytesPerEvent: total === 0 ? 0 : sizes.events / total,
      byClass: kinds.sorted,
      exitsByClass: classes.sorted,
      exitsByBhyveCode: codes.sorted,
    },
    begin: reader.begin ?? null,
    icounts: reader.icounts ?? null,
    checkpoints: checkpointsOf(reader),
    sizeByPart: sizes,
    integrity,
    end,
  };
}
