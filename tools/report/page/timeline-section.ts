import { totals } from './aggregate.ts';
import { choice, dropdown, el, section } from './dom.ts';
import { countText, plural, shareText } from './format.ts';
import type { Dimension, Metric } from './model.ts';
import { MomentBar } from './moment-bar.ts';
import { COLOURS, type Palette } from './palette.ts';
import { Timeline, type TimelineMark } from './timeline.ts';
import type { View } from './view.ts';

const HEIGHT = 260;
const HEIGHT_OF_TWO = 180;

/** The timelines of all runs, one above the other, with what they show and how. */
export class TimelineSection {
  readonly element: HTMLElement;
  readonly #view: View;
  readonly #palette: Palette;
  readonly #legend = el('div', { class: 'legend', role: 'group', 'aria-label': 'Show exits of one kind alone' });
  readonly #timelines: readonly Timeline[];

  /** @param marks of each run, a moment to be marked @param differences of each run, where stretches of differences begin */
  constructor(
    view: View,
    palette: Palette,
    marks: readonly (TimelineMark | undefined)[],
    differences: readonly Float64Array[],
  ) {
    this.#view = view;
    this.#palette = palette;
    this.#timelines = view.runs.map((_, number) => {
      return new Timeline(view, palette, number, view.runs.length > 1 ? HEIGHT_OF_TWO : HEIGHT, {
        mark: marks[number],
        differences: differences[number],
      });
    });
    const by = dropdown<Dimension>(
      'by',
      view.dimensions,
      () => view.state.by,
      (dimension) => view.set({ by: dimension }),
    );
    const metric = choice<Metric>(
      'What is counted',
      [
        ['exits', 'exits'],
        ['instructions', 'instructions', "the guest's instructions before the exits"],
        ...(view.runs.some((run) => run.hasCosts)
          ? [['cost', 'cost', 'what handling them costs on a host that was measured'] as const]
          : []),
      ],
      () => view.state.metric,
      (wanted) => view.set({ metric: wanted }),
    );
    const scale = choice<'linear' | 'log'>(
      'Scale',
      [
        ['linear', 'linear'],
        ['log', 'log'],
      ],
      () => view.state.scale,
      (wanted) => view.set({ scale: wanted }),
    );
    const button = (text: string, title: string, run: () => void): HTMLElement =>
      el('button', { type: 'button', title, 'aria-label': title, on: { click: run } }, text);
    const zoom = el(
      'div',
      { class: 'choice', role: 'group', 'aria-label': 'Stretch of time' },
      button('←', 'earlier (A)', () => view.pan(-0.2)),
      button('+', 'closer (W)', () => view.zoom(1 / 1.6)),
      button('−', 'farther (S)', () => view.zoom(1.6)),
      button('→', 'later (D)', () => view.pan(0.2)),
    );
    this.element = section(
      'timeline',
      'Timeline',
      'Exits over time. Drag to look closer; all else on this page follows.',
      [by.element, metric.element, scale.element, zoom],
      this.#legend,
      ...this.#timelines.map(({ element }) => element),
      new MomentBar(view).element,
    );
    view.listen('quick', (_, changed) => {
      for (const control of [by, metric, scale]) control.update();
      if (changed.has('by') || changed.has('filters')) this.#drawLegend();
    });
    view.listen('settled', () => this.#drawLegend());
    this.#drawLegend();
  }

  repaint(): void {
    for (const timeline of this.#timelines) timeline.repaint();
  }

  /** What is in sight, counted without filters: they are chosen here. */
  #drawLegend(): void {
    const { runs, state } = this.#view;
    const { by, range, filters } = state;
    const { labels, ids, ranked } = this.#view.grouping(by);
    const counts = new Float64Array(labels.length);
    for (const [number, run] of runs.entries()) {
      const mask = new Uint8Array(run.paths.vcpu.length).fill(1);
      const found = totals({ run, range, mask }, ids[number] as Uint32Array, labels.length);
      for (const [id, total] of found.entries()) counts[id] = (counts[id] as number) + (total?.count ?? 0);
    }
    const whole = counts.reduce((sum, count) => sum + count, 0);
    const item = (label: string, count: number, canFilter: boolean): HTMLElement => {
      const content = [
        el('i', { class: 'swatch', style: { background: this.#palette.css(by, label) } }),
        label,
        el('b', { title: plural(count, 'exit') }, shareText(whole === 0 ? 0 : count / whole)),
      ];
      if (!canFilter) return el('span', { class: 'legend-item' }, ...content);
      const isOn = this.#view.isFiltered(by, label);
      return el(
        'button',
        {
          type: 'button',
          class: count === 0 ? 'legend-item is-none' : 'legend-item',
          'aria-pressed': String(isOn),
          title: `${countText(count)} exits: show them alone`,
          on: { click: () => this.#view.toggle(by, label) },
        },
        ...content,
      );
    };
    const top = ranked.slice(0, COLOURS);
    const rest = ranked.slice(COLOURS).reduce((sum, id) => sum + (counts[id] as number), 0);
    const others = filters.filter(
      (filter) => filter.dimension !== by || !top.some((id) => labels[id] === filter.label),
    );
    const focused = document.activeElement;
    const place = [...this.#legend.children].indexOf(focused as Element);
    this.#legend.replaceChildren(
      ...top.map((id) => item(labels[id] as string, counts[id] as number, true)),
      ...(rest > 0 ? [item('other', rest, false)] : []),
      ...others.map(({ dimension, label }) =>
        el(
          'button',
          {
            type: 'button',
            class: 'chip',
            title: 'no longer alone',
            on: { click: () => this.#view.toggle(dimension, label) },
          },
          `${label} ✕`,
        ),
      ),
      ...(filters.length > 0
        ? [
            el(
              'button',
              { type: 'button', class: 'chip', on: { click: () => this.#view.set({ filters: [] }) } },
              'show all',
            ),
          ]
        : []),
    );
    if (place >= 0) (this.#legend.children[place] as HTMLElement | undefined)?.focus();
  }
}
