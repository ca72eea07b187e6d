import type { Batch, ColumnDecl, ColumnType, ColumnValues, Table, TableDecl } from './column.ts';

/** A row by the names of its columns; of one that has none, null. */
export type Row = Readonly<Record<string, number | bigint | string | null>>;

/** So many rows are in a batch. */
const BATCH_ROWS = 4096;

function valuesOf({ name, type }: ColumnDecl, rows: readonly Row[]): ColumnValues {
  const values = rows.map((row) => row[name] ?? null);
  if (type === 'UBIGINT') {
    const words = BigUint64Array.from(values, (value) => BigInt(value ?? 0));
    return { values: words, nulls: Uint8Array.from(values, (value) => (value === null ? 1 : 0)) };
  }
  if (type === 'VARCHAR') return values.map((value) => (value === null ? null : String(value)));
  return Float64Array.from(values, (value) => (value === null ? Number.NaN : Number(value)));
}

/** A table of what is not events: few rows, made one by one. No BLOBs. */
export function rowTable(decl: TableDecl, rows: () => Iterable<Row>): Table {
  return {
    ...decl,
    *scan(wanted): Generator<Batch> {
      const columns = wanted.map((place) => decl.columns[place] as ColumnDecl<ColumnType>);
      const batch = (some: readonly Row[]): Batch => ({
        count: some.length,
        columns: columns.map((declared) => valuesOf(declared, some)),
      });
      let gathered: Row[] = [];
      for (const row of rows()) {
        gathered.push(row);
        if (gathered.length < BATCH_ROWS) continue;
        yield batch(gathered);
        gathered = [];
      }
      if (gathered.length > 0) yield batch(gathered);
    },
  };
}
