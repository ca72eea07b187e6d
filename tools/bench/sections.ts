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

/** Reads the sections off a console. @throws Failure where one is missing */
export function sectionTimes(console: readonly ConsoleLine[], who: string): Record<Section, SectionTime> {
  const time = (section: Section): SectionTime => {
    const begin = console.find(({ text }) => text === `BENCH-BEGIN ${section}`);
    const end = console.find(({ text }) => text.startsWith(`BENCH-END ${section} `));
    const values = /guest_ns=([0-9]+) result=([0-9]+)$/.exec(end?.text ?? '');
    if (!begin || !end || !values) throw new Failure(`bench: the console of ${who} does not show section ${section}`);
    return { guestNs: Number(values[1]), hostS: end.s - begin.s, result: Number(values[2]) };
  };
  return Object.fromEntries(sections.map((s) => [s, time(s)])) as Record<Section, SectionTime>;
}

/** Of several runs, each section's fastest. */
export const fastest = (runs: readonly Record<Section, SectionTime>[]): Record<Section, SectionTime> =>
  Object.fromEntries(
    sections.map((s) => [s, runs.map((run) => run[s]).reduce((a, b) => (b.hostS < a.hostS ? b : a))]),
  ) as Record<Section, SectionTime>;

/** What is wrong with the checksums of a run. */
export const wrongResults = (run: Record<Section, SectionTime>, who: string): string[] =>
  sections
    .filter((s) => run[s].result !== sectionResults[s])
    .map((s) => `section ${s} gives ${run[s].result} under ${who}, not ${sectionResults[s]}`);
