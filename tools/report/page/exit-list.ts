import { el, section } from './dom.ts';
import { countText, momentText, plural, shortCount } from './format.ts';
import type { Run } from './model.ts';
import type { Palette } from './palette.ts';
import { numberCell, Table, type TableColumn, textCell } from './table.ts';
import type { View } from './view.ts';

/** More of them nobody reads. */
const LISTED_MAX = 2000;
const ROWS = 12;

interface Row {
  readonly run: number;
  readonly letter: string;
  readonly ordinal: number;
  readonly at: number;
  readonly vcpu: number;
  readonly kind: string;
  readonly symbol: string;
  readonly what: string;
  readonly gap: number;
}

/** The exits that the timeline shows, one by one. */
export class ExitList {
  readonly element: HTMLElement;
  readonly #view: View;
  readonly #palette: Palette;
  readonly #told = el('span', {});
  readonly #table: Table<Row>;

  constructor(view: View, palette: Palette) {
    this.#view = view;
    this.#palette = palette;
    this.#table = new Table<Row>('Exits one by one', this.#columns(), { column: 'at', dir: 'asc' }, ROWS, {
      chosen: ({ at }) => view.goTo(at),
      isChosen: ({ at }) => at === view.state.moment,
      empty: 'No exits in this stretch of time.',
    });
    this.element = section('exits', 'Exits one by one', this.#told, [], this.#table.element);
    view.listen('settled', (_, changed) => {
      if (changed.has('range') || changed.has('filters')) this.#fill();
    });
    this.#fill();
  }

  #columns(): TableColumn<Row>[] {
    return [
      ...(this.#view.runs.length > 1
        ? [
            {
              title: 'run',
              field: 'letter' as const,
              width: 60,
              isText: true,
              unsortable: true,
              cell: ({ letter }: Row) => textCell(letter),
            },
          ]
        : []),
      { title: 'event', field: 'ordinal', width: 92, cell: ({ ordinal }) => numberCell(countText(ordinal)) },
      {
        title: 'time',
        field: 'at',
        width: 128,
        cell: ({ at }) => numberCell(momentText(at), `icount ${countText(at)}`),
      },
      { title: 'vCPU', field: 'vcpu', width: 80, cell: ({ vcpu }) => numberCell(String(vcpu)) },
      {
        title: 'exit',
        field: 'kind',
        width: 190,
        isText: true,
        filter: 'text',
        cell: ({ kind }) =>
          el(
            'span',
            { class: 'cell-name' },
            el('i', { class: 'swatch', style: { background: this.#palette.css('kind', kind) } }),
            textCell(kind),
          ),
      },
      {
        title: 'function',
        field: 'symbol',
        grows: true,
        isText: true,
        filter: 'text',
        cell: ({ symbol }) => textCell(symbol),
      },
      {
        title: 'what for',
        field: 'what',
        grows: true,
        isText: true,
        filter: 'text',
        cell: ({ what }) => textCell(what),
      },
      {
        title: 'since last',
        field: 'gap',
        width: 124,
        hint: "guest instructions since the vCPU's previous exit",
        filter: 'number',
        cell: ({ gap }) => numberCell(shortCount(gap), countText(gap)),
      },
    ];
  }

  #fill(): void {
    const rows: Row[] = [];
    let total = 0;
    for (const [number, run] of this.#view.runs.entries()) total += this.#add(rows, run, number);
    const isExact = this.#view.runs.every((run) => run.isExact);
    this.#told.textContent = !isExact
      ? 'There are too many exits to be listed one by one; a report of a part of the tape (--from, --to) lists them.'
      : total > rows.length
        ? `The first ${countText(rows.length)} of ${countText(total)} in this stretch of time; look closer to see all.`
        : `${plural(total, 'exit')} in this stretch of time. A click on one goes to its moment.`;
    this.#table.show(isExact ? rows : []);
  }

  #add(rows: Row[], run: Run, number: number): number {
    const mask = this.#view.masks[number] as Uint8Array;
    const { at, path, gap, ordinal } = run.exits;
    const [first, end] = run.within(this.#view.state.range);
    const limit = LISTED_MAX / this.#view.runs.length;
    let total = 0;
    for (let i = first; i < end; i++) {
      const p = path[i] as number;
      if (mask[p] === 0) continue;
      if (++total > limit) continue;
      const access = run.name(run.paths.access[p] as number);
      const register = run.name(run.paths.device[p] as number) === '' ? '' : run.label(p, 'register');
      rows.push({
        run: number,
        letter: run.letter,
        ordinal: ordinal[i] as number,
        at: at[i] as number,
        vcpu: run.paths.vcpu[p] as number,
        kind: run.label(p, 'kind'),
        symbol: run.label(p, 'symbol'),
        what: [access, register].filter((part) => part !== '').join(' '),
        gap: gap[i] as number,
      });
    }
    return total;
  }
}
