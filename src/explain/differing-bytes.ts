import { PAGE_BYTES } from '../base/page.ts';

/** Pages beyond these are marked as a whole: a bit a byte of them would be too much. */
const PAGES_BY_BYTE_MAX = 1 << 14;

/** Bytes of a guest's RAM in which two guests differ: places from RAM's base on. */
export class DifferingBytes {
  /** By page: a bit a byte, or all of them. */
  readonly #pages = new Map<number, Uint8Array | 'all'>();

  get isEmpty(): boolean {
    return this.#pages.size === 0;
  }
  /** Ascending. */
  get pages(): number[] {
    return [...this.#pages.keys()].sort((a, b) => a - b);
  }
  /** What differs of a page is noted. */
  add(page: number, a: Uint8Array, b: Uint8Array): void {
    if (this.#pages.size >= PAGES_BY_BYTE_MAX) {
      this.#pages.set(page, 'all');
      return;
    }
    const bits = new Uint8Array(PAGE_BYTES / 8);
    for (let i = 0; i < PAGE_BYTES; i++) if (a[i] !== b[i]) bits[i >>> 3] = (bits[i >>> 3] as number) | (1 << (i & 7));
    this.#pages.set(page, bits);
  }
  has(page: number, at: number): boolean {
    const bits = this.#pages.get(page);
    return bits === 'all' || (bits !== undefined && ((bits[at >>> 3] as number) & (1 << (at & 7))) !== 0);
  }
  /** Whether two pages differ in a byte that is none of these. */
  isElsewhere(page: number, a: Uint8Array, b: Uint8Array): boolean {
    const bits = this.#pages.get(page);
    if (bits === 'all') return false;
    for (let i = 0; i < PAGE_BYTES; i++) if (a[i] !== b[i] && !this.has(page, i)) return true;
    return false;
  }
  /** Stretches of neighbours, ascending. */
  *runs(): Generator<{ readonly at: number; readonly bytes: number }> {
    let from = -1;
    let end = -1;
    for (const page of this.pages) {
      for (let i = 0; i < PAGE_BYTES; i++) {
        if (!this.has(page, i)) continue;
        const at = page * PAGE_BYTES + i;
        if (at !== end) {
          if (from >= 0) yield { at: from, bytes: end - from };
          from = at;
        }
        end = at + 1;
      }
    }
    if (from >= 0) yield { at: from, bytes: end - from };
  }
}
