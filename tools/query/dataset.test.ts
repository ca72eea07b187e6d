import { type ChildProcess, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Failure } from '../../src/base/failure.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { TapeWriter } from '../../src/trace/codec/tape-writer.ts';
import { type EventDecl, eventByName } from '../../src/trace/events/index.ts';
import { Dataset } from './dataset.ts';
import { writeParquet } from './parquet.ts';
import { Sql } from './sql.ts';
import { tableDecls, tablesOfTape } from './tape-tables.ts';

const folder = mkdtempSync(join(tmpdir(), 'hypertape-dataset-'));
afterAll(() => rmSync(folder, { recursive: true }));
const GOLDEN = ['demo-arm64', 'demo-armv7', 'demo-arm64-max', 'demo-arm64-bhyve'].map(
  (name) => `traces/golden/v3/${name}.tape`,
);
let made = 0;
const place = (): string => join(folder, `dataset${made++}`);

/** The same run with another seed in its header, so that it counts as another tape. */
function withSeed(path: string, seed: number): string {
  const out = join(folder, `seed${seed}.tape`);
  const reader = TapeReader.open(path);
  const { header } = reader;
  const images = reader.images.map((image) => ({ name: image.name, data: image.read() }));
  const machine = { ...header.machine, entropySeed: `0x${seed.toString(16)}` };
  const writer = TapeWriter.create(out, { ...header, machine, images }, { force: true });
  for (const event of reader.events()) {
    const { kind, ...fields } = event;
    if (kind === 'run-end') writer.finish(fields as never);
    else writer.emit(eventByName(kind) as EventDecl, fields as never);
  }
  return out;
}
const SEEDED: string[] = [];
beforeAll(() => {
  for (let seed = 2; seed < 6; seed++) SEEDED.push(withSeed(GOLDEN[0] as string, seed));
});

async function ask(dataset: Dataset, sql: string): Promise<Record<string, unknown>[]> {
  const engine = await Sql.open();
  try {
    for (const decl of tableDecls) await engine.files(decl, dataset.files(decl.name));
    const { columns, rows } = await engine.query(sql);
    const all: Record<string, unknown>[] = [];
    for await (const some of rows)
      for (const row of some) all.push(Object.fromEntries(columns.map(({ name }, i) => [name, row[i]])));
    return all;
  } finally {
    engine.close();
  }
}
const failureOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof Failure) return error.message;
    throw error;
  }
  return '';
};
const exitsIn = (path: string): number =>
  [...TapeReader.open(path).events()].filter(({ kind }) => kind === 'vm-exit').length;

test("the schedule's seed is in the manifest, and what was added before there was such a column is read", async () => {
  const dataset = Dataset.openOrCreate(place());
  const [older, seeded] = [GOLDEN[0] as string, 'traces/golden/v3/smp-arm64-4-seed.tape'];
  for (const path of [older, seeded]) dataset.add(TapeReader.open(path), {});
  const machine = TapeReader.open(seeded).header.machine;
  const seeds = 'SELECT vcpus, schedule_seed AS seed FROM tapes ORDER BY vcpus';
  const wanted = [
    { vcpus: 1, seed: null },
    { vcpus: 4, seed: machine.scheduleSeed },
  ];
  expect(await ask(dataset, seeds)).toEqual(wanted);
  expect((await dataset.manifest()).map((row) => row.schedule_seed ?? null)).toContain(
    BigInt(String(machine.scheduleSeed)),
  );

  const [file] = dataset.files('tapes').filter((path) => path.includes('guest=demo-arm64'));
  const { tables } = tablesOfTape(TapeReader.open(older));
  const table = tables.find(({ name }) => name === 'tapes') as (typeof tables)[number];
  const columns = table.columns.filter(({ name }) => name !== 'schedule_seed' && name !== 'turn_counts');
  const scan: typeof table.scan = (wanted) => table.scan(wanted.map((n) => table.columns.indexOf(columns[n] as never)));
  const parts: Uint8Array[] = [];
  writeParquet({ write: (bytes) => void parts.push(bytes.slice()) }, { ...table, columns, scan }, 'older');
  writeFileSync(file as string, Buffer.concat(parts));
  expect(await ask(dataset, seeds)).toEqual(wanted);
  expect(await dataset.manifest()).toHaveLength(2);
});

