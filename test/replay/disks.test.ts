// Guests with virtio disks: tapes hold what they read, replays need no file, states and checkpoints know what they wrote.
import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import { record } from '../../src/library/record.ts';
import { type DiskConfig, LATENCY_DEFAULT } from '../../src/machine/disks/disk-config.ts';
import { openDisk } from '../../src/machine/disks/open-disk.ts';
import { MachineImages } from '../../src/machine/images.ts';
import { wholeConfig } from '../../src/machine/whole-config.ts';
import { DeviceTapeSession } from '../../src/replay/device-tape.ts';
import type { DiskSource } from '../../src/replay/disks.ts';
import { RunSession } from '../../src/replay/record.ts';
import { ReplaySession } from '../../src/replay/replay.ts';
import { RewriteSession } from '../../src/replay/rewrite.ts';
import { FrameKind } from '../../src/trace/codec/frame.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { repairTape, stripTape } from '../../src/trace/codec/tape-repair.ts';
import { hypertape } from '../../tools/session/command-line.fixture.ts';
import { ConsoleText, testFolder } from '../support/demo.fixture.ts';

const kernel = (arch: 'arm64' | 'armv7'): string =>
  fileURLToPath(new URL(`../guests/virtio/virtio-${arch}.elf`, import.meta.url));
const SECTORS = 999;
const content = new Prng(7n).bytes(SECTORS * 512).fill(0, 8 * 512, 9 * 512);

interface Options {
  readonly arch?: 'arm64' | 'armv7';
  readonly virtio?: 'modern' | 'legacy';
  readonly fault?: DiskConfig['fault'];
  readonly referenceDisks?: boolean;
  readonly checkpoints?: number;
  readonly keepLast?: number;
  readonly name?: string;
}
/** Records the guest with two disks of one file, the second of them read-only. */
function recorded(folder: string, options: Options = {}) {
  const { arch = 'arm64', virtio, fault, name = 'a' } = options;
  const file = join(folder, 'disk.raw');
  writeFileSync(file, content);
  const disks: DiskSource[] = [0, 1].map(() => ({ base: openDisk(file, 'raw'), file, format: 'raw' }));
  const disk = { bytes: content.length, ...LATENCY_DEFAULT, ...(fault ? { fault } : {}) };
  const images = MachineImages.read({ kernel: kernel(arch) });
  const config = wholeConfig(images, {
    memoryBytes: 32 * 2 ** 20,
    rng: true,
    virtio,
    disks: [
      { ...disk, readOnly: false, serial: 'abc' },
      { ...disk, readOnly: true, serial: '' },
    ],
  });
  const console = new ConsoleText();
  const path = join(folder, `${name}.tape`);
  const { referenceDisks = false, checkpoints, keepLast } = options;
  const session = new RunSession({
    config,
    images,
    disks,
    consoleOut: console.out,
    tape: {
      path,
      level: 'exits',
      producer: 'test',
      referenceDisks,
      ...(checkpoints === undefined ? {} : { checkpoints: { instructions: checkpoints } }),
      ...(keepLast === undefined ? {} : { keepLast }),
    },
  });
  const stop = session.run(Number.POSITIVE_INFINITY);
  expect(stop).toMatchObject({ kind: 'ended', outcome: 'poweroff' });
  const end = session.finish('poweroff', '');
  return { path, file, console: console.text, end, session };
}
function replayed(path: string) {
  const reader = TapeReader.open(path);
  const console = new ConsoleText();
  const session = new ReplaySession(reader, { consoleOut: console.out });
  const stop = session.run();
  reader.close();
  return { stop, console: console.text, session };
}

/** What the guest prints of the disk that it may write to: status, what is told as written, and a sum of what it has then. */
const sum = (bytes: Uint8Array): string => {
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) & 0xffff;
    b = (b + a) & 0xffff;
  }
  return ((b << 16) | a) >>> 0 ? (((b << 16) | a) >>> 0).toString(16).padStart(8, '0') : '00000000';
};

