import { FPEXC } from '../../state/cells.ts';
import { sys } from '../../state/system-cells.ts';
import { el2, fpAccessAtEl2, readOnly } from '../access.ts';
import type { RegisterRow } from '../row.ts';
import { bitMask, configChanged, controlsChanged, monitorsChanged, routingChanged } from './effects.ts';
import { cellRow, zeroRow } from './rows.ts';

/** M A C SA I WXN. */
const SCTLR_MASK = bitMask(0, 1, 2, 3, 12, 19, 25);
const SCTLR_ONES = bitMask(4, 5, 11, 16, 18, 22, 23, 28, 29);
/** ARMv8.0's bits, VM to ID. RW (31) is 1 at reset: EL1 uses AArch64. */
const HCR_MASK = 0x3_ffff_ffffn;
const HCR_RESET = bitMask(31);
/** TFP and TCPAC; there is no trace for TTA. */
const CPTR_MASK = bitMask(10, 31);
const CPTR_ONES = 0x33ffn;
/** T0 to T15 but for T4 and T14: controls of AArch32's coprocessor registers. */
const HSTR_MASK = 0xbfefn;
const MDCR_MASK = 0xfffn;
/** T0SZ IRGN0 ORGN0 SH0 TG0 PS TBI. */
const TCR_MASK = 0x0017_ff3fn;
const TCR_ONES = bitMask(23, 31);
const VTCR_MASK = 0x0007_ffffn;
const VTCR_ONES = bitMask(31);
/** VMID of 8 bits, BADDR. */
const VTTBR_MASK = 0x00ff_ffff_ffff_fffen;

const controls = { changed: controlsChanged, afterWrite: 'reconsider' } as const;
const config = { changed: configChanged, afterWrite: 'reconsider' } as const;
const word = { mask: 0xffff_ffffn } as const;

/** The registers of EL2. Arm ARM DDI 0487, "AArch64 System Register Descriptions". */
export const el2Registers: readonly RegisterRow[] = [
  cellRow('VPIDR_EL2', [3, 4, 0, 0, 0], el2, word),
  cellRow('VMPIDR_EL2', [3, 4, 0, 0, 5], el2, { mask: 0xff_ffff_ffffn }),
  cellRow('SCTLR_EL2', [3, 4, 1, 0, 0], el2, { mask: SCTLR_MASK, ones: SCTLR_ONES, ...controls }),
  // Access to the Cortex-A57's own registers at EL1, which have no effect here.
  zeroRow('ACTLR_EL2', [3, 4, 1, 0, 1], el2),
  cellRow('HCR_EL2', [3, 4, 1, 1, 0], el2, {
    mask: HCR_MASK,
    reset: HCR_RESET,
    changed: routingChanged,
    afterWrite: 'reconsider',
  }),
  cellRow('MDCR_EL2', [3, 4, 1, 1, 1], el2, {
    mask: MDCR_MASK,
    changed: monitorsChanged,
    afterWrite: 'reconsider',
  }),
  cellRow('CPTR_EL2', [3, 4, 1, 1, 2], el2, { mask: CPTR_MASK, ones: CPTR_ONES, ...config }),
  cellRow('HSTR_EL2', [3, 4, 1, 1, 3], el2, { mask: HSTR_MASK, ...config }),
  zeroRow('HACR_EL2', [3, 4, 1, 1, 7], el2),
  cellRow('TTBR0_EL2', [3, 4, 2, 0, 0], el2, { mask: 0xffff_ffff_fffen, ...controls }),
  cellRow('TCR_EL2', [3, 4, 2, 0, 2], el2, { mask: TCR_MASK, ones: TCR_ONES, ...controls }),
  cellRow('VTTBR_EL2', [3, 4, 2, 1, 0], el2, { mask: VTTBR_MASK, ...controls }),
  cellRow('VTCR_EL2', [3, 4, 2, 1, 2], el2, { mask: VTCR_MASK, ones: VTCR_ONES, ...controls }),
  cellRow('DACR32_EL2', [3, 4, 3, 0, 0], el2, word),
  cellRow('SPSR_irq', [3, 4, 4, 3, 0], el2, word),
  cellRow('SPSR_abt', [3, 4, 4, 3, 1], el2, word),
  cellRow('SPSR_und', [3, 4, 4, 3, 2], el2, word),
  cellRow('SPSR_fiq', [3, 4, 4, 3, 3], el2, word),
  cellRow('IFSR32_EL2', [3, 4, 5, 0, 1], el2, word),
  zeroRow('AFSR0_EL2', [3, 4, 5, 1, 0], el2),
  zeroRow('AFSR1_EL2', [3, 4, 5, 1, 1], el2),
  cellRow('ESR_EL2', [3, 4, 5, 2, 0], el2, word),
  {
    name: 'FPEXC32_EL2',
    at: [3, 4, 5, 3, 0],
    access: fpAccessAtEl2,
    storage: { kind: 'cell', cell: FPEXC, width: 32, mask: bitMask(30), ones: 0x700n },
  },
  cellRow('FAR_EL2', [3, 4, 6, 0, 0], el2),
  cellRow('HPFAR_EL2', [3, 4, 6, 0, 4], el2, { mask: 0xff_ffff_fff0n }),
  cellRow('MAIR_EL2', [3, 4, 10, 2, 0], el2, controls),
  zeroRow('AMAIR_EL2', [3, 4, 10, 3, 0], el2),
  cellRow('VBAR_EL2', [3, 4, 12, 0, 0], el2, { mask: ~0x7ffn }),
  {
    name: 'RVBAR_EL2',
    at: [3, 4, 12, 0, 1],
    access: readOnly(el2),
    storage: { kind: 'cell', cell: sys.RVBAR_EL2, mask: 0n },
  },
  cellRow('TPIDR_EL2', [3, 4, 13, 0, 2], el2),
];
