import { must } from '../../../base/assert.ts';
import { bit, bits } from '../../../base/bits.ts';
import {
  type Addressing,
  access,
  dual,
  type EncodingRow,
  indexed,
  type LoadStore,
  multiple,
  type Operands,
  plain,
  planByRow,
  single,
  type Transfer,
  vfp,
  vfpMultiple,
} from './load-store.ts';
import { structure } from './simd-load-store.ts';

const SP = 13;
const LR = 14;
const PC = 15;

interface Form {
  readonly load: boolean;
  readonly size: Transfer['size'];
  readonly signExtend?: true;
}

/** By opB of the 16-bit forms with a register offset: STR, STRH, STRB, LDRSB, LDR, LDRH, LDRB, LDRSH (Arm ARM DDI 0406, A6.2.4). */
const byOpB: readonly Form[] = [
  { load: false, size: 4 },
  { load: false, size: 2 },
  { load: false, size: 1 },
  { load: true, size: 1, signExtend: true },
  { load: true, size: 4 },
  { load: true, size: 2 },
  { load: true, size: 1 },
  { load: true, size: 2, signExtend: true },
];

function registerOffset16(word: number, operands: Operands): LoadStore | undefined {
  const { load, size, signExtend } = must(byOpB[bits(word, 11, 9)], 'form');
  const at = plain(bits(word, 5, 3), operands.r(bits(word, 8, 6)));
  return access(load, at, single(bits(word, 2, 0), size, signExtend), operands);
}

const immediate16 =
  (size: Transfer['size']) =>
  (word: number, operands: Operands): LoadStore | undefined =>
    access(
      bit(word, 11) === 1,
      plain(bits(word, 5, 3), size * bits(word, 10, 6)),
      single(bits(word, 2, 0), size),
      operands,
    );

const literal16 = (word: number, operands: Operands): LoadStore | undefined =>
  access(true, plain(PC, 4 * bits(word, 7, 0)), single(bits(word, 10, 8), 4), operands);
const stack16 = (word: number, operands: Operands): LoadStore | undefined =>
  access(bit(word, 11) === 1, plain(SP, 4 * bits(word, 7, 0)), single(bits(word, 10, 8), 4), operands);

/** How a 32-bit form of one register addresses: imm12, imm8 with P U W, or a shifted register (A6.3.7 to A6.3.10). */
function addressing(word: number, { r }: Operands): Addressing | undefined {
  const base = bits(word, 19, 16);
  if (base === PC) return { base, offset: bits(word, 11, 0), p: 1, u: bit(word, 23), w: 0 };
  if (bit(word, 23)) return plain(base, bits(word, 11, 0));
  if (bit(word, 11) === 0)
    return bits(word, 10, 6) === 0 ? plain(base, (r(bits(word, 3, 0)) << bits(word, 5, 4)) >>> 0) : undefined;
  const [p, u, w] = [bit(word, 10), bit(word, 9), bit(word, 8)];
  return p === 0 && w === 0 ? undefined : { base, offset: bits(word, 7, 0), p, u, w };
}

function single32(word: number, operands: Operands): LoadStore | undefined {
  const size = bits(word, 22, 21);
  const load = bit(word, 20) === 1;
  const signExtend = bit(word, 24) === 1;
  // Size 3 is none; neither are signed stores, which are AdvSIMD's space, and signed words.
  if (size === 3 || (signExtend && (!load || size === 2))) return undefined;
  const at = addressing(word, operands);
  return at && access(load, at, single(bits(word, 15, 12), (1 << size) as Transfer['size'], signExtend), operands);
}

function dual32(word: number, operands: Operands): LoadStore | undefined {
  // P and W both 0 are exclusives and table branches.
  if (bit(word, 24) === 0 && bit(word, 21) === 0) return undefined;
  const transfers = dual(bits(word, 15, 12), bits(word, 11, 8));
  return access(bit(word, 20) === 1, indexed(word, 4 * bits(word, 7, 0)), transfers, operands);
}

/** STM and LDM of R0 to R7, which moves the base unless it is loaded (A8.8.58, A8.8.199). */
function multiple16(word: number, operands: Operands): LoadStore | undefined {
  const load = bit(word, 11) === 1;
  const [base, list] = [bits(word, 10, 8), bits(word, 7, 0)];
  return multiple(load, { base, p: 0, u: 1, w: load && bit(list, base) === 1 ? 0 : 1 }, list, operands);
}
/** PUSH, with LR by bit 8; POP, with PC. */
function pushOrPop(word: number, operands: Operands): LoadStore | undefined {
  const load = bit(word, 11) === 1;
  const list = bits(word, 7, 0) | (bit(word, 8) << (load ? PC : LR));
  return multiple(load, { base: SP, p: load ? 0 : 1, u: load ? 1 : 0, w: 1 }, list, operands);
}
/** LDM, STM and their forms that go down; the other two of the group are RFE and SRS (A6.3.5). */
function multiple32(word: number, operands: Operands): LoadStore | undefined {
  const [p, u] = [bit(word, 24), bit(word, 23)];
  if (p === u) return undefined;
  return multiple(bit(word, 20) === 1, indexed(word, 0), bits(word, 15, 0), operands);
}

/** 16-bit forms (A6.2.4). */
const rows16: readonly EncodingRow[] = [
  { mask: 0xf800, value: 0x4800, plan: literal16 },
  { mask: 0xf000, value: 0x5000, plan: registerOffset16 },
  { mask: 0xf000, value: 0x6000, plan: immediate16(4) },
  { mask: 0xf000, value: 0x7000, plan: immediate16(1) },
  { mask: 0xf000, value: 0x8000, plan: immediate16(2) },
  { mask: 0xf000, value: 0x9000, plan: stack16 },
  { mask: 0xf000, value: 0xc000, plan: multiple16 },
  { mask: 0xf600, value: 0xb400, plan: pushOrPop },
];

/** 32-bit forms, the first halfword above the second (A6.3). */
const rows32: readonly EncodingRow[] = [
  { mask: 0xff10_0000, value: 0xf900_0000, plan: structure },
  { mask: 0xfe00_0000, value: 0xf800_0000, plan: single32 },
  { mask: 0xfe40_0000, value: 0xe840_0000, plan: dual32 },
  { mask: 0xfe40_0000, value: 0xe800_0000, plan: multiple32 },
  { mask: 0xff20_0e00, value: 0xed00_0a00, plan: vfp },
  { mask: 0xfe00_0e00, value: 0xec00_0a00, plan: vfpMultiple },
];

/** Is it the first halfword of a 32-bit instruction (A6.1)? */
export const isWide = (halfword: number): boolean => halfword >= 0xe800;

/** Decodes a load or store of T32: a halfword, or both with the first above. */
export const decodeT32 = (word: number, isWideWord: boolean, operands: Operands): LoadStore | undefined =>
  planByRow(isWideWord ? rows32 : rows16, word, operands);
