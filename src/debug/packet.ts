// Packets of the GDB remote serial protocol (GDB manual, appendix E, "Overview"): framing, checksums, escapes, and their bounds.

/** Longest packet that is taken or sent, its frame aside: what the stub tells as PacketSize. */
export const PACKET_BYTES_MAX = 0x8000;

const DOLLAR = 0x24;
const HASH = 0x23;
const PLUS = 0x2b;
const MINUS = 0x2d;
const STAR = 0x2a;
const ESCAPE = 0x7d;
const ESCAPED_BY = 0x20;
const INTERRUPT = 0x03;

/** What a client sends. */
export type Incoming =
  | { readonly kind: 'packet'; readonly bytes: Uint8Array; readonly sound: boolean }
  /** Longer than any that is taken: what it said is not kept. */
  | { readonly kind: 'overlong' }
  /** 0x03 outside a packet: the user wants the target to stop. */
  | { readonly kind: 'interrupt' }
  /** The packet sent last has arrived, or has not. */
  | { readonly kind: 'ack' }
  | { readonly kind: 'nak' };

type State = 'outside' | 'payload' | 'sum-high' | 'sum-low';

const digitOf = (byte: number): number => {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : -1;
};

/** Takes a client's bytes apart, however they are cut. Holds one packet at most, and skips what is none. */
export class PacketReader {
  readonly #bytes = new Uint8Array(PACKET_BYTES_MAX);
  #length = 0;
  #sum = 0;
  #told = 0;
  #isEscaped = false;
  #state: State = 'outside';

  /** What has become whole with these bytes; of what is asked for no further nothing is read. */
  *read(bytes: Uint8Array): Generator<Incoming> {
    for (const byte of bytes) {
      const found = this.#take(byte);
      if (found !== undefined) yield found;
    }
  }

  #take(byte: number): Incoming | undefined {
    switch (this.#state) {
      case 'outside':
        return this.#outside(byte);
      case 'payload':
        this.#payload(byte);
        return undefined;
      case 'sum-high':
        this.#told = digitOf(byte) * 16;
        this.#state = 'sum-low';
        return undefined;
      default: {
        this.#state = 'outside';
        if (this.#length > PACKET_BYTES_MAX) return { kind: 'overlong' };
        const low = digitOf(byte);
        const sound = this.#told >= 0 && low >= 0 && this.#told + low === this.#sum;
        return { kind: 'packet', bytes: this.#bytes.slice(0, this.#length), sound };
      }
    }
  }

  #outside(byte: number): Incoming | undefined {
    switch (byte) {
      case DOLLAR:
        this.#begin();
        return undefined;
      case PLUS:
        return { kind: 'ack' };
      case MINUS:
        return { kind: 'nak' };
      case INTERRUPT:
        return { kind: 'interrupt' };
      default:
        return undefined;
    }
  }

  #payload(byte: number): void {
    if (byte === HASH) {
      this.#state = 'sum-high';
      return;
    }
    // The one before was cut: "$" is escaped within a packet.
    if (byte === DOLLAR) {
      this.#begin();
      return;
    }
    this.#sum = (this.#sum + byte) & 0xff;
    if (byte === ESCAPE && !this.#isEscaped) {
      this.#isEscaped = true;
      return;
    }
    if (this.#length < PACKET_BYTES_MAX) this.#bytes[this.#length] = this.#isEscaped ? byte ^ ESCAPED_BY : byte;
    if (this.#length <= PACKET_BYTES_MAX) this.#length++;
    this.#isEscaped = false;
  }

  #begin(): void {
    this.#state = 'payload';
    this.#length = 0;
    this.#sum = 0;
    this.#isEscaped = false;
  }
}

const mustEscape = (byte: number): boolean => byte === DOLLAR || byte === HASH || byte === ESCAPE || byte === STAR;

/** A packet as it is sent: text is Latin-1, so that each character is a byte. */
export function framed(payload: Uint8Array | string): Uint8Array {
  const bytes = typeof payload === 'string' ? latin1(payload) : payload;
  const out = new Uint8Array(2 * bytes.length + 4);
  let length = 0;
  let sum = 0;
  const put = (byte: number): void => {
    out[length++] = byte;
    sum = (sum + byte) & 0xff;
  };
  out[length++] = DOLLAR;
  for (const byte of bytes) {
    if (mustEscape(byte)) {
      put(ESCAPE);
      put(byte ^ ESCAPED_BY);
    } else put(byte);
  }
  const checksum = latin1(sum.toString(16).padStart(2, '0'));
  out[length++] = HASH;
  out.set(checksum, length);
  return out.subarray(0, length + checksum.length);
}

export const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0) & 0xff);
export const textOf = (bytes: Uint8Array): string => {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
};

const HEX = '0123456789abcdef';
/** Two digits a byte. */
export function hexOf(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += `${HEX[byte >>> 4]}${HEX[byte & 15]}`;
  return text;
}
/** Undefined where it is no hexadecimal of whole bytes. */
export function bytesOf(hex: string): Uint8Array | undefined {
  if (hex.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(hex)) return undefined;
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}

/** A number of so many bytes, least significant first, as registers are sent. */
export function littleEndian(value: bigint, bytes: number): Uint8Array {
  let rest = value;
  return Uint8Array.from({ length: bytes }, () => {
    const byte = Number(rest & 0xffn);
    rest >>= 8n;
    return byte;
  });
}
export function fromLittleEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] as number);
  return value;
}

/** An address or a length of up to 64 bits; undefined where it is none. */
export const hexNumber = (text: string | undefined): bigint | undefined =>
  text !== undefined && /^[0-9a-f]{1,16}$/i.test(text) ? BigInt(`0x${text}`) : undefined;
