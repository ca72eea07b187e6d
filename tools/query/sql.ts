import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TableDecl } from '../../src/analysis/tables/index.ts';
import { Failure } from '../../src/base/failure.ts';
import { type Connection, type Loaded, loadDuckDb } from './duckdb.ts';
import { feedTable, type Part, type Trouble } from './feed.ts';
import { keyColumns } from './tape-tables.ts';
import { type JsonValue, jsonOf } from './values.ts';

/** What DuckDB keeps in memory at most, unless that is said; beyond that it writes to its folder. */
const MEMORY_BYTES = 64 * 2 ** 20;
const THREADS_MAX = 4;
/** No query may fill the disk. */
const SPILL_MAX = '8GiB';

/** A query that may ask for columns that it does not name. */
const ALL_COLUMNS = /(^|[^(])\*|\b(columns|summarize|natural|table|query_table)\b|^\s*from\b/i;

/** What a query gives: its rows in pieces, as they are made. */
export interface Result {
  readonly columns: readonly { readonly name: string; readonly isNumber: boolean }[];
  readonly rows: AsyncIterable<readonly (readonly JsonValue[])[]>;
}

/** Paths as a list of SQL. */
const listOf = (paths: readonly string[]): string =>
  `[${paths.map((path) => `'${path.replaceAll("'", "''")}'`).join(', ')}]`;

/** A message of DuckDB on one line: its first line, and what it means that might have been meant. */
const oneLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error))
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^LINE \d+:|^\^$/.test(line))
    .join(' ');

/** Does something before a signal ends the process, as it would have. @returns what takes that back */
function onSignals(run: () => void): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const release = (): void => {
    for (const signal of signals) process.off(signal, handler);
  };
  const handler = (signal: NodeJS.Signals): void => {
    release();
    run();
    process.kill(process.pid, signal);
  };
  for (const signal of signals) process.on(signal, handler);
  return release;
}

/**
 * DuckDB with tables of tapes, or of a dataset. One statement that only reads is run in it: neither may it write anything, nor read files
 * but those of the dataset, whoever has written it.
 */
export class Sql {
  readonly #loaded: Loaded;
  readonly #connection: Connection;
  readonly #close: () => void;
  readonly #trouble: Trouble = {};
  /** Files that may be read. */
  readonly #allowed: string[] = [];

  private constructor(loaded: Loaded, connection: Connection, close: () => void) {
    this.#loaded = loaded;
    this.#connection = connection;
    this.#close = close;
  }

  /** @throws Failure where there is no DuckDB */
  static async open(memoryBytes = MEMORY_BYTES): Promise<Sql> {
    const loaded = await loadDuckDb();
    const folder = join(tmpdir(), `hypertape-sql-${randomBytes(8).toString('hex')}`);
    const instance = await loaded.duckdb.DuckDBInstance.create(':memory:', {
      threads: String(Math.min(THREADS_MAX, availableParallelism())),
      memory_limit: `${memoryBytes}B`,
      temp_directory: folder,
      max_temp_directory_size: SPILL_MAX,
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      allow_community_extensions: 'false',
      allow_persistent_secrets: 'false',
    });
    const connection = await instance.connect();
    // DuckDB makes it when it is needed, by a name that nobody can guess, and takes it away unless it is killed.
    const release = onSignals(() => rmSync(folder, { recursive: true, force: true }));
    return new Sql(loaded, connection, () => {
      connection.closeSync();
      instance.closeSync();
      release();
    });
  }

