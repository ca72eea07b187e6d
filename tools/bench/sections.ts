import { Failure } from '../../src/base/failure.ts';
import type { ConsoleLine } from './measure.ts';

/** The sections of guest/bench.c with the checksum each must give. */
export const sectionResults = {
  int: 31_965_069,
  mem: 66,
  core: 36_808,
  fp: 13_445_200,
  sys: 0,
  fault: 40_960,
  fork: 900,
  pipe: 1_273_096,
  jit: 1_287_508_921,
} as const;
export type Section = keyof typeof sectionResults;
/** The kinds of work, in the order in which the guest does them. */
export const sections = Object.keys(sectionResults) as Section[];

/** The time of one kind of work, in seconds. */
export interface SectionTime {
  /** The guest's clock: instructions, where an instruction is a nanosecond. */
  readonly guestNs: number;
  readonly hostS: number;
  readonly result: number;
}

/** What the sections of guest/parallel.c give, four times its least work. */
export const parallelResults = {
  compute: 4_080_465_460,
  memory: 3_030_999_751,
  mutex: 289_600,
  atomic: 257_728_000,
  pipe: 8,
  fork: 8,
  signal: 8,
  unmap: 0,
} as const;
/** What multiplies that work. */
export const PARALLEL_SCALE = 4;
export type ParallelSection = keyof typeof parallelResults;
/** In the order in which the guest does them. */
export const parallelSections = Object.keys(parallelResults) as ParallelSection[];

/** Reads the sections off a console. @throws Failure where one is missing */
export function sectionTimes<S extends string>(
  console: readonly ConsoleLine[],
  who: string,
  names: readonly S[],
): Record<S, SectionTime> {
  const time = (section: S): SectionTime => {
    const begin = console.find(({ text }) => text === `BENCH-BEGIN ${section}`);
    const end = console.find(({ text }) => text.startsWith(`BENCH-END ${section} `));
    const values = /guest_ns=([0-9]+) result=([0-9]+)$/.exec(end?.text ?? '');
    if (!begin || !end || !values) throw new Failure(`bench: the console of ${who} does not show section ${section}`);
    return { guestNs: Number(values[1]), hostS: end.s - begin.s, result: Number(values[2]) };
  };
  return Object.fromEntries(names.map((name) => [name, time(name)])) as Record<S, SectionTime>;
}

/** Of several runs, each section's one of the median time, the slower of two. */
export const medianRun = (runs: readonly Record<Section, SectionTime>[]): Record<Section, SectionTime> =>
  Object.fromEntries(
    sections.map((s) => [
      s,
      runs.map((run) => run[s]).sort((a, b) => a.hostS - b.hostS)[Math.floor(runs.length / 2)] as SectionTime,
    ]),
  ) as Record<Section, SectionTime>;

/** What is wrong with the checksums of a run. */
export const wrongResults = <S extends string>(
  run: Record<S, SectionTime>,
  who: string,
  wanted: { readonly [K in S]: number },
): string[] =>
  (Object.keys(wanted) as S[])
    .filter((s) => run[s].result !== wanted[s])
    .map((s) => `section ${s} gives ${run[s].result} under ${who}, not ${wanted[s]}`);
