import { writeFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runEnd, type TapeEvent } from '../events/index.ts';
import { EventFrameBuilder } from './event-frame.ts';
import { decodeFrameHeader, decodePayload, type FrameHeader, FrameKind, frameHeaderBytes } from './frame.ts';
import { FrameWriter, type TapeTarget } from './frame-writer.ts';
import { encodeHeader } from './header.ts';
import { emitConsoleTraffic, emitTo, folder, randomEvents, start } from './tape.fixture.ts';
import { TapeReader } from './tape-reader.ts';
import { TapeWriter } from './tape-writer.ts';

/** One step of writing: what a killed process has done whole, in part, or not at all. */
type Step = { readonly bytes: Uint8Array; readonly offset: number } | { readonly truncate: number };

class Steps implements TapeTarget {
  readonly steps: Step[] = [];
  write(bytes: Uint8Array, offset: number): void {
    this.steps.push({ bytes: Uint8Array.from(bytes), offset });
  }
  truncate(truncate: number): void {
    this.steps.push({ truncate });
  }
}

const done = (file: Buffer, step: Step, bytes: number): Buffer => {
  if ('truncate' in step) return bytes > 0 ? file.subarray(0, step.truncate) : file;
  const size = Math.max(file.length, step.offset + bytes);
  const out = Buffer.alloc(bytes > 0 ? size : file.length);
  file.copy(out);
  if (bytes > 0) Buffer.from(step.bytes).copy(out, step.offset, 0, bytes);
  return out;
};

const events: readonly TapeEvent[] = [...randomEvents(12n, 24)];
/** The first `count` events, of which the first `from` are in frames already. */
function payloadOf(from: number, count: number) {
  const builder = new EventFrameBuilder();
  const sink = { emit: builder.push.bind(builder) } as never;
  for (const event of events.slice(from, count)) emitTo(sink, event);
  return { range: { start: builder.start, end: builder.end, count: count - from }, raw: builder.encode(from) };
}

describe('a frame', () => {
  it('is written in two pieces, header and payload', () => {
    const kind = 0x20;
    const target = new Steps();
    const memory: ArrayBufferLike[] = [];
    const writer = new FrameWriter({
      write(bytes, offset) {
        memory.push(bytes.buffer);
        target.write(bytes, offset);
      },
      truncate: (bytes) => target.truncate(bytes),
    });
    const raws = [new Uint8Array(5000).fill(7), new Uint8Array(100_000).fill(8), Uint8Array.of(1, 2, 3)];
    const offsets = raws.map((raw) => writer.frame(kind, raw));
    const [, ...pieces] = target.steps.map((step) => ('offset' in step ? step : undefined));
    expect(pieces.filter((_, i) => i % 2 === 0).map((head) => head?.offset)).toEqual(offsets);
    expect(pieces.filter((_, i) => i % 2 === 1).map((stored) => stored?.offset)).toEqual(
      offsets.map((offset) => offset + frameHeaderBytes),
    );
    for (const [i, raw] of raws.entries()) {
      const head = decodeFrameHeader(pieces[2 * i]?.bytes as Uint8Array);
      expect(head).toMatchObject({ kind: kind, sequence: i, rawBytes: raw.length });
      expect(Buffer.compare(decodePayload(head as FrameHeader, pieces[2 * i + 1]?.bytes as Uint8Array), raw)).toBe(0);
    }
    // What cannot be shortened is written from where it lies.
    expect(memory[6]).toBe(raws[2]?.buffer);
  });
});

