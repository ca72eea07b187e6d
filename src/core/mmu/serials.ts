/**
 * Serial numbers stand in TLB entries for what a TLBI can name as a whole (a VMID, an ASID of it, its stage 2): to drop all
 * its entries it gets a new number. None is used twice; 2^27 of them (Stage2 keeps four bits beside) outlast any run.
 */
export class Serials {
  #last = 0;
  next(): number {
    return ++this.#last;
  }
}
