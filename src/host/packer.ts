import { type SideThread, threadBeside } from './beside.ts';
import { newSlots, PackingSlots, SLOT_BYTES, shortenedHere } from './packing-slots.ts';

/** What zstd makes of some bytes, or where that is not shorter, a copy of them. It may have to wait for that. */
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
  /** For one after the other. */
  room(): PackingRoom;
}

let kept: Uint8Array | undefined;
/** Packs at once. */
export const packerHere: Packer = {
  room() {
    kept ??= new Uint8Array(ROOM_BYTES);
    const bytes = kept;
    return {
      bytes,
      pack(rawBytes, level) {
        const stored = Uint8Array.from(shortenedHere(bytes.subarray(0, rawBytes), level));
        return () => stored;
      },
    };
  },
};

/** Packs in the thread, as long as that keeps up, the rest at once. */
export class ThreadedPacker implements Packer {
  readonly #thread: SideThread;
  readonly #slots: PackingSlots;
  /** By their slots: what is to be fetched. */
  readonly #asked = new Map<number, { stored: Uint8Array | null }>();

  constructor(thread: SideThread) {
    const memory = newSlots();
    this.#thread = thread;
    this.#slots = new PackingSlots(memory, shortenedHere);
    thread.tell({ pack: memory });
  }

  room(): PackingRoom {
    for (const slot of this.#asked.keys()) if (this.#slots.isDone(slot)) this.#fetch(slot);
    const slot = this.#slots.fill();
    if (slot === undefined) return packerHere.room();
    return {
      bytes: this.#slots.bytesOf(slot),
      pack: (rawBytes, level) => {
        this.#slots.ask(slot, rawBytes, level);
        this.#thread.tell(null);
        const asked = { stored: null as Uint8Array | null };
        this.#asked.set(slot, asked);
        return () => asked.stored ?? this.#fetch(slot);
      },
    };
  }
  #fetch(slot: number): Uint8Array {
    const stored = this.#slots.take(slot);
    const asked = this.#asked.get(slot);
    if (asked !== undefined) asked.stored = stored;
    this.#asked.delete(slot);
    return stored;
  }
}

let chosen: Packer | undefined;
/** The one of this process. */
export function packer(): Packer {
  if (chosen === undefined) {
    const thread = threadBeside();
    chosen = thread === undefined ? packerHere : new ThreadedPacker(thread);
  }
  return chosen;
}
