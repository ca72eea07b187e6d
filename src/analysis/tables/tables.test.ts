import { afterAll, expect, test } from 'vitest';
import type { RecordedEvent } from '../../trace/codec/event-rows.ts';
import { emitTo, folder, randomEvents, start } from '../../trace/codec/tape.fixture.ts';
import { TapeReader } from '../../trace/codec/tape-reader.ts';
import { TapeWriter } from '../../trace/codec/tape-writer.ts';
import {
  allEvents,
  type EventDecl,
  eventByName,
  idleSkip,
  kvmClassName,
  toJson,
  vcpuTurn,
  vmExit,
} from '../../trace/events/index.ts';
import type { ColumnType, ColumnValues, Table, Words } from './column.ts';
import { type EventNames, eventTable, eventTables } from './index.ts';

const files = folder();
afterAll(() => files.remove());

const GOLDEN = ['demo-arm64', 'demo-armv7'].map((name) => `traces/golden/v3/${name}.tape`);
const COUNT = 20_000;

/** A tape of random events of all kinds, over several frames. */
function randomTape(): string {
  const path = files.file('random.tape');
  const writer = TapeWriter.create(path, start);
  for (const event of randomEvents(7n, COUNT)) emitTo(writer, event);
  const at = Number.MAX_SAFE_INTEGER;
  writer.finish({ at, vcpu: 0, outcome: 'poweroff', reason: '', stateHash: '', consoleSha256: 'aa' });
  return path;
}

const names: EventNames = {
  symbolAt: (pc) => (pc % 3n === 0n ? undefined : { name: `f${pc % 7n}`, offset: pc % 64n }),
  registerAt: (ipa) => (ipa % 2n === 0n ? `dev REG${ipa % 5n}` : ipa % 3n === 0n ? 'dev' : undefined),
  isArmv7: false,
};

const valueAt = (type: ColumnType, values: ColumnValues, row: number): unknown => {
  if (type === 'UBIGINT') {
    const words = values as Words;
    return words.nulls?.[row] ? null : words.values[row];
  }
  const value = (values as readonly unknown[])[row];
  return Number.isNaN(value) ? null : value;
};

function rowsOf(table: Table): Record<string, unknown>[] {
  const rows: Record<string, unknown>[] = [];
  for (const { count, columns } of table.scan(table.columns.map((_, place) => place)))
    for (let row = 0; row < count; row++)
      rows.push(
        Object.fromEntries(
          table.columns.map(({ name, type }, place) => [name, valueAt(type, columns[place] as ColumnValues, row)]),
        ),
      );
  return rows;
}

/** What the columns are called that JSON has under another name. */
const renamed: Readonly<Record<string, string>> = { at: 'icount', stateHash: 'hash' };

/** Fields of two kinds of events that one name would mix up. */
const ofKind: Readonly<Record<string, string>> = {
  [`${vcpuTurn.name} from`]: 'from_vcpu',
  [`${vcpuTurn.name} to`]: 'to_vcpu',
  [`${idleSkip.name} to`]: 'to_icount',
};
const columnOf = ({ kind }: RecordedEvent, field: string): string =>
  ofKind[`${kind} ${field}`] ?? renamed[field] ?? field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** What of an event the row says otherwise. */
function* differences(table: Table, row: Record<string, unknown>, event: RecordedEvent): Generator<string> {
  const decl = eventByName(event.kind) as EventDecl;
  const json: Readonly<Record<string, unknown>> = { ordinal: event.ordinal, ...toJson(decl, event) };
  const isAbort = event.kind !== 'vm-exit' || (event.kvmClass >= 0x20 && event.kvmClass <= 0x25);
  for (const [field, value] of Object.entries(json)) {
    const name = columnOf(event, field);
    if (name === 'event' && !('event' in row)) continue;
    const got = row[name];
    const isNone = !isAbort && (field === 'far' || field === 'ipa');
    const isSame =
      typeof got === 'bigint' && typeof value === 'string'
        ? got === BigInt(value)
        : got === (isNone || value === '' ? (typeof got === 'string' ? '' : null) : value);
    const asBytes = got instanceof Uint8Array ? Buffer.from(got).toString('hex') === value : isSame;
    if (!asBytes) yield `${table.name}.${name}: ${String(got)} for ${JSON.stringify(json)}`;
  }
  if (!('pc' in event)) return;
  const { name = null, offset = null } = names.symbolAt(event.pc) ?? {};
  if (row.symbol !== name || row.symbol_offset !== (offset === null ? null : Number(offset)))
    yield `${table.name}: ${row.symbol} for ${name}`;
}

