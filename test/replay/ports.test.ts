// Guests with a virtio console: input of its ports is on the tape, output too, replays need nobody, states know what waits.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { firstDifference } from '../../src/base/plain.ts';
import { runOfTape } from '../../src/explain/minimal/trial.ts';
import { MachineImages } from '../../src/machine/images.ts';
import { portChannel, SIZE_CHANNEL } from '../../src/machine/ports-config.ts';
import { wholeConfig } from '../../src/machine/whole-config.ts';
import { DeviceTapeSession } from '../../src/replay/device-tape.ts';
import { RunSession } from '../../src/replay/record.ts';
import { ReplaySession } from '../../src/replay/replay.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { TapeWriter } from '../../src/trace/codec/tape-writer.ts';
import { externalIn } from '../../src/trace/events/index.ts';
import { testFolder } from '../support/demo.fixture.ts';

type Step = readonly [at: number, channel: string, text: string];
const NAME = 'org.test.0';
const STEPS: readonly Step[] = [
  [20, portChannel(NAME), 'waits until the guest has opened it'],
  [120_000, portChannel('hvc0'), 'typed'],
  [120_000, SIZE_CHANNEL, '\x84\0\x2b\0'],
  [120_100, portChannel(NAME), 'x'.repeat(150)],
  [200_000, portChannel('hvc0'), 'q'],
];

/** Records the guest, to which each piece comes at a count. */
function recorded(machine: { arch?: 'arm64' | 'armv7'; virtio?: 'modern' | 'legacy' }, level: 'inputs' | 'exits') {
  const { arch = 'arm64', virtio } = machine;
  const kernel = fileURLToPath(new URL(`../guests/virtio/virtio-${arch}.elf`, import.meta.url));
  const images = MachineImages.read({ kernel });
  const config = wholeConfig(images, { memoryBytes: 32 * 2 ** 20, console: { ports: [NAME, 'other'] }, virtio });
  const path = join(testFolder(), 'ports.tape');
  const said = ['', ''];
  const session = new RunSession({
    config,
    images,
    consoleOut: (byte, console) => void (said[console] += String.fromCharCode(byte)),
    tape: { path, level, producer: 'test', checkpoints: { instructions: 20_000 } },
  });
  const { machine: m } = session;
  let sent = '';
  m.door.onSent = (channel, bytes) => void (sent += `${channel} ${Buffer.from(bytes).toString()}\n`);
  for (const [at, channel, text] of STEPS) {
    while (m.icount < at) m.run(at);
    m.door.offer(channel, Buffer.from(text, 'latin1'));
  }
  const stop = session.run(1e9);
  if (stop.kind !== 'ended') throw new Error('runs on');
  session.finish(stop.outcome, stop.reason);
  return { path, outcome: stop.outcome, uart: said[0] as string, hvc0: said[1], sent };
}
const quiet = { consoleOut: () => {} };

describe.each([
  { arch: 'arm64', virtio: 'modern' },
  { arch: 'arm64', virtio: 'legacy' },
  { arch: 'armv7', virtio: 'modern' },
] as const)('$arch, $virtio', (machine) => {
  it('has a console and named ports, which are on the tape, and replays without anybody', () => {
    const run = recorded(machine, 'exits');
    expect([run.outcome, run.uart]).toEqual(['poweroff', expect.stringContaining('GUEST-DONE')]);
    for (const line of [
      'ports 03 size 00180050',
      'control 0 4 1',
      `control 1 7 1 ${NAME}`,
      'control 2 7 1 other',
      'control 0 5 0 84002b00',
      'port 1 bytes 23',
      'port 0 bytes 05',
    ])
      expect(run.uart).toContain(`\n${line}`);
    expect(run.uart.match(/port 1 bytes \d+/g)?.slice(1)).toEqual(['40', '40', '16'].map((n) => `port 1 bytes ${n}`));
    expect(run.hvc0).toBe('!hello by hvc0\nno endtypedq');
    expect(run.sent).toBe(
      [STEPS[0]?.[2], 'x'.repeat(64), 'x'.repeat(64), 'x'.repeat(22)]
        .map((t) => `${portChannel(NAME)} ${t}\n`)
        .join(''),
    );
    const reader = TapeReader.open(run.path);
    const lines = [...reader.events()].filter((event) => event.kind === 'console-out' && event.device > 0);
    const text = lines.map((event) => (event.kind === 'console-out' ? Buffer.from(event.bytes).toString() : ''));
    expect(text.slice(0, 2)).toEqual(['!hello by hvc0\n', 'no endtypedq']);
    expect(lines.map((event) => ('device' in event ? event.device : -1))).toEqual([1, 1, 2]);
    const said = ['', ''];
    const consoleOut = (byte: number, console: number): void => void (said[console] += String.fromCharCode(byte));
    expect(new ReplaySession(reader, { consoleOut }).run()).toEqual({ kind: 'end' });
    expect(said).toEqual([run.uart, run.hvc0]);
    const devices = new DeviceTapeSession(reader, quiet);
    expect(devices.run(Number.POSITIVE_INFINITY)).toEqual({ kind: 'end' });
    expect([devices.difference, devices.compared > 0]).toEqual([undefined, true]);
  });
});

