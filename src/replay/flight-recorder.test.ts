import { expect, it } from 'vitest';
import { Machine } from '../machine/machine.ts';
import { TapeReader } from '../trace/codec/tape-reader.ts';
import type { EventDecl, EventSink, FieldsOf } from '../trace/events/index.ts';
import { FlightRecorder } from './flight-recorder.ts';
import { config, imagesOf, testFile } from './replay.fixture.ts';

/** mov x0, #0x9000000; mov w1, #'.'; str w1, [x0]; b .-4 */
const dots = [0xd2a1_2000, 0x5280_05c1, 0xb900_0001, 0x17ff_ffff];
const COUNTS = 60_000;

/** Runs a guest that writes dots, and writes what is kept of it. */
function kept(counts: number, bounds?: { piece: number; all: number; every: number }) {
  const to: { sink?: EventSink } = {};
  const events: EventSink = {
    emit: <E extends EventDecl>(decl: E, fields: FieldsOf<E>) => to.sink?.emit(decl, fields),
  };
  const machine = new Machine({ config, images: imagesOf(dots), events, consoleOut() {} });
  const recorder = new FlightRecorder(machine, counts, 'exits', bounds);
  to.sink = recorder;
  machine.run(COUNTS);
  const path = testFile('kept.tape');
  const start = { semantics: 3, level: 'exits', producer: 'test', machine: {}, images: [] } as const;
  const { stats } = recorder.write(path, start, {}, machine.end('limit', ''), () => {});
  const { begin } = TapeReader.open(path);
  return { ...stats, begin: begin?.icount };
}

it('keeps what is asked for, and a piece more at most', () => {
  const { begin } = kept(COUNTS / 3);
  expect(begin).toBeLessThanOrEqual(COUNTS - COUNTS / 3);
  expect(begin).toBeGreaterThan(COUNTS - COUNTS / 3 - COUNTS / 12 - 10);
});

it('keeps less where events would take too much memory', () => {
  const whole = kept(10 * COUNTS);
  expect([whole.begin, whole.checkpoints]).toEqual([undefined, 0]);
  // They compress to some hundred bytes a frame.
  const bounded = kept(10 * COUNTS, { piece: 100, all: 500, every: 1_000 });
  expect(bounded.begin).toBeGreaterThan(0);
  expect(bounded.checkpoints).toBeGreaterThan(0);
  expect(bounded.events).toBeLessThan(whole.events);
});
