import { availableParallelism } from 'node:os';
import { isMainThread, Worker } from 'node:worker_threads';
import { newSlots, PackingSlots, SLOT_BYTES } from './packing-slots.ts';
import { shortened } from './zstd.ts';

/** In a bundle it stands beside as JavaScript. */
const ENTRY = new URL(import.meta.url.endsWith('.ts') ? './packing-thread.ts' : './packing-thread.js', import.meta.url);

/** What zstd makes of some bytes, or where that is not shorter, a copy of them. It may have to wait for that. */
export type Packing = () => Uint8Array;

/** Memory for what is to be packed. */
export interface Room {
  /** `ROOM_BYTES`, of whatever they held. */
  readonly bytes: Uint8Array;
  /** Packs the first of them: the rest of the room is not to be used then. @param level zstd's */
  pack(rawBytes: number, level: number): Packing;
}
export const ROOM_BYTES = SLOT_BYTES;

/** Packs beside whoever asks, where it can. What comes of it does not depend on that. */
export interface Packer {
  /** For one after the other. */
  room(): Room;
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
        const raw = bytes.subarray(0, rawBytes);
        const stored = shortened(raw, level);
        const own = stored === raw ? Uint8Array.from(raw) : stored;
        return () => own;
      },
    };
  },
};

/** Packs in a thread of its own, as long as that keeps up, the rest at once. The thread keeps no process alive. */
export class ThreadedPacker implements Packer {
  readonly #slots: PackingSlots;
  /** By their slots: what is to be fetched. */
  readonly #asked = new Map<number, { stored: Uint8Array | null }>();

  constructor() {
    const memory = newSlots();
    this.#slots = new PackingSlots(memory, shortened);
    const thread = new Worker(ENTRY, { workerData: memory, execArgv: [] });
    // Without it all is packed here.
    thread.on('error', () => {});
    thread.unref();
  }

  room(): Room {
    for (const slot of this.#asked.keys()) if (this.#slots.isDone(slot)) this.#fetch(slot);
    const slot = this.#slots.fill();
    if (slot === undefined) return packerHere.room();
    return {
      bytes: this.#slots.bytesOf(slot),
      pack: (rawBytes, level) => {
        this.#slots.ask(slot, rawBytes, level);
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
/** The one of this process: a thread more where it takes no time from those that there are. */
export function packer(): Packer {
  chosen ??= isMainThread && availableParallelism() > 1 ? new ThreadedPacker() : packerHere;
  return chosen;
}
