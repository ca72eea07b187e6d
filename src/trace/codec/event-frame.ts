import { assert } from '../../base/assert.ts';
import type { EventDecl, FieldsOf } from '../events/event.ts';
import { type Wire, wireMax } from '../events/field.ts';
import { eventByTag, type TapeEvent } from '../events/index.ts';
import { tapeLimits } from '../limits.ts';
import { decodeWords, encodeWords, Words } from './column.ts';
import { expect } from './damage.ts';
import { binary, count as countOf, list, type Meta, pack, unpack } from './msgpack.ts';
import { ByteReader, ByteWriter } from './varint.ts';

/**
 * The payload of a frame of events (FORMAT.md, "Events"): a msgpack array
 * [first ordinal, count, tags, icounts, vCPUs, [[tag, column of each field ...] by ascending tag]].
 */

/** An event as read, with its number on the tape. */
export type RecordedEvent = TapeEvent & { readonly ordinal: number };

const scratch = new ByteWriter();

class NumberColumn {
  #words = new Words(64);
  #count = 0;
  readonly #max: number;
  readonly #what: string;

  constructor(wire: keyof typeof wireMax, what: string) {
    this.#max = wireMax[wire];
    this.#what = what;
  }
  push(value: number): void {
    if (!(value >= 0 && value <= this.#max && Math.floor(value) === value)) {
      assert(false, `${this.#what} ${value} is no whole number of 0..${this.#max}`);
    }
    if (this.#count === this.#words.capacity) this.#words = this.#words.grown();
    this.#words.setNumber(this.#count++, value);
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
  readonly #names: readonly string[];
  readonly #columns: readonly FieldColumn[];
  readonly #blobs: readonly BlobColumn[];
  count = 0;

  constructor(decl: EventDecl) {
    this.decl = decl;
    this.#names = decl.fieldNames;
    const columns = decl.fieldNames.map((name) => newColumn(decl.fields[name]?.wire as Wire, `${decl.name}.${name}`));
    this.#columns = columns as readonly FieldColumn[];
    this.#blobs = columns.filter((column) => column instanceof BlobColumn);
  }
  push(values: object): void {
    const names = this.#names;
    for (let i = 0; i < names.length; i++) {
      this.#columns[i]?.push((values as Record<string, unknown>)[names[i] as string]);
    }
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

interface Column {
  value(i: number): number | bigint | string | Uint8Array;
}

const utf8Decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeText(bytes: Uint8Array): string {
  try {
    return utf8Decoder.decode(bytes);
  } catch {
    expect(false, 'text that is no UTF-8');
  }
}

function decodeNumbers(from: ByteReader, count: number, max: number): Words {
  const words = decodeWords(from, count);
  for (let i = 0; i < count; i++) expect(words.number(i) <= max, 'a number beyond its field');
  return words;
}

function numberColumn(bytes: Uint8Array, count: number, wire: keyof typeof wireMax): { value(i: number): number } {
  const from = new ByteReader(bytes);
  const words = decodeNumbers(from, count, wireMax[wire]);
  from.end();
  return { value: (i) => words.number(i) };
}

function decodeColumn(bytes: Uint8Array, count: number, wire: Wire): Column {
  if (wire !== 'u64' && wire !== 'text' && wire !== 'bytes') return numberColumn(bytes, count, wire);
  const from = new ByteReader(bytes);
  if (wire === 'u64') {
    const words = decodeWords(from, count);
    from.end();
    return { value: (i) => words.big[i] as bigint };
  }
  const lengths = decodeNumbers(from, count, tapeLimits.fieldBytesMax);
  const values: Uint8Array[] = [];
  for (let i = 0; i < count; i++) values.push(from.bytes(lengths.number(i)));
  from.end();
  if (wire === 'bytes') return { value: (i) => new Uint8Array(values[i] as Uint8Array) };
  const texts = values.map(decodeText);
  return { value: (i) => texts[i] as string };
}

/** The columns of one kind of event, and how many of its events were handed out. */
interface Reading {
  readonly decl: EventDecl;
  readonly columns: readonly Column[];
  next: number;
}

/** A frame of events, unpacked: columns of values, a row an event. */
export interface EventFrame {
  readonly firstOrdinal: number;
  readonly count: number;
  readonly start: number;
  readonly end: number;
  /** Events of kinds that this version does not know; they are left out of `events`. */
  readonly unknown: number;
  /** How many events there are of each tag that occurs. */
  readonly tagCounts: ReadonlyMap<number, number>;
  /** The values of a number field, of all events of a kind: without making rows of them. */
  numbers<E extends EventDecl>(decl: E, field: Extract<keyof E['fields'], string>): Generator<number>;
  /** The place of the first event that is of this tag; -1 where there is none. */
  indexOf(tag: number): number;
  events(): Generator<RecordedEvent>;
}

function decodeTable(table: Meta, tagCounts: ReadonlyMap<number, number>): Reading | undefined {
  const [tagMeta, ...columnsMeta] = list(table, 1 + tapeLimits.eventColumnsMax, 'a table of events');
  const tag = countOf(tagMeta, 0xff, 'tag');
  const count = tagCounts.get(tag);
  expect(count !== undefined, `columns for tag ${tag}, which has no events`);
  const decl = eventByTag(tag);
  if (decl === undefined) return undefined;
  expect(columnsMeta.length === decl.fieldNames.length, `${decl.name} with ${columnsMeta.length} columns`);
  const columns = decl.fieldNames.map((name, i) =>
    decodeColumn(binary(columnsMeta[i], name), count, decl.fields[name]?.wire as Wire),
  );
  return { decl, columns, next: 0 };
}

/** Reads a payload whole, so that damage shows before the first event is used. */
export function decodeEventFrame(payload: Uint8Array): EventFrame {
  const parts = list(unpack(payload, tapeLimits.msgpackValuesMax.events), 6, 'a frame of events');
  expect(parts.length === 6, 'a frame of events has six parts');
  const firstOrdinal = countOf(parts[0], Number.MAX_SAFE_INTEGER - tapeLimits.frameEventsMax, 'ordinal');
  const count = countOf(parts[1], tapeLimits.frameEventsMax, 'events');
  expect(count > 0, 'a frame without events');
  const tags = numberColumn(binary(parts[2], 'tags'), count, 'u8');
  const at = numberColumn(binary(parts[3], 'icounts'), count, 'icount');
  const vcpus = numberColumn(binary(parts[4], 'vCPUs'), count, 'u8');

  const tagCounts = new Map<number, number>();
  let start = Number.POSITIVE_INFINITY;
  let end = 0;
  for (let i = 0; i < count; i++) {
    tagCounts.set(tags.value(i), (tagCounts.get(tags.value(i)) ?? 0) + 1);
    start = Math.min(start, at.value(i));
    end = Math.max(end, at.value(i));
  }
  const byTag = new Map<number, Reading>();
  const tables = list(parts[5], 0xff, 'tables');
  expect(tables.length === tagCounts.size, 'a table for each kind of event');
  for (const table of tables) {
    const reading = decodeTable(table, tagCounts);
    if (reading === undefined) continue;
    expect(!byTag.has(reading.decl.tag), 'two tables for one kind of event');
    byTag.set(reading.decl.tag, reading);
  }
  let known = 0;
  for (const tag of byTag.keys()) known += tagCounts.get(tag) as number;
  for (const tag of tagCounts.keys()) expect(byTag.has(tag) || !eventByTag(tag), `no table for tag ${tag}`);

  function* events(): Generator<RecordedEvent> {
    for (const reading of byTag.values()) reading.next = 0;
    for (let i = 0; i < count; i++) {
      const reading = byTag.get(tags.value(i));
      if (reading === undefined) continue;
      const { decl, columns } = reading;
      const row: Record<string, unknown> = {
        kind: decl.name,
        ordinal: firstOrdinal + i,
        at: at.value(i),
        vcpu: vcpus.value(i),
      };
      for (let c = 0; c < columns.length; c++) row[decl.fieldNames[c] as string] = columns[c]?.value(reading.next);
      reading.next++;
      yield row as unknown as RecordedEvent;
    }
  }
  const indexOf = (tag: number): number => {
    for (let i = 0; i < count; i++) if (tags.value(i) === tag) return i;
    return -1;
  };
  return {
    firstOrdinal,
    count,
    start,
    end,
    unknown: count - known,
    tagCounts,
    *numbers(decl, field) {
      const column = byTag.get(decl.tag)?.columns[decl.fieldNames.indexOf(field)];
      const values = column === undefined ? 0 : (tagCounts.get(decl.tag) ?? 0);
      for (let i = 0; i < values; i++) yield Number(column?.value(i));
    },
    indexOf,
    events,
  };
}
