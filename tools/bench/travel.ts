import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NODE_OPTIONS } from '../../bin/node-settings.mjs';
import { must } from '../../src/base/assert.ts';
import { Failure } from '../../src/base/failure.ts';
import { type BenchHost, guestOf, hostOf } from './bench.ts';
import { runJob } from './boot.ts';
import { emptyDisk } from './empty-disk.ts';
import type { BenchGuest } from './job.ts';
import { during, environmentOfOurs, measure, measureOurs } from './measure.ts';
import { qemuProgram, qemuVersion, reversibleArguments, untilThere } from './qemu.ts';
import { GDB, gdbVersion, lineOf, type ReversePlaces, type ReverseTimes, reverseSession } from './reverse.ts';

const SEEKS = 200;
const STEPS = 50;
const COLD = 5;
const TIMEOUT_S = 900;
/** Linux's: the last of them runs when the guest powers off, the one before at each program's start. */
const NAMES = ['kernel_power_off', 'begin_new_exec', 'jiffies'] as const;
const CLI = fileURLToPath(new URL(`../cli${extname(import.meta.url)}`, import.meta.url));

/** What going about one guest's tape took. */
export interface Travel {
  readonly guest: string;
  readonly checkpoints: number;
  readonly checkpointBytes: number;
  /** Each, in its order, in one process. */
  readonly seekMs: readonly number[];
  readonly stepMs: readonly number[];
  /** Of whole processes. */
  readonly whereS: readonly number[];
  /** The same GDB session; undefined where QEMU or GDB is not installed. */
  readonly ours: ReverseTimes | undefined;
  readonly theirs: ReverseTimes | undefined;
}
/** All of it. */
export interface TravelResult {
  readonly host: BenchHost;
  readonly gdb: string | undefined;
  readonly travels: readonly Travel[];
}

interface Options {
  readonly guests: readonly string[];
  readonly say: (line: string) => void;
}

/** Goes about recordings of guests: random places, steps back, and backwards with GDB, beside QEMU's recordings of the same. */
export async function benchTravel({ guests, say }: Options): Promise<TravelResult> {
  const travels: Travel[] = [];
  for (const name of guests) {
    const { append, ...guest } = guestOf(name, say);
    const folder = mkdtempSync(join(tmpdir(), 'hypertape-bench-'));
    try {
      // Where KASLR would put it, QEMU's guest would lie elsewhere.
      const plain = { ...guest, append: `${append} nokaslr` };
      travels.push(await travelOf(name, plain, folder, (line) => say(`${name}: ${line}`)));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return { host: hostOf(), gdb: gdbVersion(), travels };
}

async function travelOf(name: string, guest: BenchGuest, folder: string, say: Options['say']): Promise<Travel> {
  const tape = join(folder, 'exits.tape');
  const translations = join(folder, 'translations');
  say('recording');
  const recorded = await runJob({ kind: 'record', guest, tape, level: 'exits', checkpoints: true }, translations);
  if (recorded.report.outcome !== 'poweroff')
    throw new Failure(`bench: the recording ended with ${recorded.report.outcome}, not poweroff`);
  say(`${SEEKS} places, ${STEPS} steps back`);
  const { report } = await runJob({ kind: 'travel', tape, seeks: SEEKS, steps: STEPS, names: NAMES }, translations);
  const { seekMs, stepMs, places, checkpoints, checkpointBytes, last } = must(report.travel, 'what travelling took');
  const whereS: number[] = [];
  for (let n = 1; n <= COLD; n++) {
    const at = Math.floor((last * n) / (COLD + 1));
    const where = ['where', tape, '--at', `icount:${at}`, '--json'];
    whereS.push((await measureOurs(CLI, where, TIMEOUT_S, translations)).wallS);
  }
  const done = { guest: name, checkpoints, checkpointBytes, seekMs, stepMs, whereS };
  const [late, before, variable] = places.map((at) => (at === null ? undefined : BigInt(at)));
  if (gdbVersion() === undefined || late === undefined || before === undefined || variable === undefined) {
    say(gdbVersion() === undefined ? `${GDB} is not installed` : 'the kernel does not name where to go');
    return { ...done, ours: undefined, theirs: undefined };
  }
  const wanted: ReversePlaces = { late, before, variable };
  say('backwards, with GDB');
  const ours = await backwards(tape, wanted, folder, translations);
  const isQemuHere = qemuVersion(guest.arch) !== undefined;
  say(isQemuHere ? 'the same with QEMU' : `${qemuProgram(guest.arch)} is not installed`);
  return { ...done, ours, theirs: isQemuHere ? await backwardsByQemu(guest, wanted, folder) : undefined };
}

const backwards = (tape: string, places: ReversePlaces, folder: string, translations: string): Promise<ReverseTimes> =>
  during(
    process.execPath,
    [...NODE_OPTIONS, CLI, 'gdb', tape],
    async (server) => reverseSession(await lineOf(server, /^listening on (.*)$/), places, join(folder, 'ours.py')),
    environmentOfOurs(translations),
  );

async function backwardsByQemu(guest: BenchGuest, places: ReversePlaces, folder: string): Promise<ReverseTimes> {
  const [log, disk, socket] = ['qemu.rr', 'disk.qcow2', 'gdb'].map((file) => join(folder, file)) as [
    string,
    string,
    string,
  ];
  writeFileSync(disk, emptyDisk());
  const program = qemuProgram(guest.arch);
  await measure(program, reversibleArguments(guest, 'record', log, disk), TIMEOUT_S);
  const serving = ['-S', '-gdb', `unix:${socket},server=on,wait=off`];
  return await during(program, [...reversibleArguments(guest, 'replay', log, disk), ...serving], async (qemu) => {
    qemu.stdout?.resume();
    // GDB gives up where there is no socket yet.
    await untilThere(socket);
    return reverseSession(socket, places, join(folder, 'theirs.py'));
  });
}
