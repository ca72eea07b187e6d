import type { ColumnDecl, ColumnValues, Table, ValuesByType, Words } from '../../src/analysis/tables/index.ts';
import type { Bindings, Connection, DuckDb, Loaded } from './duckdb.ts';
import { keyColumns } from './tape-tables.ts';

/** Rows of tapes for DuckDB, made while it scans: its table functions read columns of frames, those that a query needs. */

/** A tape's rows of a table. */
export interface Part {
  readonly guest: string;
  readonly tape: string;
  readonly table: Table;
}

type DuckDbType = import('@duckdb/node-api').DuckDBType;
type Chunk = import('@duckdb/node-api').DuckDBDataChunk;

/** What the columns of a batch are copied from: numbers as they lie in a vector, and a bit for each value that is there. */
interface Packed {
  readonly data: Int32Array | BigInt64Array | BigUint64Array | Float64Array | Uint8Array | Uint16Array | Uint32Array;
  readonly nulls: Uint8Array | undefined;
}
/** Texts and bytes that are set one by one. */
interface Loose {
  readonly values: readonly (string | Uint8Array | null)[];
}

/** A column as DuckDB sees it. */
interface FedColumn {
  readonly type: DuckDbType;
  readonly pack: (values: ColumnValues) => Packed | Loose;
}

const nullsOf = (values: Float64Array): Uint8Array | undefined => {
  let nulls: Uint8Array | undefined;
  for (let row = 0; row < values.length; row++)
    if (Number.isNaN(values[row])) {
      nulls ??= new Uint8Array(values.length);
      nulls[row] = 1;
    }
  return nulls;
};

/** 64-bit words of whole numbers, without a bigint each. */
function wordsOf(values: Float64Array): BigInt64Array {
  const words = new BigInt64Array(values.length);
  const halves = new Int32Array(words.buffer);
  for (let row = 0; row < values.length; row++) {
    const value = values[row] as number;
    halves[2 * row] = value | 0;
    halves[2 * row + 1] = Math.floor(value / 2 ** 32);
  }
  return words;
}

/** A dictionary has at most so many texts, and characters in all; texts of a column with more are set one by one. */
const DICTIONARY_MAX = 1 << 15;
const DICTIONARY_CHARS_MAX = 1 << 21;

/** The texts of each column, as long as a dictionary holds them; undefined of one with more. */
function dictionaries(parts: readonly Part[], places: readonly number[]): (Map<string, number> | undefined)[] {
  const found: (Map<string, number> | undefined)[] = places.map(() => new Map());
  const chars = places.map(() => 0);
  for (const { table } of parts)
    for (const { columns } of table.scan(places))
      for (const [i, values] of columns.entries()) {
        const known = found[i];
        if (known === undefined) continue;
        for (const text of values as ValuesByType['VARCHAR']) {
          if (text === null || known.has(text)) continue;
          known.set(text, known.size);
          chars[i] = (chars[i] as number) + text.length;
        }
        if (known.size > DICTIONARY_MAX || (chars[i] as number) > DICTIONARY_CHARS_MAX) found[i] = undefined;
      }
  return found;
}

const codesFor = (size: number, rows: number): Uint8Array | Uint16Array =>
  size <= 0xff ? new Uint8Array(rows) : new Uint16Array(rows);

function packText(dictionary: ReadonlyMap<string, number>, values: ValuesByType['VARCHAR']): Packed {
  const data = codesFor(dictionary.size, values.length);
  const nulls = new Uint8Array(values.length);
  for (let row = 0; row < data.length; row++) {
    const text = values[row] ?? null;
    if (text === null) nulls[row] = 1;
    else data[row] = dictionary.get(text) as number;
  }
  return { data, nulls: nulls.includes(1) ? nulls : undefined };
}

function fedColumn(
  { ENUM, VARCHAR, BLOB, INTEGER, BIGINT, UBIGINT, DOUBLE }: DuckDb,
  { type }: Pick<ColumnDecl, 'type'>,
  dictionary: ReadonlyMap<string, number> | undefined,
): FedColumn {
  switch (type) {
    case 'VARCHAR':
      if (dictionary === undefined || dictionary.size === 0)
        return { type: VARCHAR, pack: (values) => ({ values: values as ValuesByType['VARCHAR'] }) };
      return {
        type: ENUM([...dictionary.keys()]),
        pack: (values) => packText(dictionary, values as ValuesByType['VARCHAR']),
      };
    case 'BLOB':
      return { type: BLOB, pack: (values) => ({ values: values as ValuesByType['BLOB'] }) };
    case 'UBIGINT':
      return {
        type: UBIGINT,
        pack: (values) => ({ data: (values as Words).values, nulls: (values as Words).nulls }),
      };
    case 'BIGINT':
      return {
        type: BIGINT,
        pack: (values) => ({ data: wordsOf(values as Float64Array), nulls: nullsOf(values as Float64Array) }),
      };
    case 'INTEGER':
      return {
        type: INTEGER,
        pack: (values) => ({ data: Int32Array.from(values as Float64Array), nulls: nullsOf(values as Float64Array) }),
      };
    case 'DOUBLE':
      return {
        type: DOUBLE,
        pack: (values) => ({ data: values as Float64Array, nulls: nullsOf(values as Float64Array) }),
      };
  }
}

/** DuckDB takes so many rows at a time. */
const CHUNK_ROWS = 2048;

/** A bit for each row that has a value. */
function validity(nulls: Uint8Array, from: number, rows: number): Uint8Array {
  const bits = new Uint8Array(8 * Math.ceil(rows / 64)).fill(0xff);
  for (let row = 0; row < rows; row++)
    if (nulls[from + row] === 1) bits[row >> 3] = (bits[row >> 3] as number) & ~(1 << (row & 7));
  return bits;
}

