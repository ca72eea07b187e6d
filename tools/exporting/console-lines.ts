/** Of a line that never ends, as much as is told as one. */
const LINE_BYTES_MAX = 1024;
const NEWLINE = 0x0a;
const RETURN = 0x0d;

interface Line {
  at: number;
  bytes: number[];
}

/** Lines of consoles, each with the moment of its first byte. */
export class ConsoleLines {
  readonly #told: (at: number, text: string, device: number) => void;
  readonly #open = new Map<number, Line>();

  constructor(told: (at: number, text: string, device: number) => void) {
    this.#told = told;
  }
  add(at: number, device: number, bytes: Uint8Array): void {
    for (const byte of bytes) {
      const line = this.#open.get(device) ?? { at, bytes: [] };
      if (byte === NEWLINE) this.#tell(device, line);
      else if (byte !== RETURN) {
        this.#open.set(device, line);
        if (line.bytes.push(byte) === LINE_BYTES_MAX) this.#tell(device, line);
      }
    }
  }
  /** Lines that were not ended. */
  end(): void {
    for (const [device, line] of this.#open) this.#tell(device, line);
  }
  #tell(device: number, { at, bytes }: Line): void {
    this.#open.delete(device);
    if (bytes.length > 0) this.#told(at, Buffer.from(bytes).toString('utf8'), device);
  }
}
