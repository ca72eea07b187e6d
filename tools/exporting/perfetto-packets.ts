import { PbfWriter } from 'pbf';

/**
 * Perfetto's trace: a message of packets, in protobuf (Perfetto, protos/perfetto/trace/trace_packet.proto, track_event/track_event.proto,
 * track_event/track_descriptor.proto, track_event/debug_annotation.proto, interned_data/interned_data.proto). Numbers are those of its fields.
 */
const TRACE_PACKET = 1;
const PACKET = {
  timestamp: 8,
  sequence: 10,
  trackEvent: 11,
  internedData: 12,
  sequenceFlags: 13,
  trackDescriptor: 60,
} as const;
const SEQUENCE = 1;
const FLAGS = { cleared: 1, needsState: 2 } as const;
const DESCRIPTOR = { uuid: 1, name: 2, process: 3, thread: 4, parent: 5, counter: 8, ordering: 11, rank: 12 } as const;
const EXPLICIT_ORDER = 3;
const PROCESS = { pid: 1, name: 6 } as const;
const THREAD = { pid: 1, tid: 2, name: 5 } as const;
const COUNTER = { unitName: 6 } as const;
const EVENT = {
  annotations: 4,
  type: 9,
  name: 10,
  track: 11,
  category: 3,
  nameText: 23,
  counter: 30,
  flows: 47,
  ends: 48,
} as const;
const ANNOTATION = { name: 1, uint: 3, text: 6, pointer: 7, textId: 17 } as const;
const INTERNED = { categories: 1, names: 2, annotations: 3, texts: 29 } as const;
const ENTRY = { id: 1, text: 2 } as const;
const VARINT = 0;

/** TrackEvent.Type. */
export const EventType = { begin: 1, end: 2, instant: 3, counter: 4 } as const;
/** Likewise. */
export type EventType = (typeof EventType)[keyof typeof EventType];

/** An argument: a text, a number, or, of 64 bits, an address or value that is shown in hexadecimal. */
export type Annotations = Readonly<Record<string, string | number | bigint>>;

/** A track, by a number of our own. */
export interface Track {
  readonly uuid: number;
  readonly parent?: number;
  readonly name?: string;
  readonly process?: { readonly pid: number; readonly name: string };
  readonly thread?: { readonly pid: number; readonly tid: number; readonly name: string };
  /** A counter's unit. */
  readonly counter?: string;
  /** Its place among its siblings. */
  readonly rank?: number;
}
/** What happens on a track. */
export interface TrackEvent {
  readonly type: EventType;
  readonly at: number;
  readonly track: number;
  readonly category?: string;
  readonly name?: string;
  readonly value?: number;
  readonly flow?: number;
  /** The flow ends here. */
  readonly ends?: number;
  readonly annotations?: Annotations;
}

/** So many texts of a kind are kept; of more, each stands where it is used. */
const INTERNED_MAX = 1 << 16;
/** Texts that are likely to come again. */
const INTERNED_CHARS_MAX = 256;
const PIECE_BYTES = 64 * 1024;

class Interned {
  readonly field: number;
  readonly #ids = new Map<string, number>();
  fresh: (readonly [id: number, text: string])[] = [];

  constructor(field: number) {
    this.field = field;
  }
  idOf(text: string): number | undefined {
    const known = this.#ids.get(text);
    if (known !== undefined) return known;
    if (this.#ids.size === INTERNED_MAX || text.length > INTERNED_CHARS_MAX) return undefined;
    const id = this.#ids.size + 1;
    this.#ids.set(text, id);
    this.fresh.push([id, text]);
    return id;
  }
}

/** Writes packets one after the other, all of one sequence, whose repeated texts stand in it once. */
export class PacketWriter {
  #pbf = new PbfWriter();
  #isFirst = true;
  readonly #categories = new Interned(INTERNED.categories);
  readonly #names = new Interned(INTERNED.names);
  readonly #annotations = new Interned(INTERNED.annotations);
  readonly #texts = new Interned(INTERNED.texts);

