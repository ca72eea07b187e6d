import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { emptyDisk } from './empty-disk.ts';
import { untilThere } from './qemu.ts';
import { timesIn } from './reverse.ts';
import { layouts } from './table.ts';
import { travelTables } from './travel-table.ts';

const places = { late: 0x1000n, before: 0x2000n, variable: 0x3000n };
const said = (late = '0x1000', steps = 5): string =>
  [
    `TIMED forwards 4.5 $1 = ${late}`,
    ...Array.from({ length: steps }, (_, n) => `TIMED step 0.0${n + 1} $${n + 2} = 0xff${n}`),
    'Hardware watchpoint 3: *(unsigned int *) 12288',
    'TIMED breakpoint 1.25e-1 $7 = 0x2000',
    'TIMED watchpoint 2 $8 = 0x2004',
    '',
  ].join('\n');

test('a session of GDB is of use where it came to all of its places', () => {
  expect(timesIn(said(), places)).toEqual({
    forwards: [4.5],
    step: [0.01, 0.02, 0.03, 0.04, 0.05],
    breakpoint: [0.125],
    watchpoint: [2],
  });
  expect(timesIn(said('0x1004'), places)).toBe(undefined);
  expect(timesIn(said('0x1000', 4), places)).toBe(undefined);
  expect(timesIn(said().replace('TIMED watchpoint', 'ENDED watchpoint'), places)).toBe(undefined);
});

test('GDB is not started before the socket of QEMU is there', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hypertape-bench-test-'));
  let isThere = false;
  setImmediate(() => {
    writeFileSync(join(folder, 'gdb'), '');
    isThere = true;
  });
  await untilThere(join(folder, 'gdb'));
  rmSync(folder, { recursive: true });
  expect(isThere).toBe(true);
});

test('tables beside QEMU, and without it', () => {
  const times = timesIn(said(), places);
  const travel = {
    guest: 'debian-x',
    checkpoints: 39,
    checkpointBytes: 2 ** 24,
    seekMs: [100, 200, 300],
    stepMs: [10],
    whereS: [2],
    ours: times,
    theirs: undefined,
  };
  const host = { processor: '2 × X', node: 'v26', qemu: undefined };
  const lines = travelTables({ host, gdb: '13.1', travels: [travel] }, layouts.markdown);
  expect(lines).toEqual(
    expect.arrayContaining([
      '2 × X; Node v26; GDB 13.1',
      'debian-x, recorded with 39 checkpoints of 16.0 MiB:',
      '| 3 random places, in one process | 200 ms | 300 ms | 300 ms |',
      '| reverse-stepi, median of 5 | 0.030 s | – |',
      '| reverse-continue to a watchpoint | 2.0 s | – |',
    ]),
  );
});

test('an empty disk is four clusters, each of them counted once', () => {
  const disk = emptyDisk();
  expect([disk.length, disk.toString('latin1', 0, 4)]).toEqual([4 * 65536, 'QFI\xfb']);
  const refcounts = Number(disk.readBigUInt64BE(Number(disk.readBigUInt64BE(48))));
  expect(Array.from({ length: 5 }, (_, n) => disk.readUInt16BE(refcounts + 2 * n))).toEqual([1, 1, 1, 1, 0]);
  expect(disk.subarray(Number(disk.readBigUInt64BE(40))).every((byte) => byte === 0)).toBe(true);
});
