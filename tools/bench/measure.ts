import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { COMPILE_CACHE, NODE_ENVIRONMENT, NODE_OPTIONS } from '../../bin/node-settings.mjs';
import { Failure } from '../../src/base/failure.ts';
import { KiB } from '../../src/base/limits.ts';
import { TRANSLATIONS_VARIABLE } from '../session/translations.ts';
import { REPORT_FD } from './job.ts';

/** Linux counts process times in these (USER_HZ; proc(5)). */
const TICKS_PER_S = 100;
const PEAK_POLL_MS = 50;

/** A line of the console, and when it came: seconds since the start. */
export interface ConsoleLine {
  readonly text: string;
  /** Host time since the start, in seconds. */
  readonly s: number;
}
/** What a process took. */
export interface Measured {
  readonly wallS: number;
  /** User and system time; undefined where the system does not tell. */
  readonly cpuS: number | undefined;
  readonly peakRssBytes: number | undefined;
  readonly console: readonly ConsoleLine[];
  /** What the process wrote to REPORT_FD. */
  readonly report: string;
}

function linuxFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

/** CPU time of all children that have ended and been waited for. */
function childrenCpuS(): number | undefined {
  // cutime and cstime are fields 16 and 17; the name in field 2 may hold anything but ends with the last ")".
  const fields = linuxFile('/proc/self/stat')?.split(') ').at(-1)?.split(' ');
  return fields && (Number(fields[13]) + Number(fields[14])) / TICKS_PER_S;
}

function peakRssBytes(pid: number): number | undefined {
  const match = /^VmHWM:\s+([0-9]+) kB$/m.exec(linuxFile(`/proc/${pid}/status`) ?? '');
  return match ? Number(match[1]) * KiB : undefined;
}

/** Runs a program to its end, its console stamped with the host's time. Only one at a time: children's CPU time is one sum. */
export async function measure(
  program: string,
  args: readonly string[],
  timeoutS: number,
  environment: Readonly<Record<string, string>> = {},
): Promise<Measured> {
  const cpuBefore = childrenCpuS();
  const start = performance.now();
  const seconds = (): number => (performance.now() - start) / 1000;
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    timeout: timeoutS * 1000,
    env: { ...process.env, ...environment },
  });
  const ended = new Promise<{ code: number | null; signal: string | null; s: number }>((resolve, reject) => {
    child.on('error', (error) => reject(new Failure(`bench: cannot start ${program}: ${error.message}`)));
    child.on('exit', (code, signal) => resolve({ code, signal, s: seconds() }));
  });
  let peak: number | undefined;
  const poll = setInterval(() => {
    peak = peakRssBytes(child.pid ?? 0) ?? peak;
  }, PEAK_POLL_MS);
  const console: ConsoleLine[] = [];
  createInterface({ input: child.stdout as Readable }).on('line', (line) =>
    console.push({ text: line.trimEnd(), s: seconds() }),
  );
  try {
    const [end, errors, report] = await Promise.all([
      ended,
      text(child.stderr as Readable),
      text(child.stdio[REPORT_FD] as Readable),
    ]);
    if (end.code !== 0) {
      const why = end.signal
        ? `was ended by ${end.signal} after ${end.s.toFixed(0)} s`
        : `ended with status ${end.code}`;
      throw new Failure(`bench: ${program} ${why}: ${errors.trim().split('\n').at(-1) || 'it says nothing'}`);
    }
    const cpuAfter = childrenCpuS();
    const cpuS = cpuBefore === undefined || cpuAfter === undefined ? undefined : cpuAfter - cpuBefore;
    return { wallS: end.s, cpuS, peakRssBytes: peak, console, report };
  } finally {
    clearInterval(poll);
  }
}

/** What our program is started with, as the launcher does. @param translations where it finds and leaves some; empty: nowhere */
export const environmentOfOurs = (translations: string): Readonly<Record<string, string>> => ({
  ...NODE_ENVIRONMENT,
  NODE_COMPILE_CACHE: COMPILE_CACHE,
  [TRANSLATIONS_VARIABLE]: translations,
});
/** The same of a script of this program. */
export const measureOurs = (
  script: string,
  args: readonly string[],
  timeoutS: number,
  translations: string,
): Promise<Measured> =>
  measure(process.execPath, [...NODE_OPTIONS, script, ...args], timeoutS, environmentOfOurs(translations));

/** A process that is ended with what it was started for. */
export async function during<T>(
  program: string,
  args: readonly string[],
  act: (child: ChildProcess) => Promise<T>,
  environment: Readonly<Record<string, string>> = {},
): Promise<T> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...environment } });
  const gone = new Promise<never>((_, reject) => {
    child.on('error', (error) => reject(new Failure(`bench: cannot start ${program}: ${error.message}`)));
    child.on('exit', (code) => reject(new Failure(`bench: ${program} ended with status ${code}`)));
  });
  const ended = gone.catch(() => {});
  try {
    return await Promise.race([act(child), gone]);
  } finally {
    child.kill();
    // Else its CPU time would be that of what is measured next.
    await ended;
  }
}
