import { SECTOR_BYTES } from '../../base/sector.ts';
import type { Chain } from './chain.ts';
import type { Done, VirtioFunction } from './function.ts';
import { Malformed } from './malformed.ts';
import type { RequestKind } from './ports.ts';
import { QUEUE_MAX } from './split-queue.ts';

/** What a disk holds, as its device sees it. Ranges lie within it. */
export interface BlockStore {
  /** Its size, a multiple of 512. */
  readonly bytes: number;
  readonly isReadOnly: boolean;
  /** Bytes of the physical disk; undefined where they cannot be read. */
  read(at: number, bytes: number): Uint8Array | undefined;
  /** False where they cannot be written. */
  write(at: number, bytes: Uint8Array): boolean;
  /** Likewise. */
  zero(at: number, bytes: number): boolean;
  /** What was there is of no use any more. */
  discard(at: number, bytes: number): boolean;
  /** How much longer than others a request takes that begins there, in nanoseconds. */
  delayNs(at: number): number;
}

/** How long a disk takes. */
export type BlockLatency = {
  /** For each request, in nanoseconds. */
  readonly requestNs: number;
  /** And for each KiB of its data. */
  readonly kibNs: number;
};

const DEVICE_ID = 2;
const HEADER_BYTES = 16;
const SEGMENT_BYTES = 16;
const ID_BYTES = 20;
/** virtio 1.2, 5.2.3. */
const FEATURE = {
  segMax: 1n << 2n,
  readOnly: 1n << 5n,
  blkSize: 1n << 6n,
  flush: 1n << 9n,
  discard: 1n << 13n,
  writeZeroes: 1n << 14n,
} as const;
/** virtio 1.2, 5.2.6. */
const TYPE = { in: 0, out: 1, flush: 4, getId: 8, discard: 11, writeZeroes: 13 } as const;
const STATUS = { ok: 0, ioError: 1, unsupported: 2 } as const;
const UNMAP = 1;
/** Buffers of a request beside its header and its status. */
const SEG_MAX = QUEUE_MAX - 2;
const DISCARD_SECTORS_MAX = 1 << 16;
const DISCARD_SEGMENTS_MAX = 64;
/** Of one request; what a driver asks for beyond is an error of the disk. */
const DATA_BYTES_MAX = 2 ** 30;
/** So much is copied at once. */
const PIECE_BYTES = 1 << 18;

interface Outcome {
  readonly kind: RequestKind;
  readonly status: number;
  /** Data that was asked for, and data that was written to memory. */
  readonly bytes: number;
  readonly written: number;
}

/** The block device (virtio 1.2, 5.2): one queue, a write-back cache that a flush empties. */
export class Block implements VirtioFunction {
  readonly name = 'virtio-blk';
  readonly deviceId = DEVICE_ID;
  readonly queues = [QUEUE_MAX];
  readonly features: bigint;
  readonly #store: BlockStore;
  readonly #serial: string;
  readonly #latency: BlockLatency;
  readonly #config: Uint8Array;

  /** @param serial of which the driver sees 20 bytes */
  constructor(store: BlockStore, serial: string, latency: BlockLatency) {
    this.#store = store;
    this.#serial = serial;
    this.#latency = latency;
    const writing = FEATURE.discard | FEATURE.writeZeroes;
    this.features = FEATURE.segMax | FEATURE.blkSize | FEATURE.flush | (store.isReadOnly ? FEATURE.readOnly : writing);
    this.#config = configOf(store);
  }

  config(): Uint8Array {
    return this.#config;
  }

  carryOut(_queue: number, { readable, writable }: Chain): Done {
    if (readable.bytes < HEADER_BYTES || writable.bytes < 1) throw new Malformed('a request without header or status');
    const header = new DataView(readable.read(0, HEADER_BYTES).buffer);
    const type = header.getUint32(0, true);
    const sector = header.getBigUint64(8, true);
    const { kind, status, bytes, written } = this.#outcome(type, sector, { readable, writable });
    const statusAt = writable.bytes - 1;
    writable.write(statusAt, Uint8Array.of(status));
    // What is told as written is written from the first byte on (2.7.8.2).
    const all = written === statusAt ? statusAt + 1 : written;
    const { requestNs, kibNs } = this.#latency;
    const at = this.#place(sector, 0) ?? 0;
    const latencyNs = Math.max(1, requestNs + Math.ceil((bytes * kibNs) / 1024) + this.#store.delayNs(at));
    return { request: { kind, sector, bytes }, written: all, status, latencyNs };
  }

  #outcome(type: number, sector: bigint, chain: Pick<Chain, 'readable' | 'writable'>): Outcome {
    switch (type) {
      case TYPE.in:
        return this.#read(sector, chain.writable);
      case TYPE.out:
        return this.#write(sector, chain.readable);
      case TYPE.flush:
        return { kind: 'flush', status: STATUS.ok, bytes: 0, written: 0 };
      case TYPE.getId:
        return this.#getId(chain.writable);
      case TYPE.discard:
        return this.#zeroes('discard', chain.readable);
      case TYPE.writeZeroes:
        return this.#zeroes('write-zeroes', chain.readable);
      default:
        return { kind: 'unknown', status: STATUS.unsupported, bytes: 0, written: 0 };
    }
  }

