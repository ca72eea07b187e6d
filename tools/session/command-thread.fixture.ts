import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';

/** How a command ended, and what it said. */
export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command for the thread. */
export interface CommandAsked {
  readonly words: readonly string[];
  readonly stdin: string;
}

/** A thread that runs commands of the command line, one after the other; who asks for one is held until it has ended. */
export class CommandThread {
  readonly #channel = new MessageChannel();
  readonly #worker: Worker;
  /** 1: the answer is there. */
  readonly #answered = new Int32Array(new SharedArrayBuffer(4));

  constructor() {
    const { port2: port } = this.#channel;
    this.#worker = new Worker(new URL('command-thread-entry.fixture.ts', import.meta.url), {
      workerData: { port, answered: this.#answered },
      transferList: [port],
      execArgv: [],
    });
    this.#worker.unref();
    this.#channel.port1.unref();
  }

  /** @throws where there is no answer in so many milliseconds: the thread is of no use any more */
  run(words: readonly string[], stdin: string, timeoutMs: number): Finished {
    Atomics.store(this.#answered, 0, 0);
    this.#channel.port1.postMessage({ words, stdin } satisfies CommandAsked);
    if (Atomics.wait(this.#answered, 0, 0, timeoutMs) === 'timed-out') {
      void this.#worker.terminate();
      throw new Error(`hypertape ${words.join(' ')}: no end in ${timeoutMs / 1000} s`);
    }
    return (receiveMessageOnPort(this.#channel.port1) as { message: Finished }).message;
  }
}
