import { binned, spreads, type Total, totals, weightOf } from './aggregate.ts';
import { choice, el, section, svg } from './dom.ts';
import { countText, durationText, momentText, plural, shareText, shortCount } from './format.ts';
import type { Dimension, Run } from './model.ts';
import type { Palette } from './palette.ts';
import { numberCell, shareCell, Table, type TableColumn } from './table.ts';
import type { View } from './view.ts';

const TREND_BINS = 48;
const ROWS = 14;
/** More groups than these have no trend: nobody sees them all. */
const TRENDS_MAX = 5000;

/** A group of exits in what the timeline shows. */
interface Row {
  readonly label: string;
  readonly count: number;
  readonly share: number;
  readonly instructions: number;
  readonly cost: number;
  readonly mean: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly first: number;
  readonly trend: Float64Array | undefined;
  /** Of a comparison: of each run, and by how much B has more. */
  readonly a: number;
  readonly b: number;
  readonly delta: number;
  readonly ratio: number;
}

/** Exits in numbers, by what the timeline is broken down by. */
export class Tables {
  readonly element: HTMLElement;
  readonly #view: View;
  readonly #palette: Palette;
  readonly #table: Table<Row>;
  readonly #told = el('span', {});

  constructor(view: View, palette: Palette) {
    this.#view = view;
    this.#palette = palette;
    const tabs = choice<Dimension>(
      'Exits by',
      view.dimensions,
      () => view.state.by,
      (by) => view.set({ by }),
    );
    this.#table = new Table<Row>(
      'Exits',
      view.runs.length > 1 ? this.#compared() : this.#single(),
      { column: view.runs.length > 1 ? 'delta' : 'count', dir: 'desc' },
      ROWS,
      {
        chosen: ({ label }) => view.toggle(view.state.by, label),
        isChosen: ({ label }) => view.isFiltered(view.state.by, label),
        empty: 'No exits in this stretch of time.',
      },
    );
    this.element = section('tables', 'Exits in numbers', this.#told, [], tabs.element, this.#table.element);
    view.listen('settled', (_, changed) => {
      tabs.update();
      if (['by', 'range', 'filters', 'metric'].some((key) => changed.has(key as never))) this.#fill();
    });
    this.#fill();
  }

