// Entries are found by VA page and by the low bits of the ASID's serial: so one page can be in SPREAD sets, and a TLBI by
// address looks at SPREAD * WAYS entries whatever the ASID.
const SETS = 4096;
const WAYS = 4;
const SPREAD = 4;
const ENTRIES = SETS * WAYS;
/** log2 of the largest mapping whose 4 KiB pages are looked up one by one when it is dropped: beyond, all entries are scanned. */
const PROBED_BITS_MAX = 16;

export const SPACES_MAX = 4096;
/** ASID serial of global entries. */
export const GLOBAL = 0;
/** Matches the entries of all ASIDs. */
export const ANY_ASID = -1;
/** Of a VA's high half: what TLBs compare (VA[55:32]). */
export const VA_HIGH_MASK = 0x00ff_ffff;

/**
 * Translations, combined of both stages, at 4 KiB granularity. An entry belongs to a space (a regime, VMID and setting of
 * the control registers, numbered 1..4095; number 0 is that of empty entries) and to the serial of an ASID. A number
 * that is given up leaves entries that never match again.
 */
export class Tlb {
  /** VA[31:12] and the space. */
  readonly #keyLo = new Int32Array(ENTRIES);
  /** VA[55:32]. */
  readonly #keyHi = new Int32Array(ENTRIES);
  readonly #asid = new Int32Array(ENTRIES);
  /** PA[43:12]. */
  readonly #page = new Int32Array(ENTRIES);
  /** What else the result holds: packed by the MMU. */
  readonly #rest = new Int32Array(ENTRIES);
  readonly #victim = new Uint8Array(SETS);

  /** Index of the entry for a page, or -1. */
  find(vaLo: number, vaHi: number, space: number, asid: number): number {
    const keyLo = (vaLo & ~0xfff) | space;
    const keyHi = vaHi & VA_HIGH_MASK;
    const first = setOf(vaLo, vaHi, asid);
    for (let at = first; at < first + WAYS; at++) {
      if (this.#keyLo[at] === keyLo && this.#keyHi[at] === keyHi) {
        const owner = this.#asid[at];
        if (owner === asid || owner === GLOBAL) return at;
      }
    }
    return -1;
  }

  pageOf(at: number): number {
    return this.#page[at] as number;
  }
  restOf(at: number): number {
    return this.#rest[at] as number;
  }

  /** `asid`: the current one, also where the entry is to be global. */
  insert(vaLo: number, vaHi: number, space: number, asid: number, global: boolean, page: number, rest: number): void {
    const found = this.find(vaLo, vaHi, space, asid);
    let at = found;
    if (found < 0) {
      const first = setOf(vaLo, vaHi, asid);
      const way = this.#victim[first / WAYS] as number;
      this.#victim[first / WAYS] = (way + 1) & (WAYS - 1);
      at = first + way;
    }
    this.#keyLo[at] = (vaLo & ~0xfff) | space;
    this.#keyHi[at] = vaHi & VA_HIGH_MASK;
    this.#asid[at] = global ? GLOBAL : asid;
    this.#page[at] = page;
    this.#rest[at] = rest;
  }

  /** Drops the entries of a page that belong to an owner (`owners` by space) and to an ASID or are global. */
  dropPage(vaLo: number, vaHi: number, owners: Int32Array, owner: number, asid: number): void {
    const keyHi = vaHi & VA_HIGH_MASK;
    for (let spread = 0; spread < SPREAD; spread++) {
      const first = setOf(vaLo, vaHi, spread);
      for (let at = first; at < first + WAYS; at++) {
        const keyLo = this.#keyLo[at] as number;
        if (((keyLo ^ vaLo) & ~0xfff) !== 0 || this.#keyHi[at] !== keyHi) continue;
        const entryAsid = this.#asid[at];
        if (asid !== ANY_ASID && entryAsid !== asid && entryAsid !== GLOBAL) continue;
        if (owners[keyLo & 0xfff] === owner) this.#keyLo[at] = 0;
      }
    }
  }

  /** Drops all entries in the aligned 2^bits bytes around a VA, whoever they belong to; bits 12..30. */
  dropRange(vaLo: number, vaHi: number, bits: number): void {
    if (bits <= PROBED_BITS_MAX) {
      for (let offset = 0; offset < 1 << bits; offset += 4096)
        this.#dropPageOfAll((vaLo & (-1 << bits)) | offset, vaHi);
      return;
    }
    const keyHi = vaHi & VA_HIGH_MASK;
    for (let at = 0; at < ENTRIES; at++) {
      if (((this.#keyLo[at] as number) ^ vaLo) >>> bits === 0 && this.#keyHi[at] === keyHi) this.#keyLo[at] = 0;
    }
  }

  clear(): void {
    this.#keyLo.fill(0);
  }

  #dropPageOfAll(vaLo: number, vaHi: number): void {
    const keyHi = vaHi & VA_HIGH_MASK;
    for (let spread = 0; spread < SPREAD; spread++) {
      const first = setOf(vaLo, vaHi, spread);
      for (let at = first; at < first + WAYS; at++) {
        if ((((this.#keyLo[at] as number) ^ vaLo) & ~0xfff) === 0 && this.#keyHi[at] === keyHi) this.#keyLo[at] = 0;
      }
    }
  }
}

/** First entry of the set for a page and an ASID serial. */
const setOf = (vaLo: number, vaHi: number, asid: number): number => {
  const page = (vaLo >>> 12) ^ (vaLo >>> 24) ^ (vaHi << 5);
  return ((page ^ ((asid & (SPREAD - 1)) * (SETS / SPREAD))) & (SETS - 1)) * WAYS;
};
