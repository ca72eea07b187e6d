import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Table } from '../../src/analysis/tables/index.ts';
import { Failure } from '../../src/base/failure.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { bhyveExitName, kvmClassName } from '../../src/trace/events/index.ts';
import { Sql } from './sql.ts';
import { oddTable, rowsOf } from './tables.fixture.ts';
import { tableDecls, tablesOfTape } from './tape-tables.ts';
import { textOf } from './values.ts';

const folder = mkdtempSync(join(tmpdir(), 'hypertape-sql-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The rows of a query over tables, each of a tape called by its number. */
async function ask(tables: readonly Table[], sql: string): Promise<Record<string, unknown>[]> {
  const engine = await Sql.open();
  try {
    const names = [...new Set(tables.map(({ name }) => name))];
    for (const wanted of names) {
      const [first, ...more] = tables
        .filter(({ name }) => name === wanted)
        .map((table, n) => ({ table, guest: 'g', tape: `t${n}` }));
      if (first) await engine.feed([first, ...more], sql);
    }
    const { columns, rows } = await engine.query(sql);
    const all: Record<string, unknown>[] = [];
    for await (const some of rows)
      for (const row of some) all.push(Object.fromEntries(columns.map(({ name }, i) => [name, row[i]])));
    return all;
  } finally {
    engine.close();
  }
}
const failure = async (tables: readonly Table[], sql: string): Promise<string> => {
  try {
    await ask(tables, sql);
  } catch (error) {
    if (error instanceof Failure && !error.message.includes('\n')) return error.message;
    throw error;
  }
  return '';
};

/** What a value of a table becomes in JSON. */
function shown(value: unknown, type: string): unknown {
  if (typeof value === 'bigint') return type === 'UBIGINT' ? `0x${value.toString(16)}` : Number(value);
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
}

test.each([
  // Few texts are a dictionary; of many, and of columns that the query does not name, each is set by itself.
  ['texts of a dictionary', 20, 'SELECT * FROM odd'],
  ['texts one by one', 33_000, 'SELECT * FROM odd'],
  [
    'columns by name',
    300,
    'SELECT number, maybe, large, perhaps, word, no_word, fraction, name, no_name, data FROM odd',
  ],
])('all types, nulls and extremes: %s', async (_, texts, sql) => {
  const table = oddTable(34_000, texts);
  const rows = await ask([table], sql);
  const wanted = rowsOf(table).map((row) => row.map((value, i) => shown(value, table.columns[i]?.type ?? '')));
  const got = rows.map((row) => table.columns.map(({ name }) => row[name]));
  const first = wanted.findIndex((row, i) => JSON.stringify(row) !== JSON.stringify(got[i]));
  expect([got.length, first < 0 ? undefined : got[first]]).toEqual([wanted.length, wanted[first]]);
});

test('several tapes, one column for each', async () => {
  const tables = [oddTable(10, 2), oddTable(7, 2)];
  expect(await ask(tables, 'SELECT tape, guest, count(*) n, min(word) w FROM odd GROUP BY ALL ORDER BY 1')).toEqual([
    { tape: 't0', guest: 'g', n: 10, w: '0x0' },
    { tape: 't1', guest: 'g', n: 7, w: '0x0' },
  ]);
  expect(await ask(tables, 'SELECT count(*) n FROM odd')).toEqual([{ n: 17 }]);
  expect(
    await ask(
      tables,
      'SELECT a.number x, b.tape FROM odd a JOIN odd b ON a.number = b.number + 1 WHERE a.number = -19999',
    ),
  ).toHaveLength(4);
});

test('counts are those of the events', async () => {
  const reader = TapeReader.open('traces/golden/v3/demo-arm64.tape');
  const { tables } = tablesOfTape(reader);
  const byClass = new Map<string, number>();
  const byRegister = new Map<string, number>();
  for (const event of reader.events()) {
    if (event.kind === 'vm-exit') {
      const key = `${kvmClassName(event.kvmClass)} ${bhyveExitName(event.bhyveExit)}`;
      byClass.set(key, (byClass.get(key) ?? 0) + 1);
    }
    if (event.kind === 'mmio-write' && event.ipa >= 0x900_0000n && event.ipa < 0x900_1000n) {
      const key = `0x${event.ipa.toString(16)}`;
      byRegister.set(key, (byRegister.get(key) ?? 0) + 1);
    }
  }
  const classes = await ask(tables, "SELECT class || ' ' || bhyve k, count(*) n FROM exits GROUP BY ALL");
  expect(new Map(classes.map(({ k, n }) => [k, n]))).toEqual(byClass);
  const registers = await ask(
    tables,
    "SELECT ipa, count(*) n FROM mmio WHERE device = 'pl011' AND access = 'write' GROUP BY ALL",
  );
  expect(new Map(registers.map(({ ipa, n }) => [ipa, n]))).toEqual(byRegister);
  const [total] = await ask(tables, 'SELECT sum(instructions) i, max(icount) t FROM exits');
  expect(Number(total?.i)).toBeLessThan(Number(total?.t));
  const [tape] = await ask(tables, 'SELECT * FROM tapes');
  expect(tape).toMatchObject({
    arch: 'arm64',
    entropy_seed: '0x1',
    outcome: 'poweroff',
    events: 7183,
    exits: 3397,
    whole: 1,
  });
  const functions = await ask(
    tables,
    "SELECT s.name FROM exits e JOIN symbols s ON e.pc = s.address + e.symbol_offset AND s.name = e.symbol WHERE s.kind = 'function'",
  );
  const named = await ask(tables, 'SELECT symbol FROM exits WHERE symbol IS NOT NULL');
  expect(named.length).toBeGreaterThan(3000);
  expect(functions.length).toBe(named.length);
});

test('each column has a name that SQL takes as it is', async () => {
  const { tables } = tablesOfTape(TapeReader.open('traces/golden/v3/demo-arm64.tape'));
  for (const { name, columns } of tables) {
    const names = [...columns.map((column) => column.name), 'guest', 'tape'];
    const sql = `SELECT ${names.map((column) => `max(${column})`).join(', ')} FROM ${name} WHERE ${names.map((column) => `${column} IS NOT NULL`).join(' OR ')}`;
    expect(await ask(tables, sql), name).toHaveLength(1);
  }
  expect(tables.map(({ name }) => name)).toEqual(tableDecls.map(({ name }) => name));
});

test('values without loss', async () => {
  const sql =
    "SELECT 9007199254740993 a, 12::UBIGINT b, 2::HUGEINT ** 100 c, 1.5 d, 'x'::BLOB e, [1::UBIGINT, NULL] f, {'g': 3} g, TRUE h, NULL i, DATE '2026-01-02' j, 'NaN'::DOUBLE k";
  const [row] = await ask([], sql);
  expect(row).toMatchObject({
    a: '9007199254740993',
    b: '0xc',
    d: 1.5,
    e: '78',
    f: ['0x1', null],
    g: { g: 3 },
    h: true,
    i: null,
    j: '2026-01-02',
    k: 'NaN',
  });
  expect(
    Object.values(row ?? {})
      .map((value) => textOf(value as never))
      .slice(4),
  ).toEqual(['78', '["0x1",null]', '{"g":3}', 'true', '', '2026-01-02', 'NaN']);
});

test.each([
  ['SELEC 1', /syntax error/],
  ['SELECT nope FROM odd', /"nope" not found/],
  ['SELECT 1; SELECT 2', /2 statements/],
  [';', /no statement/],
  ['CREATE TABLE x AS SELECT 1', /is CREATE; only what reads/],
  ['SET threads = 1', /is SET/],
  ['SET lock_configuration = false', /is SET/],
  ['EXPLAIN ANALYZE SELECT 1', /is EXPLAIN/],
  ["ATTACH 'FOLDER/db' AS db", /is ATTACH/],
  ["COPY odd TO 'FOLDER/out.csv'", /COPY|disabled by configuration/],
  ["EXPLAIN ANALYZE COPY odd TO 'FOLDER/out.csv'", /EXPLAIN|disabled by configuration/],
  ["EXPORT DATABASE 'FOLDER/out'", /disabled by configuration/],
  ["SELECT * FROM read_csv('/etc/passwd')", /disabled by configuration/],
  ["SELECT * FROM read_text('/etc/passwd')", /disabled by configuration/],
  ["SELECT * FROM glob('/etc/*')", /disabled by configuration/],
  ["SELECT * FROM '/etc/passwd'", /does not exist|disabled/],
  ['INSTALL httpfs', /is LOAD/],
  ["SELECT error('stop')", /stop/],
])('one line for %s', async (sql, message) => {
  expect(await failure([oddTable(3, 1)], sql.replaceAll('FOLDER', folder))).toMatch(message);
  expect(existsSync(join(folder, 'out.csv')) || existsSync(join(folder, 'db')) || existsSync(join(folder, 'out'))).toBe(
    false,
  );
});

test('what goes wrong in a tape is told as it is', async () => {
  const broken: Table = {
    ...oddTable(10, 1),
    *scan(wanted) {
      yield* oddTable(1, 1).scan(wanted);
      throw new Failure('a.tape is damaged at offset 7: x');
    },
  };
  expect(await failure([broken], 'SELECT number FROM odd')).toBe('a.tape is damaged at offset 7: x');
});

const leftBehind = (): string[] => readdirSync(tmpdir()).filter((name) => /^hypertape-sql-[0-9a-f]{16}$/.test(name));

test('more than fits into memory goes to a folder of its own, which is taken away', async () => {
  const before = leftBehind();
  const sql = 'SELECT count(*) n FROM (SELECT i, hash(i) h, hash(i + 1) g FROM range(6000000) t(i) ORDER BY h)';
  expect(await ask([], sql)).toEqual([{ n: 6_000_000 }]);
  expect(leftBehind()).toEqual(before);
});
