import { hex } from '../../src/base/bits.ts';
import type { EventFrame, RecordedEvent } from '../../src/trace/codec/event-rows.ts';
import type { Field, Wire } from '../../src/trace/events/field.ts';
import { allEvents, consoleOut, type EventDecl, syndromeOf, vmExit } from '../../src/trace/events/index.ts';
import { type GuestNames, registerName } from './event-lines.ts';
import { withoutControls } from './standard-output.ts';

/** Texts that are kept: a tape names the same places and registers over and over. */
const KEPT_MAX = 1 << 16;

/** Remembers what was made of a key, as long as there is room. */
class Kept<K> {
  readonly #made = new Map<K, string>();
  readonly #make: (key: K) => string;

  constructor(make: (key: K) => string) {
    this.#make = make;
  }
  of(key: K): string {
    let made = this.#made.get(key);
    if (made === undefined) {
      made = this.#make(key);
      if (this.#made.size < KEPT_MAX) this.#made.set(key, made);
    }
    return made;
  }
}

/** As JSON, without control characters of any kind. */
const json = (value: string | number): string =>
  typeof value === 'number' ? String(value) : withoutControls(JSON.stringify(value));

/** What comes before a field's value, and the value. */
interface Member {
  readonly name: string;
  readonly before: string;
  readonly text: (value: never, names: GuestNames) => string;
}

const transferred = new Kept<number>((key) => json(registerName(key >>> 1, (key & 1) === 1)));

function memberOf(decl: EventDecl, name: string): Member {
  const field = decl.fields[name] as Field<Wire>;
  const before = `,${JSON.stringify(decl.jsonNames[name] ?? name)}:`;
  const member = (text: Member['text']): Member => ({ name, before, text });
  // A vm-exit has none; of the others it is a register of the guest.
  if (name === 'rt') return member((value: number, { isArmv7 }) => transferred.of(2 * value + (isArmv7 ? 1 : 0)));
  // The same code makes the same exits.
  if (name === 'pc') {
    const places = new Kept<bigint>((value) => `"${hex(value)}"`);
    return member((value: bigint) => places.of(value));
  }
  if (field.wire === 'u64') return member((value: bigint) => `"${hex(value)}"`);
  if (field.wire === 'text' || field.wire === 'bytes') return member((value) => json(field.json(value)));
  const texts = new Kept<number>((value) => json(field.json(value as never)));
  return member((value: number) => texts.of(value));
}

interface Shape {
  readonly event: string;
  readonly members: readonly Member[];
  /** Among the members, -1 where it has none. */
  readonly pc: number;
  readonly ipa: number;
  /** Of a console's number. */
  readonly device: number;
  readonly isExit: boolean;
}
const shapeOf = ({ name, fieldNames, ...decl }: EventDecl): Shape => ({
  event: `,"event":"${name}"`,
  members: fieldNames.map((field) => memberOf({ name, fieldNames, ...decl }, field)),
  pc: fieldNames.indexOf('pc'),
  // An edit has a register of its own.
  ipa: fieldNames.includes('register') ? -1 : fieldNames.indexOf('ipa'),
  device: decl.tag === consoleOut.tag ? fieldNames.indexOf('device') : -1,
  isExit: decl.tag === vmExit.tag,
});
const decls: readonly EventDecl[] = allEvents as readonly EventDecl[];
const shapes: ReadonlyMap<string, Shape> = new Map(decls.map((decl) => [decl.name, shapeOf(decl)]));
const [KVM_CLASS, ESR] = [vmExit.fieldNames.indexOf('kvmClass'), vmExit.fieldNames.indexOf('esr')];

type Columns = readonly ArrayLike<unknown>[];
interface Stamped {
  readonly ordinal: number;
  readonly at: number;
  readonly vcpu: number;
}

/** Writes events as JSON, an object a line, in the words of the text. What repeats is made once: it is listings of millions. */
export class JsonLines {
  readonly #names: GuestNames;
  readonly #head: string;
  readonly #symbols: Kept<bigint>;
  readonly #registers: Kept<bigint>;
  readonly #ports: Kept<number>;
  /** By class and syndrome. */
  readonly #syndromes: Kept<number>;

  /** `more`: what each object begins with. */
  constructor(names: GuestNames, more: Readonly<Record<string, string>> = {}) {
    this.#names = names;
    const first = Object.entries(more).map(([name, value]) => `${json(name)}:${json(value)},`);
    this.#head = `{${first.join('')}"ordinal":`;
    const named = (name: string, value: string | undefined): string =>
      value === undefined ? '' : `,"${name}":${json(value)}`;
    this.#symbols = new Kept((pc) => named('symbol', names.symbolAt(pc)));
    this.#registers = new Kept((ipa) => named('register', names.registerAt(ipa)));
    this.#ports = new Kept((device) => named('port', names.portAt?.(device)));
    this.#syndromes = new Kept((key) => {
      const kvmClass = Math.floor(key / 2 ** 32);
      return Object.entries(syndromeOf(kvmClass, key >>> 0, names.isArmv7))
        .map(([name, value]) => `,"${name}":${json(value)}`)
        .join('');
    });
  }

  /** One event. */
  line(event: RecordedEvent): string {
    const shape = shapes.get(event.kind) as Shape;
    const values = event as unknown as Readonly<Record<string, unknown>>;
    return this.#text(
      shape,
      event,
      shape.members.map(({ name }) => [values[name]]),
      0,
    );
  }

  /** The events of a frame for which `shown` is 1; no rows are made of them. */
  *linesOf(frame: EventFrame, shown: Uint8Array): Generator<string> {
    const { tags, at, vcpus, count, firstOrdinal } = frame;
    const tables: ({ readonly shape: Shape; readonly columns: Columns } | undefined)[] = [];
    for (const decl of decls) {
      const table = frame.table(decl);
      if (table === undefined) continue;
      const columns = decl.fieldNames.map((name) => table.column(name) as ArrayLike<unknown>);
      tables[decl.tag] = { shape: shapes.get(decl.name) as Shape, columns };
    }
    const next = new Uint16Array(0x100);
    const stamp = { ordinal: 0, at: 0, vcpu: 0 };
    for (let place = 0; place < count; place++) {
      const tag = tags[place] as number;
      const row = next[tag] as number;
      next[tag] = row + 1;
      const table = shown[place] === 1 ? tables[tag] : undefined;
      if (table === undefined) continue;
      stamp.ordinal = firstOrdinal + place;
      stamp.at = at[place] as number;
      stamp.vcpu = vcpus[place] as number;
      yield this.#text(table.shape, stamp, table.columns, row);
    }
  }

  #text(shape: Shape, { ordinal, at, vcpu }: Stamped, columns: Columns, row: number): string {
    const { members, event, pc, ipa, device, isExit } = shape;
    let line = `${this.#head}${ordinal},"at":${at},"vcpu":${vcpu}${event}`;
    for (let i = 0; i < members.length; i++) {
      const { before, text } = members[i] as Member;
      line += before + text(columns[i]?.[row] as never, this.#names);
    }
    if (isExit)
      line += this.#syndromes.of((columns[KVM_CLASS]?.[row] as number) * 2 ** 32 + (columns[ESR]?.[row] as number));
    if (device >= 0) line += this.#ports.of(columns[device]?.[row] as number);
    if (ipa >= 0) line += this.#registers.of(columns[ipa]?.[row] as bigint);
    if (pc >= 0) line += this.#symbols.of(columns[pc]?.[row] as bigint);
    return `${line}}`;
  }
}
