// Functions by name: where a replay stops.
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ReplaySession } from '../../src/replay/replay.ts';
import { ReplaySymbols } from '../../src/replay/symbols/replay-symbols.ts';
import { symbolsOfTape } from '../../src/replay/symbols/tape-symbols.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import type { TapeEvent } from '../../src/trace/events/index.ts';
import { recordDemo, testFolder } from '../support/demo.fixture.ts';

type Accessed = Extract<TapeEvent, { kind: 'mmio-write' }>;

/** The demo's tape, and a name for each instruction that writes to a device, since its ELF is stripped. */
function recorded() {
  const path = join(testFolder(), 'demo.tape');
  const { end } = recordDemo({ path });
  const reader = TapeReader.open(path);
  const first = new Map<bigint, Accessed>();
  for (const event of reader.events({ classes: new Set(['mmio-write']) }))
    if (event.kind === 'mmio-write' && !first.has(event.pc)) first.set(event.pc, event);
  const lines = [...first.keys()].map((pc) => `${pc.toString(16).padStart(16, '0')} t write_${pc.toString(16)}\n`);
  const symbols = symbolsOfTape(reader, { name: 'F', bytes: Buffer.from(lines.join('')) });
  return { reader, end, writes: [...first.values()], symbols };
}

it('a replay stops at the first instruction of a function, exactly, and goes on as if it had not', () => {
  const { reader, writes, symbols, end } = recorded();
  expect(writes.length).toBeGreaterThan(5);
  for (const write of writes) {
    const session = new ReplaySession(reader, { consoleOut() {} });
    const name = `write_${write.pc.toString(16)}`;
    new ReplaySymbols(reader, () => symbols).stopAt(name, session, name, () => session.requestStop());
    expect(session.run()).toEqual({ kind: 'place' });
    // The instruction leaves the guest each time that it is executed, at this count first.
    expect([session.machine.pc, session.machine.icount]).toEqual([write.pc, write.at]);
  }
  const session = new ReplaySession(reader, { consoleOut() {} });
  const all = writes.map(({ pc }) => ({ pa: Number(pc) }));
  let stops = 0;
  session.stopBefore(all);
  for (;;) {
    const stop = session.run();
    if (stop.kind !== 'place') {
      expect(stop).toEqual({ kind: 'end' });
      break;
    }
    stops++;
  }
  const isWrite = (event: TapeEvent): boolean => event.kind === 'mmio-write';
  expect(stops).toBe([...reader.events()].filter(isWrite).length);
  expect(session.end?.stateHash).toBe(end.stateHash);
});
