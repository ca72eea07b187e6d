// Several vCPUs check each other from within, and their runs repeat whatever is done to them from outside.
import { describe, expect, it, test } from 'vitest';
import { VcpuTime } from '../../src/analysis/vcpu-time.ts';
import type { MachineConfig } from '../../src/machine/config.ts';
import { MachineImages } from '../../src/machine/images.ts';
import { Machine } from '../../src/machine/machine.ts';
import { ReplaySession } from '../../src/replay/replay.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { guestFiles } from '../../tools/guests/catalogue.ts';
import { hypertape } from '../../tools/session/command-line.fixture.ts';
import { ConsoleText, demoConfig, EventLines, recordDemo, testFolder } from '../support/demo.fixture.ts';

type Kind = Pick<MachineConfig, 'arch' | 'cpu' | 'gicVersion'>;
const kinds: readonly Kind[] = [
  { arch: 'arm64', gicVersion: 3 },
  { arch: 'armv7', gicVersion: 2 },
  { arch: 'armv7', cpu: 'cortex-a57', gicVersion: 2 },
];
const imagesOf = ({ arch }: Kind): MachineImages =>
  MachineImages.read({ kernel: guestFiles(`demo-smp-${arch}`).kernel });
const checks = [
  'CPU_ON',
  'who is on',
  'spin lock',
  'exclusive adds',
  'messages',
  'SGIs to one, to the others, to itself, to all',
  'pings',
  'SPI to each, and to any',
  'timers',
  'remaps',
  'patched code',
  'CPU_OFF',
  'CPU_ON',
  'back again',
];
const shown = (vcpus: number): string =>
  [`${vcpus} CPUs`, ...checks.map((check) => `${check}: ok`)].map((line) => `smp: ${line}\r\n`).join('');

interface Way {
  /** Runs are cut into pieces of so many counts. */
  readonly piece?: number;
  /** How often a block is evaluated before it is translated. */
  readonly evaluations?: number;
  readonly instructionsABlock?: number;
  /** Between two pieces all vCPUs are looked at. */
  readonly looks?: boolean;
}
function ran(
  kind: Kind,
  more: Partial<MachineConfig>,
  { piece = Number.POSITIVE_INFINITY, looks, ...bounds }: Way = {},
) {
  const events = new EventLines();
  const console = new ConsoleText();
  const config = { ...demoConfig, ...kind, ...more };
  const machine = new Machine({ config, images: imagesOf(kind), events, consoleOut: console.out });
  Object.assign(machine.cpu.engine.bounds, bounds);
  let stop = machine.run(piece);
  while (stop.kind === 'count') {
    if (looks) for (const { id } of machine.vm.vcpus) machine.vm.readRegister(id, 'pc');
    stop = machine.run(machine.icount + piece);
  }
  return { stop, events: events.lines, console: console.text, end: machine.end('end', '') };
}

describe.each(kinds)('$arch, CPU $cpu', (kind) => {
  it.each([2, 8])('%i vCPUs have of each other what they should', (vcpus) => {
    const { console, stop } = ran(kind, { vcpus });
    expect(console).toBe(`${shown(vcpus)}SMP-DONE\r\n`);
    expect(stop).toMatchObject({ kind: 'ended', outcome: 'poweroff' });
  });

  it.each([
    [1n, 4000],
    [3n, 40],
  ])('in turns by seed %s, of up to %i counts', (scheduleSeed, turnCounts) => {
    const { console } = ran(kind, { vcpus: 3, turnCounts, scheduleSeed });
    expect(console).toBe(`${shown(3)}SMP-DONE\r\n`);
  });

  it('come to the same however the run is cut, translated and looked at', () => {
    const more = { vcpus: 3, turnCounts: 900, scheduleSeed: 4n };
    const whole = ran(kind, more);
    for (const way of [
      { piece: 331 },
      { piece: 4099, looks: true },
      { evaluations: 0 },
      { evaluations: 1000, instructionsABlock: 3 },
    ])
      expect([way, ran(kind, more, way)]).toEqual([way, whole]);
  });

  it('are recorded, byte by byte the same, and replayed', () => {
    const folder = testFolder();
    const tapes = ['a', 'b'].map((name) => `${folder}/${name}.tape`);
    const config = { ...kind, vcpus: 4 };
    for (const path of tapes) recordDemo({ path, config, images: imagesOf(kind) });
    const [a, b] = tapes.map((path) => TapeReader.open(path)) as [TapeReader, TapeReader];
    const vcpus = new Set([...a.events()].map(({ vcpu }) => vcpu));
    expect([...vcpus].sort()).toEqual([0, 1, 2, 3]);
    expect([...a.events()]).toEqual([...b.events()]);
    const console = new ConsoleText();
    const session = new ReplaySession(a, { consoleOut: console.out });
    expect(session.run(Number.POSITIVE_INFINITY)).toMatchObject({ kind: 'end' });
    expect(console.text).toContain('SMP-DONE');
  });
});

test('who reads a tape finds how much each vCPU has retired', () => {
  const path = `${testFolder()}/a.tape`;
  const kind = kinds[0] as Kind;
  const { session } = recordDemo({ path, config: { ...kind, vcpus: 3 }, images: imagesOf(kind) });
  const { machine } = session;
  const time = new VcpuTime();
  const exits = [0, 0, 0];
  for (const event of TapeReader.open(path).events()) {
    if (event.kind === 'idle-skip') time.skip(event.at, event.to);
    else if (event.kind === 'vcpu-turn') time.turn(event.at, event.from, event.to);
    else if (event.kind === 'irq-inject' || event.kind === 'irq-ack') time.awake(event.at);
    else if (event.kind === 'vm-exit') {
      time.awake(event.at);
      exits[event.vcpu] = (exits[event.vcpu] as number) + 1;
    }
  }
  const retired = machine.vm.vcpus.map(({ id }) => time.instructions(id, machine.icount));
  expect(retired.reduce((sum, one) => sum + one)).toBe(machine.instructions);
  for (const [vcpu, of] of machine.vm.vcpus.entries()) {
    // What the hypervisor carried out is not in the vCPU's run time.
    const ran = of.stats.entries()[0]?.value ?? 0;
    const beyond = (retired[vcpu] as number) - ran;
    expect(ran).toBeGreaterThan(1000);
    expect(beyond).toBeGreaterThanOrEqual(0);
    expect(beyond).toBeLessThanOrEqual(exits[vcpu] as number);
  }
});

test('one vCPU has nothing to check, and its tape knows no turns', () => {
  const { console, events } = ran(kinds[0] as Kind, {});
  expect(console).toContain('nothing to check');
  expect(events.join('\n')).not.toContain('vcpu-turn');
});

test('--turn and --schedule-seed are for several vCPUs', () => {
  const run = (...more: string[]) => hypertape(['run', '--guest', 'demo-smp-arm64', '--memory', '32M', ...more]);
  expect(run('--smp', '2', '--turn', '500', '--schedule-seed', '7')).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('SMP-DONE'),
  });
  expect(run('--turn', '500')).toMatchObject({ status: 2, stderr: expect.stringContaining('give --smp 2 or more') });
  expect(run('--smp', '9')).toMatchObject({ status: 2, stderr: expect.stringContaining('between 1 and 8') });
});
