import type { Column } from '../trace/codec/event-columns.ts';
import type { EventFrame, RecordedEvent } from '../trace/codec/event-rows.ts';
import { type EventDecl, eventByTag, type TapeEvent } from '../trace/events/index.ts';

const NO_COLUMNS: readonly Column[] = [];

/** A frame whose events are looked at one by one, in columns all the same. */
export class OrderedFrame {
  readonly frame: EventFrame;
  #rows: Uint16Array | undefined;
  readonly #columns: (readonly Column[] | undefined)[] = [];

  constructor(frame: EventFrame) {
    this.frame = frame;
  }
  /** The row that an event has in the columns of its kind. */
  row(place: number): number {
    if (this.#rows === undefined) {
      const { tags, count } = this.frame;
      const next = new Uint16Array(0x100);
      const rows = new Uint16Array(count);
      for (let i = 0; i < count; i++) {
        const tag = tags[i] as number;
        rows[i] = next[tag] as number;
        next[tag] = (next[tag] as number) + 1;
      }
      this.#rows = rows;
    }
    return this.#rows[place] as number;
  }
  /** The columns of a kind of event in the order of its fields; none of a kind that is not known. */
  columns(tag: number): readonly Column[] {
    let columns = this.#columns[tag];
    if (columns === undefined) {
      const table = this.frame.table(eventByTag(tag) as EventDecl);
      columns = table === undefined ? NO_COLUMNS : table.decl.fieldNames.map((name) => table.column(name));
      this.#columns[tag] = columns;
    }
    return columns;
  }
  value(place: number, field: number): Column[number] {
    return this.columns(this.frame.tags[place] as number)[field]?.[this.row(place)] as Column[number];
  }
  /** The event as a row; undefined where its kind is not known. */
  event(place: number): RecordedEvent | undefined {
    const { frame } = this;
    const decl = eventByTag(frame.tags[place] as number);
    if (decl === undefined) return undefined;
    const event: Record<string, unknown> = {
      ...{ kind: decl.name, ordinal: frame.firstOrdinal + place, at: frame.at[place], vcpu: frame.vcpus[place] },
    };
    decl.fieldNames.forEach((name, field) => void (event[name] = this.value(place, field)));
    return event as TapeEvent & { ordinal: number };
  }
}

/** An event by where it lies. */
export interface EventAt {
  readonly in: OrderedFrame;
  readonly place: number;
}
export const ordinalOf = ({ in: { frame }, place }: EventAt): number => frame.firstOrdinal + place;
export const icountOf = ({ in: { frame }, place }: EventAt): number => frame.at[place] as number;

const sameValue = (a: unknown, b: unknown): boolean =>
  a instanceof Uint8Array && b instanceof Uint8Array ? Buffer.compare(a, b) === 0 : a === b;

/** Whether two events of one kind have the same fields, count and vCPU aside. */
export function hasSameFields(a: EventAt, b: EventAt): boolean {
  const tag = a.in.frame.tags[a.place] as number;
  const [ofA, ofB] = [a.in.columns(tag), b.in.columns(tag)];
  const [rowA, rowB] = [a.in.row(a.place), b.in.row(b.place)];
  for (let i = 0; i < ofA.length; i++) {
    const [one, other] = [(ofA[i] as Column)[rowA], (ofB[i] as Column)[rowB]];
    if (one !== other && !(one instanceof Uint8Array && sameValue(one, other))) return false;
  }
  return true;
}

/** Whether two events are the same in all. */
export const isSameEvent = (a: EventAt, b: EventAt): boolean =>
  a.in.frame.tags[a.place] === b.in.frame.tags[b.place] &&
  icountOf(a) === icountOf(b) &&
  a.in.frame.vcpus[a.place] === b.in.frame.vcpus[b.place] &&
  hasSameFields(a, b);

