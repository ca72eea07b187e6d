const NEWLINE = 0x0a;
/** A line without an end is put on the tape in pieces of this size. */
export const LINE_BYTES_MAX = 256;

/** What one has said of a line that is no event yet, with its number on the tape. */
export interface UnfinishedLine {
  readonly console: number;
  readonly bytes: Uint8Array;
}

/** What a console, a PL011 (Arm DDI 0183) or a port (virtio 1.2, 5.3), has said of a line that is not on the tape yet. */
export class ConsoleLine {
  /** Saved by the console that it is of. */
  #bytes: number[] = [];

  /** The line, or a piece of it, that is complete with this byte. */
  add(byte: number): Uint8Array | undefined {
    this.#bytes.push(byte);
    return byte === NEWLINE || this.#bytes.length === LINE_BYTES_MAX ? this.take() : undefined;
  }
  /** What there is of it, if anything; what comes next is another line. */
  take(): Uint8Array | undefined {
    if (this.#bytes.length === 0) return undefined;
    const line = Uint8Array.from(this.#bytes);
    this.#bytes = [];
    return line;
  }
  get bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
  set bytes(bytes: Uint8Array) {
    this.#bytes = Array.from(bytes);
  }
}
