import { Cptr } from '../fields/coprocessor-access.ts';
import { Mdcr, Mdscr } from '../fields/debug.ts';
import { IchHcr } from '../fields/gic.ts';
import { Hcr } from '../fields/hcr.ts';
import { Sctlr } from '../fields/sctlr.ts';
import { Cnthctl, Cntkctl } from '../fields/timer.ts';
import type { AccessRule } from './access-rule.ts';

// Which control traps what: the accessibility pseudocode of each register in the Arm ARM (DDI 0487).

/** What of it decides the translation of code below EL2, in either state. */
export const HCR_TRAPS =
  Hcr.twi |
  Hcr.twe |
  Hcr.tid1 |
  Hcr.tid2 |
  Hcr.tid3 |
  Hcr.tsc |
  Hcr.tidcp |
  Hcr.tacr |
  Hcr.tsw |
  Hcr.tpc |
  Hcr.tpu |
  Hcr.ttlb |
  Hcr.tvm |
  Hcr.tge |
  Hcr.hcd |
  Hcr.trvm;

/** What of CNTKCTL_EL1 and CNTHCTL_EL2 decides the translation of code below EL2. */
export const CNTKCTL_EL0 = Cntkctl.el0pcten | Cntkctl.el0vcten | Cntkctl.el0vten | Cntkctl.el0pten;
export const CNTHCTL_EL1 = Cnthctl.el1pcten | Cnthctl.el1pcen | Cnthctl.el1tvt | Cnthctl.el1tvct;

export const el0: AccessRule = () => 'ok';
export const el1: AccessRule = (c) => (c.el === 0 ? 'undefined' : 'ok');
export const el2: AccessRule = (c) => (c.el === 2 ? 'ok' : 'undefined');

/** Written at EL1 and above, read everywhere. */
export const el0Reads: AccessRule = (c, write) => (write && c.el === 0 ? 'undefined' : 'ok');

export const readOnly =
  (rule: AccessRule): AccessRule =>
  (c, write) =>
    write ? 'undefined' : rule(c, write);
export const writeOnly =
  (rule: AccessRule): AccessRule =>
  (c, write) =>
    write ? rule(c, write) : 'undefined';

/** EL1, trapped to EL2 by a bit of HCR_EL2. */
export const el1TrappedBy =
  (hcr: number): AccessRule =>
  (c) =>
    c.el === 0 ? 'undefined' : c.el === 1 && c.hcr & hcr ? 2 : 'ok';

/** The virtual memory controls: TVM for writes, TRVM for reads. */
export const virtualMemory: AccessRule = (c, write) =>
  c.el === 0 ? 'undefined' : c.el === 1 && c.hcr & (write ? Hcr.tvm : Hcr.trvm) ? 2 : 'ok';

export const cpacr: AccessRule = (c) => (c.el === 0 ? 'undefined' : c.el === 1 && c.cptr & Cptr.tcpac ? 2 : 'ok');

export const fpAccess: AccessRule = (c) => (c.fpTrap === 0 ? 'ok' : 'fp');
export const fpAccessAtEl2: AccessRule = (c) => (c.el !== 2 ? 'undefined' : c.fpTrap === 0 ? 'ok' : 'fp');

/** PSTATE.DAIF, at EL0 as SCTLR_EL1.UMA allows. */
export const interruptMasks: AccessRule = (c) => (c.el === 0 && !(c.sctlr & Sctlr.uma) ? 1 : 'ok');

/** At EL0 as a bit of SCTLR_EL1 allows; below EL2 trapped by a bit of HCR_EL2. */
export const el0Enabled =
  (sctlr: number, hcr: number): AccessRule =>
  (c) => {
    if (c.el === 0 && !(c.sctlr & sctlr)) return 1;
    return c.el < 2 && c.hcr & hcr ? 2 : 'ok';
  };

