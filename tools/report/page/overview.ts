import { binned } from './aggregate.ts';
import { followWidth } from './chart.ts';
import { el } from './dom.ts';
import { momentText } from './format.ts';
import type { Range } from './model.ts';
import { resolved } from './palette.ts';
import type { View } from './view.ts';

const HEIGHT = 34;
/** The pointer takes hold of an edge from so near. */
const EDGE_PIXELS = 7;
const BAR_PIXELS = 2;
/** What an arrow key moves. */
const ARROW_SHARE = 0.1;

type Grip = 'from' | 'to' | 'window' | 'new';

/** The whole run in a strip, with a window that says what of it is looked at: it can be dragged, and its edges. */
export class Overview {
  readonly element: HTMLElement;
  readonly #view: View;
  readonly #canvas = el('canvas', { 'aria-hidden': 'true' });
  readonly #window = el('div', { class: 'brush' });
  readonly #place: HTMLElement;
  #width = 0;

  constructor(view: View) {
    this.#view = view;
    this.#place = el(
      'div',
      { class: 'overview', role: 'slider', tabindex: '0', 'aria-label': 'Stretch of time that is shown' },
      this.#canvas,
      this.#window,
    );
    this.element = this.#place;
    followWidth(this.#place, (width) => {
      this.#width = width;
      this.#draw();
      this.#follow();
    });
    view.listen('quick', (_, changed) => {
      if (changed.has('range')) this.#follow();
      if (changed.has('filters') || changed.has('metric')) this.#draw();
    });
    this.#place.addEventListener('pointerdown', (event) => this.#grip(event));
    this.#place.addEventListener('dblclick', () => view.reset());
    this.#place.addEventListener('keydown', (event) => this.#key(event));
  }

  repaint(): void {
    this.#draw();
  }

  #key(event: KeyboardEvent): void {
    const steps: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => this.#view.pan(-ARROW_SHARE),
      ArrowRight: () => this.#view.pan(ARROW_SHARE),
      ArrowUp: () => this.#view.zoom(1 / 1.5),
      ArrowDown: () => this.#view.zoom(1.5),
      Home: () => this.#view.reset(),
    };
    const step = steps[event.key];
    if (step === undefined) return;
    step();
    event.preventDefault();
  }

  #draw(): void {
    const width = this.#width;
    if (width === 0) return;
    const { runs, whole, masks, state } = this.#view;
    const ratio = window.devicePixelRatio;
    const canvas = this.#canvas;
    canvas.width = width * ratio;
    canvas.height = HEIGHT * ratio;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${HEIGHT}px`;
    const context = canvas.getContext('2d');
    if (context === null) return;
    context.scale(ratio, ratio);
    const count = Math.ceil(width / BAR_PIXELS);
    const bins = { from: whole.from, width: (whole.to - whole.from) / count, count };
    const tall = HEIGHT / runs.length;
    for (const [number, run] of runs.entries()) {
      const mask = masks[number] as Uint8Array;
      const [values] = binned({ run, range: whole, mask }, new Uint32Array(mask.length), 1, bins, state.metric);
      const most = (values as Float64Array).reduce((max, value) => Math.max(max, value), 1);
      context.fillStyle = resolved('var(--overview)');
      // By the logarithm: what is rare shows too.
      for (const [bin, value] of (values as Float64Array).entries()) {
        if (value === 0) continue;
        const height = Math.max(1, (Math.log2(1 + value) / Math.log2(1 + most)) * (tall - 3));
        context.fillRect(bin * BAR_PIXELS, (number + 1) * tall - height, BAR_PIXELS - 0.5, height);
      }
    }
  }

  #follow(): void {
    const { whole } = this.#view;
    const { from, to } = this.#view.state.range;
    const scale = this.#width / (whole.to - whole.from);
    this.#window.style.left = `${(from - whole.from) * scale}px`;
    this.#window.style.width = `${Math.max(3, (to - from) * scale)}px`;
    this.#window.classList.toggle('is-whole', this.#view.isWhole);
    this.#place.setAttribute('aria-valuemin', String(whole.from));
    this.#place.setAttribute('aria-valuemax', String(whole.to));
    this.#place.setAttribute('aria-valuenow', String(from));
    this.#place.setAttribute('aria-valuetext', rangeText({ from, to }));
  }

  #grip(event: PointerEvent): void {
    if (event.button !== 0) return;
    const box = this.#place.getBoundingClientRect();
    const { whole } = this.#view;
    const scale = (whole.to - whole.from) / box.width;
    const timeAt = (x: number): number => whole.from + (x - box.left) * scale;
    const begun = this.#view.state.range;
    const start = timeAt(event.clientX);
    const near = EDGE_PIXELS * scale;
    let grip: Grip = 'new';
    if (!this.#view.isWhole) {
      if (Math.abs(start - begun.from) < near) grip = 'from';
      else if (Math.abs(start - begun.to) < near) grip = 'to';
      else if (start > begun.from && start < begun.to) grip = 'window';
    }
    this.#place.setPointerCapture(event.pointerId);
    let isFirst = true;
    const move = ({ clientX }: PointerEvent): void => {
      const now = timeAt(clientX);
      if (isFirst && Math.abs(clientX - event.clientX) < 3) return;
      if (grip === 'window') this.#view.look(begun.from + now - start, begun.to + now - start, isFirst);
      else {
        const fixed = grip === 'from' ? begun.to : grip === 'to' ? begun.from : start;
        this.#view.look(Math.min(fixed, now), Math.max(fixed, now), isFirst);
      }
      isFirst = false;
    };
    const up = (): void => {
      this.#place.removeEventListener('pointermove', move);
      this.#place.removeEventListener('pointerup', up);
      this.#place.removeEventListener('pointercancel', up);
      // A click beside the window brings it here.
      if (isFirst && grip === 'new' && !this.#view.isWhole) {
        const half = (begun.to - begun.from) / 2;
        this.#view.look(start - half, start + half);
      }
    };
    this.#place.addEventListener('pointermove', move);
    this.#place.addEventListener('pointerup', up);
    this.#place.addEventListener('pointercancel', up);
  }
}

/** For people. */
export const rangeText = ({ from, to }: Range): string => {
  const step = 10 ** Math.floor(Math.log10(Math.max(10, to - from)) - 1);
  return `${momentText(from, step)} – ${momentText(to, step)}`;
};
