import type { InlineTlb } from './inline-tlb.ts';

const PAGES_MAX = 256;

/**
 * What EL1 reached while its context number stood for several address spaces, and that they do not share: a kernel's few
 * accesses to user memory that are not LDTR or STTR. It must go when the address space changes.
 */
export class UnsharedPages {
  readonly #inline: InlineTlb;
  readonly #lo = new Int32Array(PAGES_MAX);
  readonly #hi = new Int32Array(PAGES_MAX);
  #count = 0;
  #code = false;

  constructor(inline: InlineTlb) {
    this.#inline = inline;
  }

  /** A page is about to enter the inline TLB. */
  note(vaLo: number, vaHi: number): void {
    if (this.#count === PAGES_MAX) this.#dropData();
    this.#lo[this.#count] = vaLo;
    this.#hi[this.#count] = vaHi;
    this.#count++;
  }
  /** Instructions are fetched from such a page. */
  noteCode(): void {
    this.#code = true;
  }

  /** Drops the pages from the inline TLB. True: jumps to their code must be forgotten too. */
  drop(): boolean {
    if (this.#count > 0) this.#dropData();
    const code = this.#code;
    this.#code = false;
    return code;
  }
  #dropData(): void {
    for (let i = 0; i < this.#count; i++) this.#inline.dropPage(this.#lo[i] as number, this.#hi[i] as number);
    this.#count = 0;
  }
}
