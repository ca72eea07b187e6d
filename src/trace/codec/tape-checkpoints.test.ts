import { hash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { Failure } from '../../base/failure.ts';
import { PAGE_BYTES } from '../../base/page.ts';
import { irqAck } from '../events/index.ts';
import { tapeLimits } from '../limits.ts';
import { checkpointOf, pageOf, partsOf } from './checkpoints.fixture.ts';
import { FrameKind, frameHeaderBytes, isCache } from './frame.ts';
import { folder, start } from './tape.fixture.ts';
import { TapeReader } from './tape-reader.ts';
import { repairTape } from './tape-repair.ts';
import { TapeWriter } from './tape-writer.ts';

const { file, remove } = folder();
afterAll(remove);
const end = { at: 5000, vcpu: 0, outcome: 'poweroff', reason: '', stateHash: 'ab', consoleSha256: 'cd' };

function withReader<T>(path: string, use: (reader: TapeReader) => T): T {
  const reader = TapeReader.open(path);
  try {
    return use(reader);
  } finally {
    reader.close();
  }
}

const acks = (writer: TapeWriter, count: number, from: number): void => {
  for (let i = 0; i < count; i++) writer.emit(irqAck, { at: from + i, vcpu: 0, intid: 27 });
};

/** Three checkpoints among 30 events in frames of ten, with contents that are shared, and zeros. */
function record(path: string, { checkpoints = true } = {}): Buffer {
  const writer = TapeWriter.create(path, { ...start, images: [{ name: 'kernel', data: new Uint8Array(300).fill(7) }] });
  const make = (...given: Parameters<typeof checkpointOf>): void => {
    if (checkpoints) expect(writer.checkpoint(checkpointOf(...given))).toBe(true);
  };
  acks(writer, 10, 100);
  make(200, [pageOf(1, 11), pageOf(5, 15), pageOf(7, 0)], 1);
  acks(writer, 5, 300);
  writer.flush();
  make(400, [pageOf(5, 16), pageOf(2, 11), pageOf(3, 17)], 2);
  acks(writer, 10, 500);
  writer.flush();
  acks(writer, 5, 600);
  make(700, [pageOf(1, 0), pageOf(9, 16)], 3);
  writer.finish(end);
  return readFileSync(path);
}

const path = file('three.tape');
const whole = record(path);

describe('checkpoints on a tape', () => {
  it('are what was written, each page with what it holds', () => {
    withReader(path, (reader) => {
      expect(reader.checkpoints).toMatchObject([
        { icount: 200, ordinal: 10 },
        { icount: 400, ordinal: 15 },
        { icount: 700, ordinal: 30 },
      ]);
      const bytes = reader.checkpoints.reduce((sum, checkpoint) => sum + checkpoint.bytes, 0);
      expect(bytes).toBe(reader.checkpointBytes);
      const all = reader.checkpoints.map((_, number) => reader.checkpoint(number));
      expect(all.map(({ pages }) => pages)).toEqual([
        [
          { page: 1, content: 0 },
          { page: 5, content: 1 },
          { page: 7, content: null },
        ],
        [
          { page: 2, content: 0 },
          { page: 3, content: 2 },
          { page: 5, content: 3 },
        ],
        [
          { page: 1, content: null },
          { page: 9, content: 3 },
        ],
      ]);
      for (const [i, checkpoint] of all.entries()) {
        expect(checkpoint).toMatchObject({ instructions: checkpoint.icount - 1, root: new Uint8Array(32).fill(i + 1) });
        expect(checkpoint.parts).toEqual(partsOf(i + 1));
      }
      for (const [content, seed] of [11, 15, 17, 16].entries()) {
        const { bytes: expected, digest } = pageOf(0, seed);
        expect(Buffer.compare(reader.pageContent(content), expected)).toBe(0);
        expect(Buffer.compare(reader.pageDigest(content), digest as Uint8Array)).toBe(0);
      }
      expect(() => reader.pageContent(4)).toThrow(Failure);
      expect(() => reader.pageDigest(4)).toThrow(/content that is not on the tape/);
      expect(reader.verify()).toMatchObject({ complete: true, damagedCheckpoints: [], summary: 'whole' });
      expect(repairTape(reader, file('repaired.tape'), true)).toMatchObject({ end: 'kept', framesLeftOut: 0 });
      expect(readFileSync(file('repaired.tape')).equals(whole)).toBe(true);
    });
  });

  it('leave the frames of events as they are', () => {
    const without = file('without.tape');
    record(without, { checkpoints: false });
    const eventsOf = (of: string) =>
      withReader(of, (reader) =>
        reader
          .frames()
          .flatMap((entry) => (isCache(entry.kind) ? [] : [Buffer.from(reader.payload(entry)).toString('hex')])),
      );
    expect(eventsOf(path)).toEqual(eventsOf(without));
    withReader(without, (reader) => expect([reader.checkpoints, reader.checkpointBytes]).toEqual([[], 0]));
  });

  it('take as many sets and tables as their pages need', () => {
    const many = file('many.tape');
    const writer = TapeWriter.create(many, start);
    const count = tapeLimits.pageTableRowsMax + 3;
    // Two contents for all of them, and one page of zeros.
    const [even, odd] = [pageOf(0, 1), pageOf(0, 2)];
    const pages = Array.from({ length: count }, (_, page) => ({ ...(page % 2 === 0 ? even : odd), page }));
    const own = Array.from({ length: tapeLimits.pageSetPagesMax + 1 }, (_, i) => pageOf(count + i, 10 + i));
    acks(writer, 1, 1);
    expect(writer.checkpoint(checkpointOf(50, [...pages, ...own]))).toBe(true);
    writer.finish(end);
    withReader(many, (reader) => {
      const kinds = reader.frames().map(({ kind }) => kind);
      expect(kinds.filter((kind) => kind === FrameKind.pageSet)).toHaveLength(2);
      expect(kinds.filter((kind) => kind === FrameKind.pageTable)).toHaveLength(2);
      const { pages: read } = reader.checkpoint(0);
      expect(read).toHaveLength(count + own.length);
      expect(read.slice(0, 3).map(({ content }) => content)).toEqual([0, 1, 0]);
      expect(Buffer.compare(reader.pageContent(read.at(-1)?.content ?? -1), own.at(-1)?.bytes as Uint8Array)).toBe(0);
      expect(reader.verify().summary).toBe('whole');
    });
  });

  it('tell a page that differs little by its difference, from not too far', () => {
    const alike = file('alike.tape');
    const writer = TapeWriter.create(alike, start);
    const states = [pageOf(3, 5).bytes];
    for (let i = 1; i < 9; i++) {
      const next = Uint8Array.from(states[i - 1] as Uint8Array);
      next[i * 7] = (next[i * 7] as number) ^ 0xff;
      states.push(next);
    }
    // Another one, of which nothing stays.
    states.push(pageOf(3, 6).bytes);
    const digestOf = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer');
    const wanted: boolean[] = [];
    for (const [i, bytes] of states.entries()) {
      acks(writer, 1, 10 * i);
      wanted.push(writer.wantsBefore(3));
      const page = { page: 3, digest: digestOf(bytes), bytes, before: states[i - 1] ?? null };
      expect(writer.checkpoint(checkpointOf(10 * i + 5, [page]))).toBe(true);
    }
    writer.finish(end);
    // After a whole one and four that rest on it, whatever it held is of no use.
    expect(wanted).toEqual([false, true, true, true, true, false, true, true, true, true]);
    withReader(alike, (reader) => {
      const stored = reader.frames().flatMap((entry) => (entry.kind === FrameKind.pageSet ? [entry.storedBytes] : []));
      expect(stored.map((bytes) => bytes < 100)).toEqual(
        [0, 1, 1, 1, 1, 0, 1, 1, 1, 0].map((isDifference) => isDifference === 1),
      );
      const order = [9, 4, 8, 0, 5, 1, 2, 3, 6, 7];
      const read = order.map((i) => reader.pageContent(i));
      for (const [n, i] of order.entries())
        expect(Buffer.compare(read[n] as Uint8Array, states[i] as Uint8Array), `content ${i}`).toBe(0);
      const page = new Uint8Array(4096);
      for (const i of order) {
        expect(reader.pageContent(i, page)).toBe(page);
        expect(Buffer.compare(page, states[i] as Uint8Array), `content ${i}`).toBe(0);
      }
      expect(reader.verify().summary).toBe('whole');
    });
  });

  it('are none where the states of the parts do not fit a frame', () => {
    const large = file('large.tape');
    const writer = TapeWriter.create(large, start);
    const state = { bytes: new Uint8Array(tapeLimits.partsBytesMax) };
    const asked: string[] = [];
    const checkpoint = { ...checkpointOf(1, []), parts: [{ name: 'tlb', version: 1, state }] };
    const memory = () => {
      asked.push('memory');
      return checkpointOf(1, []).memory();
    };
    expect(writer.checkpoint({ ...checkpoint, memory })).toBe(false);
    expect(asked).toEqual([]);
    writer.finish(end);
    withReader(large, (reader) => expect([reader.checkpoints, reader.integrity.summary]).toEqual([[], 'whole']));
  });

  it('wait for the frame of events, and are bounded meanwhile', () => {
    const waiting = file('waiting.tape');
    const writer = TapeWriter.create(waiting, start);
    acks(writer, 1, 1);
    let made = 0;
    while (writer.hasRoomForCheckpoint) expect(writer.checkpoint(checkpointOf(++made, []))).toBe(true);
    expect(made).toBe(256);
    expect(writer.stats).toMatchObject({ checkpoints: 256, checkpointBytes: 0 });
    writer.flush();
    expect(writer.hasRoomForCheckpoint).toBe(true);
    expect(writer.stats.checkpointBytes).toBeGreaterThan(256 * frameHeaderBytes);
    writer.finish(end);
    withReader(waiting, (reader) => {
      expect(reader.checkpoints).toHaveLength(256);
      const { tapeBytes, eventBytes, checkpointBytes } = writer.stats;
      expect(reader.checkpointBytes).toBe(checkpointBytes);
      expect(tapeBytes).toBeGreaterThan(eventBytes + checkpointBytes);
    });
  });
});

describe('a damaged checkpoint', () => {
  const caches = withReader(path, (reader) => reader.frames().filter(({ kind }) => isCache(kind)));
  const flipped = (at: number): Uint8Array => {
    const bytes = Uint8Array.from(whole);
    bytes[at] = (bytes[at] as number) ^ 1;
    return bytes;
  };
  const eventsOf = (reader: TapeReader): number => [...reader.events()].length;

  it('is told, and the tape replays without it and those behind', () => {
    for (const [i, entry] of caches.entries()) {
      for (const at of [entry.offset + 20, entry.offset + frameHeaderBytes + 3]) {
        writeFileSync(path, flipped(at));
        withReader(path, (reader) => {
          const { complete, damagedFrames, damagedCheckpoints, summary } = reader.verify();
          expect({ i, complete, damagedFrames }).toEqual({ i, complete: false, damagedFrames: [] });
          expect(damagedCheckpoints[0]?.offset).toBe(entry.offset);
          expect(summary).toMatch(
            /^whole but for its checkpoints from offset \d+ on .*: it replays to its end without them$/,
          );
          expect(eventsOf(reader)).toBe(31);
          const repaired = file('sound.tape');
          repairTape(reader, repaired, true);
          withReader(repaired, (sound) => {
            expect(sound.verify().summary).toBe('whole');
            expect(sound.checkpoints.length).toBeLessThan(3);
            for (const number of sound.checkpoints.keys()) sound.checkpoint(number);
            expect(eventsOf(sound)).toBe(31);
          });
        });
      }
    }
  });

  it('is stepped over where there is no index, and said to be of no use when it is asked for', () => {
    for (const entry of caches) {
      const bytes = flipped(entry.offset + frameHeaderBytes + 3);
      writeFileSync(path, bytes.subarray(0, bytes.length - 8));
      withReader(path, (reader) => {
        expect(reader.integrity).toMatchObject({ damagedFrames: [], damagedCheckpoints: [{ offset: entry.offset }] });
        expect(eventsOf(reader)).toBe(31);
        for (const number of reader.checkpoints.keys()) reader.checkpoint(number);
      });
    }
    const set = caches.find(({ kind }) => kind === FrameKind.pageSet);
    writeFileSync(path, flipped((set?.offset ?? 0) + frameHeaderBytes + PAGE_BYTES));
    withReader(path, (reader) =>
      expect(() => reader.pageContent(0)).toThrow(
        /^cannot use the checkpoints of .*: the checksum of the frame is wrong; it replays without them/,
      ),
    );
  });

  it('that a tape cut off within it has is none', () => {
    for (const entry of caches) {
      writeFileSync(path, whole.subarray(0, entry.offset + frameHeaderBytes + 1));
      withReader(path, (reader) => {
        const { damagedFrames, truncatedAt } = reader.verify();
        expect([damagedFrames, truncatedAt]).toEqual([[], entry.offset]);
        for (const number of reader.checkpoints.keys()) reader.checkpoint(number);
      });
    }
  });
});
