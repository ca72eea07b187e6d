import { PAGE_BYTES } from '../../base/page.ts';

/** log2 of a line's bytes. */
const LINE_BITS = 6;
const HALF_BYTES = PAGE_BYTES / 2;

/** Which lines of 64 bytes of a page hold code that is known: a bit each, 64 a page. A store to the others changes no code.
 * The lines are those of caches, as CTR_EL0.IminLine has them (Arm ARM DDI 0487, D19.2.33), since code is written by them. */
export class CodeLines {
  readonly #bits: Uint32Array;

  constructor(pages: number) {
    this.#bits = new Uint32Array(2 * pages);
  }

  /** Bytes from `from` up to `to`, at most the page's end. */
  add(page: number, from: number, to: number): void {
    const at = 2 * page;
    this.#bits[at] = (this.#bits[at] as number) | maskOf(from, to);
    this.#bits[at + 1] = (this.#bits[at + 1] as number) | maskOf(from - HALF_BYTES, to - HALF_BYTES);
  }
  has(page: number, from: number, to: number): boolean {
    const at = 2 * page;
    const low = (this.#bits[at] as number) & maskOf(from, to);
    return (low | ((this.#bits[at + 1] as number) & maskOf(from - HALF_BYTES, to - HALF_BYTES))) !== 0;
  }
  remove(page: number, from: number, to: number): void {
    const at = 2 * page;
    this.#bits[at] = (this.#bits[at] as number) & ~maskOf(from, to);
    this.#bits[at + 1] = (this.#bits[at + 1] as number) & ~maskOf(from - HALF_BYTES, to - HALF_BYTES);
  }
  isEmpty(page: number): boolean {
    return ((this.#bits[2 * page] as number) | (this.#bits[2 * page + 1] as number)) === 0;
  }
  clear(): void {
    this.#bits.fill(0);
  }
}

/** The first byte of the line. */
export const lineStart = (offset: number): number => offset & (-1 << LINE_BITS);
/** Behind the last line, where bytes up to `to` are meant. */
export const lineEnd = (to: number): number => (to + (1 << LINE_BITS) - 1) & (-1 << LINE_BITS);

/** Of half a page. */
function maskOf(from: number, to: number): number {
  const first = Math.max(from, 0) >> LINE_BITS;
  const last = (Math.min(to, HALF_BYTES) - 1) >> LINE_BITS;
  if (first > 31 || last < first) return 0;
  return (-1 << first) & (-1 >>> (31 - last));
}