it('is saved with input that waits and in the midst of requests, and goes on from there', () => {
  const reader = TapeReader.open(recorded({}, 'inputs').path);
  const whole = new ReplaySession(reader, quiet);
  const other = new ReplaySession(reader, quiet);
  let under = 0;
  for (let at = 30; at <= 200_000; at += 20_011) {
    whole.run(at);
    const state = whole.save();
    const parts = JSON.stringify(state, (_, value) => (typeof value === 'bigint' ? `${value}` : value));
    if (/"inFlight":\[\{/.test(parts)) under++;
    other.restore(state);
    expect(firstDifference(other.machine.saveAll().parts as never, whole.machine.saveAll().parts as never)).toBe(
      undefined,
    );
    expect(other.run()).toEqual({ kind: 'end' });
  }
  expect(under).toBeGreaterThan(0);
});

it('refuses a tape that brings what no machine takes, and does not leave out what came by a port', () => {
  const { path } = recorded({}, 'inputs');
  expect(() => runOfTape(TapeReader.open(path))).toThrow(
    /sent something by console-0:org\.test\.0, a network or a port/,
  );
  const { semantics, producer, machine } = TapeReader.open(path).header;
  const kernel = readFileSync(fileURLToPath(new URL('../guests/virtio/virtio-arm64.elf', import.meta.url)));
  const forged = (channel: string, bytes: Uint8Array, ports: unknown = { ports: [NAME] }): (() => unknown) => {
    const to = join(testFolder(), 'forged.tape');
    const images = [{ name: 'kernel', data: kernel }];
    const start = {
      semantics,
      level: 'inputs',
      producer,
      machine: { ...machine, console: ports } as never,
      images,
    } as const;
    const writer = TapeWriter.create(to, start, {});
    for (let n = 0; n < 3; n++) writer.emit(externalIn, { at: 0, vcpu: 0, channel, bytes });
    writer.finish({ at: 5, vcpu: 0, outcome: 'limit', reason: '', stateHash: '00', consoleSha256: '' } as never);
    return () => new ReplaySession(TapeReader.open(to), quiet).run();
  };
  expect(forged(portChannel('other'), new Uint8Array(1))).toThrow(/event 0 brings what console-0:other does not take/);
  expect(forged(portChannel(NAME), new Uint8Array(0))).toThrow(/event 0 brings/);
  expect(forged(portChannel('hvc0'), new Uint8Array(30_000))).toThrow(/event 2 brings what console-0:hvc0/);
  expect(forged(SIZE_CHANNEL, new Uint8Array(5))).toThrow(/event 0 brings what console-0.size/);
  for (const wrong of [7, {}, { ports: [1] }]) expect(forged('', new Uint8Array(1), wrong)).toThrow(/no valid console/);
  const many = Array.from({ length: 100 }, (_, n) => `p${n}`);
  for (const wrong of [{ ports: many }, { ports: ['a/b'] }, { ports: ['a', 'a'] }, { ports: ['hvc0'] }])
    expect(forged('', new Uint8Array(1), wrong)).toThrow(/no such machine can be \(--virtio-console/);
});