describe('a tail', () => {
  it('is there, or what takes its place is, wherever a process that writes is killed', () => {
    const { file, remove } = folder();
    onTestFinished(remove);
    const path = file('killed.tape');
    const target = new Steps();
    const writer = new FrameWriter(target);
    writer.frame(FrameKind.header, encodeHeader({ ...start, images: [] }));
    /** Events that must be there when the steps up to one are done. */
    const kept: { readonly steps: number; readonly events: number }[] = [];
    const keep = (count: number): void => void kept.push({ steps: target.steps.length, events: count });
    keep(0);
    const write = (kind: 'frame' | 'tail', from: number, count: number): void => {
      const { raw, range } = payloadOf(from, count);
      if (kind === 'tail') writer.tail(FrameKind.events, raw, range);
      else writer.frame(FrameKind.events, raw, undefined, range);
      keep(count);
    };
    write('tail', 0, 2);
    write('tail', 0, 9);
    write('tail', 0, 10);
    write('frame', 0, 12);
    write('frame', 12, 16);
    write('tail', 16, 24);
    write('frame', 16, 24);

    let whole: Buffer = Buffer.alloc(0);
    for (const [n, step] of target.steps.entries()) {
      const least = kept.findLast((k) => k.steps <= n)?.events;
      const most = kept.find((k) => k.steps > n)?.events ?? events.length;
      const size = 'truncate' in step ? 1 : step.bytes.length;
      for (let bytes = 0; bytes <= size && least !== undefined; bytes++) {
        writeFileSync(path, done(whole, step, bytes));
        const reader = TapeReader.open(path);
        const read = [...reader.events()];
        const { complete, damagedFrames } = reader.verify();
        reader.close();
        expect({ complete, damagedFrames }, `step ${n}, byte ${bytes}`).toEqual({ complete: false, damagedFrames: [] });
        expect([least, most], `step ${n}, byte ${bytes}`).toContain(read.length);
        for (const [ordinal, event] of read.entries()) expect(event.kind).toBe(events[ordinal]?.kind);
      }
      whole = done(whole, step, size);
    }
  });

  it('stays where a disk is full, whichever write it is that fails', () => {
    const { file, remove } = folder();
    onTestFinished(remove);
    const path = file('full.tape');
    // The first three are the preamble's and the header's.
    for (let failing = 4; failing < 18; failing++) {
      let bytes: Buffer = Buffer.alloc(0);
      let writes = 0;
      const target: TapeTarget = {
        write(data, offset) {
          writes++;
          bytes = done(bytes, { bytes: data, offset }, writes >= failing ? data.length >> 1 : data.length);
          if (writes >= failing) throw new Error('full');
        },
        truncate(at) {
          bytes = bytes.subarray(0, at);
        },
      };
      const writer = new FrameWriter(target);
      writer.frame(FrameKind.header, encodeHeader({ ...start, images: [] }));
      let kept = 0;
      try {
        for (const count of [3, 7, 12]) {
          const { raw, range } = payloadOf(0, count);
          writer.tail(FrameKind.events, raw, range);
          kept = count;
        }
        const { raw, range } = payloadOf(0, 14);
        writer.frame(FrameKind.events, raw, undefined, range);
        kept = 14;
      } catch {
        // The disk is full.
      }
      writeFileSync(path, bytes);
      const reader = TapeReader.open(path);
      expect([...reader.events()].length, `write ${failing}`).toBeGreaterThanOrEqual(kept);
      expect(reader.verify().damagedFrames).toEqual([]);
      reader.close();
    }
  });

  it('leaves no trace on a tape that is finished', () => {
    const { file, remove } = folder();
    onTestFinished(remove);
    const tapes = [false, true].map((saved) => {
      const path = file(`${saved}.tape`);
      const writer = TapeWriter.create(path, start);
      const sink = {
        emit: ((decl, fields) => {
          writer.emit(decl, fields);
          if (saved && fields.at % 7 === 0) writer.saveTail();
        }) as TapeWriter['emit'],
      };
      emitConsoleTraffic(sink, 40);
      const at = 2 ** 40;
      writer.finish({ at, vcpu: 0, outcome: 'poweroff', reason: '', stateHash: '', consoleSha256: '' });
      const reader = TapeReader.open(path);
      expect(reader.verify().complete).toBe(true);
      expect([...reader.events({ classes: new Set([runEnd.name]) })].length).toBe(1);
      reader.close();
      return path;
    });
    const [plain, saved] = tapes.map((path) => TapeReader.open(path).sizeBytes);
    expect(saved).toBe(plain);
  });
});