describe.each([
  { arch: 'arm64', virtio: 'modern' },
  { arch: 'arm64', virtio: 'legacy' },
  { arch: 'armv7', virtio: 'modern' },
  { arch: 'armv7', virtio: 'legacy' },
] as const)('%o', (kind) => {
  it('reads, writes, and has it replayed without the file', () => {
    const folder = testFolder();
    const { path, file, console } = recorded(folder, kind);
    rmSync(file);
    expect(console.match(/^slot.*$/gm)).toEqual(
      [0, 1, 2].map((n) => `slot 0${n} version ${kind.virtio === 'legacy' ? 1 : 2}`),
    );
    const written = Uint8Array.from({ length: 4096 }, (_, i) => i * 7 + (i >> 8));
    const now = Uint8Array.from(content);
    now.set(written, 3 * 512);
    now.set(written.subarray(512, 1024), (SECTORS - 1) * 512);
    now.fill(0, 5 * 512, 7 * 512);
    const at = (bytes: Uint8Array, sector: number): string => sum(bytes.subarray(sector * 512, sector * 512 + 4096));
    const lines = console
      .split('disk 000003e7')
      .map((part) => part.match(/^(read|write|beyond|unknown|id) .*$/gm) ?? []);
    expect(lines[1]?.slice(1)).toEqual([
      `read status 00 written 1001 sum ${at(content, 8)}`,
      `write status 00 written 0001 sum ${sum(written)}`,
      `write status 00 written 0001 sum ${sum(written)}`,
      `read status 00 written 1001 sum ${at(now, 3)}`,
      `read status 00 written 1001 sum ${at(now, SECTORS - 8)}`,
      `beyond status 01 written 0000 sum ${at(now, SECTORS - 8)}`,
      `unknown status 02 written 0001 sum ${at(now, SECTORS - 8)}`,
    ]);
    expect(lines[2]?.slice(1, 3)).toEqual([
      `read status 00 written 1001 sum ${at(content, 8)}`,
      `read status 00 written 1001 sum ${at(content, 3)}`,
    ]);
    const again = replayed(path);
    expect([again.stop, again.console]).toEqual([{ kind: 'end' }, console]);
  });
});

it('the same run makes the same tape; each page is on it once', () => {
  const folder = testFolder();
  const [a, b] = ['a', 'b'].map((name) => readFileSync(recorded(folder, { name }).path));
  expect(a?.equals(b as Buffer)).toBe(true);
  const reader = TapeReader.open(join(folder, 'a.tape'));
  expect(reader.header.disks).toEqual([0, 1].map(() => ({ file: 'disk.raw', format: 'raw', embedded: true })));
  const frames = reader.frames().filter(({ kind }) => kind === FrameKind.diskPages);
  // Both disks begin with the same: what the second reads is there already.
  expect(frames.map(({ count, start, end }) => [count, end - start])).toEqual([
    [4, 4],
    [4, 0],
  ]);
});

it('faults follow from the seed, and are on the tape', () => {
  const folder = testFolder();
  const { path, console } = recorded(folder, { fault: { seed: 5, bad: 2 ** 29, slow: 2 ** 31, slowNs: 1_000_000 } });
  expect(console).toMatch(/read status 01/);
  expect(replayed(path).stop).toEqual({ kind: 'end' });
  const reader = TapeReader.open(path);
  const latencies = [...reader.events({ classes: new Set(['virtio-complete']) })].flatMap((event) =>
    event.kind === 'virtio-complete' ? [event.latency] : [],
  );
  expect(latencies.filter((latency) => latency > 1_000_000).length).toBeGreaterThan(2);
  expect(latencies.filter((latency) => latency < 200_000).length).toBeGreaterThan(2);
});

it('a machine that is put back in the midst of a request goes on as the other', () => {
  const folder = testFolder();
  const { path } = recorded(folder);
  const reader = TapeReader.open(path);
  const ends = [...reader.events({ classes: new Set(['virtio-complete']) })].map(({ at }) => at);
  for (const at of [ends[2], ends[5], ends.at(-1)] as number[]) {
    const one = new ReplaySession(reader, { consoleOut: () => {} });
    one.run(at - 1000);
    const state = one.save();
    const two = new ReplaySession(reader, { consoleOut: () => {} });
    two.run(ends.at(-2));
    two.restore(state);
    expect(two.machine.stateHash()).toBe(one.machine.stateHash());
    expect([one.run(), two.run()]).toEqual([{ kind: 'end' }, { kind: 'end' }]);
    expect(two.machine.stateHash()).toBe(one.machine.stateHash());
  }
});

