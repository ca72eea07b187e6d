import { bit, bits } from '../../base/bits.ts';
import { ConditionIss, Ec } from '../fields/esr.ts';

// Syndromes of A32 and T32 instructions. Words are as the engine gives them: a 32-bit T32 instruction has its first halfword
// above, and so looks like the A32 one with condition "always" where coprocessors are concerned.

/** Which X register, or register of Hyp mode's view, stands for Rn: R15 included. */
export type RegisterView = (n: number) => number;

const COND_ALWAYS = 14;
const COND_UNCONDITIONAL = 15;

/** CV and COND: the condition under which an instruction was executed, which held. ITSTATE is that of the instruction. */
export function conditionIss(word: number, thumb: boolean, it: number): number {
  const written = thumb ? (it === 0 ? COND_ALWAYS : it >>> 4) : word >>> 28;
  const cond = written === COND_UNCONDITIONAL ? COND_ALWAYS : written;
  return ConditionIss.cv | (cond << ConditionIss.condShift);
}

export interface TrapSyndrome {
  readonly ec: Ec;
  /** Without CV and COND. */
  readonly iss: number;
}

const coprocessorOf = (word: number): number => bits(word, 11, 8);

/** MCR, MRC: of CP15, CP14, or of VFP's identification registers, which VMRS has in the place of CRn. Arm ARM DDI 0406C, B3.13.6. */
function transferSyndrome(word: number, view: RegisterView): TrapSyndrome {
  const coprocessor = coprocessorOf(word);
  const [opc2, opc1, crn, crm] = [bits(word, 7, 5), bits(word, 23, 21), bits(word, 19, 16), bits(word, 3, 0)];
  const rt = view(bits(word, 15, 12));
  const iss = (opc2 << 17) | (opc1 << 14) | (crn << 10) | (rt << 5) | (crm << 1) | bit(word, 20);
  return { ec: coprocessor === 15 ? Ec.cp15_32 : coprocessor === 14 ? Ec.cp14_32 : Ec.cp10Id, iss };
}

/** MCRR, MRRC. */
function wideTransferSyndrome(word: number, view: RegisterView): TrapSyndrome {
  const [opc1, rt2, rt, crm] = [bits(word, 7, 4), bits(word, 19, 16), bits(word, 15, 12), bits(word, 3, 0)];
  const iss = (opc1 << 16) | (view(rt2) << 10) | (view(rt) << 5) | (crm << 1) | bit(word, 20);
  return { ec: coprocessorOf(word) === 15 ? Ec.cp15_64 : Ec.cp14_64, iss };
}

/** LDC, STC of CP14: how they address memory is P and W, besides whether the base is the PC. */
function memorySyndrome(word: number, view: RegisterView): TrapSyndrome {
  const rn = bits(word, 19, 16);
  const mode = (rn === 15 ? 4 : 0) | (bit(word, 24) << 1) | bit(word, 21);
  const iss = (bits(word, 7, 0) << 12) | (view(rn) << 5) | (bit(word, 23) << 4) | (mode << 1) | bit(word, 20);
  return { ec: Ec.cp14_ls, iss };
}

const isMcrr = (word: number): boolean => (word & 0x0fe0_0000) === 0x0c40_0000;
const isMcr = (word: number): boolean => (word & 0x0f00_0010) === 0x0e00_0010;
const isLdc = (word: number): boolean => (word & 0x0e00_0000) === 0x0c00_0000;

/** BXJ, SMC, WFI and WFE by their encodings in A32, T32 and 16-bit T32. */
const isBxj = (word: number, thumb: boolean): boolean =>
  thumb ? (word & 0xfff0_d000) >>> 0 === 0xf3c0_8000 : (word & 0x0ff0_00f0) === 0x0120_0020;
const isSmc = (word: number, thumb: boolean): boolean =>
  thumb ? (word & 0xfff0_f000) >>> 0 === 0xf7f0_8000 : (word & 0x0ff0_00f0) === 0x0160_0070;

