import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { guestsFolder } from '../guests/catalogue.ts';
import { type BenchHost, guestOf, hostOf } from './bench.ts';
import { runJob, TIMEOUT_S } from './boot.ts';
import { benchCompilers, benchInitramfs } from './guest/image.ts';
import type { BenchGuest, Job } from './job.ts';
import { type ConsoleLine, measure } from './measure.ts';
import { type QemuMode, qemuArguments, qemuProgram, qemuVersion } from './qemu.ts';
import { PARALLEL_SCALE, parallelResults, parallelSections, sectionTimes, wrongResults } from './sections.ts';

/** Numbers of vCPUs that are measured. */
export const smpCounts = [1, 2, 4, 8] as const;
/** Debian's boot to power-off; eight workers that share what they do, without the boot before them. */
export const smpWorks = ['boot', 'parallel work'] as const;
export type SmpWork = (typeof smpWorks)[number];
/** In the order of a round: a replay follows its recording. QEMU's record and replay refuse several vCPUs. */
export const smpSubjects = ['record', 'replay', 'QEMU, a thread for each vCPU', 'QEMU, one thread'] as const;
export type SmpSubject = (typeof smpSubjects)[number];
const qemuModes: { readonly [S in SmpSubject]?: QemuMode } = {
  'QEMU, a thread for each vCPU': 'tcg',
  'QEMU, one thread': 'one-thread',
};

/** What one subject took with so many vCPUs: of all rounds, in their order. */
export interface SmpTime {
  readonly guest: string;
  readonly work: SmpWork;
  readonly subject: SmpSubject;
  readonly vcpus: number;
  readonly seconds: readonly number[];
  /** Of the parallel work, here: millions of instructions a second in the section where nothing is shared. */
  readonly computeMips?: readonly number[];
}
/** All of it. */
export interface SmpResult {
  readonly host: BenchHost;
  readonly rounds: number;
  readonly times: readonly SmpTime[];
  readonly notes: readonly string[];
  readonly findings: readonly string[];
}
interface SmpOptions {
  readonly rounds: number;
  readonly guests: readonly string[];
  readonly say: (line: string) => void;
}
interface Run {
  readonly seconds: number;
  readonly console: readonly ConsoleLine[];
  readonly outcome: string | undefined;
}

/** Boots guests with 1 to 8 vCPUs, and has them work in parallel, beside QEMU where it is installed. */
export async function benchSmp({ rounds, guests, say }: SmpOptions): Promise<SmpResult> {
  const notes: string[] = [];
  const findings: string[] = [];
  const times = new Map<string, SmpTime & { seconds: number[]; computeMips: number[] }>();
  const folder = mkdtempSync(join(tmpdir(), 'hypertape-bench-'));
  try {
    for (let round = 1; round <= rounds; round++)
      for (const { name, work, guest } of guests.flatMap((name) => worksOf(name, round === 1 ? notes : [], say)))
        for (const vcpus of smpCounts)
          for (const subject of subjectsOf(guest)) {
            const what = `${name}, ${work}, ${vcpus} vCPUs, ${subject}`;
            const time = times.get(what) ?? { guest: name, work, subject, vcpus, seconds: [], computeMips: [] };
            times.set(what, time);
            const run = await runOf({ ...guest, vcpus }, subject, join(folder, 'smp.tape'));
            const wanted = subject === 'replay' ? 'verified' : 'poweroff';
            if (run.outcome !== undefined && run.outcome !== wanted)
              findings.push(`${what}: ended with ${run.outcome}`);
            time.seconds.push(work === 'boot' ? run.seconds : workSeconds(run, what, time.computeMips, findings));
            say(`round ${round}: ${what}: ${time.seconds.at(-1)?.toFixed(2)} s`);
          }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { host: hostOf(), rounds, times: [...times.values()], notes, findings };
}

function worksOf(name: string, notes: string[], say: SmpOptions['say']) {
  const guest = guestOf(name, say);
  if (qemuVersion(guest.arch) === undefined)
    notes.push(`${qemuProgram(guest.arch)} is not installed: nothing to compare ${name} with`);
  const boot = { name, work: 'boot' as const, guest };
  const initrd = benchInitramfs(join(guestsFolder(), 'bench'), guest.arch, 'parallel');
  if (initrd === undefined) {
    const { program, packages } = benchCompilers[guest.arch];
    notes.push(`no parallel work on ${name}: it needs ${program} (Debian: ${packages})`);
    return [boot];
  }
  const append = `console=ttyAMA0 quiet -- ${PARALLEL_SCALE}`;
  return [boot, { name, work: 'parallel work' as const, guest: { ...guest, initrd, append } }];
}

const subjectsOf = ({ arch }: BenchGuest): readonly SmpSubject[] =>
  qemuVersion(arch) === undefined ? smpSubjects.filter((subject) => qemuModes[subject] === undefined) : smpSubjects;

async function runOf(guest: BenchGuest, subject: SmpSubject, tape: string): Promise<Run> {
  const mode = qemuModes[subject];
  if (mode !== undefined) {
    const { wallS, console } = await measure(qemuProgram(guest.arch), qemuArguments(guest, mode, ''), TIMEOUT_S);
    return { seconds: wallS, console, outcome: undefined };
  }
  const job: Job = subject === 'replay' ? { kind: 'replay', tape } : { kind: 'record', guest, tape, level: 'exits' };
  const { measured, report } = await runJob(job);
  return { seconds: measured.wallS, console: measured.console, outcome: report.outcome };
}

/** From the first section's begin to the last one's end; adds to the rates of the first. */
function workSeconds({ console, outcome }: Run, what: string, rates: number[], findings: string[]): number {
  const times = sectionTimes(console, what, parallelSections);
  findings.push(...wrongResults(times, what, parallelResults));
  if (!console.some(({ text }) => text === 'PARALLEL-DONE')) findings.push(`${what}: the guest found a mistake`);
  // Here the guest's clock counts instructions.
  if (outcome !== undefined) rates.push(times.compute.guestNs / 1e6 / times.compute.hostS);
  return parallelSections.reduce((sum, section) => sum + times[section].hostS, 0);
}
