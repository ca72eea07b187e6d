import { sys } from '../../state/system-cells.ts';
import type { Cpu } from '../cpu.ts';

// Identification in AArch32: the values of a Cortex-A15 r4p0 (its TRM, DDI 0438, chapter 4) and of a Cortex-A57 r1p0 (DDI 0488),
// where the CPU has what they tell of. There is no EL3, no PMU, and no debug architecture of CP14's. ThumbEE is there by its
// registers alone, as in Jazelle's trivial implementation.

export const MIDR_CORTEX_A15 = 0x414f_c0f0n;

const cortexA15 = {
  /** ThumbEE, Jazelle, T32, A32. */
  ID_PFR0: 0x0000_1131,
  /** Generic timer, Virtualization Extensions, ARMv4's programmers' model; no Security Extensions. */
  ID_PFR1: 0x0001_1001,
  ID_DFR0: 0,
  ID_AFR0: 0,
  ID_MMFR0: 0x1020_1105,
  ID_MMFR1: 0x2000_0000,
  ID_MMFR2: 0x0124_0000,
  ID_MMFR3: 0x0210_2211,
  ID_ISAR0: 0x0210_1110,
  ID_ISAR1: 0x1311_2111,
  ID_ISAR2: 0x2123_2041,
  ID_ISAR3: 0x1111_2131,
  ID_ISAR4: 0x1001_1142,
  ID_ISAR5: 0,
  ID_MMFR4: 0,
  /** VFPv4 with D32, no short vectors. */
  MVFR0: 0x1011_0222,
  /** AdvSIMD with fused multiply-add and half-precision conversions. */
  MVFR1: 0x1111_1111,
  MVFR2: 0,
  FPSID: 0x4104_30f0,
  /** CCSIDR by CSSELR: 32 KiB L1 data, 32 KiB L1 instruction, 4 MiB L2. */
  CCSIDR: [0x701f_e00a, 0x201f_e00a, 0x711f_e07a],
  CLIDR: 0x0a20_0023,
  CTR: 0x8444_c004,
  /** L2CTLR: an interrupt controller is there. */
  L2CTLR: 1 << 23,
} as const;

type Identity = { readonly [K in keyof typeof cortexA15]: K extends 'CCSIDR' ? readonly number[] : number };

/** What ARMv8 adds to A32 and T32 is not there: load-acquire, CRC32 and cryptography, SEVL, VSEL and the like. */
export const cortexA57: Identity = {
  ...cortexA15,
  ID_PFR0: 0x0000_0131,
  ID_MMFR0: 0x1010_1105,
  ID_MMFR1: 0x4000_0000,
  ID_MMFR2: 0x0126_0000,
  ID_ISAR3: 0x0111_2131,
  ID_ISAR4: 0x0001_1142,
  FPSID: 0x4103_4070,
  /** 48 KiB L1 instruction, 2 MiB L2. */
  CCSIDR: [0x701f_e00a, 0x201f_e012, 0x70ff_e07a],
  L2CTLR: 0,
};

/** Which of them the CPU is. */
export const identityOf = (cpu: Cpu): Identity => (cpu.get32(sys.AARCH32_ONLY) !== 0 ? cortexA15 : cortexA57);
