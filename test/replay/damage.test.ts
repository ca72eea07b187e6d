// Tapes that were cut off or damaged: replayed and checked as far as they are whole.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Failure } from '../../src/base/failure.ts';
import { RunSession } from '../../src/replay/record.ts';
import { ReplaySession } from '../../src/replay/replay.ts';
import { FrameKind, frameHeaderBytes } from '../../src/trace/codec/frame.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { demoConfig, demoImages, testFolder } from '../support/demo.fixture.ts';

/** A tape of many frames, whose ends lie in the midst of exits. */
function recordFrames(path: string): void {
  const session = new RunSession({
    config: demoConfig,
    images: demoImages(),
    consoleOut() {},
    tape: { path, level: 'exits', producer: 'hypertape test' },
  });
  const { writer, machine } = session;
  const emit = session.counter.next;
  session.counter.next = {
    emit: (decl, fields) => {
      emit.emit(decl, fields);
      if (session.counter.events % 617 === 0) writer?.flush();
    },
  };
  session.run(28_000_000);
  machine.input(Buffer.from('ticks\r'));
  writer?.flush();
  const stop = session.run(Number.POSITIVE_INFINITY);
  if (stop.kind !== 'ended') throw new Error('the demo powers off');
  session.finish(stop.outcome, stop.reason);
}

it('a tape cut at each end of a frame replays up to there, every event checked', () => {
  const folder = testFolder();
  const whole = join(folder, 'whole.tape');
  recordFrames(whole);
  const bytes = readFileSync(whole);
  const frames = TapeReader.open(whole).frames();
  const ends = frames.map((f) => ({ ...f, to: f.offset + frameHeaderBytes + f.storedBytes }));
  expect(ends.filter((f) => f.kind === FrameKind.events).length).toBeGreaterThan(10);
  const path = join(folder, 'cut.tape');
  for (const [i, { to, kind }] of ends.entries()) {
    writeFileSync(path, bytes.subarray(0, i % 2 === 0 ? to : to + 5));
    const reader = TapeReader.open(path);
    const embedded = ends.slice(0, i + 1).some((f) => f.kind === FrameKind.image);
    if (!embedded) {
      expect(() => new ReplaySession(reader, { consoleOut() {} })).toThrow(Failure);
      continue;
    }
    const session = new ReplaySession(reader, { consoleOut() {} });
    const stop = session.run();
    expect(session.checker.checked, `frame ${i}`).toBe(reader.eventCount);
    expect(session.machine.icount).toBeLessThanOrEqual(session.lastIcount + 1);
    if (session.end !== undefined) expect(stop).toEqual({ kind: 'end' });
    else {
      expect(stop).toMatchObject({ kind: 'cut' });
      if (kind === FrameKind.events)
        expect(stop).toMatchObject({ summary: expect.stringMatching(/^cut off at offset/) });
    }
  }
});

it('a frame with a flipped bit ends the replay before it', () => {
  const folder = testFolder();
  const path = join(folder, 'demo.tape');
  recordFrames(path);
  const frames = TapeReader.open(path)
    .frames()
    .filter((f) => f.kind === FrameKind.events);
  const bytes = readFileSync(path);
  const hit = frames[5];
  if (hit === undefined) throw new Error('the tape has frames');
  const at = hit.offset + frameHeaderBytes + 7;
  bytes[at] = (bytes[at] as number) ^ 0x10;
  writeFileSync(path, bytes);
  const session = new ReplaySession(TapeReader.open(path), { consoleOut() {} });
  expect(session.run()).toMatchObject({ kind: 'cut', summary: expect.stringMatching(/^damaged at offset/) });
  expect(session.checker.checked).toBe(frames.slice(0, 5).reduce((sum, f) => sum + f.count, 0));
  expect(session.integrity.damagedFrames.length).toBe(1);
});
