import type { TranslationConfig } from '../ir/config.ts';
import type { PeState } from '../state/pe-state.ts';
import { sys } from '../state/system-cells.ts';
import { HCR_TRAPS, Hcr, MDSCR_TDCC, Mdcr, Sctlr } from './access.ts';

// What decides the translation of AArch32 code, at EL1 and EL0 below either state and in Hyp mode.

const HCR_BELOW_HYP = HCR_TRAPS | Hcr.tid0;
/** SCTLR.{A, CP15BEN, SED, SW}; nTWI and nTWE at EL0. */
const SCTLR_A = 2;
const SCTLR_SW = 1 << 10;
const SCTLR_PL1 = SCTLR_A | SCTLR_SW | Sctlr.cp15ben | Sctlr.sed;
const SCTLR_PL0 = SCTLR_PL1 | Sctlr.ntwi | Sctlr.ntwe;
/** CPACR.{cp10, ASEDIS}. */
const CPACR_CP10_SHIFT = 20;
const CPACR_ASEDIS = 1 << 31;
/** HCPTR.{TCP10, TASE, TCPAC}; CPTR_EL2 has the first as TFP and the last. */
const CPTR_TCP10 = 1 << 10;
const CPTR_TASE = 1 << 15;
const CPTR_TCPAC = 1 << 31;
const MDCR_TRAPS = Mdcr.tpmcr | Mdcr.tpm | Mdcr.tde | Mdcr.tda | Mdcr.tdosa | Mdcr.tdra;
const CNTKCTL_EL0 = 0x303;
const CNTHCTL_EL1 = 0x6003;
const HCR_RW = 0x8000_0000;

type Trap = 0 | 1 | 2;

/** EL1 uses AArch32, as seen from AArch32 code. */
const isEl1Aarch32 = (cpu: PeState): boolean =>
  cpu.get32(sys.AARCH32_ONLY) !== 0 || (cpu.get32(sys.HCR_EL2) & HCR_RW) === 0;

/** Whether CPACR refuses VFP here: access by PL1 alone, or none. The rest is CheckVFPEnabled and CheckAdvancedSIMDEnabled, DDI 0406C. */
function isRefusedByCpacr(el: number, cpacr: number): boolean {
  if (el === 2) return false;
  const cp10 = (cpacr >>> CPACR_CP10_SHIFT) & 3;
  return cp10 === 0 || cp10 === 2 || (cp10 === 1 && el === 0);
}

/** The configuration of AArch32 at a level, in A32 and outside IT blocks. */
export function aarch32Fields(
  cpu: PeState,
  el: 0 | 1 | 2,
  bigEndian: boolean,
  illegal: boolean,
  single: boolean,
): Omit<TranslationConfig, 'id' | 'family'> {
  const isGuest = el < 2;
  const cpacr = isGuest ? cpu.get32(sys.CPACR_EL1) : 0;
  const cptr = cpu.get32(sys.CPTR_EL2);
  const isPl1Aarch32 = isEl1Aarch32(cpu);
  const refused = isRefusedByCpacr(el, cpacr);
  const fpTrap: Trap = refused ? 1 : cptr & CPTR_TCP10 ? 2 : 0;
  const noSimd = isPl1Aarch32 && (cpacr & CPACR_ASEDIS) !== 0;
  const isHyp = cpu.get32(sys.AARCH32_ONLY) !== 0;
  const simdTrap: Trap = refused || noSimd ? 1 : isHyp && cptr & CPTR_TASE ? 2 : fpTrap;
  return {
    el,
    aarch32: true,
    thumb: false,
    it: 0,
    straddle: -1,
    bigEndian,
    spsel: 0,
    illegal,
    single,
    hcr: isGuest ? cpu.get32(sys.HCR_EL2) & HCR_BELOW_HYP : 0,
    sctlr: cpu.get32(isGuest ? sys.SCTLR_EL1 : sys.SCTLR_EL2) & (el === 0 ? SCTLR_PL0 : SCTLR_PL1),
    cpacr: 0,
    cptr: isGuest ? cptr & CPTR_TCPAC : 0,
    hstr: isGuest ? cpu.get32(sys.HSTR_EL2) : 0,
    mdcr: isGuest ? cpu.get32(sys.MDCR_EL2) & MDCR_TRAPS : 0,
    mdscr: el === 0 ? cpu.get32(sys.MDSCR_EL1) & MDSCR_TDCC : 0,
    cntkctl: el === 0 ? cpu.get32(sys.CNTKCTL_EL1) & CNTKCTL_EL0 : 0,
    cnthctl: isGuest ? cpu.get32(sys.CNTHCTL_EL2) & CNTHCTL_EL1 : 0,
    fpTrap,
    simdTrap,
    fpexc: isPl1Aarch32,
    ichHcr: 0,
    gicRegisters: false,
  };
}