test('tapes are added once, with a manifest, and queried as one', async () => {
  const dataset = Dataset.openOrCreate(place());
  for (const path of GOLDEN) expect(dataset.add(TapeReader.open(path), {})).toMatchObject({ isNew: true });
  for (const path of GOLDEN)
    expect(dataset.add(TapeReader.open(path), { guest: 'other' })).toMatchObject({ isNew: false });
  const manifest = await dataset.manifest();
  expect(manifest.map(({ guest, outcome, arch }) => [guest, outcome, arch])).toEqual([
    ['demo-arm64', 'poweroff', 'arm64'],
    ['demo-arm64', 'poweroff', 'arm64'],
    ['demo-arm64', 'poweroff', 'arm64'],
    ['demo-armv7', 'poweroff', 'armv7'],
  ]);
  expect(
    manifest.every(
      ({ tape, digest, entropy_seed, kernel }) =>
        tape === digest && entropy_seed === 1n && /^[0-9a-f]{64}$/.test(String(kernel)),
    ),
  ).toBe(true);
  const rows = await ask(
    dataset,
    'SELECT t.path, count(*) AS n FROM exits e JOIN tapes t USING (guest, tape) GROUP BY t.path',
  );
  const counted = GOLDEN.map((path): [string, number] => [path, exitsIn(path)]);
  expect(new Map(rows.map(({ path, n }) => [path, n]))).toEqual(new Map(counted));
  // What no tape has rows of has its columns all the same, and the partition comes last.
  expect(await ask(dataset, 'SELECT count(value) AS n FROM edits')).toEqual([{ n: 0 }]);
  for (const { name, columns } of tableDecls) {
    const described = await ask(dataset, `DESCRIBE ${name}`);
    expect(
      described.map((row) => `${row.column_name} ${row.column_type}`),
      name,
    ).toEqual(
      [...columns, { name: 'guest', type: 'VARCHAR' }, { name: 'tape', type: 'VARCHAR' }].map(
        (one) => `${one.name} ${one.type}`,
      ),
    );
  }
  const guests = await ask(
    dataset,
    "SELECT DISTINCT guest FROM irqs WHERE tape = (SELECT min(tape) FROM tapes WHERE guest = 'demo-armv7')",
  );
  expect(guests).toEqual([{ guest: 'demo-armv7' }]);
});

test('SQL reads the files of the dataset, and writes none', async () => {
  const dataset = Dataset.openOrCreate(place());
  dataset.add(TapeReader.open(GOLDEN[0] as string), { guest: 'mine' });
  const [file = ''] = dataset.files('exits');
  const before = readFileSync(file);
  const outside = join(folder, 'outside.csv');
  writeFileSync(outside, 'a\n1\n');
  expect(await ask(dataset, `SELECT count(*) AS n FROM read_parquet('${file}')`)).toEqual([{ n: 3397 }]);
  for (const sql of [
    `COPY (SELECT 1) TO '${file}' (FORMAT parquet)`,
    `EXPLAIN ANALYZE COPY (SELECT 1) TO '${file}' (FORMAT parquet)`,
    `SELECT * FROM read_csv('${outside}')`,
    `SELECT * FROM read_parquet('${folder}/*/exits/*/*/*.parquet')`,
    `COPY (SELECT 1) TO '${join(dataset.path, 'new.parquet')}'`,
  ])
    await expect(ask(dataset, sql), sql).rejects.toThrow(Failure);
  expect(readFileSync(file).equals(before)).toBe(true);
});

/** What is there, by tape, is all that the tape has. */
async function expectSound(path: string): Promise<string[]> {
  const dataset = Dataset.open(path);
  const seen = await ask(
    dataset,
    `SELECT t.tape, t.exits, t.events, (SELECT count(*) FROM exits e WHERE e.tape = t.tape) AS e,
      (SELECT count(*) FROM mmio m WHERE m.tape = t.tape) AS m FROM tapes t ORDER BY 1`,
  );
  for (const row of seen) expect([row.e, row.m]).toEqual([3397, 3241]);
  const astray = await ask(dataset, 'SELECT count(*) AS n FROM exits WHERE tape NOT IN (SELECT tape FROM tapes)');
  expect(astray).toEqual([{ n: 0 }]);
  return seen.map(({ tape }) => String(tape));
}

const CLI = fileURLToPath(new URL('../cli.ts', import.meta.url));
const add = (path: string): ChildProcess =>
  spawn(process.execPath, [CLI, 'dataset', 'add', ...SEEDED, path], { stdio: ['ignore', 'ignore', 'pipe'] });
const ended = async (process: ChildProcess): Promise<number | null> => {
  let said = '';
  process.stderr?.on('data', (bytes: Buffer) => {
    said += bytes.toString();
  });
  const status = await new Promise<number | null>((done) => process.on('close', done));
  if (status !== null) expect(said).toBe('');
  return status;
};

