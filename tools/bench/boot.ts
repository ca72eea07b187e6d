import { rmSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { must } from '../../src/base/assert.ts';
import type { BenchGuest, Job, JobReport } from './job.ts';
import { type Measured, measure, measureOurs } from './measure.ts';
import { type QemuMode, qemuArguments, qemuProgram, recordedInstructions } from './qemu.ts';
import { median } from './quantile.ts';

/** For one run of any program. */
export const TIMEOUT_S = 600;
/** Beside this file, in a checkout (.ts) as in the package (.js). */
const ONE = fileURLToPath(new URL(`one${extname(import.meta.url)}`, import.meta.url));

/**
 * The ways to run a guest, each beside QEMU's nearest; in the order of a round: a replay follows its recording. Ours are of a guest that was never
 * run here, but for those `again`, which find the translations of the one before.
 */
export const subjects = [
  { who: 'hypertape', mode: 'run', beside: 'tcg' },
  { who: 'QEMU', mode: 'tcg' },
  { who: 'hypertape', mode: 'record', beside: 'record' },
  { who: 'hypertape', mode: 'record again', beside: 'record' },
  { who: 'QEMU', mode: 'record' },
  { who: 'hypertape', mode: 'replay', beside: 'replay' },
  { who: 'hypertape', mode: 'replay again', beside: 'replay' },
  { who: 'QEMU', mode: 'replay' },
  { who: 'hypertape', mode: 'record inputs', beside: 'record' },
  { who: 'hypertape', mode: 'record, checkpoints', beside: 'record' },
] as const;
export type Subject = (typeof subjects)[number];
const isReplay = ({ mode }: Pick<Subject, 'mode'>): boolean => mode === 'replay' || mode === 'replay again';
/** Whether it finds translations of an earlier one. */
export const isAgain = ({ mode }: Pick<Subject, 'mode'>): boolean => mode === 'record again' || mode === 'replay again';

type Round = Pick<Measured, 'wallS' | 'cpuS' | 'console'> & Pick<Row, 'mainCpuS'>;
/** What one subject did, the median of all rounds. */
export interface Row {
  readonly who: Subject['who'];
  readonly mode: Subject['mode'];
  readonly wallS: number;
  readonly cpuS: number | undefined;
  /** Of the main thread alone; of hypertape. */
  readonly mainCpuS?: number | undefined;
  readonly instructions: number | undefined;
  readonly peakRssBytes: number | undefined;
  /** Without the images, for hypertape; QEMU's log. */
  readonly tapeBytes?: number;
  readonly events?: number;
  readonly bytesPerEvent?: number;
  /** Round by round. */
  readonly runs: readonly Round[];
}

/** Millions of instructions a second of wall time. */
export const mipsOf = ({ instructions, wallS }: Pick<Row, 'instructions' | 'wallS'>): number | undefined =>
  instructions === undefined ? undefined : instructions / 1e6 / wallS;

/** A guest to be booted, and until when. */
export interface Boot {
  readonly rows: readonly Row[];
  readonly findings: readonly string[];
}

/** How boots are measured. */
export interface BootOptions {
  readonly guest: BenchGuest;
  readonly subjects: readonly Subject[];
  readonly rounds: number;
  /** For tapes, logs and sockets. */
  readonly folder: string;
  readonly say: (line: string) => void;
}

interface Run {
  readonly measured: Measured;
  readonly report: JobReport | null;
}

const tapeOf = (folder: string, mode: string): string => join(folder, `${mode.replaceAll(/[, ]+/g, '-')}.tape`);
const logOf = (folder: string): string => join(folder, 'qemu.rr');

async function runOurs({ guest, folder }: BootOptions, subject: Subject): Promise<Run> {
  const { mode } = subject;
  const tape = tapeOf(folder, isReplay(subject) ? 'record' : mode);
  const job: Job =
    mode === 'run'
      ? { kind: 'run', guest }
      : isReplay(subject)
        ? { kind: 'replay', tape }
        : {
            kind: 'record',
            guest,
            tape,
            level: mode === 'record inputs' ? 'inputs' : 'exits',
            ...(mode === 'record, checkpoints' ? { checkpoints: true } : {}),
          };
  const translations = join(folder, 'translations');
  if (!isAgain(subject)) rmSync(translations, { recursive: true, force: true });
  return await runJob(job, translations);
}
/** A job in a process of its own. @param translations where it finds and leaves some; without, there are none */
export async function runJob(
  job: Job,
  translations = '',
): Promise<{ readonly measured: Measured; readonly report: JobReport }> {
  const measured = await measureOurs(ONE, [JSON.stringify(job)], TIMEOUT_S, translations);
  return { measured, report: JSON.parse(measured.report) as JobReport };
}

async function runQemu({ guest, folder }: BootOptions, mode: QemuMode): Promise<Run> {
  const args = qemuArguments(guest, mode, logOf(folder));
  return { measured: await measure(qemuProgram(guest.arch), args, TIMEOUT_S), report: null };
}

/** Runs every subject in turn, round after round, so that what else the host does falls on all alike. */
export async function measureBoot(options: BootOptions): Promise<Boot> {
  const { rounds, folder, say } = options;
  const runs = new Map<Subject, Run[]>(options.subjects.map((s) => [s, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const [subject, done] of runs) {
      const run = await (subject.who === 'QEMU' ? runQemu(options, subject.mode) : runOurs(options, subject));
      done.push(run);
      say(`round ${round}: ${subject.who} ${subject.mode}: ${run.measured.wallS.toFixed(2)} s`);
    }
  }
  const recorded = options.subjects.some((s) => s.who === 'QEMU' && s.mode !== 'tcg');
  const theirs = recorded ? await recordedInstructions(options.guest, logOf(folder), folder) : undefined;
  const rows = [...runs].map(([subject, done]) => rowOf(subject, done, theirs, folder));
  return { rows, findings: [...runs].flatMap(([subject, done]) => findingsOf(subject, done)) };
}

function rowOf({ who, mode }: Subject, runs: readonly Run[], theirs: number | undefined, folder: string): Row {
  const report = must(runs[0], 'a round').report;
  const measured = runs.map((run) => ({ ...run.measured, mainCpuS: run.report?.mainCpuS }));
  const row = {
    who,
    mode,
    wallS: median(measured.map((m) => m.wallS)) as number,
    cpuS: median(measured.map((m) => m.cpuS)),
    instructions: report ? report.instructions : mode === 'tcg' ? undefined : theirs,
    peakRssBytes: median(runs.map((run) => run.report?.peakRssBytes ?? run.measured.peakRssBytes)),
    runs: measured,
  };
  if (who === 'QEMU') return mode === 'record' ? { ...row, tapeBytes: statSync(logOf(folder)).size } : row;
  const ours = { ...row, mainCpuS: median(measured.map((m) => m.mainCpuS)) };
  if (report?.tapeBytes === undefined || !report.tapeEvents) return ours;
  const { tapeBytes, tapeEvents, eventBytes = 0 } = report;
  return { ...ours, tapeBytes, events: tapeEvents, bytesPerEvent: eventBytes / tapeEvents };
}

function findingsOf(subject: Subject, runs: readonly Run[]): string[] {
  const { who, mode } = subject;
  if (who === 'QEMU') return [];
  const wanted = isReplay(subject) ? 'verified' : 'poweroff';
  return runs
    .filter(({ report }) => report?.outcome !== wanted)
    .map(({ report }) => `${mode} ended with ${report?.outcome}, not ${wanted}`);
}
