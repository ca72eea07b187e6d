import type { TapeWriter } from '../../src/trace/codec/tape-writer.ts';

/** What a killed recording loses is less than the two seconds that are promised, by more than a slice of the run. */
const SAVE_EVERY_MS = 1500;

/** Keeps the tape of a running recording up to date by the host's clock; what stands on it in the end depends on the run alone. */
export class Saving {
  readonly #writer: TapeWriter | null;
  #last = performance.now();

  constructor(writer: TapeWriter | null) {
    this.#writer = writer;
  }
  /** To be called between two pieces of the run. @throws Failure where the tape cannot be written */
  tick(): void {
    if (performance.now() - this.#last >= SAVE_EVERY_MS) this.now();
  }
  now(): void {
    this.#writer?.saveTail();
    this.#last = performance.now();
  }
}
