// codec/: events to bytes and back: columns, frames, tables, damage.

import { Failure } from '../../base/failure.ts';
import { sha256Hex } from '../../host/digests.ts';
import { eventByName, inClasses, runEnd, vmExit } from '../events/index.ts';
import { tapeLimits } from '../limits.ts';
import type { PageChange } from './checkpoint-frames.ts';
import { type Rooms, Scratch } from './compression.ts';
import { BehindEnd, Damage } from './damage.ts';
import { TapeDiskPages } from './disk-frames.ts';
import { decodeEventFrame, type OnDamage } from './event-frame.ts';
import type { EventFrame, RecordedEvent } from './event-rows.ts';
import { decodePreamble, FrameKind, formatVersion, isCache, isStrange, isTape, preambleBytes } from './frame.ts';
import type { FrameEntry } from './frame-table.ts';
import { decodeBegin, decodeHeader, type ImageInfo, type TapeBegin, type TapeHeader, unpackMeta } from './header.ts';
import { imageBeside } from './image-beside.ts';
import { damagedFrame, endOf, type Integrity, inOrderOfPlace, integrityOf, misplaced } from './integrity.ts';
import type { MetaMap } from './msgpack.ts';
import {
  type DamagedPlace,
  eventCount,
  type FrameTable,
  readFrame,
  readIndex,
  readStored,
  scanFrames,
} from './scan.ts';
import { type Checkpoint, type CheckpointInfo, TapeCheckpoints } from './tape-checkpoints.ts';
import { TapeFile } from './tape-file.ts';

export type { Integrity } from './integrity.ts';

/** What is looked for where, on a tape or in another set of events. */
interface Range {
  /** Icounts, both included. */
  readonly from?: number;
  readonly to?: number;
  /** Number of the first event that is wanted, from the beginning of the tape. */
  readonly ordinal?: number;
  /** What to do about damage: stop with a Failure (default), or go on behind it. */
  readonly damage?: 'stop' | 'skip';
}

/** Which events are read. */
export interface EventFilter extends Range {
  readonly vcpu?: number;
  /** Event names, or exit names in bhyve's or KVM's dialect. */
  readonly classes?: ReadonlySet<string>;
}

/** Which frames are read: those that hold an event of the range, and one of these tags. */
export interface FrameFilter extends Range {
  readonly tags?: ReadonlySet<number>;
}

/** An image that a tape embeds, or names by its digest. */
export interface ReadableImage extends ImageInfo {
  /** The image, its digest verified; one that is not embedded from a file beside the tape. Failure where it is damaged, or not there. */
  read(): Uint8Array;
  /** Its first piece, at most 4 MiB, its digest not verified; nothing where it is not embedded or cut. */
  head(): Uint8Array;
}

/** Reads a tape, whole or cut off. Whatever the file holds, the only thing thrown is a Failure of one line. */
export class TapeReader {
  readonly path: string;
  readonly sizeBytes: number;
  readonly header: TapeHeader;
  readonly images: readonly ReadableImage[];
  /** Where it begins, which its first checkpoint is of; undefined where that is the machine as it is built. */
  readonly begin: TapeBegin | undefined;
  readonly #file: TapeFile;
  readonly #table: FrameTable;
  /** What is wrong with the tape, as far as opening it shows. */
  readonly #damages: readonly DamagedPlace[];
  readonly #lastEventFrame: FrameEntry | undefined;
  readonly #checkpoints: TapeCheckpoints;
  /** What the guest read of its disks. */
  readonly diskPages: TapeDiskPages;
  /** Tags of the frames that were read already, by their offset. */
  readonly #tags = new Map<number, ReadonlySet<number>>();
  readonly #tagSets = new Map<string, ReadonlySet<number>>();

  static open(path: string): TapeReader {
    const file = new TapeFile(path);
    try {
      return new TapeReader(file);
    } catch (error) {
      file.close();
      throw error instanceof Damage ? new Failure(`cannot read ${path}: ${error.message}`) : error;
    }
  }

