import { Failure } from '../base/failure.ts';
import { PAGE_BYTES } from '../base/page.ts';
import type { CheckpointToWrite } from '../trace/codec/checkpoint-writer.ts';
import type { TapeReader } from '../trace/codec/tape-reader.ts';
import { type TapeStart, TapeWriter } from '../trace/codec/tape-writer.ts';
import { type EventDecl, type EventSink, type Level, runEnd, type Stamp } from '../trace/events/index.ts';
import { type CheckpointSpacing, makeCheckpoints } from './checkpoints.ts';
import type { DiskSource } from './disks.ts';
import { ReplaySession, type ReplayStop } from './replay.ts';

/** What the new tape is to be. */
export interface RewriteOptions {
  readonly path: string;
  readonly force: boolean;
  /** What it holds; what the old one does where it is left out. */
  readonly level?: Level;
  readonly checkpoints: CheckpointSpacing | null;
  readonly consoleOut?: (byte: number, console: number) => void;
  /** What its disks began with, for who will leave the tape. */
  readonly disks?: readonly DiskSource[];
  /** About the host and the parent, where not the old tape's. */
  readonly host?: Readonly<Record<string, string>>;
}

/** What another tape of the same machine begins with: header and images as they are. */
export const startOfTape = (reader: TapeReader): TapeStart => ({
  ...reader.header,
  images: reader.images.map((image) => ({ name: image.name, data: image.read(), embed: image.embedded })),
});

/** The checkpoint that a tape begins at, to be written again. */
function firstCheckpoint(reader: TapeReader): CheckpointToWrite {
  const { icount, instructions, parts, root, pages } = reader.checkpoint(0);
  const changed = pages.map(({ page, content }) => ({
    page,
    digest: content === null ? null : reader.pageDigest(content),
    bytes: content === null ? new Uint8Array(PAGE_BYTES) : reader.pageContent(content),
    before: null,
  }));
  return { icount, instructions, parts, memory: () => ({ pages: changed, root }) };
}

/**
 * A replay that writes the run as a new tape: header, host information and images as they are, the events as the machine emits
 * them, checked against the old tape. It comes to what a recording of the run would have made, byte
 * by byte where the same zstd wrote both (RFC 8878 leaves compressors free).
 */
export class RewriteSession {
  readonly session: ReplaySession;
  readonly writer: TapeWriter;
  /** The old tape has no more events: what the machine may still do is not of the run. */
  #exhausted = false;

  /** @throws Failure where the old tape is not whole, but for its checkpoints, or the new one cannot be written */
  constructor(reader: TapeReader, options: RewriteOptions) {
    const { path, force, level, checkpoints, consoleOut = () => {}, host = reader.host, disks } = options;
    const { header } = reader;
    this.session = new ReplaySession(reader, {
      ...(disks ? { disks } : {}),
      consoleOut,
      onEvent: (_, decl, fields) => this.#take(decl, fields),
      onDiskPage: (disk, page, bytes) => void this.writer.diskPage(disk, page, bytes),
    });
    const { damagedFrames, truncatedAt, summary } = this.session.integrity;
    if (damagedFrames.length > 0 || truncatedAt !== undefined)
      throw new Failure(`${reader.path} is ${summary}; make a whole tape of it with "hypertape repair" first`);
    const { begin } = reader;
    const more = { ...(host ? { host } : {}), ...(begin ? { begin } : {}) };
    this.writer = TapeWriter.create(path, { ...startOfTape(reader), level: level ?? header.level, ...more }, { force });
    if (begin !== undefined) this.writer.checkpoint(firstCheckpoint(reader));
    if (checkpoints !== null) makeCheckpoints(this.session, this.writer, checkpoints);
  }

  #take(decl: EventDecl, fields: Stamp): void {
    if (this.#exhausted) return;
    this.#exhausted = this.session.checker.exhausted;
    if (decl !== runEnd) (this.writer as EventSink).emit(decl, fields as never);
  }

  /** Runs on to an instruction count. At the end of the run the new tape is whole. */
  run(until: number): ReplayStop {
    const stop = this.session.run(until);
    const { end } = this.session;
    if (stop.kind === 'end' && end !== undefined && this.writer.isOpen) {
      const { at, vcpu, outcome, reason, stateHash, consoleSha256 } = end;
      this.writer.finish({ at, vcpu, outcome, reason, stateHash, consoleSha256 });
    }
    return stop;
  }
  /** Leaves no new tape. */
  discard(): void {
    this.writer.discard();
  }
}