  track(track: Track): void {
    this.#packet(undefined, (pbf) => pbf.writeMessage(PACKET.trackDescriptor, writeTrack, track));
  }
  event(event: TrackEvent): void {
    const { type, track, category, name, value, flow, ends, annotations } = event;
    this.#packet(event.at, (packet) =>
      packet.writeMessage(
        PACKET.trackEvent,
        (_, pbf) => {
          pbf.writeVarintField(EVENT.type, type);
          pbf.writeVarintField(EVENT.track, track);
          if (category !== undefined) pbf.writeVarintField(EVENT.category, this.#categories.idOf(category) ?? 0);
          const id = name === undefined ? undefined : this.#names.idOf(name);
          if (id !== undefined) pbf.writeVarintField(EVENT.name, id);
          else if (name !== undefined) pbf.writeStringField(EVENT.nameText, name);
          if (value !== undefined) pbf.writeVarintField(EVENT.counter, value);
          if (flow !== undefined) pbf.writeFixed64Field(EVENT.flows, flow);
          if (ends !== undefined) pbf.writeFixed64Field(EVENT.ends, ends);
          for (const [key, argument] of Object.entries(annotations ?? {}))
            pbf.writeMessage(EVENT.annotations, () => this.#annotation(pbf, key, argument), undefined);
        },
        undefined,
      ),
    );
  }
  /** What is there, once it is worth a piece, or at the end. */
  take(isEnd = false): Uint8Array | undefined {
    if (this.#pbf.pos === 0 || (!isEnd && this.#pbf.pos < PIECE_BYTES)) return undefined;
    const piece = this.#pbf.finish();
    this.#pbf = new PbfWriter();
    return piece;
  }

  #packet(at: number | undefined, write: (pbf: PbfWriter) => void): void {
    this.#pbf.writeMessage(
      TRACE_PACKET,
      (_, pbf) => {
        if (at !== undefined) pbf.writeVarintField(PACKET.timestamp, at);
        pbf.writeVarintField(PACKET.sequence, SEQUENCE);
        pbf.writeVarintField(PACKET.sequenceFlags, this.#isFirst ? FLAGS.cleared : FLAGS.needsState);
        this.#isFirst = false;
        write(pbf);
        this.#writeInterned(pbf);
      },
      undefined,
    );
  }
  #writeInterned(packet: PbfWriter): void {
    const tables = [this.#categories, this.#names, this.#annotations, this.#texts].filter((t) => t.fresh.length > 0);
    if (tables.length === 0) return;
    packet.writeMessage(
      PACKET.internedData,
      (_, pbf) => {
        for (const table of tables) {
          for (const [id, text] of table.fresh) {
            pbf.writeMessage(
              table.field,
              () => {
                pbf.writeVarintField(ENTRY.id, id);
                pbf.writeStringField(ENTRY.text, text);
              },
              undefined,
            );
          }
          table.fresh = [];
        }
      },
      undefined,
    );
  }
  #annotation(pbf: PbfWriter, key: string, value: string | number | bigint): void {
    const name = this.#annotations.idOf(key);
    if (name !== undefined) pbf.writeVarintField(ANNOTATION.name, name);
    if (typeof value === 'number') pbf.writeVarintField(ANNOTATION.uint, value);
    else if (typeof value === 'bigint') writeWide(pbf, ANNOTATION.pointer, value);
    else {
      const id = this.#texts.idOf(value);
      if (id !== undefined) pbf.writeVarintField(ANNOTATION.textId, id);
      else pbf.writeStringField(ANNOTATION.text, value);
    }
  }
}

function writeTrack({ uuid, parent, name, process, thread, counter, rank }: Track, pbf: PbfWriter): void {
  pbf.writeVarintField(DESCRIPTOR.uuid, uuid);
  if (name !== undefined) pbf.writeStringField(DESCRIPTOR.name, name);
  if (process !== undefined) {
    pbf.writeMessage(
      DESCRIPTOR.process,
      ({ pid, name: text }) => {
        pbf.writeVarintField(PROCESS.pid, pid);
        pbf.writeStringField(PROCESS.name, text);
      },
      process,
    );
    pbf.writeVarintField(DESCRIPTOR.ordering, EXPLICIT_ORDER);
  }
  if (thread !== undefined) {
    pbf.writeMessage(
      DESCRIPTOR.thread,
      ({ pid, tid, name: text }) => {
        pbf.writeVarintField(THREAD.pid, pid);
        pbf.writeVarintField(THREAD.tid, tid);
        pbf.writeStringField(THREAD.name, text);
      },
      thread,
    );
  }
  if (parent !== undefined) pbf.writeVarintField(DESCRIPTOR.parent, parent);
  if (counter !== undefined)
    pbf.writeMessage(DESCRIPTOR.counter, (unit: string) => pbf.writeStringField(COUNTER.unitName, unit), counter);
  if (rank !== undefined) pbf.writeVarintField(DESCRIPTOR.rank, rank);
}

/** A varint of all 64 bits: pbf's own are numbers. */
function writeWide(pbf: PbfWriter, field: number, value: bigint): void {
  pbf.writeTag(field, VARINT);
  pbf.realloc(10);
  let rest = BigInt.asUintN(64, value);
  while (rest > 0x7fn) {
    pbf.buf[pbf.pos++] = Number(rest & 0x7fn) | 0x80;
    rest >>= 7n;
  }
  pbf.buf[pbf.pos++] = Number(rest);
}
