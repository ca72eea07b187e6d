import { writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { must } from '../../base/assert.ts';
import { Failure } from '../../base/failure.ts';
import { allEvents, type EventDecl, eventByName, irqAck, mmioRead, runEnd, type TapeEvent } from '../events/index.ts';
import { tapeLimits } from '../limits.ts';
import { Encoding } from './column.ts';
import type { EventFrame } from './event-rows.ts';
import { eventsOf, tapeOf } from './forged.fixture.ts';
import { FrameKind } from './frame.ts';
import { encodeHeader } from './header.ts';
import { type Meta, pack, unpack } from './msgpack.ts';
import { emitTo, folder, randomEvents, start } from './tape.fixture.ts';
import { TapeReader } from './tape-reader.ts';
import { TapeWriter } from './tape-writer.ts';

const { file, remove } = folder();
afterAll(remove);
const end = { at: 2 ** 40, vcpu: 0, outcome: 'poweroff', reason: '', stateHash: 'ab', consoleSha256: 'cd' };

function written(name: string, events: readonly TapeEvent[]): TapeReader {
  const writer = TapeWriter.create(file(name), start);
  for (const event of events) emitTo(writer, event);
  writer.finish(end);
  return TapeReader.open(file(name));
}

describe('columns', () => {
  const events = [...randomEvents(5n, 40_000)];
  const all: readonly TapeEvent[] = [...events, { kind: 'run-end', ...end }];
  const reader = written('columns.tape', events);
  afterAll(() => reader.close());

  it('hold what was written, field by field', () => {
    const seen = new Map<string, number>();
    let count = 0;
    for (const frame of reader.eventFrames()) {
      expect(frame.firstOrdinal).toBe(count);
      for (let place = 0; place < frame.count; place++) {
        const event = must(all[count + place], 'event');
        const decl = must(eventByName(event.kind), 'declaration');
        if (frame.tags[place] !== decl.tag || frame.at[place] !== event.at || frame.vcpus[place] !== event.vcpu)
          expect.fail(`event ${count + place} is another`);
      }
      for (const decl of allEvents) {
        const table = frame.table(decl as EventDecl);
        expect(table?.count).toBe(frame.tagCounts.get(decl.tag));
        if (table === undefined) continue;
        seen.set(decl.name, (seen.get(decl.name) ?? 0) + table.count);
        const mine = Array.from(table.rows, (row) => must(all[count + row], 'event'));
        expect(new Set(mine.map(({ kind }) => kind))).toEqual(new Set([decl.name]));
        for (const field of decl.fieldNames)
          expect([...table.column(field)]).toEqual(mine.map((event) => (event as unknown as Fields)[field]));
      }
      count += frame.count;
    }
    expect(count).toBe(all.length);
    for (const decl of allEvents)
      expect(seen.get(decl.name)).toBe(all.filter((event) => event.kind === decl.name).length);
  });

  it('are read by range and by kind; frames that hold none are left out', () => {
    const counts = (frames: Iterable<EventFrame>): number[] => [...frames].map((frame) => frame.count);
    const { frameEventsMax } = tapeLimits;
    // The end is so late that it has a frame of its own.
    const whole = [frameEventsMax, frameEventsMax, events.length - 2 * frameEventsMax, 1];
    expect(counts(reader.eventFrames())).toEqual(whole);
    const [from, to] = [must(events[20_000], 'event').at, must(events[20_001], 'event').at];
    expect(counts(reader.eventFrames({ from, to }))).toEqual([frameEventsMax]);
    expect(counts(reader.eventFrames({ ordinal: 2 * frameEventsMax }))).toEqual(whole.slice(2));
    for (const _ of ['unread', 'known'])
      expect(counts(reader.eventFrames({ tags: new Set([runEnd.tag]) }))).toEqual([1]);
    expect(counts(reader.eventFrames({ tags: new Set([0xff]) }))).toEqual([]);
  });
});

type Fields = Readonly<Record<string, unknown>>;

describe('a column with a value beyond its field', () => {
  const path = file('damaged.tape');
  const frames = [0, 1, 2].map((number) =>
    eventsOf(2 * number, (builder) => {
      builder.push(mmioRead, { at: number, vcpu: 0, pc: 7n, ipa: 8n, size: 4, value: 9n, rt: 1 });
      if (number < 2) builder.push(irqAck, { at: number, vcpu: 0, intid: 27 });
      else builder.push(runEnd, { ...end, at: number });
    }),
  );
  const damaged = must(frames[1], 'frame');
  const parts = unpack(damaged.raw, tapeLimits.msgpackValuesMax.events) as readonly Meta[];
  const [reads] = parts[5] as [Meta];
  // 2^32 as a varint.
  const beyond = [irqAck.tag, Uint8Array.of(Encoding.constant, 0x80, 0x80, 0x80, 0x80, 0x10)];
  const raw = pack([...parts.slice(0, 5), [reads as Meta, beyond]]);
  const header = { kind: FrameKind.header, raw: encodeHeader({ ...start, images: [] }) };
  writeFileSync(path, tapeOf([header, must(frames[0], 'frame'), { ...damaged, raw }, must(frames[2], 'frame')]));
  const reader = TapeReader.open(path);
  afterAll(() => reader.close());

  it('is found by who verifies, and by who reads rows', () => {
    const what = 'a number beyond its field';
    expect(reader.verify().damagedFrames).toMatchObject([{ what }]);
    const kinds: string[] = [];
    const read = (): void => {
      for (const { kind } of reader.events()) kinds.push(kind);
    };
    expect(read).toThrow(new RegExp(`^${path} is damaged at offset \\d+: ${what}; [^\\n]*$`));
    expect(kinds).toEqual(['mmio-read', 'irq-ack']);
  });

  it('is a Failure for who asks for it, and no loss for others', () => {
    const ask = (wanted: EventDecl): unknown[] =>
      [...reader.eventFrames()].flatMap((frame) => [
        ...(frame.table(wanted)?.column(must(wanted.fieldNames[0], 'field')) ?? []),
      ]);
    expect(() => ask(irqAck as EventDecl)).toThrow(Failure);
    expect(ask(mmioRead as EventDecl)).toEqual([7n, 7n, 7n]);
    expect([...reader.eventFrames({ damage: 'skip' })].map((frame) => frame.firstOrdinal)).toEqual([0, 4]);
    expect([...reader.events({ damage: 'skip' })].map((event) => event.ordinal)).toEqual([0, 1, 4, 5]);
  });
});
