import type { InterruptKind } from '../report-data.ts';
import { followWidth, GUTTER, Tooltip } from './chart.ts';
import { el } from './dom.ts';
import { durationText, momentText } from './format.ts';
import { lowerBound, type Run } from './model.ts';
import { type Palette, resolved } from './palette.ts';
import type { View } from './view.ts';

/** Moments of one kind, in order. */
interface Lane {
  readonly label: string;
  readonly at: Float64Array;
  readonly colour: (index: number) => string;
  readonly text: (index: number) => string;
}

const LANE_PIXELS = 16;
/** Interrupts that have a lane of their own. */
const INTERRUPT_LANES = 4;
/** The pointer need not be nearer. */
const NEAR_PIXELS = 5;

/** Single moments below a timeline, at the same scale: exits, lines of the console, interrupts, inputs. */
export class Lanes {
  readonly element: HTMLElement;
  readonly #view: View;
  readonly #palette: Palette;
  readonly #run: Run;
  readonly #number: number;
  readonly #lanes: readonly Lane[];
  readonly #canvas = el('canvas', { 'aria-hidden': 'true' });
  readonly #hair = el('div', { class: 'hair', hidden: true });
  readonly #tooltip = new Tooltip();
  #width = 0;

  /** @param differences where stretches begin in which two runs differ */
  constructor(view: View, palette: Palette, number: number, differences: Float64Array | undefined) {
    this.#view = view;
    this.#palette = palette;
    this.#number = number;
    this.#run = view.runs[number] as Run;
    this.#lanes = this.#make(differences ?? new Float64Array(0));
    const labels = this.#lanes.map(({ label }) => el('div', { class: 'lane-label', title: label }, label));
    const place = el('div', { class: 'lanes-place' }, this.#canvas, this.#hair, this.#tooltip.element);
    this.element = el('div', { class: 'lanes' }, el('div', { class: 'lane-labels' }, ...labels), place);
    this.element.style.setProperty('--gutter', `${GUTTER}px`);
    followWidth(place, (width) => {
      this.#width = width;
      this.#draw();
    });
    place.addEventListener('pointermove', (event) => this.#point(event));
    place.addEventListener('pointerleave', () => this.#tooltip.hide());
    place.addEventListener('click', (event) => {
      const hit = this.#hit(event);
      if (hit !== undefined) this.#view.goTo(hit.lane.at[hit.index] as number);
    });
    view.listen('quick', () => this.#draw());
  }

  repaint(): void {
    this.#draw();
  }
  /** Where the pointer is on the timeline. */
  hover(at: number | undefined): void {
    const { from, to } = this.#view.state.range;
    this.#hair.hidden = at === undefined;
    if (at !== undefined) this.#hair.style.left = `${((at - from) / (to - from)) * this.#width}px`;
  }
  /** The line of the console that was the last at a moment. */
  lineAt(at: number): string | undefined {
    const { console } = this.#run.data;
    const index = lowerBound(console.at, at + 1) - 1;
    return console.lines[index];
  }

  #make(differences: Float64Array): Lane[] {
    const { data, exits } = this.#run;
    const fixed = (colour: string) => () => colour;
    const lanes: Lane[] = [
      {
        label: 'exits',
        at: exits.at,
        colour: (index) => {
          const { by } = this.#view.state;
          return this.#palette.css(by, this.#run.label(exits.path[index] as number, by));
        },
        text: (index) => this.#exitText(index),
      },
    ];
    if (data.console.lines.length > 0)
      lanes.push({
        label: 'console',
        at: data.console.at,
        colour: fixed('var(--text-dim)'),
        text: (index) => data.console.lines[index] || '(empty line)',
      });
    const { kinds, lives } = data.interrupts;
    const busiest = [...kinds.keys()].sort((a, b) => (kinds[b]?.raised ?? 0) - (kinds[a]?.raised ?? 0));
    for (const kind of busiest.slice(0, INTERRUPT_LANES)) {
      const { intid, vcpu, name } = kinds[kind] as InterruptKind;
      const places = [...lives.kind.keys()].filter((i) => lives.kind[i] === kind);
      if (places.length === 0) continue;
      const latency = (i: number): string => {
        const taken = lives.acknowledged[places[i] as number] as number;
        return taken < 0 ? 'never acknowledged' : `acknowledged after ${durationText(taken)}`;
      };
      lanes.push({
        // Of several vCPUs each has private interrupts of its own.
        label: kinds.some((other) => other.intid === intid && other.vcpu !== vcpu)
          ? `irq ${intid} cpu ${vcpu}`
          : `irq ${intid}`,
        at: Float64Array.from(places, (i) => lives.at[i] as number),
        colour: fixed('var(--irq)'),
        text: (i) => `INTID ${intid}, ${name}, vCPU ${vcpu}: ${latency(i)}`,
      });
    }
    if (differences.length > 0)
      lanes.push({
        label: 'differs',
        at: differences,
        colour: fixed('var(--more)'),
        text: () => 'what differs from the other run begins here',
      });
    if (data.outside.length > 0)
      lanes.push({
        label: 'outside',
        at: Float64Array.from(data.outside, ({ at }) => at),
        colour: fixed('var(--less)'),
        text: (index) => data.outside[index]?.text ?? '',
      });
    if (data.marks.length > 0)
      lanes.push({
        label: 'inputs',
        at: Float64Array.from(data.marks, ({ at }) => at),
        colour: fixed('var(--serious)'),
        text: (index) => data.marks[index]?.text ?? '',
      });
    return lanes;
  }

  #exitText(index: number): string {
    const run = this.#run;
    const path = run.exits.path[index] as number;
    const count = run.count(index);
    const register = run.name(run.paths.register[path] as number) ? ` ${run.label(path, 'register')}` : '';
    const access = run.name(run.paths.access[path] as number);
    const what = `${run.label(path, 'kind')}${access ? ` ${access}` : ''}${register}, ${run.label(path, 'symbol')}`;
    return count > 1 ? `${count} × ${what}` : what;
  }

  #draw(): void {
    const width = this.#width;
    if (width === 0) return;
    const ratio = window.devicePixelRatio;
    const height = this.#lanes.length * LANE_PIXELS;
    const canvas = this.#canvas;
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    const context = canvas.getContext('2d');
    if (context === null) return;
    context.scale(ratio, ratio);
    for (const [row, lane] of this.#lanes.entries()) this.#drawLane(context, lane, row, lane.label === 'exits');
    const { moment, range } = this.#view.state;
    if (moment === undefined || moment < range.from || moment >= range.to) return;
    context.fillStyle = resolved('var(--accent)');
    context.fillRect(((moment - range.from) / (range.to - range.from)) * width - 1, 0, 2, height);
  }

  /** A tick a moment; where several fall on one pixel, the first has it, and it is drawn the stronger the more there are. */
  #drawLane(context: CanvasRenderingContext2D, lane: Lane, row: number, isExits: boolean): void {
    const { from, to } = this.#view.state.range;
    const width = this.#width;
    const scale = width / (to - from);
    const mask = this.#view.masks[this.#number] as Uint8Array;
    const path = this.#run.exits.path;
    const top = row * LANE_PIXELS + 2;
    const colours = new Map<string, string>();
    const end = lowerBound(lane.at, to);
    let index = lowerBound(lane.at, from);
    while (index < end) {
      if (isExits && mask[path[index] as number] === 0) {
        index++;
        continue;
      }
      const pixel = Math.floor(((lane.at[index] as number) - from) * scale);
      const name = lane.colour(index);
      const colour = colours.get(name) ?? resolved(name);
      colours.set(name, colour);
      // Whatever falls on the same pixel is passed over at once.
      const next = lowerBound(lane.at, from + (pixel + 1) / scale);
      const many = Math.max(1, next - index);
      context.globalAlpha = Math.min(1, 0.55 + 0.15 * Math.log2(many));
      context.fillStyle = colour;
      context.fillRect(pixel, top, Math.max(1, Math.min(3, scale)), LANE_PIXELS - 4);
      index = Math.max(index + 1, next);
    }
    context.globalAlpha = 1;
  }

  #hit(event: PointerEvent | MouseEvent): { readonly lane: Lane; readonly index: number } | undefined {
    const box = this.#canvas.getBoundingClientRect();
    const lane = this.#lanes[Math.floor((event.clientY - box.top) / LANE_PIXELS)];
    if (lane === undefined) return undefined;
    const { from, to } = this.#view.state.range;
    const scale = this.#width / (to - from);
    const at = from + (event.clientX - box.left) / scale;
    const index = lowerBound(lane.at, at);
    const near = [index - 1, index]
      .filter((i) => i >= 0 && i < lane.at.length)
      .sort((a, b) => Math.abs((lane.at[a] as number) - at) - Math.abs((lane.at[b] as number) - at))[0];
    if (near === undefined || Math.abs((lane.at[near] as number) - at) * scale > NEAR_PIXELS) return undefined;
    return { lane, index: near };
  }

  #point(event: PointerEvent): void {
    const hit = this.#hit(event);
    this.element.classList.toggle('is-hit', hit !== undefined);
    if (hit === undefined) {
      this.#tooltip.hide();
      return;
    }
    const box = this.#canvas.getBoundingClientRect();
    this.#tooltip.show(
      event.clientX - box.left,
      event.clientY - box.top + 14,
      this.#width,
      el('div', { class: 'tooltip-head' }, momentText(hit.lane.at[hit.index] as number)),
      hit.lane.text(hit.index),
    );
  }
}
