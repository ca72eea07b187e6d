// query/: tapes as tables of SQL: DuckDB over them, Parquet files of them.

import { ExitStatus, Failure } from '../../src/base/failure.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { sizeOf } from '../session/numbers.ts';
import { say } from '../session/standard-output.ts';
import { type OutputArgs, printResult } from './output.ts';
import { Sql } from './sql.ts';
import { tableDecls, tablesOfTape } from './tape-tables.ts';

interface Args extends OutputArgs {
  readonly tapes: readonly string[];
  readonly symbols?: string | undefined;
  readonly memoryLimit: string;
}

/** `query T… "SQL"`: the last word is the SQL. */
export async function query({ tapes: words, symbols, memoryLimit, ...output }: Args): Promise<ExitStatus> {
  const sql = words.at(-1) as string;
  const paths = words.slice(0, -1);
  if (paths.length === 0)
    throw new Failure(
      `query ${sql}: give tapes and SQL: hypertape query FILE.tape "SELECT class, count(*) FROM exits GROUP BY ALL"`,
    );
  if (output.json && output.csv) throw new Failure('--json, --csv: give one of them');
  const memoryBytes = sizeOf('--memory-limit', memoryLimit);
  const readers = paths.map((path) => TapeReader.open(path));
  for (const { path, header } of readers)
    if (header.level === 'inputs')
      say(
        `${path}: it holds inputs only, and no exits; "hypertape retrace ${path} -o FULL.tape" makes a tape that has them`,
      );
  const engine = await Sql.open(memoryBytes);
  try {
    const read = readers.map((reader) => ({ tape: reader.path, ...tablesOfTape(reader, symbols) }));
    for (const place of tableDecls.keys()) {
      const [first, ...more] = read.flatMap(({ guest, tape, tables }) => {
        const table = tables[place];
        return table === undefined ? [] : [{ guest, tape, table }];
      });
      if (first !== undefined) await engine.feed([first, ...more], sql);
    }
    await printResult(await engine.query(sql), output);
  } finally {
    engine.close();
  }
  return ExitStatus.ok;
}
