/** What a reader meets where a section ends too early, or says what it cannot mean. */
export class BadDwarf extends Error {}

/** Reads a section from a place on, up to an end; little-endian. */
export class Cursor {
  readonly #bytes: Buffer;
  at: number;
  readonly end: number;

  constructor(bytes: Uint8Array, at: number, end = bytes.length) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (at < 0 || end > bytes.length || at > end) throw new BadDwarf('beyond its section');
    this.at = at;
    this.end = end;
  }
  get isAtEnd(): boolean {
    return this.at >= this.end;
  }
  skip(bytes: number): void {
    this.#take(bytes);
  }
  #take(bytes: number): number {
    const from = this.at;
    if (!(bytes >= 0) || from + bytes > this.end) throw new BadDwarf('cut');
    this.at += bytes;
    return from;
  }
  u8(): number {
    return this.#bytes.readUInt8(this.#take(1));
  }
  i8(): number {
    return this.#bytes.readInt8(this.#take(1));
  }
  u16(): number {
    return this.#bytes.readUInt16LE(this.#take(2));
  }
  u32(): number {
    return this.#bytes.readUInt32LE(this.#take(4));
  }
  u64(): bigint {
    return this.#bytes.readBigUInt64LE(this.#take(8));
  }
  /** An address or offset of so many bytes. */
  word(bytes: number): bigint {
    if (bytes === 8) return this.u64();
    if (bytes === 4) return BigInt(this.u32());
    throw new BadDwarf(`words of ${bytes} bytes`);
  }
  /** A length or offset, as a number that can be a place. */
  offset(bytes: number): number {
    const value = this.word(bytes);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new BadDwarf('an offset beyond everything');
    return Number(value);
  }
  /** ULEB128 (DWARF 5, 7.6), of 64 bits at most. */
  uleb(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.u8();
      if (shift < 64n) value |= BigInt(byte & 0x7f) << shift;
      if ((byte & 0x80) === 0) return BigInt.asUintN(64, value);
    }
  }
  /** The same where it counts or numbers something; what is too large for that is the largest number. */
  count(): number {
    const value = this.uleb();
    return value > 0xffff_ffffn ? 0xffff_ffff : Number(value);
  }
  /** SLEB128. */
  sleb(): bigint {
    let value = 0n;
    for (let shift = 0n; ; ) {
      const byte = this.u8();
      if (shift < 64n) value |= BigInt(byte & 0x7f) << shift;
      shift += 7n;
      if ((byte & 0x80) !== 0) continue;
      return (byte & 0x40) !== 0 && shift < 64n ? value - (1n << shift) : BigInt.asIntN(64, value);
    }
  }
  /** A string that a zero ends. */
  text(): string {
    const end = this.#bytes.indexOf(0, this.at);
    if (end < 0 || end >= this.end) throw new BadDwarf('a string without an end');
    const text = this.#bytes.toString('utf8', this.at, end);
    this.at = end + 1;
    return text;
  }
}
