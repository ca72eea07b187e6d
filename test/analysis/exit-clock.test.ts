import { join } from 'node:path';
import { expect, test } from 'vitest';
import { setOf } from '../../src/analysis/events.fixture.ts';
import { exitsOf } from '../../src/analysis/exits.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import type { TapeEvent } from '../../src/trace/events/index.ts';
import { recordDemo, testFolder } from '../support/demo.fixture.ts';

const exit = (at: number, vcpu = 0): TapeEvent => ({
  ...{ kind: 'vm-exit', at, vcpu, pc: 0n, bhyveExit: 1 },
  ...{ kvmClass: 0x24, esr: 0, far: 0n, hpfar: 0n },
});
const sinceOf = (events: readonly TapeEvent[]): number[] =>
  [...exitsOf(setOf(events))].map(({ instructions }) => instructions);

test.each([
  { name: 'a run', typed: [] },
  // The demo sleeps for most of the time up to 29.6 M.
  {
    name: 'input in the middle of a skip',
    typed: [
      { at: 10_100_123, text: 'x' },
      { at: 29_300_000, text: 'help\n' },
    ],
  },
])('instructions up to each checkpoint are the machine’s own: $name', ({ typed }) => {
  const path = join(testFolder(), 'demo.tape');
  recordDemo({ path, typed, checkpoints: { instructions: 300_000 } });
  const reader = TapeReader.open(path);
  const events = [...reader.events()];
  expect(events.filter(({ kind }) => kind === 'console-in').length).toBe(typed.length);
  const checkpoints = reader.checkpoints.map((_, number) => reader.checkpoint(number));
  expect(checkpoints.length).toBeGreaterThan(10);
  const counted = checkpoints.map(({ icount, ordinal }) =>
    sinceOf([...events.slice(0, ordinal), exit(icount)]).reduce((sum, one) => sum + one, 0),
  );
  expect(counted).toEqual(checkpoints.map(({ instructions }) => instructions));
});

test('a skip that is cut short ends where the guest goes on', () => {
  const since = sinceOf([
    exit(100),
    { kind: 'vcpu-turn', at: 150, vcpu: 1, from: 0, to: 1 },
    exit(180, 1),
    { kind: 'vcpu-turn', at: 200, vcpu: 0, from: 1, to: 0 },
    exit(230),
    { kind: 'idle-skip', at: 240, vcpu: 0, to: 1000 },
    { kind: 'irq-ack', at: 640, vcpu: 0, intid: 33 },
    exit(700),
    { kind: 'idle-skip', at: 710, vcpu: 0, to: 900 },
    exit(910),
  ]);
  // vCPU 0: 50 up to its turn's end and 30 from the next one on; 10 before the skip and 60 behind; 10 and 10.
  expect(since).toEqual([100, 30, 80, 70, 20]);
});
