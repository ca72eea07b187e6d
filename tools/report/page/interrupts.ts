import UPlot from 'uplot';
import type { Distribution, InterruptKind } from '../report-data.ts';
import { axisStyle, followWidth, GUTTER, isDecade, timeAxis } from './chart.ts';
import { el, section } from './dom.ts';
import { countText, durationText, plural } from './format.ts';
import { lowerBound, type Run } from './model.ts';
import { resolved } from './palette.ts';
import { numberCell, Table, type TableColumn, textCell } from './table.ts';
import type { View } from './view.ts';

const HEIGHT = 220;
/** Decades are cut in so many columns. */
const PER_DECADE = 5;

interface Row {
  readonly kind: number;
  readonly run: number;
  readonly letter: string;
  readonly intid: number;
  readonly vcpu: number;
  readonly name: string;
  readonly raised: number;
  readonly acknowledged: number;
  readonly toPlaced: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly handled: number;
  readonly oddities: InterruptKind['oddities'];
}

/** What became of interrupts: how long each INTID waits and is handled, and which ones were slow, when. */
export class Interrupts {
  readonly element: HTMLElement;
  readonly #view: View;
  readonly #scatter = el('div', { class: 'plot' });
  readonly #histogram = el('div', { class: 'plot' });
  readonly #charts: UPlot[] = [];
  readonly #table: Table<Row>;
  #chosen: Row | undefined;
  #points: Float64Array = new Float64Array(0);

