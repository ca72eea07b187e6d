// A thread beside the run (beside.ts starts it): it compiles modules of WebAssembly, and packs with zstd.
import { type MessagePort, parentPort } from 'node:worker_threads';
import type { PackingSlots, SharedSlots } from './packing-slots.ts';

/** For whom modules are compiled. */
export interface Compiling {
  /** Brings each module's bytes, and takes the answers in their order. */
  readonly port: MessagePort;
  /** One cell: how many answers are on their way or there. */
  readonly answers: Int32Array;
}
/** What it answers to a module's bytes: undefined where there is no compiling them. */
export type Compiled = WebAssembly.Module | undefined;

/** What the thread is told: for whom to compile, where to pack, or (null) that something is to be packed. */
export type Told = { readonly compile: Compiling } | { readonly pack: SharedSlots } | null;

function compile(bytes: Uint8Array): Compiled {
  try {
    return new WebAssembly.Module(bytes);
  } catch {
    // Whoever asked compiles it again, and sees why.
    return undefined;
  }
}

let slots: PackingSlots | undefined;
parentPort?.on('message', async (told: Told) => {
  if (told === null) slots?.packAsked();
  else if ('pack' in told) {
    // zstd comes with who packs: a run without a tape only compiles.
    const { PackingSlots, shortenedHere } = await import('./packing-slots.ts');
    slots = new PackingSlots(told.pack, shortenedHere);
    slots.packAsked();
  } else {
    const { port, answers } = told.compile;
    port.on('message', (bytes: Uint8Array) => {
      port.postMessage(compile(bytes));
      Atomics.add(answers, 0, 1);
    });
  }
});
