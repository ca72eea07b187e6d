import { LineOutput } from '../session/standard-output.ts';
import { countText } from '../session/units.ts';
import type { Result } from './sql.ts';
import { type JsonValue, textOf } from './values.ts';

/** Rows that widths of columns are taken from: a table is printed as its rows come. */
const MEASURED_ROWS = 1000;
const GAP = '  ';

const withoutBreaks = (text: string): string =>
  text.replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t');

/** Prints a table for people: numbers to the right, NULL empty. */
async function printTable({ columns, rows }: Result, out: LineOutput): Promise<void> {
  const widths = columns.map(({ name }) => name.length);
  let measured: string[][] | undefined = [];
  let count = 0;
  const line = (cells: readonly string[]): void => {
    const padded = cells.map((cell, i) =>
      columns[i]?.isNumber ? cell.padStart(widths[i] as number) : cell.padEnd(widths[i] as number),
    );
    out.line(padded.join(GAP).trimEnd());
  };
  const begin = (): void => {
    for (const cells of measured ?? [])
      for (const [i, cell] of cells.entries()) widths[i] = Math.max(widths[i] as number, cell.length);
    line(columns.map(({ name }) => name));
    line(widths.map((width) => '-'.repeat(width)));
    for (const cells of measured ?? []) line(cells);
    measured = undefined;
  };
  for await (const some of rows)
    for (const row of some) {
      const cells = row.map((value) => withoutBreaks(textOf(value)));
      count++;
      if (measured === undefined) line(cells);
      else if (measured.push(cells) === MEASURED_ROWS) begin();
    }
  if (measured !== undefined) begin();
  out.line(`(${countText(count)} ${count === 1 ? 'row' : 'rows'})`);
}

/** Prints an array of objects, an object a line. */
async function printJsonRows({ columns, rows }: Result, out: LineOutput): Promise<void> {
  let last: string | undefined;
  for await (const some of rows)
    for (const row of some) {
      out.line(last === undefined ? '[' : `${last},`);
      last = JSON.stringify(Object.fromEntries(columns.map(({ name }, i) => [name, row[i]])));
    }
  if (last === undefined) out.line('[]');
  else {
    out.line(last);
    out.line(']');
  }
}

/** RFC 4180, but for the ends of lines. */
const csvCell = (value: JsonValue): string => {
  const text = textOf(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};
async function printCsv({ columns, rows }: Result, out: LineOutput): Promise<void> {
  out.painted(columns.map(({ name }) => csvCell(name)).join(','));
  for await (const some of rows)
    for (const row of some) out.painted(row.map((value) => csvCell(value ?? null)).join(','));
}

/** How rows are printed. */
export interface OutputArgs {
  readonly json: boolean;
  readonly csv: boolean;
}

/** Prints a result as its rows come. */
export async function printResult(result: Result, { json, csv }: OutputArgs): Promise<void> {
  const out = new LineOutput();
  try {
    await (json ? printJsonRows : csv ? printCsv : printTable)(result, out);
  } finally {
    out.flush();
  }
}
