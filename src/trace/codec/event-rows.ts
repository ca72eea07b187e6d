import type { EventDecl } from '../events/event.ts';
import type { TapeEvent } from '../events/index.ts';
import type { ColumnOf } from './event-columns.ts';

/** An event as read, with its number on the tape. */
export type RecordedEvent = TapeEvent & { readonly ordinal: number };

/** The events of one kind in a frame, in the order of the tape. */
export interface EventTable<E extends EventDecl = EventDecl> {
  readonly decl: E;
  readonly count: number;
  /** For each of them its place in the frame: `at[rows[i]]`, `vcpus[rows[i]]`, number `firstOrdinal + rows[i]` of the tape. */
  readonly rows: Uint16Array;
  /** The values of a field, unpacked when first asked for; not to be changed. */
  column<K extends keyof E['fields'] & string>(field: K): ColumnOf<E['fields'][K]['wire']>;
}

/** A frame of events, unpacked as far as it is asked for: columns of values, of which rows are a view. */
export interface EventFrame {
  readonly firstOrdinal: number;
  readonly count: number;
  readonly start: number;
  readonly end: number;
  /** Events of kinds that this version does not know; they have a tag, and are left out of `events`. */
  readonly unknown: number;
  /** Of each event in the order of the tape: its tag, its icount, its vCPU. Not to be changed. */
  readonly tags: Uint8Array;
  readonly at: Float64Array;
  readonly vcpus: Uint8Array;
  /** How many events there are of each tag that occurs. */
  readonly tagCounts: ReadonlyMap<number, number>;
  /** The events of one kind; undefined where there are none. */
  table<E extends EventDecl>(decl: E): EventTable<E> | undefined;
  /** Unpacks what was not yet, so that damage shows. */
  check(): void;
  /** A row an event, all checked before the first is given. @param wanted by its place in the frame */
  events(wanted?: (place: number) => boolean): Generator<RecordedEvent>;
}
