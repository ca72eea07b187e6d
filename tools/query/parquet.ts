import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { ColumnDecl, ColumnType, ColumnValues, Table, Words } from '../../src/analysis/tables/index.ts';
import { zstd } from '../../src/host/zstd.ts';

/** Apache Parquet files of tables (parquet-format, LogicalTypes.md), written row group by row group. */

/** Rows of a row group: memory is bounded by one. */
const ROW_GROUP_ROWS = 1 << 15;
/** Of zstd: the best that costs little beside making columns. */
const ZSTD_LEVEL = 3;

/** As the library has it. */
type SchemaElement = ConstructorParameters<typeof ParquetWriter>[0]['schema'][number];
type Element = Pick<SchemaElement, 'type' | 'converted_type'>;
const elements: Readonly<Record<ColumnType, Element>> = {
  INTEGER: { type: 'INT32' },
  BIGINT: { type: 'INT64' },
  UBIGINT: { type: 'INT64', converted_type: 'UINT_64' },
  DOUBLE: { type: 'DOUBLE' },
  VARCHAR: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  BLOB: { type: 'BYTE_ARRAY' },
};

/** Where the bytes go, one piece after the other. */
export interface ByteSink {
  write(bytes: Uint8Array, offset: number): void;
}

/** What the library writes, handed on after each row group. */
class SinkWriter extends ByteWriter {
  readonly #sink: ByteSink;
  #written = 0;

  constructor(sink: ByteSink) {
    super(1 << 20);
    this.#sink = sink;
  }
  flush(): void {
    const bytes = new Uint8Array(this.buffer, 0, this.index);
    this.#sink.write(bytes, this.#written);
    this.#written += bytes.length;
    this.index = 0;
  }
  override finish(): void {
    this.flush();
  }
}

/** Values of a column, gathered for a row group, as the library takes them. */
class Gathered {
  readonly decl: ColumnDecl;
  readonly #words: BigInt64Array | BigUint64Array | undefined;
  readonly #numbers: Int32Array | Float64Array | undefined;
  readonly #values: (string | bigint | number | Uint8Array | null)[] = [];
  #count = 0;

  constructor(decl: ColumnDecl) {
    this.decl = decl;
    if (decl.nullable) return;
    if (decl.type === 'UBIGINT') this.#words = new BigUint64Array(ROW_GROUP_ROWS);
    if (decl.type === 'BIGINT') this.#words = new BigInt64Array(ROW_GROUP_ROWS);
    if (decl.type === 'INTEGER') this.#numbers = new Int32Array(ROW_GROUP_ROWS);
    if (decl.type === 'DOUBLE') this.#numbers = new Float64Array(ROW_GROUP_ROWS);
  }

  /** Takes rows `from` to `to` of a batch. */
  take(values: ColumnValues, from: number, to: number): void {
    for (let row = from; row < to; row++) this.#push(values, row);
  }
  #push(values: ColumnValues, row: number): void {
    const place = this.#count++;
    if (this.decl.type === 'UBIGINT') {
      const { values: words, nulls } = values as Words;
      if (this.#words) this.#words[place] = words[row] as bigint;
      else this.#values.push(nulls?.[row] ? null : (words[row] as bigint));
      return;
    }
    const value = (values as Exclude<ColumnValues, Words>)[row] ?? null;
    if (typeof value !== 'number') this.#values.push(value);
    else if (this.#words) this.#words[place] = BigInt(value);
    else if (this.#numbers) this.#numbers[place] = value;
    else if (Number.isNaN(value)) this.#values.push(null);
    else this.#values.push(this.decl.type === 'BIGINT' ? BigInt(value) : value);
  }

  /** The rows so far; it is empty afterwards. */
  drain(): { readonly name: string; readonly data: never; readonly statistics: boolean } {
    const data = this.#words?.slice(0, this.#count) ?? this.#numbers?.slice(0, this.#count) ?? this.#values.slice();
    this.#count = 0;
    this.#values.length = 0;
    // Readers without unsigned numbers (Trino, which takes these as BIGINT) would find a maximum below the minimum.
    return { name: this.decl.name, data: data as never, statistics: this.decl.type !== 'UBIGINT' };
  }
}

const schemaOf = (columns: readonly ColumnDecl[]): SchemaElement[] => [
  { name: 'schema', num_children: columns.length },
  ...columns.map(
    ({ name, type, nullable }): SchemaElement => ({
      name,
      repetition_type: nullable ? 'OPTIONAL' : 'REQUIRED',
      ...elements[type],
    }),
  ),
];

/**
 * Writes a table as a Parquet file: row groups of 32,768 rows, pages packed with zstd, statistics but of words.
 * @param createdBy the program, for the file's metadata
 * @returns the number of rows
 */
export function writeParquet(sink: ByteSink, table: Table, createdBy: string): number {
  const writer = new ParquetWriter({
    writer: new SinkWriter(sink),
    schema: schemaOf(table.columns),
    codec: 'ZSTD',
    compressors: { ZSTD: (bytes) => zstd().compress(bytes, ZSTD_LEVEL) },
    createdBy,
  });
  const columns = table.columns.map((decl) => new Gathered(decl));
  let [rows, gathered] = [0, 0];
  const flush = (): void => {
    if (gathered === 0) return;
    void writer.write({ columnData: columns.map((one) => one.drain()), rowGroupSize: ROW_GROUP_ROWS });
    rows += gathered;
    gathered = 0;
  };
  for (const { count, columns: values } of table.scan(table.columns.map((_, place) => place)))
    for (let from = 0; from < count; ) {
      const to = Math.min(count, from + ROW_GROUP_ROWS - gathered);
      for (const [place, one] of columns.entries()) one.take(values[place] as ColumnValues, from, to);
      gathered += to - from;
      from = to;
      if (gathered === ROW_GROUP_ROWS) flush();
    }
  flush();
  void writer.finish();
  return rows;
}