  private constructor(file: TapeFile) {
    const { path, size } = file;
    this.#file = file;
    this.path = path;
    this.sizeBytes = size;
    checkPreamble(file);
    this.#table = readIndex(file) ?? scanFrames(file);
    const { frames } = this.#table;
    const first = frames[0];
    if (first?.kind !== FrameKind.header || first.offset !== preambleBytes) {
      throw new Failure(
        `cannot read ${path}: its header, at offset ${preambleBytes}, is damaged or cut off; record it again`,
      );
    }
    const strange = frames.find((frame) => isStrange(frame.kind));
    if (strange) {
      throw new Failure(`cannot read ${path}: it has frames of kind ${strange.kind}; a newer hypertape reads it`);
    }
    this.header = this.#decode(first, decodeHeader);
    const begin = frames.find((frame) => frame.kind === FrameKind.begin);
    this.begin = begin && this.#decode(begin, decodeBegin);
    this.#checkpoints = new TapeCheckpoints(file, this.#table);
    this.diskPages = new TapeDiskPages(file, frames);
    this.#lastEventFrame = frames.findLast((frame) => frame.kind === FrameKind.events);
    this.#damages = inOrderOfPlace([
      ...this.#table.damages,
      ...misplaced(frames),
      ...this.#withoutEnd(),
      ...this.#withoutBegin(),
    ]);
    this.images = this.header.images.map((info, number) => ({
      ...info,
      read: () => this.#image(info, number),
      head: () => this.#head(number),
    }));
  }

  /** About the machine that recorded; undefined where the tape leaves it out, or it is damaged. */
  get host(): MetaMap | undefined {
    const frame = this.#table.frames.find((entry) => entry.kind === FrameKind.host);
    try {
      return frame && unpackMeta(readFrame(this.#file, frame));
    } catch (error) {
      if (error instanceof Damage) return undefined;
      throw error;
    }
  }

  /** The frames that were found, in order. */
  frames(): readonly FrameEntry[] {
    return this.#table.frames;
  }

  /** A frame's bytes as they are on the tape, header and stored payload. @throws Damage: for the codec alone */
  stored(entry: FrameEntry): Uint8Array {
    return readStored(this.#file, entry).bytes;
  }
  /** A frame's payload. @throws Damage: for the codec alone */
  payload(entry: FrameEntry): Uint8Array {
    return readFrame(this.#file, entry);
  }
  /** Whether all pieces of all embedded images are there and undamaged; none is unpacked. @throws Failure */
  checkImages(): void {
    for (const piece of this.imageFrames()) this.#orFailure(piece, () => this.stored(piece));
  }

  /** The frames of the embedded images, each whole. @throws Failure */
  imageFrames(): FrameEntry[] {
    return this.header.images.flatMap((info, number) => (info.embedded ? this.#pieces(info, number) : []));
  }

  /** The checkpoints that can be read, in order; those behind damage are none. */
  get checkpoints(): readonly CheckpointInfo[] {
    return this.#checkpoints.infos;
  }
  /** Bytes of the frames that checkpoints are made of, of what use they may be. */
  get checkpointBytes(): number {
    return this.#checkpoints.bytes;
  }
  /** A checkpoint by its place in `checkpoints`. It may be forged. @throws Failure where it is damaged */
  checkpoint(number: number): Checkpoint {
    return this.#ofCheckpoints(() => this.#checkpoints.read(number));
  }
  /** Its pages alone: what changed since the one before. @throws Failure */
  checkpointPages(number: number): readonly PageChange[] {
    return this.#ofCheckpoints(() => this.#checkpoints.pages(number));
  }
  /** The SHA-256 of a content that a checkpoint names. @throws Failure */
  pageDigest(content: number): Uint8Array {
    return this.#ofCheckpoints(() => this.#checkpoints.digest(content));
  }
  /** The 4 KiB of such a content, which have its digest; in so many bytes that are given, or of their own. @throws Failure */
  pageContent(content: number, into?: Uint8Array): Uint8Array {
    return this.#ofCheckpoints(() => this.#checkpoints.content(content, into));
  }
  /** The frames of the checkpoints that are sound, and before how many events each stands: for the codec alone. */
  soundCheckpoints(): { readonly ordinal: number; readonly frames: readonly FrameEntry[] }[] {
    const sound: { ordinal: number; frames: readonly FrameEntry[] }[] = [];
    for (const [number, { ordinal }] of this.checkpoints.entries()) {
      if (this.#checkpoints.damageOf(number) !== undefined) break;
      sound.push({ ordinal, frames: this.#checkpoints.framesOf(number) });
    }
    return sound;
  }

  get eventCount(): number {
    return eventCount(this.#table.frames);
  }

  /** The first and the last icount of its events; undefined where there are none. */
  get icounts(): { readonly first: number; readonly last: number } | undefined {
    const frames = this.#eventFrames;
    if (frames.length === 0) return undefined;
    // Not Math.min(...): there may be more frames than a call takes arguments.
    const first = frames.reduce((least, frame) => Math.min(least, frame.start), Number.MAX_SAFE_INTEGER);
    return { first, last: frames.reduce((most, frame) => Math.max(most, frame.end), 0) };
  }

  /** What opening the tape showed; `verify` reads all of it. */
  get integrity(): Integrity {
    return integrityOf(this.#table, this.#damages, this.#checkpoints.damages);
  }

  /**
   * Reads every frame. Images and page sets are not unpacked: their digests are checked by who reads them.
   * @param visit is shown each sound frame of events, which it does not keep
   */
  verify(visit?: (frame: EventFrame) => void): Integrity {
    const damages = [...this.#damages];
    // Frames of a mebibyte each would be gone through faster than their memory is taken back.
    const rooms = { stored: new Scratch(), raw: new Scratch() };
    let unknown = 0;
    for (const { entry, ordinal } of this.#inOrder()) {
      if (damages.length >= tapeLimits.damagesMax) break;
      if (isCache(entry.kind) || damages.some((place) => place.offset === entry.offset)) continue;
      try {
        if (entry.kind === FrameKind.events) {
          const frame = this.#eventFrame(entry, ordinal, undefined, rooms);
          frame.check();
          unknown += frame.unknown;
          visit?.(frame);
        } else if (entry.kind === FrameKind.image) readStored(this.#file, entry, rooms.stored);
        else readFrame(this.#file, entry, rooms);
      } catch (error) {
        if (!(error instanceof Damage)) throw error;
        damages.push(damagedFrame(entry, error.message));
        if (error instanceof BehindEnd) break;
      }
    }
    // An image whose frames are damaged is reported by them.
    if (damages.length === 0) damages.push(...this.#cutImages());
    return integrityOf(this.#table, inOrderOfPlace(damages), this.#checkpoints.verify(), unknown);
  }

  /** The events in the order of the recording, read frame by frame. A cut tape's end after its last whole frame. */
  *events(filter: EventFilter = {}): Generator<RecordedEvent> {
    const { from = 0, to = Number.MAX_SAFE_INTEGER, vcpu, ordinal: first = 0, classes, damage = 'stop' } = filter;
    const tags = tagsOf(classes);
    for (const frame of this.eventFrames({ from, to, ordinal: first, damage, ...(tags ? { tags } : {}) })) {
      const { at, vcpus, firstOrdinal } = frame;
      const isWanted = (place: number): boolean => {
        const icount = at[place] as number;
        if (icount < from || icount > to || firstOrdinal + place < first) return false;
        return (
          (vcpu === undefined || vcpus[place] === vcpu) && (tags === undefined || tags.has(frame.tags[place] as number))
        );
      };
      for (const event of frame.events(isWanted)) if (classes === undefined || inClasses(event, classes)) yield event;
    }
  }

  /**
   * The frames of events in the order of the recording, for who reduces columns. Those that hold nothing that is asked for are left
   * out, unread where that is known; the others are given whole. A cut tape's end after its last whole frame.
   * @throws Failure, also from a frame's columns where they are damaged
   */
  *eventFrames(filter: FrameFilter = {}): Generator<EventFrame> {
    const { from = 0, to = Number.MAX_SAFE_INTEGER, ordinal: first = 0, tags: wanted, damage = 'stop' } = filter;
    const lost = damage === 'stop' ? this.#damages.find((place) => place.framesLost) : undefined;
    for (const { entry, ordinal } of this.#inOrder()) {
      if (lost !== undefined && lost.offset <= entry.offset) throw this.#damageAt(lost);
      if (entry.kind !== FrameKind.events || entry.end < from || entry.start > to) continue;
      if (ordinal !== undefined && ordinal + entry.count <= first) continue;
      const known = this.#tags.get(entry.offset);
      if (known !== undefined && wanted?.isDisjointFrom(known)) continue;
      const frame = this.#eventFrameOf(entry, ordinal, damage);
      if (frame === undefined) continue;
      if (frame === 'behind the end') return;
      if (!wanted?.isDisjointFrom(frame.tagCounts)) yield frame;
    }
    if (lost !== undefined) throw this.#damageAt(lost);
  }

  close(): void {
    this.#file.close();
  }

  get #eventFrames(): readonly FrameEntry[] {
    return this.#table.frames.filter((frame) => frame.kind === FrameKind.events);
  }

  /** The frames with the number of the first event that each holds, as the frames before it announce theirs; unknown behind a gap. */
  *#inOrder(): Generator<{ readonly entry: FrameEntry; readonly ordinal: number | undefined }> {
    const gap = this.#table.damages.find((place) => place.framesLost)?.offset ?? Number.POSITIVE_INFINITY;
    let ordinal = 0;
    for (const entry of this.#table.frames) {
      yield { entry, ordinal: entry.offset < gap ? ordinal : undefined };
      if (entry.kind === FrameKind.events) ordinal += entry.count;
    }
  }

  /** The frame; where it is damaged and that is to be skipped, undefined, or that all from there on is. */
  #eventFrameOf(
    entry: FrameEntry,
    ordinal: number | undefined,
    damage: 'stop' | 'skip',
  ): EventFrame | undefined | 'behind the end' {
    try {
      if (damage === 'stop') return this.#eventFrame(entry, ordinal, ({ message }) => this.#damageIn(entry, message));
      const frame = this.#eventFrame(entry, ordinal);
      frame.check();
      return frame;
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
      if (damage === 'skip') return error instanceof BehindEnd ? 'behind the end' : undefined;
      throw this.#damageIn(entry, error.message);
    }
  }

  #eventFrame(entry: FrameEntry, ordinal: number | undefined, onDamage?: OnDamage, rooms?: Rooms): EventFrame {
    const frame = decodeEventFrame(readFrame(this.#file, entry, rooms), onDamage);
    if (frame.count !== entry.count || frame.start !== entry.start || frame.end !== entry.end)
      throw new Damage('the events of the frame are not those its header announces');
    if (ordinal !== undefined && frame.firstOrdinal !== ordinal)
      throw new Damage(`its first event is number ${frame.firstOrdinal} instead of ${ordinal}`);
    const endAt = frame.tags.indexOf(runEnd.tag);
    if (endAt >= 0 && (endAt !== frame.count - 1 || entry !== this.#lastEventFrame)) throw new BehindEnd();
    this.#tags.set(entry.offset, this.#interned(frame.tagCounts));
    return frame;
  }

  /** Few sets of tags occur, many times each. */
  #interned(counts: ReadonlyMap<number, number>): ReadonlySet<number> {
    const key = [...counts.keys()].sort((a, b) => a - b).join();
    const tags = this.#tagSets.get(key) ?? new Set(counts.keys());
    this.#tagSets.set(key, tags);
    return tags;
  }

  /** A tape that has its end must have the run's too. */
  #withoutEnd(): DamagedPlace[] {
    if (this.#table.cutAt !== undefined || this.#table.damages.length > 0) return [];
    const entry = this.#lastEventFrame;
    const offset = this.#table.frames.reduce((end, frame) => Math.max(end, endOf(frame)), preambleBytes);
    const missing = { offset, bytes: 0, what: 'it is said to be whole, and has no end of the run', framesLost: true };
    try {
      if (entry === undefined) return [missing];
      const frame = this.#eventFrame(entry, undefined);
      frame.check();
      return frame.tags.includes(runEnd.tag) ? [] : [missing];
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
      return [damagedFrame(entry as FrameEntry, error.message)];
    }
  }

  /** A tape that begins at a checkpoint is of no use without it. */
  #withoutBegin(): DamagedPlace[] {
    if (this.begin === undefined) return [];
    const [first] = this.checkpoints;
    const what = 'the checkpoint that it begins at is damaged or missing';
    const isThere = first?.icount === this.begin.icount && first.ordinal === 0;
    const damage = isThere ? this.#checkpoints.damageOf(0) : { what };
    return damage === undefined ? [] : [{ offset: preambleBytes, bytes: 0, what: damage.what, framesLost: true }];
  }

  #decode<T>(entry: FrameEntry, decode: (payload: Uint8Array) => T): T {
    return this.#orFailure(entry, () => decode(readFrame(this.#file, entry)));
  }
  #ofCheckpoints<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
      throw new Failure(
        `cannot use the checkpoints of ${this.path}: ${error.message}; it replays without them, and "hypertape index" makes new ones`,
      );
    }
  }
  #orFailure<T>(entry: FrameEntry, read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
      throw new Failure(
        `cannot read ${this.path}: frame ${entry.sequence} at offset ${entry.offset}: ${error.message}`,
      );
    }
  }

  #image(info: ImageInfo, number: number): Uint8Array {
    const { path } = this;
    const what = `image ${JSON.stringify(info.name)}`;
    if (!info.embedded) {
      const beside = imageBeside(path, info);
      if (beside !== undefined) return beside;
      throw new Failure(
        `${path} holds only the digest of ${what}: put the file of ${info.bytes} bytes with sha256 ${info.sha256} into its folder, under any name`,
      );
    }
    const data = new Uint8Array(info.bytes);
    const stored = new Scratch();
    for (const part of this.#pieces(info, number)) {
      // An image may be most of the guest's memory: it is unpacked to where it is to be.
      const raw = { take: (bytes: number) => data.subarray(part.start, part.start + bytes) };
      const piece = this.#orFailure(part, () => readFrame(this.#file, part, { stored, raw }));
      if (piece.buffer !== data.buffer) data.set(piece, part.start);
    }
    if (sha256Hex(data) !== info.sha256) {
      throw new Failure(
        `cannot use ${what} of ${path}: its bytes do not have the sha256 of the header; record it again`,
      );
    }
    return data;
  }

  #head(number: number): Uint8Array {
    const first = this.#table.frames.find((frame) => frame.kind === FrameKind.image && frame.count === number);
    return first?.start === 0 ? this.#decode(first, (bytes) => bytes) : new Uint8Array(0);
  }

  /** The frames of an image, which are all there. @throws Failure */
  #pieces(info: ImageInfo, number: number): FrameEntry[] {
    const { path } = this;
    const what = `image ${JSON.stringify(info.name)}`;
    const parts = this.#table.frames.filter((frame) => frame.kind === FrameKind.image && frame.count === number);
    let have = 0;
    for (const part of parts) {
      const follows = part.start === have && part.end > have && part.end <= info.bytes;
      if (!follows)
        throw new Failure(`cannot read ${path}: the pieces of ${what} do not follow each other; record it again`);
      have = part.end;
    }
    if (have !== info.bytes) {
      throw new Failure(
        `cannot read ${path}: ${what} is whole up to byte ${have} of ${info.bytes} only; record it again`,
      );
    }
    return parts;
  }

  /** Images of which pieces are missing. */
  #cutImages(): DamagedPlace[] {
    return this.header.images.flatMap((info, number) => {
      try {
        if (info.embedded) this.#pieces(info, number);
        return [];
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        return [{ offset: preambleBytes, bytes: 0, what: error.message, framesLost: false }];
      }
    });
  }

  #damageIn({ offset }: FrameEntry, what: string): Failure {
    return this.#damageAt({ offset, what });
  }
  #damageAt({ offset, what }: Pick<DamagedPlace, 'offset' | 'what'>): Failure {
    return new Failure(`${this.path} is damaged at offset ${offset}: ${what}; what comes before it can be replayed`);
  }
}

/** The tags that may hold what is asked for: a name that is no event's is an exit's. */
const tagsOf = (classes: ReadonlySet<string> | undefined): ReadonlySet<number> | undefined =>
  classes && new Set([...classes].map((name) => eventByName(name)?.tag ?? vmExit.tag));

function checkPreamble(file: TapeFile): void {
  const { path, size } = file;
  if (size === 0) throw new Failure(`cannot read ${path}: it is empty; record it again`);
  const preamble = file.read(0, preambleBytes);
  if (!isTape(preamble)) throw new Failure(`cannot read ${path}: it is not a hypertape tape`);
  const version = decodePreamble(preamble);
  if (version === undefined) {
    throw new Failure(`cannot read ${path}: its first ${preambleBytes} bytes are damaged or cut off; record it again`);
  }
  if (version > formatVersion) {
    throw new Failure(
      `cannot read ${path}: it has format version ${version}, this hypertape reads up to ${formatVersion}; use a newer one`,
    );
  }
}
