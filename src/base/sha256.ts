import { count, type Field, list, octets, record, u32 } from './fields.ts';

const BLOCK_BYTES = 64;

/** The first 32 bits of the fractional parts of the roots of the first primes (FIPS 180-4, 4.2.2, 5.3.3), in whole numbers. */
function fractions(primes: readonly number[], power: bigint): number[] {
  return primes.map((prime) => {
    // floor(prime^(1/power) * 2^32), by bisection.
    const target = BigInt(prime) << (32n * power);
    let low = 0n;
    for (let bit = 1n << 37n; bit > 0n; bit >>= 1n) if ((low + bit) ** power <= target) low += bit;
    return Number(BigInt.asUintN(32, low));
  });
}
const primes: number[] = [];
for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p !== 0)) primes.push(n);
const ROUND = Uint32Array.from(fractions(primes, 3n));
const INITIAL: readonly number[] = fractions(primes.slice(0, 8), 2n);

const right = (x: number, n: number): number => (x >>> n) | (x << (32 - n));

/** What is taken up of a digest: the hash value so far, the bytes since the last whole block, and how many in all. */
export interface Sha256State {
  words: number[];
  rest: Uint8Array;
  bytes: number;
}
/** What a saved one may hold. */
export const sha256State: Field<Sha256State> = record<Sha256State>(
  { words: list(u32, 8), rest: octets({ max: BLOCK_BYTES - 1 }), bytes: count },
  ({ words, rest, bytes }) => {
    if (rest.length !== bytes % BLOCK_BYTES) return ['rest', 'not what is left of whole blocks'];
    const isFirst = bytes < BLOCK_BYTES && words.some((word, i) => word !== INITIAL[i]);
    return isFirst ? ['words', 'not the initial value, before the first block'] : undefined;
  },
);

/**
 * SHA-256 (FIPS 180-4) of bytes that come one after the other, whose state can be saved and taken up again: what Node's
 * cannot. For what comes slowly; whole blocks of memory are for `node:crypto`.
 */
export class Sha256 {
  #words = Uint32Array.from(INITIAL);
  readonly #block = new Uint8Array(BLOCK_BYTES);
  #bytes = 0;
  readonly #schedule = new Uint32Array(64);

  add(byte: number): void {
    this.#block[this.#bytes++ % BLOCK_BYTES] = byte;
    if (this.#bytes % BLOCK_BYTES === 0) this.#compress(this.#words);
  }

  /** Of all bytes so far, in hexadecimal; more may follow. */
  hex(): string {
    const used = this.#bytes % BLOCK_BYTES;
    const kept = this.#block.slice(0, used);
    const words = this.#words.slice();
    this.#block[used] = 0x80;
    this.#block.fill(0, used + 1);
    const lengthAt = BLOCK_BYTES - 8;
    if (used >= lengthAt) {
      this.#compress(words);
      this.#block.fill(0);
    }
    new DataView(this.#block.buffer).setBigUint64(lengthAt, BigInt(this.#bytes) * 8n);
    this.#compress(words);
    this.#block.set(kept);
    return Array.from(words, (word) => word.toString(16).padStart(8, '0')).join('');
  }

  save(): Sha256State {
    return {
      words: [...this.#words],
      rest: this.#block.slice(0, this.#bytes % BLOCK_BYTES),
      bytes: this.#bytes,
    };
  }
  /** @param state as read by `sha256State` */
  restore({ words, rest, bytes }: Sha256State): void {
    this.#words = Uint32Array.from(words);
    this.#block.set(rest);
    this.#bytes = bytes;
  }

  /** FIPS 180-4, 6.2.2. */
  #compress(words: Uint32Array): void {
    const w = this.#schedule;
    const view = new DataView(this.#block.buffer);
    for (let t = 0; t < 16; t++) w[t] = view.getUint32(4 * t);
    for (let t = 16; t < 64; t++) {
      const [x, y] = [w[t - 15] as number, w[t - 2] as number];
      const s0 = right(x, 7) ^ right(x, 18) ^ (x >>> 3);
      const s1 = right(y, 17) ^ right(y, 19) ^ (y >>> 10);
      w[t] = (w[t - 16] as number) + s0 + (w[t - 7] as number) + s1;
    }
    let [a, b, c, d, e, f, g, h] = words as unknown as [number, number, number, number, number, number, number, number];
    for (let t = 0; t < 64; t++) {
      const s1 = right(e, 6) ^ right(e, 11) ^ right(e, 25);
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + (ROUND[t] as number) + (w[t] as number)) | 0;
      const s0 = right(a, 2) ^ right(a, 13) ^ right(a, 22);
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((value, i) => {
      words[i] = (words[i] as number) + value;
    });
  }
}
