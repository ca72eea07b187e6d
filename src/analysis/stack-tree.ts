// analysis/: what a tape's events say by themselves, as reductions of columns: no machine runs.

/** A function on a stack, or what stands for a part of one. */
export interface StackFrame {
  readonly name: string;
  /** Where its source is, if that is known. */
  readonly file?: string;
  readonly line?: number;
}

/** What stacks are weighed by. */
export interface StackValue {
  readonly name: string;
  /** As pprof has units: `count`, `nanoseconds`. */
  readonly unit: string;
}

/** A stack, the outermost frame first, with a weight for each value. */
export interface WeightedStack {
  readonly frames: readonly StackFrame[];
  readonly weights: readonly number[];
}

/** Nothing is on the stack. */
export const EMPTY_STACK = 0;
/** A boot of Debian has some thousands. */
const NODES_MAX = 1 << 18;
const OTHERS: StackFrame = { name: '(others)' };

/**
 * Stacks with weights, each frame on the one that called it: what flame graphs show. Memory is bounded: beyond 262,144
 * different stacks what is called further counts as `(others)`.
 */
export class StackTree {
  readonly values: readonly StackValue[];
  readonly #frames: StackFrame[] = [];
  readonly #frameNumbers = new Map<string, number>();
  /** By node: its caller and its frame. Node 0 is the empty stack. */
  readonly #parents: number[] = [EMPTY_STACK];
  readonly #frameOf: number[] = [-1];
  readonly #children: (Map<number, number> | undefined)[] = [undefined];
  /** By value and node: what the stack itself weighs, without what it calls. */
  readonly #weights: number[][];
  readonly #nodesMax: number;

  constructor(values: readonly StackValue[], nodesMax = NODES_MAX) {
    this.values = values;
    this.#weights = values.map(() => [0]);
    this.#nodesMax = nodesMax;
  }

  /** The number of a frame, for `child`. */
  frame(frame: StackFrame): number {
    const key = `${frame.name}\0${frame.file ?? ''}\0${frame.line ?? 0}`;
    let number = this.#frameNumbers.get(key);
    if (number === undefined) {
      number = this.#frames.push(frame) - 1;
      this.#frameNumbers.set(key, number);
    }
    return number;
  }
  /** The stack with another frame called by the last one of this. */
  child(stack: number, frame: number): number {
    const known = this.#children[stack]?.get(frame);
    if (known !== undefined) return known;
    const isFull = this.#parents.length >= this.#nodesMax;
    const number = isFull ? this.frame(OTHERS) : frame;
    if (isFull && (number === this.#frameOf[stack] || this.#children[stack]?.has(number)))
      return this.#children[stack]?.get(number) ?? stack;
    const child = this.#parents.push(stack) - 1;
    this.#frameOf.push(number);
    this.#children.push(undefined);
    for (const weights of this.#weights) weights.push(0);
    let children = this.#children[stack];
    if (children === undefined) this.#children[stack] = children = new Map();
    children.set(number, child);
    return child;
  }
  /** How many stacks there are. */
  get size(): number {
    return this.#parents.length;
  }

  add(stack: number, value: number, weight: number): void {
    const weights = this.#weights[value] as number[];
    weights[stack] = (weights[stack] as number) + weight;
  }
  /** Of all stacks. */
  total(value: number): number {
    return (this.#weights[value] as number[]).reduce((sum, weight) => sum + weight, 0);
  }

  /** The outermost first. */
  framesOf(stack: number): StackFrame[] {
    const frames: StackFrame[] = [];
    for (let node = stack; node !== EMPTY_STACK; node = this.#parents[node] as number)
      frames.push(this.#frames[this.#frameOf[node] as number] as StackFrame);
    return frames.reverse();
  }
  /** The stacks that weigh something, each behind what called it. */
  *stacks(): Generator<WeightedStack> {
    for (let node = 0; node < this.#parents.length; node++) {
      const weights = this.#weights.map((of) => of[node] as number);
      if (weights.some((weight) => weight !== 0)) yield { frames: this.framesOf(node), weights };
    }
  }
}
