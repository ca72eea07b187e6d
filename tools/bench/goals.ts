import type { BenchResult } from './bench.ts';
import type { Row } from './boot.ts';
import { median, pairedRatio, ratio } from './quantile.ts';
import { type Section, sections } from './sections.ts';
import type { SmpResult } from './smp.ts';

/** A bound on what was measured, and what came out. */
export interface Goal {
  readonly work: string;
  readonly measure: string;
  /** A ratio. */
  readonly measured: number;
  /** At most, or at least, so much. */
  readonly bound: 'at most' | 'at least';
  readonly goal: number;
  readonly met: boolean;
}

/** Whole processes beside QEMU's, by mode; a replay checks every event. The main thread's CPU time is compared with all of QEMU's. */
const ofQemus = [
  ...(['record', 'record again'] as const).flatMap((mode) => [
    { mode, beside: 'record', measure: 'wallS', goal: 0.67 } as const,
    { mode, beside: 'record', measure: 'mainCpuS', goal: 0.75 } as const,
    { mode, beside: 'record', measure: 'cpuS', goal: 1.2 } as const,
  ]),
  ...(['replay', 'replay again'] as const).map(
    (mode) => ({ mode, beside: 'replay', measure: 'wallS', goal: 0.5 }) as const,
  ),
];
/** What a mode may take beside another of ours, in wall time. */
const ofOurs = [
  { mode: 'record', beside: 'run', goal: 1.03 },
  { mode: 'record, checkpoints', beside: 'record', goal: 1.05 },
] as const;
const names = { wallS: 'wall', mainCpuS: 'CPU of the main thread', cpuS: 'CPU' } as const;
/** Speed of a recording beside QEMU's. */
const SECTION_GOAL = 1.5;
const sectionGoals: { readonly [S in Section]?: number } = { mem: 1.2, fork: 1.2 };

const find = (rows: readonly Row[], who: Row['who'], mode: string): Row | undefined =>
  rows.find((row) => row.who === who && row.mode === mode);

/** What a process takes beside another, by rounds. */
export const besides = (ours: Row | undefined, theirs: Row | undefined, measure: keyof typeof names) =>
  pairedRatio(
    ours?.runs.map((run) => run[measure]) ?? [],
    theirs?.runs.map((run) => run[measure === 'mainCpuS' ? 'cpuS' : measure]) ?? [],
  );

function goal(g: Omit<Goal, 'met' | 'measured'>, measured: number | undefined): Goal[] {
  if (measured === undefined || !Number.isFinite(measured)) return [];
  return [{ ...g, measured, met: g.bound === 'at most' ? measured <= g.goal : measured >= g.goal }];
}

/** Every goal whose measurements are there. */
export function goalsOf({ boots, sections: sectionRows }: Pick<BenchResult, 'boots' | 'sections'>): Goal[] {
  const ofBoots = boots.flatMap(({ guest, rows }) => [
    ...ofQemus.flatMap(({ mode, beside, measure, goal: bound }) =>
      goal(
        { work: `${mode} ${guest}`, measure: `${names[measure]} / QEMU's`, bound: 'at most', goal: bound },
        besides(find(rows, 'hypertape', mode), find(rows, 'QEMU', beside), measure),
      ),
    ),
    ...ofOurs.flatMap(({ mode, beside, goal: bound }) =>
      goal(
        { work: `${mode} ${guest}`, measure: `wall / ${beside}'s`, bound: 'at most', goal: bound },
        besides(find(rows, 'hypertape', mode), find(rows, 'hypertape', beside), 'wallS'),
      ),
    ),
  ]);
  const ofSections = sectionRows
    .filter(({ who, mode }) => who === 'hypertape' && mode === 'record')
    .flatMap(({ arch, runs: ours }) => {
      const theirs = sectionRows.find((row) => row.arch === arch && row.who === 'QEMU' && row.mode === 'record');
      return sections.flatMap((name) =>
        goal(
          {
            work: `record ${name}, ${arch}`,
            measure: "speed / QEMU's",
            bound: 'at least',
            goal: sectionGoals[name] ?? SECTION_GOAL,
          },
          pairedRatio(
            theirs?.runs.map((run) => run[name].hostS) ?? [],
            ours.map((run) => run[name].hostS),
          ),
        ),
      );
    });
  return [...ofBoots, ...ofSections];
}

/** Of several busy vCPUs, whose threads share nothing, beside one. */
const BUSY_VCPUS = 4;
const BUSY_GOAL = 0.9;

/** The goals that several vCPUs have. */
export function smpGoalsOf({ times }: Pick<SmpResult, 'times'>): Goal[] {
  const recorded = times.filter((t) => t.subject === 'record' && (t.computeMips?.length ?? 0) > 0);
  const rate = (guest: string, vcpus: number): number | undefined => {
    const time = recorded.find((t) => t.guest === guest && t.vcpus === vcpus);
    return time && median(time.computeMips ?? []);
  };
  return [...new Set(recorded.map(({ guest }) => guest))].flatMap((guest) =>
    goal(
      {
        work: `record ${guest}, ${BUSY_VCPUS} vCPUs`,
        measure: 'MIPS where nothing is shared / of 1',
        bound: 'at least',
        goal: BUSY_GOAL,
      },
      ratio(rate(guest, BUSY_VCPUS), rate(guest, 1)),
    ),
  );
}