/** A batch's columns that are asked for, by their places in the chunk. */
interface PackedBatch {
  readonly count: number;
  readonly columns: readonly (Packed | Loose)[];
}

/** One scan of a table. */
class Scan {
  readonly #bindings: Bindings;
  readonly #blob: (bytes: Uint8Array) => object;
  readonly #batches: Iterator<PackedBatch>;
  #batch: PackedBatch = { count: 0, columns: [] };
  #row = 0;

  constructor({ duckdb, bindings }: Loaded, batches: Iterator<PackedBatch>) {
    this.#blob = (bytes) => new duckdb.DuckDBBlobValue(bytes);
    this.#bindings = bindings;
    this.#batches = batches;
  }

  /** Puts the next rows into a chunk; none where there are no more. */
  fill(chunk: Chunk): void {
    while (this.#row === this.#batch.count) {
      const { value, done } = this.#batches.next();
      if (done) {
        chunk.rowCount = 0;
        return;
      }
      this.#batch = value;
      this.#row = 0;
    }
    const from = this.#row;
    const rows = Math.min(CHUNK_ROWS, this.#batch.count - from);
    chunk.rowCount = rows;
    for (const [place, column] of this.#batch.columns.entries())
      if ('data' in column) this.#copy(chunk, place, column, from, rows);
      else this.#set(chunk, place, column.values.slice(from, from + rows));
    this.#row += rows;
  }
  #set(chunk: Chunk, place: number, values: Loose['values']): void {
    const vector = chunk.getColumnVector(place);
    for (const [row, value] of values.entries())
      vector.setItem(row, (value instanceof Uint8Array ? this.#blob(value) : value) as never);
    vector.flush();
  }
  #copy(chunk: Chunk, place: number, { data, nulls }: Packed, from: number, rows: number): void {
    const bindings = this.#bindings;
    const vector = bindings.data_chunk_get_vector(chunk.chunk, place);
    const width = data.BYTES_PER_ELEMENT;
    bindings.copy_data_to_vector(vector, 0, data.buffer, data.byteOffset + from * width, rows * width);
    if (nulls === undefined) return;
    const bits = validity(nulls, from, rows);
    bindings.vector_ensure_validity_writable(vector);
    bindings.copy_data_to_vector_validity(vector, 0, bits.buffer, 0, bits.length);
  }
}

/** What went wrong in a scan: DuckDB only hands on its message. */
export interface Trouble {
  error?: unknown;
}

/**
 * Makes a table of SQL from tapes' rows, with columns `guest` and `tape`.
 * @param isAsked whether a query may ask for a column: then its texts are looked through before, so that a scan copies numbers of a
 * dictionary; without they are set one by one
 */
export async function feedTable(
  loaded: Loaded,
  connection: Connection,
  parts: readonly [Part, ...Part[]],
  isAsked: (column: string) => boolean,
  trouble: Trouble,
): Promise<void> {
  const { duckdb } = loaded;
  const { name, columns: own } = parts[0].table;
  const texts = own.flatMap(({ name: column, type }, place) => (type === 'VARCHAR' && isAsked(column) ? [place] : []));
  const found = texts.length === 0 ? [] : dictionaries(parts, texts);
  const keys = keyColumns.map(
    (key) => new Map([...new Set(parts.map((part) => part[key.name]))].map((text, i) => [text, i])),
  );
  const columns = [
    ...own.map((decl, place) => ({ name: decl.name, ...fedColumn(duckdb, decl, found[texts.indexOf(place)]) })),
    ...keyColumns.map((key, i) => ({ name: key.name, ...fedColumn(duckdb, { type: 'VARCHAR' }, keys[i]) })),
  ];
  function* batches(wanted: readonly number[]): Generator<PackedBatch> {
    // A scan that only counts asks for a column that is none of these.
    const real = wanted.filter((place) => place < own.length);
    for (const part of parts)
      for (const { count, columns: values } of part.table.scan(real)) {
        const packed = (place: number): Packed | Loose => {
          const { pack } = columns[place] as FedColumn;
          if (place < own.length) return pack(values[real.indexOf(place)] as ColumnValues);
          return pack(
            new Array(count).fill(part[(keyColumns[place - own.length] as (typeof keyColumns)[number]).name]),
          );
        };
        yield { count, columns: wanted.map(packed) };
      }
  }
  const guarded = (info: { setError(error: string): void }, run: () => void): void => {
    try {
      run();
    } catch (error) {
      trouble.error ??= error;
      info.setError(error instanceof Error ? error.message : String(error));
    }
  };
  const source = `tape_${name}`;
  connection.registerTableFunction(
    duckdb.DuckDBTableFunction.create({
      name: source,
      supportsProjectionPushdown: true,
      bindFunction: (info) => {
        for (const { name: column, type } of columns) info.addResultColumn(column, type);
      },
      initFunction: (info) => {
        info.setMaxThreads(1);
        info.setInitData(new Scan(loaded, batches(info.getColumnIndexes())));
      },
      mainFunction: (info, chunk) => guarded(info, () => (info.getInitData() as Scan).fill(chunk)),
    }),
  );
  const shown = columns.map(({ name: column }, place) => {
    const isText = place >= own.length || own[place]?.type === 'VARCHAR';
    return isText ? `${column}::VARCHAR AS ${column}` : column;
  });
  await connection.run(`CREATE VIEW ${name} AS SELECT ${shown.join(', ')} FROM ${source}()`);
}
