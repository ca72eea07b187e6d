import { low32 } from '../base/bits.ts';
import {
  eventByTag,
  irqAck,
  kvmClassName,
  mmioRead,
  mmioWrite,
  sysregName,
  sysregRead,
  sysregWrite,
  vmExit,
} from '../trace/events/index.ts';
import type { EventAt } from './events-in-order.ts';

/** How often something is there: on each side, on one of them alone, with other values. */
export interface Tally {
  a: number;
  b: number;
  onlyA: number;
  onlyB: number;
  changed: number;
}
/** Which of its numbers are raised. */
export type Counted = keyof Tally;

/** Rows of a table; what goes beyond is counted together. */
const ROWS_MAX = 1 << 14;
/** What rows beyond are called. */
export const OTHERS = 'others';

const newTally = (): Tally => ({ a: 0, b: 0, onlyA: 0, onlyB: 0, changed: 0 });

class Table<Key> {
  readonly rows = new Map<Key, Tally>();
  readonly others = newTally();

  of(key: Key): Tally {
    let tally = this.rows.get(key);
    if (tally === undefined) {
      if (this.rows.size >= ROWS_MAX) return this.others;
      this.rows.set(key, (tally = newTally()));
    }
    return tally;
  }
  /** By name; those of the same name together. */
  named(nameOf: (key: Key) => string | undefined): ReadonlyMap<string, Tally> {
    const named = new Map<string, Tally>();
    const add = (name: string, tally: Tally): void => {
      const sum = named.get(name) ?? newTally();
      for (const counted of Object.keys(sum) as Counted[]) sum[counted] += tally[counted];
      named.set(name, sum);
    };
    for (const [key, tally] of this.rows) {
      const name = nameOf(key);
      if (name !== undefined) add(name, tally);
    }
    if (this.others.a + this.others.b > 0) add(OTHERS, this.others);
    return named;
  }
}

const KVM_CLASS = vmExit.fieldNames.indexOf('kvmClass');
const EXIT_PC = vmExit.fieldNames.indexOf('pc');
const IPA = mmioRead.fieldNames.indexOf('ipa');
const ENCODING = sysregRead.fieldNames.indexOf('encoding');
const INTID = irqAck.fieldNames.indexOf('intid');

/** The name of an event's class, as `byClass` has it: of an exit KVM's, else the event's own. */
export const classOf = ({ in: frame, place }: EventAt): string =>
  className(classKey(frame.frame.tags[place] as number, frame, place));
const classKey = (tag: number, frame: EventAt['in'], place: number): number =>
  tag === vmExit.tag ? tag * 0x100 + (frame.value(place, KVM_CLASS) as number) : tag * 0x100;
const className = (key: number): string => {
  const tag = Math.floor(key / 0x100);
  return tag === vmExit.tag ? kvmClassName(key % 0x100) : (eventByTag(tag)?.name ?? `event ${tag}`);
};

interface KnownRow {
  readonly pc: bigint;
  readonly tally: Tally | null;
}

/** Counts of two tapes' events beside each other, by what they are about. */
export class EventTallies {
  readonly #classes = new Table<number>();
  /** By guest-physical address: those of devices are whole numbers. */
  readonly #registers = new Table<number>();
  readonly #sysregs = new Table<number>();
  readonly #intids = new Table<number>();
  readonly #functions = new Table<string>();
  /** On each side by the low half of a PC: that, and the row of its function. */
  readonly #known = { a: new Map<number, KnownRow>(), b: new Map<number, KnownRow>() };
  readonly #functionOf: Readonly<Record<'a' | 'b', (pc: bigint) => string | undefined>>;

  /** @param functionOf the name of the function at a PC, on each side */
  constructor(functionOf: Readonly<Record<'a' | 'b', (pc: bigint) => string | undefined>>) {
    this.#functionOf = functionOf;
  }

  count({ in: frame, place }: EventAt, side: 'a' | 'b', counted: Counted): void {
    const tag = frame.frame.tags[place] as number;
    this.#classes.of(classKey(tag, frame, place))[counted]++;
    switch (tag) {
      case mmioRead.tag:
      case mmioWrite.tag:
        this.#registers.of(Number(frame.value(place, IPA)))[counted]++;
        break;
      case sysregRead.tag:
      case sysregWrite.tag:
        this.#sysregs.of(frame.value(place, ENCODING) as number)[counted]++;
        break;
      case irqAck.tag:
        this.#intids.of(frame.value(place, INTID) as number)[counted]++;
        break;
      case vmExit.tag: {
        const tally = this.#functionAt(frame.value(place, EXIT_PC) as bigint, side);
        if (tally !== null) tally[counted]++;
      }
    }
  }

  /** The row of the function at a PC; null where it has no name. */
  #functionAt(pc: bigint, side: 'a' | 'b'): Tally | null {
    const known = this.#known[side];
    const low = low32(pc);
    const last = known.get(low);
    if (last?.pc === pc) return last.tally;
    if (known.size >= ROWS_MAX) known.clear();
    const name = this.#functionOf[side](pc);
    const tally = name === undefined ? null : this.#functions.of(name);
    known.set(low, { pc, tally });
    return tally;
  }

  get byClass(): ReadonlyMap<string, Tally> {
    return this.#classes.named(className);
  }
  /** Registers of devices, by their addresses where they have no name. */
  byRegister(nameOf: (ipa: bigint) => string): ReadonlyMap<string, Tally> {
    return this.#registers.named((ipa) => nameOf(BigInt(ipa)));
  }
  get bySysreg(): ReadonlyMap<string, Tally> {
    return this.#sysregs.named(sysregName);
  }
  /** Interrupts that were acknowledged. */
  get byIntid(): ReadonlyMap<string, Tally> {
    return this.#intids.named(String);
  }
  /** Functions in which the guest left. */
  get bySymbol(): ReadonlyMap<string, Tally> {
    return this.#functions.named((name) => name);
  }
}
