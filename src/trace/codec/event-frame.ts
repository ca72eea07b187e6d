import { assert } from '../../base/assert.ts';
import type { EventDecl, FieldsOf, Stamp } from '../events/event.ts';
import { type Wire, wireMax } from '../events/field.ts';
import { eventByTag } from '../events/index.ts';
import { tapeLimits } from '../limits.ts';
import { encodeWords, Words } from './column.ts';
import { Damage, expect } from './damage.ts';
import { type Column, decodeBytes, decodeColumn, decodeNumbers } from './event-columns.ts';
import { FrameCursor } from './event-cursor.ts';
import type { EventFrame, EventTable, RecordedEvent } from './event-rows.ts';
import { binary, count as countOf, list, type Meta, pack, unpack } from './msgpack.ts';
import { ByteWriter } from './varint.ts';

/**
 * The payload of a frame of events (FORMAT.md, "Events"): a msgpack array
 * [first ordinal, count, tags, icounts, vCPUs, [[tag, column of each field ...] by ascending tag]].
 */

const scratch = new ByteWriter();

/** The column that is being encoded. */
const words = new Words(tapeLimits.frameEventsMax);

/** As narrow as its values: a frame's columns are to stay in the processor's cache. */
const arrayOf = { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, icount: Float64Array } as const;

class NumberColumn {
  #values: InstanceType<(typeof arrayOf)[keyof typeof arrayOf]>;
  #count = 0;
  readonly #max: number;
  readonly #what: string;

