import { resolve } from 'node:path';
import { ExitStatus, Failure } from '../../src/base/failure.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { sizeOf } from '../session/numbers.ts';
import { print, printJson, say } from '../session/standard-output.ts';
import { countText } from '../session/units.ts';
import { type Added, Dataset, type ManifestRow } from './dataset.ts';
import { type OutputArgs, printResult } from './output.ts';
import { Sql } from './sql.ts';
import { tableDecls } from './tape-tables.ts';
import type { JsonValue } from './values.ts';

interface Args extends OutputArgs {
  readonly action: 'add' | 'list' | 'query';
  readonly words: readonly string[];
  readonly guest?: string | undefined;
  readonly symbols?: string | undefined;
  readonly memoryLimit: string;
}

/** `dataset add T… DIR`, `dataset list DIR`, `dataset query DIR "SQL"`. */
export async function dataset(args: Args): Promise<ExitStatus> {
  const { action, words, json, csv } = args;
  if (json && csv) throw new Failure('--json, --csv: give one of them');
  if (action === 'add') return add(args);
  if (args.guest !== undefined) throw new Failure(`--guest: "dataset ${action}" takes all guests; name one in the SQL`);
  const [path = '', sql, ...more] = words;
  if (action === 'list') {
    if (sql !== undefined) throw new Failure(`dataset list: it takes one folder, and no ${JSON.stringify(sql)}`);
    return list(Dataset.open(path), args);
  }
  if (sql === undefined || more.length > 0)
    throw new Failure(
      'dataset query: give a folder and SQL: hypertape dataset query DIR "SELECT guest, count(*) FROM exits GROUP BY guest"',
    );
  return ask(Dataset.open(path), sql, args);
}

const SHORT_DIGITS = 12;
const short = (tape: string): string => tape.slice(0, SHORT_DIGITS);

function add({ words, guest, symbols, json }: Args): ExitStatus {
  const folder = words.at(-1) ?? '';
  const paths = words.slice(0, -1);
  if (paths.length === 0)
    throw new Failure('dataset add: give tapes, and at the end the folder: hypertape dataset add a.tape b.tape DIR');
  const into = Dataset.openOrCreate(folder);
  const done: (Added & { readonly path: string })[] = [];
  for (const path of paths) {
    const reader = TapeReader.open(resolve(path));
    try {
      const options = { ...(guest === undefined ? {} : { guest }), ...(symbols === undefined ? {} : { symbols }) };
      const added = into.add(reader, options);
      done.push({ path, ...added });
      if (json) continue;
      const what = added.isNew ? `added, ${countText(added.rows)} rows` : 'there already';
      print(`${path}: ${what} (guest=${added.guest}, tape=${short(added.tape)}…)`);
    } finally {
      reader.close();
    }
    if (reader.header.level === 'inputs') say(`${path}: it holds inputs only, and no exits`);
  }
  if (json) printJson({ dataset: into.path, tapes: done });
  return ExitStatus.ok;
}

const plain = (value: unknown): JsonValue =>
  typeof value === 'bigint' ? Number(value) : ((value ?? null) as JsonValue);
/** A word of bits is in hexadecimal, as `query` shows it. */
const SEEDS: ReadonlySet<string> = new Set(['entropy_seed', 'schedule_seed']);
/** As `query` shows it. */
const rowOf = (row: ManifestRow): Record<string, JsonValue> =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      SEEDS.has(name) && value !== null ? `0x${BigInt(value as bigint).toString(16)}` : plain(value),
    ]),
  );

/** What of the manifest people look at first; the rest is in the JSON, and in the table `tapes`. */
const SHOWN = [
  'guest',
  'tape',
  'kernel_version',
  'entropy_seed',
  'schedule_seed',
  'outcome',
  'seconds',
  'exits',
  'producer',
  'path',
] as const;
const NUMBERS: ReadonlySet<string> = new Set([...SEEDS, 'seconds', 'exits']);

async function list(from: Dataset, { json, csv }: Args): Promise<ExitStatus> {
  const rows = (await from.manifest()).map(rowOf);
  const names = json || csv ? Object.keys(rows[0] ?? {}) : SHOWN;
  const cells = rows.map((row) =>
    names.map((name) => (name === 'tape' && !json && !csv ? short(String(row[name])) : (row[name] ?? null))),
  );
  const columns = names.map((name) => ({ name, isNumber: NUMBERS.has(name) }));
  await printResult({ columns, rows: once(cells) }, { json, csv });
  return ExitStatus.ok;
}
async function* once<T>(value: T): AsyncGenerator<T> {
  yield value;
}

async function ask(from: Dataset, sql: string, { json, csv, memoryLimit }: Args): Promise<ExitStatus> {
  const engine = await Sql.open(sizeOf('--memory-limit', memoryLimit));
  try {
    for (const decl of tableDecls) {
      // A table that a query reads stands in it by its name, unless that is made up.
      const isAsked = sql.toLowerCase().includes(decl.name) || /query/i.test(sql);
      if (isAsked) await engine.files(decl, from.files(decl.name));
    }
    await printResult(await engine.query(sql), { json, csv });
  } finally {
    engine.close();
  }
  return ExitStatus.ok;
}
