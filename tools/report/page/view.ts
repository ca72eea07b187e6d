import { binned } from './aggregate.ts';
import { type Dimension, dimensionsOf, type Grouping, groupingOf, type Metric, type Range, type Run } from './model.ts';

/** Exits of one name alone are shown. */
export interface Filter {
  readonly dimension: Dimension;
  readonly label: string;
}

/** What is shown, and how. */
export interface State {
  readonly range: Range;
  /** What the timeline and the tables are broken down by. */
  readonly by: Dimension;
  readonly metric: Metric;
  readonly scale: 'linear' | 'log';
  readonly filters: readonly Filter[];
  /** A moment that was chosen. */
  readonly moment: number | undefined;
}

type Key = keyof State;
type Listener = (state: State, changed: ReadonlySet<Key>) => void;

/** How long nothing may change before what takes long is done. */
const SETTLE_MS = 140;
/** The closest look. */
const RANGE_MIN = 20;
const HISTORY_MAX = 100;

/** Stretches in which a run is looked at for peaks, and how far these may stand out. */
const SPIKE_BINS = 200;
const SPIKE = 20;

/** Are there peaks that would make all else too low to be seen? */
function isSpiky(runs: readonly Run[], { from, to }: Range): boolean {
  return runs.some(({ exits, paths }, number) => {
    const part = { run: runs[number] as Run, range: { from, to }, mask: new Uint8Array(paths.vcpu.length).fill(1) };
    const bins = { from, width: (to - from) / SPIKE_BINS, count: SPIKE_BINS };
    const [counts] = binned(part, new Uint32Array(paths.vcpu.length), 1, bins, 'exits') as [Float64Array];
    const there = counts.filter((count) => count > 0).sort();
    return exits.at.length > 0 && (there.at(-1) ?? 0) > SPIKE * (there[there.length >> 1] ?? 0);
  });
}

/** What is looked at. All parts of the page follow it. */
export class View {
  readonly runs: readonly Run[];
  /** What exits can be put together by. */
  readonly dimensions: ReturnType<typeof dimensionsOf>;
  /** All of all runs. */
  readonly whole: Range;
  /** The scale that shows the runs best. */
  readonly scaleAtFirst: State['scale'];
  #state: State;
  readonly #quick: Listener[] = [];
  readonly #settled: Listener[] = [];
  #changed = new Set<Key>();
  #unsettled = new Set<Key>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isDue = false;
  readonly #history: Range[] = [];
  readonly #groupings = new Map<Dimension, Grouping>();
  #masks: readonly Uint8Array[] | undefined;

