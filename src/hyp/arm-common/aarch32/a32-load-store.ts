import { bit, bits } from '../../../base/bits.ts';
import {
  access,
  dual,
  type EncodingRow,
  indexed,
  type LoadStore,
  multiple,
  type Operands,
  planByRow,
  single,
  vfp,
  vfpMultiple,
} from './load-store.ts';
import { structure } from './simd-load-store.ts';

/** LDR, STR, LDRB, STRB, also their unprivileged forms, which index after. */
function wordOrByte(word: number, offset: number, operands: Operands): LoadStore | undefined {
  const transfers = single(bits(word, 15, 12), bit(word, 22) ? 1 : 4);
  return access(bit(word, 20) === 1, indexed(word, offset), transfers, operands);
}

/** LSL, LSR, ASR, ROR or RRX by an immediate (Arm ARM DDI 0406, A8.4.3). */
function shifted(word: number, { r, carry }: Operands): number {
  const m = r(bits(word, 3, 0)) >>> 0;
  const by = bits(word, 11, 7);
  const shifts: readonly (() => number)[] = [
    () => m << by,
    () => (by === 0 ? 0 : m >>> by),
    () => (m | 0) >> (by === 0 ? 31 : by),
    () => (by === 0 ? (m >>> 1) | (carry ? 1 << 31 : 0) : (m >>> by) | (m << (32 - by))),
  ];
  return (shifts[bits(word, 6, 5)] as () => number)() >>> 0;
}

const PC = 15;
const registerOffset = (word: number, operands: Operands): LoadStore | undefined =>
  bits(word, 3, 0) === PC ? undefined : wordOrByte(word, shifted(word, operands), operands);

/** By op2 and L: STRH, LDRH, LDRD, LDRSB, STRD, LDRSH (A5.2.8). */
const extra: readonly (((rt: number) => ReturnType<typeof single>) | null)[] = [
  null,
  null,
  (rt) => single(rt, 2),
  (rt) => single(rt, 2),
  (rt) => dual(rt, rt + 1),
  (rt) => single(rt, 1, true),
  (rt) => dual(rt, rt + 1),
  (rt) => single(rt, 2, true),
];

function extraLoadStore(word: number, operands: Operands): LoadStore | undefined {
  const op2 = bits(word, 6, 5);
  const load = bit(word, 20) === 1;
  const rt = bits(word, 15, 12);
  const isImmediate = bit(word, 22) === 1;
  const isDual = !load && op2 >= 2;
  if ((isDual && rt % 2 === 1) || (!isImmediate && bits(word, 3, 0) === PC)) return undefined;
  const offset = isImmediate ? (bits(word, 11, 8) << 4) | bits(word, 3, 0) : operands.r(bits(word, 3, 0));
  const transfers = extra[2 * op2 + Number(load)]?.(rt);
  return transfers && access(isDual ? op2 === 2 : load, indexed(word, offset), transfers, operands);
}

/** LDM and STM; those with S return from exceptions or are of User mode's registers (A5.5). */
const blockTransfer = (word: number, operands: Operands): LoadStore | undefined =>
  bit(word, 22) === 1 ? undefined : multiple(bit(word, 20) === 1, indexed(word, 0), bits(word, 15, 0), operands);

/** Loads and stores of A32 by the encoding groups of DDI 0406, A5.3, A5.2.8, A5.5 and A7.6. */
const rows: readonly EncodingRow[] = [
  { mask: 0x0e00_0000, value: 0x0400_0000, plan: (word, o) => wordOrByte(word, bits(word, 11, 0), o) },
  { mask: 0x0e00_0010, value: 0x0600_0000, plan: registerOffset },
  { mask: 0x0e00_0090, value: 0x0000_0090, plan: extraLoadStore },
  { mask: 0x0e00_0000, value: 0x0800_0000, plan: blockTransfer },
  { mask: 0x0f20_0e00, value: 0x0d00_0a00, plan: vfp },
  { mask: 0x0e00_0e00, value: 0x0c00_0a00, plan: vfpMultiple },
];

/** Bits 31:24 of element and structure loads and stores (A7.7). */
const STRUCTURE = 0xf4;

/** Decodes a load or store of A32. */
export const decodeA32 = (word: number, operands: Operands): LoadStore | undefined =>
  word >>> 24 === STRUCTURE
    ? structure(word, operands)
    : word >>> 28 === 15
      ? undefined
      : planByRow(rows, word, operands);
