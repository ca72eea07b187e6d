import { Hcr } from '../../fields/hcr.ts';
import { cpacr, el0, el0Reads, el1, el1TrappedBy, virtualMemory } from '../access.ts';
import type { Cpu } from '../cpu.ts';
import type { RegisterRow, WriteFlow } from '../row.ts';
import { bitMask, configChanged, contextChanged, controlsChanged } from './effects.ts';
import { cellRow, zeroRow } from './rows.ts';

/**
 * SCTLR_EL1's bits in ARMv8.0: M A C SA SA0 CP15BEN SED UMA I DZE UCT nTWI nTWE WXN E0E EE UCI; and V, UWXN, TRE, AFE, TE, which are
 * those of AArch32's SCTLR alone. ITD is not there.
 */
const SCTLR_MASK = bitMask(0, 1, 2, 3, 4, 5, 8, 9, 12, 13, 14, 15, 16, 18, 19, 20, 24, 25, 26, 28, 29, 30);
const SCTLR_ONES = bitMask(11, 22, 23);
/** nTWE, nTWI, CP15BEN, SA0, SA. */
const SCTLR_RESET = bitMask(3, 4, 5, 16, 18);
/** FPEN; and cp11, ASEDIS of AArch32's CPACR. */
const CPACR_MASK = bitMask(20, 21, 22, 23, 31);
/** T0SZ EPD0 IRGN0 ORGN0 SH0 TG0 T1SZ A1 EPD1 IRGN1 ORGN1 SH1 TG1 IPS AS TBI0 TBI1. */
const TCR_MASK = 0x77_ffff_ffbfn;

const changes = (changed: (cpu: Cpu) => void, afterWrite: WriteFlow) => ({ changed, afterWrite });
/** Control, translation, exception and thread registers of EL0 and EL1. Arm ARM DDI 0487, "AArch64 System Register Descriptions". */
export const el1Registers: readonly RegisterRow[] = [
  cellRow('SCTLR_EL1', [3, 0, 1, 0, 0], virtualMemory, {
    mask: SCTLR_MASK,
    ones: SCTLR_ONES,
    reset: SCTLR_RESET,
    ...changes(controlsChanged, 'reconsider'),
  }),
  // RES0 in the Cortex-A57, as are the three below.
  zeroRow('ACTLR_EL1', [3, 0, 1, 0, 1], el1TrappedBy(Hcr.tacr)),
  cellRow('CPACR_EL1', [3, 0, 1, 0, 2], cpacr, { mask: CPACR_MASK, ...changes(configChanged, 'reconsider') }),
  cellRow('TTBR0_EL1', [3, 0, 2, 0, 0], virtualMemory, changes(contextChanged, 'refetch')),
  cellRow('TTBR1_EL1', [3, 0, 2, 0, 1], virtualMemory, changes(contextChanged, 'refetch')),
  cellRow('TCR_EL1', [3, 0, 2, 0, 2], virtualMemory, { mask: TCR_MASK, ...changes(controlsChanged, 'reconsider') }),
  cellRow('MAIR_EL1', [3, 0, 10, 2, 0], virtualMemory, changes(controlsChanged, 'reconsider')),
  zeroRow('AMAIR_EL1', [3, 0, 10, 3, 0], virtualMemory),
  zeroRow('AFSR0_EL1', [3, 0, 5, 1, 0], virtualMemory),
  zeroRow('AFSR1_EL1', [3, 0, 5, 1, 1], virtualMemory),
  cellRow('ESR_EL1', [3, 0, 5, 2, 0], virtualMemory, { mask: 0xffff_ffffn }),
  cellRow('FAR_EL1', [3, 0, 6, 0, 0], virtualMemory),
  cellRow('PAR_EL1', [3, 0, 7, 4, 0], el1),
  // AArch32's VBAR has bits 10:5 too.
  cellRow('VBAR_EL1', [3, 0, 12, 0, 0], el1, { mask: ~0x1fn }),
  cellRow('CONTEXTIDR_EL1', [3, 0, 13, 0, 1], virtualMemory, { mask: 0xffff_ffffn }),
  cellRow('TPIDR_EL1', [3, 0, 13, 0, 4], el1),
  cellRow('TPIDR_EL0', [3, 3, 13, 0, 2], el0),
  cellRow('TPIDRRO_EL0', [3, 3, 13, 0, 3], el0Reads),
];
