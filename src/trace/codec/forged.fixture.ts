/** Tapes whose checksums are right and whose content is not: what a reader must refuse, soon and in little memory. */
import { consoleIn, irqAck, runEnd } from '../events/index.ts';
import { tapeLimits } from '../limits.ts';
import { encodeCheckpoint, encodePageTable, encodeParts, type PageChange } from './checkpoint-frames.ts';
import { EventFrameBuilder } from './event-frame.ts';
import { encodePreamble, FrameKind, type FrameRange, frameHeaderBytes } from './frame.ts';
import { encodeEnd, encodeIndex, encodeTrailer, type FrameEntry } from './frame-table.ts';
import { encodeHeader, type TapeHeader } from './header.ts';
import { pack } from './msgpack.ts';
import { wholeFrame } from './tape.fixture.ts';
import type { TapeReader } from './tape-reader.ts';

interface Part {
  readonly kind: number;
  readonly raw: Uint8Array;
  readonly range?: FrameRange;
}

const noRange: FrameRange = { start: 0, end: 0, count: 0 };

/** A tape of these frames, with an index, an end and a trailer unless it is `cut`. */
export function tapeOf(parts: readonly Part[], cut = false): Uint8Array {
  const pieces: Uint8Array[] = [encodePreamble()];
  const frames: FrameEntry[] = [];
  let offset = (pieces[0] as Uint8Array).length;
  const add = ({ kind, raw, range = noRange }: Part, number: number): number => {
    const bytes = wholeFrame(kind, number, raw, 3, range);
    const at = offset;
    pieces.push(bytes);
    offset += bytes.length;
    if (kind !== FrameKind.index && kind !== FrameKind.end)
      frames.push({
        kind,
        provisional: false,
        sequence: number,
        offset: at,
        storedBytes: bytes.length - frameHeaderBytes,
        ...range,
      });
    return at;
  };
  parts.forEach(add);
  if (!cut) {
    const events = parts.reduce(
      (sum, { kind, range }) => sum + (kind === FrameKind.events ? (range?.count ?? 0) : 0),
      0,
    );
    const indexOffsets = encodeIndex(frames).map((raw, i) => add({ kind: FrameKind.index, raw }, parts.length + i));
    const end = encodeEnd({ indexOffsets, frames: parts.length, events });
    pieces.push(encodeTrailer(add({ kind: FrameKind.end, raw: end }, parts.length + indexOffsets.length)));
  }
  return new Uint8Array(Buffer.concat(pieces));
}

/** A frame of events from what `fill` puts into it. */
export function eventsOf(firstOrdinal: number, fill: (builder: EventFrameBuilder) => void): Part {
  const builder = new EventFrameBuilder();
  fill(builder);
  const { start, end, count } = builder;
  return { kind: FrameKind.events, raw: builder.encode(firstOrdinal), range: { start, end, count } };
}

const fill = (length: number, byte: number): Uint8Array => new Uint8Array(length).fill(byte);
const raw = (bytes: Uint8Array, count: number): Part => ({
  kind: FrameKind.events,
  raw: bytes,
  range: { start: 1, end: 1, count },
});
/** An array of so many bytes' worth of values. */
const arrayOf = (bytes: number, value: number): Uint8Array => {
  const out = fill(bytes, value);
  out.set([0xdd, 0, 0, 0, 0]);
  new DataView(out.buffer).setUint32(1, bytes - 5);
  return out;
};

const end = { at: 9, vcpu: 0, outcome: 'poweroff', reason: '', stateHash: 'ab', consoleSha256: 'cd' };
const ack = { at: 5, vcpu: 0, intid: 27 };
const { frameRawBytesMax, fieldBytesMax } = tapeLimits;

export interface Forgery {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** What is said of it, by who opens or verifies it. */
  readonly what: RegExp;
}

