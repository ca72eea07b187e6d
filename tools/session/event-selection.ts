import type { Stretch } from '../../src/analysis/event-set.ts';
import { must } from '../../src/base/assert.ts';
import type { EventFrame, EventTable, RecordedEvent } from '../../src/trace/codec/event-rows.ts';
import type { FrameFilter } from '../../src/trace/codec/tape-reader.ts';
import {
  allEvents,
  type EventDecl,
  eventByName,
  inClasses,
  mmioRead,
  mmioWrite,
  stage2Map,
  vmExit,
} from '../../src/trace/events/index.ts';

/** Which events are wanted; what is left out does not matter. */
export interface Selected extends Stretch {
  /** Names of events, or of exits in bhyve's or KVM's dialect. */
  readonly classes?: ReadonlySet<string> | undefined;
  readonly vcpu?: number | undefined;
  /** Guest-physical addresses, both included, that they concern. */
  readonly ipa?: readonly [bigint, bigint] | undefined;
  readonly intid?: number | undefined;
  /** Whether their PC is one that is wanted. */
  readonly within?: ((pc: bigint) => boolean) | undefined;
}

/** Of the events of one kind in a frame, which are wanted; undefined where all are. */
type RowTest = ((row: number) => boolean) | undefined;
const none = (): boolean => false;

/** Says by columns which events of a frame are wanted. */
export class EventSelection {
  readonly #wanted: Selected;
  #frame: EventFrame | undefined;
  /** By place in the frame seen last, and in the one before. */
  #shown: Uint8Array = new Uint8Array(0);
  #before: { readonly firstOrdinal: number; readonly shown: Uint8Array } = {
    firstOrdinal: 0,
    shown: new Uint8Array(0),
  };

  constructor(wanted: Selected) {
    this.#wanted = wanted;
  }

  /** What leaves out most of the others. */
  get filter(): FrameFilter {
    const { from, to, classes } = this.#wanted;
    return {
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
      ...(classes && { tags: new Set([...classes].map((name) => eventByName(name)?.tag ?? vmExit.tag)) }),
    };
  }

  /** The next frame: by place, 1 where the event is wanted. */
  see(frame: EventFrame): Uint8Array {
    if (this.#frame !== undefined) this.#before = { firstOrdinal: this.#frame.firstOrdinal, shown: this.#shown };
    this.#frame = frame;
    this.#shown = this.#select(frame);
    return this.#shown;
  }
  /** Of an event of the frame seen last, or of the one before. */
  has({ ordinal }: RecordedEvent): boolean {
    const { firstOrdinal } = must(this.#frame, 'a frame');
    if (ordinal >= firstOrdinal) return this.#shown[ordinal - firstOrdinal] === 1;
    return this.#before.shown[ordinal - this.#before.firstOrdinal] === 1;
  }

  #select(frame: EventFrame): Uint8Array {
    const {
      from = 0,
      to = Number.POSITIVE_INFINITY,
      fromOrdinal = 0,
      toOrdinal = Number.POSITIVE_INFINITY,
      vcpu,
    } = this.#wanted;
    const { tags, at, vcpus, count, firstOrdinal } = frame;
    const shown = new Uint8Array(count);
    const tests = this.#tests(frame);
    const next = new Uint16Array(0x100);
    for (let place = 0; place < count; place++) {
      const tag = tags[place] as number;
      const row = next[tag] as number;
      next[tag] = row + 1;
      const icount = at[place] as number;
      const ordinal = firstOrdinal + place;
      if (icount < from || icount > to || ordinal < fromOrdinal || ordinal > toOrdinal) continue;
      if (vcpu !== undefined && vcpus[place] !== vcpu) continue;
      if (tests[tag]?.(row) !== false) shown[place] = 1;
    }
    return shown;
  }

  /** By tag. */
  #tests(frame: EventFrame): RowTest[] {
    const tests: RowTest[] = [];
    for (const decl of allEvents as readonly EventDecl[]) {
      const table = frame.table(decl);
      if (table === undefined) continue;
      const all = [this.#ofClass(table, frame), this.#ofAddress(table, frame), this.#ofIntid(table), this.#ofPc(table)];
      const some = all.filter((test) => test !== undefined);
      if (some.includes(none)) tests[decl.tag] = none;
      else if (some.length > 0) tests[decl.tag] = (row) => some.every((test) => test(row));
    }
    return tests;
  }

  #ofClass({ decl }: EventTable, frame: EventFrame): RowTest {
    const { classes } = this.#wanted;
    if (classes === undefined || classes.has(decl.name)) return undefined;
    const exits = decl.tag === vmExit.tag ? frame.table(vmExit) : undefined;
    if (exits === undefined) return none;
    const [kvmClass, bhyveExit] = [exits.column('kvmClass'), exits.column('bhyveExit')];
    const known = new Map<number, boolean>();
    return (row) => {
      const key = 0x100 * (kvmClass[row] as number) + (bhyveExit[row] as number);
      let is = known.get(key);
      if (is === undefined) {
        const exit = { kind: vmExit.name, kvmClass: kvmClass[row], bhyveExit: bhyveExit[row] };
        is = inClasses(exit as RecordedEvent, classes);
        known.set(key, is);
      }
      return is;
    };
  }

  #ofAddress({ decl }: EventTable, frame: EventFrame): RowTest {
    const { ipa } = this.#wanted;
    if (ipa === undefined) return undefined;
    const [low, high] = ipa;
    const exits = decl.tag === vmExit.tag ? frame.table(vmExit)?.column('hpfar') : undefined;
    if (exits !== undefined)
      return (row) => {
        const at = exits[row] as bigint;
        return at !== 0n && at >= low && at <= high;
      };
    const [starts, lengths] = extentsOf(frame, decl.tag) ?? [];
    if (starts === undefined || lengths === undefined) return none;
    return (row) => (starts[row] as bigint) <= high && (starts[row] as bigint) + BigInt(lengths[row] as number) > low;
  }

  #ofIntid(table: EventTable): RowTest {
    const { intid } = this.#wanted;
    if (intid === undefined) return undefined;
    if (!table.decl.fieldNames.includes('intid')) return none;
    const intids = table.column('intid') as Float64Array;
    return (row) => intids[row] === intid;
  }

  #ofPc(table: EventTable): RowTest {
    const { within } = this.#wanted;
    if (within === undefined) return undefined;
    if (!table.decl.fieldNames.includes('pc')) return none;
    const pcs = table.column('pc') as BigUint64Array;
    return (row) => within(pcs[row] as bigint);
  }
}

/** Guest-physical memory that events of this tag concern: where it begins, and its bytes. */
function extentsOf(frame: EventFrame, tag: number): readonly [BigUint64Array, Float64Array] | undefined {
  for (const decl of [mmioRead, mmioWrite]) {
    const table = tag === decl.tag ? frame.table<typeof mmioRead | typeof mmioWrite>(decl) : undefined;
    if (table !== undefined) return [table.column('ipa'), table.column('size')];
  }
  const maps = tag === stage2Map.tag ? frame.table(stage2Map) : undefined;
  return maps && [maps.column('ipa'), maps.column('bytes')];
}