/** Whether two whole frames are: by their columns, which is quick. */
function isSameFrame(a: OrderedFrame, b: OrderedFrame): boolean {
  const [one, other] = [a.frame, b.frame];
  if (one.count !== other.count || !sameBytes(one.tags, other.tags) || !sameBytes(one.vcpus, other.vcpus)) return false;
  if (!sameBytes(one.at, other.at)) return false;
  for (const tag of one.tagCounts.keys()) {
    const [ofA, ofB] = [a.columns(tag), b.columns(tag)];
    for (const [i, column] of ofA.entries()) if (!isSameColumn(column, ofB[i] as Column)) return false;
  }
  return true;
}
function isSameColumn(a: Column, b: Column): boolean {
  if (a instanceof Float64Array || a instanceof BigUint64Array) return sameBytes(a, b as typeof a);
  for (let i = 0; i < a.length; i++) if (!sameValue(a[i], b[i])) return false;
  return true;
}
const sameBytes = (a: ArrayBufferView, b: ArrayBufferView): boolean =>
  a.byteLength === b.byteLength && Buffer.compare(bytesOf(a), bytesOf(b)) === 0;
const bytesOf = (view: ArrayBufferView): Uint8Array => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

/** Some of the events of frames, one after the other; one frame is in memory at a time. */
export class EventCursor {
  readonly #frames: Iterator<EventFrame>;
  readonly #isWanted: (tag: number) => boolean;
  #frame: OrderedFrame | undefined;
  #place = -1;

  constructor(frames: Iterable<EventFrame>, isWanted: (tag: number) => boolean = () => true) {
    this.#frames = frames[Symbol.iterator]();
    this.#isWanted = isWanted;
    this.#nextFrame();
    this.next();
  }
  /** The event it stands at; undefined at the end. */
  get current(): EventAt | undefined {
    return this.#frame && { in: this.#frame, place: this.#place };
  }
  /** The frame that it stands at the beginning of. */
  get whole(): OrderedFrame | undefined {
    const frame = this.#frame;
    if (frame === undefined) return undefined;
    for (let place = 0; place < this.#place; place++)
      if (this.#isWanted(frame.frame.tags[place] as number)) return undefined;
    return frame;
  }
  next(): void {
    while (this.#frame !== undefined) {
      const { count, tags } = this.#frame.frame;
      while (++this.#place < count) if (this.#isWanted(tags[this.#place] as number)) return;
      this.#nextFrame();
    }
  }
  /** To the first event of the next frame. */
  skipFrame(): void {
    this.#nextFrame();
    this.next();
  }
  #nextFrame(): void {
    const next = this.#frames.next();
    this.#frame = next.done === true ? undefined : new OrderedFrame(next.value);
    this.#place = -1;
  }
}

/** Two events that should be the same and are not; one is missing where its side has ended. */
export interface DifferentEvents {
  readonly a: EventAt | undefined;
  readonly b: EventAt | undefined;
}

/** The first events that differ, of those whose tags are wanted; undefined where none do. */
export function firstDifferentEvents(
  a: Iterable<EventFrame>,
  b: Iterable<EventFrame>,
  isWanted?: (tag: number) => boolean,
): DifferentEvents | undefined {
  const [left, right] = [new EventCursor(a, isWanted), new EventCursor(b, isWanted)];
  let looksAtFrames = true;
  for (;;) {
    const [one, other] = [left.current, right.current];
    if (one === undefined || other === undefined)
      return one === undefined && other === undefined ? undefined : { a: one, b: other };
    if (looksAtFrames) {
      const [whole, beside] = [left.whole, right.whole];
      if (whole !== undefined && beside !== undefined && isSameFrame(whole, beside)) {
        left.skipFrame();
        right.skipFrame();
        continue;
      }
      looksAtFrames = false;
    }
    if (!isSameEvent(one, other)) return { a: one, b: other };
    const before = one.in;
    left.next();
    right.next();
    looksAtFrames = left.current?.in !== before;
  }
}