/** Syndrome of a trapped system instruction. */
export function trapSyndrome(word: number, thumb: boolean, view: RegisterView): TrapSyndrome {
  if (!thumb || bits(word, 31, 28) === COND_ALWAYS) {
    if (isMcrr(word)) return wideTransferSyndrome(word, view);
    if (isMcr(word)) return transferSyndrome(word, view);
    if (isLdc(word)) return memorySyndrome(word, view);
  }
  if (isBxj(word, thumb)) return { ec: Ec.bxj, iss: bits(word, thumb ? 19 : 3, thumb ? 16 : 0) };
  return { ec: isSmc(word, thumb) ? Ec.smc32 : Ec.unknown, iss: 0 };
}

/** What HCPTR refused: a coprocessor, or AdvSIMD by TASE. */
export const fpAccessIss32 = (simd: boolean): number => (simd ? 1 << 5 : 10);

/** A load or store of one register, as the ISS of a data abort describes it. */
export interface Transfer {
  /** log2 of the bytes. */
  readonly size: number;
  readonly signed: boolean;
  readonly rt: number;
}

const transfer = (size: number, signed: boolean, rt: number, rn: number): Transfer | null =>
  rt === 15 || rn === 15 ? null : { size, signed, rt };

/** LDR, STR, LDRB, STRB; with bit 25 also by a register. Post-indexed ones write the base register, LDRT and STRT among them. */
function a32Word(word: number): Transfer | null {
  const isMedia = bit(word, 25) === 1 && bit(word, 4) === 1;
  if (isMedia || bit(word, 24) === 0 || bit(word, 21) === 1) return null;
  return transfer(bit(word, 22) ? 0 : 2, false, bits(word, 15, 12), bits(word, 19, 16));
}
/** Halfwords and signed bytes, "extra load/store". */
function a32Extra(word: number): Transfer | null {
  const op = bits(word, 6, 5);
  const isLoad = bit(word, 20) === 1;
  if (bit(word, 7) === 0 || bit(word, 4) === 0 || op === 0 || (!isLoad && op !== 1)) return null;
  if (bit(word, 24) === 0 || bit(word, 21) === 1) return null;
  return transfer(op === 2 ? 0 : 1, op !== 1, bits(word, 15, 12), bits(word, 19, 16));
}

/** By opcode of "load/store register offset", and by bits 15:11 of the others: size, signed. */
const t16Register: readonly (readonly [number, boolean])[] = [
  [2, false],
  [1, false],
  [0, false],
  [0, true],
  [2, false],
  [1, false],
  [0, false],
  [1, true],
];
function t16Transfer(half: number): Transfer | null {
  const low = bits(half, 2, 0);
  switch (bits(half, 15, 12)) {
    case 0b0101: {
      const [size, signed] = t16Register[bits(half, 11, 9)] as readonly [number, boolean];
      return { size, signed, rt: low };
    }
    case 0b0110:
      return { size: 2, signed: false, rt: low };
    case 0b0111:
      return { size: 0, signed: false, rt: low };
    case 0b1000:
      return { size: 1, signed: false, rt: low };
    case 0b1001:
      return { size: 2, signed: false, rt: bits(half, 10, 8) };
    default:
      return null;
  }
}

/** "Load/store single data item": immediate of 12 bits; immediate of 8 with P, U, W; register. */
function t32Transfer(word: number): Transfer | null {
  if (bits(word, 31, 25) !== 0b111_1100) return null;
  const size = bits(word, 22, 21);
  const signed = bit(word, 24) === 1;
  const isLoad = bit(word, 20) === 1;
  if (size === 3 || (signed && (size === 2 || !isLoad))) return null;
  if (bit(word, 23) === 0) {
    const isImmediate = bit(word, 11) === 1;
    const writesBack = bit(word, 8) === 1 || bit(word, 10) === 0;
    if (isImmediate ? writesBack : bits(word, 10, 6) !== 0) return null;
  }
  return transfer(size, signed, bits(word, 15, 12), bits(word, 19, 16));
}

/**
 * Describes a load or store of one register without writeback, neither of R15 nor with it as base; null for all others.
 * Arm ARM DDI 0487, ESR_EL1, "ISV".
 */
export function transferOf(word: number, thumb: boolean): Transfer | null {
  if (thumb) return word >>> 16 === 0 ? t16Transfer(word) : t32Transfer(word);
  if (word >>> 28 === COND_UNCONDITIONAL) return null;
  if (bits(word, 27, 26) === 1) return a32Word(word);
  return bits(word, 27, 25) === 0 ? a32Extra(word) : null;
}
