import type { Edit } from '../machine/edits.ts';
import type { EndOfRun, Machine } from '../machine/machine.ts';
import type { TapeReader } from '../trace/codec/tape-reader.ts';
import type { TapeWriter } from '../trace/codec/tape-writer.ts';
import type { EventCounter, Recording } from './record.ts';
import type { ReplayStop } from './replay.ts';
import { type RewriteOptions, RewriteSession } from './rewrite.ts';

/** What a fork is to be. */
export interface ForkOptions extends RewriteOptions {
  /** The console's bytes once the fork is live. */
  readonly consoleOut: (byte: number, console: number) => void;
}

/**
 * A tape's run up to a moment, and a run of its own from there on, on one new tape that needs no other: up to the fork it has the old
 * tape's events, each checked.
 */
export class ForkSession implements Recording {
  readonly #rewrite: RewriteSession;
  #live = false;

  /** @throws Failure as RewriteSession */
  constructor(reader: TapeReader, { consoleOut, ...options }: ForkOptions) {
    this.#rewrite = new RewriteSession(reader, {
      ...options,
      consoleOut: (byte, console) => {
        if (this.#live) consoleOut(byte, console);
      },
    });
  }

  get machine(): Machine {
    return this.#rewrite.session.machine;
  }
  get counter(): EventCounter {
    return this.#rewrite.session.counter;
  }
  get writer(): TapeWriter {
    return this.#rewrite.writer;
  }
  /** The count at which the old tape ends. */
  get lastIcount(): number {
    return this.#rewrite.session.lastIcount;
  }

  /** Before it is live: follows the old tape up to the first moment at a count. */
  follow(until: number): ReplayStop {
    return this.#rewrite.session.run(until);
  }
  /** Leaves the old tape with a first change. @throws Failure where that cannot be made; nothing is left of the fork then */
  goLive(edits: readonly Edit[]): void {
    this.#live = true;
    this.counter.next = this.writer;
    for (const edit of edits) this.machine.edit(edit);
  }
  /** Leaves no new tape. */
  discard(): void {
    this.#rewrite.discard();
  }

  finish(outcome: string, reason: string): EndOfRun {
    const end = this.machine.end(outcome, reason);
    this.counter.events++;
    this.writer.finish(end);
    return end;
  }
}
