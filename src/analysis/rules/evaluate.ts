import { Failure } from '../../base/failure.ts';
import type { EventFrame } from '../../trace/codec/event-rows.ts';
import { idleSkip, irqAck, irqInject, vcpuTurn, vmExit } from '../../trace/events/index.ts';
import type { Clocks, EventSet } from '../event-set.ts';
import { KeptNames } from '../tables/frame-rows.ts';
import type { EventNames } from '../tables/index.ts';
import { VcpuTime } from '../vcpu-time.ts';
import { FrameColumns } from './frame-columns.ts';
import { Matcher } from './matcher.ts';
import type { Budget, Distance, Match, Ordering, Reach, Rule, Unit } from './rule.ts';

/** A place of the tape: an event, or a count. */
export interface Spot {
  readonly icount: number;
  readonly ordinal?: number;
}
/** Where the places of a rule are; undefined where the tape does not come there. */
export type Spots = ReadonlyMap<string, Spot | undefined>;

/** An event at which a rule is broken; none where something is missing up to the end. */
export interface Breach {
  readonly ordinal: number | undefined;
  readonly icount: number;
  readonly vcpu: number;
  readonly text: string;
}
/** What became of a rule. */
export interface Verdict {
  readonly rule: Rule;
  readonly isKept: boolean;
  /** What was found, in a few words. */
  readonly text: string;
  /** How often it was broken, and where at first. */
  readonly broken: number;
  readonly breaches: readonly Breach[];
}

/** So many breaches of a rule are told. */
const BREACHES_MAX = 100;
/** So many events may wait for what is to follow them, and so many keys be told apart. */
const WAITING_MAX = 1 << 18;

/** Where an event is, in all units. */
interface Moment extends Readonly<Record<Unit, number>> {
  readonly ordinal: number;
  readonly icount: number;
  readonly vcpu: number;
}

const unitText: Readonly<Record<Unit, string>> = {
  exits: 'exits',
  events: 'events',
  instructions: 'instructions',
  ns: 'ns',
};
const distanceText = ({ unit, value }: Distance): string => `${value} ${unitText[unit]}`;
const places = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** One rule, shown what it watches. */
abstract class Watch {
  abstract readonly rule: Rule;
  readonly #breaches: Breach[] = [];
  #broken = 0;

