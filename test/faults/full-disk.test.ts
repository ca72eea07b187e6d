// Disks that fill up while a recording runs: one line, and all that was recorded until then.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import { ReplaySession } from '../../src/replay/replay.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { type Finished, hypertape, throughShell, WorkFolder } from '../../tools/session/spawned.ts';
import { seeds } from '../support/faults.fixture.ts';

const work = new WorkFolder();
const DISKS = 6;
/** Asks the firmware's version for ever, with another random number beside it each time: events that no compression makes small. */
const endless = work.code('endless', [
  0xd28fe5a3, // movz x3, #0x7f2d
  0xf2a992a3, // movk x3, #0x4c95, lsl #16
  0xf2de85a3, // movk x3, #0xf42d, lsl #32
  0xf2eb0a23, // movk x3, #0x5851, lsl #48
  0x9b030c21, // 1: madd x1, x1, x3, x3
  0x52b08000, // movz w0, #0x8400, lsl #16: PSCI_VERSION
  0xd4000002, // hvc #0
  0x17fffffd, // b 1b
]);
const disk = join(work.path, 'disk');
mkdirSync(disk);
const mounted = (command: string, args: readonly string[]): boolean =>
  spawnSync(command, args, { stdio: 'ignore' }).status === 0;
afterAll(() => {
  mounted('umount', [disk]);
  work.remove();
});

/** Runs a command on a disk of so many KiB: a small one where that may be mounted, else by a limit on a file's size. */
function onDisk(kib: number, args: readonly string[]): Finished {
  mounted('umount', [disk]);
  if (mounted('mount', ['-t', 'tmpfs', '-o', `size=${kib}k`, 'tmpfs', disk])) return hypertape(args);
  return throughShell(`ulimit -f ${Math.ceil(kib / 2)}; exec "$@"`, args);
}

test('what fits on a disk is a tape that replays', () => {
  for (const seed of seeds(DISKS)) {
    const told = `FAULTS_SEED=${seed}`;
    const kib = 4 + Number(new Prng(BigInt(seed)).next64() % 400n);
    const tape = join(disk, `${seed}.tape`);
    const { status, stderr } = onDisk(kib, ['record', ...endless, '-o', tape]);
    expect(status, told).toBe(2);
    expect(stderr, told).toMatch(/^hypertape: cannot (go on writing|write) .*\n$/);
    const left = readdirSync(disk).filter((name) => name.startsWith(`${seed}.`));
    if (left.length === 0) continue;
    expect(stderr, told).toMatch(/the tape replays up to icount \d+/);
    expect(left, told).toEqual([`${seed}.tape`]);
    const reader = TapeReader.open(tape);
    expect(reader.verify().damagedFrames, told).toEqual([]);
    const session = new ReplaySession(reader, { consoleOut() {} });
    expect(session.run(), told).toMatchObject({ kind: 'cut' });
    expect(session.checker.checked, told).toBe(reader.eventCount);
    expect(reader.eventCount, told).toBeGreaterThan(0);
    reader.close();
  }
});
