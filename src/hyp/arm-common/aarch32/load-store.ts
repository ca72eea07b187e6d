import { bit, bits } from '../../../base/bits.ts';

interface Part {
  /** Bytes from the start of the access. */
  readonly offset: number;
  readonly size: 1 | 2 | 4;
  readonly reg: number;
}
/** R<reg>; a load of R15 is a jump. */
export interface GeneralTransfer extends Part {
  readonly register: 'r';
  readonly signExtend: boolean;
}
/** Bytes of D<reg> from byte `at` on. */
export interface VectorTransfer extends Part {
  readonly register: 'd';
  readonly at: number;
  /** A load fills the whole register with copies. */
  readonly copied?: true;
}
/** One register and where in memory it goes. */
export type Transfer = GeneralTransfer | VectorTransfer;

/** What a load or store does: transfers from `address` on, then perhaps a new value of its base register. */
export interface LoadStore {
  readonly load: boolean;
  readonly address: number;
  readonly writeBack: { readonly reg: number; readonly value: number } | null;
  readonly transfers: readonly Transfer[];
}

/** What decoding needs of the guest's state. */
export interface Operands {
  /** R0..R14, and the PC as an instruction reads it, aligned to words. */
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

/** The first row that matches; undefined for what is not carried out (see `makeAccesses`). */
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

/** An access that is described by where its base register goes and what it transfers. */
export function access(
  load: boolean,
  at: Addressing,
  transfers: readonly Transfer[],
  { r }: Operands,
): LoadStore | undefined {
  const isWritten = at.p === 0 || at.w === 1;
  // UNPREDICTABLE uses of PC: to be written back, or as part of anything but one word.
  if (isWritten && at.base === PC) return undefined;
  if (transfers.some((t) => t.reg === PC && t.register === 'r' && (t.size !== 4 || transfers.length > 1)))
    return undefined;
  const base = r(at.base);
  const moved = (base + (at.u ? at.offset : -at.offset)) >>> 0;
  return {
    load,
    address: at.p ? moved : base,
    writeBack: isWritten ? { reg: at.base, value: moved } : null,
    transfers,
  };
}

/** The transfer of one register at the address itself. */
export const single = (reg: number, size: Transfer['size'], signExtend = false): readonly Transfer[] => [
  { offset: 0, size, register: 'r', reg, signExtend },
];

const words = (regs: readonly number[]): readonly Transfer[] =>
  regs.map((reg, i) => ({ offset: 4 * i, size: 4, register: 'r', reg, signExtend: false }));

/** LDRD, STRD: two words. */
export const dual = (first: number, second: number): readonly Transfer[] => words([first, second]);

/** LDM, STM: before the first word or behind it (P), up or down (U), write back (W). A stored base is the old one. */
export function multiple(
  load: boolean,
  { base, p, u, w }: Omit<Addressing, 'offset'>,
  list: number,
  { r }: Operands,
): LoadStore | undefined {
  const regs = Array.from({ length: 16 }, (_, n) => n).filter((n) => bit(list, n) === 1);
  if (base === PC || regs.length === 0) return undefined;
  const start = r(base);
  const bytes = 4 * regs.length;
  const lowest = u ? start + (p ? 4 : 0) : start - bytes + (p ? 0 : 4);
  return {
    load,
    address: lowest >>> 0,
    writeBack: w ? { reg: base, value: (u ? start + bytes : start - bytes) >>> 0 } : null,
    transfers: words(regs),
  };
}

/**
 * VLDR, VSTR, alike in A32 and T32 (Arm ARM DDI 0406, A8.8.333): S<2n> and S<2n+1> are the halves of D<n>; D registers are
 * two words, in the order of memory.
 */
export function vfp(word: number, operands: Operands): LoadStore | undefined {
  const [d, vd] = [bit(word, 22), bits(word, 15, 12)];
  const isDouble = bit(word, 8) === 1;
  const transfers = isDouble
    ? doubleWords((d << 4) | vd, 1, operands)
    : [{ offset: 0, size: 4, register: 'd', reg: vd, at: 4 * d } as const];
  return access(bit(word, 20) === 1, indexed(word, 4 * bits(word, 7, 0)), transfers, operands);
}

/** D registers from `first` on, each as two words in the order of memory. */
export const doubleWords = (first: number, count: number, { bigEndian }: Operands): readonly VectorTransfer[] =>
  Array.from({ length: 2 * count }, (_, i) => ({
    offset: 4 * i,
    size: 4,
    register: 'd',
    reg: first + (i >>> 1),
    at: ((i & 1) === 1) === bigEndian ? 0 : 4,
  }));

/** VLDM, VSTM, VPUSH, VPOP, and FLDMX and FSTMX with their odd number of words (A8.8.332, A8.8.413). */
export function vfpMultiple(word: number, operands: Operands): LoadStore | undefined {
  const [p, u, w] = [bit(word, 24), bit(word, 23), bit(word, 21)];
  const base = bits(word, 19, 16);
  const [d, vd] = [bit(word, 22), bits(word, 15, 12)];
  const imm8 = bits(word, 7, 0);
  const isDouble = bit(word, 8) === 1;
  const first = isDouble ? (d << 4) | vd : (vd << 1) | d;
  const count = isDouble ? imm8 >>> 1 : imm8;
  // Up from the base, or with write-back down before it: what is neither is VLDR, MCRR or nothing.
  if (p === u || (p === 1 && w === 0) || count === 0 || first + count > 32 || (w === 1 && base === PC))
    return undefined;
  const singles = (): readonly VectorTransfer[] =>
    Array.from({ length: count }, (_, i) => ({
      offset: 4 * i,
      size: 4,
      register: 'd',
      reg: (first + i) >>> 1,
      at: 4 * ((first + i) & 1),
    }));
  const start = operands.r(base);
  const moved = (u ? start + 4 * imm8 : start - 4 * imm8) >>> 0;
  return {
    load: bit(word, 20) === 1,
    address: u ? start : moved,
    writeBack: w ? { reg: base, value: moved } : null,
    transfers: isDouble ? doubleWords(first, count, operands) : singles(),
  };
}