  constructor(view: View) {
    this.#view = view;
    const rows = view.runs.flatMap((run, number) => rowsOf(run, number));
    this.#chosen = rows[0];
    this.#table = new Table<Row>(
      'Interrupts',
      this.#columns(),
      { column: 'raised', dir: 'desc' },
      Math.min(8, Math.max(3, rows.length)),
      {
        chosen: (row) => {
          this.#chosen = row;
          this.#table.show(rows);
          this.#draw();
        },
        isChosen: (row) => row.kind === this.#chosen?.kind && row.run === this.#chosen.run,
        empty: 'No interrupts on the tape.',
      },
    );
    const left = view.runs.reduce((sum, run) => sum + run.data.interrupts.livesLeftOut, 0);
    const more =
      left === 0 ? '' : ` The charts leave out ${plural(left, 'one', 'ones')} that were faster than others near them.`;
    this.element = section(
      'interrupts',
      'Interrupts',
      `From the line that rises until the guest acknowledges it (latency), and from there until it is completed.${more}`,
      [],
      this.#table.element,
      el(
        'div',
        { class: 'columns' },
        el('figure', {}, el('figcaption', {}, 'Latency over time (a click on a point goes there)'), this.#scatter),
        el('figure', {}, el('figcaption', {}, 'Latency: how many took so long'), this.#histogram),
      ),
      timersTable(view.runs),
    );
    this.#table.show(rows);
    followWidth(this.#scatter, () => this.#draw());
    view.listen('settled', (_, changed) => {
      if (changed.has('range')) this.#draw();
    });
  }

  repaint(): void {
    this.#draw();
  }

  #columns(): TableColumn<Row>[] {
    const time = (title: string, field: Times, hint: string): TableColumn<Row> => ({
      title,
      field,
      hint,
      width: 116,
      cell: (row) => timeCell(row[field]),
    });
    const count = (title: string, field: 'raised' | 'acknowledged', hint?: string): TableColumn<Row> => ({
      title,
      field,
      width: 92,
      filter: 'number',
      cell: (row) => numberCell(countText(row[field])),
      ...(hint === undefined ? {} : { hint }),
    });
    const compared = this.#view.runs.length > 1;
    return [
      ...(compared
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
      { title: 'INTID', field: 'intid', width: 76, cell: ({ intid }) => numberCell(String(intid)) },
      { title: 'of', field: 'name', grows: true, isText: true, filter: 'text', cell: ({ name }) => textCell(name) },
      ...(this.#view.runs.some((run) => run.data.interrupts.kinds.some(({ vcpu }) => vcpu > 0))
        ? [{ title: 'vCPU', field: 'vcpu' as const, width: 70, cell: ({ vcpu }: Row) => numberCell(String(vcpu)) }]
        : []),
      count('raised', 'raised'),
      count('taken', 'acknowledged', 'acknowledged by the guest'),
      time('placed in', 'toPlaced', 'from raised to placed in a list register: half of them took no longer'),
      time('latency', 'p50', 'from raised to acknowledged: half of them took no longer'),
      time('p99', 'p99', 'latency: 99 of 100 took no longer'),
      time('longest', 'max', 'latency'),
      time('handled in', 'handled', 'from acknowledged to completed: half of them took no longer'),
      {
        title: 'oddities',
        field: 'oddities',
        grows: true,
        isText: true,
        unsortable: true,
        cell: (row) => this.#oddities(row),
      },
    ];
  }

  /** Each leads to where it happened first. */
  #oddities({ oddities }: Row): HTMLElement {
    if (oddities.length === 0) return el('span', { class: 'dim' }, 'none');
    return el(
      'span',
      { class: 'cell-text' },
      ...oddities.map(({ text, at }) =>
        at === undefined
          ? el('span', { class: 'odd' }, text)
          : el(
              'button',
              { type: 'button', class: 'odd', title: 'go to the first', on: { click: () => this.#view.goTo(at) } },
              text,
            ),
      ),
    );
  }

  /** Places of the chosen kind's lives in what the timeline shows. */
  #lives(): { readonly run: Run; readonly places: readonly number[] } | undefined {
    const chosen = this.#chosen;
    const run = chosen && this.#view.runs[chosen.run];
    if (run === undefined) return undefined;
    const { range } = this.#view.state;
    const { lives } = run.data.interrupts;
    const places: number[] = [];
    for (let i = lowerBound(lives.at, range.from); i < lowerBound(lives.at, range.to); i++)
      if (lives.kind[i] === chosen?.kind && (lives.acknowledged[i] as number) >= 0) places.push(i);
    return { run, places };
  }

  #draw(): void {
    for (const chart of this.#charts.splice(0)) chart.destroy();
    const found = this.#lives();
    const width = this.#scatter.clientWidth;
    if (found === undefined || width === 0) return;
    const { lives } = found.run.data.interrupts;
    const x = Float64Array.from(found.places, (i) => lives.at[i] as number);
    const latency = Float64Array.from(found.places, (i) => Math.max(1, lives.acknowledged[i] as number));
    this.#points = x;
    const { range } = this.#view.state;
    const colour = resolved('var(--irq)');
    const time: UPlot.Axis = {
      ...axisStyle(true),
      size: GUTTER,
      values: (_, splits) => splits.map((v) => (v === null || !isDecade(v) ? '' : durationText(v))),
    };
    const least = latency.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    const most = latency.reduce((a, b) => Math.max(a, b), 1);
    const limits: [number, number] = Number.isFinite(least) ? [decade(least, 0), decade(most, 1)] : [1, 10];
    const scatter = new UPlot(
      {
        width,
        height: HEIGHT,
        padding: [8, 8, 0, 0],
        legend: { show: false },
        cursor: { drag: { x: true, y: false, setScale: false, dist: 4 }, points: { size: 9, fill: colour } },
        scales: { x: { time: false, range: [range.from, range.to] }, y: { distr: 3, range: () => limits } },
        axes: [timeAxis(), time],
        series: [
          {},
          { stroke: colour, width: 0, paths: () => null, points: { show: true, size: 5, fill: colour, width: 0 } },
        ],
        hooks: {
          setSelect: [
            (plot) => {
              const { left, width: size } = plot.select;
              if (size >= 4) this.#view.look(plot.posToVal(left, 'x'), plot.posToVal(left + size, 'x'));
            },
          ],
        },
      },
      [x, latency],
      this.#scatter,
    );
    scatter.over.addEventListener('click', () => {
      const at = this.#points[scatter.cursor.idx ?? -1];
      if (at !== undefined && scatter.select.width < 4) this.#view.goTo(at);
    });
    this.#charts.push(scatter, this.#bars(latency, limits, time, colour));
  }

  #bars(latency: Float64Array, [from, to]: readonly [number, number], _: UPlot.Axis, colour: string): UPlot {
    const first = Math.round(Math.log10(from) * PER_DECADE);
    const count = Math.max(1, Math.round(Math.log10(to) * PER_DECADE) - first);
    const counts = new Float64Array(count);
    for (const ns of latency) {
      const bin = Math.min(count - 1, Math.max(0, Math.floor(Math.log10(ns) * PER_DECADE) - first));
      counts[bin] = (counts[bin] as number) + 1;
    }
    const x = Float64Array.from({ length: count }, (__, bin) => bin);
    return new UPlot(
      {
        width: this.#histogram.clientWidth,
        height: HEIGHT,
        padding: [8, 28, 0, 0],
        legend: { show: false },
        cursor: { points: { show: false }, drag: { x: false, y: false } },
        scales: { x: { time: false, range: [0, count] }, y: { range: (__, ___, max) => [0, Math.max(1, max * 1.08)] } },
        axes: [
          {
            ...axisStyle(),
            size: 28,
            splits: () => Array.from({ length: count / PER_DECADE + 1 }, (__, i) => i * PER_DECADE),
            values: (__, splits) => splits.map((bin) => durationText(10 ** ((bin + first) / PER_DECADE))),
          },
          {
            ...axisStyle(),
            size: GUTTER,
            values: (__, splits) => splits.map((v) => (Number.isInteger(v) ? countText(v) : '')),
          },
        ],
        series: [
          {},
          {
            fill: colour,
            width: 0,
            points: { show: false },
            paths: UPlot.paths.bars?.({ align: 1, size: [1, 1e6], gap: 2 }) as never,
          },
        ],
      },
      [x, counts],
      this.#histogram,
    );
  }
}

const decade = (value: number, by: 0 | 1): number => 10 ** (Math.floor(Math.log10(value)) + by);

/** What became of timers; nothing where the tapes tell of none. */
function timersTable(runs: readonly Run[]): HTMLElement | undefined {
  const rows = runs.flatMap(({ data, letter }) => data.interrupts.timers.map((timer) => ({ ...timer, letter })));
  if (rows.length === 0) return undefined;
  const late = ({ count, p50, p99, max }: Distribution): string =>
    count === 0 ? '–' : [p50, p99, max].map(durationText).join(' / ');
  const headings = ['timer', 'vCPU', 'programmed', 'armed', 'fired', 'cancelled', 'lost'];
  const times = ['due to fired', 'due to acknowledged', 'late for'];
  return el(
    'table',
    { class: 'plain' },
    el('caption', {}, 'Timers: how late they were (p50 / p99 / longest), and for what'),
    el('thead', {}, el('tr', {}, ...[...headings, ...times].map((text) => el('th', { scope: 'col' }, text)))),
    el(
      'tbody',
      {},
      ...rows.map((timer) => {
        const { programmed, armed, fired, cancelled, lost, delays } = timer;
        const name = runs.length > 1 ? `${timer.letter}: ${timer.name}` : timer.name;
        const counts = [programmed, armed, fired, cancelled, lost].map(countText);
        const why = delays.map(({ name: of, count, max }) => `${of} ${countText(count)}×, up to ${durationText(max)}`);
        const cells = [
          String(timer.vcpu),
          ...counts,
          late(timer.late),
          late(timer.lateToAcknowledged),
          why.join('; ') || '–',
        ];
        return el('tr', {}, el('th', { scope: 'row' }, name), ...cells.map((text) => el('td', {}, text)));
      }),
    ),
  );
}

type Times = 'toPlaced' | 'p50' | 'p99' | 'max' | 'handled';

const timeCell = (ns: number): HTMLElement =>
  Number.isNaN(ns) ? numberCell('–') : numberCell(durationText(ns), `${countText(ns)} ns`);

function rowsOf({ data, letter }: Run, run: number): Row[] {
  const of = (distribution: Distribution, key: 'p50' | 'p99' | 'max'): number =>
    distribution.count === 0 ? Number.NaN : distribution[key];
  return data.interrupts.kinds.map((kind, number) => ({
    kind: number,
    run,
    letter,
    intid: kind.intid,
    vcpu: kind.vcpu,
    name: kind.name,
    raised: kind.raised,
    acknowledged: kind.acknowledged,
    toPlaced: of(kind.toPlaced, 'p50'),
    p50: of(kind.latency, 'p50'),
    p99: of(kind.latency, 'p99'),
    max: of(kind.latency, 'max'),
    handled: of(kind.toCompleted, 'p50'),
    oddities: kind.oddities,
  }));
}
