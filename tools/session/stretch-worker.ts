// A thread that replays stretches of a tape in a machine of its own (stretch-workers.ts starts it).
import { parentPort, workerData } from 'node:worker_threads';
import { must } from '../../src/base/assert.ts';
import { Failure } from '../../src/base/failure.ts';
import type { Task } from '../../src/timeline/stretch-plan.ts';
import { StretchReplay, type StretchResult } from '../../src/timeline/stretches.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { withHostMemory } from './host-memory.ts';
import { keepTranslations } from './translations.ts';
import { symbolsFor } from './viewer.ts';

/** What a worker is given at its start. */
export interface WorkerTape {
  readonly tape: string;
  /** The file of `--symbols`. */
  readonly symbols: string | undefined;
}
/** An error on its way to another thread. */
export interface Carried {
  readonly message: string;
  /** Of a Failure; undefined: a fault of the program. */
  readonly status: Failure['status'] | undefined;
  readonly stack: string | undefined;
}
/** What a worker answers to each task. */
export type Answer =
  | StretchResult
  | { readonly kind: 'failed'; readonly error: Carried }
  /** There is no machine to be had in this thread. */
  | { readonly kind: 'unbuilt'; readonly error: Carried };

function carried(error: unknown): Carried {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { message, status: error instanceof Failure ? error.status : undefined, stack };
}

keepTranslations();

function build({ tape, symbols: path }: WorkerTape): StretchReplay {
  const reader = TapeReader.open(tape);
  const symbols = symbolsFor(reader, path);
  const replay: StretchReplay = withHostMemory(
    Number(reader.header.machine.memoryBytes),
    () => new StretchReplay(reader, { symbolAt: (pc) => symbols.text(pc, replay.session.machine) }),
  );
  return replay;
}

const port = must(parentPort, 'the thread that started this one');
let replay: StretchReplay | undefined;

function answer({ stretch, from }: Task): Answer {
  try {
    replay ??= build(workerData as WorkerTape);
  } catch (error) {
    return { kind: 'unbuilt', error: carried(error) };
  }
  try {
    return replay.run(stretch, from);
  } catch (error) {
    return { kind: 'failed', error: carried(error) };
  }
}

port.on('message', (task: Task) => port.postMessage(answer(task)));
