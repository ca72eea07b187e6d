import { askForHugePages } from './huge-pages.ts';
import type { Spool } from './spool.ts';
import { shortened } from './zstd.ts';

/** Bytes that a slot has room for. */
export const SLOT_BYTES = 1 << 20;
/** As many as most checkpoints have frames. */
const SLOTS = 8;

/** The words of a slot. */
const Word = { state: 0, rawBytes: 1, level: 2, storedBytes: 3 } as const;
const WORDS = 4;
/** How far the packing of what is in a slot has come. */
const State = { free: 0, filled: 1, asked: 2, begun: 3, done: 4 } as const;

/** Memory for `PackingSlots`, which two threads share. */
export interface SharedSlots {
  readonly words: SharedArrayBuffer;
  readonly bytes: SharedArrayBuffer;
}
/** Of slots that are all free. */
export function newSlots(): SharedSlots {
  const bytes = new SharedArrayBuffer(SLOTS * SLOT_BYTES);
  askForHugePages(bytes);
  return { words: new SharedArrayBuffer(SLOTS * WORDS * Int32Array.BYTES_PER_ELEMENT), bytes };
}
const wordsOf = (slot: number): number => slot * WORDS;

/** Makes some bytes shorter where it can, else gives them back as they are. What it makes holds until the next. */
export type Shorten = (raw: Uint8Array, level: number) => Uint8Array;

let out: Uint8Array | undefined;
/** With zstd, in memory of this thread that is used again and again, with as much beside a slot's bytes as zstd asks for. */
export const shortenedHere: Shorten = (raw, level) => {
  out ??= new Uint8Array(SLOT_BYTES + (SLOT_BYTES >>> 7));
  return shortened(raw, level, out);
};

/**
 * Places in which one thread puts what another is to pack. The one packs itself what the other has not begun with when it is wanted,
 * and waits for what it has: so nothing depends on the other, not even on whether it works at all, but how long it takes.
 */
export class PackingSlots {
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #bytes: Uint8Array<SharedArrayBuffer>;
  readonly #shorten: Shorten;

  constructor({ words, bytes }: SharedSlots, shorten: Shorten) {
    this.#words = new Int32Array(words);
    this.#bytes = new Uint8Array(bytes);
    this.#shorten = shorten;
  }

  /** A slot to fill; undefined: none is free. */
  fill(): number | undefined {
    for (let slot = 0; slot < SLOTS; slot++) {
      const at = wordsOf(slot) + Word.state;
      if (Atomics.compareExchange(this.#words, at, State.free, State.filled) === State.free) return slot;
    }
    return undefined;
  }
  /** The memory of a slot that is filled. */
  bytesOf(slot: number): Uint8Array {
    return this.#bytes.subarray(slot * SLOT_BYTES, (slot + 1) * SLOT_BYTES);
  }
  /** Its first bytes are to be packed. */
  ask(slot: number, rawBytes: number, level: number): void {
    const at = wordsOf(slot);
    this.#words[at + Word.rawBytes] = rawBytes;
    this.#words[at + Word.level] = level;
    Atomics.store(this.#words, at + Word.state, State.asked);
  }

  isDone(slot: number): boolean {
    return Atomics.load(this.#words, wordsOf(slot) + Word.state) === State.done;
  }

  /** What came of the bytes in a slot, in memory of `spool`; the slot is free then. */
  take(slot: number, spool: Spool): Uint8Array {
    const at = wordsOf(slot);
    while (!this.isDone(slot)) {
      this.#pack(slot);
      Atomics.wait(this.#words, at + Word.state, State.begun);
    }
    const stored = spool.copy(this.bytesOf(slot).subarray(0, this.#words[at + Word.storedBytes]));
    Atomics.store(this.#words, at + Word.state, State.free);
    return stored;
  }

  /** Packs what is asked for. */
  packAsked(): void {
    for (let slot = 0; slot < SLOTS; slot++) this.#pack(slot);
  }
  /** Where nobody has begun with it. */
  #pack(slot: number): void {
    const at = wordsOf(slot);
    if (Atomics.compareExchange(this.#words, at + Word.state, State.asked, State.begun) !== State.asked) return;
    let state: number = State.asked;
    try {
      const raw = this.bytesOf(slot).subarray(0, this.#words[at + Word.rawBytes]);
      const stored = this.#shorten(raw, this.#words[at + Word.level] as number);
      if (stored !== raw) raw.set(stored);
      this.#words[at + Word.storedBytes] = stored.length;
      state = State.done;
    } finally {
      // Where it failed the other thread is to find out.
      Atomics.store(this.#words, at + Word.state, state);
      Atomics.notify(this.#words, at + Word.state);
    }
  }
}
