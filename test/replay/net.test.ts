// Guests with a network: what comes from outside is an input of the tape, replays need no peer, states know frames that wait.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { MachineImages } from '../../src/machine/images.ts';
import { MAC_DEFAULT } from '../../src/machine/net-config.ts';
import { wholeConfig } from '../../src/machine/whole-config.ts';
import { DeviceTapeSession } from '../../src/replay/device-tape.ts';
import { RunSession } from '../../src/replay/record.ts';
import { ReplaySession } from '../../src/replay/replay.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { TapeWriter } from '../../src/trace/codec/tape-writer.ts';
import { externalIn, runEnd } from '../../src/trace/events/index.ts';
import { ConsoleText, testFolder } from '../support/demo.fixture.ts';

const kernel = (arch: 'arm64' | 'armv7'): string =>
  fileURLToPath(new URL(`../guests/virtio/virtio-${arch}.elf`, import.meta.url));
const OTHER = [2, 0, 0, 0, 0, 1];
const OWN = MAC_DEFAULT.split(':').map((byte) => Number.parseInt(byte, 16));
/** A frame for the guest. */
const frame = (payload: string): Uint8Array => Uint8Array.from([...OWN, ...OTHER, 0x88, 0xb5, ...Buffer.from(payload)]);
/** What it answers. */
const answer = (payload: string): string =>
  Buffer.from([...OTHER, ...OWN, 0x88, 0xb5, ...Buffer.from(payload)]).toString('latin1');

/** Records the guest, to which each frame comes at a count. */
function recorded(
  folder: string,
  {
    arch = 'arm64',
    virtio,
    level = 'exits',
  }: { arch?: 'arm64' | 'armv7'; virtio?: 'modern' | 'legacy'; level?: 'inputs' | 'exits' },
  frames: readonly (readonly [at: number, payload: string])[],
) {
  const images = MachineImages.read({ kernel: kernel(arch) });
  const config = wholeConfig(images, { memoryBytes: 32 * 2 ** 20, net: { mac: MAC_DEFAULT }, rng: true, virtio });
  const console = new ConsoleText();
  const path = join(folder, 'net.tape');
  const tape = { path, level, producer: 'test', checkpoints: { instructions: 20_000 } } as const;
  const session = new RunSession({ config, images, consoleOut: console.out, tape });
  const sent: string[] = [];
  const { machine } = session;
  machine.door.onSent = (channel, bytes) => void sent.push(`${channel} ${Buffer.from(bytes).toString('latin1')}`);
  for (const [at, payload] of frames) {
    while (machine.icount < at) machine.run(at);
    machine.door.offer('net-0', frame(payload));
  }
  for (;;) {
    const stop = session.run(1e9);
    if (stop.kind !== 'ended') throw new Error('runs on');
    const end = session.finish(stop.outcome, stop.reason);
    return { path, sent, console: console.text, outcome: stop.outcome, end };
  }
}
const FRAMES = [
  [100_000, 'one'],
  [100_000, 'two'],
  [150_000, 'x'.repeat(1500)],
  [160_000, 'q'],
] as const;

describe.each([
  { arch: 'arm64', virtio: 'modern' },
  { arch: 'arm64', virtio: 'legacy' },
  { arch: 'armv7', virtio: 'modern' },
] as const)('$arch, $virtio', (machine) => {
  it('sends and receives frames, which are on the tape, and replays without anybody', () => {
    const run = recorded(testFolder(), machine, FRAMES);
    expect([run.outcome, run.console]).toEqual(['poweroff', expect.stringContaining('mac 525400123456 link 1')]);
    expect(run.sent[0]).toContain('hello');
    expect(run.sent.slice(1)).toEqual(FRAMES.map(([, payload]) => `net-0 ${answer(payload)}`));
    const reader = TapeReader.open(run.path);
    const replay = new ReplaySession(reader, { consoleOut: () => {} });
    expect(replay.run()).toEqual({ kind: 'end' });
    const devices = new DeviceTapeSession(reader, { consoleOut: () => {} });
    expect(devices.run(Number.POSITIVE_INFINITY)).toEqual({ kind: 'end' });
    expect([devices.difference, devices.compared > 0]).toEqual([undefined, true]);
  });
});

it('is saved with frames that wait, and goes on from there', () => {
  // Before the guest has buffers for them.
  const early = [1, 2, 3, 4].map((n) => [20, `frame ${n}`] as const);
  const { path, console } = recorded(testFolder(), { level: 'inputs' }, [...early, [90_000, 'q']]);
  expect(console).not.toContain('frame 0015');
  const { path: second } = recorded(testFolder(), { level: 'inputs' }, FRAMES);
  for (const tape of [path, second]) {
    const reader = TapeReader.open(tape);
    const whole = new ReplaySession(reader, { consoleOut: () => {} });
    for (const at of [100_000, 100_001, 103_000, 106_000]) {
      whole.run(at);
      const state = whole.save();
      const other = new ReplaySession(reader, { consoleOut: () => {} });
      other.restore(state);
      expect(other.machine.stateHash()).toBe(whole.machine.stateHash());
      expect(other.run()).toEqual({ kind: 'end' });
    }
  }
});

it('refuses a tape that brings what no machine takes', () => {
  const { path } = recorded(testFolder(), {}, FRAMES);
  const { header } = TapeReader.open(path);
  const forged = (channel: string, bytes: Uint8Array): (() => unknown) => {
    const to = join(testFolder(), 'forged.tape');
    const images = [{ name: 'kernel', data: readFileSync(kernel('arm64')) }];
    const { semantics, producer, machine } = header;
    const writer = TapeWriter.create(
      to,
      { semantics, level: 'inputs', producer, machine: machine as never, images },
      {},
    );
    for (let n = 0; n < 65; n++) writer.emit(externalIn, { at: 0, vcpu: 0, channel, bytes });
    writer.finish({ at: 5, vcpu: 0, outcome: 'limit', reason: '', stateHash: '00', consoleSha256: '' } as never);
    expect(runEnd.name).toBe('run-end');
    return () => new ReplaySession(TapeReader.open(to), { consoleOut: () => {} }).run();
  };
  expect(forged('net-1', frame('a'))).toThrow(/event 0 brings what net-1 does not take; the tape is damaged/);
  expect(forged('net-0', new Uint8Array(13))).toThrow(/event 0 brings what net-0/);
  expect(forged('net-0', new Uint8Array(1519))).toThrow(/event 0 brings what net-0/);
  expect(forged('net-0', frame('a'))).toThrow(/event 64 brings what net-0/);
});
