const SLOTS = 65536;

/** A hashed set of the pages that instructions were fetched from: a TLBI by address (Arm ARM DDI 0487, D8.13.5) for other pages need not tell the engine. */
export class CodePages {
  readonly #slots = new Uint8Array(SLOTS);

  note(vaLo: number, vaHi: number): void {
    this.#slots[slotOf(vaLo, vaHi)] = 1;
  }
  mayHave(vaLo: number, vaHi: number): boolean {
    return this.#slots[slotOf(vaLo, vaHi)] !== 0;
  }
  clear(): void {
    this.#slots.fill(0);
  }
}

const slotOf = (vaLo: number, vaHi: number): number => ((vaLo >>> 12) ^ (vaHi << 3) ^ (vaLo >>> 28)) & (SLOTS - 1);
