import type { EventFrame } from '../trace/codec/event-rows.ts';
import type { Field } from '../trace/events/field.ts';
import {
  consoleOut,
  type EventDecl,
  eventByTag,
  idleSkip,
  irqAck,
  mmioRead,
  mmioWrite,
  stage2Map,
  sysregName,
  sysregRead,
  sysregWrite,
} from '../trace/events/index.ts';
import { type CodeAt, CodeTokens } from './code-tokens.ts';
import { classOf, EventTallies } from './event-tallies.ts';
import { type EventAt, hasSameFields, icountOf, ordinalOf } from './events-in-order.ts';
import { Lane, type LaneEvent } from './lane.ts';
import { resync } from './resync.ts';

type Both<T> = Readonly<Record<'a' | 'b', T>>;

/** What is told of the code and of the devices that events name. */
export interface BesideOptions {
  /** The same code on both sides has the same text. */
  readonly codeAt: Both<CodeAt>;
  readonly functionAt: Both<(pc: bigint) => string | undefined>;
  readonly registerAt: (ipa: bigint) => string | undefined;
  /** Kinds of events that both sides have. */
  readonly isWanted: (tag: number) => boolean;
  /** Counts are of instructions, which the same code needs as many of. */
  readonly isTimed: boolean;
  /** Regions that are listed. */
  readonly regions: number;
}

/** Differences of one kind at one place of the code. */
export interface DifferenceGroup {
  /** `mmio-read.value`, `vm-exit DABT_LOW only in a`, `irq-ack 27 elsewhere`. */
  readonly what: string;
  /** Function and offset. */
  readonly where: string | undefined;
  /** Register of a device or of the CPU. */
  readonly register: string | undefined;
  count: number;
  /** The first of them: numbers of the events, and the values where these differ. */
  readonly first: {
    readonly icount: number;
    readonly a: { readonly event: number; readonly value?: string } | undefined;
    readonly b: { readonly event: number; readonly value?: string } | undefined;
  };
}

/** A stretch of differences with nothing but some equal events between them. */
export interface DifferentRegion {
  /** The first and the last event on each side; absent where that side has none. */
  readonly a: RegionSide | undefined;
  readonly b: RegionSide | undefined;
  readonly changed: number;
  readonly onlyA: number;
  readonly onlyB: number;
}
export interface RegionSide {
  readonly event: number;
  readonly last: number;
  readonly icount: number;
}

/** Two event sets laid beside each other, at the same code. */
export interface Beside {
  readonly events: Both<number>;
  /** Events of the same code. */
  readonly aligned: number;
  readonly changed: number;
  readonly onlyA: number;
  readonly onlyB: number;
  readonly tallies: EventTallies;
  /** In the order of their first. */
  readonly groups: readonly DifferenceGroup[];
  readonly regions: readonly DifferentRegion[];
  readonly regionCount: number;
}

/** Groups that are told apart. */
const GROUPS_MAX = 1 << 12;
/** So many equal events end a region. */
const REGION_GAP = 16;
/** What the kernel prints before each of its lines (CONFIG_PRINTK_TIME). */
const PRINTK_TIME = /^\[ *\d+\.\d{6}\] ?/;
/** Fields that only say where something lies, or which register was taken for it. */
const PLACES: ReadonlySet<string> = new Set(['pc', 'far', 'hpfar', 'esr', 'rt', 'bhyveExit']);
/** Of what comes from elsewhere: that of which it is told where it comes. */
const PLACED: ReadonlySet<number> = new Set([irqAck.tag, stage2Map.tag, idleSkip.tag]);

/** Lays the events of two sides beside each other. One pass; what is looked ahead is all that is in memory. */
export function besideEachOther(a: Iterable<EventFrame>, b: Iterable<EventFrame>, options: BesideOptions): Beside {
  return new Comparison(a, b, options).run();
}

class Comparison {
  readonly #options: BesideOptions;
  readonly #a: Lane;
  readonly #b: Lane;
  readonly #tallies: EventTallies;
  readonly #groups = new Map<string, DifferenceGroup>();
  readonly #events = { a: 0, b: 0 };
  readonly #regions: DifferentRegion[] = [];
  #regionCount = 0;
  #region: OpenRegion | undefined;
  #equalSince = 0;
  #aligned = 0;
  #changed = 0;
  #onlyA = 0;
  #onlyB = 0;
  /** The last events of the same code, where nothing was left out between. */
  #before: { readonly a: LaneEvent; readonly b: LaneEvent } | undefined;
  /** By what came from elsewhere: how many more a has had so far. */
  readonly #surplus = new Map<number, number>();

