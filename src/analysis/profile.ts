import { type Bucket, Distribution, SampleBudget, type Summary } from './distribution.ts';
import type { Sample } from './exits.ts';

/** What falls under one key. */
export interface ProfileRow {
  readonly key: string;
  readonly count: number;
  /** Of all that were counted, 0..1. */
  readonly share: number;
  /** Guest instructions since the vCPUs' previous exits, and virtual time in nanoseconds: sums. */
  readonly instructions: number;
  readonly timeNs: number;
  /** How those instructions lie. */
  readonly min: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
  readonly histogram: readonly Bucket[];
  /** What they cost where that is told, in nanoseconds. */
  readonly costNs?: number;
}

/** Exits, or whatever was counted, by key, the most frequent first. */
export interface Profile {
  readonly total: number;
  readonly instructions: number;
  readonly timeNs: number;
  readonly costNs?: number;
  readonly rows: readonly ProfileRow[];
  /** Whether all percentiles are exact: beyond four million samples some are off by a 64th at most. */
  readonly isExact: boolean;
}

/** How samples are put together. */
export interface ProfileOptions<S extends Sample> {
  /** The row that a sample belongs to. */
  readonly keyOf: (sample: S) => string;
  /** What handling it costs, in nanoseconds. */
  readonly costOf?: (sample: S) => number;
  /** Rows at most, `OTHERS` not counted, which takes what has no row of its own then. */
  readonly rowsMax?: number;
  readonly budget?: SampleBudget;
}

/** The row of what came when there were as many rows as there may be. */
export const OTHERS = '(others)';
const ROWS_MAX = 8192;

interface Tally {
  readonly key: string;
  readonly instructions: Distribution;
  timeNs: number;
  costNs: number;
}

/** Reduces samples to rows; memory is bounded by the number of rows, not of samples. */
export function profileOf<S extends Sample>(samples: Iterable<S>, options: ProfileOptions<S>): Profile {
  const { keyOf, costOf, rowsMax = ROWS_MAX, budget = new SampleBudget() } = options;
  const tallies = new Map<string, Tally>();
  const tallyOf = (wanted: string): Tally => {
    const key = tallies.size < rowsMax ? wanted : OTHERS;
    const known = tallies.get(key);
    if (known !== undefined) return known;
    const tally = { key, instructions: new Distribution(budget), timeNs: 0, costNs: 0 };
    tallies.set(key, tally);
    return tally;
  };
  for (const sample of samples) {
    const key = keyOf(sample);
    const tally = tallies.get(key) ?? tallyOf(key);
    tally.instructions.add(sample.instructions);
    tally.timeNs += sample.timeNs;
    if (costOf !== undefined) tally.costNs += costOf(sample);
  }
  const all = [...tallies.values()];
  const sum = (of: (tally: Tally) => number): number => all.reduce((total, tally) => total + of(tally), 0);
  const total = sum(({ instructions }) => instructions.count);
  const weigh = (costNs: number): { costNs?: number } => (costOf === undefined ? {} : { costNs });
  const rows = all.map(({ key, instructions, timeNs, costNs }): ProfileRow => {
    const { count, sum: retired, min, mean, p50, p90, p99, max, histogram }: Summary = instructions.summary();
    const share = count / total;
    return {
      key,
      count,
      share,
      instructions: retired,
      timeNs,
      min,
      mean,
      p50,
      p90,
      p99,
      max,
      histogram,
      ...weigh(costNs),
    };
  });
  return {
    total,
    instructions: sum(({ instructions }) => instructions.sum),
    timeNs: sum(({ timeNs }) => timeNs),
    ...weigh(sum(({ costNs }) => costNs)),
    rows: rows.sort((a, b) => (b.costNs ?? 0) - (a.costNs ?? 0) || b.count - a.count || (a.key < b.key ? -1 : 1)),
    isExact: all.every(({ instructions }) => instructions.isExact),
  };
}

/** A key in two profiles: what it had in each, nothing where it was not there. */
export interface ProfileChange {
  readonly key: string;
  readonly a: ProfileRow | undefined;
  readonly b: ProfileRow | undefined;
  /** Of count, of share and of instructions: b less a. */
  readonly delta: number;
  readonly shareDelta: number;
  readonly instructionsDelta: number;
}

/** Two profiles by the same keys, what changed most first. */
export function profileChanges(a: Profile, b: Profile): ProfileChange[] {
  const byKey = ({ rows }: Profile): RowMap => new Map(rows.map((row) => [row.key, row]));
  const [inA, inB] = [byKey(a), byKey(b)];
  const changes = [...new Set([...inA.keys(), ...inB.keys()])].map((key): ProfileChange => {
    const [before, after] = [inA.get(key), inB.get(key)];
    return {
      key,
      a: before,
      b: after,
      delta: (after?.count ?? 0) - (before?.count ?? 0),
      shareDelta: (after?.share ?? 0) - (before?.share ?? 0),
      instructionsDelta: (after?.instructions ?? 0) - (before?.instructions ?? 0),
    };
  });
  const size = ({ delta }: ProfileChange): number => Math.abs(delta);
  return changes.sort((x, y) => size(y) - size(x) || (y.b?.count ?? 0) - (x.b?.count ?? 0) || (x.key < y.key ? -1 : 1));
}
type RowMap = ReadonlyMap<string, ProfileRow>;
