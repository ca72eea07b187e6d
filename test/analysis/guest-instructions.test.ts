import { join } from 'node:path';
import { expect, test } from 'vitest';
import { GuestInstructions } from '../../src/analysis/guest-instructions.ts';
import { decodeEventFrame, type EventFrame, EventFrameBuilder } from '../../src/trace/codec/event-frame.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import {
  type EventDecl,
  type EventOf,
  eventByName,
  idleSkip,
  irqAck,
  type Stamp,
  vcpuTurn,
  vmExit,
} from '../../src/trace/events/index.ts';
import { recordDemo, testFolder } from '../support/demo.fixture.ts';

/** A frame of events as they are read. */
function frameOf(events: readonly { readonly kind: string }[], firstOrdinal = 0): EventFrame {
  const builder = new EventFrameBuilder();
  for (const event of events) builder.push(eventByName(event.kind) as EventDecl, event as unknown as Stamp as never);
  return decodeEventFrame(builder.take(firstOrdinal));
}

test.each([
  { name: 'at level exits', typed: [] },
  // The demo sleeps from 29.6 M on, but for its timer.
  {
    name: 'with input in the middle of a skip',
    typed: [
      { at: 10_100_123, text: 'x' },
      { at: 29_300_000, text: 'help\n' },
    ],
  },
])('instructions are the machine’s own, checkpoint by checkpoint: $name', ({ typed }) => {
  const path = join(testFolder(), 'demo.tape');
  recordDemo({ path, typed, checkpoints: { instructions: 300_000 } });
  const reader = TapeReader.open(path);
  const events = [...reader.events()];
  expect(events.filter(({ kind }) => kind === 'console-in').length).toBe(typed.length);
  const checkpoints = reader.checkpoints.map((_, number) => reader.checkpoint(number));
  expect(checkpoints.length).toBeGreaterThan(10);
  for (const { icount, instructions, ordinal } of checkpoints) {
    const counted = new GuestInstructions();
    counted.sinceExit(frameOf(events.slice(0, ordinal)));
    expect(counted.total(icount)).toBe(instructions);
  }
  // From the first exit to the last one nothing is left out.
  const counted = new GuestInstructions();
  const since = [...reader.eventFrames()].flatMap((frame) => [...counted.sinceExit(frame)]);
  const exits = events.filter(({ kind }) => kind === 'vm-exit');
  const before = new GuestInstructions();
  before.sinceExit(frameOf(events.slice(0, (exits[0]?.ordinal ?? 0) + 1)));
  const first = before.total(exits[0]?.at ?? 0);
  expect(since.map(Number.isNaN).indexOf(true)).toBe(0);
  expect(since.filter(Number.isNaN).length).toBe(1);
  expect(since.slice(1).reduce((sum, one) => sum + one, 0)).toBe(counted.total(exits.at(-1)?.at ?? 0) - first);
});

const exit = (at: number, vcpu: number): EventOf<typeof vmExit> => ({
  kind: vmExit.name,
  at,
  vcpu,
  pc: 0n,
  bhyveExit: 1,
  kvmClass: 0x24,
  esr: 0,
  far: 0n,
  hpfar: 0n,
});

test('each vCPU has its own count; a skip that is cut short ends where the guest goes on', () => {
  const events = [
    exit(100, 0),
    { kind: vcpuTurn.name, at: 150, vcpu: 1, from: 0, to: 1 },
    exit(180, 1),
    { kind: vcpuTurn.name, at: 200, vcpu: 0, from: 1, to: 0 },
    exit(230, 0),
    { kind: idleSkip.name, at: 240, vcpu: 0, to: 1000 },
    { kind: irqAck.name, at: 640, vcpu: 0, intid: 33 },
    exit(700, 0),
    { kind: idleSkip.name, at: 710, vcpu: 0, to: 900 },
    exit(910, 0),
  ];
  // vCPU 0: 50 up to its turn's end and 30 from the next one on; 10 before the skip and 60 behind; 10 and 10.
  const expected = [Number.NaN, Number.NaN, 80, 70, 20];
  expect([...new GuestInstructions().sinceExit(frameOf(events))]).toEqual(expected);
  const cut = new GuestInstructions();
  const pieces = events.map((event, ordinal) => cut.sinceExit(frameOf([event], ordinal)));
  expect(pieces.flatMap((piece) => [...piece])).toEqual(expected);
});
