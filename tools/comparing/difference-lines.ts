import type { DifferenceGroup, DifferentRegion, RegionSide } from '../../src/analysis/beside.ts';
import type { Tally } from '../../src/analysis/event-tallies.ts';
import type { HeaderDifference } from '../../src/analysis/headers.ts';
import type { RecordedEvent } from '../../src/trace/codec/event-rows.ts';
import type { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { EventTable, type Group, grouped } from '../session/event-lines.ts';
import { withoutControls } from '../session/standard-output.ts';
import { countText, momentText } from '../session/units.ts';
import { countsOf, type FoundDifferences, firstWhat } from './difference-json.ts';
import { type Both, SIDES } from './sides.ts';

/** Cells of a table's rows, set out in columns; numbers to the right. */
function* tableLines(title: readonly string[], rows: readonly (readonly (string | number)[])[]): Generator<string> {
  const shown = rows.map((row) =>
    row.map((cell) => (typeof cell === 'number' ? countText(cell) : withoutControls(cell))),
  );
  const widths = title.map((name, i) => Math.max(name.length, ...shown.map((row) => row[i]?.length ?? 0)));
  const isNumber = title.map((_, i) => typeof rows[0]?.[i] === 'number');
  const line = (cells: readonly string[]): string =>
    `  ${cells.map((cell, i) => (isNumber[i] ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0))).join('  ')}`.trimEnd();
  yield line(title);
  for (const cells of shown) yield line(cells);
}

const DIGEST_SHOWN = 12;
const CELL_MAX = 60;
const short = (text: string): string => (text.length > CELL_MAX ? `${text.slice(0, CELL_MAX - 3)}...` : text);
/** Digests and long lists are told as far as they tell them apart. */
const valueText = (what: string, value: string): string =>
  short(what.startsWith('image ') ? value.slice(0, DIGEST_SHOWN) : value);

function* headerLines(headers: readonly HeaderDifference[]): Generator<string> {
  if (headers.length === 0) return;
  const rows = headers.map(({ what, a, b }) => [what, valueText(what, a), valueText(what, b)]);
  yield* tableLines(['given', 'a', 'b'], rows);
}

/** Of tapes of the same run. */
export function* sameLines(readers: Both<TapeReader>, headers: readonly HeaderDifference[]): Generator<string> {
  yield* headerLines(headers);
  yield `the same run: ${countText(readers.a.eventCount)} events are the same`;
}

/** Of tapes that differ. @param context events before the first that differs */
export function* differenceLines(found: FoundDifferences, context: number): Generator<string> {
  const { readers, headers, kind, beside, limit } = found;
  for (const side of SIDES)
    yield withoutControls(`${side} ${readers[side].path}: ${countText(beside.events[side])} events`);
  yield* headerLines(headers);
  yield `first of all: ${kind}`;
  yield* firstLines(found, context);
  const { aligned, changed, onlyA, onlyB, groups, regions, regionCount } = beside;
  yield `at the same code: ${countText(aligned)} events, ${countText(changed)} of them with other values; only in a ${countText(onlyA)}, only in b ${countText(onlyB)}`;
  if (groups.length > 0) {
    yield '';
    yield* groupLines(groups.slice(0, limit));
    if (groups.length > limit) yield `  and ${countText(groups.length - limit)} more`;
  }
  for (const [name, counts] of Object.entries(countsOf(found))) yield* countLines(name, counts, limit);
  if (regionCount > 0) {
    yield '';
    yield* regionLines(regions);
    if (regionCount > regions.length) yield `  and ${countText(regionCount - regions.length)} more`;
  }
}

function* firstLines({ readers, rows, hashes, guests }: FoundDifferences, context: number): Generator<string> {
  const there = rows.a ?? rows.b;
  if (there === undefined) {
    yield 'all events are the same';
    return;
  }
  const at = Math.min(...SIDES.map((side) => rows[side]?.at ?? Number.POSITIVE_INFINITY));
  yield `first event that differs: ${firstWhat(rows)}, at ${momentText(at)}`;
  const table = new EventTable(guests.a);
  yield `  ${table.header}`;
  const first = there.ordinal;
  for (const group of grouped(some(readers.a, Math.max(0, first - context), first)))
    if (rows.a !== undefined) yield `  ${table.line(group)}`;
  for (const side of SIDES) {
    const event = rows[side];
    if (event === undefined) yield `${side} ends here`;
    else {
      const [group = [event] as Group] = grouped(some(readers[side], event.ordinal, event.ordinal + 2));
      yield `${side} ${new EventTable(guests[side]).line(group)}`;
    }
  }
  const hash = SIDES.flatMap((side) => {
    const one = hashes[side];
    return one === undefined ? [] : [`${side} event ${countText(one.event)} (icount ${countText(one.icount)})`];
  });
  if (hash.length > 0) yield `first hash of the whole state that differs: ${hash.join(', ')}`;
}

function* some(reader: TapeReader, from: number, to: number): Generator<RecordedEvent> {
  for (const event of reader.events({ ordinal: from })) {
    if (event.ordinal >= to) return;
    yield event;
  }
}

function* groupLines(groups: readonly DifferenceGroup[]): Generator<string> {
  const side = (at: DifferenceGroup['first']['a']): string =>
    at === undefined ? '' : short(`#${at.event}${at.value === undefined ? '' : ` ${at.value}`}`);
  yield* tableLines(
    ['count', 'differs', 'where', 'register', 'first in a', 'first in b'],
    groups.map(({ count, what, where = '', register = '', first }) => [
      ...[count, what, where, register, side(first.a), side(first.b)],
    ]),
  );
}

const TITLES: Readonly<Record<string, string>> = {
  byClass: 'class',
  byDevice: 'device',
  byRegister: 'device register',
  bySysreg: 'system register',
  byIntid: 'interrupt taken',
  bySymbol: 'exits in',
};

/** Rows that are not alike on both sides, those that differ most first. */
function* countLines(name: string, counts: ReadonlyMap<string, Tally>, limit: number): Generator<string> {
  const weight = ({ a, b, onlyA, onlyB, changed }: Tally): number => Math.abs(a - b) + onlyA + onlyB + changed;
  const rows = [...counts].filter(([, tally]) => weight(tally) > 0).sort(([, x], [, y]) => weight(y) - weight(x));
  if (rows.length === 0) return;
  yield '';
  yield* tableLines(
    [TITLES[name] ?? name, 'a', 'b', 'only in a', 'only in b', 'other values'],
    rows.slice(0, limit).map(([row, { a, b, onlyA, onlyB, changed }]) => [row, a, b, onlyA, onlyB, changed]),
  );
  if (rows.length > limit) yield `  and ${countText(rows.length - limit)} more`;
}

function* regionLines(regions: readonly DifferentRegion[]): Generator<string> {
  const side = (at: RegionSide | undefined): string =>
    at === undefined ? '' : `#${at.event}${at.last === at.event ? '' : `..${at.last}`}`;
  const moment = (at: RegionSide | undefined): string => (at === undefined ? '' : countText(at.icount));
  yield* tableLines(
    ['stretch in a', 'at icount', 'stretch in b', 'at icount', 'other values', 'only in a', 'only in b'],
    regions.map(({ a, b, changed, onlyA, onlyB }) => [side(a), moment(a), side(b), moment(b), changed, onlyA, onlyB]),
  );
}
