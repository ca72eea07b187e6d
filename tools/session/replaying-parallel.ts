import { Failure } from '../../src/base/failure.ts';
import type { UnfinishedLine } from '../../src/machine/console-line.ts';
import { endOfTape } from '../../src/replay/replay.ts';
import type { Reached } from '../../src/timeline/stretches.ts';
import { stretchesOf } from '../../src/timeline/stretches.ts';
import type { RecordedEvent } from '../../src/trace/codec/event-rows.ts';
import type { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { consoleOut } from '../../src/trace/events/index.ts';
import type { GuestOutputs } from './guest-outputs.ts';
import { countOf } from './numbers.ts';
import { progress } from './progress.ts';
import type { ReplayEnds, Replayed } from './replay-report.ts';
import { say } from './standard-output.ts';
import { arrived, StretchWorkers } from './stretch-workers.ts';
import { momentText } from './units.ts';

/** Each has a guest of its own in memory. */
const WORKERS_MAX = 64;
const SIGNALS_EVERY_MS = 50;

/** How many `--parallel` asks for. @throws Failure */
export function workersOf(option: string | undefined): number {
  if (option === undefined) return 1;
  const count = countOf('--parallel', option);
  if (count >= 1 && count <= WORKERS_MAX) return count;
  throw new Failure(`--parallel ${option}: give a number of threads from 1 to ${WORKERS_MAX}`);
}

/** Why a tape cannot be replayed in stretches, as opening it shows; undefined: it can be. */
export function whySerially({ path, header, checkpoints }: TapeReader): string | undefined {
  const serially = 'it is replayed serially';
  if (header.level === 'inputs') return `${path} holds inputs alone, which no stretch can be checked by: ${serially}`;
  if (checkpoints.length === 0) return `${path} has no checkpoints ("hypertape index" adds them): ${serially}`;
  return undefined;
}

/** A tape to be replayed by so many threads. */
interface Wanted {
  readonly reader: TapeReader;
  readonly symbols: string | undefined;
  readonly workers: number;
}

/**
 * Replays a tape's stretches side by side. What is told is what a serial replay tells: the console, the end or the first
 * divergence. Undefined where reading all of the tape shows that it is not whole.
 */
export async function replayInParallel(
  { reader, symbols, workers }: Wanted,
  { output, interrupts }: ReplayEnds,
): Promise<Replayed | undefined> {
  const stretches = stretchesOf(reader);
  const text = new ConsoleOfTape(reader, output);
  const bar = progress('replaying', reader.icounts?.last, !output.isTerminal);
  const threads = new StretchWorkers(
    stretches,
    Math.min(workers, stretches.length),
    { tape: reader.path, symbols },
    {
      onProven: (reached) => {
        text.printTo(reached.checked);
        bar.update(reached.icount, reached.instructions);
      },
      onRefused: ({ checkpoint, what }) =>
        say(
          `${reader.path}: its checkpoint at ${momentText(reader.checkpoints[checkpoint]?.icount ?? 0)} is of no use (${what}); the run is replayed on without it`,
        ),
      onFewer: (why) => say(`one thread fewer replays: ${why}`),
    },
  );
  let timer: NodeJS.Timeout | undefined;
  try {
    const integrity = reader.verify();
    const { damagedFrames, truncatedAt, unknownEvents } = integrity;
    if (damagedFrames.length > 0 || truncatedAt !== undefined || unknownEvents > 0) return undefined;
    for (const { what } of integrity.damagedCheckpoints)
      say(`${reader.path}: some of its checkpoints are damaged (${what}); the run is replayed on without them`);
    const interrupted = new Promise<'interrupted'>((resolve) => {
      timer = setInterval(() => interrupts.requested && resolve('interrupted'), SIGNALS_EVERY_MS);
    });
    const outcome = await Promise.race([threads.ended, interrupted]);
    if (output.failure !== null) throw output.failure;
    if (outcome !== 'interrupted' && outcome.kind === 'failed') throw arrived(outcome.error);
    const reached = outcome === 'interrupted' ? threads.reached : outcome.reached;
    const at: Reached = reached ?? { checked: 0, icount: 0, instructions: 0, pc: 0n, lines: [] };
    text.printTo(at.checked, at.lines);
    const stop = outcome === 'interrupted' ? ({ kind: 'interrupted' } as const) : outcome.stop;
    return { ...at, stop, end: endOfTape(reader), integrity, symbol: undefined };
  } catch (error) {
    // As where no machine can be made: nothing was run.
    if (threads.reached === undefined) output.discard();
    throw error;
  } finally {
    clearInterval(timer);
    bar.stop();
    await threads.close();
  }
}

/** The console as far as it is proven: a tape may have more of it than memory has room for, so it is read as it is needed. */
class ConsoleOfTape {
  readonly #events: Iterator<RecordedEvent>;
  readonly #output: GuestOutputs;
  #next: RecordedEvent | undefined;

  constructor(reader: TapeReader, output: GuestOutputs) {
    this.#events = reader.events({ classes: new Set([consoleOut.name]) })[Symbol.iterator]();
    this.#output = output;
  }
  /** Prints what the events before this one say, and then unfinished lines. */
  printTo(ordinal: number, lines: readonly UnfinishedLine[] = []): void {
    for (;;) {
      this.#next ??= this.#events.next().value as RecordedEvent | undefined;
      if (this.#next === undefined || this.#next.ordinal >= ordinal) break;
      if (this.#next.kind === 'console-out') this.#print(this.#next.device, this.#next.bytes);
      this.#next = undefined;
    }
    for (const { console, bytes } of lines) this.#print(console, bytes);
    this.#output.flush();
  }
  #print(console: number, bytes: Uint8Array): void {
    for (const byte of bytes) this.#output.write(byte, console);
  }
}
