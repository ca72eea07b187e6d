import type { Bucket } from '../../src/analysis/distribution.ts';
import type { Profile, ProfileChange, ProfileRow } from '../../src/analysis/profile.ts';
import { countText } from '../session/units.ts';
import { FRAME_SEPARATOR } from './keys.ts';

/** A column of a table: its heading, and what stands in it. */
export interface Column<R> {
  readonly heading: string;
  readonly text: (row: R) => string;
}

/** Of a share, 0..1. */
export const percent = (share: number): string => `${(100 * share).toFixed(2)}%`;
const shareOf = (part: number, whole: number): string => percent(whole === 0 ? 0 : part / whole);
const microseconds = (ns: number): string => `${(ns / 1000).toFixed(2)}us`;
const signed = (value: number): string =>
  value > 0 ? `+${countText(value)}` : value < 0 ? `-${countText(-value)}` : '0';
const points = (share: number): string => `${share > 0 ? '+' : ''}${(100 * share).toFixed(2)}%`;

/** Of perf's first column. */
const KEY_WIDTH_MIN = 20;
/** Longer keys are stacks, of which the innermost frames are shown. */
const KEY_WIDTH_MAX = 100;

function shownKey(key: string): string {
  if (key.length <= KEY_WIDTH_MAX) return key;
  const tail = key.slice(-KEY_WIDTH_MAX);
  const begin = tail.indexOf(FRAME_SEPARATOR);
  return `…${begin < 0 ? tail : tail.slice(begin)}`;
}

/** Lines of a table whose columns are as wide as they need to be, all on the right of theirs as perf has them. */
export function tableLines<R extends { readonly key: string }>(
  heading: string,
  rows: readonly R[],
  columns: readonly Column<R>[],
): string[] {
  const all: readonly Column<R>[] = [{ heading, text: ({ key }) => shownKey(key) }, ...columns];
  const cells = rows.map((row) => all.map(({ text }) => text(row)));
  const widths = all.map((column, i) =>
    cells.reduce((most, line) => Math.max(most, (line[i] as string).length), column.heading.length),
  );
  const line = (texts: readonly string[]): string =>
    texts.map((text, i) => text.padStart(widths[i] as number)).join('  ');
  return [line(all.map((column) => column.heading)), '', ...cells.map(line)];
}

/** How a profile is shown to people. */
export interface TableOptions {
  /** Over the keys. */
  readonly heading: string;
  /** Rows at most. */
  readonly limit: number;
  readonly histogram: boolean;
  /** What the vCPUs ran: `guest instructions`. */
  readonly unit: string;
  /** What was counted: `exits`. */
  readonly what: string;
}

/** Lines in the shape of `perf kvm stat report`. */
export function profileTable(profile: Profile, { heading, limit, histogram, unit, what }: TableOptions): string[] {
  const { total, instructions, timeNs, costNs, rows, isExact } = profile;
  const shown = rows.slice(0, limit);
  const weighed: readonly Column<ProfileRow>[] =
    costNs === undefined
      ? []
      : [
          { heading: 'Time%', text: (row) => shareOf(row.costNs ?? 0, costNs) },
          { heading: 'Avg time', text: (row) => microseconds((row.costNs ?? 0) / row.count) },
        ];
  const lines = tableLines(heading.padStart(KEY_WIDTH_MIN), shown, [
    { heading: 'Samples', text: ({ count }) => countText(count) },
    { heading: 'Samples%', text: ({ share }) => percent(share) },
    ...weighed,
    { heading: 'Guest%', text: (row) => shareOf(row.instructions, instructions) },
    { heading: 'Clock%', text: (row) => shareOf(row.timeNs, timeNs) },
    { heading: 'Min', text: ({ min }) => countText(min) },
    { heading: 'Avg', text: ({ mean }) => countText(Math.round(mean)) },
    { heading: 'P50', text: ({ p50 }) => countText(p50) },
    { heading: 'P90', text: ({ p90 }) => countText(p90) },
    { heading: 'P99', text: ({ p99 }) => countText(p99) },
    { heading: 'Max', text: ({ max }) => countText(max) },
  ]);
  if (shown.length < rows.length) {
    const left = rows.slice(limit).reduce((sum, { count }) => sum + count, 0);
    lines.push('', `${countText(rows.length - limit)} more rows with ${countText(left)} ${what}: --limit 0 shows all`);
  }
  lines.push(
    '',
    `Total Samples:${countText(total)}, ${unit}:${countText(instructions)}, clock:${microseconds(timeNs)}${costNs === undefined ? '' : `, total events handled time:${microseconds(costNs)}`}`,
  );
  lines.push(
    `Guest%, Min to Max: ${unit} since the vCPU's previous exit; Clock%: virtual time since then${isExact ? '' : '; some percentiles are off by a 64th at most'}`,
  );
  if (histogram) for (const row of shown) lines.push('', `${row.key}, ${unit}:`, ...histogramLines(row.histogram));
  return lines;
}

const BAR = 40;

/** A bar for each power of two. */
export function histogramLines(histogram: readonly Bucket[]): string[] {
  const most = histogram.reduce((max, { count }) => Math.max(max, count), 0);
  const ranges = histogram.map(({ from, to }) =>
    from === to ? `[${countText(from)}]` : `[${countText(from)}, ${countText(to)}]`,
  );
  const width = ranges.reduce((max, range) => Math.max(max, range.length), 0);
  return histogram.map(({ count }, i) => {
    const bar = '@'.repeat(Math.max(1, Math.round((BAR * count) / most)));
    return `  ${(ranges[i] as string).padEnd(width)} ${countText(count).padStart(11)} |${bar.padEnd(BAR)}|`;
  });
}

/** Lines of what changed from one profile to the other. */
export function changesTable(
  [a, b]: readonly [Profile, Profile],
  changes: readonly ProfileChange[],
  { heading, limit, unit }: TableOptions,
): string[] {
  const shown = changes.slice(0, limit);
  const lines = tableLines(heading.padStart(KEY_WIDTH_MIN), shown, [
    { heading: 'Delta', text: ({ delta }) => signed(delta) },
    { heading: 'Delta%', text: ({ shareDelta }) => points(shareDelta) },
    { heading: 'A', text: (row) => countText(row.a?.count ?? 0) },
    { heading: 'A%', text: (row) => percent(row.a?.share ?? 0) },
    { heading: 'B', text: (row) => countText(row.b?.count ?? 0) },
    { heading: 'B%', text: (row) => percent(row.b?.share ?? 0) },
    { heading: 'Guest delta', text: ({ instructionsDelta }) => signed(instructionsDelta) },
    { heading: 'A P50', text: (row) => countText(row.a?.p50 ?? 0) },
    { heading: 'B P50', text: (row) => countText(row.b?.p50 ?? 0) },
  ]);
  if (shown.length < changes.length)
    lines.push('', `${countText(changes.length - limit)} more rows: --limit 0 shows all`);
  lines.push(
    '',
    `Total Samples: A ${countText(a.total)}, B ${countText(b.total)}, ${signed(b.total - a.total)}; ${unit}: ${signed(b.instructions - a.instructions)}`,
  );
  return lines;
}
