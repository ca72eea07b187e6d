// Firmware in flash: executed and read there as memory, written to by commands, with its second bank for what it keeps.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ipa } from '../../src/base/brands.ts';
import { MachineImages } from '../../src/machine/images.ts';
import { Machine } from '../../src/machine/machine.ts';
import { DeviceTapeSession } from '../../src/replay/device-tape.ts';
import { RunSession } from '../../src/replay/record.ts';
import { ReplaySession, wholeEvents } from '../../src/replay/replay.ts';
import { Timeline } from '../../src/timeline/timeline.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { demoConfig, demoImages, EventLines, testFolder } from '../support/demo.fixture.ts';
import { a32 } from './a32.fixture.ts';
import { a64 } from './a64.fixture.ts';
import { bytesOf, type Code, type Isa } from './isa.fixture.ts';

const VARS = 0x0400_0000;
/** In the second bank: a function, and data. */
const FUNCTION = VARS + 0x40;
const BLOCK = 0x4_0000;
const DATA = 0x800;
/** Where it keeps what it saw, in RAM. */
const SEEN = 0x4010_0000;
const BOTH = 0x0001_0001;
const machines = [
  { arch: 'arm64', gicVersion: 3, isa: a64 },
  { arch: 'armv7', gicVersion: 2, isa: a32 },
  { arch: 'armv7', gicVersion: 2, cpu: 'cortex-a57', isa: a32 },
] as const;
type Kind = (typeof machines)[number];

/** Register 1 is the second bank, 2 where it keeps what it sees. */
function program(isa: Isa): Code {
  const { li } = isa;
  const keep = (t: number): Code => isa.store({ t, n: 2, size: 4, post: true, offset: 4 });
  const see = (offset: number): Code => [...isa.load({ t: 0, n: 1, size: 4, offset }), ...keep(0)];
  const put = (value: number, offset = 0): Code => [...li(0, value), ...isa.store({ t: 0, n: 1, size: 4, offset })];
  const command = (code: number): Code => put(Math.imul(code, BOTH) >>> 0);
  const at = (n: number, address: number): Code => li(n, address);
  const seePair = (address: number): Code => [...at(3, address), ...isa.loadPair(4, 3), ...keep(4), ...keep(5)];
  // Adds to register 7.
  const call: Code = [...at(6, FUNCTION), ...isa.call(6), ...keep(7)];
  const newFunction = bytesOf([...isa.add(7, 7, 16), ...isa.ret()]);
  const word = (n: number): number => new DataView(newFunction.buffer).getUint32(4 * n, true);
  const code = [
    // PSCI SYSTEM_OFF is at the end.
    ...li(7, 0),
    ...at(1, VARS),
    ...at(2, SEEN),
    ...see(0),
    ...seePair(DATA),
    ...call,
    // Identifiers, by one register and by two.
    ...command(0x90),
    ...see(0),
    ...seePair(VARS),
    ...command(0xff),
    ...see(0),
    // Erases the block that the function is in, and programs another in its place.
    ...command(0x20),
    ...command(0xd0),
    ...see(0),
    ...command(0xff),
    ...see(0),
    ...command(0x40),
    ...put(word(0), 0x40),
    ...command(0x40),
    ...put(word(1), 0x44),
    ...command(0xff),
    ...call,
    ...li(0, 0x8400_0008),
    ...isa.hvc(0),
    ...isa.stop(),
  ];
  expect(2 * code.length).toBeLessThan(DATA);
  return code;
}

const word = (values: readonly number[]): Uint8Array => new Uint8Array(Uint32Array.from(values).buffer);
function imagesOf(isa: Isa): MachineImages {
  const firmware = new Uint8Array(DATA + 16);
  firmware.set(bytesOf(program(isa)));
  firmware.set(word([0x1111_1111, 0x2222_2222]), DATA);
  const vars = new Uint8Array(0x100);
  vars.set(word([0xabcd_ef01]));
  vars.set(bytesOf([...isa.add(7, 7, 1), ...isa.ret()]), FUNCTION - VARS);
  return new MachineImages([
    { role: 'firmware', name: 'F', bytes: firmware },
    { role: 'vars', name: 'V', bytes: vars },
  ]);
}
const configOf = ({ isa: _, ...kind }: Kind) => ({
  ...demoConfig,
  ...kind,
  memoryBytes: 16 * 2 ** 20,
  dtbAt: 0x4000_0000,
});

const ID = [0x0089_0089, 0x0018_0018];
const EXPECTED = [
  ...[0xabcd_ef01, 0x1111_1111, 0x2222_2222, 1],
  ...[ID[0], ID[0], ID[1], 0xabcd_ef01],
  ...[0x0080_0080, 0xffff_ffff, 17],
];
const seenBy = ({ vm }: Machine): number[] => {
  const bytes = vm.memory.view(SEEN, 4 * EXPECTED.length) as Uint8Array;
  return [...new Uint32Array(bytes.slice().buffer)];
};

