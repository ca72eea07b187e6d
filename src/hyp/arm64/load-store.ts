import { signExtend } from '../../base/bits.ts';

/** One register's transfer of an access: `half` 1 is V<reg>[127:64]. */
export interface Transfer {
  readonly offset: number;
  readonly size: 1 | 2 | 4 | 8;
  readonly register: 'x' | 'v';
  readonly reg: number;
  readonly half: 0 | 1;
  readonly signExtend: boolean;
  readonly registerBytes: 4 | 8;
}

/** What a load or store does: transfers at Rn + `offset`, then perhaps Rn + `writeBack` into Rn. */
export interface LoadStore {
  readonly load: boolean;
  /** 31 is SP. */
  readonly base: number;
  readonly offset: bigint;
  readonly writeBack: bigint | null;
  readonly transfers: readonly Transfer[];
  /** DC ZVA aligns its address down to the block. */
  readonly alignedTo?: number;
}

type X = (n: number) => bigint;

const DC_ZVA = 0xd50b7420;
const field = (word: number, hi: number, lo: number): number => (word >>> lo) & ((1 << (hi - lo + 1)) - 1);

function transfers(
  register: 'x' | 'v',
  regs: readonly number[],
  bytes: number,
  sign = false,
  registerBytes: 4 | 8 = 8,
): Transfer[] {
  return regs.flatMap((reg, i): Transfer[] => {
    const one = (half: 0 | 1, size: Transfer['size']): Transfer => ({
      offset: i * bytes + 8 * half,
      size,
      register,
      reg,
      half,
      signExtend: sign,
      registerBytes,
    });
    return bytes === 16 ? [one(0, 8), one(1, 8)] : [one(0, bytes as Transfer['size'])];
  });
}

/** LDP, STP, LDNP, STNP, LDPSW, of general and of SIMD&FP registers. */
function pair(word: number): LoadStore | undefined {
  const opc = field(word, 31, 30);
  const v = field(word, 26, 26) === 1;
  const load = field(word, 22, 22) === 1;
  const index = field(word, 24, 23);
  if (opc === 3 || (!v && opc === 1 && !load)) return undefined;
  const bytes = v ? 4 << opc : opc === 2 ? 8 : 4;
  const delta = BigInt(signExtend(field(word, 21, 15), 7) * bytes);
  const regs = [field(word, 4, 0), field(word, 14, 10)];
  const sign = !v && opc === 1;
  return {
    load,
    base: field(word, 9, 5),
    offset: index === 1 ? 0n : delta,
    writeBack: index === 1 || index === 3 ? delta : null,
    transfers: transfers(v ? 'v' : 'x', regs, bytes, sign, sign || opc === 2 ? 8 : 4),
  };
}

/** LDR and STR of one register, any addressing but literal. */
function single(word: number, x: X): LoadStore | undefined {
  const size = field(word, 31, 30);
  const opc = field(word, 23, 22);
  const v = field(word, 26, 26) === 1;
  const log2 = v && opc >= 2 ? 4 : size;
  if (v && opc >= 2 && size !== 0) return undefined;
  // PRFM does not fault; size 2 opc 3 is unallocated.
  if (!v && ((size === 3 && opc >= 2) || (size === 2 && opc === 3))) return undefined;
  const bytes = 1 << log2;
  const base = {
    load: v ? (opc & 1) === 1 : opc !== 0,
    base: field(word, 9, 5),
    transfers: transfers(v ? 'v' : 'x', [field(word, 4, 0)], bytes, !v && opc >= 2, size === 3 || opc === 2 ? 8 : 4),
  };
  if (field(word, 24, 24) === 1) return { ...base, offset: BigInt(field(word, 21, 10) * bytes), writeBack: null };
  if (field(word, 21, 21) === 1) {
    if (field(word, 11, 10) !== 2) return undefined;
    return { ...base, offset: extended(word, x) << BigInt(field(word, 12, 12) * log2), writeBack: null };
  }
  const delta = BigInt(signExtend(field(word, 20, 12), 9));
  const mode = field(word, 11, 10);
  return { ...base, offset: mode === 1 ? 0n : delta, writeBack: (mode & 1) === 1 ? delta : null };
}

/** The offset register by its option: UXTW, LSL, SXTW, SXTX. */
function extended(word: number, x: X): bigint {
  const m = x(field(word, 20, 16));
  const option = field(word, 15, 13);
  if (option === 2) return BigInt.asUintN(32, m);
  return option === 6 ? BigInt.asIntN(32, m) : m;
}

/** LD1 and ST1 of 1 to 4 whole registers, which interleave nothing. */
const ld1Registers: { readonly [opcode: number]: number } = { 7: 1, 10: 2, 6: 3, 2: 4 };

function multiple(word: number, x: X): LoadStore | undefined {
  const count = ld1Registers[field(word, 15, 12)];
  if (count === undefined) return undefined;
  const bytes = field(word, 30, 30) === 1 ? 16 : 8;
  const rt = field(word, 4, 0);
  const rm = field(word, 20, 16);
  const post = field(word, 23, 23) === 1;
  return {
    load: field(word, 22, 22) === 1,
    base: field(word, 9, 5),
    offset: 0n,
    writeBack: post ? (rm === 31 ? BigInt(count * bytes) : x(rm)) : null,
    transfers: transfers(
      'v',
      Array.from({ length: count }, (_, i) => (rt + i) % 32),
      bytes,
    ),
  };
}

/** DC ZVA as stores of XZR over the block. */
function zero(word: number, x: X, blockBytes: number): LoadStore {
  const regs = new Array<number>(blockBytes / 8).fill(31);
  return {
    load: false,
    base: 31,
    offset: x(word & 31),
    writeBack: null,
    transfers: transfers('x', regs, 8),
    alignedTo: blockBytes,
  };
}

/**
 * Decodes what an abort's syndrome does not describe: pairs, write-back, SIMD&FP registers, DC ZVA. Undefined for all that
 * a device cannot take: exclusives, interleaving structures, literals.
 * @param x a general-purpose register's value, for register offsets
 */
export function decodeLoadStore(word: number, x: X, zvaBytes: number): LoadStore | undefined {
  if ((word & 0xffff_ffe0) >>> 0 === DC_ZVA) return zero(word, x, zvaBytes);
  if ((word & 0x3a00_0000) >>> 0 === 0x2800_0000) return pair(word);
  if ((word & 0x3a00_0000) >>> 0 === 0x3800_0000) return single(word, x);
  // Multiple structures, without and with post-index.
  if ((word & 0xbfbf_0000) >>> 0 === 0x0c00_0000 || (word & 0xbfa0_0000) >>> 0 === 0x0c80_0000)
    return multiple(word, x);
  return undefined;
}
