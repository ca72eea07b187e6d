import { assert } from '../../base/assert.ts';
import { SYSTEM, SYSTEM_REGISTERS_MAX } from './cells.ts';

/** Hardware breakpoints, watchpoints and list registers of the CPU (ID_AA64DFR0_EL1.BRPs, WRPs; ICH_VTR_EL2.ListRegs). */
export const BREAKPOINTS = 6;
export const WATCHPOINTS = 4;
/** The last breakpoints can compare contexts (ID_AA64DFR0_EL1.CTX_CMPs). */
export const CONTEXT_BREAKPOINTS = 2;
export const LIST_REGISTERS = 4;
/** Event counters of the performance monitors, where there are some (PMCR.N). */
export const EVENT_COUNTERS = 6;

/** The registers that hold state, in the order of their cells. */
const names = [
  'SCTLR_EL1',
  'ACTLR_EL1',
  'CPACR_EL1',
  'TTBR0_EL1',
  'TTBR1_EL1',
  'TCR_EL1',
  'MAIR_EL1',
  'AMAIR_EL1',
  'VBAR_EL1',
  'ESR_EL1',
  'FAR_EL1',
  'AFSR0_EL1',
  'AFSR1_EL1',
  'ELR_EL1',
  'SPSR_EL1',
  'PAR_EL1',
  'CONTEXTIDR_EL1',
  'TPIDR_EL0',
  'TPIDRRO_EL0',
  'TPIDR_EL1',
  'CSSELR_EL1',
  'CNTFRQ_EL0',
  'CNTKCTL_EL1',
  'CNTP_CTL_EL0',
  'CNTP_CVAL_EL0',
  'CNTV_CTL_EL0',
  'CNTV_CVAL_EL0',
  'MIDR_EL1',
  'MPIDR_EL1',
  'SCTLR_EL2',
  'ACTLR_EL2',
  'HCR_EL2',
  'MDCR_EL2',
  'CPTR_EL2',
  'HSTR_EL2',
  'HACR_EL2',
  'TTBR0_EL2',
  'TCR_EL2',
  'VTTBR_EL2',
  'VTCR_EL2',
  'VPIDR_EL2',
  'VMPIDR_EL2',
  'MAIR_EL2',
  'AMAIR_EL2',
  'VBAR_EL2',
  'RVBAR_EL2',
  'ESR_EL2',
  'FAR_EL2',
  'HPFAR_EL2',
  'AFSR0_EL2',
  'AFSR1_EL2',
  'ELR_EL2',
  'SPSR_EL2',
  'TPIDR_EL2',
  'CNTHCTL_EL2',
  'CNTVOFF_EL2',
  'CNTHP_CTL_EL2',
  'CNTHP_CVAL_EL2',
  'SPSR_abt',
  'SPSR_und',
  'SPSR_irq',
  'SPSR_fiq',
  'IFSR32_EL2',
  'DACR32_EL2',
  'DBGVCR32_EL2',
  'MDSCR_EL1',
  'MDCCINT_EL1',
  'OSLSR_EL1',
  'OSDLR_EL1',
  'OSECCR_EL1',
  'OSDTRRX_EL1',
  'OSDTRTX_EL1',
  'DBGPRCR_EL1',
  'DBGCLAIM_EL1',
  'DBGBVR0_EL1',
  'DBGBVR1_EL1',
  'DBGBVR2_EL1',
  'DBGBVR3_EL1',
  'DBGBVR4_EL1',
  'DBGBVR5_EL1',
  'DBGBCR0_EL1',
  'DBGBCR1_EL1',
  'DBGBCR2_EL1',
  'DBGBCR3_EL1',
  'DBGBCR4_EL1',
  'DBGBCR5_EL1',
  'DBGWVR0_EL1',
  'DBGWVR1_EL1',
  'DBGWVR2_EL1',
  'DBGWVR3_EL1',
  'DBGWCR0_EL1',
  'DBGWCR1_EL1',
  'DBGWCR2_EL1',
  'DBGWCR3_EL1',
  'ICH_HCR_EL2',
  'ICH_VMCR_EL2',
  'ICH_AP0R0_EL2',
  'ICH_AP1R0_EL2',
  'ICH_LR0_EL2',
  'ICH_LR1_EL2',
  'ICH_LR2_EL2',
  'ICH_LR3_EL2',
  /** CPUs of the cluster, for L2CTLR_EL1. */
  'CLUSTER_CPUS',
  /** Bit 0: an instruction was stepped, and its Software Step exception is due; bit 1: it was a load exclusive. */
  'STEPPED',
  /** Interrupt inputs, bits where DAIF has their masks: physical ones, and those of the GIC's virtual CPU interface. */
  'PHYSICAL_LINES',
  'VIRTUAL_LINES',
  /** The emulated host's interrupt controller, a bit a private interrupt (INTID 16 is bit 16): level, enable, active. */
  'HOST_PPI_LEVEL',
  'HOST_PPI_ENABLE',
  'HOST_PPI_ACTIVE',
  /** Which processor the CPU is: a number of system/models. */
  'CPU_MODEL',
  /** 1 where granules of 16 KiB are implemented. */
  'GRANULE_16K',
  /** 1 on a CPU without AArch64 (ARMv7-A): EL2 is Hyp mode. */
  'AARCH32_ONLY',
  /** 1 where the GIC's CPU interface is memory-mapped (GICv2): the CPU has no system registers for it. */
  'GIC_MEMORY_MAPPED',
  /** ThumbEE's registers, and the Cortex-A15's CBAR: of AArch32 alone. */
  'TEECR',
  'TEEHBR',
  'CBAR',
  /** Performance monitors: values as of the count up to which they were brought (system/pmu.ts). */
  'PMCR_EL0',
  'PMCNTENSET_EL0',
  'PMOVSSET_EL0',
  'PMINTENSET_EL1',
  'PMSELR_EL0',
  'PMUSERENR_EL0',
  'PMCCNTR_EL0',
  'PMCCFILTR_EL0',
  'PMEVCNTR0_EL0',
  'PMEVCNTR1_EL0',
  'PMEVCNTR2_EL0',
  'PMEVCNTR3_EL0',
  'PMEVCNTR4_EL0',
  'PMEVCNTR5_EL0',
  'PMEVTYPER0_EL0',
  'PMEVTYPER1_EL0',
  'PMEVTYPER2_EL0',
  'PMEVTYPER3_EL0',
  'PMEVTYPER4_EL0',
  'PMEVTYPER5_EL0',
  /** Cycles since the cycle counter's last step, while PMCR.D divides them by 64. */
  'PM_CYCLE_REST',
] as const;

export const systemCellNames: readonly SystemCell[] = names;
export type SystemCell = (typeof names)[number];

assert(names.length <= SYSTEM_REGISTERS_MAX, 'system registers fit their cells');
/** Behind the last cell of a PE that holds anything: what a switch of PEs copies. */
export const STATE_BYTES_USED = SYSTEM + 8 * names.length;

/** Byte address of each register's 64 bits. */
export const sys = Object.fromEntries(names.map((name, i) => [name, SYSTEM + 8 * i])) as Readonly<
  Record<SystemCell, number>
>;

/** The first of the numbered ones: number n lies 8 * n further. */
export const DBGBVR = sys.DBGBVR0_EL1;
export const DBGBCR = sys.DBGBCR0_EL1;
export const DBGWVR = sys.DBGWVR0_EL1;
export const DBGWCR = sys.DBGWCR0_EL1;
export const ICH_LR = sys.ICH_LR0_EL2;
/** Likewise, of the event counters. */
export const PMEVCNTR = sys.PMEVCNTR0_EL0;
/** And of their event types. */
export const PMEVTYPER = sys.PMEVTYPER0_EL0;