it('checkpoints hold what the guest has written to its disks', () => {
  const folder = testFolder();
  const { path } = recorded(folder, { checkpoints: 50_000 });
  const reader = TapeReader.open(path);
  expect(reader.checkpoints.length).toBeGreaterThan(10);
  const { pages: ramPages } = new ReplaySession(reader, { consoleOut: () => {} }).machine.ram;
  const pages = reader.checkpoints.flatMap((_, n) => reader.checkpointPages(n).map(({ page }) => page - ramPages));
  expect([...new Set(pages.filter((page) => page >= 0))].sort((a, b) => a - b)).toEqual([0, 1, 124]);
  const stripped = join(folder, 'stripped.tape');
  stripTape(reader, stripped, false);
  expect(readFileSync(stripped).equals(readFileSync(recorded(folder, { name: 'bare' }).path))).toBe(true);
});

it('with digests alone it needs the file, as it was', () => {
  const folder = testFolder();
  const { path, file } = recorded(folder, { referenceDisks: true });
  const embedded = recorded(folder, { name: 'embedded' });
  expect(replayed(path).stop).toEqual({ kind: 'end' });
  const stripped = join(folder, 'stripped.tape');
  const reader = TapeReader.open(embedded.path);
  stripTape(reader, stripped, false, { disks: true });
  expect(replayed(stripped).stop).toEqual({ kind: 'end' });
  const changed = Uint8Array.from(content);
  changed[9 * 512] = 255 - (changed[9 * 512] as number);
  writeFileSync(file, changed);
  for (const tape of [path, stripped]) expect(() => replayed(tape)).toThrow(/page 1 .* is not the one/);
  truncateSync(file, 1024);
  expect(() => replayed(path)).toThrow(/its file "disk.raw" of 511488 bytes/);
  rmSync(file);
  expect(() => replayed(stripped)).toThrow(/its file "disk.raw" of 511488 bytes/);
});

it('a disk that changes while it is in use ends the recording in one line', () => {
  const folder = testFolder();
  const file = join(folder, 'disk.raw');
  writeFileSync(file, content);
  const base = openDisk(file, 'raw');
  let reads = 0;
  const changing = {
    bytes: base.bytes,
    page: (number: number) => (++reads > 2 ? new Uint8Array(4096).fill(reads) : base.page(number)),
  };
  const images = MachineImages.read({ kernel: kernel('arm64') });
  const disk = { bytes: base.bytes, readOnly: true, serial: '', ...LATENCY_DEFAULT };
  const session = new RunSession({
    config: wholeConfig(images, { memoryBytes: 32 * 2 ** 20, disks: [disk] }),
    images,
    disks: [{ base: changing, file, format: 'raw' }],
    consoleOut: () => {},
    tape: { path: join(folder, 'a.tape'), level: 'exits', producer: 'test' },
  });
  expect(() => session.run(Number.POSITIVE_INFINITY)).toThrow(/disk.raw: its page \d+ .* is another than before/);
  session.writer?.abort();
});

it('the CPU alone replays it too: memory is as the devices made it', () => {
  const folder = testFolder();
  const { path } = recorded(folder, { checkpoints: 100_000 });
  const session = new DeviceTapeSession(TapeReader.open(path), { consoleOut: () => {} });
  expect(session.run(Number.POSITIVE_INFINITY)).toEqual({ kind: 'end' });
  expect(session.compared).toBeGreaterThan(5);
  expect(session.difference).toBeUndefined();
});

it('a flight recorder keeps what was read before its tape begins', () => {
  const folder = testFolder();
  const { path, file } = recorded(folder, { keepLast: 200_000 });
  rmSync(file);
  const reader = TapeReader.open(path);
  expect(reader.begin?.icount).toBeGreaterThan(0);
  expect(replayed(path).stop).toEqual({ kind: 'end' });
});

it('a replay that writes its tape anew comes to the same', () => {
  const folder = testFolder();
  const { path, file } = recorded(folder);
  rmSync(file);
  const again = join(folder, 'again.tape');
  const rewrite = new RewriteSession(TapeReader.open(path), { path: again, force: false, checkpoints: null });
  expect(rewrite.run(Number.POSITIVE_INFINITY)).toEqual({ kind: 'end' });
  expect(readFileSync(again).equals(readFileSync(path))).toBe(true);
});

it('a tape that is cut off replays as far as it goes, and is repaired', () => {
  const folder = testFolder();
  const { path } = recorded(folder);
  const whole = TapeReader.open(path);
  const frame = whole.frames().find(({ kind }) => kind === FrameKind.diskPages);
  truncateSync(path, (frame?.offset ?? 0) + 20);
  whole.close();
  const reader = TapeReader.open(path);
  const repaired = join(folder, 'repaired.tape');
  repairTape(reader, repaired, false);
  expect(replayed(path).stop.kind).toBe('cut');
  expect(replayed(repaired).stop.kind).toBe('end');
});

