// Loads and stores as the hypervisor makes them in the guest's place.
import { bits } from '../../base/bits.ts';

interface Part {
  /** Bytes from the start of the access. */
  readonly offset: number;
  readonly size: 1 | 2 | 4 | 8;
  readonly reg: number;
}
/** X<reg>, extended to so many bytes. */
export interface GeneralTransfer extends Part {
  readonly register: 'x';
  readonly signExtend: boolean;
  readonly registerBytes: 4 | 8;
}
/** Bytes of V<reg> from byte `at` on. */
export interface VectorTransfer extends Part {
  readonly register: 'v';
  readonly at: number;
  /** A load makes the rest of the register zero. */
  readonly whole: boolean;
  /** A load fills so many bytes of the register with copies. */
  readonly copies?: 8 | 16;
}
/** One register, or part of one, and where in memory it goes. */
export type Transfer = GeneralTransfer | VectorTransfer;

/** What a load or store does: transfers from an address on, then perhaps a new value of its base register. */
export interface LoadStore {
  readonly load: boolean;
  readonly address: bigint;
  /** 31 is SP. */
  readonly writeBack: { readonly reg: number; readonly value: bigint } | null;
  readonly transfers: readonly Transfer[];
}

/** What decoding needs of the guest's state. */
export interface Operands {
  /** X0..X30; 31 is zero. */
  readonly x: (n: number) => bigint;
  /** X0..X30; 31 is SP. */
  readonly xsp: (n: number) => bigint;
  readonly pc: bigint;
  /** Of a block of DC ZVA. */
  readonly zvaBytes: number;
}

/** An address, modulo 2 ** 64. */
export const wrap = (address: bigint): bigint => BigInt.asUintN(64, address);

/** At Rn plus `offset`, or with `writeBack` "post" at Rn; Rn then becomes the sum. */
export function based(
  word: number,
  offset: bigint,
  writeBack: 'pre' | 'post' | null,
  { xsp }: Operands,
): Pick<LoadStore, 'address' | 'writeBack'> {
  const reg = bits(word, 9, 5);
  const base = xsp(reg);
  const moved = wrap(base + offset);
  return { address: writeBack === 'post' ? base : moved, writeBack: writeBack === null ? null : { reg, value: moved } };
}
