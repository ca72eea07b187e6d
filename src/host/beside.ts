import { availableParallelism } from 'node:os';
import { isMainThread, type Transferable, Worker } from 'node:worker_threads';
import type { Told } from './side-thread.ts';

/** In a bundle it stands beside as JavaScript. */
const ENTRY = new URL(import.meta.url.endsWith('.ts') ? './side-thread.ts' : './side-thread.js', import.meta.url);

/** A thread that does some work beside the run. It keeps no process alive. */
export class SideThread {
  readonly #thread = new Worker(ENTRY, { execArgv: [] });

  constructor() {
    this.#thread.unref();
  }
  tell(told: Told, transferred: readonly Transferable[] = []): void {
    this.#thread.postMessage(told, transferred);
  }
  /** Nothing more will come of it. */
  onEnd(ended: () => void): void {
    this.#thread.on('error', ended);
  }
}

let started: SideThread | undefined;
/** The one of this process; undefined where a thread more would only take time from those that there are. */
export function threadBeside(): SideThread | undefined {
  if (!isMainThread || availableParallelism() === 1) return undefined;
  started ??= new SideThread();
  return started;
}
