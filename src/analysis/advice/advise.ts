// advice/: what a hypervisor engineer would say of a run, by rules of thumb.

import type { EventFrame } from '../../trace/codec/event-rows.ts';
import type { Clocks, EventSet, Stretch } from '../event-set.ts';
import { columnOf, FrameColumns } from '../rules/frame-columns.ts';
import { Matcher } from '../rules/matcher.ts';
import { readMatch } from '../rules/read-rules.ts';
import type { Match } from '../rules/rule.ts';
import { KeptNames } from '../tables/frame-rows.ts';
import type { EventNames } from '../tables/index.ts';
import { type AdviceRule, adviceRules } from './advice-rules.ts';

/** What a rule of thumb says of a run. */
export interface Advice {
  readonly id: string;
  readonly level: AdviceRule['level'];
  /** How sure that is: it follows from the events, or it looks so. */
  readonly certainty: AdviceRule['certainty'];
  readonly title: string;
  readonly text: string;
  readonly advice: string;
  /** The most frequent function, register or INTID among the events; undefined where they have none. */
  readonly about: string | undefined;
  /** How many events it is about, of how many. */
  readonly count: number;
  readonly of: number;
  /** Icount of the first of them. */
  readonly at: number;
}

const NS_PER_SECOND = 1e9;
const EXITS = { table: 'exits' };
/** Values of `by` that are told apart. */
const TOPS_MAX = 1 << 14;

/** Counts the events of a match. */
class Count {
  readonly matcher: Matcher;
  readonly #burst: { readonly count: number; readonly ns: number } | undefined;
  /** By key, the times of the last events. */
  readonly #last = new Map<string, number[]>();
  count = 0;
  first = 0;
  /** The most within the length of a burst. */
  most = 0;