function record(kind: Kind) {
  const path = join(testFolder(), 'flash.tape');
  const session = new RunSession({
    config: configOf(kind),
    images: imagesOf(kind.isa),
    consoleOut: () => {},
    tape: { path, level: 'exits', producer: 'hypertape test', checkpoints: { instructions: 5 } },
  });
  const stop = session.run(Number.POSITIVE_INFINITY);
  if (stop.kind !== 'ended') throw new Error('the guest powers off');
  session.finish(stop.outcome, stop.reason);
  return { session, stop, reader: TapeReader.open(path) };
}

describe.each(machines)('$arch on $cpu', (kind) => {
  it('executes and reads flash as memory, and changes it by commands', () => {
    const { session, stop } = record(kind);
    expect([stop.outcome, seenBy(session.machine)]).toEqual(['poweroff', EXPECTED]);
    const kept = session.machine.vm.memory.view(VARS + BLOCK, 4) as Uint8Array;
    expect([...kept]).toEqual([0, 0, 0, 0]);
  });

  it('only accesses that are commands, or their answers, are exits to the device', () => {
    const { reader } = record(kind);
    const at = (name: string): number =>
      [...wholeEvents(reader, { classes: new Set([name]) })].filter(
        (e) => 'ipa' in e && typeof e.ipa === 'bigint' && e.ipa < 0x0800_0000n,
      ).length;
    expect([at('mmio-write'), at('mmio-read')]).toEqual([10, 4]);
    // The code's page, the data's where that is another, and the other bank's, which each command takes away.
    expect(at('stage2-map')).toBe(5);
  });

  it('replays, from each checkpoint too, and with its devices from the tape', () => {
    const { reader } = record(kind);
    const replay = new ReplaySession(reader, { consoleOut() {} });
    expect(replay.run()).toEqual({ kind: 'end' });
    const cpu = new DeviceTapeSession(reader, { consoleOut() {} });
    expect(cpu.run(Number.POSITIVE_INFINITY)).toEqual({ kind: 'end' });
    expect([cpu.compared, cpu.difference]).toEqual([reader.checkpoints.length, undefined]);
    expect(reader.checkpoints.length).toBeGreaterThan(5);
    const timeline = new Timeline(reader, { consoleOut() {} });
    for (const { icount } of [...reader.checkpoints].reverse()) {
      timeline.seek(icount);
      expect(timeline.session.machine.icount).toBe(icount);
      timeline.seek(icount + 3);
    }
  });

  it('goes on from every moment as if it had not stopped', () => {
    const config = configOf(kind);
    const images = imagesOf(kind.isa);
    const make = () => {
      const events = new EventLines();
      return { events, machine: new Machine({ config, images, events, consoleOut: () => {} }) };
    };
    const whole = make();
    expect(whole.machine.run(1e6).kind).toBe('ended');
    const cut = make();
    const states = [];
    for (let until = 1; cut.machine.run(until).kind === 'count'; until++)
      states.push({ state: cut.machine.saveAll(), events: cut.events.lines.length });
    expect(cut.events.lines).toEqual(whole.events.lines);
    const other = make();
    for (const { state, events } of states.filter((_, n) => n % 5 === 0)) {
      other.machine.restoreAll(state);
      other.events.lines.length = 0;
      expect(other.machine.run(1e6).kind).toBe('ended');
      expect(other.events.lines).toEqual(whole.events.lines.slice(events));
      expect(other.machine.stateHash()).toBe(whole.machine.stateHash());
    }
  });
});

it('the power key is an input: its press is recorded, seen by the guest, and replayed', () => {
  const path = join(testFolder(), 'key.tape');
  const images = demoImages();
  const tape = { path, level: 'exits', producer: 'hypertape test', checkpoints: { instructions: 200_000 } } as const;
  const session = new RunSession({ config: demoConfig, images, consoleOut: () => {}, tape });
  session.run(1_000_000);
  const key = (): bigint | undefined => session.machine.vm.bus.read(ipa(0x0903_0020n), 4);
  expect(key()).toBe(0n);
  session.machine.edit({ kind: 'power-key' });
  expect(key()).toBe(8n);
  const stop = session.run(Number.POSITIVE_INFINITY);
  expect(key()).toBe(0n);
  if (stop.kind !== 'ended') throw new Error('the demo powers off');
  session.finish(stop.outcome, stop.reason);
  const reader = TapeReader.open(path);
  const lines = [...wholeEvents(reader, { classes: new Set(['edit']) })].map((e) => [e.kind, e.at]);
  expect(lines).toEqual([['edit', 1_000_000]]);
  expect(new ReplaySession(reader, { consoleOut() {} }).run()).toEqual({ kind: 'end' });
});
