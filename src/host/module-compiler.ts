import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { type SideThread, threadBeside } from './beside.ts';
import type { Compiled } from './side-thread.ts';

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
 * Compiles in the thread, in the order in which it is asked. Nobody has to return to the event loop for it: answers wait until they
 * are fetched.
 */
export class ThreadedCompiler implements ModuleCompiler {
  readonly #port: MessagePort;
  readonly #answers = new Int32Array(new SharedArrayBuffer(4));
  readonly #asked: OnCompiled[] = [];
  #fetched = 0;
  #works = true;

  constructor(thread: SideThread) {
    const { port1, port2 } = new MessageChannel();
    thread.tell({ compile: { port: port2, answers: this.#answers } }, [port2]);
    // Without it all goes on, slower.
    thread.onEnd(() => {
      this.#works = false;
    });
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
/** The one of this process; undefined where it has no thread for it. */
export function moduleCompiler(): ModuleCompiler | undefined {
  const thread = threadBeside();
  if (thread !== undefined) compiler ??= new ThreadedCompiler(thread);
  return compiler;
}
