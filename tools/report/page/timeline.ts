import UPlot from 'uplot';
import { type Bins, binned } from './aggregate.ts';
import { axisStyle, followWidth, GUTTER, isDecade, swatchRow, Tooltip, timeAxis } from './chart.ts';
import { el } from './dom.ts';
import { countText, durationText, momentText, niceStep, shortCount } from './format.ts';
import { Lanes } from './lanes.ts';
import { metricUnits, type Run } from './model.ts';
import { COLOURS, type Palette, resolved } from './palette.ts';
import type { View } from './view.ts';

/** Pixels of one bar. */
const BAR_PIXELS = 5;
/** A step of the wheel. */
const WHEEL_ZOOM = 1.0015;
/** The foot of logarithmic bars. */
const LOG_FOOT = 0.5;

/** A moment that is marked through all of the height, with a word. */
export interface TimelineMark {
  readonly at: number;
  readonly text: string;
}

/** What of a comparison is shown on a timeline. */
export interface TimelineMarks {
  readonly mark: TimelineMark | undefined;
  /** Where stretches of differences begin. */
  readonly differences: Float64Array | undefined;
}

/** The exits of one run over time, as stacked bars, and below them what else there is. */
export class Timeline {
  readonly element: HTMLElement;
  readonly #view: View;
  readonly #palette: Palette;
  readonly #run: Run;
  readonly #number: number;
  readonly #height: number;
  readonly #place = el('div', { class: 'plot' });
  readonly #unit = el('div', { class: 'plot-unit' });
  readonly #tooltip = new Tooltip();
  readonly #lanes: Lanes;
  readonly #mark: TimelineMark | undefined;
  #plot: UPlot | undefined;
  #width = 0;
  #bins: Bins = { from: 0, width: 1, count: 0 };
  #counts: readonly Float64Array[] = [];
  #labels: readonly string[] = [];

