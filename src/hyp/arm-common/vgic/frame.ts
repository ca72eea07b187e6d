import { assert, must } from '../../../base/assert.ts';
import { high32, low32 } from '../../../base/bits.ts';
import type { AccessSize } from '../../../devices/bus/mmio-bus.ts';

/**
 * A register of the distributor or of a redistributor, or an array of them side by side: unlike a device's registers
 * these come in banks with a bit, two bits, a byte or 64 bits an interrupt.
 */
export interface GicRow<D> {
  readonly at: number;
  /** 32-bit words of the whole register or array; 1 where absent. */
  readonly words?: number;
  /** Registers of so many words each, the first of which has this number, or none where there is one alone; else of a word, from 0 on. */
  readonly members?: { readonly words: number; readonly first?: number };
  /** Are byte and halfword accesses allowed (IHI 0069, 12.1.3)? Others of them read as zero and are ignored. */
  readonly bytes?: true;
  readonly read?: (d: D, word: number) => number;
  /** `lanes`: the bits of the word that the access covers. */
  readonly write?: (d: D, word: number, value: number, lanes: number) => void;
}

/** The registers of a frame by their names in the manual. */
export type GicTable<D> = { readonly [name: string]: GicRow<D> };

/** Finds rows by offset, and makes 1-, 2-, 4- and 8-byte accesses of words. Reserved offsets are RAZ/WI. */
export class GicFrame<D> {
  readonly #names: readonly string[];
  readonly #rows: readonly GicRow<D>[];
  /** Number of the row + 1, a word of the frame each: derived from the table. */
  readonly #places: Uint8Array;

  constructor(table: GicTable<D>, size: number) {
    this.#names = Object.keys(table);
    this.#rows = Object.values(table);
    assert(this.#rows.length < 255, 'rows are numbered in a byte');
    this.#places = new Uint8Array(size / 4);
    this.#rows.forEach((row, i) => {
      const first = row.at / 4;
      for (let word = first; word < first + (row.words ?? 1); word++) {
        assert(this.#places[word] === 0, `${this.#names[i]} overlaps no other register`);
        this.#places[word] = i + 1;
      }
    });
  }

  name(offset: number): string | undefined {
    const place = this.#places[offset >>> 2] as number;
    if (place === 0) return undefined;
    const row = must(this.#rows[place - 1], 'row');
    const name = must(this.#names[place - 1], 'name');
    if (row.words === undefined) return name;
    const word = (offset - row.at) >>> 2;
    const { words, first }: NonNullable<typeof row.members> = row.members ?? { words: 1, first: 0 };
    const number = first === undefined ? '' : String(first + Math.floor(word / words));
    // The manual has no name for the upper half of a register.
    return word % words === 0 ? `${name}${number}` : `${name}${number}+${4 * (word % words)}`;
  }

  read(device: D, offset: number, size: AccessSize): bigint {
    if (size === 8)
      return BigInt(this.#word(device, offset, false)) | (BigInt(this.#word(device, offset + 4, false)) << 32n);
    if (size === 4) return BigInt(this.#word(device, offset, false));
    const word = this.#word(device, offset & ~3, true) >>> (8 * (offset & 3));
    return BigInt(word & ((1 << (8 * size)) - 1));
  }

  write(device: D, offset: number, size: AccessSize, value: bigint): void {
    if (size === 8) {
      this.#store(device, offset, low32(value), 0xffff_ffff, false);
      this.#store(device, offset + 4, high32(value), 0xffff_ffff, false);
    } else if (size === 4) {
      this.#store(device, offset, low32(value), 0xffff_ffff, false);
    } else {
      const shift = 8 * (offset & 3);
      const lanes = (((1 << (8 * size)) - 1) << shift) >>> 0;
      this.#store(device, offset & ~3, ((Number(value) << shift) & lanes) >>> 0, lanes, true);
    }
  }

  #word(device: D, offset: number, narrow: boolean): number {
    const row = this.#rows[(this.#places[offset >>> 2] as number) - 1];
    if (!row?.read || (narrow && !row.bytes)) return 0;
    return row.read(device, (offset - row.at) >>> 2) >>> 0;
  }

  #store(device: D, offset: number, value: number, lanes: number, narrow: boolean): void {
    const row = this.#rows[(this.#places[offset >>> 2] as number) - 1];
    if (!row?.write || (narrow && !row.bytes)) return;
    row.write(device, (offset - row.at) >>> 2, value, lanes);
  }
}
