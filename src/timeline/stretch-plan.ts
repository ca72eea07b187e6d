import { assert } from '../base/assert.ts';
import type { Reached, Stretch, StretchResult } from './stretches.ts';

/**
 * What it costs to begin elsewhere: memory is put back, and code is cold. About two seconds for a boot of Linux in instructions; less
 * where that would leave nothing to share out.
 */
const JUMP = { max: 2 ** 28, part: 4 } as const;

/** What a worker is to do: `StretchReplay.run`. */
export interface Task {
  readonly stretch: number;
  /** The checkpoint to begin at; null: on from where the worker is. */
  readonly from: number | null;
}
/** A worker came to nothing: an error, which is one of the run only if its stretch began where the run is. */
export interface Failed<E> {
  readonly kind: 'failed';
  readonly error: E;
}
type Result<E> = StretchResult | Failed<E>;

/** What ends a replay: the first stretch that does, in the order of the run. */
export type Outcome<E> = Extract<StretchResult, { kind: 'stop' }> | Failed<E>;

/** A checkpoint that is of no use, by its number from 0. */
export interface Refused {
  readonly checkpoint: number;
  readonly what: string;
}

interface Worker {
  /** The stretch whose first moment it is at; undefined: at none. */
  here: number | undefined;
  task: Task | null;
  /** What it does is of no use: it began at a checkpoint that is not of the run. */
  isVoid: boolean;
  isGone: boolean;
}

/**
 * Who replays which stretch of a tape, and what is proven so far. A result holds from its checkpoint on; that a checkpoint is a moment of the run is
 * proven by the stretch before it. So stretches count in their order: behind a checkpoint that turns out to be another's, its stretch is
 * replayed again, on from the end of the one before.
 */
export class StretchPlan<E> {
  readonly #stretches: readonly Stretch[];
  readonly #workers: Worker[];
  readonly #jump: number;
  readonly #results: (Result<E> | undefined)[];
  /** By stretch: who runs it, or ran it to a checkpoint that differs, and waits there. */
  readonly #takenBy: (Worker | undefined)[];
  /** Checkpoints, by the stretch that begins there, that nothing is to begin at. */
  readonly #unfit = new Set<number>();
  /** Stretches before this one are proven. */
  #proven = 0;
  #reached: Reached | undefined;
  #outcome: Outcome<E> | undefined;
  readonly #refused: Refused[] = [];

