import { bits, signExtend } from '../../base/bits.ts';
import {
  based,
  type GeneralTransfer,
  type LoadStore,
  type Operands,
  type Transfer,
  type VectorTransfer,
  wrap,
} from './access-plan.ts';
import { structure } from './structure-load-store.ts';

const DC_ZVA = 0xd50b_7420;

const general = (
  regs: readonly number[],
  size: GeneralTransfer['size'],
  sign: boolean,
  registerBytes: 4 | 8,
): Transfer[] =>
  regs.map((reg, i) => ({ register: 'x', offset: i * size, size, reg, signExtend: sign, registerBytes }));

/** Scalars and whole registers; 16 bytes are two accesses. */
const scalars = (regs: readonly number[], bytes: number): Transfer[] =>
  regs.flatMap((reg, i): Transfer[] => {
    const size = Math.min(bytes, 8) as VectorTransfer['size'];
    const low: Transfer = { register: 'v', offset: i * bytes, size, reg, at: 0, whole: true };
    return bytes === 16 ? [low, { ...low, offset: i * bytes + 8, at: 8, whole: false }] : [low];
  });

/** LDP, STP, LDNP, STNP, LDPSW, of general and of SIMD&FP registers. */
function pair(word: number, operands: Operands): LoadStore | undefined {
  const opc = bits(word, 31, 30);
  const v = bits(word, 26, 26) === 1;
  const load = bits(word, 22, 22) === 1;
  const index = bits(word, 24, 23);
  if (opc === 3 || (!v && opc === 1 && (!load || index === 0))) return undefined;
  const bytes = v ? 4 << opc : opc === 2 ? 8 : 4;
  const delta = BigInt(signExtend(bits(word, 21, 15), 7) * bytes);
  const regs = [bits(word, 4, 0), bits(word, 14, 10)];
  const isX = opc !== 0;
  return {
    load,
    ...based(word, delta, index === 1 ? 'post' : index === 3 ? 'pre' : null, operands),
    transfers: v ? scalars(regs, bytes) : general(regs, bytes as 4 | 8, opc === 1, isX ? 8 : 4),
  };
}

/** LDR and STR of one register, any addressing but literal. */
function single(word: number, operands: Operands): LoadStore | undefined {
  const size = bits(word, 31, 30);
  const opc = bits(word, 23, 22);
  const v = bits(word, 26, 26) === 1;
  const log2 = v && opc >= 2 ? 4 : size;
  if (v && opc >= 2 && size !== 0) return undefined;
  // PRFM does not fault; size 2 opc 3 is unallocated.
  if (!v && ((size === 3 && opc >= 2) || (size === 2 && opc === 3))) return undefined;
  const bytes = 1 << log2;
  const rt = [bits(word, 4, 0)];
  const signed = opc >= 2;
  const base = {
    load: v ? (opc & 1) === 1 : opc !== 0,
    transfers: v ? scalars(rt, bytes) : general(rt, bytes as 1, signed, size === 3 || opc === 2 ? 8 : 4),
  };
  if (bits(word, 24, 24) === 1) return { ...base, ...based(word, BigInt(bits(word, 21, 10) * bytes), null, operands) };
  if (bits(word, 21, 21) === 1) {
    if (bits(word, 11, 10) !== 2) return undefined;
    const offset = extended(word, operands) << BigInt(bits(word, 12, 12) * log2);
    return { ...base, ...based(word, offset, null, operands) };
  }
  const mode = bits(word, 11, 10);
  const delta = BigInt(signExtend(bits(word, 20, 12), 9));
  return { ...base, ...based(word, delta, mode === 1 ? 'post' : mode === 3 ? 'pre' : null, operands) };
}

/** The offset register by its option: UXTW, LSL, SXTW, SXTX. */
function extended(word: number, { x }: Operands): bigint {
  const m = x(bits(word, 20, 16));
  const option = bits(word, 15, 13);
  if (option === 2) return BigInt.asUintN(32, m);
  return option === 6 ? BigInt.asIntN(32, m) : m;
}

/** LDR of a SIMD&FP register from near PC; those of general registers have a syndrome. */
function literal(word: number, { pc }: Operands): LoadStore | undefined {
  const opc = bits(word, 31, 30);
  if (opc === 3) return undefined;
  const address = wrap(pc + BigInt(signExtend(bits(word, 23, 5), 19) * 4));
  return { load: true, address, writeBack: null, transfers: scalars([bits(word, 4, 0)], 4 << opc) };
}

/** DC ZVA as stores of XZR over the block. */
function zero(word: number, { x, zvaBytes }: Operands): LoadStore {
  const address = x(word & 31);
  return {
    load: false,
    address: address - (address % BigInt(zvaBytes)),
    writeBack: null,
    transfers: general(new Array<number>(zvaBytes / 8).fill(31), 8, false, 8),
  };
}

/**
 * Decodes what an abort's syndrome does not describe: pairs, write-back, SIMD&FP registers and structures, DC ZVA. Undefined
 * for exclusives alone: what an exclusive monitor says of a device is IMPLEMENTATION DEFINED (Arm ARM DDI 0487, B2.9.2).
 */
export function decodeLoadStore(word: number, operands: Operands): LoadStore | undefined {
  if ((word & 0xffff_ffe0) >>> 0 === DC_ZVA) return zero(word, operands);
  if ((word & 0x3a00_0000) >>> 0 === 0x2800_0000) return pair(word, operands);
  if ((word & 0x3a00_0000) >>> 0 === 0x3800_0000) return single(word, operands);
  if ((word & 0x3f00_0000) >>> 0 === 0x1c00_0000) return literal(word, operands);
  return structure(word, operands);
}
