/** How long a host took over exits of one kind, in nanoseconds: from the exit to the vCPU's next entry. */
export interface Handled {
  readonly count: number;
  readonly min: number;
  readonly mean: number;
  readonly max: number;
}

interface Sum {
  count: number;
  min: number;
  max: number;
  sum: number;
}

/** Times that a host took over exits, by kind. */
export class Handling {
  readonly #sums = new Map<string, Sum>();

  add(kind: string, ns: number): void {
    const sum = this.#sums.get(kind);
    if (sum === undefined) this.#sums.set(kind, { count: 1, min: ns, max: ns, sum: ns });
    else {
      sum.count++;
      sum.sum += ns;
      sum.min = Math.min(sum.min, ns);
      sum.max = Math.max(sum.max, ns);
    }
  }
  /** What took most of all time comes first. */
  get byKind(): ReadonlyMap<string, Handled> {
    const sorted = [...this.#sums].sort(([a, x], [b, y]) => y.sum - x.sum || (a < b ? -1 : 1));
    return new Map(sorted.map(([kind, { count, min, max, sum }]) => [kind, { count, min, mean: sum / count, max }]));
  }
}
