// A thread that compiles modules of WebAssembly (module-compiler.ts starts it).
import { type MessagePort, workerData } from 'node:worker_threads';

/** What the thread is given at its start. */
export interface ModuleThread {
  readonly port: MessagePort;
  /** One cell: how many answers are on their way or there. */
  readonly answers: Int32Array;
}
/** What it answers to each module's bytes, in their order: undefined where there is no compiling them. */
export type Compiled = WebAssembly.Module | undefined;

const { port, answers } = workerData as ModuleThread;

function compile(bytes: Uint8Array): Compiled {
  try {
    return new WebAssembly.Module(bytes);
  } catch {
    // Whoever asked compiles it again, and sees why.
    return undefined;
  }
}
port.on('message', (bytes: Uint8Array) => {
  port.postMessage(compile(bytes));
  Atomics.add(answers, 0, 1);
});
