import type UPlot from 'uplot';
import { el } from './dom.ts';
import { momentText } from './format.ts';
import { resolved } from './palette.ts';

/** The room that labels of vertical axes have: charts above each other then have the same left edge. */
export const GUTTER = 72;
const FONT = '11px system-ui, sans-serif';

/** How axes look, in the present theme. @param isLog with lines at powers of ten alone */
export function axisStyle(isLog = false): Pick<UPlot.Axis, 'stroke' | 'font' | 'grid' | 'ticks' | 'border'> {
  const filter = (_: UPlot, splits: number[]): (number | null)[] =>
    splits.map((v) => (isLog && !isDecade(v) ? null : v));
  const line = { stroke: resolved('var(--grid)'), width: 1, filter };
  return {
    stroke: resolved('var(--text-dim)'),
    font: FONT,
    grid: line,
    ticks: { ...line, size: 4 },
    border: { show: false },
  };
}

/** A horizontal axis of time in nanoseconds. */
export const timeAxis = (): UPlot.Axis => ({
  ...axisStyle(),
  space: 90,
  size: 28,
  gap: 4,
  // What would be cut off at the right edge is left out.
  values: (plot, splits, _, __, step) =>
    splits.map((split) => {
      const text = split === null ? '' : momentText(split, step);
      const { min = 0, max = 1 } = plot.scales.x as { min?: number; max?: number };
      const room = ((max - (split ?? 0)) / (max - min)) * (plot.width - GUTTER);
      return room < text.length * 3 ? '' : text;
    }),
});

/** Of the marks of a logarithmic axis those that are labelled. */
export const isDecade = (value: number): boolean => Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-6;

/** Keeps a chart as wide as its place. */
export function followWidth(place: HTMLElement, resize: (width: number) => void): void {
  let last = 0;
  new ResizeObserver(() => {
    const width = Math.floor(place.clientWidth);
    if (width <= 0 || width === last) return;
    last = width;
    resize(width);
  }).observe(place);
}

/** A box beside the pointer. Screen readers have the tables. */
export class Tooltip {
  readonly element: HTMLElement = el('div', { class: 'tooltip', hidden: true, 'aria-hidden': 'true' });

  /** In pixels of the positioned element that it stands in. */
  show(x: number, y: number, width: number, ...content: readonly (Node | string)[]): void {
    const { element } = this;
    element.replaceChildren(...content);
    element.hidden = false;
    const own = element.offsetWidth;
    const isRight = x + own + 24 > width;
    element.style.left = `${Math.max(0, isRight ? x - own - 12 : x + 14)}px`;
    element.style.top = `${y}px`;
  }
  hide(): void {
    this.element.hidden = true;
  }
}

/** A line of a tooltip or a legend: a colour, a name, a number. */
export const swatchRow = (colour: string, name: string, value: string): HTMLElement =>
  el(
    'div',
    { class: 'swatch-row' },
    el('i', { class: 'swatch', style: { background: colour } }),
    el('span', { class: 'swatch-name' }, name),
    el('b', {}, value),
  );
