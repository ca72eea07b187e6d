import { bit, bits } from '../../../base/bits.ts';

/** One register's part of an access: R<reg>, or a word of D<reg> (`half` 1 is its bits [63:32]). */
export interface Transfer {
  readonly offset: number;
  readonly size: 1 | 2 | 4;
  readonly register: 'r' | 'd';
  readonly reg: number;
  readonly half: 0 | 1;
  readonly signExtend: boolean;
}

/** What a load or store does: transfers from `address` on, then perhaps a new value of its base register. */
export interface LoadStore {
  readonly load: boolean;
  readonly address: number;
  readonly writeBack: { readonly reg: number; readonly value: number } | null;
  readonly transfers: readonly Transfer[];
}

/** What decoding needs of the guest's state. */
export interface Operands {
  /** R0..R14. */
  readonly r: (n: number) => number;
  readonly carry: boolean;
  readonly bigEndian: boolean;
}

/** An encoding: matched where the bits of `mask` are those of `value`. */
export interface EncodingRow {
  readonly mask: number;
  readonly value: number;
  readonly plan: (word: number, operands: Operands) => LoadStore | undefined;
}

const PC = 15;

/** The first row that matches; undefined for what a device cannot take (exclusives, multiples, PC). */
export function planByRow(rows: readonly EncodingRow[], word: number, operands: Operands): LoadStore | undefined {
  const row = rows.find(({ mask, value }) => (word & mask) >>> 0 === value);
  return row?.plan(word, operands);
}

/** Offset addressing: P (index before), U (add), W (write back), as instructions have them. */
export interface Addressing {
  readonly base: number;
  readonly offset: number;
  readonly p: 0 | 1;
  readonly u: 0 | 1;
  readonly w: 0 | 1;
}

/** P, U, W and Rn in their usual places. */
export const indexed = (word: number, offset: number): Addressing => ({
  base: bits(word, 19, 16),
  offset,
  p: bit(word, 24),
  u: bit(word, 23),
  w: bit(word, 21),
});

/** An offset that is added, and no write-back. */
export const plain = (base: number, offset: number): Addressing => ({ base, offset, p: 1, u: 1, w: 0 });

export function access(
  load: boolean,
  at: Addressing,
  transfers: readonly Transfer[],
  { r }: Operands,
): LoadStore | undefined {
  const isWritten = at.p === 0 || at.w === 1;
  const registers = transfers.filter((t) => t.register === 'r').map((t) => t.reg);
  // UNPREDICTABLE: the base or PC among them.
  if (at.base === PC || registers.includes(PC) || (isWritten && registers.includes(at.base))) return undefined;
  const base = r(at.base);
  const moved = (base + (at.u ? at.offset : -at.offset)) >>> 0;
  return {
    load,
    address: at.p ? moved : base,
    writeBack: isWritten ? { reg: at.base, value: moved } : null,
    transfers,
  };
}

export const single = (reg: number, size: Transfer['size'], signExtend = false): readonly Transfer[] => [
  { offset: 0, size, register: 'r', reg, half: 0, signExtend },
];

/** LDRD, STRD: two words. */
export const dual = (first: number, second: number): readonly Transfer[] =>
  [first, second].map((reg, i) => ({ offset: 4 * i, size: 4, register: 'r', reg, half: 0, signExtend: false }));

/**
 * VLDR, VSTR, alike in A32 and T32 (Arm ARM DDI 0406, A8.8.333): S<2n> and S<2n+1> are the halves of D<n>; D registers are
 * two words, in the order of memory.
 */
export function vfp(word: number, operands: Operands): LoadStore | undefined {
  const [d, vd] = [bit(word, 22), bits(word, 15, 12)];
  const isDouble = bit(word, 8) === 1;
  const both = operands.bigEndian ? ([1, 0] as const) : ([0, 1] as const);
  const transfers = (isDouble ? both : [d]).map((half, i): Transfer => {
    const reg = isDouble ? (d << 4) | vd : vd;
    return { offset: 4 * i, size: 4, register: 'd', reg, half, signExtend: false };
  });
  return access(bit(word, 20) === 1, indexed(word, 4 * bits(word, 7, 0)), transfers, operands);
}