  protected breach(text: string, { ordinal, icount, vcpu }: { ordinal?: number; icount: number; vcpu: number }): void {
    this.#broken++;
    if (this.#breaches.length < BREACHES_MAX) this.#breaches.push({ ordinal, icount, vcpu, text });
  }
  protected verdict(text: string): Verdict {
    return { rule: this.rule, isKept: this.#broken === 0, text, broken: this.#broken, breaches: this.#breaches };
  }
  /** A place of the rule that the tape does not come to. */
  protected missing(place: string, last: number): void {
    this.breach(`${place} is not on the tape`, { icount: last, vcpu: 0 });
  }
  abstract end(end: Moment): Verdict;
}

/** Events between two places. */
class Window {
  readonly from: Spot | undefined;
  readonly before: Spot | undefined;
  readonly missing: readonly string[];

  constructor({ from, before }: Rule, spots: Spots) {
    this.from = from === undefined ? undefined : spots.get(from);
    this.before = before === undefined ? undefined : spots.get(before);
    this.missing = [from, before].filter(
      (place): place is string => place !== undefined && spots.get(place) === undefined,
    );
  }
  has({ ordinal, icount }: Moment): boolean {
    const { from, before } = this;
    const isAfter =
      from === undefined || (from.ordinal === undefined ? icount >= from.icount : ordinal >= from.ordinal);
    return (
      isAfter &&
      (before === undefined || (before.ordinal === undefined ? icount < before.icount : ordinal < before.ordinal))
    );
  }
}

class BudgetWatch extends Watch {
  readonly rule: Budget;
  readonly #window: Window;
  #count = 0;
  #most = 0;
  /** The last events, in the unit of `per`: one more than there may be, from a place on. */
  #last: number[] = [];
  #first = 0;

  constructor(rule: Budget, spots: Spots) {
    super();
    this.rule = rule;
    this.#window = new Window(rule, spots);
  }
  event(moment: Moment): void {
    if (!this.#window.has(moment)) return;
    this.#count++;
    const { atMost, per } = this.rule;
    if (atMost === undefined) return;
    if (per === undefined) {
      if (this.#count === atMost + 1) this.breach(`the first beyond ${atMost}`, moment);
      return;
    }
    const at = moment[per.unit];
    this.#last.push(at);
    while (at - (this.#last[this.#first] as number) >= per.value) this.#first++;
    const events = this.#last.length - this.#first;
    this.#most = Math.max(this.#most, events);
    if (events > atMost) {
      this.breach(`${events} within ${at - (this.#last[this.#first] as number)} ${unitText[per.unit]}`, moment);
      // The next stretch begins behind this one.
      this.#first = this.#last.length;
    }
    if (this.#first < 1024) return;
    this.#last = this.#last.slice(this.#first);
    this.#first = 0;
  }
  end(end: Moment): Verdict {
    const { atMost, atLeast, per } = this.rule;
    for (const place of this.#window.missing) this.missing(place, end.icount);
    if (atLeast !== undefined && this.#count < atLeast)
      this.breach(`only ${this.#count}, where ${atLeast} are wanted`, { icount: end.icount, vcpu: 0 });
    const limits = [
      ...(atMost === undefined ? [] : [`at most ${atMost}`]),
      ...(atLeast === undefined ? [] : [`at least ${atLeast}`]),
    ].join(' and ');
    const most = per === undefined ? '' : `, at most ${this.#most} in ${distanceText(per)}`;
    return this.verdict(
      `${places(this.#count, 'event')}${most}; ${limits}${per === undefined ? '' : ` in ${distanceText(per)}`}`,
    );
  }
}

interface Waiting extends Moment {
  isServed: boolean;
}

class OrderingWatch extends Watch {
  readonly rule: Ordering;
  readonly #window: Window;
  #count = 0;
  #farthest = 0;
  /** Events that wait, in their order, and by key; the last one of the other kind by key. */
  #waiting: Waiting[] = [];
  #served = 0;
  readonly #byKey = new Map<string, Waiting[]>();
  readonly #last = new Map<string, Moment>();

  constructor(rule: Ordering, spots: Spots) {
    super();
    this.rule = rule;
    this.#window = new Window(rule, spots);
  }
  #distance(from: Moment, to: Moment): number {
    const { unit } = this.rule.within;
    return to[unit] - from[unit];
  }
  /** An event that must have another one. */
  event(moment: Moment, key: string): void {
    if (!this.#window.has(moment)) return;
    this.#count++;
    if (this.rule.isBefore) {
      const last = this.#last.get(key);
      const distance = last === undefined ? Number.POSITIVE_INFINITY : this.#distance(last, moment);
      if (distance <= this.rule.within.value) this.#farthest = Math.max(this.#farthest, distance);
      else
        this.breach(
          last === undefined ? 'nothing before it' : `${distance} ${unitText[this.rule.within.unit]} behind it`,
          moment,
        );
      return;
    }
    this.#expire(moment);
    const waiting = { ...moment, isServed: false };
    this.#waiting.push(waiting);
    const same = this.#byKey.get(key);
    if (same === undefined) this.#byKey.set(key, [waiting]);
    else same.push(waiting);
    this.#bound(this.#waiting.length - this.#served);
    this.#bound(this.#byKey.size);
  }
  /** One of the other kind. */
  other(moment: Moment, key: string): void {
    if (this.rule.isBefore) {
      this.#last.set(key, moment);
      this.#bound(this.#last.size);
      return;
    }
    this.#expire(moment);
    for (const waiting of this.#byKey.get(key) ?? []) {
      if (waiting.isServed) continue;
      waiting.isServed = true;
      this.#farthest = Math.max(this.#farthest, this.#distance(waiting, moment));
    }
    this.#byKey.delete(key);
  }
  /** What has waited too long by this moment. */
  #expire(now: Moment): void {
    const { within } = this.rule;
    for (; this.#served < this.#waiting.length; this.#served++) {
      const waiting = this.#waiting[this.#served] as Waiting;
      if (!waiting.isServed) {
        if (this.#distance(waiting, now) <= within.value) break;
        waiting.isServed = true;
        this.breach(`nothing within ${distanceText(within)}`, waiting);
      }
    }
    if (this.#served < 1024 || this.#served < this.#waiting.length / 2) return;
    this.#waiting = this.#waiting.slice(this.#served);
    this.#served = 0;
    for (const [key, same] of this.#byKey) {
      const left = same.filter(({ isServed }) => !isServed);
      if (left.length === 0) this.#byKey.delete(key);
      else this.#byKey.set(key, left);
    }
  }
  #bound(size: number): void {
    if (size > WAITING_MAX)
      throw new Failure(
        `rule ${JSON.stringify(this.rule.name)}: more than ${WAITING_MAX} events wait at a time; give a shorter distance, or fewer events`,
      );
  }
  end(end: Moment): Verdict {
    for (const place of this.#window.missing) this.missing(place, end.icount);
    this.#expire(end);
    const open = this.#waiting.slice(this.#served).filter(({ isServed }) => !isServed).length;
    const { within } = this.rule;
    const undecided = open === 0 ? '' : `; ${open} undecided at the end of the tape`;
    return this.verdict(
      `${places(this.#count, 'event')}, farthest ${this.#farthest} of ${distanceText(within)}${undecided}`,
    );
  }
}

class ReachWatch extends Watch {
  readonly rule: Reach;
  readonly #from: Spot | undefined;
  readonly #to: Spot | undefined;
  readonly #missing: readonly string[];
  #begun: Moment | undefined;
  #came: Moment | undefined;

  constructor(rule: Reach, spots: Spots) {
    super();
    this.rule = rule;
    this.#from = rule.from === undefined ? undefined : spots.get(rule.from);
    this.#to = spots.get(rule.reach);
    this.#missing = [rule.from, rule.reach].filter(
      (place): place is string => place !== undefined && spots.get(place) === undefined,
    );
  }
  /** Every event is shown, and the end. */
  event(moment: Moment): void {
    if (this.#begun === undefined && (this.#from === undefined || isAt(this.#from, moment))) this.#begun = moment;
    if (this.#came === undefined && this.#to !== undefined && isAt(this.#to, moment)) this.#came = moment;
  }
  end(end: Moment): Verdict {
    const { unit, value } = this.rule.within;
    for (const place of this.#missing) this.missing(place, end.icount);
    if (this.#missing.length > 0) return this.verdict(`${this.rule.reach} is not reached`);
    const [from, to] = [this.#begun ?? end, this.#came ?? end];
    const took = to[unit] - (this.#from === undefined ? 0 : from[unit]);
    const text = `${this.rule.reach} after ${took} ${unitText[unit]}`;
    if (took < 0) this.breach(`${this.rule.reach} comes before ${this.rule.from}`, to);
    else if (took > value) this.breach(`${text}, at most ${value}`, to);
    return this.verdict(`${text}; at most ${value}`);
  }
}
const isAt = ({ icount, ordinal }: Spot, moment: Moment): boolean =>
  ordinal === undefined ? moment.icount >= icount : moment.ordinal >= ordinal;

/** Who is told of the events that a match names. */
interface Told {
  readonly match: Match;
  readonly same: readonly string[];
  readonly tell: (moment: Moment, key: string) => void;
}

function watchOf(
  rule: Rule,
  spots: Spots,
): { readonly watch: Watch; readonly told: readonly Told[]; readonly all: ((moment: Moment) => void) | undefined } {
  if (rule.kind === 'budget') {
    const watch = new BudgetWatch(rule, spots);
    return { watch, told: [{ match: rule.count, same: [], tell: (moment) => watch.event(moment) }], all: undefined };
  }
  if (rule.kind === 'reach') {
    const watch = new ReachWatch(rule, spots);
    return { watch, told: [], all: (moment) => watch.event(moment) };
  }
  const watch = new OrderingWatch(rule, spots);
  const every: Told = { match: rule.every, same: rule.same, tell: (moment, key) => watch.event(moment, key) };
  const other: Told = { match: rule.other, same: rule.same, tell: (moment, key) => watch.other(moment, key) };
  // An event of both kinds does not stand behind or before itself.
  return { watch, told: rule.isBefore ? [every, other] : [other, every], all: undefined };
}

/** Counts exits, events, instructions and time as events go by. */
class Counter {
  readonly #time: VcpuTime;
  readonly #begin: number;
  #exits = 0;

  constructor(clocks: Clocks) {
    this.#time = new VcpuTime(clocks);
    this.#begin = clocks.begin ?? 0;
  }
  see(frame: EventFrame, place: number, row: number): Moment {
    const icount = frame.at[place] as number;
    const tag = frame.tags[place] as number;
    if (tag === vmExit.tag) this.#exits++;
    if (tag === vmExit.tag || tag === irqInject.tag || tag === irqAck.tag) this.#time.awake(icount);
    if (tag === idleSkip.tag) this.#time.skip(icount, frame.table(idleSkip)?.column('to')[row] as number);
    if (tag === vcpuTurn.tag) {
      const turns = frame.table(vcpuTurn);
      this.#time.turn(icount, turns?.column('from')[row] as number, turns?.column('to')[row] as number);
    }
    return this.at(frame.firstOrdinal + place, icount, frame.vcpus[place] as number);
  }
  at(ordinal: number, icount: number, vcpu: number): Moment {
    const instructions = this.#time.all(icount);
    return { ordinal, icount, vcpu, exits: this.#exits, events: ordinal, instructions, ns: icount - this.#begin };
  }
}

/**
 * Holds rules against events, which are read once; memory is bounded by a frame, and what orderings wait for.
 * @param spots where the rules' places are
 * @throws Failure where the events are damaged, or too many wait
 */
export function evaluate(
  set: EventSet,
  rules: readonly Rule[],
  spots: Spots,
  names: EventNames,
  clocks: Clocks = {},
): Verdict[] {
  const watched = rules.map((rule) => watchOf(rule, spots));
  const columns = new FrameColumns(new KeptNames(names, clocks));
  const told = watched
    .flatMap((one) => one.told)
    .map((one) => ({ ...one, matcher: new Matcher(one.match, one.same, columns) }));
  const all = watched.flatMap((one) => one.all ?? []);
  const counter = new Counter(clocks);
  let last = { ordinal: 0, icount: clocks.begin ?? 0 };
  for (const frame of set.eventFrames()) {
    columns.begin(frame);
    const hits = told.map(({ matcher, tell }) => ({ tell, events: matcher.in(), next: 0 }));
    const rows = new Uint16Array(0x100);
    for (let place = 0; place < frame.count; place++) {
      const tag = frame.tags[place] as number;
      const moment = counter.see(frame, place, rows[tag] as number);
      rows[tag] = (rows[tag] as number) + 1;
      for (const see of all) see(moment);
      for (const hit of hits) {
        const event = hit.events[hit.next];
        if (event?.place !== place) continue;
        hit.next++;
        hit.tell(moment, event.key);
      }
      last = moment;
    }
  }
  const end = counter.at(last.ordinal, last.icount, 0);
  return watched.map(({ watch }) => watch.end(end));
}
