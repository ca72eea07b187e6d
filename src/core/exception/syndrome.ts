import { bit, bits } from '../../base/bits.ts';
import { AbortIss, ConditionIss } from '../fields/esr.ts';

/** ISS of a trapped MSR, MRS, SYS or SYSL (EC 0x18), from its instruction. Arm ARM DDI 0487, ESR_EL1. */
export function systemIss(word: number): number {
  const [op0, op1, crn, crm] = [bits(word, 20, 19), bits(word, 18, 16), bits(word, 15, 12), bits(word, 11, 8)];
  const [op2, rt, direction] = [bits(word, 7, 5), bits(word, 4, 0), bit(word, 21)];
  return (op0 << 20) | (op2 << 17) | (op1 << 14) | (crn << 10) | (rt << 5) | (crm << 1) | direction;
}

/** COND of a trap from A64: CV = 1, condition "always". */
const ISS_UNCONDITIONAL = ConditionIss.cv | (0xe << ConditionIss.condShift);

/** ISS of a trapped WFI or WFE (EC 0x01). */
export const wfxIss = (isWfe: boolean): number => ISS_UNCONDITIONAL | (isWfe ? 1 : 0);

/** ISS of an FP access trap (EC 0x07); TA is RES0 from AArch64. */
export const fpAccessIss = ISS_UNCONDITIONAL;

function transfer(size: number, signed: boolean, rt: number, sixtyFour: boolean, acquire: boolean): number {
  return (
    AbortIss.isv |
    (size << AbortIss.sasShift) |
    (signed ? AbortIss.sse : 0) |
    (rt << AbortIss.srtShift) |
    (sixtyFour ? AbortIss.sf : 0) |
    (acquire ? AbortIss.ar : 0)
  );
}

/** LDR, STR and the like by size and opc; 0 for prefetches and what is unallocated. */
function registerTransfer(word: number): number {
  const size = bits(word, 31, 30);
  const opc = bits(word, 23, 22);
  const rt = bits(word, 4, 0);
  if (opc < 2) return transfer(size, false, rt, size === 3, false);
  // Signed loads: opc 2 to 64 bits, opc 3 to 32.
  if (size === 3 || (size === 2 && opc === 3)) return 0;
  return transfer(size, true, rt, opc === 2, false);
}

/**
 * ISV, SAS, SSE, SRT, SF and AR for a data abort of the A64 instruction `word`: set for loads and stores of one
 * general-purpose register without writeback, exclusives excepted; else 0. Arm ARM DDI 0487, ESR_EL1, "ISV".
 */
export function transferIss(word: number): number {
  const isVector = bit(word, 26) === 1;
  if (isVector) return 0;
  switch (bits(word, 29, 27)) {
    case 0b111: {
      if (bit(word, 25)) return 0;
      if (bit(word, 24)) return registerTransfer(word);
      const mode = bits(word, 11, 10);
      // Register offset; unscaled offset and unprivileged.
      const allocated = bit(word, 21) ? mode === 2 : mode === 0 || mode === 2;
      return allocated ? registerTransfer(word) : 0;
    }
    case 0b011: {
      // Literal loads: LDR W, LDR X, LDRSW, PRFM.
      if (bits(word, 25, 24) !== 0) return 0;
      const opc = bits(word, 31, 30);
      if (opc === 3) return 0;
      return transfer(opc === 1 ? 3 : 2, opc === 2, bits(word, 4, 0), opc !== 0, false);
    }
    case 0b001: {
      // LDAR, STLR: o2 is 1, o1 is 0, o0 is 1.
      const ordered = bits(word, 25, 24) === 0 && bit(word, 23) === 1 && bit(word, 21) === 0 && bit(word, 15) === 1;
      const size = bits(word, 31, 30);
      return ordered ? transfer(size, false, bits(word, 4, 0), size === 3, true) : 0;
    }
    default:
      return 0;
  }
}
