import { must } from '../../base/assert.ts';
import type { EventFrame, EventTable } from '../../trace/codec/event-rows.ts';
import { type EventDecl, type Syndrome, syndromeOf, vmExit } from '../../trace/events/index.ts';
import type { Clocks } from '../event-set.ts';
import type { Words } from './column.ts';

/** A place in a function of the guest. */
export interface FunctionPlace {
  readonly name: string;
  /** Bytes from its first instruction. */
  readonly offset: bigint;
}

/** What the events themselves do not say. */
export interface EventNames {
  /** The function at a PC of the guest; undefined where none is known. */
  readonly symbolAt: (pc: bigint) => FunctionPlace | undefined;
  /** The device and its register at a guest-physical address: `pl011 UARTDR`, `pl011`; undefined where there is none. */
  readonly registerAt: (ipa: bigint) => string | undefined;
  /** The name of a console beside the UART, by its number; left out where nothing has one. */
  readonly portAt?: (device: number) => string | undefined;
  /** Whether the hypervisor's processor has no AArch64: how syndromes name registers. */
  readonly isArmv7: boolean;
}

/** What is looked up is kept for so many keys: those of a run come again and again. */
const KEPT_MAX = 1 << 16;

/** Keeps what `find` finds. */
function kept<K, V>(find: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    const value = known.get(key);
    if (value !== undefined || known.has(key)) return value as V;
    if (known.size >= KEPT_MAX) known.clear();
    const found = find(key);
    known.set(key, found);
    return found;
  };
}

/** A device and its register; null where it has none there. */
export interface DevicePlace {
  readonly device: string;
  readonly register: string | null;
}

/** The names, each looked up once, and what follows from them. */
export class KeptNames {
  readonly clocks: Clocks;
  readonly symbolAt: (pc: bigint) => FunctionPlace | undefined;
  readonly deviceAt: (ipa: bigint) => DevicePlace | undefined;
  readonly portAt: (device: number) => string | undefined;
  readonly #syndromes: (key: number) => Syndrome;

  constructor({ symbolAt, registerAt, portAt = () => undefined, isArmv7 }: EventNames, clocks: Clocks) {
    this.clocks = clocks;
    this.symbolAt = kept(symbolAt);
    this.deviceAt = kept((ipa) => {
      const [device, register] = registerAt(ipa)?.split(' ') ?? [];
      return device === undefined ? undefined : { device, register: register ?? null };
    });
    this.portAt = portAt;
    this.#syndromes = kept((key) => syndromeOf(Math.floor(key / 2 ** 32), key % 2 ** 32, isArmv7));
  }
  syndrome(kvmClass: number, esr: number): Syndrome {
    return this.#syndromes(kvmClass * 2 ** 32 + esr);
  }
}

/** The events of some kinds in a frame, in the order of the tape: a row an event. */
export class FrameRows {
  readonly frame: EventFrame;
  readonly names: KeptNames;
  readonly decls: readonly EventDecl[];
  /** For each row its place in the frame, the number of its kind in `decls`, and which event of that kind it is. */
  readonly places: Uint16Array;
  readonly #kinds: Uint8Array;
  readonly #indexes: Uint16Array;
  readonly #tables: readonly (EventTable | undefined)[];
  readonly #made = new Map<string, unknown>();

  constructor(frame: EventFrame, decls: readonly EventDecl[], names: KeptNames) {
    this.frame = frame;
    this.names = names;
    this.decls = decls;
    this.#tables = decls.map((decl) => frame.table(decl));
    const count = this.#tables.reduce((sum, table) => sum + (table?.count ?? 0), 0);
    this.places = new Uint16Array(count);
    this.#kinds = new Uint8Array(count);
    this.#indexes = new Uint16Array(count);
    const kindOf = new Int8Array(0x100).fill(-1);
    for (const [kind, { tag }] of decls.entries()) kindOf[tag] = kind;
    const next = new Uint16Array(decls.length);
    for (let place = 0, row = 0; row < count; place++) {
      const kind = kindOf[frame.tags[place] as number] as number;
      if (kind < 0) continue;
      this.places[row] = place;
      this.#kinds[row] = kind;
      this.#indexes[row] = next[kind] as number;
      next[kind] = (next[kind] as number) + 1;
      row++;
    }
  }

  get count(): number {
    return this.places.length;
  }
  decl(row: number): EventDecl {
    return this.decls[this.#kinds[row] as number] as EventDecl;
  }

  /** Made once, for the columns that build on it. */
  #once<T>(key: string, make: () => T): T {
    const made = this.#made.get(key);
    if (made !== undefined) return made as T;
    const value = make();
    this.#made.set(key, value);
    return value;
  }

