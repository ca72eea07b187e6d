import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Edit } from '../../src/machine/edits.ts';
import { DeviceTapeSession } from '../../src/replay/device-tape.ts';
import { RunSession } from '../../src/replay/record.ts';
import { ReplaySession } from '../../src/replay/replay.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { demoConfig, demoImages, testFolder } from '../support/demo.fixture.ts';

/** Records the demo up to a count, where it is steered; to its end if that does not end it. */
function steered(at: number, edits: readonly Edit[]) {
  const path = join(testFolder(), 'steered.tape');
  const session = new RunSession({
    config: demoConfig,
    images: demoImages(),
    consoleOut: () => {},
    tape: { path, level: 'exits', producer: 'hypertape test' },
  });
  session.run(at);
  for (const edit of edits) session.machine.edit(edit);
  const stop = session.run(Number.POSITIVE_INFINITY);
  if (stop.kind !== 'ended') throw new Error('the demo ends');
  session.finish(stop.outcome, stop.reason);
  return { path, stop, icount: session.machine.icount };
}

function verified(path: string): void {
  const consoleOut = (): void => {};
  const reader = TapeReader.open(path);
  expect(new ReplaySession(reader, { consoleOut }).run()).toEqual({ kind: 'end' });
  expect(new DeviceTapeSession(reader, { consoleOut }).run(Number.POSITIVE_INFINITY)).toEqual({ kind: 'end' });
  reader.close();
}

test.each(['poweroff', 'reset', 'halt'] as const)('a VM that is suspended from outside, by %s, replays', (how) => {
  for (const at of [0, 31_018]) {
    const { path, stop, icount } = steered(at, [
      { kind: 'suspend', how },
      // The first reason counts.
      { kind: 'suspend', how: 'halt' },
    ]);
    expect({ outcome: stop.outcome, icount }).toEqual({ outcome: how, icount: at });
    verified(path);
  }
});

test('lines that are driven from outside replay; what is no shared interrupt is refused', () => {
  const line = (intid: number, level: boolean): Edit => ({ kind: 'irq-line', intid, level });
  const { path, stop } = steered(31_018, [line(40, true), line(40, true), line(40, false), line(287, true)]);
  expect(stop.outcome).toBe('poweroff');
  verified(path);
  const reader = TapeReader.open(path);
  const lines = [...reader.events({ classes: new Set(['irq-line']) })].slice(0, 3);
  expect(lines).toMatchObject([
    { intid: 40, level: 1 },
    { intid: 40, level: 0 },
    { intid: 287, level: 1 },
  ]);
  reader.close();
  for (const intid of [16, 27, 288, 1.5, -1, Number.NaN])
    expect(() => steered(1000, [line(intid, true)])).toThrow(/SPI/);
});
