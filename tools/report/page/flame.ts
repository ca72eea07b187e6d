import flamegraph, { type FlameGraph, type FlameNode } from 'd3-flame-graph';
import { select } from 'd3-selection';
import { pathTotals, weightOf } from './aggregate.ts';
import { followWidth, Tooltip } from './chart.ts';
import { choice, el, section } from './dom.ts';
import { countText, plural, shareText } from './format.ts';
import { type Dimension, metricUnits, type Run } from './model.ts';
import type { Palette } from './palette.ts';
import type { View } from './view.ts';

type Order = 'code' | 'exit';

/** A frame: its name, and what it is a name of. */
export interface Frame {
  readonly name: string;
  readonly dimension: Dimension;
  /** The exit that it is within, by which it has its colour; undefined for the guest's functions. */
  readonly kind: string | undefined;
  /** Of both runs, or of the one. */
  value: number;
  readonly ofRun: [number, number];
  children: Frame[];
}

const FRAME_PIXELS = 20;
const TRANSITION_MS = 250;
/** What is narrower is not drawn. */
const FRAME_PIXELS_MIN = 1;
/** What has a smaller share than this is put together as one. */
const SHARE_MIN = 1 / 4000;

/** Which guest code makes which exits, for which register of which device, as a flame graph of what the timeline shows. */
export class Flame {
  readonly element: HTMLElement;
  readonly #view: View;
  readonly #palette: Palette;
  readonly #place = el('div', { class: 'flame', role: 'tree', 'aria-label': 'Flame graph of trap paths' });
  readonly #details = el('p', { class: 'flame-details', 'aria-live': 'polite' });
  readonly #tooltip = new Tooltip();
  readonly #search: HTMLInputElement;
  readonly #found = el('span', { class: 'dim' });
  #chart: FlameGraph<Frame> | undefined;
  #order: Order = 'code';
  #width = 0;
  #whole = 1;

