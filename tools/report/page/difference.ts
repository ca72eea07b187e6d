import type { Difference, DifferenceGroup } from '../report-data.ts';
import { el, section } from './dom.ts';
import { countText, momentText, plural } from './format.ts';
import { values } from './parting.ts';
import { numberCell, Table, type TableColumn, textCell } from './table.ts';
import type { View } from './view.ts';

const ROWS = 8;

/** In what the events of two runs differ: what came first, and what differs where in the code. */
export function differenceSection(view: View, difference: Difference): HTMLElement {
  const { identical, kind, text, at, a, b, headers, groups, groupsLeftOut } = difference;
  if (identical) return section('difference', 'What differs', 'Both tapes are of the same run.', []);
  const moments = at.filter((one) => one !== undefined);
  const moment = moments.length === 0 ? undefined : Math.min(...moments);
  const go =
    moment === undefined
      ? []
      : [el('button', { type: 'button', on: { click: () => view.goTo(moment) } }, 'on the timeline')];
  const { aligned, changed, onlyA, onlyB } = difference;
  const caption = `At the same code: ${plural(aligned, 'event')}, ${countText(changed)} of them with other values; only in A ${countText(onlyA)}, only in B ${countText(onlyB)}.`;
  const table = new Table<DifferenceGroup>('Differences', columns(), { column: 'at', dir: 'asc' }, ROWS, {
    chosen: (group) => view.goTo(group.at),
    empty: 'All events are the same.',
  });
  table.show(groups);
  return section(
    'difference',
    'What differs',
    caption,
    go,
    el(
      'div',
      { class: 'parting-head' },
      el(
        'span',
        { class: 'parting-at' },
        moment === undefined ? 'in what was given' : momentText(moment),
        moment !== undefined && el('small', {}, `icount ${countText(moment)}`),
      ),
      el('code', { class: 'parting-code' }, el('b', {}, text)),
      el('span', { class: 'parting-cause' }, el('b', {}, kind), ' came first'),
    ),
    values('What they were given', headers, false),
    values(
      'The first events that are not the same',
      a === '' && b === '' ? [] : [{ what: 'event', a, b }],
      false,
      (text) => el('code', {}, text),
    ),
    groups.length === 0
      ? undefined
      : el(
          'div',
          { class: 'differences' },
          el('h3', {}, 'By what differs, and where in the code'),
          table.element,
          groupsLeftOut > 0 && el('p', { class: 'dim' }, `and ${plural(groupsLeftOut, 'more', 'more')}`),
        ),
  );
}

const columns = (): TableColumn<DifferenceGroup>[] => [
  { title: 'what', field: 'what', grows: true, isText: true, filter: 'text', cell: ({ what }) => textCell(what) },
  { title: 'where', field: 'where', grows: true, isText: true, filter: 'text', cell: ({ where }) => textCell(where) },
  {
    title: 'register',
    field: 'register',
    width: 170,
    isText: true,
    filter: 'text',
    cell: ({ register }) => textCell(register),
  },
  { title: 'times', field: 'count', width: 96, filter: 'number', cell: ({ count }) => numberCell(countText(count)) },
  {
    title: 'first at',
    field: 'at',
    width: 130,
    cell: ({ at }) => numberCell(momentText(at, 1000), `icount ${countText(at)}`),
  },
  { title: 'A', field: 'a', width: 160, isText: true, unsortable: true, cell: ({ a }) => textCell(a) },
  { title: 'B', field: 'b', width: 160, isText: true, unsortable: true, cell: ({ b }) => textCell(b) },
];
