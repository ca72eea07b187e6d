import { sameBytes } from '../../base/bytes.ts';
import type { Field, ValueOf, Wire } from './field.ts';

/**
 * Why an event stands on the tape, which decides what a level keeps.
 * - `input`: comes from outside the machine; replay feeds it back. Kept at every level.
 * - `check`: lets replay prove that it is the same run. Kept at every level.
 * - `effect`: computed by the machine, so replay can regenerate it. Kept at level `exits`.
 */
export type Role = 'input' | 'check' | 'effect';
/** How much a tape holds: what a replay needs, or every exit besides. */
export type Level = 'inputs' | 'exits';

/** The fields of an event by name, in the order of the tape. */
export type Fields = Readonly<Record<string, Field>>;

/** The declaration of an event, from which all else follows. */
export interface EventDecl<Name extends string = string, F extends Fields = Fields> {
  /** 1..255, never reused: a retired event keeps its tag in `retiredTags`. */
  readonly tag: number;
  readonly name: Name;
  /** The revision of the vocabulary, counted from 1, that introduced it. */
  readonly since: number;
  readonly role: Role;
  readonly input: boolean;
  readonly fields: F;
  readonly fieldNames: readonly string[];
  /** The values of its fields, in their order. */
  readonly values: (event: Stamp) => readonly unknown[];
  /** Fields that JSON calls otherwise. */
  readonly jsonNames: Readonly<Record<string, string>>;
  /** One of its events, whole, in the words of bhyve and KVM. */
  readonly text: (event: Stamp) => string;
}

/** What every event has: when (icount) and on which vCPU. */
export type Stamp = { readonly at: number; readonly vcpu: number };

/** The values of such fields, with count and vCPU. */
export type ValuesOf<F extends Fields> = Stamp & {
  readonly [K in keyof F]: F[K] extends Field<infer W> ? ValueOf<W> : never;
};

/** The values of an event as the emitter gives them. */
export type FieldsOf<E> = E extends EventDecl<string, infer F> ? ValuesOf<F> : never;

/** An event as the reader gives it: its values and, as `kind`, its name. */
export type EventOf<E> = E extends EventDecl<infer Name, infer F> ? { readonly kind: Name } & ValuesOf<F> : never;

/** Where the machine puts its events: a tape, a replay's checker, or nowhere. */
export interface EventSink {
  emit<E extends EventDecl>(decl: E, fields: FieldsOf<E>): void;
}

/** Whether what is emitted is of this declaration: its values then have their types. */
export function isEmitted<D extends EventDecl>(wanted: D, decl: EventDecl, _fields: unknown): _fields is FieldsOf<D> {
  return decl.tag === wanted.tag;
}

/** Whether an event that a reader gave is of this declaration. */
export function isOf<D extends EventDecl, T extends { readonly kind: string }>(
  decl: D,
  event: T,
): event is T & FieldsOf<D> {
  return event.kind === decl.name;
}

/** For a run without a tape. */
export const discardEvents: EventSink = { emit() {} };

interface Declaration<Name extends string, F extends Fields> {
  readonly tag: number;
  readonly name: Name;
  readonly since: number;
  readonly role?: Role;
  readonly fields: F & { readonly at?: never; readonly vcpu?: never; readonly kind?: never; readonly ordinal?: never };
  readonly jsonNames?: { readonly [K in keyof F]?: string };
  readonly text?: (event: ValuesOf<F>) => string;
  /** The values of the fields in their order, of events that are so many that a read by a computed name takes too long. */
  readonly values?: (event: ValuesOf<F>) => readonly unknown[];
}

/** Declares an event: its type, codec, dump line, JSON and tests derive from this. `at` and `vcpu` are added to all. */
export function event<const Name extends string, const F extends Fields>(d: Declaration<Name, F>): EventDecl<Name, F> {
  const fieldNames = Object.keys(d.fields);
  const role = d.role ?? 'effect';
  const show = (values: ValuesOf<F>): string => showFields({ fields: d.fields, fieldNames }, values);
  const { tag, name, since, fields } = d;
  return {
    tag,
    name,
    since,
    role,
    input: role === 'input',
    fields,
    fieldNames,
    values: (d.values ?? ((event) => fieldNames.map((field) => fieldOf(event, field)))) as EventDecl['values'],
    jsonNames: (d.jsonNames ?? {}) as Readonly<Record<string, string>>,
    text: (d.text ?? show) as (event: Stamp) => string,
  };
}

const fieldOf = (values: object, name: string): unknown => (values as Record<string, unknown>)[name];

/** One field for a person. */
const showField = (fields: Fields, values: object, name: string): string => {
  const field = fields[name] as Field<Wire>;
  return field.show(fieldOf(values, name) as never);
};

/** All fields for a person, each with its name. */
export const showFields = ({ fields, fieldNames }: Pick<EventDecl, 'fields' | 'fieldNames'>, values: object): string =>
  fieldNames.map((name) => `${name} ${showField(fields, values, name)}`).join(' ');

/** Does a tape of this level hold such events? */
export const keptAt = (level: Level, decl: EventDecl): boolean => level === 'exits' || decl.role !== 'effect';

/** One line for a person: icount, vCPU, name, then the event in bhyve's and KVM's words. */
export function dumpLine<E extends EventDecl>(decl: E, values: FieldsOf<E>): string {
  const line = decl.text(values);
  return `${String(values.at).padStart(13)} vcpu${values.vcpu} ${decl.name.padEnd(15)} ${line}`.trimEnd();
}

/** What is printed as JSON. */
export type Json = string | number | { readonly [key: string]: Json };

/** For JSON Lines: names as in the text, values that are read in hexadecimal as "0x…", bytes in hexadecimal. */
export function toJson<E extends EventDecl>(decl: E, values: FieldsOf<E>): { readonly [key: string]: Json } {
  const out: Record<string, Json> = { at: values.at, vcpu: values.vcpu, event: decl.name };
  for (const name of decl.fieldNames) {
    const field = decl.fields[name] as Field<Wire>;
    out[decl.jsonNames[name] ?? name] = field.json(fieldOf(values, name) as never);
  }
  return out;
}

const same = (a: unknown, b: unknown): boolean =>
  a === b || (a instanceof Uint8Array && b instanceof Uint8Array && sameBytes(a, b));

/** The first field in which two events of one declaration differ, each side as a person reads it; undefined where they are equal. */
export function firstDifference<E extends EventDecl>(
  decl: E,
  expected: FieldsOf<E>,
  actual: FieldsOf<E>,
): { readonly field: string; readonly expected: string; readonly actual: string } | undefined {
  for (const field of ['at', 'vcpu'] as const) {
    if (expected[field] !== actual[field]) return { field, expected: `${expected[field]}`, actual: `${actual[field]}` };
  }
  const wanted = decl.values(expected);
  const given = decl.values(actual);
  for (let i = 0; i < wanted.length; i++) {
    if (same(wanted[i], given[i])) continue;
    const field = decl.fieldNames[i] as string;
    const side = (values: object): string => showField(decl.fields, values, field);
    return { field, expected: side(expected), actual: side(actual) };
  }
  return undefined;
}