  /** Gives a table the rows of tapes. @param sql the query to come */
  async feed(parts: readonly [Part, ...Part[]], sql: string): Promise<void> {
    const { name } = parts[0].table;
    const words = new Set(sql.toLowerCase().match(/\w+/g));
    const isAsked = (column: string): boolean => words.has(name) && (words.has(column) || ALL_COLUMNS.test(sql));
    await feedTable(this.#loaded, this.#connection, parts, isAsked, this.#trouble);
  }
  /** Gives a table the rows of Parquet files, whose folders say of which guest and tape they are; of none, no rows. */
  async files({ name, columns }: TableDecl, paths: readonly string[]): Promise<void> {
    const keys = keyColumns.map((key) => key.name);
    const types = [...columns, ...keys.map((key) => ({ name: key, type: 'VARCHAR' }))];
    const none = `SELECT ${types.map((column) => `NULL::${column.type} AS ${column.name}`).join(', ')} WHERE false`;
    if (paths.length === 0) {
      await this.#connection.run(`CREATE VIEW ${name} AS ${none}`);
      return;
    }
    // Files that were written before a column was thought of are without it.
    const hive = `union_by_name = true, hive_partitioning = true, hive_types = {${keys.map((key) => `${key}: VARCHAR`).join(', ')}}`;
    try {
      const files = `SELECT * FROM read_parquet(${listOf(paths)}, ${hive})`;
      await this.#connection.run(`CREATE VIEW ${name} AS ${none} UNION ALL BY NAME ${files}`);
    } catch (error) {
      throw this.#failure(error);
    }
    this.#allowed.push(...paths);
  }

  /** @throws Failure of one line where the SQL is wrong, does more than read, or cannot go on */
  async query(sql: string): Promise<Result> {
    await this.#lock();
    try {
      await this.#check(sql);
      const result = await this.#connection.stream(sql);
      const types = result.columnTypes();
      const { DuckDBTypeId: id } = this.#loaded.duckdb;
      const numbers: ReadonlySet<number> = new Set([
        id.TINYINT,
        id.SMALLINT,
        id.INTEGER,
        id.BIGINT,
        id.HUGEINT,
        id.UTINYINT,
        id.USMALLINT,
        id.UINTEGER,
        id.UBIGINT,
        id.UHUGEINT,
        id.FLOAT,
        id.DOUBLE,
        id.DECIMAL,
      ]);
      const names = result.deduplicatedColumnNames();
      const columns = names.map((name, i) => ({ name, isNumber: numbers.has(types[i]?.typeId ?? -1) }));
      return { columns, rows: this.#rows(result) };
    } catch (error) {
      throw this.#failure(error);
    }
  }
  async *#rows(result: Awaited<ReturnType<Connection['stream']>>): AsyncGenerator<readonly (readonly JsonValue[])[]> {
    const convert = jsonOf(this.#loaded.duckdb);
    for (;;) {
      let rows: readonly (readonly JsonValue[])[];
      try {
        const chunk = await result.fetchChunk();
        if (chunk === null || chunk.rowCount === 0) return;
        rows = chunk.convertRows(convert) as readonly (readonly JsonValue[])[];
      } catch (error) {
        throw this.#failure(error);
      }
      yield rows;
    }
  }

  /** From now on nothing of the host can be reached, and nobody changes that. */
  async #lock(): Promise<void> {
    if (this.#allowed.length > 0) await this.#connection.run(`SET allowed_paths = ${listOf(this.#allowed)}`);
    await this.#connection.run('SET enable_external_access = false');
    await this.#connection.run('SET lock_configuration = true');
  }
  /** One statement, and one that reads. */
  async #check(sql: string): Promise<void> {
    const statements = await this.#connection.extractStatements(sql).catch((error: Error) => {
      // What it says of a text that is empty, but for comments and semicolons.
      if (error.message === 'Error in native callback') throw new Failure('the SQL has no statement; give one');
      throw error;
    });
    if (statements.count !== 1)
      throw new Failure(`the SQL has ${statements.count} statements; give one, which may have WITH and subqueries`);
    const { statementType } = await statements.prepare(0);
    const { StatementType } = this.#loaded.duckdb;
    if (statementType !== StatementType.SELECT)
      throw new Failure(
        `the SQL is ${StatementType[statementType]}; only what reads is run: SELECT, FROM, DESCRIBE, SUMMARIZE, …`,
      );
  }

  /** What a person is told: a tape's damage before what DuckDB makes of it. */
  #failure(error: unknown): unknown {
    if (this.#trouble.error !== undefined) return this.#trouble.error;
    if (error instanceof Failure) return error;
    const advice = /^Out of Memory/.test(String((error as Error).message)) ? '; give --memory-limit 1G' : '';
    return new Failure(`SQL: ${oneLine(error)}${advice}`);
  }

  close(): void {
    this.#close();
  }
}