  constructor(runs: readonly Run[]) {
    this.runs = runs;
    this.dimensions = dimensionsOf(runs);
    const spans = runs.map((run) => run.data.span);
    const from = spans.length === 0 ? 0 : Math.min(...spans.map((span) => span.from));
    this.whole = { from, to: Math.max(from, ...spans.map((span) => span.to)) + 1 };
    this.scaleAtFirst = isSpiky(runs, this.whole) ? 'log' : 'linear';
    this.#state = {
      range: this.whole,
      by: 'kind',
      metric: 'exits',
      scale: this.scaleAtFirst,
      filters: [],
      moment: undefined,
    };
  }

  get state(): State {
    return this.#state;
  }

  /** Is told with the next frame, or when nothing has changed for a moment. */
  listen(when: 'quick' | 'settled', listener: Listener): void {
    (when === 'quick' ? this.#quick : this.#settled).push(listener);
  }

  set(change: Partial<State>): void {
    for (const key of Object.keys(change) as Key[]) {
      if (this.#state[key] === change[key]) continue;
      this.#changed.add(key);
      this.#unsettled.add(key);
    }
    if (change.filters !== undefined) this.#masks = undefined;
    this.#state = { ...this.#state, ...change };
    if (this.#changed.size === 0) return;
    if (!this.#isDue) requestAnimationFrame(() => this.#tellQuick());
    this.#isDue = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tellSettled(), SETTLE_MS);
  }

  #tellQuick(): void {
    this.#isDue = false;
    const changed = this.#changed;
    this.#changed = new Set();
    for (const listener of this.#quick) listener(this.#state, changed);
  }
  #tellSettled(): void {
    const changed = this.#unsettled;
    this.#unsettled = new Set();
    for (const listener of this.#settled) listener(this.#state, changed);
  }

  /** Looks at a stretch, kept within the run and to what can be told apart. @param isStep whether `back` comes back here */
  look(from: number, to: number, isStep = true): void {
    const { whole } = this;
    const size = Math.min(whole.to - whole.from, Math.max(RANGE_MIN, to - from));
    const middle = (from + to) / 2;
    const start = Math.round(Math.min(whole.to - size, Math.max(whole.from, middle - size / 2)));
    const range = { from: start, to: Math.min(whole.to, Math.round(start + size)) };
    const old = this.#state.range;
    if (range.from === old.from && range.to === old.to) return;
    if (isStep) {
      this.#history.push(old);
      if (this.#history.length > HISTORY_MAX) this.#history.shift();
    }
    this.set({ range });
  }
  /** Closer (less than 1) or farther, around a moment. */
  zoom(factor: number, around?: number): void {
    const { from, to } = this.#state.range;
    const middle = around ?? (from + to) / 2;
    this.look(middle - (middle - from) * factor, middle + (to - middle) * factor, false);
  }
  /** By a share of what is seen. */
  pan(share: number): void {
    const { from, to } = this.#state.range;
    const { whole } = this;
    const wanted = share * (to - from);
    const by = Math.min(whole.to - to, Math.max(whole.from - from, wanted));
    this.look(from + by, to + by, false);
  }
  reset(): void {
    this.look(this.whole.from, this.whole.to);
  }
  back(): void {
    const last = this.#history.pop();
    if (last !== undefined) this.set({ range: last });
  }
  /** A moment, which comes into sight where it is not. */
  goTo(moment: number): void {
    const { from, to } = this.#state.range;
    this.set({ moment });
    if (moment >= from && moment < to) return;
    const half = (to - from) / 2;
    this.look(moment - half, moment + half);
  }

  get isWhole(): boolean {
    const { from, to } = this.#state.range;
    return from === this.whole.from && to === this.whole.to;
  }

  grouping(dimension: Dimension): Grouping {
    const known = this.#groupings.get(dimension) ?? groupingOf(this.runs, dimension);
    this.#groupings.set(dimension, known);
    return known;
  }

  /** Of each run: of each path, whether the filters leave it. */
  get masks(): readonly Uint8Array[] {
    this.#masks ??= this.runs.map((run, number) => {
      const mask = new Uint8Array(run.paths.vcpu.length).fill(1);
      for (const [dimension, labels] of this.#wanted()) {
        const ids = this.grouping(dimension).ids[number] as Uint32Array;
        for (let path = 0; path < mask.length; path++) if (!labels.has(ids[path] as number)) mask[path] = 0;
      }
      return mask;
    });
    return this.#masks;
  }
  #wanted(): Map<Dimension, Set<number>> {
    const wanted = new Map<Dimension, Set<number>>();
    for (const { dimension, label } of this.#state.filters) {
      const ids = wanted.get(dimension) ?? new Set();
      wanted.set(dimension, ids.add(this.grouping(dimension).labels.indexOf(label)));
    }
    return wanted;
  }

  isFiltered(dimension: Dimension, label: string): boolean {
    return this.#state.filters.some((filter) => filter.dimension === dimension && filter.label === label);
  }
  /** Shows exits of this name alone, with those of other names of its kind that were chosen before; or no longer. */
  toggle(dimension: Dimension, label: string): void {
    const { filters } = this.#state;
    const others = filters.filter((filter) => filter.dimension !== dimension || filter.label !== label);
    this.set({ filters: others.length < filters.length ? others : [...filters, { dimension, label }] });
  }
}
