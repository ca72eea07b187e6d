import type { Batch, ColumnType, ColumnValues, Table, Words } from '../../src/analysis/tables/index.ts';

/** Tables and their rows for tests. */

/** A value as SQL would have it: null for none. */
export function valueAt(type: ColumnType, values: ColumnValues, row: number): unknown {
  if (type === 'UBIGINT') {
    const { values: words, nulls } = values as Words;
    return nulls?.[row] ? null : words[row];
  }
  const value = (values as Exclude<ColumnValues, Words>)[row];
  if (typeof value === 'number' && Number.isNaN(value)) return null;
  return type === 'BIGINT' && typeof value === 'number' ? BigInt(value) : value;
}

/** All rows of a table, as arrays in the order of its columns. */
export function rowsOf(table: Table): unknown[][] {
  const rows: unknown[][] = [];
  for (const { count, columns } of table.scan(table.columns.map((_, place) => place)))
    for (let row = 0; row < count; row++)
      rows.push(table.columns.map(({ type }, place) => valueAt(type, columns[place] as ColumnValues, row)));
  return rows;
}

const column = (name: string, type: ColumnType, nullable = true) => ({ name, type, nullable, about: name });

/** A table with all types, their extremes among them, in batches of no round size. */
export function oddTable(rows: number, texts: number): Table {
  const columns = [
    column('number', 'INTEGER', false),
    column('maybe', 'INTEGER'),
    column('large', 'BIGINT', false),
    column('perhaps', 'BIGINT'),
    column('word', 'UBIGINT', false),
    column('no_word', 'UBIGINT'),
    column('fraction', 'DOUBLE', false),
    column('name', 'VARCHAR', false),
    column('no_name', 'VARCHAR'),
    column('data', 'BLOB'),
  ];
  const every = (n: number, row: number): boolean => row % n === 0;
  const words = [0n, 1n, (1n << 63n) - 1n, 1n << 63n, (1n << 64n) - 1n, 0xffff_8000_1234_5678n];
  const values: readonly ((row: number) => unknown)[] = [
    (row) => row - 20_000,
    (row) => (every(3, row) ? Number.NaN : row),
    (row) => [0, -1, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, 2 ** 32, -(2 ** 32)][row % 6],
    (row) => (every(2, row) ? Number.NaN : row * 2 ** 20),
    (row) => words[row % words.length],
    (row) => (every(7, row) ? null : words[row % words.length]),
    (row) => row / 7,
    (row) => `name ${row % texts} "é\n`,
    (row) => (every(5, row) ? null : row % 11 === 1 ? '' : `x${row % 4}`),
    (row) => (every(4, row) ? null : Uint8Array.of(row & 0xff, 0, 0xff)),
  ];
  const valuesOf = (place: number, from: number, count: number): ColumnValues => {
    const made = Array.from({ length: count }, (_, i) => values[place]?.(from + i));
    const { type } = columns[place] as (typeof columns)[number];
    if (type === 'UBIGINT')
      return {
        values: BigUint64Array.from(made, (value) => (value ?? 0n) as bigint),
        nulls: Uint8Array.from(made, (value) => (value === null ? 1 : 0)),
      };
    return type === 'VARCHAR' || type === 'BLOB' ? (made as string[]) : Float64Array.from(made as number[]);
  };
  return {
    name: 'odd',
    about: '',
    columns,
    *scan(wanted): Generator<Batch> {
      for (let from = 0, size = 1; from < rows; from += size, size = Math.min(size * 3, 5000)) {
        const count = Math.min(size, rows - from);
        yield { count, columns: wanted.map((place) => valuesOf(place, from, count)) };
      }
    },
  };
}