  constructor(view: View, palette: Palette) {
    this.#view = view;
    this.#palette = palette;
    const order = choice<Order>(
      'Order of frames',
      [
        ['code', 'code → exit', 'functions of the guest first, then what they ask for'],
        ['exit', 'exit → code', 'exits first, then who makes them'],
      ],
      () => this.#order,
      (wanted) => {
        this.#order = wanted;
        order.update();
        this.#draw();
      },
    );
    this.#search = el('input', {
      type: 'search',
      placeholder: 'find a frame',
      'aria-label': 'Find frames by name',
      on: { input: () => this.#find() },
    });
    const reset = el('button', { type: 'button', on: { click: () => this.#chart?.resetZoom() } }, 'whole graph');
    const caption =
      'Which guest code leaves for what. A click goes into a frame; arrow keys walk, Enter goes in, Escape out.';
    const scale =
      view.runs.length > 1 ? el('span', { class: 'flame-scale' }, 'more in A', el('i', {}), 'more in B') : undefined;
    const frame = el('div', { class: 'flame-frame' }, this.#place, this.#tooltip.element);
    this.element = section(
      'flame',
      'Trap paths',
      caption,
      [...(scale ? [scale] : []), order.element, this.#search, this.#found, reset],
      frame,
      this.#details,
    );
    followWidth(this.#place, (width) => {
      this.#width = width;
      this.#draw();
    });
    view.listen('settled', (_, changed) => {
      if (changed.has('range') || changed.has('filters') || changed.has('metric')) this.#draw();
    });
    this.#place.addEventListener('keydown', (event) => this.#key(event));
    this.#place.addEventListener('mouseleave', () => this.#tooltip.hide());
  }

  #draw(): void {
    if (this.#width === 0) return;
    const root = this.#tree();
    this.#whole = root.value;
    this.#place.replaceChildren();
    if (root.value === 0) {
      this.#chart = undefined;
      this.#place.append(el('p', { class: 'empty' }, 'No exits in this stretch of time.'));
      return;
    }
    const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.#chart = flamegraph<Frame>()
      .width(this.#width)
      .cellHeight(FRAME_PIXELS)
      .inverted(true)
      .minFrameSize(FRAME_PIXELS_MIN)
      .transitionDuration(isStill ? 0 : TRANSITION_MS)
      .sort((a: FlameNode<Frame>, b: FlameNode<Frame>) => b.data.value - a.data.value)
      .tooltip(this.#tip())
      .setColorMapper((node) => (node.highlight ? 'var(--found)' : this.#colour(node.data)))
      .setLabelHandler((node) => this.#text(node))
      .setSearchMatch((node, term) => node.data.name.toLowerCase().includes(term.toLowerCase()))
      .setSearchHandler((_, sum, total) => {
        this.#found.textContent = this.#search.value === '' ? '' : `${shareText(sum / Math.max(1, total))} found`;
      })
      .onClick((node) => this.#went(node));
    select<HTMLElement, Frame>(this.#place).datum(root).call(this.#chart);
    if (this.#search.value !== '') this.#find();
    this.#label();
  }

  #find(): void {
    const term = this.#search.value;
    if (term === '') {
      this.#found.textContent = '';
      this.#chart?.clear();
    } else this.#chart?.search(term);
  }

  /** The library shows and hides it. */
  #tip(): FlameGraph.Tooltip<Frame> {
    const tip = (): void => {};
    tip.show = (event: MouseEvent, node: FlameNode<Frame>): void => {
      const box = this.#place.getBoundingClientRect();
      const [head, ...rest] = this.#lines(node);
      this.#tooltip.show(
        event.clientX - box.left,
        event.clientY - box.top + 16,
        this.#width,
        el('div', { class: 'tooltip-head' }, head ?? ''),
        ...rest.map((line) => el('div', {}, line)),
      );
    };
    tip.hide = (): void => this.#tooltip.hide();
    return tip;
  }

  #lines({ data, parent }: FlameNode<Frame>): string[] {
    const { metric } = this.#view.state;
    const unit = metricUnits[metric];
    const share = `${shareText(data.value / this.#whole)} of what is shown`;
    const ofParent = parent ? `, ${shareText(data.value / Math.max(1, parent.data.value))} of the frame above` : '';
    const [a, b] = data.ofRun;
    return this.#view.runs.length > 1
      ? [data.name, `A ${countText(a)}, B ${countText(b)} ${unit}`, `${share}${ofParent}`]
      : [data.name, `${countText(data.value)} ${unit}`, `${share}${ofParent}`];
  }
  #text(node: FlameNode<Frame>): string {
    return this.#lines(node).join(' · ');
  }

  #colour({ kind, dimension, name, ofRun }: Frame): string {
    if (this.#view.runs.length > 1) return differenceColour(ofRun, this.#totals);
    if (kind === undefined) return dimension === 'symbol' ? codeColour(name) : 'var(--frame-root)';
    const base = this.#palette.css('kind', kind);
    const strength = dimension === 'kind' ? 62 : dimension === 'device' ? 48 : 36;
    return `color-mix(in oklab, ${base} ${strength}%, var(--frame-base))`;
  }

  get #totals(): [number, number] {
    return this.#sums;
  }
  #sums: [number, number] = [0, 0];

  #tree(): Frame {
    const { runs, masks, state } = this.#view;
    const root: Building = building('all', 'class', undefined);
    for (const [number, run] of runs.entries()) {
      const found = pathTotals({ run, range: state.range, mask: masks[number] as Uint8Array });
      for (const [path, total] of found.entries()) {
        if (total === undefined) continue;
        const value = weightOf(total, state.metric);
        if (value > 0) addPath(root, framesOf(run, path, this.#order), value, number);
      }
    }
    this.#sums = root.ofRun;
    return pruned(root, root.value * SHARE_MIN);
  }

  /** Frames can be walked to; the library leaves that to its users. */
  #label(): void {
    const frames = this.#frames();
    for (const [i, frame] of frames.entries()) {
      frame.setAttribute('role', 'treeitem');
      frame.setAttribute('tabindex', i === 0 ? '0' : '-1');
      const node = nodeOf(frame);
      if (node !== undefined) frame.setAttribute('aria-label', this.#text(node));
    }
  }
  #frames(): SVGGElement[] {
    return [...this.#place.querySelectorAll<SVGGElement>('g.frame')];
  }

  #went(node: FlameNode<Frame>): void {
    this.#details.textContent = node.parent ? this.#text(node) : '';
    this.#label();
  }

  #key(event: KeyboardEvent): void {
    const focused = document.activeElement;
    const node = focused === null ? undefined : nodeOf(focused);
    if (node === undefined) return;
    const siblings = node.parent?.children ?? [node];
    const place = siblings.indexOf(node);
    const steps: Readonly<Record<string, () => FlameNode<Frame> | undefined>> = {
      ArrowDown: () => node.children?.reduce((a, b) => (b.data.value > a.data.value ? b : a)),
      ArrowUp: () => node.parent ?? undefined,
      ArrowLeft: () => siblings[place - 1],
      ArrowRight: () => siblings[place + 1],
    };
    if (event.key === 'Enter' || event.key === ' ') this.#chart?.zoomTo(node);
    else if (event.key === 'Escape') this.#chart?.resetZoom();
    else if (event.key === 'f') this.#filter(node.data);
    else {
      const step = steps[event.key];
      if (step === undefined) return;
      this.#focus(step());
    }
    event.preventDefault();
    event.stopPropagation();
  }

  #filter({ name, dimension, kind }: Frame): void {
    const isName = dimension !== 'class' && !name.startsWith('(');
    if (isName && (dimension === 'symbol' || kind !== undefined)) this.#view.toggle(dimension, name);
  }

  #focus(wanted: FlameNode<Frame> | undefined): void {
    if (wanted === undefined) return;
    const frames = this.#frames();
    const to = frames.find((frame) => nodeOf(frame) === wanted);
    if (to === undefined) return;
    for (const frame of frames) frame.setAttribute('tabindex', '-1');
    to.setAttribute('tabindex', '0');
    to.focus();
    this.#details.textContent = this.#text(wanted);
  }
}

const nodeOf = (element: Element): FlameNode<Frame> | undefined =>
  (element as Element & { __data__?: FlameNode<Frame> }).__data__;

interface Step {
  readonly name: string;
  readonly dimension: Dimension;
  readonly kind: string | undefined;
}

/** The frames of a path, outermost first. */
function framesOf(run: Run, path: number, order: Order): Step[] {
  const kind = run.label(path, 'kind');
  const code = run.stack(path).map((name): Step => ({ name, dimension: 'symbol', kind: undefined }));
  const exit: Step[] = [{ name: kind, dimension: 'kind', kind }];
  const device = run.name(run.paths.device[path] as number);
  const register = run.name(run.paths.register[path] as number);
  const access = run.name(run.paths.access[path] as number);
  if (device) exit.push({ name: device, dimension: 'device', kind });
  if (register || access)
    exit.push({ name: [register, access].filter((part) => part !== '').join(' '), dimension: 'register', kind });
  return order === 'code' ? [...code, ...exit] : [...exit, ...code.toReversed()];
}

interface Building extends Step {
  value: number;
  readonly ofRun: [number, number];
  readonly children: Map<string, Building>;
}
const building = (name: string, dimension: Dimension, kind: string | undefined): Building => ({
  name,
  dimension,
  kind,
  value: 0,
  ofRun: [0, 0],
  children: new Map(),
});

function addPath(root: Building, steps: readonly Step[], value: number, run: number): void {
  let node = root;
  const count = (at: Building): void => {
    at.value += value;
    at.ofRun[run] = (at.ofRun[run] as number) + value;
  };
  count(root);
  for (const { name, dimension, kind } of steps) {
    const key = `${dimension} ${name}`;
    let next = node.children.get(key);
    if (next === undefined) {
      next = building(name, dimension, kind);
      node.children.set(key, next);
    }
    count(next);
    node = next;
  }
}

/** The tree as the library takes it, without what would be too narrow to be seen. */
function pruned({ name, dimension, kind, value, ofRun, children }: Building, least: number): Frame {
  const kept = [...children.values()].filter((child) => child.value >= least);
  const frames = kept.map((child) => pruned(child, least));
  const dropped = children.size - kept.length;
  if (dropped > 0) {
    const rest = [...children.values()].filter((child) => child.value < least);
    const sum = (of: (child: Building) => number): number => rest.reduce((total, child) => total + of(child), 0);
    frames.push({
      name: `(${plural(dropped, 'more', 'more')})`,
      dimension: 'class',
      kind,
      value: sum((child) => child.value),
      ofRun: [sum((child) => child.ofRun[0]), sum((child) => child.ofRun[1])],
      children: [],
    });
  }
  return { name, dimension, kind, value, ofRun, children: frames };
}

/** Sand, a little different for each name: colours proper are those of exits. */
function codeColour(name: string): string {
  let hash = 7;
  for (let i = 0; i < name.length; i++) hash = (hash * 31 + name.charCodeAt(i)) >>> 0;
  const [hue, chroma, light] = [65 + (hash % 45), 0.022 + ((hash >>> 8) % 30) / 1000, ((hash >>> 16) % 50) / 1000];
  return `oklch(calc(var(--code-lightness) + ${light.toFixed(3)}) ${chroma.toFixed(3)} ${hue})`;
}

/** More in B is warm, more in A is cold, as shares of each run. */
function differenceColour([a, b]: readonly [number, number], [wholeA, wholeB]: readonly [number, number]): string {
  const [shareA, shareB] = [a / Math.max(1, wholeA), b / Math.max(1, wholeB)];
  const by = shareA + shareB === 0 ? 0 : (shareB - shareA) / (shareA + shareB);
  const strength = Math.round(Math.min(1, Math.abs(by)) * 85);
  return `color-mix(in oklab, var(${by > 0 ? '--more' : '--less'}) ${strength}%, var(--frame-root))`;
}
