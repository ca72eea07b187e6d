import type { Clocks } from '../../src/analysis/event-set.ts';
import {
  eventTable,
  eventTables,
  type Row,
  rowTable,
  type Table,
  type TableDecl,
} from '../../src/analysis/tables/index.ts';
import type { GuestSymbols } from '../../src/replay/symbols/guest-symbols.ts';
import type { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { eventNames, guestSymbols } from '../session/event-symbols.ts';
import { guestOf, tapeRow, tapes } from './tape-row.ts';

const checkpoints: TableDecl = {
  name: 'checkpoints',
  about: 'a checkpoint on the tape ("hypertape index" makes more)',
  columns: [
    { name: 'number', type: 'INTEGER', nullable: false, about: 'from 0' },
    { name: 'icount', type: 'BIGINT', nullable: false, about: 'where it is' },
    { name: 'seconds', type: 'DOUBLE', nullable: false, about: 'the same as virtual time in seconds' },
    { name: 'ordinal', type: 'BIGINT', nullable: false, about: 'number of the first event behind it' },
    { name: 'bytes', type: 'BIGINT', nullable: false, about: 'what it takes on the tape' },
  ],
};

const symbols: TableDecl = {
  name: 'symbols',
  about: 'a function or variable of the kernel',
  columns: [
    { name: 'name', type: 'VARCHAR', nullable: false, about: 'as the kernel has it' },
    { name: 'kind', type: 'VARCHAR', nullable: false, about: 'function or variable' },
    { name: 'address', type: 'UBIGINT', nullable: true, about: 'where it runs or is read, as far as known' },
    { name: 'physical', type: 'UBIGINT', nullable: true, about: 'guest-physical address where it was loaded' },
    { name: 'bytes', type: 'BIGINT', nullable: true, about: 'up to its end, or to the next one' },
  ],
};

/** All tables, in the order of the manual. */
export const tableDecls: readonly TableDecl[] = [tapes, ...eventTables, checkpoints, symbols];

/** What tells tapes apart, in each of the tables. */
export const keyColumns = [
  {
    name: 'guest',
    about: "the guest's name in the catalogue, or else kernel- and the beginning of its kernel's digest",
  },
  { name: 'tape', about: 'the tape: in "query" its path as given, in a dataset its digest' },
] as const;

function* checkpointRows({ checkpoints: infos }: TapeReader): Generator<Row> {
  for (const [number, { icount, ordinal, bytes }] of infos.entries())
    yield { number, icount, seconds: icount / 1e9, ordinal, bytes };
}

/** No function or variable is so long: the last of a table reaches to the end of all addresses. */
const SYMBOL_BYTES_MAX = 1n << 32n;

function* symbolRows(found: GuestSymbols | undefined): Generator<Row> {
  for (const { name, isVariable, virtual, physical, bytes } of found?.all() ?? [])
    yield {
      name,
      kind: isVariable ? 'variable' : 'function',
      address: virtual ?? null,
      physical: physical ?? null,
      bytes: bytes < SYMBOL_BYTES_MAX ? Number(bytes) : null,
    };
}

/** A tape as tables. */
export interface TapeTables {
  readonly guest: string;
  /** In the order of `tableDecls`. */
  readonly tables: readonly Table[];
}

/** @param symbolsPath a file of symbols to be taken in place of the tape's own */
export function tablesOfTape(reader: TapeReader, symbolsPath?: string): TapeTables {
  let found: { readonly symbols: GuestSymbols | undefined } | undefined;
  const symbolsOnce = (): GuestSymbols | undefined => {
    found ??= { symbols: guestSymbols(reader, symbolsPath) };
    return found.symbols;
  };
  const names = eventNames(reader, symbolsOnce);
  const clocks: Clocks = {
    isConcurrent: reader.header.machine.imported !== undefined,
    ...(reader.begin === undefined ? {} : { begin: reader.begin.icount }),
  };
  return {
    guest: guestOf(reader),
    tables: [
      rowTable(tapes, () => [tapeRow(reader)]),
      ...eventTables.map((decl) => eventTable(decl, reader, names, clocks)),
      rowTable(checkpoints, () => checkpointRows(reader)),
      rowTable(symbols, () => symbolRows(symbolsOnce())),
    ],
  };
}
