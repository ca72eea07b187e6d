import type { Exits, Paths, RunData } from '../report-data.ts';

/** A stretch of time: the beginning included, the end not. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** By what exits are put together. */
export type Dimension = 'kind' | 'class' | 'bhyve' | 'symbol' | 'device' | 'register' | 'access' | 'task' | 'vcpu';

/** What is counted. */
export type Metric = 'exits' | 'instructions' | 'cost';

/** What the numbers of a metric are. */
export const metricUnits: Readonly<Record<Metric, string>> = {
  exits: 'exits',
  instructions: 'guest instructions',
  cost: 'cost in ns',
};

/** For people, in the order in which they are offered. */
const allDimensions: readonly (readonly [Dimension, string])[] = [
  ['kind', 'Exit (KVM/bhyve)'],
  ['class', 'KVM class'],
  ['bhyve', 'bhyve code'],
  ['symbol', 'Function'],
  ['device', 'Device'],
  ['register', 'Register'],
  ['access', 'Access'],
  ['task', 'Task'],
  ['vcpu', 'vCPU'],
];

/** What stands where there is no name. */
const nameless: Readonly<Record<Dimension, string>> = {
  kind: '(none)',
  class: '(none)',
  bhyve: '(none)',
  symbol: '(no symbol)',
  device: '(no device)',
  register: '(no register)',
  access: '(no access)',
  task: '(no task)',
  vcpu: '(none)',
};

/** The first place in an ascending column whose value is not less. */
export function lowerBound(column: Float64Array, value: number): number {
  let low = 0;
  let high = column.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((column[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A run, and names of what its exits are. */
export class Run {
  readonly data: RunData;
  readonly exits: Exits;
  readonly paths: Paths;
  /** `A` or `B` where two are compared; nothing for one alone. */
  readonly letter: string;
  /** All exits, those that stand for several counted so. */
  readonly total: number;

  constructor(data: RunData, letter: string) {
    this.data = data;
    this.letter = letter;
    this.exits = data.exits;
    this.paths = data.paths;
    const { count, at } = data.exits;
    this.total = count.length === 0 ? at.length : count.reduce((sum, more) => sum + more, 0);
  }

  /** Is each exit there by itself? */
  get isExact(): boolean {
    return this.exits.stretch === 0;
  }
  /** Is it told what exits cost? */
  get hasCosts(): boolean {
    return this.paths.costNs.length > 0;
  }
  /** Of what stands at a place, in nanoseconds. */
  cost(place: number): number {
    return this.count(place) * (this.paths.costNs[this.exits.path[place] as number] ?? 0);
  }
  /** The places of the exits of a stretch of time. */
  within({ from, to }: Range): readonly [first: number, end: number] {
    return [lowerBound(this.exits.at, from), lowerBound(this.exits.at, to)];
  }
  count(place: number): number {
    return this.exits.count.length === 0 ? 1 : (this.exits.count[place] as number);
  }
  name(index: number): string {
    return this.data.names[index] ?? '';
  }

  /** What a path is called. */
  label(path: number, dimension: Dimension): string {
    return this.#label(path, dimension) || nameless[dimension];
  }
  #label(path: number, dimension: Dimension): string {
    const { paths } = this;
    const name = (column: Uint32Array): string => this.name(column[path] as number);
    switch (dimension) {
      case 'kind': {
        const [kvm, bhyve] = [name(paths.className), name(paths.bhyve)];
        return kvm && bhyve ? `${kvm}/${bhyve}` : kvm || bhyve;
      }
      case 'class':
        return name(paths.className);
      case 'bhyve':
        return name(paths.bhyve);
      case 'symbol':
        return name(paths.symbol);
      case 'device':
        return name(paths.device);
      case 'register': {
        const [device, register] = [name(paths.device), name(paths.register)];
        return [device, register].filter((part) => part !== '').join(' ');
      }
      case 'access':
        return name(paths.access);
      case 'task':
        return name(paths.task);
      case 'vcpu':
        return `vCPU ${paths.vcpu[path]}`;
    }
  }

  /** The guest's call stack of a path, outermost first; where none is known, its function alone. */
  stack(path: number): readonly string[] {
    const stack = this.paths.stacks[this.paths.stack[path] as number];
    return stack !== undefined && stack.length > 0
      ? [...stack].map((name) => this.name(name) || nameless.symbol)
      : [this.label(path, 'symbol')];
  }
}

/** What these runs can be broken down by. */
export const dimensionsOf = (runs: readonly Run[]): typeof allDimensions =>
  allDimensions.filter(
    ([dimension]) => dimension !== 'task' || runs.some(({ paths }) => paths.task.some((name) => name > 0)),
  );

/** The paths of all runs, put together by one thing. */
export interface Grouping {
  readonly dimension: Dimension;
  readonly labels: readonly string[];
  /** Of each run: of each path, the place of its label. */
  readonly ids: readonly Uint32Array[];
  /** Places of labels, those with the most exits of all first. */
  readonly ranked: readonly number[];
}

/** Puts the paths of the runs together. */
export function groupingOf(runs: readonly Run[], dimension: Dimension): Grouping {
  const known = new Map<string, number>();
  const totals: number[] = [];
  const ids = runs.map((run) => {
    const ofPaths = Uint32Array.from({ length: run.paths.vcpu.length }, (_, path) => {
      const label = run.label(path, dimension);
      const id = known.get(label) ?? known.size;
      known.set(label, id);
      return id;
    });
    run.exits.path.forEach((path, place) => {
      const id = ofPaths[path] as number;
      totals[id] = (totals[id] ?? 0) + run.count(place);
    });
    return ofPaths;
  });
  const labels = [...known.keys()];
  const ranked = labels.map((_, id) => id).sort((a, b) => (totals[b] ?? 0) - (totals[a] ?? 0));
  return { dimension, labels, ids, ranked };
}