  /** The columns of a field, by the number of the kind; undefined of kinds that have no such field, or no event here. */
  #columns(field: string): (ReturnType<EventTable['column']> | undefined)[] {
    return this.#tables.map((table) =>
      table !== undefined && field in table.decl.fields ? table.column(field) : undefined,
    );
  }
  /** A field's number; NaN in events without it. */
  numbers(field: string): Float64Array {
    return this.#once(`number ${field}`, () => {
      const columns = this.#columns(field);
      return Float64Array.from(this.places, (_, row) => {
        const value = columns[this.#kinds[row] as number]?.[this.#indexes[row] as number];
        return value === undefined ? Number.NaN : Number(value);
      });
    });
  }
  /** A field's word, of 64 or fewer bits. */
  words(field: string): Words {
    return this.#once(`word ${field}`, () => {
      const columns = this.#columns(field);
      const values = new BigUint64Array(this.count);
      const nulls = new Uint8Array(this.count);
      for (let row = 0; row < values.length; row++) {
        const value = columns[this.#kinds[row] as number]?.[this.#indexes[row] as number];
        if (typeof value === 'bigint') values[row] = value;
        else if (typeof value === 'number') values[row] = BigInt(value);
        else nulls[row] = 1;
      }
      return nulls.includes(1) ? { values, nulls } : { values };
    });
  }
  /** A field's text or bytes; null in events without it. */
  blobs(field: string): (string | Uint8Array | null)[] {
    return this.#once(`blob ${field}`, () => {
      const columns = this.#columns(field);
      return Array.from(this.places, (_, row) => {
        const value = columns[this.#kinds[row] as number]?.[this.#indexes[row] as number];
        return typeof value === 'string' || value instanceof Uint8Array ? value : null;
      });
    });
  }
  /** A field as a person reads it, where its declaration gives names for numbers; null in events without it. */
  shown(field: string): (string | null)[] {
    return this.#once(`shown ${field}`, () => {
      const numbers = this.numbers(field);
      const shows = this.decls.map((decl) =>
        kept((value: number) => must(decl.fields[field], field).show(value as never)),
      );
      return Array.from(numbers, (value, row) =>
        Number.isNaN(value) ? null : (shows[this.#kinds[row] as number] as (value: number) => string)(value),
      );
    });
  }

  /** The functions at the events' PCs. */
  functions(): readonly (FunctionPlace | undefined)[] {
    return this.#once('functions', () => {
      const { values, nulls } = this.words('pc');
      return Array.from(values, (pc, row) => (nulls?.[row] ? undefined : this.names.symbolAt(pc)));
    });
  }
  /** The devices at the guest-physical addresses of a field. */
  devices(field: 'ipa' | 'hpfar'): readonly (DevicePlace | undefined)[] {
    return this.#once(`device ${field}`, () => {
      const { values } = this.words(field);
      return Array.from(values, (ipa) => this.names.deviceAt(ipa));
    });
  }
  /** The syndromes of exits. */
  syndromes(): readonly Syndrome[] {
    return this.#once('syndromes', () => {
      const [classes, esrs] = [this.numbers('kvmClass'), this.numbers('esr')];
      return Array.from(classes, (kvmClass, row) => this.names.syndrome(kvmClass, esrs[row] as number));
    });
  }
}

/**
 * The exits that events followed from: an event and what belongs to the same exit stand directly behind it, at the same icount (in the
 * case of a WFI, one behind). Frames are to be given in order, none left out that holds an exit.
 */
export class ExitOf {
  #ordinal = Number.NaN;
  #at = 0;
  #vcpu = 0;
  /** Number of the event behind those that were seen. */
  #next = 0;

  /** For each row the number of its exit; NaN where it has none on the tape. */
  ordinals({ frame, places, decls }: FrameRows): Float64Array {
    const { tags, at, vcpus, firstOrdinal, count } = frame;
    if (firstOrdinal !== this.#next) this.#ordinal = Number.NaN;
    this.#next = firstOrdinal + count;
    const isRow = new Uint8Array(0x100);
    for (const { tag } of decls) isRow[tag] = 1;
    const ordinals = new Float64Array(places.length);
    let row = 0;
    for (let place = 0; place < count; place++) {
      const tag = tags[place] as number;
      const icount = at[place] as number;
      if (tag === vmExit.tag) {
        this.#ordinal = firstOrdinal + place;
        this.#at = icount;
        this.#vcpu = vcpus[place] as number;
        continue;
      }
      const isOfExit = isRow[tag] === 1 && icount === this.#at && vcpus[place] === this.#vcpu;
      if (!isOfExit) this.#ordinal = Number.NaN;
      if (isRow[tag] === 1) ordinals[row++] = this.#ordinal;
    }
    return ordinals;
  }
}
