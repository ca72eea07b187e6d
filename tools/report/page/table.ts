import {
  type CellComponent,
  type Column,
  EditModule,
  FilterModule,
  FormatModule,
  InteractionModule,
  ResizeColumnsModule,
  type RowComponent,
  SortModule,
  Tabulator,
} from 'tabulator-tables';
import { el } from './dom.ts';
import { matchesNumber } from './numbers.ts';
import { SORT_ARROW } from './trusted-types.ts';

Tabulator.registerModule([EditModule, FilterModule, FormatModule, InteractionModule, ResizeColumnsModule, SortModule]);

/** A column of rows of one kind. */
export interface TableColumn<R> {
  readonly title: string;
  readonly field: keyof R & string;
  readonly hint?: string;
  readonly width?: number;
  /** Takes what room there is. */
  readonly grows?: boolean;
  readonly isText?: boolean;
  readonly cell: (row: R) => HTMLElement;
  /** What can be typed above the column to filter: part of a text, or `>10`, `<=1e6` for numbers. */
  readonly filter?: 'text' | 'number';
  readonly unsortable?: boolean;
  /** Sorted by size, whichever side of 0. */
  readonly isSigned?: boolean;
}

const ROW_PIXELS = 28;
const HEADER_PIXELS = 68;

/** A table that sorts and filters, of any number of rows. Rows are walked with the arrow keys. */
export class Table<R extends object> {
  readonly element: HTMLElement;
  readonly #place = el('div', {});
  readonly #tabulator: Tabulator;
  readonly #told: HTMLElement = el('p', { class: 'table-told dim', 'aria-live': 'polite' });
  readonly #chosen: ((row: R) => void) | undefined;
  #built = false;
  #rows: readonly R[] = [];

  constructor(
    label: string,
    columns: readonly TableColumn<R>[],
    sort: { readonly column: keyof R & string; readonly dir: 'asc' | 'desc' },
    rowsMax: number,
    options: { readonly chosen?: (row: R) => void; readonly isChosen?: (row: R) => boolean; readonly empty: string },
  ) {
    this.#chosen = options.chosen;
    this.#place.setAttribute('aria-label', label);
    this.element = el('div', { class: 'table' }, this.#place, this.#told);
    this.#tabulator = new Tabulator(this.#place, {
      data: [],
      maxHeight: HEADER_PIXELS + rowsMax * ROW_PIXELS,
      layout: 'fitColumns',
      rowHeight: ROW_PIXELS,
      columns: columns.map((column) => tabulatorColumn(column)),
      initialSort: [sort],
      placeholder: el('div', { class: 'empty' }, options.empty),
      headerSortElement: SORT_ARROW,
      rowFormatter: (row) => {
        const element = row.getElement();
        element.tabIndex = -1;
        element.classList.toggle('is-chosen', options.isChosen?.(row.getData() as R) === true);
      },
    });
    this.#tabulator.on('tableBuilt', () => {
      this.#built = true;
      // Its rows are reached, so the table itself need not be.
      this.#place.querySelector('.tabulator-tableholder')?.setAttribute('tabindex', '-1');
      if (this.#rows.length > 0) this.#put();
    });
    this.#tabulator.on('renderComplete', () => this.#reachable());
    this.#tabulator.on('dataFiltered', () => this.#tell());
    this.#tabulator.on('rowClick', (_, row) => options.chosen?.(row.getData() as R));
    this.#place.addEventListener('keydown', (event) => this.#key(event));
  }

  show(rows: readonly R[]): void {
    this.#rows = rows;
    if (this.#built) this.#put();
  }
  #put(): void {
    void this.#tabulator.replaceData(this.#rows).then(() => {
      this.#tell();
      this.#reachable();
    });
  }
  #tell(): void {
    const shown = this.#tabulator.getDataCount('active');
    this.#told.textContent = shown === this.#rows.length ? '' : `${shown} of ${this.#rows.length} rows`;
  }

  /** One row can be reached with the Tab key, and from it the others. */
  #reachable(): void {
    const rows = this.#tabulator.getRows('visible');
    if (rows.some((row) => row.getElement().tabIndex === 0)) return;
    const [first] = rows;
    if (first) first.getElement().tabIndex = 0;
  }

  #key(event: KeyboardEvent): void {
    const element = (event.target as Element).closest('.tabulator-row');
    if (element === null || event.target !== element) return;
    const row = this.#tabulator.getRows('visible').find((candidate) => candidate.getElement() === element);
    if (row === undefined) return;
    if (event.key === 'Enter' || event.key === ' ') this.#chosen?.(row.getData() as R);
    else if (event.key === 'ArrowDown') this.#walk(row, row.getNextRow());
    else if (event.key === 'ArrowUp') this.#walk(row, row.getPrevRow());
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
  #walk(from: RowComponent, to: RowComponent | false): void {
    if (to === false) return;
    from.getElement().tabIndex = -1;
    void this.#tabulator.scrollToRow(to, 'nearest', false).then(() => {
      to.getElement().tabIndex = 0;
      to.getElement().focus({ preventScroll: true });
    });
  }
}

function tabulatorColumn<R>({
  title,
  field,
  hint,
  width,
  grows,
  isText,
  cell,
  filter,
  unsortable,
  isSigned,
}: TableColumn<R>): Column {
  const side = isText ? 'left' : 'right';
  return {
    title,
    field,
    hozAlign: side,
    headerHozAlign: side,
    headerSort: unsortable !== true,
    headerSortStartingDir: isText ? 'asc' : 'desc',
    formatter: (found: CellComponent) => cell(found.getData() as R),
    sorter: isText ? 'string' : isSigned ? (a, b) => Math.abs(Number(a)) - Math.abs(Number(b)) : 'number',
    ...(hint === undefined ? {} : { titleFormatter: () => el('span', { title: hint }, title) }),
    ...(width === undefined ? {} : { width }),
    ...(grows ? { widthGrow: 3, minWidth: 180 } : {}),
    ...(filter === undefined
      ? {}
      : {
          headerFilter: 'input' as const,
          headerFilterPlaceholder: filter === 'text' ? 'filter' : '≥',
          headerFilterFunc: (wanted: string, value: unknown) =>
            filter === 'text'
              ? String(value).toLowerCase().includes(wanted.toLowerCase())
              : matchesNumber(wanted, Number(value)),
        }),
  };
}

/** A cell of text, which shows whole where the pointer rests. */
export const textCell = (text: string): HTMLElement => el('span', { class: 'cell-text', title: text }, text);
/** A cell with a number. */
export const numberCell = (text: string, title?: string): HTMLElement =>
  el('span', { class: 'cell-number', title }, text);
/** A share of the whole, with a bar behind it. */
export const shareCell = (share: number, text: string, colour = 'var(--accent)'): HTMLElement =>
  el(
    'span',
    { class: 'cell-share' },
    el('i', { style: { width: `${Math.max(share > 0 ? 1 : 0, share * 100)}%`, background: colour } }),
    el('span', {}, text),
  );
