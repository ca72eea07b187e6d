import type { MemoryImage } from '../machine/memory-image.ts';

/** Pages that all images kept may have together: a page may take a word of each (`MemoryImage`), so that they come to 128 MiB at most. */
const PAGES_KEPT = 2 ** 24;
const KEPT_MIN = 8;

/** The memory of a tape's checkpoints, each of which is told by what changed since the one before. */
export class CheckpointImages {
  readonly #first: MemoryImage;
  readonly #after: (number: number, before: MemoryImage) => MemoryImage;
  /** Of each that many are kept; what lies between is made again from the one before, if it is not the one asked for last. */
  readonly every: number;
  readonly #kept = new Map<number, MemoryImage>();
  #last: { readonly number: number; readonly image: MemoryImage } | undefined;

  /**
   * @param checkpoints how many there are
   * @param first the memory before the first of them
   * @param after that of a checkpoint, from the one before it. @throws Failure
   */
  constructor(checkpoints: number, first: MemoryImage, after: (number: number, before: MemoryImage) => MemoryImage) {
    this.#first = first;
    this.#after = after;
    this.every = Math.ceil(checkpoints / Math.max(KEPT_MIN, Math.floor(PAGES_KEPT / first.pages)));
  }

  get kept(): number {
    return this.#kept.size;
  }

  /** The memory of a checkpoint. @throws Failure */
  of(number: number): MemoryImage {
    let [at, image] = this.#before(number);
    while (at < number) {
      image = this.#after(++at, image);
      if (at % this.every === 0) this.#kept.set(at, image);
    }
    this.#last = { number, image };
    return image;
  }
  /** The nearest that is there. */
  #before(number: number): [number: number, image: MemoryImage] {
    const last = this.#last !== undefined && this.#last.number <= number ? this.#last : undefined;
    for (let at = number - (number % this.every); at >= 0; at -= this.every) {
      if (last !== undefined && last.number >= at) return [last.number, last.image];
      const kept = this.#kept.get(at);
      if (kept !== undefined) return [at, kept];
    }
    return [-1, this.#first];
  }
}