/** Enabled at EL0 by a bit of CNTKCTL_EL1; below EL2 trapped by a bit of CNTHCTL_EL2 that is clear, or by one that is set (FEAT_ECV). */
const timer =
  (el0Enable: number, el1Enable: number, el1Trap: number): AccessRule =>
  (c) => {
    if (c.el === 0 && !(c.cntkctl & el0Enable)) return 1;
    if (c.el === 2) return 'ok';
    return (c.cnthctl & el1Enable) !== el1Enable || c.cnthctl & el1Trap ? 2 : 'ok';
  };
export const physicalCount = timer(Cntkctl.el0pcten, Cnthctl.el1pcten, 0);
export const virtualCount = timer(Cntkctl.el0vcten, 0, Cnthctl.el1tvct);
export const physicalTimer = timer(Cntkctl.el0pten, Cnthctl.el1pcen, 0);
export const virtualTimer = timer(Cntkctl.el0vten, 0, Cnthctl.el1tvt);
/** CNTFRQ_EL0: written at the highest level only. */
export const counterFrequency: AccessRule = (c, write) => {
  if (write) return c.el === 2 ? 'ok' : 'undefined';
  return c.el === 0 && !(c.cntkctl & (Cntkctl.el0pcten | Cntkctl.el0vcten)) ? 1 : 'ok';
};

/** Debug registers below EL2: trapped by a bit of MDCR_EL2; TDE and HCR_EL2.TGE stand for all of them. */
export const el1DebugTrappedBy =
  (mdcr: number): AccessRule =>
  (c) => {
    if (c.el === 0) return 'undefined';
    return c.el === 1 && (c.mdcr & (mdcr | Mdcr.tde) || c.hcr & Hcr.tge) ? 2 : 'ok';
  };
/** Performance monitors, at EL0 as bits of PMUSERENR allow reads and writes; trapped by MDCR_EL2.TPM and perhaps another bit. */
export const performanceMonitor =
  (reads: number, writes = reads, mdcr = 0): AccessRule =>
  (c, write) => {
    if (c.pmu === 0) return 'undefined';
    if (c.el === 0 && !(c.pmuserenr & (write ? writes : reads))) return 1;
    return c.el < 2 && c.mdcr & (Mdcr.tpm | mdcr) ? 2 : 'ok';
  };
/** Those of EL1. */
export const performanceControl: AccessRule = (c) => {
  if (c.pmu === 0 || c.el === 0) return 'undefined';
  return c.el === 1 && c.mdcr & Mdcr.tpm ? 2 : 'ok';
};
/** PMUSERENR, which EL0 can read always. */
export const performanceUserEnable: AccessRule = (c, write) => {
  if (c.pmu === 0 || (c.el === 0 && write)) return 'undefined';
  return c.el < 2 && c.mdcr & Mdcr.tpm ? 2 : 'ok';
};

/** The debug communications channel, at EL0 as MDSCR_EL1.TDCC allows. */
export const debugChannel: AccessRule = (c) => {
  if (c.el === 0 && c.mdscr & Mdscr.tdcc) return 1;
  return c.el < 2 && (c.mdcr & (Mdcr.tda | Mdcr.tde) || c.hcr & Hcr.tge) ? 2 : 'ok';
};

/**
 * The virtual CPU interface of the GIC, trapped by a bit of ICH_HCR_EL2: there is no physical one, so without routing to
 * EL2 there is none to see.
 */
export const virtualInterface =
  (hcr: number, ichHcr: number): AccessRule =>
  (c) => {
    if (c.el !== 1) return 'undefined';
    if (c.ichHcr & ichHcr) return 2;
    return c.hcr & hcr ? 'ok' : 'undefined';
  };
/** Requests for software-generated interrupts: EL2's to make (IHI 0069, ICC_SGI1R_EL1). */
export const sgiRequest: AccessRule = (c) =>
  c.el === 1 && (c.hcr & (Hcr.fmo | Hcr.imo) || c.ichHcr & IchHcr.tc) ? 2 : 'undefined';

/** SYS operations by VA at EL0 and EL1. */
export const cacheByVa = (hcr: number): AccessRule => el0Enabled(Sctlr.uci, hcr);
export const zeroByVa = el0Enabled(Sctlr.dze, Hcr.tdz);