  #fill(): void {
    const { by, range, metric } = this.#view.state;
    const { runs, masks } = this.#view;
    const grouping = this.#view.grouping(by);
    const groups = grouping.labels.length;
    const parts = runs.map((run, number) => ({ run, range, mask: masks[number] as Uint8Array }));
    const found = parts.map((part, number) => totals(part, grouping.ids[number] as Uint32Array, groups));
    const last = parts.length - 1;
    const [part] = parts as [(typeof parts)[0]];
    const ids = grouping.ids[0] as Uint32Array;
    const spread = last === 0 ? spreads(part, ids, found[0] ?? []) : [];
    const bins = { from: range.from, width: (range.to - range.from) / TREND_BINS, count: TREND_BINS };
    const trends = last === 0 && groups <= TRENDS_MAX ? binned(part, ids, groups, bins, 'exits') : [];
    const sums = found.map((of) => of.reduce((sum, total) => sum + (total?.count ?? 0), 0));
    const whole = sums.reduce((sum, more) => sum + more, 0);
    const weights = found.flatMap((of) => of.map((total) => (total === undefined ? 0 : weightOf(total, metric))));
    const weight = Math.max(
      1,
      weights.reduce((sum, more) => sum + more, 0),
    );
    const rows: Row[] = [];
    for (const [id, label] of grouping.labels.entries()) {
      const totalsOf = found.map((of) => of[id]);
      const total = merged(totalsOf);
      if (total === undefined) continue;
      const { count, instructions, cost, first } = total;
      const [a = 0, b = 0] = totalsOf.map((of) => of?.count ?? 0);
      rows.push({
        label,
        count,
        share: weightOf(total, metric) / weight,
        instructions,
        cost,
        mean: instructions / count,
        p50: spread[id]?.p50 ?? Number.NaN,
        p99: spread[id]?.p99 ?? Number.NaN,
        max: spread[id]?.max ?? Number.NaN,
        first,
        trend: trends[id],
        a,
        b,
        delta: b - a,
        ratio: a === 0 ? Number.POSITIVE_INFINITY : b / a,
      });
    }
    const kinds = this.#view.dimensions.find(([dimension]) => dimension === by)?.[1] ?? '';
    const what =
      last === 0 ? plural(whole, 'exit') : `${plural(sums[0] ?? 0, 'exit')} of A, ${plural(sums[1] ?? 0, 'exit')} of B`;
    this.#told.textContent = `${what} in this stretch of time, by ${kinds}: ${plural(rows.length, 'row')}. Click a row to show it alone.`;
    this.#table.show(rows);
  }

  #label(): TableColumn<Row> {
    return {
      title: 'name',
      field: 'label',
      grows: true,
      isText: true,
      filter: 'text',
      cell: ({ label }) =>
        el(
          'span',
          { class: 'cell-name', title: label },
          el('i', { class: 'swatch', style: { background: this.#palette.css(this.#view.state.by, label) } }),
          el('span', { class: 'cell-text' }, label),
        ),
    };
  }

  #single(): TableColumn<Row>[] {
    const run = this.#view.runs[0] as Run;
    const unit = run.data.clock === 'guest' ? 'guest instructions' : 'nanoseconds';
    const since = `${unit} since the vCPU's previous exit`;
    const number = (value: number): HTMLElement =>
      Number.isNaN(value)
        ? numberCell('–', 'known where each exit is there by itself')
        : numberCell(shortCount(value), countText(value));
    const spread: TableColumn<Row>[] = (
      [
        ['mean', 'mean'],
        ['p50', 'p50'],
        ['p99', 'p99'],
        ['max', 'max'],
      ] as const
    ).map(([field, title]) => ({
      title,
      field,
      width: 84,
      hint: `${title === 'mean' ? 'average' : title}: ${since}`,
      filter: 'number',
      cell: (row) => number(row[field]),
    }));
    return [
      this.#label(),
      {
        title: 'exits',
        field: 'count',
        width: 104,
        filter: 'number',
        cell: ({ count }) => numberCell(countText(count)),
      },
      {
        title: 'share',
        field: 'share',
        width: 130,
        hint: 'of what the timeline counts: exits, instructions or cost',
        cell: ({ share, label }) => shareCell(share, shareText(share), this.#palette.css(this.#view.state.by, label)),
      },
      {
        title: unit === 'nanoseconds' ? 'time before' : 'instructions',
        field: 'instructions',
        width: 124,
        hint: `${since}, in all`,
        filter: 'number',
        cell: ({ instructions }) => number(instructions),
      },
      ...(run.hasCosts
        ? [
            {
              title: 'cost',
              field: 'cost' as const,
              width: 100,
              cell: ({ cost }: Row) => numberCell(durationText(cost), `${countText(cost)} ns`),
            },
          ]
        : []),
      ...spread,
      { title: 'first at', field: 'first', width: 116, cell: ({ first }) => numberCell(momentText(first, 1000)) },
      {
        title: 'over time',
        field: 'trend',
        width: 150,
        unsortable: true,
        cell: ({ trend, label }) => trendCell(trend, this.#palette.css(this.#view.state.by, label)),
      },
    ];
  }

  #compared(): TableColumn<Row>[] {
    const signed = (value: number): string => (value > 0 ? `+${countText(value)}` : countText(value).replace('-', '−'));
    const tone = (delta: number): string => (delta > 0 ? 'more' : delta < 0 ? 'less' : 'dim');
    return [
      this.#label(),
      { title: 'A', field: 'a', width: 120, filter: 'number', cell: ({ a }) => numberCell(countText(a)) },
      { title: 'B', field: 'b', width: 120, filter: 'number', cell: ({ b }) => numberCell(countText(b)) },
      {
        title: 'B − A',
        field: 'delta',
        isSigned: true,
        width: 130,
        cell: ({ delta }) => el('span', { class: `cell-number ${tone(delta)}` }, signed(delta)),
      },
      {
        title: 'B / A',
        field: 'ratio',
        width: 100,
        cell: ({ ratio }) => numberCell(Number.isFinite(ratio) ? ratio.toFixed(ratio < 10 ? 2 : 1) : 'new'),
      },
      {
        title: '',
        field: 'share',
        width: 200,
        unsortable: true,
        cell: ({ a, b }) => balanceCell(a, b),
      },
    ];
  }
}

function merged(found: readonly (Total | undefined)[]): Total | undefined {
  const there = found.filter((total) => total !== undefined);
  if (there.length === 0) return undefined;
  return {
    count: there.reduce((sum, { count }) => sum + count, 0),
    instructions: there.reduce((sum, { instructions }) => sum + instructions, 0),
    cost: there.reduce((sum, { cost }) => sum + cost, 0),
    first: Math.min(...there.map(({ first }) => first)),
    last: Math.max(...there.map(({ last }) => last)),
  };
}

/** Which of two has more, as a bar to its side. */
function balanceCell(a: number, b: number): HTMLElement {
  const by = (b - a) / Math.max(1, a + b);
  const width = Math.abs(by) * 50;
  return el(
    'span',
    { class: 'cell-balance' },
    el('i', {
      class: by > 0 ? 'is-more' : 'is-less',
      style: { width: `${width}%`, left: `${by > 0 ? 50 : 50 - width}%` },
    }),
  );
}

/** A small chart of exits over what is shown. */
function trendCell(trend: Float64Array | undefined, colour: string): HTMLElement {
  if (trend === undefined) return el('span', {});
  const most = trend.reduce((max, value) => Math.max(max, value), 0);
  const height = 18;
  const d = [...trend]
    .map((value, i) =>
      value === 0 ? '' : `M${i * 3 + 1} ${height}V${height - Math.max(1, Math.sqrt(value / most) * height)}`,
    )
    .join('');
  const path = svg('path', { d, 'stroke-width': 2 });
  path.style.stroke = colour;
  const chart = svg(
    'svg',
    { viewBox: `0 0 ${TREND_BINS * 3} ${height}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    path,
  );
  return el('span', { class: 'cell-trend' }, chart);
}