/** Forgeries of a tape with this header, whose images have the pieces given. */
export function forgeries(header: TapeHeader, images: readonly Part[] = []): Forgery[] {
  const head: Part = { kind: FrameKind.header, raw: encodeHeader(header) };
  const first = [head, ...images];
  const run = eventsOf(0, (b) => {
    b.push(irqAck, ack);
    b.push(runEnd, end);
  });
  const open = eventsOf(0, (b) => b.push(irqAck, ack));
  const tape = (...parts: readonly Part[]): Uint8Array => tapeOf([...first, ...parts]);
  const claims = (count: number): Part => ({
    kind: FrameKind.header,
    raw: encodeHeader({
      ...header,
      images: Array.from({ length: count }, (_, i) => ({
        name: `image ${i}`,
        bytes: tapeLimits.imageBytesMax,
        sha256: '0'.repeat(64),
        embedded: true,
      })),
    }),
  });
  const behind = /events behind the end of the run/;
  return [
    {
      name: 'an event behind the end, in its frame',
      bytes: tape(
        eventsOf(0, (b) => {
          b.push(runEnd, end);
          b.push(irqAck, ack);
        }),
      ),
      what: behind,
    },
    {
      name: 'a frame of events behind the end',
      bytes: tape(
        run,
        eventsOf(2, (b) => b.push(irqAck, ack)),
      ),
      what: behind,
    },
    {
      name: 'a second end',
      bytes: tape(
        run,
        eventsOf(2, (b) => b.push(runEnd, end)),
      ),
      what: behind,
    },
    {
      name: 'input behind the end of a tape that was cut off',
      bytes: tapeOf(
        [...first, run, eventsOf(2, (b) => b.push(consoleIn, { at: 9, vcpu: 0, device: 0, bytes: fill(9, 1) }))],
        true,
      ),
      what: behind,
    },
    { name: 'no end of the run', bytes: tape(open), what: /said to be whole, and has no end of the run/ },
    { name: 'no events', bytes: tape(), what: /said to be whole, and has no end of the run/ },
    {
      name: 'numbers of events that do not follow',
      bytes: tape(
        open,
        eventsOf(7, (b) => b.push(runEnd, end)),
      ),
      what: /number 7 instead of 1/,
    },
    { name: 'a second header', bytes: tape(head, run), what: /does not belong there/ },
    {
      name: 'an image behind the events',
      bytes: tape(run, { kind: FrameKind.image, raw: fill(4, 0), range: { start: 0, end: 4, count: 63 } }),
      what: /does not belong there/,
    },
    {
      name: 'a frame hidden between index and end',
      bytes: hidden(tape(run)),
      what: /bytes after the end|trailer|damaged|cut off/,
    },
    { name: 'images of three gibibytes', bytes: tapeOf([claims(3)]), what: /images of \d+ bytes in all/ },
    {
      name: 'a million maps in one event',
      bytes: tape(raw(arrayOf(frameRawBytesMax - 100, 0x80), 1)),
      what: /header of the frame is damaged/,
    },
    {
      name: 'a million maps',
      bytes: tape(raw(arrayOf(frameRawBytesMax - 100, 0x80), 16_384)),
      what: /too many msgpack values/,
    },
    {
      name: 'a million texts',
      bytes: tape(raw(arrayOf(frameRawBytesMax - 100, 0xa0), 16_384)),
      what: /too many msgpack values/,
    },
    { name: 'deep nesting', bytes: tape(raw(fill(60_000, 0x91), 16_384)), what: /nested too deeply|too many/ },
    {
      name: 'a header of maps',
      bytes: tapeOf([{ kind: FrameKind.header, raw: arrayOf(1 << 20, 0x80) }]),
      what: /too many msgpack values/,
    },
    {
      name: 'a header of megabytes',
      bytes: tapeOf([{ kind: FrameKind.header, raw: arrayOf(2 << 20, 0x80) }]),
      what: /frame 0 at offset 16: the header of the frame is damaged/,
    },
    {
      name: 'more events than columns have values',
      bytes: tape(raw(pack([0, 16_384, fill(2, 1), fill(3, 1), fill(3, 1), [[1]]]), 16_384)),
      what: /a column ends early|a column|columns/,
    },
    {
      name: 'tables for events that are not there',
      bytes: tape(
        raw(
          pack([
            0,
            1,
            Uint8Array.of(0, 0x32),
            Uint8Array.of(0, 1),
            Uint8Array.of(0, 0),
            Array.from({ length: 255 }, (_, i) => [i]),
          ]),
          1,
        ),
      ),
      what: /a table for each kind/,
    },
    {
      name: 'text longer than its bytes',
      bytes: tape(
        raw(
          pack([
            0,
            4,
            Uint8Array.of(0, 0x50),
            Uint8Array.of(0, 1),
            Uint8Array.of(0, 0),
            [[0x50, Uint8Array.of(0, 0), Uint8Array.of(0, 0x80, 0x80, 0x10)]],
          ]),
          4,
        ),
      ),
      what: /a column ends early/,
    },
    {
      name: 'a text beyond its bound',
      bytes: tape(
        raw(
          pack([
            0,
            1,
            Uint8Array.of(0, 0x50),
            Uint8Array.of(0, 1),
            Uint8Array.of(0, 0),
            [
              [
                0x50,
                Uint8Array.of(0, 0),
                new Uint8Array(Buffer.concat([Uint8Array.of(0, 0x81, 0x80, 0x10), fill(fieldBytesMax + 1, 0)])),
              ],
            ],
          ]),
          4,
        ),
      ),
      what: /./,
    },
  ];
}

