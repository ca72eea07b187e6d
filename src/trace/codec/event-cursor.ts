import { sameBytes } from '../../base/bytes.ts';
import type { EventDecl, FieldsOf } from '../events/event.ts';
import { eventByTag } from '../events/index.ts';
import type { Column } from './event-columns.ts';
import type { EventFrame, RecordedEvent } from './event-rows.ts';

/** Bytes of an event are its own: the column's are those of the frame. */
const ownValue = (value: unknown): unknown => (value instanceof Uint8Array ? value.slice() : value);

const isSame = (a: unknown, b: unknown): boolean =>
  a === b || (a instanceof Uint8Array && b instanceof Uint8Array && sameBytes(a, b));

/** Goes through the events of one frame, those of unknown kinds left out. They stay in columns: an object is made of one that is asked for. */
export class FrameCursor {
  readonly #frame: EventFrame;
  /** By tag; undefined where a kind is unknown. */
  readonly #columns: readonly (readonly Column[] | undefined)[];
  /** By tag: the row of the next one. */
  readonly #rows = new Uint16Array(0x100);
  /** Place in the frame; `count` behind the last. */
  place = -1;
  /** The object that was made of the event. */
  #event: RecordedEvent | undefined;

  /** Unpacks what was not yet. */
  constructor(frame: EventFrame) {
    this.#frame = frame;
    const columns: (readonly Column[] | undefined)[] = [];
    for (const tag of frame.tagCounts.keys()) {
      const decl = eventByTag(tag);
      const table = decl && frame.table(decl);
      columns[tag] = table && decl.fieldNames.map((field) => table.column(field));
    }
    this.#columns = columns;
    this.#skipUnknown();
  }

  get isAtEnd(): boolean {
    return this.place >= this.#frame.count;
  }
  get tag(): number {
    return this.#frame.tags[this.place] as number;
  }
  /** The number of the event on the tape. */
  get ordinal(): number {
    return this.#frame.firstOrdinal + this.place;
  }
  advance(): void {
    (this.#rows[this.tag] as number)++;
    this.#event = undefined;
    this.#skipUnknown();
  }
  #skipUnknown(): void {
    const { count, tags } = this.#frame;
    do this.place++;
    while (this.place < count && this.#columns[tags[this.place] as number] === undefined);
  }

  /** Is it this one? */
  is<E extends EventDecl>(decl: E, fields: FieldsOf<E>): boolean {
    const { tags, at, vcpus } = this.#frame;
    const { place } = this;
    if (tags[place] !== decl.tag || at[place] !== fields.at || vcpus[place] !== fields.vcpu) return false;
    const columns = this.#columns[decl.tag] as readonly Column[];
    const row = this.#rows[decl.tag] as number;
    const values = decl.values(fields);
    for (let i = 0; i < values.length; i++) if (!isSame((columns[i] as Column)[row], values[i])) return false;
    return true;
  }

  /** The event as an object of its own, the same as long as the cursor stays. */
  get event(): RecordedEvent {
    return (this.#event ??= this.#make());
  }
  #make(): RecordedEvent {
    const { at, vcpus } = this.#frame;
    const { place, tag, ordinal } = this;
    const { name, fieldNames } = eventByTag(tag) as EventDecl;
    const columns = this.#columns[tag] as readonly Column[];
    const row = this.#rows[tag] as number;
    const event: Record<string, unknown> = {
      kind: name,
      ordinal,
      at: at[place],
      vcpu: vcpus[place],
    };
    for (let i = 0; i < columns.length; i++) event[fieldNames[i] as string] = ownValue(columns[i]?.[row]);
    return event as unknown as RecordedEvent;
  }
}

/** Goes through the events of frames one after the other. */
export class EventCursor {
  readonly #frames: Iterator<EventFrame>;
  readonly #leftOut: number | undefined;
  #cursor: FrameCursor | undefined;

  /**
   * @param ordinal number of the first event
   * @param leftOut tag of events that are passed over
   */
  constructor(frames: Iterable<EventFrame>, ordinal = 0, leftOut?: number) {
    this.#frames = frames[Symbol.iterator]();
    this.#leftOut = leftOut;
    this.#nextFrame();
    this.#settle();
    while (this.#cursor !== undefined && this.#cursor.ordinal < ordinal) this.advance();
  }
  #nextFrame(): void {
    const next = this.#frames.next();
    this.#cursor = next.done === true ? undefined : new FrameCursor(next.value);
  }
  #settle(): void {
    for (;;) {
      const cursor = this.#cursor;
      if (cursor === undefined) return;
      if (cursor.isAtEnd) this.#nextFrame();
      else if (cursor.tag === this.#leftOut) cursor.advance();
      else return;
    }
  }

  get isAtEnd(): boolean {
    return this.#cursor === undefined;
  }
  advance(): void {
    this.#cursor?.advance();
    this.#settle();
  }
  /** Is the next event this one? */
  is<E extends EventDecl>(decl: E, fields: FieldsOf<E>): boolean {
    return this.#cursor?.is(decl, fields) === true;
  }
  /** The next event, undefined at the end. */
  get event(): RecordedEvent | undefined {
    return this.#cursor?.event;
  }
}
