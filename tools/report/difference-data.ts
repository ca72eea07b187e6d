import type { RecordedEvent } from '../../src/trace/codec/event-rows.ts';
import { type FoundDifferences, firstWhat } from '../comparing/difference-json.ts';
import { SIDES } from '../comparing/sides.ts';
import { rawLine } from '../session/event-lines.ts';
import type { Difference } from './report-data.ts';

/** Rows of the table of differences. */
const GROUPS_MAX = 2000;

/** What a page shows of what `diff` finds; of nothing, where the runs are the same. */
export function differenceDataOf(found: FoundDifferences | undefined): Difference {
  if (found === undefined) return SAME;
  const { rows, kind, beside, headers, guests } = found;
  const { aligned, changed, onlyA, onlyB, groups, regions } = beside;
  const [a, b] = SIDES.map((side) => {
    const event: RecordedEvent | undefined = rows[side];
    return event === undefined ? '' : rawLine(event, guests[side].symbolAt).trim();
  }) as [string, string];
  const begins = SIDES.map((side) => {
    const at = regions.flatMap((region) => region[side]?.icount ?? []);
    return Float64Array.from(at).sort();
  }) as [Float64Array, Float64Array];
  return {
    identical: false,
    kind,
    text: rows.a === undefined && rows.b === undefined ? 'all events are the same' : firstWhat(rows),
    at: [rows.a?.at, rows.b?.at],
    a,
    b,
    headers: headers.map(({ what, a: ofA, b: ofB }) => ({ what, a: ofA, b: ofB })),
    aligned,
    changed,
    onlyA,
    onlyB,
    groups: groups.slice(0, GROUPS_MAX).map(({ what, where = '', register = '', count, first }) => ({
      what,
      where,
      register,
      count,
      at: first.icount,
      a: first.a === undefined ? '' : (first.a.value ?? `event ${first.a.event}`),
      b: first.b === undefined ? '' : (first.b.value ?? `event ${first.b.event}`),
    })),
    groupsLeftOut: Math.max(0, groups.length - GROUPS_MAX),
    regions: begins,
  };
}

const SAME: Difference = {
  identical: true,
  kind: '',
  text: 'the same run',
  at: [undefined, undefined],
  a: '',
  b: '',
  headers: [],
  aligned: 0,
  changed: 0,
  onlyA: 0,
  onlyB: 0,
  groups: [],
  groupsLeftOut: 0,
  regions: [new Float64Array(0), new Float64Array(0)],
};