const PAGE = 4096;
const pageSet = (first: number, count: number): Part => ({
  kind: FrameKind.pageSet,
  raw: fill(count * PAGE, 1),
  range: { start: first, end: first + count, count },
});
const pageTable = (
  changes: readonly PageChange[],
  digests: number,
  checkpoint = 0,
  base: number | null = null,
): Part => ({
  kind: FrameKind.pageTable,
  raw: encodePageTable({ checkpoint, changes, digests: fill(32 * digests, 2), bases: Array(digests).fill(base) }),
  range: { start: 5, end: 5, count: changes.length },
});
const checkpoint = (changes: { [key: string]: unknown } = {}): Part => {
  const sound = {
    number: 0,
    icount: 5,
    instructions: 5,
    ordinal: 1,
    changed: 1,
    contents: 1,
    root: fill(32, 3),
    parts: encodeParts([]),
  };
  const frame = { ...sound, ...changes } as typeof sound;
  return { kind: FrameKind.checkpoint, raw: encodeCheckpoint(frame), range: { start: 5, end: 5, count: 1 } };
};
const page = (number: number, content: number | null): PageChange => ({ page: number, content });

/** Forgeries of a tape's checkpoints: the tape replays, and nobody takes them for what they say. */
export function forgedCheckpoints(header: TapeHeader, images: readonly Part[] = []): Forgery[] {
  const first: Part = { kind: FrameKind.header, raw: encodeHeader(header) };
  const run = eventsOf(0, (b) => {
    b.push(irqAck, ack);
    b.push(runEnd, end);
  });
  const tape = (...parts: readonly Part[]): Uint8Array => tapeOf([first, ...images, run, ...parts]);
  const one = [page(1, 0)];
  return [
    { name: 'contents that begin elsewhere', bytes: tape(pageSet(7, 1)), what: /number 7 instead of 0/ },
    {
      name: 'contents twice',
      bytes: tape(pageSet(0, 1), pageSet(0, 1), pageTable(one, 1), checkpoint()),
      what: /number 0 instead of 1/,
    },
    {
      name: 'a content that is not there',
      bytes: tape(pageSet(0, 1), pageTable([page(1, 3)], 1), checkpoint()),
      what: /a content that is not on the tape/,
    },
    {
      name: 'more digests than contents',
      bytes: tape(pageSet(0, 1), pageTable([page(1, 0), page(2, null)], 2), checkpoint({ changed: 2 })),
      what: /digests of other contents/,
    },
    {
      name: 'no digest',
      bytes: tape(pageSet(0, 1), pageTable(one, 0), checkpoint()),
      what: /digests of other contents/,
    },
    {
      name: 'pages that descend',
      bytes: tape(pageTable([page(9, null), page(2, null)], 0), checkpoint({ changed: 2, contents: 0 })),
      what: /pages that do not ascend/,
    },
    {
      name: 'a page twice',
      bytes: tape(
        pageTable([page(9, null)], 0),
        pageTable([page(9, null)], 0),
        checkpoint({ changed: 2, contents: 0 }),
      ),
      what: /pages that do not ascend/,
    },
    {
      name: 'a page beyond all memory',
      bytes: tape(pageTable([page(tapeLimits.pageNumberMax + 1, null)], 0), checkpoint({ contents: 0 })),
      what: /page out of range/,
    },
    {
      name: 'a set that no table names',
      bytes: tape(pageSet(0, 2), pageTable(one, 1), checkpoint({ contents: 2 })),
      what: /contents that no page has/,
    },
    {
      name: 'a page told by itself',
      bytes: tape(pageSet(0, 1), pageTable(one, 1, 0, 0), checkpoint()),
      what: /told by one that is no older/,
    },
    {
      name: 'a table of another checkpoint',
      bytes: tape(pageSet(0, 1), pageTable(one, 1, 4), checkpoint()),
      what: /a page table that does not follow/,
    },
    {
      name: 'another number',
      bytes: tape(pageSet(0, 1), pageTable(one, 1), checkpoint({ number: 1 })),
      what: /a checkpoint that does not follow/,
    },
    {
      name: 'another count of rows',
      bytes: tape(pageSet(0, 1), pageTable(one, 1), checkpoint({ changed: 2 })),
      what: /a checkpoint that does not follow/,
    },
    {
      name: 'another icount than its header',
      bytes: tape(pageSet(0, 1), pageTable(one, 1), checkpoint({ icount: 6 })),
      what: /not the one its header announces/,
    },
    {
      name: 'another ordinal than its header',
      bytes: tape(pageSet(0, 1), pageTable(one, 1), checkpoint({ ordinal: 9 })),
      what: /not the one its header announces/,
    },
    {
      name: 'a root of half a digest',
      bytes: tape(pageSet(0, 1), pageTable(one, 1), checkpoint({ root: fill(16, 1) })),
      what: /the root is no digest/,
    },
    {
      name: 'a checkpoint of a million maps',
      bytes: tape({ ...checkpoint(), raw: arrayOf(frameRawBytesMax - 100, 0x80) }),
      what: /too many msgpack values/,
    },
    {
      name: 'a table of a million maps',
      bytes: tape(
        { kind: FrameKind.pageTable, raw: arrayOf(800_000, 0x80), range: { start: 5, end: 5, count: 16_384 } },
        checkpoint({ changed: 16_384, contents: 0 }),
      ),
      what: /too many msgpack values/,
    },
    {
      name: 'a table of many bytes for few rows',
      bytes: tape(
        { kind: FrameKind.pageTable, raw: fill(4000, 0), range: { start: 5, end: 5, count: 1 } },
        checkpoint({ contents: 0 }),
      ),
      what: /the header of the frame is damaged/,
    },
    {
      name: 'a set of fewer bytes than pages',
      bytes: tape({ ...pageSet(0, 256), raw: fill(PAGE, 1) }, pageTable(one, 1), checkpoint({ contents: 256 })),
      what: /the header of the frame is damaged/,
    },
    {
      name: 'rows of three tables for more pages than memory has',
      bytes: tape(
        ...Array.from(
          { length: tapeLimits.pagesMax / tapeLimits.pageTableRowsMax + 1 },
          (): Part => ({
            kind: FrameKind.pageTable,
            raw: fill(9, 1),
            range: { start: 5, end: 5, count: tapeLimits.pageTableRowsMax },
          }),
        ),
      ),
      what: /more pages than memory has/,
    },
  ];
}

