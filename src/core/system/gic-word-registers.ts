import { assert } from '../../base/assert.ts';

/** A memory-mapped register of the GIC, of 32 bits. Without `read` it reads as zero, without `write` it ignores writes. */
export interface GicRegister<G> {
  /** Byte offset in the frame. */
  readonly at: number;
  readonly read?: (gic: G) => number;
  readonly write?: (gic: G, value: number) => void;
}

/** A frame's registers by their names in the manual. */
export type GicRegisters<G> = { readonly [name: string]: GicRegister<G> };

/** The registers by offset. Offsets without one are RAZ/WI. */
export class GicWordRegisters<G> {
  /** Derived from the table. */
  readonly #rows = new Map<number, GicRegister<G>>();

  constructor(registers: GicRegisters<G>) {
    for (const [name, row] of Object.entries(registers)) {
      assert(row.at % 4 === 0 && !this.#rows.has(row.at), `${name} has an offset of its own`);
      this.#rows.set(row.at, row);
    }
  }
  read(gic: G, offset: number): number {
    return (this.#rows.get(offset)?.read?.(gic) ?? 0) >>> 0;
  }
  write(gic: G, offset: number, value: number): void {
    this.#rows.get(offset)?.write?.(gic, value);
  }
}