it('a disk as it was at a place, with what the guest never read from the file', () => {
  const folder = testFolder();
  const { path, file } = recorded(folder);
  const out = join(folder, 'out.raw');
  const disk = (...more: string[]) => hypertape(['disk', path, '-o', out, '--force', ...more]);
  const all = disk('--base', file);
  expect([all.status, all.stderr]).toEqual([
    0,
    expect.stringMatching(/out.raw: 499.5 KiB, 3 pages of it written by the guest/),
  ]);
  const now = Uint8Array.from(content);
  const written = Uint8Array.from({ length: 4096 }, (_, i) => i * 7 + (i >> 8));
  now.set(written, 3 * 512);
  now.set(written.subarray(512, 1024), (SECTORS - 1) * 512);
  now.fill(0, 5 * 512, 7 * 512);
  expect(readFileSync(out).equals(now)).toBe(true);
  const early = disk('--base', file, '--at', '100000', '--disk', '1');
  expect([early.status, readFileSync(out).equals(content)]).toEqual([0, true]);
  const alone = disk();
  expect(alone.stderr).toMatch(/121 pages that the guest never read are zeros/);
  expect(readFileSync(out).subarray(0, 8192).equals(now.subarray(0, 8192))).toBe(true);
  expect(disk('--disk', '2').stderr).toMatch(/has disks 0 to 1/);
  writeFileSync(file, Buffer.alloc(content.length, 1));
  const other = disk('--base', file);
  expect([other.status, other.stderr]).toEqual([2, expect.stringMatching(/disk.raw: its page 0 .* is not the one/)]);
});

it('a fork reads what the recording did not from the file that is given', () => {
  const folder = testFolder();
  const { path, file } = recorded(folder);
  const reader = TapeReader.open(path);
  const first = [...reader.events({ classes: new Set(['virtio-kick']) })][1]?.at as number;
  const header = [...reader.events({ classes: new Set(['virtio-request']) })][1];
  expect(header).toMatchObject({ request: 1, sector: 8n });
  reader.close();
  // The header's sector, in the guest's memory: found by what it holds.
  const at = headerAt(path, first);
  const out = join(folder, 'fork.tape');
  const fork = (...more: string[]) =>
    hypertape(['fork', path, '--at', String(first - 1), '--set', `mem=${at}:4001`, '-o', out, '--force', ...more]);
  const without = fork();
  expect([without.status, without.stderr]).toEqual([2, expect.stringMatching(/page 40 .* is not on the tape/)]);
  const done = fork('--disk', file, '--disk', `${file},ro`);
  expect([done.status, done.stdout]).toEqual([
    0,
    expect.stringContaining(`read status 00 written 1001 sum ${sum(content.subarray(320 * 512, 328 * 512))}`),
  ]);
  rmSync(file);
  expect(replayed(out).stop).toEqual({ kind: 'end' });
});

/** Where the guest has the sector of its next request: the only place of RAM with such a header. */
function headerAt(path: string, icount: number): string {
  const reader = TapeReader.open(path);
  const session = new ReplaySession(reader, { consoleOut: () => {} });
  session.run(icount - 1);
  const { memory } = session.machine.vm;
  const segment = memory.segments[0] as (typeof memory.segments)[number];
  const ram = Buffer.from(memory.view(segment.ipa, 2 ** 21) as Uint8Array);
  const wanted = Buffer.alloc(16);
  wanted.writeBigUInt64LE(8n, 8);
  for (let at = ram.indexOf(wanted); at >= 0; at = ram.indexOf(wanted, at + 1))
    if (at % 8 === 0) return `0x${(segment.ipa + at + 8).toString(16)}`;
  throw new Error('no header');
}

it('the library records with disks too', () => {
  const folder = testFolder();
  const file = join(folder, 'disk.raw');
  writeFileSync(file, content);
  const tape = join(folder, 'a.tape');
  const machine = { memoryBytes: 32 * 2 ** 20 };
  const result = record({ kernel: kernel('arm64'), machine, disks: [{ file, serial: 'abc' }], tape });
  rmSync(file);
  expect([result.outcome, replayed(tape).stop]).toEqual(['poweroff', { kind: 'end' }]);
});
