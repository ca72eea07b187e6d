import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { TapeReader } from '../trace/codec/tape-reader.ts';
import { discardEvents, type EventDecl, vmExit, wfi } from '../trace/events/index.ts';
import { EventCounter } from './record.ts';
import { programs, sessionOf, testFile } from './replay.fixture.ts';

describe('what is counted', () => {
  it('are all events, and exits by their class, on their way', () => {
    const passed: string[] = [];
    const counter = new EventCounter({ emit: (decl: EventDecl) => void passed.push(decl.name) });
    const exit = { at: 1, vcpu: 0, pc: 0n, bhyveExit: 1, esr: 0, far: 0n, hpfar: 0n };
    counter.emit(vmExit, { ...exit, kvmClass: 0x24 });
    counter.emit(wfi, { at: 2, vcpu: 0, pc: 0n });
    counter.next = discardEvents;
    counter.emit(vmExit, { ...exit, kvmClass: 0x24 });
    counter.emit(vmExit, { ...exit, kvmClass: 0x16 });
    expect([counter.events, [...counter.exitsByClass]]).toEqual([
      4,
      [
        [0x16, 1],
        [0x24, 2],
      ],
    ]);
    expect(passed).toEqual(['vm-exit', 'wfi']);
  });
});

describe('a run', () => {
  it('without a tape counts what a tape would hold', () => {
    const path = testFile('short.tape');
    const runs = [undefined, path].map((tape) => {
      const { session } = sessionOf(programs.short, tape);
      const stop = session.run(Infinity);
      if (stop.kind !== 'ended') throw new Error('the guest powers off');
      const end = session.finish(stop.outcome, stop.reason);
      return { stop, end, events: session.counter.events, exits: [...session.counter.exitsByClass] };
    });
    expect(runs[0]).toEqual(runs[1]);
    expect(runs[0]).toMatchObject({ stop: { outcome: 'poweroff' }, end: { at: 13 } });
    const reader = TapeReader.open(path);
    expect([[...reader.events()].length, reader.header.producer]).toEqual([runs[0]?.events, 'hypertape test']);
    expect([...reader.events()].at(-1)).toMatchObject({ kind: 'run-end', outcome: 'poweroff', at: 13 });
  });

  it('goes to its count and on from there', () => {
    const { session } = sessionOf(programs.loop);
    expect([session.run(100), session.machine.icount]).toEqual([{ kind: 'count' }, 100]);
    expect([session.run(250), session.machine.icount]).toEqual([{ kind: 'count' }, 250]);
  });

  it('of a machine that cannot be leaves no tape', () => {
    const path = testFile('none.tape');
    expect(() => sessionOf(programs.short, path, { loadAddress: 0x1000 })).toThrow(/does not fit|RAM/);
    expect(existsSync(path)).toBe(false);
  });
});
