import type { ColumnType } from '../tables/index.ts';
import { columnOf, type FrameColumns, valueAt } from './frame-columns.ts';
import type { Glob, Match, Test } from './rule.ts';

/** In the time of looking for each part once. */
function fits({ parts }: Glob, text: string): boolean {
  const [first = '', ...more] = parts;
  const last = more.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first)) return false;
  let from = first.length;
  for (const part of more) {
    const at = text.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return text.length - last.length >= from && text.endsWith(last);
}

function passes(test: Test, value: string | number | bigint | null): boolean {
  if (test.kind === 'values')
    return test.values.some((wanted) => {
      if (wanted === null || typeof wanted !== 'object') return wanted === value;
      return value !== null && fits(wanted, String(value));
    });
  if (value === null || typeof value === 'string') return false;
  return (test.min === undefined || value >= test.min) && (test.max === undefined || value <= test.max);
}

/** So many values are remembered. */
const KNOWN_MAX = 4096;

/** The events that a match names, frame by frame; frames are to be given in the order of the tape. */
export class Matcher {
  readonly #columns: FrameColumns;
  readonly #table: string;
  /** Values come again and again: what became of each is known. */
  readonly #conditions: readonly {
    readonly column: string;
    readonly type: ColumnType;
    readonly test: Test;
    readonly known: Map<unknown, boolean>;
  }[];
  readonly #keys: readonly { readonly column: string; readonly type: ColumnType }[];

  /** @param same columns whose values are an event's key */
  constructor({ table, conditions }: Match, same: readonly string[], columns: FrameColumns) {
    this.#columns = columns;
    this.#table = table;
    this.#conditions = conditions.map((condition) => ({ ...condition, known: new Map() }));
    this.#keys = same.map((column) => ({ column, type: columnOf(table, column).type }));
  }

  /** For each such event of the frame its place there and its key. */
  in(): readonly { readonly place: number; readonly key: string }[] {
    const { places } = this.#columns.rows(this.#table);
    let left = Array.from(places, (_, row) => row);
    for (const { column, type, test, known } of this.#conditions) {
      const values = this.#columns.values(this.#table, column);
      left = left.filter((row) => {
        const value = valueAt(type, values, row);
        let isWanted = known.get(value);
        if (isWanted === undefined) {
          isWanted = passes(test, value);
          if (known.size < KNOWN_MAX) known.set(value, isWanted);
        }
        return isWanted;
      });
    }
    const keys = this.#keys.map(({ column, type }) => ({ type, values: this.#columns.values(this.#table, column) }));
    return left.map((row) => ({
      place: places[row] as number,
      key: keys.map(({ type, values }) => String(valueAt(type, values, row))).join(' '),
    }));
  }
}
