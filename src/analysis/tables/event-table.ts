import type { EventDecl } from '../../trace/events/index.ts';
import type { Clocks, EventSet } from '../event-set.ts';
import type { Batch, ColumnDecl, ColumnType, Table, ValuesByType } from './column.ts';
import { type EventNames, ExitOf, FrameRows, KeptNames } from './frame-rows.ts';

/** A column of a table of events. */
export interface EventColumn<T extends ColumnType = ColumnType> extends ColumnDecl<T> {
  /** Events of other tables that it depends on: frames that hold one are read. */
  readonly needs?: readonly EventDecl[];
  /** What reads it of a frame; one for each scan, which may keep what it saw. */
  readonly reader: (names: KeptNames) => (rows: FrameRows) => ValuesByType[T];
}

/** A table of events: a row an event of these kinds. */
export interface EventTableDecl {
  readonly name: string;
  readonly about: string;
  readonly events: readonly EventDecl[];
  readonly columns: readonly EventColumn[];
}

/** Declares a column that a frame tells by itself. */
export const column = <T extends ColumnType>(
  name: string,
  type: T,
  about: string,
  read: (rows: FrameRows) => ValuesByType[T],
): EventColumn<T> => ({ name, type, nullable: false, about, reader: () => read });

/** The same column, of which a row may have none. */
export const nullable = <T extends ColumnType>(declared: EventColumn<T>): EventColumn<T> => ({
  ...declared,
  nullable: true,
});

/** A field whose numbers are counted with. */
export const numberOf = (name: string, type: 'INTEGER' | 'BIGINT', field: string, about: string): EventColumn =>
  column(name, type, about, (rows) => rows.numbers(field));
/** A field of bits. */
export const wordOf = (name: string, field: string, about: string): EventColumn<'UBIGINT'> =>
  column(name, 'UBIGINT', about, (rows) => rows.words(field));
/** A field by the name of its value. */
export const nameOf = (name: string, field: string, about: string): EventColumn<'VARCHAR'> =>
  column(name, 'VARCHAR', about, (rows) => rows.shown(field));

/** What every event has. */
export const stamp: readonly EventColumn[] = [
  column('ordinal', 'BIGINT', 'number of the event on the tape, from 0', ({ frame, places }) =>
    Float64Array.from(places, (place) => frame.firstOrdinal + place),
  ),
  column(
    'icount',
    'BIGINT',
    'instructions retired and idle time skipped since the reset, 1 ns each',
    ({ frame, places }) => Float64Array.from(places, (place) => frame.at[place] as number),
  ),
  column('seconds', 'DOUBLE', 'the same as virtual time in seconds', ({ frame, places }) =>
    Float64Array.from(places, (place) => (frame.at[place] as number) / 1e9),
  ),
  column('vcpu', 'INTEGER', 'the vCPU, from 0', ({ frame, places }) =>
    Float64Array.from(places, (place) => frame.vcpus[place] as number),
  ),
];

/** Which kind of event a row is, of tables with several. */
export const eventName = column('event', 'VARCHAR', "the event's name", (rows) =>
  Array.from(rows.places, (_, row) => rows.decl(row).name),
);

/** Where in the guest. */
export const code: readonly EventColumn[] = [
  wordOf('pc', 'pc', 'the preferred return address'),
  nullable(
    column('symbol', 'VARCHAR', "the guest's function there", (rows) =>
      rows.functions().map((place) => place?.name ?? null),
    ),
  ),
  nullable(
    column('symbol_offset', 'BIGINT', 'bytes from its first instruction', (rows) =>
      Float64Array.from(rows.functions(), (place) => (place === undefined ? Number.NaN : Number(place.offset))),
    ),
  ),
];

/** The exit that an event followed from. */
export const exitOrdinal = (vmExit: EventDecl): EventColumn<'BIGINT'> => ({
  name: 'exit',
  type: 'BIGINT',
  nullable: true,
  about: 'exits.ordinal of the exit that it was the answer to',
  needs: [vmExit],
  reader: () => {
    const exits = new ExitOf();
    return (rows) => exits.ordinals(rows);
  },
});

/** A table of events, with the rows that a set of them has. */
export function eventTable(decl: EventTableDecl, set: EventSet, names: EventNames, clocks: Clocks = {}): Table {
  return {
    ...decl,
    *scan(wanted): Generator<Batch> {
      const kept = new KeptNames(names, clocks);
      const columns = wanted.map((place) => decl.columns[place] as EventColumn);
      const readers = columns.map(({ reader }) => reader(kept));
      const needed = [...decl.events, ...columns.flatMap(({ needs = [] }) => needs)];
      for (const frame of set.eventFrames({ tags: new Set(needed.map(({ tag }) => tag)) })) {
        const rows = new FrameRows(frame, decl.events, kept);
        // A frame without rows is read all the same: what stands in it may decide columns of a later one.
        const batch = { count: rows.count, columns: readers.map((read) => read(rows)) };
        if (batch.count > 0) yield batch;
      }
    },
  };
}
