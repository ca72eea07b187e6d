import { Failure } from '../../src/base/failure.ts';
import { PRODUCER } from '../../src/library/producer.ts';
import { writeParquet } from '../query/parquet.ts';
import { tableDecls, tablesOfTape } from '../query/tape-tables.ts';
import { similarTo } from '../session/similar.ts';
import type { Exported, Put } from './exported.ts';

/** The table that is written unless another is asked for. */
export const TABLE = 'exits';

/** One of the tables of `query` as a file of row groups. @throws Failure where there is no such table */
export function parquet({ args, reader }: Exported, put: Put): void {
  const { table: name = TABLE, from, until, symbols } = args;
  if (from !== undefined || until !== undefined)
    throw new Failure('--to parquet: a table is of the whole tape; "query" takes rows from it, WHERE icount BETWEEN …');
  const { tables } = tablesOfTape(reader, symbols);
  const found = tables.find((table) => table.name === name);
  if (found === undefined) {
    const names = tableDecls.map((decl) => decl.name);
    const similar = similarTo(name, names);
    const hint = similar === undefined ? '' : `did you mean ${similar}? `;
    throw new Failure(`--table ${name}: no such table; ${hint}there are ${names.join(', ')}`);
  }
  // The library's memory is used again: it is written before the next piece comes.
  writeParquet({ write: (bytes) => put(bytes) }, found, PRODUCER);
}
