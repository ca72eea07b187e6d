import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PAGE_BYTES } from '../../src/base/page.ts';
import type { MachineConfig } from '../../src/machine/config.ts';
import { MachineImages } from '../../src/machine/images.ts';
import { DeviceTapeSession } from '../../src/replay/device-tape.ts';
import { RunSession } from '../../src/replay/record.ts';
import { ReplaySession } from '../../src/replay/replay.ts';
import { Timeline } from '../../src/timeline/timeline.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import type { Level } from '../../src/trace/events/index.ts';
import { ConsoleText, demoConfig, testFolder } from '../support/demo.fixture.ts';

const imagesOf = (arch: 'arm64' | 'armv7') => MachineImages.read({ kernel: `test/guests/reboot/reboot-${arch}.elf` });

interface Wanted {
  readonly arch?: 'arm64' | 'armv7';
  readonly level?: Level;
  readonly config?: Partial<MachineConfig>;
  readonly keepLast?: number;
  /** Between two runs, at each of these counts. */
  readonly at?: readonly (readonly [icount: number, what: (session: RunSession) => void])[];
}

function record({ arch = 'arm64', level = 'exits', config, keepLast, at = [] }: Wanted = {}) {
  const path = join(testFolder(), 'reboot.tape');
  const console = new ConsoleText();
  const session = new RunSession({
    config: { ...demoConfig, arch, gicVersion: arch === 'armv7' ? 2 : 3, reboot: true, ...config },
    images: imagesOf(arch),
    consoleOut: console.out,
    tape: {
      path,
      level,
      producer: 'hypertape test',
      checkpoints: { instructions: 2 ** 16 },
      ...(keepLast === undefined ? {} : { keepLast }),
    },
  });
  for (const [icount, what] of at) {
    while (session.machine.icount < icount) session.run(icount);
    what(session);
  }
  let stop = session.run(Number.POSITIVE_INFINITY);
  while (stop.kind === 'count') stop = session.run(Number.POSITIVE_INFINITY);
  const end = session.finish(stop.outcome, stop.reason);
  return { path, session, end, outcome: stop.outcome, console: console.text };
}

function open(path: string): TapeReader {
  return TapeReader.open(path);
}
const consoleOut = (): void => {};

test.each([
  ['arm64', {}],
  ['armv7', {}],
  ['armv7', { cpu: 'cortex-a57' }],
  ['arm64', { timerPolicy: 'bhyve-2018' }],
  ['arm64', { gicVersion: 2 }],
] as const)('%s %o: each boot finds the machine as at power-on, and one tape holds them all', (arch, config) => {
  const { path, end, outcome, console, session } = record({ arch, config });
  expect({ console, outcome }).toEqual({ console: 'BBB', outcome: 'poweroff' });
  const reader = open(path);
  const kinds = [...reader.events({ classes: new Set(['suspend']) })];
  expect(kinds).toMatchObject([{ how: 1 }, { how: 1 }, { how: 2 }]);
  expect(reader.header.machine).toMatchObject({ reboot: true });
  expect(reader.header.machine.behaviours).toContain('reboot@1');
  const replay = new ReplaySession(reader, { consoleOut });
  expect(replay.run()).toEqual({ kind: 'end' });
  expect(replay.machine.stateHash()).toBe(end.stateHash);
  expect(new DeviceTapeSession(reader, { consoleOut }).run(Number.POSITIVE_INFINITY)).toEqual({ kind: 'end' });
  // bhyve's counters go on.
  const exits = [...reader.events({ classes: new Set(['vm-exit']) })].length;
  const stats = session.machine.vm.vcpu(0).stats.entries();
  expect(stats.find(({ name }) => name === 'total number of vm exits')?.value).toBe(exits);
  // From each checkpoint, in whichever boot it lies, the rest is the same.
  const timeline = new Timeline(reader);
  expect(reader.checkpoints.length).toBeGreaterThan(8);
  for (const n of [-1, 5, 1]) {
    const { icount } = reader.checkpoints.at(n) ?? { icount: 0 };
    timeline.seek(icount);
    timeline.seek(timeline.last);
    expect(timeline.machine.stateHash()).toBe(end.stateHash);
  }
  reader.close();
});