  /** Where a range begins, in bytes; undefined where it does not lie on the disk. */
  #place(sector: bigint, bytes: number): number | undefined {
    const at = sector * BigInt(SECTOR_BYTES);
    return at + BigInt(bytes) <= BigInt(this.#store.bytes) ? Number(at) : undefined;
  }
  #placeOfData(sector: bigint, bytes: number): number | undefined {
    return bytes % SECTOR_BYTES === 0 && bytes <= DATA_BYTES_MAX ? this.#place(sector, bytes) : undefined;
  }

  #read(sector: bigint, writable: Chain['writable']): Outcome {
    const bytes = writable.bytes - 1;
    const at = this.#placeOfData(sector, bytes);
    const failed: Outcome = { kind: 'read', status: STATUS.ioError, bytes, written: 0 };
    if (at === undefined) return failed;
    for (let done = 0; done < bytes; done += PIECE_BYTES) {
      const piece = this.#store.read(at + done, Math.min(PIECE_BYTES, bytes - done));
      if (piece === undefined) return failed;
      writable.write(done, piece);
    }
    return { ...failed, status: STATUS.ok, written: bytes };
  }

  #write(sector: bigint, readable: Chain['readable']): Outcome {
    const bytes = readable.bytes - HEADER_BYTES;
    const at = this.#placeOfData(sector, bytes);
    const failed: Outcome = { kind: 'write', status: STATUS.ioError, bytes, written: 0 };
    if (at === undefined || this.#store.isReadOnly) return failed;
    for (let done = 0; done < bytes; done += PIECE_BYTES) {
      const piece = readable.read(HEADER_BYTES + done, Math.min(PIECE_BYTES, bytes - done));
      if (!this.#store.write(at + done, piece)) return failed;
    }
    return { ...failed, status: STATUS.ok };
  }

  #getId(writable: Chain['writable']): Outcome {
    const id = new Uint8Array(Math.min(ID_BYTES, writable.bytes - 1));
    new TextEncoder().encodeInto(this.#serial, id);
    writable.write(0, id);
    return { kind: 'get-id', status: STATUS.ok, bytes: id.length, written: id.length };
  }

  #zeroes(kind: RequestKind, readable: Chain['readable']): Outcome {
    const bytes = readable.bytes - HEADER_BYTES;
    const outcome = (status: number, zeroed = 0): Outcome => ({ kind, status, bytes: zeroed, written: 0 });
    if (this.#store.isReadOnly) return outcome(STATUS.ioError);
    if (bytes % SEGMENT_BYTES !== 0 || bytes === 0 || bytes > DISCARD_SEGMENTS_MAX * SEGMENT_BYTES)
      return outcome(STATUS.ioError);
    const view = new DataView(readable.read(HEADER_BYTES, bytes).buffer);
    const ranges: { readonly at: number; readonly bytes: number }[] = [];
    for (let i = 0; i < bytes; i += SEGMENT_BYTES) {
      const flags = view.getUint32(i + 12, true);
      if ((flags & ~UNMAP) !== 0 || (kind === 'discard' && flags !== 0)) return outcome(STATUS.unsupported);
      const sectors = view.getUint32(i + 8, true);
      const at = this.#place(view.getBigUint64(i, true), sectors * SECTOR_BYTES);
      if (at === undefined || sectors > DISCARD_SECTORS_MAX) return outcome(STATUS.ioError);
      ranges.push({ at, bytes: sectors * SECTOR_BYTES });
    }
    const isDone = ranges.every((range) =>
      kind === 'discard' ? this.#store.discard(range.at, range.bytes) : this.#store.zero(range.at, range.bytes),
    );
    return outcome(isDone ? STATUS.ok : STATUS.ioError);
  }
}

/** virtio 1.2, 5.2.4. */
function configOf({ bytes, isReadOnly }: BlockStore): Uint8Array {
  const config = new Uint8Array(60);
  const view = new DataView(config.buffer);
  view.setBigUint64(0, BigInt(bytes / SECTOR_BYTES), true);
  view.setUint32(12, SEG_MAX, true);
  view.setUint32(20, SECTOR_BYTES, true);
  if (isReadOnly) return config;
  view.setUint32(36, DISCARD_SECTORS_MAX, true);
  view.setUint32(40, DISCARD_SEGMENTS_MAX, true);
  view.setUint32(44, 1, true);
  view.setUint32(48, DISCARD_SECTORS_MAX, true);
  view.setUint32(52, DISCARD_SEGMENTS_MAX, true);
  view.setUint8(56, 1);
  return config;
}
