import { MiB } from '../../src/base/limits.ts';
import { guestArchs } from '../../src/machine/arch.ts';
import type { BenchResult, SectionRow } from './bench.ts';
import { mipsOf, type Row, subjects } from './boot.ts';
import { besides, type Goal, goalsOf } from './goals.ts';
import { sections } from './sections.ts';

/** Rows of cells, a head before them. */
export type Table = readonly (readonly string[])[];

const NONE = '–';
const shown = (value: number | undefined, digits = 0): string =>
  value === undefined || !Number.isFinite(value) ? NONE : value.toFixed(digits);

/** The row of QEMU's nearest mode. */
function besideOf(row: Row, rows: readonly Row[]): Row | undefined {
  const subject = subjects.find((s) => s.who === row.who && s.mode === row.mode);
  const mode = subject && 'beside' in subject ? subject.beside : undefined;
  return rows.find((r) => r.who === 'QEMU' && r.mode === mode);
}

const bootHead = [
  'boot',
  'wall s',
  'CPU s',
  'main thread',
  'M instructions',
  'MIPS',
  'peak MiB',
  'tape bytes',
  'events',
  'bytes/event',
  "wall / QEMU's",
  "CPU / QEMU's",
];
function bootTable(rows: readonly Row[]): Table {
  const line = (row: Row): string[] => {
    const beside = besideOf(row, rows);
    return [
      `${row.who} ${row.mode}`,
      shown(row.wallS, 2),
      shown(row.cpuS, 2),
      shown(row.mainCpuS, 2),
      shown(row.instructions && row.instructions / 1e6),
      shown(mipsOf(row)),
      shown(row.peakRssBytes && row.peakRssBytes / MiB),
      shown(row.tapeBytes),
      shown(row.events),
      shown(row.bytesPerEvent, 2),
      shown(besides(row, beside, 'wallS'), 2),
      shown(besides(row, beside, 'cpuS'), 2),
    ];
  };
  return [bootHead, ...rows.map(line)];
}

/** A guest that counts no instructions (QEMU's tcg) keeps another clock: its MIPS come from a counted run's instructions. */
function sectionTable(rows: readonly SectionRow[]): Table {
  const counted = rows.find((row) => row.who === 'hypertape');
  const line = ({ who, mode, sections: times }: SectionRow): string[] => [
    `${who} ${mode}`,
    ...sections.map((s) => {
      const instructions = mode === 'tcg' ? counted?.sections[s].guestNs : times[s].guestNs;
      return shown(instructions && instructions / 1e6 / times[s].hostS);
    }),
  ];
  return [['MIPS', ...sections], ...rows.map(line)];
}

const goalHead = ['goal', '', 'measured', 'wanted', ''];
function goalTable(goals: readonly Goal[]): Table {
  const line = ({ work, measure, measured, bound, goal, met }: Goal): string[] => [
    work,
    measure,
    shown(measured, 2),
    `${bound} ${shown(goal, 2)}`,
    met ? 'met' : 'missed',
  ];
  return [goalHead, ...goals.map(line)];
}

/** Bounds, and what was measured; nothing where no goal has its measurements. */
export const goalLines = (goals: readonly Goal[], lay: (table: Table) => string[]): string[] =>
  goals.length === 0 ? [] : ['', 'What is to be reached:', '', ...lay(goalTable(goals))];

function aligned(table: Table): string[] {
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
function markdown([head = [], ...rows]: Table): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), `|---|${'--:|'.repeat(head.length - 1)}`, ...rows.map(line)];
}

const setting = ({ host, rounds }: BenchResult): string =>
  `${host.processor}; Node ${host.node}; ${host.qemu ? `QEMU ${host.qemu}` : 'no QEMU'}; medians of ${rounds} rounds, of ratios too`;

/** How tables are laid out: for a terminal, or as Markdown for the README. */
export const layouts = { text: aligned, markdown } as const;

/** The tables, laid out. */
export function tables(result: BenchResult, form: keyof typeof layouts): string[] {
  const lay = layouts[form];
  const boots = result.boots.flatMap(({ guest, rows }) => ['', `${guest}, to power-off:`, '', ...lay(bootTable(rows))]);
  const parts = guestArchs.flatMap((arch) => {
    const rows = result.sections.filter((row) => row.arch === arch);
    return rows.length === 0 ? [] : ['', `One static program as init, ${arch}:`, '', ...lay(sectionTable(rows))];
  });
  const bounds = goalLines(goalsOf(result), lay);
  return [setting(result), ...boots, ...parts, ...bounds, ...(result.notes.length > 0 ? ['', ...result.notes] : [])];
}

/** As JSON: seconds, bytes, and rates; without the consoles. */
export function jsonOf(result: BenchResult): object {
  const row = ({ runs, ...rest }: Row, rows: readonly Row[]): object => {
    const all = { ...rest, runs };
    const beside = besideOf(all, rows);
    return {
      ...rest,
      mips: mipsOf(rest),
      ...(beside ? { wallOfQemus: besides(all, beside, 'wallS'), cpuOfQemus: besides(all, beside, 'cpuS') } : {}),
      allWallS: runs.map((run) => run.wallS),
    };
  };
  const goals = goalsOf(result);
  return {
    ...result,
    goals,
    boots: result.boots.map(({ guest, rows }) => ({ guest, rows: rows.map((r) => row(r, rows)) })),
    sections: result.sections.map(({ runs: _, ...rest }) => rest),
  };
}