  constructor(matcher: Matcher, burst: { readonly count: number; readonly ns: number } | undefined) {
    this.matcher = matcher;
    this.#burst = burst;
  }
  see(at: number, key: string): void {
    if (this.count++ === 0) this.first = at;
    const burst = this.#burst;
    if (burst === undefined) return;
    const last = this.#last.get(key) ?? [];
    if (last.length === 0) {
      if (this.#last.size >= TOPS_MAX) return;
      this.#last.set(key, last);
    }
    last.push(at);
    // No more than twice a burst is kept.
    while (at - (last[0] as number) > burst.ns || last.length > 2 * burst.count) last.shift();
    this.most = Math.max(this.most, last.length);
  }
}

/** All is what nothing is missing of. */
const percent = (share: number): string =>
  share > 0.99 && share < 1 ? 'over 99 %' : `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
const counted = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',');

function speaks(
  { when: { share, count, perSecond, burst } }: AdviceRule,
  found: Count,
  of: number,
  seconds: number,
): boolean {
  if (found.count === 0) return false;
  return (
    (share === undefined || found.count >= share * of) &&
    (count === undefined || found.count >= count) &&
    (perSecond === undefined || (seconds > 0 && found.count >= perSecond * seconds)) &&
    (burst === undefined || found.most >= burst.count)
  );
}

/** Which events it is about. */
export interface AdviceFilter extends Clocks, Stretch {
  readonly vcpu?: number;
}

/** The events of a stretch, of all vCPUs or of one. */
function isIn({
  from = 0,
  to = Number.POSITIVE_INFINITY,
  fromOrdinal = 0,
  toOrdinal = Number.POSITIVE_INFINITY,
  vcpu: only,
}: AdviceFilter) {
  return (frame: EventFrame, place: number): boolean => {
    const [at, ordinal] = [frame.at[place] as number, frame.firstOrdinal + place];
    const isOf = only === undefined || frame.vcpus[place] === only;
    return isOf && at >= from && at <= to && ordinal >= fromOrdinal && ordinal <= toOrdinal;
  };
}

/**
 * What rules of thumb say of a set of events, the gravest first. Events are read once, and those of the rules that speak a second time, for names
 * of functions: a set that nothing is to be said of costs none.
 * @throws Failure where the events are damaged
 */
export function advise(
  set: EventSet,
  names: EventNames,
  clocks: AdviceFilter = {},
  rules: readonly AdviceRule[] = adviceRules,
): Advice[] {
  const isWanted = isIn(clocks);
  const columns = new FrameColumns(new KeptNames(names, clocks));
  const counts = new Map<string, Count>();
  const countOf = (match: unknown, key?: string, burst?: { readonly count: number; readonly ns: number }): Count => {
    const id = JSON.stringify([match, key, burst]);
    const known = counts.get(id);
    if (known !== undefined) return known;
    const count = new Count(new Matcher(readMatch(match, 'advice'), key === undefined ? [] : [key], columns), burst);
    counts.set(id, count);
    return count;
  };
  const watched = rules.map((rule) => ({
    rule,
    found: countOf(rule.count, rule.key, rule.when.burst),
    whole: countOf(rule.of ?? EXITS),
  }));
  let [first, last] = [Number.POSITIVE_INFINITY, 0];
  for (const frame of set.eventFrames()) {
    columns.begin(frame);
    const { at } = frame;
    for (const icount of [at[0], at.at(-1)]) {
      first = Math.min(first, icount ?? first);
      last = Math.max(last, icount ?? last);
    }
    for (const count of counts.values())
      for (const { place, key } of count.matcher.in()) {
        if (isWanted(frame, place)) count.see(at[place] as number, key);
      }
  }
  const seconds =
    Math.max(0, Math.min(last, clocks.to ?? last) - Math.max(first, clocks.from ?? first)) / NS_PER_SECOND;
  const speaking = watched.filter(({ rule, found, whole }) => speaks(rule, found, whole.count, seconds));
  const tops = topsOf(
    set,
    speaking.map(({ rule }) => rule),
    names,
    clocks,
  );
  const levels: readonly AdviceRule['level'][] = ['serious', 'warning', 'info'];
  return speaking
    .map(({ rule, found, whole }, i): Advice & { readonly share: number } => {
      const [top, topCount] = tops[i] ?? [undefined, 0];
      const share = whole.count === 0 ? 0 : found.count / whole.count;
      const values: Readonly<Record<string, string>> = {
        count: counted(found.count),
        share: percent(share),
        perSecond: counted(Math.round(seconds === 0 ? 0 : found.count / seconds)),
        top: top ?? 'code without a name',
        topShare: percent(topCount / found.count),
        burst: counted(found.most),
      };
      const text = rule.text.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '');
      const { id, level, certainty, title, advice } = rule;
      return {
        id,
        level,
        certainty,
        title,
        text,
        advice,
        about: top,
        count: found.count,
        of: whole.count,
        at: found.first,
        share,
      };
    })
    .sort((a, b) => levels.indexOf(a.level) - levels.indexOf(b.level) || b.share - a.share)
    .map(({ share: _, ...advice }) => advice);
}

/** The most frequent value of each rule's column, and how often it is there. */
function topsOf(
  set: EventSet,
  rules: readonly AdviceRule[],
  names: EventNames,
  clocks: AdviceFilter,
): (readonly [string | undefined, number] | undefined)[] {
  const isWanted = isIn(clocks);
  const columns = new FrameColumns(new KeptNames(names, clocks));
  const tallies = rules.map(({ count, by }) => {
    const match: Match = readMatch(count, 'advice');
    return by === undefined
      ? undefined
      : {
          matcher: new Matcher(match, [by], columns),
          column: columnOf(match.table, by),
          values: new Map<string, number>(),
        };
  });
  if (tallies.every((tally) => tally === undefined)) return [];
  for (const frame of set.eventFrames()) {
    columns.begin(frame);
    for (const tally of tallies)
      for (const { place, key } of tally?.matcher.in() ?? []) {
        if (!isWanted(frame, place)) continue;
        const known = tally?.values.get(key);
        if (known !== undefined || (tally?.values.size ?? 0) < TOPS_MAX) tally?.values.set(key, (known ?? 0) + 1);
      }
  }
  return tallies.map((tally) => {
    const [key, count] = [...(tally?.values ?? [])].reduce((best, one) => (one[1] > best[1] ? one : best), ['null', 0]);
    if (key === 'null') return [undefined, count];
    return [tally?.column.type === 'UBIGINT' ? `0x${BigInt(key).toString(16)}` : key, count];
  });
}