test.each([undefined, 5n])('several vCPUs: all but the first are off again; seed %s', (scheduleSeed) => {
  const { path, console } = record({
    config: { vcpus: 2, turnCounts: 1000, ...(scheduleSeed === undefined ? {} : { scheduleSeed }) },
  });
  expect(console).toMatch(/^BB+$/);
  const reader = open(path);
  const calls = [...reader.events({ classes: new Set(['psci']) })].filter(
    (event) => event.kind === 'psci' && event.functionId === 0x8400_0003,
  );
  expect(calls).toHaveLength(console.length);
  for (const call of calls) expect(call).toMatchObject({ result: 0n });
  expect(new ReplaySession(reader, { consoleOut }).run()).toEqual({ kind: 'end' });
  reader.close();
});

test('a tape of inputs, and the end of a run that was kept, replay too', () => {
  for (const wanted of [{ level: 'inputs' as const }, { keepLast: 200_000 }]) {
    const { path } = record(wanted);
    const reader = open(path);
    expect(new ReplaySession(reader, { consoleOut }).run()).toEqual({ kind: 'end' });
    reader.close();
  }
});

test('where the runs are cut changes nothing', () => {
  const cuts = Array.from({ length: 40 }, (_, n) => [n * 20_011, () => {}] as const);
  expect(record({ at: cuts }).end).toEqual(record().end);
});

test('disks and flash keep what was written to them, RAM does not; time goes on', () => {
  const config = {
    ...demoConfig,
    reboot: true,
    disks: [{ bytes: 2 * PAGE_BYTES, readOnly: false, sha256: null }],
  } as unknown as MachineConfig;
  const session = new RunSession({
    config,
    images: imagesOf('arm64'),
    disks: [{ base: { bytes: 2 * PAGE_BYTES, page: () => null }, file: 'disk', format: 'raw' } as never],
    consoleOut,
  });
  const { machine } = session;
  const written = Uint8Array.of(1, 2, 3, 4);
  session.run(1000);
  const { memory } = machine.vm;
  machine.disks[0]?.write(512, written);
  memory.write(0x0400_0000, written);
  memory.write(0x4180_0000, written);
  expect(memory.view(0x4180_0000, 4)).toEqual(written);
  let stop = session.run(Number.POSITIVE_INFINITY);
  expect(stop.kind).toBe('count');
  expect(machine.icount).toBeGreaterThan(200_000);
  expect(machine.disks[0]?.read(512, 4)).toEqual(written);
  expect(memory.view(0x0400_0000, 4)).toEqual(written);
  expect(memory.view(0x4180_0000, 4)).toEqual(new Uint8Array(4));
  while (stop.kind === 'count') stop = session.run(Number.POSITIVE_INFINITY);
  expect(machine.disks[0]?.read(512, 4)).toEqual(written);
});

test('a reset from outside switches the machine on again; one that resets for ever can be stopped', () => {
  const { console, path } = record({
    at: [[1000, ({ machine }) => machine.edit({ kind: 'suspend', how: 'reset' })]],
  });
  expect(console).toMatch(/^BBBB$/);
  const reader = open(path);
  expect(new ReplaySession(reader, { consoleOut }).run()).toEqual({ kind: 'end' });
  reader.close();
  const session = new RunSession({ config: { ...demoConfig, reboot: true }, images: imagesOf('arm64'), consoleOut });
  for (let n = 0; n < 3; n++) {
    session.machine.edit({ kind: 'suspend', how: 'reset' });
    expect(session.run(Number.POSITIVE_INFINITY)).toEqual({ kind: 'count' });
    expect(session.machine.icount).toBe(0);
  }
});

test('without --reboot a reset ends the run', () => {
  const session = new RunSession({ config: demoConfig, images: imagesOf('arm64'), consoleOut });
  expect(session.run(Number.POSITIVE_INFINITY)).toMatchObject({ kind: 'ended', outcome: 'reset' });
});
