import { Failure } from '../../base/failure.ts';
import { limits } from '../../base/limits.ts';
import { PAGE_BYTES } from '../../base/page.ts';
import { SECTOR_BYTES } from '../../base/sector.ts';
import { InputFile } from '../../host/files.ts';
import { unpackWhole } from '../../host/unpack.ts';
import { type BaseDisk, zeroOrBytes } from './base-disk.ts';

/** QEMU docs/interop/qcow2.txt; all numbers are big-endian. */
const MAGIC = 0x514649fb;
const HEADER_BYTES = { 2: 72, 3: 104 } as const;
const CLUSTER_BITS = { min: 9, max: 21 } as const;
/** As QEMU has it: a table for two exbibytes of the largest clusters. */
const L1_BYTES_MAX = 32 * 2 ** 20;
const INCOMPATIBLE = { corrupt: 2n, externalData: 4n, compression: 8n, extendedL2: 16n } as const;
/** A file that was not closed is in order but for its counts of references, which a reader does not need. */
const DIRTY = 1n;
const COMPRESSED = 1n << 62n;
const ALL_ZERO = 1n;
const OFFSET_MASK = 0x00ff_ffff_ffff_fe00n;
const KEPT = 16;

/** What was made last, so many of them. */
class Recent<T> {
  /** Derived from the file. */
  readonly #kept = new Map<number, T>();
  get(key: number, make: () => T): T {
    const value = this.#kept.get(key) ?? make();
    this.#kept.delete(key);
    this.#kept.set(key, value);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT && oldest !== undefined) this.#kept.delete(oldest);
    return value;
  }
}

/**
 * A file of QEMU's format qcow2, versions 2 and 3, read as its guest wants it. Files that rest on others are refused, as are
 * encrypted ones: only what this file holds is the disk.
 */
export class Qcow2Disk implements BaseDisk {
  readonly bytes: number;
  readonly #file: InputFile;
  readonly #clusterBits: number;
  readonly #hasZeroFlag: boolean;
  readonly #l1: DataView;
  readonly #l2 = new Recent<DataView>();
  readonly #unpacked = new Recent<Uint8Array>();

  /** @throws Failure where it cannot be read, or is none of these */
  constructor(path: string) {
    this.#file = new InputFile(path);
    const header = viewOf(this.#file.read(0, HEADER_BYTES[3] + 1));
    if (header.byteLength < HEADER_BYTES[2] || header.getUint32(0) !== MAGIC)
      throw new Failure(`${path}: it is no qcow2 file; give format=raw, if it holds the disk as it is`);
    const version = header.getUint32(4);
    if (version !== 2 && version !== 3) throw this.#cannot(`it has version ${version}`);
    if (header.byteLength < HEADER_BYTES[version]) throw this.#damaged('its header is cut off');
    this.#hasZeroFlag = version === 3;
    if (header.getBigUint64(8) !== 0n) throw this.#cannot('it rests on a backing file');
    if (header.getUint32(32) !== 0) throw this.#cannot('it is encrypted');
    if (version === 3) this.#checkFeatures(header.getBigUint64(72));
    const bits = header.getUint32(20);
    if (bits < CLUSTER_BITS.min || bits > CLUSTER_BITS.max) throw this.#damaged(`clusters of 2^${bits} bytes`);
    this.#clusterBits = bits;
    const size = header.getBigUint64(24);
    if (size === 0n || size > BigInt(limits.diskBytesMax) || size % BigInt(SECTOR_BYTES) !== 0n)
      throw this.#cannot(`${size} bytes are no disk of whole sectors`);
    this.bytes = Number(size);
    const entries = header.getUint32(36);
    const needed = Math.ceil(this.bytes / (this.#clusterBytes * this.#entriesOfL2));
    if (entries < needed || entries * 8 > L1_BYTES_MAX) throw this.#damaged('a first table of the wrong size');
    this.#l1 = viewOf(this.#readAll(header.getBigUint64(40), 8 * needed, 'its first table'));
  }

  #checkFeatures(incompatible: bigint): void {
    if (incompatible & INCOMPATIBLE.corrupt) throw this.#damaged('it is marked as corrupt');
    if (incompatible & INCOMPATIBLE.externalData) throw this.#cannot('its data lies in another file');
    if (incompatible & INCOMPATIBLE.compression) throw this.#cannot('it is compressed by another method than deflate');
    if (incompatible & ~DIRTY) throw this.#cannot('it has features that this program does not know');
  }

  get #clusterBytes(): number {
    return 2 ** this.#clusterBits;
  }
  get #entriesOfL2(): number {
    return this.#clusterBytes / 8;
  }

  page(number: number): Uint8Array | null {
    const at = number * PAGE_BYTES;
    const page = new Uint8Array(Math.min(PAGE_BYTES, this.bytes - at));
    for (let done = 0; done < page.length; ) {
      const cluster = Math.floor((at + done) / this.#clusterBytes);
      const from = (at + done) % this.#clusterBytes;
      const bytes = Math.min(page.length - done, this.#clusterBytes - from);
      const read = this.#read(cluster, from, bytes);
      if (read !== null) page.set(read, done);
      done += bytes;
    }
    return zeroOrBytes(page);
  }

  /** A part of a cluster of the guest's; null: zeros. */
  #read(cluster: number, from: number, bytes: number): Uint8Array | null {
    const table = Math.floor(cluster / this.#entriesOfL2);
    const l2At = this.#l1.getBigUint64(8 * table) & OFFSET_MASK;
    if (l2At === 0n) return null;
    const l2 = this.#l2.get(table, () => viewOf(this.#readAll(l2At, this.#clusterBytes, 'a table')));
    const entry = l2.getBigUint64(8 * (cluster % this.#entriesOfL2));
    if (entry & COMPRESSED) return this.#unpacked.get(cluster, () => this.#unpack(entry)).subarray(from, from + bytes);
    const offset = entry & OFFSET_MASK;
    if (offset === 0n || (this.#hasZeroFlag && entry & ALL_ZERO)) return null;
    // The last cluster of a file need not be there as a whole.
    return this.#file.read(Number(offset) + from, bytes);
  }

  #unpack(entry: bigint): Uint8Array {
    const bits = BigInt(62 - (this.#clusterBits - 8));
    const offset = Number(entry & ((1n << bits) - 1n));
    const sectors = Number((entry >> bits) & ((1n << (62n - bits)) - 1n));
    const packed = this.#file.read(offset, (sectors + 1) * SECTOR_BYTES - (offset % SECTOR_BYTES));
    try {
      const bytes = unpackWhole(packed, 'deflate', this.#clusterBytes);
      if (bytes.length === this.#clusterBytes) return bytes;
    } catch (error) {
      if ((error as { readonly code?: unknown }).code === undefined) throw error;
    }
    throw this.#damaged('a compressed cluster cannot be unpacked');
  }

  #readAll(offset: bigint, bytes: number, what: string): Uint8Array {
    const read = offset > BigInt(this.#file.size) ? undefined : this.#file.read(Number(offset), bytes);
    if (read?.length !== bytes) throw this.#damaged(`${what} lies beyond its end`);
    return read;
  }
  #damaged(what: string): Failure {
    return new Failure(`${this.#file.path}: damaged qcow2 file: ${what}; check it with qemu-img check`);
  }
  #cannot(what: string): Failure {
    return new Failure(`${this.#file.path}: ${what}; make a plain one with qemu-img convert -O qcow2`);
  }
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
