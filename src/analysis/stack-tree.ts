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
/** Different stacks that are kept: a boot of Debian has some hundred thousand where interrupts are told apart by what they interrupt. */
const NODES_MAX = 1 << 20;
/** Different frames, likewise. */
const FRAMES_MAX = 1 << 20;
const FIRST_NODES = 1 << 10;
const OTHERS: StackFrame = { name: '(others)' };

/**
 * Stacks with weights, each frame on the one that called it: what flame graphs show. Memory is bounded: beyond a million different stacks
 * what is called further counts as `(others)`.
 */
export class StackTree {
  readonly values: readonly StackValue[];
  readonly #frames: StackFrame[] = [];
  readonly #frameNumbers = new Map<string, number>();
  /** By node: its caller and its frame. Node 0 is the empty stack. */
  #callers = new Int32Array(FIRST_NODES);
  #frameOf = new Int32Array(FIRST_NODES);
  /** By value and node: what the stack itself weighs, without what it calls. */
  readonly #weights: Float64Array[];
  #size = 1;
  /** By caller and frame, in one number. */
  readonly #children = new Map<number, number>();
  readonly #nodesMax: number;

  constructor(values: readonly StackValue[], nodesMax = NODES_MAX) {
    this.values = values;
    this.#weights = values.map(() => new Float64Array(FIRST_NODES));
    this.#nodesMax = nodesMax;
  }

  /** The number of a frame, for `child`. */
  frame(frame: StackFrame): number {
    const key = `${frame.name}\0${frame.file ?? ''}\0${frame.line ?? 0}`;
    let number = this.#frameNumbers.get(key);
    if (number === undefined) {
      if (this.#frames.length === FRAMES_MAX - 1 && frame !== OTHERS) return this.frame(OTHERS);
      number = this.#frames.push(frame) - 1;
      this.#frameNumbers.set(key, number);
    }
    return number;
  }
  /** The stack with another frame called by the last one of this. */
  child(stack: number, frame: number): number {
    const known = this.#children.get(stack * FRAMES_MAX + frame);
    if (known !== undefined) return known;
    if (this.#size < this.#nodesMax) return this.#add(stack, frame);
    // What is called from there is put together.
    const others = this.frame(OTHERS);
    if (stack !== EMPTY_STACK && this.#frameOf[stack] === others) return stack;
    return this.#children.get(stack * FRAMES_MAX + others) ?? this.#add(stack, others);
  }
  #add(stack: number, frame: number): number {
    const child = this.#size++;
    if (child === this.#callers.length) {
      this.#callers = grown(this.#callers, new Int32Array(2 * child));
      this.#frameOf = grown(this.#frameOf, new Int32Array(2 * child));
      for (const [n, weights] of this.#weights.entries())
        this.#weights[n] = grown(weights, new Float64Array(2 * child));
    }
    this.#callers[child] = stack;
    this.#frameOf[child] = frame;
    this.#children.set(stack * FRAMES_MAX + frame, child);
    return child;
  }
  /** How many stacks there are. */
  get size(): number {
    return this.#size;
  }

  add(stack: number, value: number, weight: number): void {
    const weights = this.#weights[value] as Float64Array;
    weights[stack] = (weights[stack] as number) + weight;
  }
  /** Of all stacks. */
  total(value: number): number {
    return (this.#weights[value] as Float64Array).reduce((sum, weight) => sum + weight, 0);
  }

  /** The outermost first. */
  framesOf(stack: number): StackFrame[] {
    const frames: StackFrame[] = [];
    for (let node = stack; node !== EMPTY_STACK; node = this.#callers[node] as number)
      frames.push(this.#frames[this.#frameOf[node] as number] as StackFrame);
    return frames.reverse();
  }
  /** The stacks that weigh something, each behind what called it. */
  *stacks(): Generator<WeightedStack> {
    for (let node = 0; node < this.#size; node++) {
      const weights = this.#weights.map((of) => of[node] as number);
      if (weights.some((weight) => weight !== 0)) yield { frames: this.framesOf(node), weights };
    }
  }
}

function grown<A extends Int32Array | Float64Array>(from: A, into: A): A {
  into.set(from);
  return into;
}
