import type { InlineTlb } from './inline-tlb.ts';

const PAGES_MAX = 256;
/** Of those noted last: so many are kept for the address space's return. There are seldom more. */
const WITHHELD_MAX = 16;

/**
 * What EL1 reached while its context number stood for several address spaces, and that they do not share: a kernel's few
 * accesses to user memory that are not LDTR or STTR. It must go when the address space changes. In AArch32 it may come back: Linux
 * lets itself reach user memory by DACR or TTBCR for a few accesses at a time (CONFIG_CPU_SW_DOMAIN_PAN, CONFIG_CPU_TTBR0_PAN).
 */
export class UnsharedPages {
  readonly #inline: InlineTlb;
  readonly #lo = new Int32Array(PAGES_MAX);
  readonly #hi = new Int32Array(PAGES_MAX);
  #count = 0;
  #isAarch32 = false;
  /** What tells address spaces apart: a space, serials of non-global entries of both ranges, DACR. */
  readonly #view = Int32Array.of(-1, -1, -1, -1);
  /** That of the pages while they are withheld. */
  readonly #viewOfPages = new Int32Array(4);
  #areWithheld = false;
  #code = false;

  constructor(inline: InlineTlb) {
    this.#inline = inline;
  }

  /** A page is about to enter the inline TLB: of an EL1 in AArch32, or not. */
  note(vaLo: number, vaHi: number, aarch32: boolean): void {
    this.#isAarch32 = aarch32;
    if (this.#areWithheld || this.#count === PAGES_MAX) this.#dropFirst(this.#count);
    this.#areWithheld = false;
    const lo = vaLo & ~0xfff;
    for (let i = this.#count; i-- > 0; ) if (this.#lo[i] === lo && this.#hi[i] === (vaHi | 0)) return;
    this.#lo[this.#count] = lo;
    this.#hi[this.#count] = vaHi;
    this.#count++;
  }
  /** Instructions are fetched from such a page. */
  noteCode(): void {
    this.#code = true;
  }

  /** The address space changes to another. True: jumps to code in such pages must be forgotten. */
  changeView(space: number, asid: number, upperAsid: number, domains: number): boolean {
    const view = this.#view;
    if (this.#count > 0 && !this.#areWithheld) this.#leave();
    view[0] = space;
    view[1] = asid;
    view[2] = upperAsid;
    view[3] = domains;
    if (this.#areWithheld && this.#isViewOfPages()) {
      for (let i = 0; i < this.#count; i++) this.#inline.restore(this.#lo[i] as number);
      this.#areWithheld = false;
    }
    const code = this.#code;
    this.#code = false;
    return code;
  }
  #isViewOfPages(): boolean {
    const [view, of] = [this.#view, this.#viewOfPages];
    return view[3] === of[3] && view[0] === of[0] && view[1] === of[1] && view[2] === of[2];
  }
  #leave(): void {
    this.#dropFirst(this.#isAarch32 ? this.#count - WITHHELD_MAX : this.#count);
    for (let i = 0; i < this.#count; i++) this.#inline.withhold(this.#lo[i] as number);
    this.#viewOfPages.set(this.#view);
    this.#areWithheld = this.#count > 0;
  }
  #dropFirst(pages: number): void {
    if (pages <= 0) return;
    for (let i = 0; i < pages; i++) this.#inline.dropPage(this.#lo[i] as number, this.#hi[i] as number);
    this.#lo.copyWithin(0, pages, this.#count);
    this.#hi.copyWithin(0, pages, this.#count);
    this.#count -= pages;
  }

  /** Nothing of it is in the inline TLB any more. */
  forget(): void {
    this.#count = 0;
    this.#areWithheld = false;
    this.#code = false;
  }
}
