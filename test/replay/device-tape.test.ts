// The CPU alone, its devices answering from the tape, comes to what the whole machine came to: the tape holds all that crossed between them.
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { Pl011Device } from '../../src/devices/pl011/pl011.ts';
import { Pl031Device } from '../../src/devices/pl031/pl031.ts';
import { fieldsOfEdit } from '../../src/machine/edits.ts';
import { MachineImages } from '../../src/machine/images.ts';
import { DeviceTapeSession, isOfDevices } from '../../src/replay/device-tape.ts';
import { ReplaySession } from '../../src/replay/replay.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { IrqSource, type TapeEvent } from '../../src/trace/events/index.ts';
import { guestFiles } from '../../tools/guests/catalogue.ts';
import { ConsoleText, recordDemo, testFolder } from '../support/demo.fixture.ts';
import { rewriteTape } from '../support/rewrite.fixture.ts';

/** The PL031's data register on `virt`. */
const RTC = 0x901_0000n;
const kinds = [
  { arch: 'arm64', gicVersion: 3 },
  { arch: 'arm64', gicVersion: 3, timerPolicy: 'bhyve-2018' },
  { arch: 'armv7', gicVersion: 2 },
  { arch: 'armv7', gicVersion: 2, cpu: 'cortex-a57' },
] as const;
const typed = [
  { at: 3_000_000, text: 'help\r' },
  { at: 60_000_000, text: 'ticks\rhelp\roff\r' },
];

function record(kind: (typeof kinds)[number]) {
  const path = join(testFolder(), 'demo.tape');
  const images = MachineImages.read({ kernel: guestFiles(`demo-${kind.arch}`).kernel });
  const run = recordDemo({ path, config: kind, images, typed, checkpoints: { instructions: 700_000 } });
  return { path, run, reader: TapeReader.open(path) };
}

/** Starts an SP804 of 100 µs, and turns the virtual timer, whose line is high, off meanwhile: without an exit, so that the SP804's line shows it first. */
const overtaken = [
  0xd2a3_8220, // MOV X0, #0x1c110000
  0x5280_0c81, // MOV W1, #100
  0xb900_0001, // STR W1, [X0]: Timer1Load
  0x5280_1441, // MOV W1, #0xa2
  0xb900_0801, // STR W1, [X0, #8]: Timer1Control, on, with its interrupt
  0xd51b_e35f, // MSR CNTV_CVAL_EL0, XZR
  0xd280_0022, // MOV X2, #1
  0xd51b_e322, // MSR CNTV_CTL_EL0, X2
  0x5280_7d03, // MOV W3, #1000
  0x7100_0463, // SUBS W3, W3, #1
  0x54ff_ffe1, // B.NE back
  0xd280_0062, // MOV X2, #3
  0xd51b_e322, // MSR CNTV_CTL_EL0, X2: masked
  0x52a0_0043, // MOV W3, #0x20000
  0x7100_0463, // SUBS W3, W3, #1
  0x54ff_ffe1, // B.NE back
  ...[0xd280_0100, 0xf2b0_8000, 0xd400_0002], // PSCI SYSTEM_OFF
];

it('a device’s line shows that a timer’s has fallen', () => {
  const path = join(testFolder(), 'overtaken.tape');
  const bytes = new Uint8Array(Uint32Array.from(overtaken).buffer);
  recordDemo({
    path,
    config: { board: 'fvp-base', loadAddress: 0x8008_0000 },
    images: new MachineImages([{ role: 'kernel', name: 'code', bytes }]),
  });
  const reader = TapeReader.open(path);
  const lines = [...reader.events()].filter(({ kind }) => kind === 'irq-line');
  expect(lines).toMatchObject([
    { intid: 27, level: 1, source: IrqSource.timer },
    { intid: 27, level: 0, source: IrqSource.timer },
    { intid: 34, level: 1, source: IrqSource.device, at: lines[1]?.at },
  ]);
  const cpu = new DeviceTapeSession(reader, { consoleOut() {} });
  expect(cpu.run(Number.POSITIVE_INFINITY)).toEqual({ kind: 'end' });
  expect(cpu.checker.checked).toBe(reader.eventCount);
});

it.each(['virtio-arm64-pci', 'ports-arm64-pci'])('%s: messages and pins of PCI are the tape’s', (name) => {
  const reader = TapeReader.open(`traces/golden/v3/${name}.tape`);
  const cpu = new DeviceTapeSession(reader, { consoleOut() {} });
  expect(cpu.run(Number.POSITIVE_INFINITY)).toEqual({ kind: 'end' });
  expect([cpu.checker.checked, cpu.compared, cpu.difference]).toEqual([
    reader.eventCount,
    reader.checkpoints.length,
    undefined,
  ]);
});

