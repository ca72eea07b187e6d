import { describe, expect, it } from 'vitest';
import { TapeReader } from '../trace/codec/tape-reader.ts';
import type { EventDecl } from '../trace/events/index.ts';
import { programs, recordEcho, sessionOf, testFile } from './replay.fixture.ts';
import { ReplaySession } from './replay.ts';

const opened = (path: string, onEvent?: (checked: number, decl: EventDecl) => void) => {
  const output: number[] = [];
  const session = new ReplaySession(TapeReader.open(path), {
    consoleOut: (byte) => void output.push(byte),
    ...(onEvent ? { onEvent } : {}),
  });
  return { session, text: () => Buffer.from(output).toString() };
};

describe('a replay', () => {
  it('feeds the input back at its count, and checks every event up to the end', () => {
    const { path, icount } = recordEcho('x', 100);
    const events = [...TapeReader.open(path).events()].length;
    const { session, text } = opened(path);
    expect([session.run(), text(), session.machine.icount]).toEqual([{ kind: 'end' }, 'x', icount]);
    expect([session.checker.checked, session.counter.events]).toEqual([events, events]);
    // It has ended: to run on changes nothing.
    expect([session.run(), session.checker.checked]).toEqual([{ kind: 'end' }, events]);
  });

  it('stops at counts, before and at the input, and ends as if it never had', () => {
    const { path, icount } = recordEcho('y', 100);
    const { session, text } = opened(path);
    for (const at of [1, 99, 100, 101]) {
      expect(session.run(at)).toEqual({ kind: 'place' });
      expect(session.machine.icount).toBe(at);
    }
    expect([session.run(), session.machine.icount, text()]).toEqual([{ kind: 'end' }, icount, 'y']);
  });

  it('stops behind the exit at hand where it is asked to, and goes on', () => {
    const { path } = recordEcho('z', 100);
    let stops = 0;
    const made = opened(path, (_, decl) => {
      if (decl.name === 'mmio-read' && stops++ === 3) made.session.requestStop();
    });
    expect([made.session.run(), made.session.stopped]).toEqual([{ kind: 'place' }, true]);
    const at = made.session.machine.icount;
    expect(at).toBeLessThan(100);
    expect([made.session.run(), made.session.stopped]).toEqual([{ kind: 'end' }, false]);
  });

  it('of a recording that was stopped ends where that was', () => {
    const path = testFile('stopped.tape');
    const { session } = sessionOf(programs.loop, path);
    session.run(1234);
    session.finish('user', 'stopped');
    const replay = opened(path).session;
    expect([replay.lastIcount, replay.end?.outcome]).toEqual([1234, 'user']);
    expect([replay.run(), replay.machine.icount]).toEqual([{ kind: 'end' }, 1234]);
  });

  it('tells each event with the number of those compared so far', () => {
    const { path } = recordEcho('w', 50);
    const told: [number, string][] = [];
    const { session } = opened(path, (checked, decl) => void told.push([checked, decl.name]));
    session.run();
    const recorded = [...TapeReader.open(path).events()].map((e, i) => [i + 1, e.kind]);
    expect(told).toEqual(recorded);
  });
});