  constructor(stretches: readonly Stretch[], workers: number) {
    assert(workers >= 1 && stretches.length >= 1, 'somebody and something to do');
    this.#stretches = stretches;
    this.#workers = Array.from({ length: workers }, () => ({
      here: undefined,
      task: null,
      isVoid: false,
      isGone: false,
    }));
    const total = stretches.reduce((sum, { cost }) => sum + cost, 0);
    this.#jump = Math.min(JUMP.max, total / (JUMP.part * workers));
    this.#results = stretches.map(() => undefined);
    this.#takenBy = stretches.map(() => undefined);
  }

  /** Where the run is proven up to; undefined before its first stretch is. */
  get reached(): Reached | undefined {
    return this.#reached;
  }
  /** How the whole replay ends, once that is certain. */
  get outcome(): Outcome<E> | undefined {
    return this.#outcome;
  }
  /** Checkpoints that were found to be of no use since this was asked last. */
  takeRefused(): Refused[] {
    return this.#refused.splice(0);
  }

  /** What workers that have nothing to do are to do now. */
  assign(): { readonly worker: number; readonly task: Task }[] {
    if (this.#outcome !== undefined) return [];
    const tasks = this.#assigned();
    if (tasks.length > 0 || this.#workers.some(({ task }) => task !== null)) return tasks;
    // All that are left wait, each for the other.
    for (const own of this.#workers) own.here = undefined;
    return this.#assigned();
  }
  #assigned(): { readonly worker: number; readonly task: Task }[] {
    const tasks: { worker: number; task: Task }[] = [];
    for (const [worker, own] of this.#workers.entries()) {
      if (own.isGone || own.task !== null || this.#isWaiting(own)) continue;
      const task = this.#chosen(own);
      if (task === undefined) continue;
      this.#takenBy[task.stretch] = own;
      Object.assign(own, { task, here: undefined, isVoid: false });
      tasks.push({ worker, task });
    }
    return tasks;
  }

  /** How the worker's task went. */
  report(worker: number, result: Result<E>): void {
    const own = this.#workers[worker] as Worker;
    const { task } = own;
    assert(task !== null, 'a worker reports what it was told to do');
    own.task = null;
    const { stretch } = task;
    if (own.isVoid) return;
    if (result.kind === 'unusable') {
      this.#refuse(task.from ?? stretch, result.what);
      this.#takenBy[stretch] = undefined;
      return;
    }
    this.#results[stretch] = result;
    if (result.kind === 'equal' || result.kind === 'differs') own.here = stretch + 1;
    if (result.kind !== 'differs') this.#takenBy[stretch] = undefined;
    this.#settle();
  }

  /** The worker is no more: others do what it was doing. */
  leave(worker: number): void {
    const own = this.#workers[worker] as Worker;
    if (own.task !== null && !own.isVoid) this.#takenBy[own.task.stretch] = undefined;
    Object.assign(own, { task: null, here: undefined, isGone: true });
  }

  /** It stands behind a stretch, at a checkpoint that differs, and nobody knows yet which of the two is right. */
  #isWaiting({ here }: Worker): boolean {
    return here !== undefined && here > this.#proven && this.#results[here - 1]?.kind === 'differs';
  }

  #isOpen = (stretch: number): boolean =>
    this.#results[stretch] === undefined && this.#takenBy[stretch] === undefined && stretch < this.#stretches.length;

  #chosen({ here }: Worker): Task | undefined {
    if (here !== undefined && this.#isOpen(here) && here <= this.#end()) return { stretch: here, from: null };
    const stretch = this.#inTheMidst();
    if (stretch !== undefined) return { stretch, from: stretch };
    if (this.#workers.some(({ task, isVoid }) => task !== null && !isVoid)) return undefined;
    // Only stretches behind unfit checkpoints are left, and nobody is on the way to one.
    const first = this.#results.findIndex((_, n) => this.#isOpen(n));
    if (first < 0 || first > this.#end()) return undefined;
    let from = first;
    while (this.#unfit.has(from)) from--;
    return { stretch: first, from };
  }
  /** The last stretch that may still count. */
  #end(): number {
    const ended = this.#results.findIndex((result) => result?.kind === 'stop' || result?.kind === 'failed');
    return ended < 0 ? this.#stretches.length - 1 : ended;
  }
  /** Of the costliest run of open stretches the one from which on is as much left as before; its first, where nobody comes to that by himself. */
  #inTheMidst(): number | undefined {
    let best: { cost: number; stretch: number } | undefined;
    const end = this.#end();
    for (let from = this.#proven; from <= end; from++) {
      if (!this.#isOpen(from)) continue;
      let to = from;
      while (to < end && this.#isOpen(to + 1)) to++;
      const found = this.#within(from, to);
      if (found !== undefined && (best === undefined || found.cost > best.cost)) best = found;
      from = to;
    }
    return best?.stretch;
  }
  #within(from: number, to: number): { cost: number; stretch: number } | undefined {
    const costs = this.#stretches.slice(from, to + 1).map(({ cost }) => cost);
    const cost = costs.reduce((sum, one) => sum + one, 0);
    const comes = this.#workers.some(({ task }) => task !== null && task.stretch === from - 1);
    // Who comes to it goes on in less time than it takes to begin there.
    if (comes && cost <= this.#jump) return undefined;
    let stretch = from;
    const own = comes ? (cost + this.#jump) / 2 : 0;
    for (let sum = costs[0] as number; sum < own && stretch < to; stretch++) sum += costs[stretch - from + 1] as number;
    while (stretch <= to && this.#unfit.has(stretch)) stretch++;
    return stretch <= to ? { cost, stretch } : undefined;
  }

  #refuse(stretch: number, what: string): void {
    if (this.#unfit.has(stretch)) return;
    assert(stretch > 0, 'the start is no checkpoint');
    this.#unfit.add(stretch);
    this.#refused.push({ checkpoint: stretch - 1, what });
  }

  #settle(): void {
    for (;;) {
      const result = this.#results[this.#proven];
      if (result === undefined || result.kind === 'unusable' || this.#outcome !== undefined) return;
      if (result.kind === 'stop' || result.kind === 'failed') {
        this.#outcome = result;
        return;
      }
      this.#reached = result.reached;
      this.#proven++;
      if (result.kind === 'differs') {
        this.#refuse(this.#proven, result.what);
        this.#void(this.#proven);
        return;
      }
    }
  }
  /** What was replayed from a checkpoint that is not of the run counts for nothing. */
  #void(stretch: number): void {
    this.#results[stretch] = undefined;
    const worker = this.#takenBy[stretch];
    this.#takenBy[stretch] = undefined;
    if (worker === undefined) return;
    if (worker.task?.stretch === stretch) worker.isVoid = true;
    else if (worker.here === stretch + 1) worker.here = undefined;
  }
}