  constructor(view: View, palette: Palette, number: number, height: number, { mark, differences }: TimelineMarks) {
    this.#view = view;
    this.#palette = palette;
    this.#number = number;
    this.#run = view.runs[number] as Run;
    this.#height = height;
    this.#mark = mark;
    this.#lanes = new Lanes(view, palette, number, differences);
    const heading =
      view.runs.length > 1
        ? el('h3', { class: 'run-name' }, el('b', { class: 'letter' }, this.#run.letter), this.#run.data.name)
        : undefined;
    this.element = el(
      'div',
      { class: 'timeline' },
      heading,
      el('div', { class: 'plot-frame' }, this.#unit, this.#place, this.#tooltip.element),
      this.#lanes.element,
    );
    followWidth(this.#place, (width) => {
      this.#width = width;
      this.#build();
    });
    view.listen('quick', (_, changed) => {
      if (changed.has('by') || changed.has('scale')) this.#build();
      else if (changed.has('range') || changed.has('metric') || changed.has('filters')) this.#fill();
      else if (changed.has('moment')) this.#plot?.redraw(false, false);
    });
  }

  /** In another theme. */
  repaint(): void {
    this.#build();
    this.#lanes.repaint();
  }

  get #isLog(): boolean {
    return this.#view.state.scale === 'log';
  }

  #build(): void {
    if (this.#width === 0) return;
    this.#plot?.destroy();
    const { by } = this.#view.state;
    const { ranked, labels } = this.#view.grouping(by);
    const rest = ranked.length > COLOURS ? ['other'] : [];
    this.#labels = [...ranked.slice(0, COLOURS).map((id) => labels[id] as string), ...rest];
    const isLog = this.#isLog;
    const paths = UPlot.paths.bars?.({ align: 1, size: [1, 1e6], gap: 1 }) as UPlot.Series.PathBuilder;
    const series = this.#labels.map((label): UPlot.Series => {
      return { fill: resolved(this.#palette.css(by, label)), width: 0, points: { show: false }, paths };
    });
    this.#plot = new UPlot(
      {
        width: this.#width,
        height: this.#height,
        padding: [8, 0, 0, 0],
        legend: { show: false },
        cursor: {
          drag: { x: true, y: false, setScale: false, dist: 4 },
          points: { show: false },
          y: false,
          sync: { key: 'timeline' },
          bind: {
            dblclick: () => () => {
              this.#view.reset();
              return null;
            },
          },
        },
        scales: {
          x: { time: false, range: () => [this.#view.state.range.from, this.#view.state.range.to] },
          y: isLog
            ? { distr: 3, range: (_, __, max) => [LOG_FOOT, Math.max(10, max * 1.5)] }
            : { range: (_, __, max) => [0, Math.max(1, max * 1.06)] },
        },
        axes: [
          timeAxis(),
          {
            ...axisStyle(isLog),
            size: GUTTER,
            gap: 6,
            values: (_, splits) => splits.map((v) => (v === null || (isLog && !isDecade(v)) ? '' : shortCount(v))),
          },
        ],
        series: [{}, ...series.reverse()],
        hooks: {
          setSelect: [(plot) => this.#selected(plot)],
          setCursor: [(plot) => this.#hover(plot)],
          drawClear: [(plot) => this.#drawIdle(plot)],
          draw: [(plot) => this.#drawMoments(plot)],
        },
      },
      [[]],
      this.#place,
    );
    this.#listen(this.#plot);
    this.#fill();
  }

  #listen(plot: UPlot): void {
    const { over } = plot;
    const momentAt = (event: MouseEvent): number =>
      plot.posToVal(event.clientX - over.getBoundingClientRect().left, 'x');
    over.addEventListener(
      'wheel',
      (event) => {
        // The page scrolls; with Ctrl or sideways the wheel belongs to the timeline.
        if (event.ctrlKey || event.metaKey) this.#view.zoom(WHEEL_ZOOM ** event.deltaY, momentAt(event));
        else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY))
          this.#view.pan((event.deltaX || event.deltaY) / this.#width);
        else return;
        event.preventDefault();
      },
      { passive: false },
    );
    over.addEventListener('click', (event) => {
      if (plot.select.width < 4) this.#view.set({ moment: Math.round(momentAt(event)) });
    });
    over.addEventListener('mouseleave', () => this.#tooltip.hide());
  }

  #selected(plot: UPlot): void {
    const { left, width } = plot.select;
    if (width < 4) return;
    const [from, to] = [plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x')];
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.#view.look(from, to);
  }

  /** Counts anew. */
  #fill(): void {
    const plot = this.#plot;
    if (plot === undefined) return;
    const { range, metric } = this.#view.state;
    const pixels = Math.max(100, this.#width - GUTTER);
    const least = Math.max(this.#run.exits.stretch, 1, ((range.to - range.from) / pixels) * BAR_PIXELS);
    const width = niceStep(least);
    const from = Math.floor(range.from / width) * width;
    const count = Math.max(1, Math.ceil((range.to - from) / width));
    this.#bins = { from, width, count };
    const part = { run: this.#run, range, mask: this.#view.masks[this.#number] as Uint8Array };
    this.#counts = binned(part, this.#seriesOf(), this.#labels.length, this.#bins, metric);
    const x = Float64Array.from({ length: count }, (_, bin) => from + bin * width);
    this.#unit.textContent = `${metricUnits[metric]} per ${durationText(width)}`;
    plot.setData([x, ...this.#stacked()]);
  }

  #seriesOf(): Uint32Array {
    const { by } = this.#view.state;
    const { ids, ranked, labels } = this.#view.grouping(by);
    const ofGroup = new Uint32Array(labels.length).fill(this.#labels.length - 1);
    for (const [rank, id] of ranked.slice(0, COLOURS).entries()) ofGroup[id] = rank;
    return (ids[this.#number] as Uint32Array).map((id) => ofGroup[id] as number);
  }

  /**
   * Sums from the first series up, the highest one first: each is drawn over the one before. On a logarithmic scale the whole bar
   * has its height, and each series its share of that.
   */
  #stacked(): Float64Array[] {
    const sums: Float64Array[] = [];
    let below = new Float64Array(this.#bins.count);
    for (const counts of this.#counts) {
      below = below.map((sum, bin) => sum + (counts[bin] as number));
      sums.push(below);
    }
    const whole = below;
    const onLog = (sum: number, bin: number): number =>
      sum === 0 ? LOG_FOOT : LOG_FOOT * ((whole[bin] as number) / LOG_FOOT) ** (sum / (whole[bin] as number));
    return sums.map((column) => (this.#isLog ? column.map(onLog) : column)).reverse();
  }

  #hover(plot: UPlot): void {
    const { left, idx } = plot.cursor;
    if (left === undefined || left < 0 || idx === null || idx === undefined) {
      this.#tooltip.hide();
      this.#lanes.hover(undefined);
      return;
    }
    // uPlot takes the nearest; a bar reaches from its value on.
    const at = plot.posToVal(left, 'x');
    this.#lanes.hover(at);
    const { from, width, count } = this.#bins;
    const bin = Math.min(count - 1, Math.max(0, Math.floor((at - from) / width)));
    const { by } = this.#view.state;
    const rows = this.#labels
      .map((label, series) => ({ label, value: this.#counts[series]?.[bin] ?? 0 }))
      .filter(({ value }) => value > 0);
    const begin = from + bin * width;
    const line = this.#lanes.lineAt(at);
    this.#tooltip.show(
      left + GUTTER,
      12,
      this.#width,
      el('div', { class: 'tooltip-head' }, `${momentText(begin, width)} + ${durationText(width)}`),
      ...(rows.length === 0
        ? [el('div', { class: 'dim' }, 'no exits')]
        : rows.map(({ label, value }) => swatchRow(this.#palette.css(by, label), label, countText(value)))),
      ...(line === undefined ? [] : [el('div', { class: 'tooltip-line' }, line)]),
    );
  }

  #drawIdle(plot: UPlot): void {
    const { from, to } = this.#run.data.idle;
    const { ctx, bbox } = plot;
    const { range } = this.#view.state;
    ctx.save();
    ctx.fillStyle = resolved('var(--idle)');
    for (let i = 0; i < from.length; i++) {
      const [start, end] = [Math.max(range.from, from[i] as number), Math.min(range.to, to[i] as number)];
      if (end <= start) continue;
      const left = plot.valToPos(start, 'x', true);
      ctx.fillRect(left, bbox.top, Math.max(1, plot.valToPos(end, 'x', true) - left), bbox.height);
    }
    ctx.restore();
  }

  #drawMoments(plot: UPlot): void {
    const { moment } = this.#view.state;
    const mark = this.#mark;
    if (mark !== undefined) this.#drawLine(plot, mark.at, resolved('var(--serious)'), mark.text);
    if (moment !== undefined) this.#drawLine(plot, moment, resolved('var(--accent)'), '');
  }
  #drawLine(plot: UPlot, at: number, colour: string, text: string): void {
    const { ctx, bbox } = plot;
    const { range } = this.#view.state;
    if (at < range.from || at > range.to) return;
    const x = Math.round(plot.valToPos(at, 'x', true));
    ctx.save();
    ctx.fillStyle = colour;
    ctx.fillRect(x - 1, bbox.top, 2, bbox.height);
    if (text !== '') {
      const ratio = UPlot.pxRatio;
      ctx.font = `${11 * ratio}px system-ui, sans-serif`;
      const isLeft = x + ctx.measureText(text).width + 8 * ratio > bbox.left + bbox.width;
      ctx.textAlign = isLeft ? 'right' : 'left';
      ctx.fillText(text, x + (isLeft ? -6 : 6) * ratio, bbox.top + 12 * ratio);
    }
    ctx.restore();
  }
}
