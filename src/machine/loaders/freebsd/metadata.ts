import { alignUp } from '../../../base/bits.ts';

/** What a record of preload metadata is (FreeBSD sys/sys/linker.h, sys/arm64/include/metadata.h, sys/arm/include/metadata.h). */
export const modinfo = {
  name: 1,
  type: 2,
  address: 3,
  size: 4,
  args: 6,
  elfHeader: 0x8002,
  symbolsStart: 0x8003,
  symbolsEnd: 0x8004,
  dynamic: 0x8005,
  environment: 0x8006,
  howto: 0x8007,
  kernelEnd: 0x8008,
  sections: 0x8009,
  constructors: 0x800a,
  constructorsBytes: 0x800b,
  deviceTree: 0x9002,
} as const;

/** A list of records, as the kernel walks through it: type, bytes, content, up to a multiple of its `long` (stand/common/modinfo.c). */
export class Metadata {
  readonly #wordBytes: 4 | 8;
  readonly #parts: Uint8Array[] = [];

  constructor(wordBytes: 4 | 8) {
    this.#wordBytes = wordBytes;
  }
  bytes(type: number, content: Uint8Array): this {
    const record = new Uint8Array(8 + alignUp(content.length, this.#wordBytes));
    const view = new DataView(record.buffer);
    view.setUint32(0, type, true);
    view.setUint32(4, content.length, true);
    record.set(content, 8);
    this.#parts.push(record);
    return this;
  }
  /** Text, with the zero behind it. */
  text(type: number, text: string): this {
    return this.bytes(type, Buffer.from(`${text}\0`));
  }
  /** An address, or a number as wide as one. */
  word(type: number, value: bigint): this {
    return this.bytes(type, wordOf(value, this.#wordBytes));
  }
  /** A C `int`. */
  int(type: number, value: number): this {
    return this.bytes(type, wordOf(BigInt(value >>> 0), 4));
  }
  /** Without the end of the list: a record of zeros. */
  records(): Uint8Array {
    return Buffer.concat(this.#parts);
  }
}

/** A little-endian number. */
export function wordOf(value: bigint, wordBytes: 4 | 8): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  return bytes.subarray(0, wordBytes);
}
