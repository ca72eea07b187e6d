/** A growing byte buffer with WebAssembly's integer encodings (WebAssembly 3.0, 5.2.2). */
export class ByteWriter {
  bytes = new Uint8Array(1 << 14);
  length = 0;

  #room(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + count));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }
  clear(): void {
    this.length = 0;
  }
  byte(value: number): void {
    if (this.length === this.bytes.length) this.#room(1);
    this.bytes[this.length++] = value;
  }
  /** Unsigned LEB128 of up to 32 bits. */
  uleb(value: number): void {
    value >>>= 0;
    while (value >= 0x80) {
      this.byte((value & 0x7f) | 0x80);
      value >>>= 7;
    }
    this.byte(value);
  }
  /** Signed LEB128 of 32 bits. */
  sleb(value: number): void {
    for (;;) {
      const low = value & 0x7f;
      value >>= 7;
      if ((value === 0 && (low & 0x40) === 0) || (value === -1 && (low & 0x40) !== 0)) {
        this.byte(low);
        return;
      }
      this.byte(low | 0x80);
    }
  }
  /** Signed LEB128 of 64 bits given as halves. */
  sleb64(lo: number, hi: number): void {
    lo |= 0;
    hi |= 0;
    for (;;) {
      const low = lo & 0x7f;
      lo = (lo >>> 7) | (hi << 25);
      hi >>= 7;
      if ((lo === 0 && hi === 0 && (low & 0x40) === 0) || (lo === -1 && hi === -1 && (low & 0x40) !== 0)) {
        this.byte(low);
        return;
      }
      this.byte(low | 0x80);
    }
  }
  raw(bytes: Uint8Array, length = bytes.length): void {
    this.#room(length);
    this.bytes.set(length === bytes.length ? bytes : bytes.subarray(0, length), this.length);
    this.length += length;
  }
  /** A length-prefixed name (ASCII). */
  name(text: string): void {
    this.uleb(text.length);
    for (let i = 0; i < text.length; i++) this.byte(text.charCodeAt(i));
  }
  /** Another writer's contents behind their length. */
  sized(content: ByteWriter): void {
    this.uleb(content.length);
    this.raw(content.bytes, content.length);
  }
  toBytes(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }
}
