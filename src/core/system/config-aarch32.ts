import { Cpacr, Cptr } from '../fields/coprocessor-access.ts';
import { Mdcr, Mdscr } from '../fields/debug.ts';
import { Hcr } from '../fields/hcr.ts';
import { Sctlr } from '../fields/sctlr.ts';
import type { ArchitecturalConfig } from '../ir/config.ts';
import type { PeState } from '../state/pe-state.ts';
import { sys } from '../state/system-cells.ts';
import { CNTHCTL_EL1, CNTKCTL_EL0, HCR_TRAPS } from './access.ts';
import { modelOf } from './models/index.ts';

// What decides the translation of AArch32 code, at EL1 and EL0 below either state and in Hyp mode.

const HCR_BELOW_HYP = HCR_TRAPS | Hcr.tid0;
/** SCTLR.{A, CP15BEN, SED, SW}; nTWI and nTWE at EL0. */
const SCTLR_PL1 = Sctlr.a | Sctlr.sw | Sctlr.cp15ben | Sctlr.sed;
const SCTLR_PL0 = SCTLR_PL1 | Sctlr.ntwi | Sctlr.ntwe;
const MDCR_TRAPS = Mdcr.tpmcr | Mdcr.tpm | Mdcr.tde | Mdcr.tda | Mdcr.tdosa | Mdcr.tdra;

type Trap = 0 | 1 | 2;

/** EL1 uses AArch32, as seen from AArch32 code. */
const isEl1Aarch32 = (cpu: PeState): boolean =>
  cpu.get32(sys.AARCH32_ONLY) !== 0 || (cpu.get32(sys.HCR_EL2) & Hcr.rw) === 0;

/** Whether CPACR refuses VFP here: access by PL1 alone, or none. The rest is CheckVFPEnabled and CheckAdvancedSIMDEnabled, DDI 0406C. */
function isRefusedByCpacr(el: number, cpacr: number): boolean {
  if (el === 2) return false;
  const cp10 = (cpacr >>> Cpacr.fpenShift) & 3;
  return cp10 === 0 || cp10 === 2 || (cp10 === 1 && el === 0);
}

/** The configuration of AArch32 at a level, in A32 and outside IT blocks. */
export function aarch32Fields(
  cpu: PeState,
  el: 0 | 1 | 2,
  bigEndian: boolean,
  illegal: boolean,
  single: boolean,
): ArchitecturalConfig {
  const isGuest = el < 2;
  const cpacr = isGuest ? cpu.get32(sys.CPACR_EL1) : 0;
  const cptr = cpu.get32(sys.CPTR_EL2);
  const isPl1Aarch32 = isEl1Aarch32(cpu);
  const refused = isRefusedByCpacr(el, cpacr);
  const fpTrap: Trap = refused ? 1 : cptr & Cptr.tcp10 ? 2 : 0;
  const noSimd = isPl1Aarch32 && (cpacr & Cpacr.asedis) !== 0;
  const isHyp = cpu.get32(sys.AARCH32_ONLY) !== 0;
  const simdTrap: Trap = refused || noSimd ? 1 : isHyp && cptr & Cptr.tase ? 2 : fpTrap;
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
    cptr: isGuest ? cptr & Cptr.tcpac : 0,
    hstr: isGuest ? cpu.get32(sys.HSTR_EL2) : 0,
    mdcr: isGuest ? cpu.get32(sys.MDCR_EL2) & MDCR_TRAPS : 0,
    mdscr: el === 0 ? cpu.get32(sys.MDSCR_EL1) & Mdscr.tdcc : 0,
    cntkctl: el === 0 ? cpu.get32(sys.CNTKCTL_EL1) & CNTKCTL_EL0 : 0,
    cnthctl: isGuest ? cpu.get32(sys.CNTHCTL_EL2) & CNTHCTL_EL1 : 0,
    fpTrap,
    simdTrap,
    fpexc: isPl1Aarch32,
    ichHcr: 0,
    gicRegisters: false,
    pmu: modelOf(cpu).pmu?.version ?? 0,
    didr: modelOf(cpu).debug?.didr ?? 0,
    pmuserenr: el === 0 ? cpu.get32(sys.PMUSERENR_EL0) : 0,
    counterRate: cpu.counter.rate ?? null,
    sendsEvents: cpu.pes > 1,
  };
}