/** Forgeries that show when what they hold is asked for. */
export function forgedContents(header: TapeHeader): [Uint8Array, (reader: TapeReader) => unknown][] {
  const first: Part = { kind: FrameKind.header, raw: encodeHeader(header) };
  const run = eventsOf(0, (b) => {
    b.push(irqAck, ack);
    b.push(runEnd, end);
  });
  const tape = (parts: Uint8Array): Uint8Array =>
    tapeOf([first, run, pageSet(0, 1), pageTable([page(1, 0)], 1), checkpoint({ parts })]);
  const checkpointOf = (reader: TapeReader) => reader.checkpoint(0);
  /** Six contents, each told by the one before. */
  const deep = (): Uint8Array =>
    tapeOf([
      first,
      run,
      ...Array.from({ length: 6 }, (_, i) => [
        pageSet(i, 1),
        pageTable([page(1, i)], 1, i, i === 0 ? null : i - 1),
        checkpoint({ number: i, contents: i + 1 }),
      ]).flat(),
    ]);
  return [
    [tape(encodeParts([])), (reader) => reader.pageContent(0)],
    [deep(), (reader) => reader.pageContent(5)],
    [tape(arrayOf(tapeLimits.partsBytesMax, 0x80)), checkpointOf],
    [tape(pack({})), checkpointOf],
    [tape(pack([{ name: 'cpu', version: 1, state: 3 }])), checkpointOf],
  ];
}

/** The tape with a frame that no index names between its index and its end. */
function hidden(tape: Uint8Array): Uint8Array {
  const bytes = Buffer.from(tape);
  const magic = Buffer.from([0x89, 0x48, 0x54, 0x46]);
  const endAt = bytes.lastIndexOf(magic);
  const extra = wholeFrame(0x20, 77, fill(9, 1), 3);
  const trailer = encodeTrailer(endAt + extra.length);
  return new Uint8Array(
    Buffer.concat([bytes.subarray(0, endAt), extra, bytes.subarray(endAt, -trailer.length), trailer]),
  );
}