  constructor(a: Iterable<EventFrame>, b: Iterable<EventFrame>, options: BesideOptions) {
    this.#options = options;
    this.#tallies = new EventTallies(options.functionAt);
    const lane = (frames: Iterable<EventFrame>, side: 'a' | 'b'): Lane =>
      new Lane(frames, new CodeTokens(options.codeAt[side]), options.isWanted, (at) => {
        this.#events[side]++;
        this.#tallies.count(at, side, side);
      });
    this.#a = lane(a, 'a');
    this.#b = lane(b, 'b');
  }

  run(): Beside {
    const [a, b] = [this.#a, this.#b];
    while (a.ahead(1) + b.ahead(1) > 0) {
      if (a.at(0)?.token === b.at(0)?.token) this.#pair(a.take() as LaneEvent, b.take() as LaneEvent);
      else {
        const sync = resync(a, b);
        for (let i = 0; i < sync.a; i++) this.#only(a.take() as LaneEvent, 'a');
        for (let i = 0; i < sync.b; i++) this.#only(b.take() as LaneEvent, 'b');
        this.#before = undefined;
      }
    }
    this.#others(a.tail, b.tail);
    this.#closeRegion();
    return {
      ...{ events: this.#events, aligned: this.#aligned, changed: this.#changed },
      ...{ onlyA: this.#onlyA, onlyB: this.#onlyB, tallies: this.#tallies },
      ...{ groups: [...this.#groups.values()], regions: this.#regions, regionCount: this.#regionCount },
    };
  }

  #pair(a: LaneEvent, b: LaneEvent): void {
    this.#aligned++;
    this.#others(a.others, b.others);
    this.#timing(a, b);
    this.#before = { a, b };
    const different = hasSameFields(a, b) ? [] : this.#differentFields(a, b);
    if (different.length === 0) {
      if (this.#region !== undefined && ++this.#equalSince >= REGION_GAP) this.#closeRegion();
      return;
    }
    this.#changed++;
    this.#tallies.count(a, 'a', 'changed');
    for (const { name, a: ofA, b: ofB } of different) this.#group(name, a, b, ofA, ofB);
    this.#inRegion(a, b).changed++;
  }

  #only(at: LaneEvent, side: 'a' | 'b'): void {
    const isA = side === 'a';
    if (isA) this.#onlyA++;
    else this.#onlyB++;
    this.#others(isA ? at.others : [], isA ? [] : at.others);
    this.#tallies.count(at, side, isA ? 'onlyA' : 'onlyB');
    if (!at.isTold) this.#group(`${classOf(at)} only in ${side}`, isA ? at : undefined, isA ? undefined : at);
    const region = this.#inRegion(isA ? at : undefined, isA ? undefined : at);
    if (isA) region.onlyA++;
    else region.onlyB++;
  }

  /** Instructions since the last event of the same code, where nothing came between. */
  #timing(a: LaneEvent, b: LaneEvent): void {
    const before = this.#before;
    if (!this.#options.isTimed || before === undefined || a.others.length + b.others.length > 0) return;
    const [ofA, ofB] = [icountOf(a) - icountOf(before.a), icountOf(b) - icountOf(before.b)];
    if (ofA !== ofB) this.#group('instructions before', a, b, String(ofA), String(ofB));
  }

  /** What came from elsewhere: on one side here, on the other perhaps at another place. */
  #others(a: readonly EventAt[], b: readonly EventAt[]): void {
    if (a.length + b.length === 0) return;
    const counts = new Map<number, { balance: number; at: EventAt }>();
    const add = (list: readonly EventAt[], by: number): void => {
      for (const at of list) {
        const tag = at.in.frame.tags[at.place] as number;
        if (!PLACED.has(tag)) continue;
        const key = tag * 2 ** 20 + (tag === irqAck.tag ? (at.in.value(at.place, 0) as number) % 2 ** 20 : 0);
        const one = counts.get(key);
        if (one === undefined) counts.set(key, { balance: by, at });
        else one.balance += by;
      }
    };
    add(a, 1);
    add(b, -1);
    for (const [key, { balance, at }] of counts) {
      if (balance === 0) continue;
      const before = this.#surplus.get(key) ?? 0;
      this.#surplus.set(key, before + balance);
      // What one side has caught up with was counted when the other had it.
      const more = Math.max(0, Math.abs(before + balance) - Math.abs(before));
      if (more > 0) this.#elsewhere(at, balance > 0, more);
    }
  }
  #elsewhere(at: EventAt, isA: boolean, count: number): void {
    const decl = eventByTag(at.in.frame.tags[at.place] as number) as EventDecl;
    const what = decl.tag === irqAck.tag ? `${decl.name} ${String(at.in.value(at.place, 0))}` : decl.name;
    this.#group(`${what} elsewhere`, isA ? at : undefined, isA ? undefined : at, undefined, undefined, count);
  }

  #differentFields(a: LaneEvent, b: LaneEvent): { readonly name: string; readonly a: string; readonly b: string }[] {
    const tag = a.in.frame.tags[a.place] as number;
    const decl = eventByTag(tag);
    if (decl === undefined) return [];
    return decl.fieldNames.flatMap((name, i) => {
      if (PLACES.has(name)) return [];
      const field = decl.fields[name] as Field;
      const shown = ({ in: frame, place }: EventAt): string => field.show(frame.value(place, i) as never);
      const [ofA, ofB] = [shown(a), shown(b)];
      if (ofA === ofB || (tag === consoleOut.tag && isSameText(a, b, i))) return [];
      return [{ name: `${decl.name}.${name}`, a: ofA, b: ofB }];
    });
  }

  #group(what: string, a: EventAt | undefined, b: EventAt | undefined, ofA?: string, ofB?: string, count = 1): void {
    const at = (a ?? b) as EventAt;
    const { where, register } = this.#placeOf(at, a === undefined ? 'b' : 'a');
    const key = `${what}\n${where ?? ''}\n${register ?? ''}`;
    const known = this.#groups.get(key);
    if (known !== undefined) {
      known.count += count;
      return;
    }
    if (this.#groups.size >= GROUPS_MAX) return;
    const side = (one: EventAt | undefined, value: string | undefined) =>
      one === undefined ? undefined : { event: ordinalOf(one), ...(value === undefined ? {} : { value }) };
    const first = { icount: icountOf(at), a: side(a, ofA), b: side(b, ofB) };
    this.#groups.set(key, { what, where, register, count, first });
  }
  #placeOf(
    { in: frame, place }: EventAt,
    side: 'a' | 'b',
  ): { readonly where: string | undefined; readonly register: string | undefined } {
    const tag = frame.frame.tags[place] as number;
    const fields = eventByTag(tag)?.fieldNames ?? [];
    const pc = fields.indexOf('pc');
    const where = pc < 0 ? undefined : this.#options.codeAt[side](frame.value(place, pc) as bigint);
    const value = (name: string) => frame.value(place, fields.indexOf(name));
    const register =
      tag === mmioRead.tag || tag === mmioWrite.tag
        ? this.#options.registerAt(value('ipa') as bigint)
        : tag === sysregRead.tag || tag === sysregWrite.tag
          ? sysregName(value('encoding') as number)
          : undefined;
    return { where, register };
  }

