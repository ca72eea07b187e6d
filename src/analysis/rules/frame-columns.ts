import { must } from '../../base/assert.ts';
import type { EventFrame } from '../../trace/codec/event-rows.ts';
import type { EventColumn, EventTableDecl } from '../tables/event-table.ts';
import { FrameRows, type KeptNames } from '../tables/frame-rows.ts';
import { type ColumnType, type ColumnValues, eventTables, type Words } from '../tables/index.ts';

/** A table by its name, and a column of it. */
export const tableOf = (name: string): EventTableDecl =>
  must(
    eventTables.find((one) => one.name === name),
    name,
  );
/** Likewise. */
export const columnOf = (table: string, name: string): EventColumn =>
  must(
    tableOf(table).columns.find((one) => one.name === name),
    name,
  );

/** A value of a column; null for none. */
export function valueAt(type: ColumnType, values: ColumnValues, row: number): string | number | bigint | null {
  if (type === 'UBIGINT') {
    const { values: words, nulls } = values as Words;
    return nulls?.[row] ? null : (words[row] as bigint);
  }
  const value = (values as readonly (string | number | null)[])[row] ?? null;
  return typeof value === 'number' && Number.isNaN(value) ? null : value;
}

/** Columns of tables, frame by frame, each read once for all who ask. A column that is asked for is to be asked for in each frame. */
export class FrameColumns {
  readonly #names: KeptNames;
  readonly #readers = new Map<string, (rows: FrameRows) => ColumnValues>();
  #frame: EventFrame | undefined;
  readonly #rows = new Map<string, FrameRows>();
  readonly #values = new Map<string, ColumnValues>();

  constructor(names: KeptNames) {
    this.#names = names;
  }
  /** From now on of this frame. */
  begin(frame: EventFrame): void {
    this.#frame = frame;
    this.#rows.clear();
    this.#values.clear();
  }
  rows(table: string): FrameRows {
    let rows = this.#rows.get(table);
    if (rows === undefined) {
      rows = new FrameRows(must(this.#frame, 'a frame'), tableOf(table).events, this.#names);
      this.#rows.set(table, rows);
    }
    return rows;
  }
  values(table: string, column: string): ColumnValues {
    const key = `${table}.${column}`;
    let values = this.#values.get(key);
    if (values === undefined) {
      let read = this.#readers.get(key);
      if (read === undefined) {
        read = columnOf(table, column).reader(this.#names);
        this.#readers.set(key, read);
      }
      values = read(this.rows(table));
      this.#values.set(key, values);
    }
    return values;
  }
}