  constructor(wire: keyof typeof wireMax, what: string) {
    this.#values = new arrayOf[wire](64);
    this.#max = wireMax[wire];
    this.#what = what;
  }
  push(value: number): void {
    if (!(value >= 0 && value <= this.#max && Math.floor(value) === value)) {
      assert(false, `${this.#what} ${value} is no whole number of 0..${this.#max}`);
    }
    if (this.#count === this.#values.length) this.#grow();
    this.#values[this.#count++] = value;
  }
  #grow(): void {
    const values = this.#values;
    this.#values = new (values.constructor as typeof Float64Array)(2 * values.length);
    this.#values.set(values);
  }
  encode(): Uint8Array {
    const count = this.#isConstant() ? 1 : this.#count;
    for (let i = 0; i < count; i++) words.setNumber(i, this.#values[i] as number);
    scratch.clear();
    encodeWords(scratch, words, count);
    return scratch.take();
  }
  /** A column of one value is encoded as any number of them. */
  #isConstant(): boolean {
    const values = this.#values;
    for (let i = 1; i < this.#count; i++) if (values[i] !== values[0]) return false;
    return true;
  }
  clear(): void {
    this.#count = 0;
  }
}

class U64Column {
  #words = new Words(64);
  #count = 0;

  push(value: bigint): void {
    if (this.#count === this.#words.capacity) this.#words = this.#words.grown();
    this.#words.big[this.#count++] = value;
  }
  encode(): Uint8Array {
    scratch.clear();
    encodeWords(scratch, this.#words, this.#count);
    return scratch.take();
  }
  clear(): void {
    this.#count = 0;
  }
}

const utf8Encoder = new TextEncoder();

/** The lengths as a column of their own, then all the bytes in a row. */
class BlobColumn {
  #lengths = new Words(64);
  #count = 0;
  readonly #bytes = new ByteWriter();
  readonly #what: string;

  constructor(what: string) {
    this.#what = what;
  }
  push(value: Uint8Array | string): void {
    const bytes = typeof value === 'string' ? utf8Encoder.encode(value) : value;
    assert(bytes.length <= tapeLimits.fieldBytesMax, `${this.#what} of ${bytes.length} bytes is too long for a tape`);
    if (this.#count === this.#lengths.capacity) this.#lengths = this.#lengths.grown();
    this.#lengths.setNumber(this.#count++, bytes.length);
    this.#bytes.bytes(bytes);
  }
  get byteLength(): number {
    return this.#bytes.length;
  }
  encode(): Uint8Array {
    scratch.clear();
    encodeWords(scratch, this.#lengths, this.#count);
    scratch.bytes(this.#bytes.take());
    return scratch.take();
  }
  clear(): void {
    this.#count = 0;
    this.#bytes.clear();
  }
}

/** What a table sees of a column: the declaration says that the values fit. */
interface FieldColumn {
  push(value: unknown): void;
  encode(): Uint8Array;
  clear(): void;
}

/** The columns of one kind of event. */
class Table {
  readonly decl: EventDecl;
  readonly #columns: readonly FieldColumn[];
  readonly #blobs: readonly BlobColumn[];
  count = 0;

  constructor(decl: EventDecl) {
    this.decl = decl;
    const columns = decl.fieldNames.map((name) => newColumn(decl.fields[name]?.wire as Wire, `${decl.name}.${name}`));
    this.#columns = columns as readonly FieldColumn[];
    this.#blobs = columns.filter((column) => column instanceof BlobColumn);
  }
  push(values: Stamp): void {
    const row = this.decl.values(values);
    for (let i = 0; i < row.length; i++) (this.#columns[i] as FieldColumn).push(row[i]);
    this.count++;
  }
  get blobBytes(): number {
    return this.#blobs.reduce((sum, blob) => sum + blob.byteLength, 0);
  }
  get hasBlobs(): boolean {
    return this.#blobs.length > 0;
  }
  encode(): Meta {
    return [this.decl.tag, ...this.#columns.map((column) => column.encode())];
  }
  clear(): void {
    this.count = 0;
    for (const column of this.#columns) column.clear();
  }
}

const newColumn = (wire: Wire, what: string): NumberColumn | U64Column | BlobColumn => {
  if (wire === 'u64') return new U64Column();
  if (wire === 'text' || wire === 'bytes') return new BlobColumn(what);
  return new NumberColumn(wire, what);
};

/** Gathers the events of the frame that is being filled. */
export class EventFrameBuilder {
  readonly #tables: (Table | undefined)[] = [];
  readonly #tags = new NumberColumn('u8', 'tag');
  readonly #at = new NumberColumn('icount', 'at');
  readonly #vcpus = new NumberColumn('u8', 'vcpu');
  readonly #blobTables: Table[] = [];
  count = 0;
  /** Must the frame be closed before anything is added? */
  full = false;
  /** The smallest and the largest icount so far. */
  start = 0;
  end = 0;

  push<E extends EventDecl>(decl: E, values: FieldsOf<E>): void {
    let table = this.#tables[decl.tag];
    if (table === undefined) {
      table = new Table(decl);
      this.#tables[decl.tag] = table;
      if (table.hasBlobs) this.#blobTables.push(table);
    }
    table.push(values);
    const at = values.at;
    this.#tags.push(decl.tag);
    this.#at.push(at);
    this.#vcpus.push(values.vcpu);
    this.full = this.count + 1 >= tapeLimits.frameEventsMax || (table.hasBlobs && this.#blobsFull);
    if (this.count++ === 0) this.start = this.end = at;
    else if (at > this.end) this.end = at;
    else if (at < this.start) this.start = at;
  }

  get #blobsFull(): boolean {
    return this.#blobTables.reduce((sum, table) => sum + table.blobBytes, 0) >= tapeLimits.frameBlobBytesMax;
  }

  /** Would an event at this icount make the frame span too long a time? */
  spansTooFar(at: number): boolean {
    return this.count > 0 && at - this.start > tapeLimits.frameIcountSpanMax;
  }

  /** The payload of what is there so far. */
  encode(firstOrdinal: number): Uint8Array {
    const { count } = this;
    assert(count > 0, 'a frame has events');
    const head = [this.#tags.encode(), this.#at.encode(), this.#vcpus.encode()];
    return pack([firstOrdinal, count, ...head, this.#used.map((table) => table.encode())]);
  }
  /** The payload; the builder is empty afterwards. */
  take(firstOrdinal: number): Uint8Array {
    const payload = this.encode(firstOrdinal);
    for (const column of [this.#tags, this.#at, this.#vcpus]) column.clear();
    for (const table of this.#used) table.clear();
    this.count = 0;
    this.full = false;
    return payload;
  }
  get #used(): Table[] {
    return this.#tables.filter((table): table is Table => table !== undefined && table.count > 0);
  }
}

/** What is thrown in place of a Damage: those who read frames of a tape need not know of it. */
export type OnDamage = (damage: Damage) => Error;

class Reading implements EventTable {
  readonly decl: EventDecl;
  readonly count: number;
  readonly #packed: readonly Uint8Array[];
  readonly #columns: (Column | undefined)[] = [];
  readonly #tags: Uint8Array;
  readonly #onDamage: OnDamage;
  #rows: Uint16Array | undefined;

  constructor(decl: EventDecl, count: number, packed: readonly Uint8Array[], tags: Uint8Array, onDamage: OnDamage) {
    this.decl = decl;
    this.count = count;
    this.#packed = packed;
    this.#tags = tags;
    this.#onDamage = onDamage;
  }

  get rows(): Uint16Array {
    if (this.#rows === undefined) {
      const rows = new Uint16Array(this.count);
      const { tag } = this.decl;
      for (let place = 0, row = 0; row < rows.length; place++) if (this.#tags[place] === tag) rows[row++] = place;
      this.#rows = rows;
    }
    return this.#rows;
  }

  column(field: string): never {
    const number = this.decl.fieldNames.indexOf(field);
    assert(number >= 0, `${this.decl.name} has no field ${field}`);
    return this.columnAt(number) as never;
  }

  columnAt(number: number): Column {
    let column = this.#columns[number];
    if (column === undefined) {
      const name = this.decl.fieldNames[number] as string;
      try {
        column = decodeColumn(this.#packed[number] as Uint8Array, this.count, this.decl.fields[name]?.wire as Wire);
      } catch (error) {
        throw error instanceof Damage ? this.#onDamage(error) : error;
      }
      this.#columns[number] = column;
    }
    return column;
  }
}

function readTable(
  table: Meta,
  tagCounts: ReadonlyMap<number, number>,
  tags: Uint8Array,
  onDamage: OnDamage,
): Reading | undefined {
  const [tagMeta, ...columnsMeta] = list(table, 1 + tapeLimits.eventColumnsMax, 'a table of events');
  const tag = countOf(tagMeta, 0xff, 'tag');
  const count = tagCounts.get(tag);
  expect(count !== undefined, `columns for tag ${tag}, which has no events`);
  const decl = eventByTag(tag);
  if (decl === undefined) return undefined;
  expect(columnsMeta.length === decl.fieldNames.length, `${decl.name} with ${columnsMeta.length} columns`);
  const packed = decl.fieldNames.map((name, i) => binary(columnsMeta[i], name));
  return new Reading(decl, count, packed, tags, onDamage);
}

/**
 * Reads the payload of a frame; the columns of fields when they are asked for.
 * @param onDamage what to throw for damage that is found then
 * @throws Damage
 */
export function decodeEventFrame(payload: Uint8Array, onDamage: OnDamage = (damage) => damage): EventFrame {
  const parts = list(unpack(payload, tapeLimits.msgpackValuesMax.events), 6, 'a frame of events');
  expect(parts.length === 6, 'a frame of events has six parts');
  const firstOrdinal = countOf(parts[0], Number.MAX_SAFE_INTEGER - tapeLimits.frameEventsMax, 'ordinal');
  const count = countOf(parts[1], tapeLimits.frameEventsMax, 'events');
  expect(count > 0, 'a frame without events');
  const tags = decodeBytes(binary(parts[2], 'tags'), count);
  const at = decodeNumbers(binary(parts[3], 'icounts'), count, 'icount');
  const vcpus = decodeBytes(binary(parts[4], 'vCPUs'), count);

  const countsByTag = new Uint16Array(0x100);
  for (const tag of tags) countsByTag[tag] = (countsByTag[tag] as number) + 1;
  const tagCounts = new Map<number, number>();
  for (const [tag, events] of countsByTag.entries()) if (events > 0) tagCounts.set(tag, events);
  let start = Number.POSITIVE_INFINITY;
  let end = 0;
  for (const icount of at) {
    if (icount < start) start = icount;
    if (icount > end) end = icount;
  }
  const byTag: (Reading | undefined)[] = [];
  const readings: Reading[] = [];
  const tables = list(parts[5], 0xff, 'tables');
  expect(tables.length === tagCounts.size, 'a table for each kind of event');
  let known = 0;
  for (const table of tables) {
    const reading = readTable(table, tagCounts, tags, onDamage);
    if (reading === undefined) continue;
    expect(byTag[reading.decl.tag] === undefined, 'two tables for one kind of event');
    byTag[reading.decl.tag] = reading;
    readings.push(reading);
    known += reading.count;
  }
  for (const tag of tagCounts.keys()) expect(byTag[tag] || !eventByTag(tag), `no table for tag ${tag}`);

  const check = (): void => {
    for (const reading of readings) for (let i = 0; i < reading.decl.fieldNames.length; i++) reading.columnAt(i);
  };
  function* events(wanted?: (place: number) => boolean): Generator<RecordedEvent> {
    const cursor = new FrameCursor(frame);
    for (; !cursor.isAtEnd; cursor.advance()) if (wanted?.(cursor.place) !== false) yield cursor.event;
  }
  const frame: EventFrame = {
    firstOrdinal,
    count,
    start,
    end,
    unknown: count - known,
    tags,
    at,
    vcpus,
    tagCounts,
    table: <E extends EventDecl>(decl: E) => byTag[decl.tag] as EventTable<E> | undefined,
    check,
    events,
  };
  return frame;
}
