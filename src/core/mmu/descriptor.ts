import { HOST_MEMORY } from '../state/cells.ts';
import type { PeState } from '../state/pe-state.ts';

// The long descriptor format, of VMSAv8-64 and AArch32: Arm ARM DDI 0487, D8.3; DDI 0406C, B3.6. A descriptor and every
// address are kept as two 32-bit halves: numbers above 2^31 would cost boxed doubles on each step of a walk.

/** Fields of the low half. */
export const Low = { valid: 1 << 0, table: 1 << 1, af: 1 << 10, ng: 1 << 11 } as const;
/** Fields of the high half: PXN is bit 53, UXN (XN) bit 54; the table attributes are bits 59..62. */
export const High = {
  pxn: 1 << 21,
  uxn: 1 << 22,
  pxnTable: 1 << 27,
  uxnTable: 1 << 28,
  apTableNoEl0: 1 << 29,
  apTableReadOnly: 1 << 30,
} as const;

export const LEVEL_LAST = 3;
/** Bits of physical addresses, as ID_AA64MMFR0_EL1.PARange of Cortex-A57 says (44). */
export const PHYSICAL_ADDRESS_BITS = 44;

/**
 * log2 of the granule by TCR_ELx.TG0 and VTCR_EL2.TG0. The reserved value selects 4 KiB, as does 16 KiB where that is not implemented
 * (a permitted choice: DDI 0487, D19.2.139, TG0).
 */
export const granuleOfTg0 = (tg: number, has16: boolean): number => (tg === 1 ? 16 : tg === 2 && has16 ? 14 : 12);
/** log2 of the granule by TCR_EL1.TG1. */
export const granuleOfTg1 = (tg: number, has16: boolean): number => (tg === 1 && has16 ? 14 : tg === 3 ? 16 : 12);

const OUTPUT_BITS = [32, 36, 40, 42, 44, 48] as const;
/** Bits of output addresses by IPS or PS: no more than are implemented. */
export const outputBitsOf = (ps: number): number =>
  Math.min(OUTPUT_BITS[ps] ?? PHYSICAL_ADDRESS_BITS, PHYSICAL_ADDRESS_BITS);

/** Bits of input addresses by TxSZ. A value out of range acts as the nearest in range (a permitted choice). D8.2.4. */
export const inputBitsOf = (txsz: number): number => 64 - Math.min(39, Math.max(16, txsz));

/** Lowest input bit that the lookup at a level resolves. */
export const levelShift = (level: number, granule: number): number => (LEVEL_LAST - level) * (granule - 3) + granule;

/** Initial lookup level of stage 1. */
export const initialLevel = (inputBits: number, granule: number): number =>
  4 - Math.ceil((inputBits - granule) / (granule - 3));

export const blockAllowed = (level: number, granule: number): boolean => level === 2 || (level === 1 && granule === 12);

/** `width` bits (at most 20) of a 64-bit value, from bit `shift` on. */
export const bitsOfHalves = (lo: number, hi: number, shift: number, width: number): number => {
  const mask = (1 << width) - 1;
  if (shift >= 32) return (hi >>> (shift - 32)) & mask;
  if (shift + width <= 32) return (lo >>> shift) & mask;
  return ((lo >>> shift) | (hi << (32 - shift))) & mask;
};

const swap32 = (value: number): number =>
  (value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24);

/** Who looks on while tables are walked: told the descriptor's physical address and its halves; `hi` is 0 where it has 32 bits. */
export type DescriptorRead = (pa: number, lo: number, hi: number) => void;

/** Reads descriptors from the emulated physical memory. */
export class TableMemory {
  readonly #u32: Uint32Array;
  readonly #lastDescriptor: number;
  readonly #onRead: DescriptorRead | null;
  /** The descriptor read last. */
  lo = 0;
  hi = 0;

  constructor(cpu: PeState, onRead: DescriptorRead | null = null) {
    this.#u32 = cpu.u32;
    this.#lastDescriptor = cpu.hostBytes - 8;
    this.#onRead = onRead;
  }

  /** Reads a long descriptor. False: no memory there, an external abort. */
  read(paLo: number, paHi: number, bigEndian: boolean): boolean {
    const pa = paLo >>> 0;
    if (paHi !== 0 || pa > this.#lastDescriptor) return false;
    const at = (HOST_MEMORY + pa) >>> 2;
    const first = (this.#u32[at] as number) | 0;
    const second = (this.#u32[at + 1] as number) | 0;
    this.lo = bigEndian ? swap32(second) : first;
    this.hi = bigEndian ? swap32(first) : second;
    if (this.#onRead !== null) this.#onRead(pa, this.lo, this.hi);
    return true;
  }

  /** Reads a short descriptor into `lo`. */
  readShort(paLo: number, paHi: number, bigEndian: boolean): boolean {
    const pa = paLo >>> 0;
    if (paHi !== 0 || pa > this.#lastDescriptor + 4) return false;
    const value = (this.#u32[(HOST_MEMORY + pa) >>> 2] as number) | 0;
    this.lo = bigEndian ? swap32(value) : value;
    if (this.#onRead !== null) this.#onRead(pa, this.lo, 0);
    return true;
  }
}