test('several may add the same tapes at once', async () => {
  const path = place();
  expect(await Promise.all([add(path), add(path), add(path)].map(ended))).toEqual([0, 0, 0]);
  expect(await expectSound(path)).toHaveLength(SEEDED.length);
  expect(readdirSync(join(path, '_staging'))).toEqual([]);
});

test('an addition that is killed leaves whole tapes, and the next one adds the rest', async () => {
  const path = place();
  for (const afterMs of [700, 1000, 1300]) {
    const process = add(path);
    setTimeout(() => process.kill('SIGKILL'), afterMs);
    await ended(process);
    if (existsSync(join(path, 'dataset.json'))) await expectSound(path);
  }
  expect(await ended(add(path))).toBe(0);
  expect(await expectSound(path)).toHaveLength(SEEDED.length);
});

test('whoever opens a dataset finishes what was ready, up to any file', async () => {
  const whole = Dataset.openOrCreate(place());
  const { guest, tape } = whole.add(TapeReader.open(SEEDED[0] as string), {});
  const tables = readdirSync(whole.path).filter((name) => !/^(_|dataset)/.test(name));
  expect(tables).toContain('tapes');
  const inOrder = [...tables.filter((name) => name !== 'tapes'), 'tapes'];
  for (let moved = 0; moved <= inOrder.length; moved++) {
    const path = place();
    cpSync(whole.path, path, { recursive: true });
    // As it is when so many files were moved.
    for (const table of inOrder.slice(moved)) {
      const [from, to] = [join(path, table), join(path, '_staging', `${tape}.ready`, table)];
      mkdirSync(join(to, '..'), { recursive: true });
      renameSync(from, to);
    }
    expect(await expectSound(path)).toEqual([tape]);
    expect(readdirSync(path).sort()).toEqual(readdirSync(whole.path).sort());
  }
  expect(guest).toBe('demo-arm64');
});

test('a tape that is not ready is none, and is taken away when nobody makes it any more', async () => {
  const dataset = Dataset.openOrCreate(place());
  dataset.add(TapeReader.open(SEEDED[0] as string), {});
  const half = join(dataset.path, '_staging', `${'0'.repeat(64)}.0123456789abcdef`, 'exits', 'guest=x', 'tape=y');
  mkdirSync(half, { recursive: true });
  writeFileSync(join(half, 'part-0.parquet'), 'half');
  expect(await expectSound(dataset.path)).toHaveLength(1);
  dataset.add(TapeReader.open(SEEDED[1] as string), {});
  expect(existsSync(half)).toBe(true);
  const longAgo = Date.now() / 1000 - 2 * 24 * 3600;
  utimesSync(join(half, '../../..'), longAgo, longAgo);
  dataset.add(TapeReader.open(SEEDED[2] as string), {});
  expect(readdirSync(join(dataset.path, '_staging'))).toEqual([]);
});

test.each([
  ['a folder that is not empty', (path: string) => writeFileSync(join(path, 'a'), ''), /not empty \(a\)/],
  ['a mark that is none', (path: string) => writeFileSync(join(path, 'dataset.json'), '{'), /is damaged/],
  [
    'another version',
    (path: string) => writeFileSync(join(path, 'dataset.json'), '{"format":"hypertape dataset","version":9}'),
    /version 9/,
  ],
])('%s', (_, spoil, message) => {
  const path = place();
  mkdirSync(path);
  spoil(path);
  expect(failureOf(() => Dataset.openOrCreate(path))).toMatch(message);
});

test('a folder that is none, a name that is none, a manifest that is damaged', async () => {
  expect(failureOf(() => Dataset.open(join(folder, 'nothing')))).toMatch(/no such file/);
  expect(failureOf(() => Dataset.openOrCreate(join(folder, 'a=b')))).toMatch(/may not have =/);
  const dataset = Dataset.openOrCreate(place());
  expect(failureOf(() => dataset.add(TapeReader.open(GOLDEN[0] as string), { guest: '../x' }))).toMatch(/--guest/);
  dataset.add(TapeReader.open(GOLDEN[0] as string), {});
  const [file = ''] = dataset.files('tapes');
  writeFileSync(file, readFileSync(file).subarray(0, 100));
  await expect(dataset.manifest()).rejects.toThrow(/damaged/);
  await expect(ask(dataset, 'SELECT * FROM tapes')).rejects.toThrow(Failure);
});
