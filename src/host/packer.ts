import { assert } from '../base/assert.ts';
import { type SideThread, threadBeside } from './beside.ts';
import { newSlots, PackingSlots, SLOT_BYTES, shortenedHere } from './packing-slots.ts';
import { SPOOL_BLOCK_BYTES, type Spool } from './spool.ts';

/** What zstd makes of some bytes, or where that is not shorter, a copy of them: until the spool is cleared. It may have to wait for that. */
export type Packing = () => Uint8Array;

/** Memory for what is to be packed. */
export interface PackingRoom {
  /** `ROOM_BYTES`, of whatever they held. */
  readonly bytes: Uint8Array;
  /** Packs the first of them: the rest of the room is not to be used then. @param level zstd's */
  pack(rawBytes: number, level: number): Packing;
}
/** What is packed at once is no more. */
export const ROOM_BYTES = SLOT_BYTES;

/** Packs beside whoever asks, where it can. What comes of it does not depend on that. */
export interface Packer {
  /** For one after the other. @param spool where what comes of it is kept */
  room(spool: Spool): PackingRoom;
}

let kept: Uint8Array | undefined;
/** Packs at once. */
export const packerHere: Packer = {
  room(spool) {
    kept ??= new Uint8Array(ROOM_BYTES);
    const bytes = kept;
    return {
      bytes,
      pack(rawBytes, level) {
        const stored = spool.copy(shortenedHere(bytes.subarray(0, rawBytes), level));
        return () => stored;
      },
    };
  },
};

/** What is to be fetched of a slot. */
interface Asked {
  readonly spool: Spool;
  stored: Uint8Array | null;
}

/** Packs in the thread, as long as that keeps up, the rest at once. */
export class ThreadedPacker implements Packer {
  readonly #thread: SideThread;
  readonly #slots: PackingSlots;
  /** By their slots. */
  readonly #asked = new Map<number, Asked>();

  constructor(thread: SideThread) {
    const memory = newSlots();
    this.#thread = thread;
    this.#slots = new PackingSlots(memory, shortenedHere);
    thread.tell({ pack: memory });
  }

  room(spool: Spool): PackingRoom {
    for (const [slot, asked] of this.#asked) if (this.#slots.isDone(slot)) this.#fetch(slot, asked);
    const slot = this.#slots.fill();
    if (slot === undefined) return packerHere.room(spool);
    return {
      bytes: this.#slots.bytesOf(slot),
      pack: (rawBytes, level) => {
        this.#slots.ask(slot, rawBytes, level);
        this.#thread.tell(null);
        const asked: Asked = { spool, stored: null };
        this.#asked.set(slot, asked);
        return () => asked.stored ?? this.#fetch(slot, asked);
      },
    };
  }
  #fetch(slot: number, asked: Asked): Uint8Array {
    const stored = this.#slots.take(slot, asked.spool);
    asked.stored = stored;
    this.#asked.delete(slot);
    return stored;
  }
}
assert(SLOT_BYTES <= SPOOL_BLOCK_BYTES, 'what is packed fits into a spool');

let chosen: Packer | undefined;
/** The one of this process. */
export function packer(): Packer {
  if (chosen === undefined) {
    const thread = threadBeside();
    chosen = thread === undefined ? packerHere : new ThreadedPacker(thread);
  }
  return chosen;
}
