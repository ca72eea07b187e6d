// Disks that fill up while a recording runs: one line, and all that was recorded until then.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import { ReplaySession } from '../../src/replay/replay.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { hypertape, randomGuest, throughShell, WorkFolder } from '../../tools/session/command-line.fixture.ts';
import type { Finished } from '../../tools/session/command-thread.fixture.ts';
import { seeds } from '../support/faults.fixture.ts';

const work = new WorkFolder();
const DISKS = 6;
const endless = work.code('endless', randomGuest);
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