function check(tables: readonly Table[], events: readonly RecordedEvent[]): void {
  for (const [i, table] of tables.entries()) {
    const kinds = new Set<string>((eventTables[i]?.events ?? []).map(({ name }) => name));
    const expected = events.filter(({ kind }) => kinds.has(kind));
    const rows = rowsOf(table);
    expect(rows.length, table.name).toBe(expected.length);
    const wrong = expected.flatMap((event, row) => [...differences(table, rows[row] ?? {}, event)]);
    expect(wrong.slice(0, 3)).toEqual([]);
  }
}

test('each kind of event is a row of one table', () => {
  const tags = eventTables.flatMap(({ events }) => events.map(({ tag }) => tag));
  expect(tags.toSorted((a, b) => a - b)).toEqual(allEvents.map(({ tag }) => tag));
});

test('tables say what the events do, of random events over several frames', () => {
  const reader = TapeReader.open(randomTape());
  check(
    eventTables.map((decl) => eventTable(decl, reader, names)),
    [...reader.events()],
  );
});

test.each(GOLDEN)('tables of %s: devices, syndromes, exits and their answers', (path) => {
  const reader = TapeReader.open(path);
  const isArmv7 = path.includes('armv7');
  const table = (name: string): Record<string, unknown>[] => {
    const decl = eventTables.find((one) => one.name === name);
    return rowsOf(eventTable(decl as NonNullable<typeof decl>, reader, { ...names, isArmv7 }));
  };
  const events = [...reader.events()];
  const exits = table('exits');
  const wrong = exits.filter((exit) => {
    const isAbort = String(exit.class).endsWith('ABT_LOW');
    const [device = null, register = null] = isAbort ? (names.registerAt(exit.ipa as bigint)?.split(' ') ?? []) : [];
    const event = events[exit.ordinal as number];
    const isSame = event?.kind === 'vm-exit' && kvmClassName(event.kvmClass) === exit.class;
    const isAt = exit.device === device && (!isAbort || exit.register === register);
    return !isSame || !isAt || (exit.ipa === null) !== !isAbort;
  });
  expect(wrong.slice(0, 3)).toEqual([]);
  const answers = ['mmio', 'sysregs', 'stage2'].flatMap((name) => table(name));
  const astray = answers.filter(
    ({ exit, ordinal }) => exit !== Number(ordinal) - 1 || events[Number(exit)]?.kind !== vmExit.name,
  );
  expect(astray.slice(0, 3)).toEqual([]);
  const kinds = new Set(table('mmio').map(({ access, register }) => `${access} ${register}`));
  expect(kinds.size).toBeGreaterThan(3);
});

test('only the columns that are asked for are read', () => {
  const reader = TapeReader.open(GOLDEN[0] as string);
  let looked = 0;
  const counting = { ...names, symbolAt: () => void looked++ };
  const [decl] = eventTables;
  const table = eventTable(decl as NonNullable<typeof decl>, reader, counting);
  const place = (name: string): number => table.columns.findIndex((one) => one.name === name);
  const batches = [...table.scan([place('class'), place('vcpu')])];
  expect(batches.every(({ columns }) => columns.length === 2)).toBe(true);
  expect(looked).toBe(0);
  expect([...table.scan([place('symbol')])].length).toBeGreaterThan(0);
  expect(looked).toBeGreaterThan(0);
});
