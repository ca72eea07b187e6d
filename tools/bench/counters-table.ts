import { MiB } from '../../src/base/limits.ts';
import { guestArchs } from '../../src/machine/arch.ts';
import type { Counted, CountedLoop, CountersResult } from './counters.ts';
import { loops } from './guest/loops.ts';
import type { Table } from './table.ts';

/** What is counted of all, a row each, guests side by side. */
function countTable(boots: readonly Counted[]): Table {
  const names = new Set(boots.flatMap(({ counts }) => Object.keys(counts)));
  const classes = new Set(boots.flatMap(({ exits }) => Object.keys(exits)));
  const whole = (value: number | undefined): string => (value ?? 0).toLocaleString('en-US');
  return [
    ['counted', ...boots.map(({ guest }) => guest)],
    ...[...names].map((name) => [name, ...boots.map(({ counts }) => whole(counts[name]))]),
    ...[...classes].map((name) => [`VM exits: ${name}`, ...boots.map(({ exits }) => whole(exits[name]))]),
  ];
}

const times = [
  ['wall', 'wallMs'],
  ['CPU of all threads', 'cpuMs'],
  ['CPU of the main thread', 'threadMs'],
  ['finding code, without translations', 'findMs'],
  ['translating', 'translateMs'],
  ['collecting garbage', 'gcMs'],
] as const;
function timeTable(boots: readonly Counted[]): Table {
  return [
    ['seconds', ...boots.map(({ guest }) => guest)],
    ...times.map(([what, key]) => [what, ...boots.map((boot) => (boot[key] / 1000).toFixed(2))]),
    ['peak MiB', ...boots.map(({ peakRssBytes }) => (peakRssBytes / MiB).toFixed(0))],
  ];
}

/** By the wall's time: exits and instructions a second. */
function loopTable(rows: readonly CountedLoop[]): Table {
  return [
    ['recording a loop that', 'MIPS', 'M exits/s', 'wall s', 'CPU s'],
    ...rows.map(({ loop, instructions, exits, wallMs, cpuMs }) => [
      loops[loop].what,
      (instructions / wallMs / 1e3).toFixed(1),
      exits < 1000 ? '–' : (exits / wallMs / 1e3).toFixed(2),
      (wallMs / 1000).toFixed(2),
      (cpuMs / 1000).toFixed(2),
    ]),
  ];
}

/** The tables, laid out by `lay`. */
export function counterTables(result: CountersResult, lay: (table: Table) => string[]): string[] {
  const { host, boots, loops: rows, notes } = result;
  const loopTables = guestArchs.flatMap((arch) => {
    const of = rows.filter((row) => row.arch === arch);
    return of.length === 0 ? [] : ['', `${arch}:`, '', ...lay(loopTable(of))];
  });
  return [
    `${host.processor}; Node ${host.node}; one recording of each`,
    ...['', ...lay(timeTable(boots)), '', ...lay(countTable(boots))],
    ...loopTables,
    ...(notes.length > 0 ? ['', ...notes] : []),
  ];
}
