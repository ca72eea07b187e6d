/** Stage 2's cache keeps four bits beside a serial. */
const SERIALS_MAX = 2 ** 27;

/**
 * Serial numbers stand in TLB entries and contexts for what a TLBI can name as a whole (a VMID, an ASID of it, its stage 2): with
 * its entries it loses its number and gets a new one. None is used twice before `restart`.
 */
export class Serials {
  #last = 0;

  next(): number {
    return ++this.#last;
  }
  /** The number given last. */
  get last(): number {
    return this.#last;
  }
  /** So many are used that all must start anew. Well before the numbers end, since an operation takes several. */
  get areSpent(): boolean {
    return this.#last >= SERIALS_MAX - 2 ** 20;
  }
  restart(last = 0): void {
    this.#last = last;
  }
}
