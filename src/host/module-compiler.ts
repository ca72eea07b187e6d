import { availableParallelism } from 'node:os';
import { isMainThread, MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { Compiled, ModuleThread } from './module-thread.ts';

/** In a bundle it stands beside as JavaScript. */
const ENTRY = new URL(import.meta.url.endsWith('.ts') ? './module-thread.ts' : './module-thread.js', import.meta.url);

/** Told of a module that was asked for, within `poll`; undefined: it was not compiled. */
export type OnCompiled = (module: Compiled) => void;

/** Compiles modules of WebAssembly beside whoever asks for them. */
export interface ModuleCompiler {
  /** False where nothing will come of it. */
  ask(bytes: Uint8Array, onCompiled: OnCompiled): boolean;
  /** Hands out what is there. */
  poll(): void;
}

/**
 * Compiles in a thread of its own, in the order in which it is asked. Nobody has to return to the event loop for it: answers wait
 * until they are fetched. The thread keeps no process alive.
 */
export class ThreadedCompiler implements ModuleCompiler {
  readonly #port: MessagePort;
  readonly #answers = new Int32Array(new SharedArrayBuffer(4));
  readonly #asked: OnCompiled[] = [];
  #fetched = 0;
  #works = true;

  constructor() {
    const { port1, port2 } = new MessageChannel();
    const workerData: ModuleThread = { port: port2, answers: this.#answers };
    const thread = new Worker(ENTRY, { workerData, transferList: [port2], execArgv: [] });
    // Without it all goes on, slower.
    thread.on('error', () => {
      this.#works = false;
    });
    thread.unref();
    this.#port = port1;
  }

  ask(bytes: Uint8Array, onCompiled: OnCompiled): boolean {
    if (!this.#works) return false;
    this.#port.postMessage(bytes);
    this.#asked.push(onCompiled);
    return true;
  }
  poll(): void {
    while (Atomics.load(this.#answers, 0) !== this.#fetched) {
      const answer = receiveMessageOnPort(this.#port) as { readonly message: Compiled } | undefined;
      if (answer === undefined) return;
      this.#fetched = (this.#fetched + 1) | 0;
      this.#asked.shift()?.(answer.message);
    }
  }
}

let compiler: ModuleCompiler | undefined;
/** The one of this process; undefined where a thread more would only take time from those that there are. */
export function moduleCompiler(): ModuleCompiler | undefined {
  if (!isMainThread || availableParallelism() === 1) return undefined;
  compiler ??= new ThreadedCompiler();
  return compiler;
}