  #inRegion(a: EventAt | undefined, b: EventAt | undefined): OpenRegion {
    this.#equalSince = 0;
    this.#region ??= { a: undefined, b: undefined, changed: 0, onlyA: 0, onlyB: 0 };
    const region = this.#region;
    const grown = (side: RegionSide | undefined, at: EventAt | undefined): RegionSide | undefined =>
      at === undefined
        ? side
        : { event: side?.event ?? ordinalOf(at), last: ordinalOf(at), icount: side?.icount ?? icountOf(at) };
    region.a = grown(region.a, a);
    region.b = grown(region.b, b);
    return region;
  }
  #closeRegion(): void {
    if (this.#region === undefined) return;
    this.#regionCount++;
    if (this.#regions.length < this.#options.regions) this.#regions.push(this.#region);
    this.#region = undefined;
  }
}

interface OpenRegion {
  a: RegionSide | undefined;
  b: RegionSide | undefined;
  changed: number;
  onlyA: number;
  onlyB: number;
}

/** The same words, though printed at another time. */
function isSameText(a: EventAt, b: EventAt, field: number): boolean {
  const textOf = ({ in: frame, place }: EventAt): string =>
    Buffer.from(frame.value(place, field) as Uint8Array)
      .toString('latin1')
      .replace(PRINTK_TIME, '');
  return textOf(a) === textOf(b);
}
