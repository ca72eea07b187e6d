// A tape of the end of a run alone: it begins at a checkpoint, and is otherwise what the whole tape has from there on.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { must } from '../../src/base/assert.ts';
import { Failure } from '../../src/base/failure.ts';
import { ReplaySession } from '../../src/replay/replay.ts';
import { RewriteSession } from '../../src/replay/rewrite.ts';
import { Timeline } from '../../src/timeline/timeline.ts';
import { FrameKind, frameHeaderBytes, mustUnderstand } from '../../src/trace/codec/frame.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { repairTape, stripTape } from '../../src/trace/codec/tape-repair.ts';
import { recordDemo, testFolder } from '../support/demo.fixture.ts';

const typed = [
  { at: 4_000_000, text: 'help\n' },
  { at: 60_000_000, text: 'off\n' },
];
const KEPT = 30_000_000;

function withReader<T>(path: string, use: (reader: TapeReader) => T): T {
  const reader = TapeReader.open(path);
  try {
    return use(reader);
  } finally {
    reader.close();
  }
}
const eventsOf = (path: string) => withReader(path, (reader) => [...reader.events()]);
const replayed = (path: string) =>
  withReader(path, (reader) => {
    const session = new ReplaySession(reader, { consoleOut: () => {} });
    return { stop: session.run(), checked: session.checker.checked };
  });

it('holds at least as much as is asked for, and replays, is indexed, stripped and repaired as any tape', () => {
  const folder = testFolder();
  const at = (name: string): string => join(folder, name);
  const whole = recordDemo({ path: at('whole'), typed });
  const kept = recordDemo({ path: at('kept'), typed, keepLast: KEPT });
  expect(kept.end).toEqual(whole.end);

  const all = eventsOf(at('whole'));
  const last = eventsOf(at('kept'));
  const { begin, checkpoints, kinds } = withReader(at('kept'), (reader) => ({
    begin: must(reader.begin, 'a beginning').icount,
    checkpoints: reader.checkpoints,
    kinds: reader.frames().map(({ kind }) => kind),
  }));
  expect(begin).toBeGreaterThan(0);
  expect(begin).toBeLessThanOrEqual(whole.end.at - KEPT);
  expect(checkpoints[0]).toMatchObject({ icount: begin, ordinal: 0 });
  expect(checkpoints.length).toBeGreaterThan(2);
  const from = all.length - last.length;
  expect(last.map((event) => ({ ...event, ordinal: event.ordinal + from }))).toEqual(all.slice(from));
  expect(must(all[from], 'an event').at).toBeGreaterThanOrEqual(begin);
  expect(kinds.filter(mustUnderstand)).toEqual([FrameKind.begin]);

  expect(replayed(at('kept'))).toEqual({ stop: { kind: 'end' }, checked: last.length });
  withReader(at('kept'), (reader) => {
    const timeline = new Timeline(reader);
    expect([timeline.first, timeline.last]).toEqual([begin, whole.end.at]);
    timeline.seek(whole.end.at);
    expect(timeline.ordinal).toBe(last.length);
    // It begins within idle time, which is passed.
    timeline.seek(0);
    expect(timeline.now.icount).toBe(60_000_000);
    expect(timeline.ordinal).toBeLessThan(3);
    expect(stripTape(reader, at('stripped'), false).checkpoints).toBe(checkpoints.length - 1);
    expect(repairTape(reader, at('repaired'), false)).toMatchObject({ end: 'kept', framesLeftOut: 0 });
  });
  expect(readFileSync(at('repaired')).equals(readFileSync(at('kept')))).toBe(true);
  expect(replayed(at('stripped'))).toEqual({ stop: { kind: 'end' }, checked: last.length });
  withReader(at('stripped'), (reader) => {
    const rewrite = new RewriteSession(reader, {
      path: at('indexed'),
      force: false,
      checkpoints: { instructions: 300_000 },
    });
    expect(rewrite.run(Number.POSITIVE_INFINITY)).toEqual({ kind: 'end' });
  });
  expect(eventsOf(at('indexed'))).toEqual(last);
  expect(replayed(at('indexed'))).toEqual({ stop: { kind: 'end' }, checked: last.length });
});

it('is the whole tape where the run is shorter', () => {
  const folder = testFolder();
  const at = (name: string): string => join(folder, name);
  recordDemo({ path: at('whole'), typed });
  recordDemo({ path: at('kept'), typed, keepLast: 10 ** 12 });
  expect(readFileSync(at('kept')).equals(readFileSync(at('whole')))).toBe(true);
});

it('is of no use without the checkpoint that it begins at, and says so', () => {
  const path = join(testFolder(), 'kept');
  recordDemo({ path, typed, keepLast: KEPT });
  const whole = readFileSync(path);
  const caches = withReader(path, (reader) => must(reader.soundCheckpoints()[0], 'a checkpoint').frames);
  for (const { offset } of caches) {
    const bytes = Uint8Array.from(whole);
    bytes[offset + frameHeaderBytes + 2] = (bytes[offset + frameHeaderBytes + 2] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    withReader(path, (reader) => {
      expect(reader.verify().summary).toMatch(/^damaged at offset 16 \(.*\), .*/);
      expect(() => new ReplaySession(reader, { consoleOut: () => {} })).toThrow(Failure);
      expect(() => repairTape(reader, `${path}.repaired`, false)).toThrow(/checkpoint that it begins at is damaged/);
      expect(() => [...reader.events()]).toThrow(Failure);
    });
  }
});