it.each(kinds)('$arch, GICv$gicVersion $timerPolicy $cpu: the same CPU and memory', (kind) => {
  const { run, reader } = record(kind);
  const console = new ConsoleText();
  const cpu = new DeviceTapeSession(reader, { consoleOut: console.out });
  const asked = [Pl011Device, Pl031Device].flatMap(({ prototype }) => [
    vi.spyOn(prototype, 'read'),
    vi.spyOn(prototype, 'write'),
  ]);
  let stop = cpu.run(100_000);
  while (stop.kind === 'place') stop = cpu.run(cpu.machine.icount + 1_234_567);
  expect(stop).toEqual({ kind: 'end' });
  expect(cpu.checker.checked).toBe(reader.eventCount);
  expect([cpu.compared, cpu.difference]).toEqual([reader.checkpoints.length, undefined]);
  expect(cpu.compared).toBeGreaterThan(5);
  expect(console.text).toBe(run.console);
  for (const calls of asked) {
    expect(calls).not.toHaveBeenCalled();
    calls.mockRestore();
  }

  const whole = new ReplaySession(reader, { consoleOut() {} });
  expect(whole.run()).toEqual({ kind: 'end' });
  const states = ({ machine }: { machine: typeof cpu.machine }) =>
    machine.parts.filter((part) => !isOfDevices(part)).map((part) => [part.name, part.save()]);
  expect(states(cpu).length).toBe(8);
  expect(states(cpu)).toEqual(states(whole));
  expect(cpu.machine.ram.hash().root).toEqual(whole.machine.ram.hash().root);
});

it('the tape is what answers: another answer, line or wait on it is another run', () => {
  const { path } = record(kinds[0]);
  const changed = (name: string, event: (event: TapeEvent, ordinal: number) => TapeEvent | undefined) => {
    const to = join(testFolder(), name);
    rewriteTape(path, to, { event });
    const session = new DeviceTapeSession(TapeReader.open(to), { consoleOut() {} });
    const stop = session.run(Number.POSITIVE_INFINITY);
    if (stop.kind !== 'divergence') throw new Error(`${name} is the same run`);
    return stop.divergence;
  };
  const once = <K extends TapeEvent['kind']>(
    kind: K,
    nth: number,
    change: (event: TapeEvent & { kind: K }) => TapeEvent | undefined,
  ) => {
    let seen = 0;
    return (event: TapeEvent): TapeEvent | undefined =>
      event.kind === kind && ++seen === nth ? change(event as TapeEvent & { kind: K }) : event;
  };
  const answered = changed('answer', (event) =>
    event.kind === 'mmio-read' && event.ipa === RTC ? { ...event, value: event.value + 86_400n * 3_650n } : event,
  );
  // The guest prints it.
  expect(answered).toMatchObject({ what: 'mmio-write.value' });
  expect(
    changed(
      'line',
      once('irq-line', 1, (event) => ({ ...event, at: event.at + 3 })),
    ),
  ).toBeDefined();
  expect(
    changed(
      'wait',
      once('idle-skip', 2, (event) => ({ ...event, to: event.to + 1000 })),
    ),
  ).toBeDefined();
  expect(
    changed(
      'exit',
      once('vm-exit', 900, (event) => ({ ...event, esr: (event.esr ^ 1) >>> 0 })),
    ),
  ).toMatchObject({ what: 'vm-exit.esr' });
});

it('an edit that no machine can make is damage, for whoever replays it', () => {
  const { path } = record(kinds[0]);
  const to = join(testFolder(), 'edit.tape');
  const edits = {
    kind: 'edit',
    ...fieldsOfEdit({ kind: 'memory', ipa: 0x3000_0000, bytes: Uint8Array.of(1) }, 0),
  } as const;
  rewriteTape(path, to, { event: (event, ordinal) => (ordinal === 700 ? { ...edits, at: event.at, vcpu: 0 } : event) });
  for (const make of [DeviceTapeSession, ReplaySession])
    expect(() => new make(TapeReader.open(to), { consoleOut() {} }).run(Number.POSITIVE_INFINITY)).toThrow(
      /edit\.tape: event 700 is an edit that cannot be made \(memory 0x30000000: .*\); the tape is damaged/,
    );
});

it('a tape of inputs has no answers', () => {
  const reader = TapeReader.open('traces/golden/v3/demo-arm64-inputs.tape');
  expect(() => new DeviceTapeSession(reader, { consoleOut() {} })).toThrow(/make a full tape with "hypertape retrace"/);
});
