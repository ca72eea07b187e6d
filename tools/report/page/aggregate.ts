import type { Metric, Range, Run } from './model.ts';

/** What of a run is looked at. */
export interface Part {
  readonly run: Run;
  readonly range: Range;
  /** Of each path, whether it is shown. */
  readonly mask: Uint8Array;
}

/**
 * Counts in equal stretches of time.
 * @param seriesOf of each path, its series
 * @returns of each series, a number for each stretch
 */
export function binned(part: Part, seriesOf: Uint32Array, series: number, bins: Bins, metric: Metric): Float64Array[] {
  const { run, mask } = part;
  const out = Array.from({ length: series }, () => new Float64Array(bins.count));
  const { at, path, gap } = run.exits;
  const [first, end] = run.within({ from: bins.from, to: bins.from + bins.width * bins.count });
  for (let i = first; i < end; i++) {
    const p = path[i] as number;
    if (mask[p] === 0) continue;
    const bin = Math.min(bins.count - 1, Math.floor(((at[i] as number) - bins.from) / bins.width));
    const values = out[seriesOf[p] as number] as Float64Array;
    const more = metric === 'exits' ? run.count(i) : metric === 'cost' ? run.cost(i) : (gap[i] as number);
    values[bin] = (values[bin] as number) + more;
  }
  return out;
}

/** Equal stretches of time, one behind the other. */
export interface Bins {
  readonly from: number;
  readonly width: number;
  readonly count: number;
}

/** Exits that are put together. */
export interface Total {
  count: number;
  /** Guest instructions before them. */
  instructions: number;
  /** Nanoseconds, where that is told. */
  cost: number;
  first: number;
  last: number;
}

/** Totals by group: nothing where a group has no exits. */
export function totals(part: Part, idOf: Uint32Array, groups: number): readonly (Total | undefined)[] {
  const { run, mask, range } = part;
  const out: (Total | undefined)[] = new Array(groups);
  const { at, path, gap } = run.exits;
  const [begin, end] = run.within(range);
  for (let i = begin; i < end; i++) {
    const p = path[i] as number;
    if (mask[p] === 0) continue;
    const id = idOf[p] as number;
    const when = at[i] as number;
    const total = out[id];
    if (total === undefined)
      out[id] = { count: run.count(i), instructions: gap[i] as number, cost: run.cost(i), first: when, last: when };
    else {
      total.count += run.count(i);
      total.instructions += gap[i] as number;
      total.cost += run.cost(i);
      total.last = when;
    }
  }
  return out;
}

/** Percentiles of the guest instructions before each exit. */
export interface Spread {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** By group, where each exit is there by itself. */
export function spreads(part: Part, idOf: Uint32Array, found: readonly (Total | undefined)[]): (Spread | undefined)[] {
  const { run, mask, range } = part;
  if (!run.isExact) return [];
  // Each group's values in a row of one column, which is then sorted piece by piece.
  const starts = new Uint32Array(found.length + 1);
  for (let id = 0; id < found.length; id++) starts[id + 1] = (starts[id] as number) + (found[id]?.count ?? 0);
  const values = new Float64Array(starts[found.length] as number);
  const next = starts.slice();
  const { path, gap } = run.exits;
  const [begin, end] = run.within(range);
  for (let i = begin; i < end; i++) {
    const p = path[i] as number;
    if (mask[p] === 0) continue;
    const id = idOf[p] as number;
    const place = next[id] as number;
    values[place] = gap[i] as number;
    next[id] = place + 1;
  }
  return found.map((total, id) => {
    if (total === undefined) return undefined;
    const sorted = values.subarray(starts[id], starts[id + 1]).sort();
    const at = (share: number): number => percentile(sorted, share);
    return { p50: at(0.5), p99: at(0.99), max: sorted.at(-1) ?? 0 };
  });
}

/** Of sorted values, the least that so many are no larger than (nearest rank). */
export function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

/** Totals by path: what a flame graph is made of. */
export const pathTotals = (part: Part): readonly (Total | undefined)[] => {
  const paths = part.run.paths.vcpu.length;
  return totals(part, identity(paths), paths);
};

let ids = new Uint32Array(0);
function identity(count: number): Uint32Array {
  if (ids.length < count) ids = Uint32Array.from({ length: count }, (_, i) => i);
  return ids.subarray(0, count);
}

/** What a total weighs by a metric. */
export const weightOf = ({ count, instructions, cost }: Total, metric: Metric): number =>
  metric === 'exits' ? count : metric === 'cost' ? cost : instructions;
