import type { Failure } from '../../src/base/failure.ts';
import type { InputFile } from '../../src/host/files.ts';

/** Reads little-endian numbers and texts one after the other, of a file or of bytes. What is not there, or beyond its bound, is damage. */
export class ByteCursor {
  readonly #from: InputFile | Uint8Array;
  readonly #damaged: (what: string) => Failure;
  #at: number;

  constructor(from: InputFile | Uint8Array, at: number, damaged: (what: string) => Failure) {
    this.#from = from;
    this.#at = at;
    this.#damaged = damaged;
  }
  bytes(count: number): Buffer {
    const from = this.#from;
    const read = from instanceof Uint8Array ? from.subarray(this.#at, this.#at + count) : from.read(this.#at, count);
    if (read.length < count) throw this.#damaged(`cut off at offset ${this.#at + read.length}`);
    this.#at += count;
    return Buffer.from(read.buffer, read.byteOffset, read.length);
  }
  skip(count: number): void {
    this.#at += count;
  }
  u8(): number {
    return this.bytes(1).readUInt8();
  }
  u16(): number {
    return this.bytes(2).readUInt16LE();
  }
  u32(max = 0xffff_ffff): number {
    return this.#bounded(this.bytes(4).readUInt32LE(), max);
  }
  u64(max = Number.MAX_SAFE_INTEGER): number {
    return this.#bounded(Number(this.bytes(8).readBigUInt64LE()), max);
  }
  /** A text of so many bytes, or, where it says how many it has at most, up to its 0. */
  text(max: number, exactly?: number): string {
    if (exactly !== undefined) return this.bytes(exactly).toString('latin1');
    let text = '';
    for (let byte = this.u8(); byte !== 0; byte = this.u8()) {
      if (text.length === max) throw this.#damaged(`a text of more than ${max} bytes at offset ${this.#at}`);
      text += String.fromCharCode(byte);
    }
    return text;
  }
  #bounded(value: number, max: number): number {
    if (value > max) throw this.#damaged(`${value} at offset ${this.#at}, which is at most ${max}`);
    return value;
  }
}
