import type { DmaPort } from '../bus/ports.ts';
import { Malformed } from './malformed.ts';

/** Descriptor flags (virtio 1.2, 2.7.5). */
const FLAG = { next: 1, write: 2, indirect: 4 } as const;
const DESCRIPTOR_BYTES = 16;
/** Buffers of one chain, of whatever tables: a driver makes none longer than its queue (2.7.5.2), and no queue of ours is longer. */
const PIECES_MAX = 1024;

/** One buffer in the guest's memory, all of which is memory. */
export interface Piece {
  readonly at: bigint;
  readonly bytes: number;
}

/** The buffers of one request, in the order of their bytes. */
export interface Chain {
  /** Number of its first descriptor: what the driver knows it by. */
  readonly head: number;
  /** What the device reads. */
  readonly readable: Buffers;
  /** What it writes. */
  readonly writable: Buffers;
}

/** A table of descriptors. */
export interface DescriptorTable {
  readonly at: bigint;
  readonly descriptors: number;
}

/** Bytes that lie in several buffers: their framing means nothing (virtio 1.2, 2.7.4). */
export class Buffers {
  readonly #dma: DmaPort;
  /** Derived from the guest's memory, and gone with the request. */
  readonly #pieces: Piece[] = [];
  /** Derived likewise. */
  #bytes = 0;

  constructor(dma: DmaPort) {
    this.#dma = dma;
  }
  get bytes(): number {
    return this.#bytes;
  }
  add(piece: Piece): void {
    this.#pieces.push(piece);
    this.#bytes += piece.bytes;
  }

  /** A copy of bytes of it. */
  read(from: number, bytes: number): Uint8Array {
    const out = new Uint8Array(bytes);
    this.#parts(from, bytes, (at, of, done) => {
      const part = this.#dma.read(at, of);
      if (part === undefined) throw new Malformed('a buffer that is no memory');
      out.set(part, done);
    });
    return out;
  }
  write(from: number, bytes: Uint8Array): void {
    this.#parts(from, bytes.length, (at, of, done) => {
      if (!this.#dma.write(at, bytes.subarray(done, done + of))) throw new Malformed('a buffer that is no memory');
    });
  }

  /** The parts of a range, one after the other. */
  #parts(from: number, bytes: number, part: (at: bigint, bytes: number, done: number) => void): void {
    let skip = from;
    let done = 0;
    for (const piece of this.#pieces) {
      if (done === bytes) return;
      if (skip >= piece.bytes) {
        skip -= piece.bytes;
        continue;
      }
      const of = Math.min(piece.bytes - skip, bytes - done);
      part(piece.at + BigInt(skip), of, done);
      done += of;
      skip = 0;
    }
    if (done < bytes) throw new Malformed('fewer bytes than the request has');
  }
}

/**
 * The chain that begins with a descriptor (virtio 1.2, 2.7.5 and 2.7.5.3).
 * @throws Malformed for a loop, a number beyond its table, a buffer that is no memory, indirect tables where none may be, or readable
 * buffers behind writable ones
 */
export function chainAt(dma: DmaPort, ring: DescriptorTable, head: number, mayBeIndirect: boolean): Chain {
  const chain = { head, readable: new Buffers(dma), writable: new Buffers(dma) };
  let table = ring;
  let number = head;
  let seen = 0;
  for (let pieces = 0; ; ) {
    if (number >= table.descriptors) throw new Malformed('a descriptor beyond its table');
    if (++seen > table.descriptors) throw new Malformed('a chain that goes round');
    const { at, bytes, flags, next } = descriptor(dma, table, number);
    if (flags & FLAG.indirect) {
      if (!mayBeIndirect || table !== ring) throw new Malformed('an indirect table where none may be');
      if (flags & FLAG.next) throw new Malformed('a chain that goes on behind an indirect table');
      if (bytes === 0 || bytes % DESCRIPTOR_BYTES !== 0) throw new Malformed('an indirect table of part descriptors');
      table = { at, descriptors: bytes / DESCRIPTOR_BYTES };
      number = 0;
      seen = 0;
      continue;
    }
    if (++pieces > PIECES_MAX) throw new Malformed('a chain of too many buffers');
    if (dma.read(at, bytes) === undefined) throw new Malformed('a buffer that is no memory');
    if (flags & FLAG.write) chain.writable.add({ at, bytes });
    else if (chain.writable.bytes > 0) throw new Malformed('a buffer to read behind one to write');
    else chain.readable.add({ at, bytes });
    if (!(flags & FLAG.next)) return chain;
    number = next;
  }
}

interface Descriptor extends Piece {
  readonly flags: number;
  readonly next: number;
}

function descriptor(dma: DmaPort, table: DescriptorTable, number: number): Descriptor {
  const raw = dma.read(table.at + BigInt(DESCRIPTOR_BYTES * number), DESCRIPTOR_BYTES);
  if (raw === undefined) throw new Malformed('a descriptor that is no memory');
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  return {
    at: view.getBigUint64(0, true),
    bytes: view.getUint32(8, true),
    flags: view.getUint16(12, true),
    next: view.getUint16(14, true),
  };
}
