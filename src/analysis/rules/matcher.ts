import { must } from '../../base/assert.ts';
import type { EventFrame } from '../../trace/codec/event-frame.ts';
import type { EventColumn } from '../tables/event-table.ts';
import { FrameRows, type KeptNames } from '../tables/frame-rows.ts';
import { type ColumnType, type ColumnValues, eventTables, type Words } from '../tables/index.ts';
import type { Glob, Match, Test } from './rule.ts';

const valueAt = (type: ColumnType, values: ColumnValues, row: number): string | number | bigint | null => {
  if (type === 'UBIGINT') {
    const { values: words, nulls } = values as Words;
    return nulls?.[row] ? null : (words[row] as bigint);
  }
  const value = (values as readonly (string | number | null)[])[row] ?? null;
  return typeof value === 'number' && Number.isNaN(value) ? null : value;
};

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

/** The events of a frame that a match names, by their places; frames are to be given in the order of the tape. */
export class Matcher {
  readonly #columns: readonly {
    readonly type: ColumnType;
    readonly test: Test;
    readonly read: (rows: FrameRows) => ColumnValues;
    /** Values come again and again. */
    readonly known: Map<unknown, boolean>;
  }[];
  readonly #keys: readonly { readonly type: ColumnType; readonly read: (rows: FrameRows) => ColumnValues }[];
  readonly #table: (typeof eventTables)[number];
  readonly #names: KeptNames;

  /** @param same columns whose values are an event's key */
  constructor({ table, conditions }: Match, same: readonly string[], names: KeptNames) {
    this.#table = must(
      eventTables.find(({ name }) => name === table),
      table,
    );
    this.#names = names;
    const column = (wanted: string): EventColumn =>
      must(
        this.#table.columns.find(({ name }) => name === wanted),
        wanted,
      );
    this.#columns = conditions.map(({ column: name, type, test }) => ({
      type,
      test,
      read: column(name).reader(names),
      known: new Map(),
    }));
    this.#keys = same.map((name) => ({ type: column(name).type, read: column(name).reader(names) }));
  }

  /** For each event, its place in the frame and its key. */
  in(frame: EventFrame): readonly { readonly place: number; readonly key: string }[] {
    const rows = new FrameRows(frame, this.#table.events, this.#names);
    let left = Array.from(rows.places, (_, row) => row);
    for (const { type, test, read, known } of this.#columns) {
      const values = read(rows);
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
    const keys = this.#keys.map(({ type, read }) => ({ type, values: read(rows) }));
    return left.map((row) => ({
      place: rows.places[row] as number,
      key: keys.map(({ type, values }) => String(valueAt(type, values, row))).join(' '),
    }));
  }
}
/** So many values are remembered. */
const KNOWN_MAX = 4096;
