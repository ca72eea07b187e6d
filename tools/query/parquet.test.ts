import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { afterAll, expect, test } from 'vitest';
import type { Table } from '../../src/analysis/tables/index.ts';
import { hexOf, joined } from '../../src/base/bytes.ts';
import { zstd } from '../../src/host/zstd.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { writeParquet } from './parquet.ts';
import { oddTable, rowsOf } from './tables.fixture.ts';
import { tablesOfTape } from './tape-tables.ts';

const folder = mkdtempSync(join(tmpdir(), 'hypertape-parquet-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(table: Table): Uint8Array {
  const pieces: Uint8Array[] = [];
  let end = 0;
  const rows = writeParquet(
    {
      write: (bytes, offset) => {
        expect(offset).toBe(end);
        end += bytes.length;
        pieces.push(bytes.slice());
      },
    },
    table,
    'hypertape test',
  );
  expect(rows).toBe(rowsOf(table).length);
  return joined(pieces);
}

/** Rows by the library's own reader. */
async function readByHyparquet(bytes: Uint8Array, table: Table): Promise<unknown[][]> {
  const file = bytes.slice().buffer as ArrayBuffer;
  const compressors = { ZSTD: (packed: Uint8Array, size: number) => zstd().decompress(packed, size, size) };
  const rows = await parquetReadObjects({ file, compressors, utf8: false });
  return rows.map((row) => table.columns.map(({ name }) => row[name] ?? null));
}

/** Rows by DuckDB. */
async function readByDuckDb(bytes: Uint8Array, table: Table): Promise<unknown[][]> {
  const path = join(folder, `${table.name}.parquet`);
  writeFileSync(path, bytes);
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM '${path}'`);
  expect(described.getRowsJS().map(([name, type]) => `${name} ${type}`)).toEqual(
    table.columns.map(({ name, type }) => `${name} ${type}`),
  );
  const rows = (await connection.runAndReadAll(`SELECT * FROM '${path}'`)).getRowsJS();
  connection.closeSync();
  return rows as unknown[][];
}

/** Rows as text, to be compared at once: a bigint, a number, a text and bytes differ. */
const textsOf = (rows: readonly (readonly unknown[])[]): string[] =>
  rows.map((row) =>
    row.map((value) => (value instanceof Uint8Array ? `bytes ${hexOf(value)}` : `${typeof value} ${value}`)).join('|'),
  );
function expectSame(got: readonly (readonly unknown[])[], wanted: readonly (readonly unknown[])[]): void {
  const [is, shouldBe] = [textsOf(got), textsOf(wanted)];
  const first = shouldBe.findIndex((text, i) => text !== is[i]);
  expect([is.length, first < 0 ? undefined : is[first]]).toEqual([shouldBe.length, shouldBe[first]]);
}

test('all types, nulls and extremes, over several row groups, are what two readers read', async () => {
  const table = oddTable(35_000, 20_000);
  const bytes = fileOf(table);
  const metadata = parquetMetadata(bytes.slice().buffer as ArrayBuffer);
  expect(metadata.row_groups.length).toBeGreaterThan(1);
  expect(metadata.created_by).toBe('hypertape test');
  const rows = rowsOf(table);
  expectSame(await readByHyparquet(bytes, table), rows);
  expectSame(await readByDuckDb(bytes, table), rows);
});

test('statistics are of numbers alone, and mislead no reader about words that are negative as signed ones', async () => {
  const path = join(folder, 'statistics.parquet');
  writeFileSync(path, fileOf(oddTable(1000, 10)));
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const count = async (where: string): Promise<unknown> =>
    (await connection.runAndReadAll(`SELECT count(*) FROM '${path}' WHERE ${where}`)).getRowsJS()[0]?.[0];
  const [group] = parquetMetadata(new Uint8Array(readFileSync(path)).buffer as ArrayBuffer).row_groups;
  const known = group?.columns.flatMap(({ meta_data: of }) => (of?.statistics === undefined ? [] : of.path_in_schema));
  expect(known).toEqual(['number', 'maybe', 'large', 'perhaps', 'fraction', 'name', 'no_name', 'data']);
  expect(await count('large > 9007199254740990')).toBeGreaterThan(100);
  const words = rowsOf(oddTable(1000, 10)).map((row) => row[4] as bigint);
  expect(await count('word >= 9223372036854775808')).toBe(BigInt(words.filter((word) => word >= 1n << 63n).length));
  expect(await count('word < 2')).toBe(BigInt(words.filter((word) => word < 2n).length));
  connection.closeSync();
});

test.each(['demo-arm64', 'demo-armv7'])('every table of %s', async (name) => {
  const { tables } = tablesOfTape(TapeReader.open(`traces/golden/v3/${name}.tape`));
  for (const table of tables) {
    const bytes = fileOf(table);
    const rows = rowsOf(table);
    expectSame(await readByHyparquet(bytes, table), rows);
    expectSame(await readByDuckDb(bytes, table), rows);
  }
});
