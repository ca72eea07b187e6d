import { Worker } from 'node:worker_threads';
import { Failure } from '../../src/base/failure.ts';
import { type Outcome, type Refused, StretchPlan } from '../../src/timeline/stretch-plan.ts';
import type { Reached, Stretch } from '../../src/timeline/stretches.ts';
import type { Answer, Carried, WorkerTape } from './stretch-worker.ts';

/** Compiled, it stands beside as JavaScript. */
const ENTRY = new URL(import.meta.url.endsWith('.ts') ? './stretch-worker.ts' : './stretch-worker.js', import.meta.url);

/** Who watches. */
export interface Watching {
  /** The run is proven up to there. */
  readonly onProven: (reached: Reached) => void;
  readonly onRefused: (refused: Refused) => void;
  /** A thread that has no machine leaves its part to the others. */
  readonly onFewer: (why: string) => void;
}

/** Threads that replay the stretches of a tape side by side, as their plan says. */
export class StretchWorkers {
  readonly #plan: StretchPlan<Carried>;
  readonly #threads: (Worker | null)[];
  readonly #watching: Watching;
  readonly #ended: Promise<Outcome<Carried>>;
  #end: (outcome: Outcome<Carried>) => void = () => {};
  #fail: (error: unknown) => void = () => {};
  #reached: Reached | undefined;

  /** Starts them; they work on while this thread does something else. */
  constructor(stretches: readonly Stretch[], count: number, tape: WorkerTape, watching: Watching) {
    this.#plan = new StretchPlan(stretches, count);
    this.#watching = watching;
    this.#ended = new Promise((resolve, reject) => {
      this.#end = resolve;
      this.#fail = reject;
    });
    // Nobody may ask for it any more.
    this.#ended.catch(() => {});
    this.#threads = Array.from({ length: count }, (_, number) => {
      const thread = new Worker(ENTRY, { workerData: tape, execArgv: [] });
      thread.on('message', (answer: Answer) => this.#take(number, answer));
      thread.on('error', (error) => this.#fail(error));
      return thread;
    });
    this.#giveOut();
  }

  /** How the run ends. @throws what ended the threads otherwise */
  get ended(): Promise<Outcome<Carried>> {
    return this.#ended;
  }
  get reached(): Reached | undefined {
    return this.#reached;
  }
  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread?.terminate()));
  }

  #take(number: number, answer: Answer): void {
    const plan = this.#plan;
    if (answer.kind === 'unbuilt') this.#leave(number, answer.error);
    else plan.report(number, answer);
    for (const refused of plan.takeRefused()) this.#watching.onRefused(refused);
    const { reached, outcome } = plan;
    if (reached !== undefined && reached !== this.#reached) {
      this.#reached = reached;
      this.#watching.onProven(reached);
    }
    if (outcome !== undefined) this.#end(outcome);
    else this.#giveOut();
  }
  #leave(number: number, error: Carried): void {
    this.#plan.leave(number);
    void this.#threads[number]?.terminate();
    this.#threads[number] = null;
    if (this.#threads.every((thread) => thread === null)) this.#fail(arrived(error));
    else this.#watching.onFewer(error.message);
  }
  #giveOut(): void {
    for (const { worker, task } of this.#plan.assign()) this.#threads[worker]?.postMessage(task);
  }
}

/** An error that another thread has sent. */
export function arrived({ message, status, stack }: Carried): Error {
  if (status !== undefined) return new Failure(message, status);
  const error = new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}
