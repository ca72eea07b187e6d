import { createRequire } from 'node:module';
import { Failure } from '../../src/base/failure.ts';

/** DuckDB's Node API, which is an optional dependency: loaded when a query is made. */
export type DuckDb = typeof import('@duckdb/node-api');
/** A connection to it. */
export type Connection = import('@duckdb/node-api').DuckDBConnection;

type Chunk = import('@duckdb/node-api').DuckDBDataChunk;
/** An opaque vector of a chunk. */
type RawVector = object;
/** Of the bindings below that API what copies whole columns: value by value a column takes fifty times as long. */
export interface Bindings {
  data_chunk_get_vector(chunk: Chunk['chunk'], column: number): RawVector;
  copy_data_to_vector(
    vector: RawVector,
    offset: number,
    from: ArrayBufferLike,
    fromOffset: number,
    bytes: number,
  ): void;
  vector_ensure_validity_writable(vector: RawVector): void;
  copy_data_to_vector_validity(
    vector: RawVector,
    offset: number,
    from: ArrayBufferLike,
    fromOffset: number,
    bytes: number,
  ): void;
}

/** The package, and those bindings. */
export interface Loaded {
  readonly duckdb: DuckDb;
  readonly bindings: Bindings;
}

const PACKAGE = '@duckdb/node-api';

/** @throws Failure where the package is not installed, or not for this system */
export async function loadDuckDb(): Promise<Loaded> {
  const require = createRequire(import.meta.url);
  try {
    const duckdb = await import('@duckdb/node-api');
    const bindings = createRequire(require.resolve(PACKAGE))('@duckdb/node-bindings') as Bindings;
    return { duckdb, bindings };
  } catch (error) {
    const isMissing = /MODULE_NOT_FOUND/.test((error as NodeJS.ErrnoException).code ?? '');
    const what = isMissing ? 'is not here' : 'does not load';
    throw new Failure(`SQL needs DuckDB, which ${what}: install it with "npm install ${PACKAGE}" beside hypertape`);
  }
}
