import { interruptStatus } from '../../exception/interrupts.ts';
import { Hcr } from '../../fields/hcr.ts';
import { sys } from '../../state/system-cells.ts';
import { cpacr, el0, el0Reads, el1, el1TrappedBy, readOnly, virtualMemory } from '../access.ts';
import type { Cpu } from '../cpu.ts';
import { bitMask, configChanged, contextChanged, controlsChanged } from '../registers/effects.ts';
import { type CoprocessorRow, cell32, cell64, highHalf, read32, zero32 } from './row.ts';

/** Bits that software sets, and bits that are 1, in ARMv7: M A C CP15BEN SW Z I V WXN UWXN EE TRE AFE TE. */
const SCTLR_ARMV7 = { mask: 0x7218_3c27, ones: 0x00c5_0058 };
/** CP15BEN. */
export const SCTLR_RESET_ARMV7 = 0x00c5_0078;
/** In ARMv8, with SED, nTWI and nTWE; there is no SWP, and branch prediction is always on. */
const SCTLR_ARMV8 = { mask: 0x721d_3127, ones: 0x00c0_0818 };

function writeSctlr(cpu: Cpu, value: number): void {
  const { mask, ones } = cpu.get32(sys.AARCH32_ONLY) !== 0 ? SCTLR_ARMV7 : SCTLR_ARMV8;
  cpu.set32(sys.SCTLR_EL1, (value & mask) | ones);
  controlsChanged(cpu);
}

/** SMP: what software sets of the Cortex-A15's own register; nothing follows from it. The Cortex-A57 has nothing there. */
const ACTLR_SMP = 1 << 6;
const writeActlr = (cpu: Cpu, value: number): void =>
  cpu.set32(sys.ACTLR_EL1, cpu.get32(sys.AARCH32_ONLY) !== 0 ? value & ACTLR_SMP : 0);
/** cp10, cp11, ASEDIS; D16 to D31 cannot be disabled by themselves (D32DIS). */
const CPACR_MASK = bitMask(20, 21, 22, 23, 31);
/** N or T0SZ, PD0, PD1, EPD0, IRGN0, ORGN0, SH0, T1SZ, A1, EPD1, IRGN1, ORGN1, SH1, EAE. */
const TTBCR_MASK = 0xbfc7_3fb7n;
/** BADDR and ASID. */
const TTBR_MASK = 0x00ff_00ff_ffff_ffffn;

const controls = { changed: controlsChanged, afterWrite: 'reconsider' } as const;
const context = { changed: contextChanged, afterWrite: 'refetch' } as const;

/** Control, translation, faults and threads of PL1 and PL0: CP15 c1 to c6, c10, c12, c13. Arm ARM DDI 0406C, B4.1. */
export const controlRows: readonly CoprocessorRow[] = [
  {
    name: 'SCTLR',
    at: [15, 0, 1, 0, 0],
    access: virtualMemory,
    storage: { kind: 'functions', read: (cpu) => cpu.get32(sys.SCTLR_EL1), write: writeSctlr },
    afterWrite: 'reconsider',
  },
  {
    name: 'ACTLR',
    at: [15, 0, 1, 0, 1],
    access: el1TrappedBy(Hcr.tacr),
    storage: { kind: 'functions', read: (cpu) => cpu.get32(sys.ACTLR_EL1), write: writeActlr },
  },
  cell32('CPACR', [15, 0, 1, 0, 2], cpacr, sys.CPACR_EL1, {
    mask: CPACR_MASK,
    changed: configChanged,
    afterWrite: 'reconsider',
  }),
  // Of the Security Extensions: Non-secure state reads it, and has what coprocessors there are, VFP's 10 and 11 (B4.1.111).
  { name: 'NSACR', at: [15, 0, 1, 1, 2], access: readOnly(el1), storage: { kind: 'constant', value: 0xc00n } },
  cell32('TTBR0', [15, 0, 2, 0, 0], virtualMemory, sys.TTBR0_EL1, context),
  cell64('TTBR0', [15, 0, 2], virtualMemory, sys.TTBR0_EL1, { mask: TTBR_MASK, ...context }),
  cell32('TTBR1', [15, 0, 2, 0, 1], virtualMemory, sys.TTBR1_EL1, context),
  cell64('TTBR1', [15, 1, 2], virtualMemory, sys.TTBR1_EL1, { mask: TTBR_MASK, ...context }),
  // With CONFIG_CPU_TTBR0_PAN Linux writes it at each entry and exit: nothing but translation depends on it.
  cell32('TTBCR', [15, 0, 2, 0, 2], virtualMemory, sys.TCR_EL1, {
    mask: TTBCR_MASK,
    changed: (cpu) => cpu.system.mmu?.controlsChanged(),
    afterWrite: 'refetch',
  }),
  cell32('DACR', [15, 0, 3, 0, 0], virtualMemory, sys.DACR32_EL2, context),
  cell32('DFSR', [15, 0, 5, 0, 0], virtualMemory, sys.ESR_EL1, { mask: 0x3effn }),
  cell32('IFSR', [15, 0, 5, 0, 1], virtualMemory, sys.IFSR32_EL2, { mask: 0x163fn }),
  zero32('ADFSR', [15, 0, 5, 1, 0], virtualMemory),
  zero32('AIFSR', [15, 0, 5, 1, 1], virtualMemory),
  cell32('DFAR', [15, 0, 6, 0, 0], virtualMemory, sys.FAR_EL1),
  cell32('IFAR', [15, 0, 6, 0, 2], virtualMemory, highHalf(sys.FAR_EL1)),
  cell32('PAR', [15, 0, 7, 4, 0], el1, sys.PAR_EL1),
  cell64('PAR', [15, 0, 7], el1, sys.PAR_EL1),
  // With the Long-descriptor format, MAIR0 and MAIR1. The reset values are the Cortex-A15's.
  cell32('PRRR', [15, 0, 10, 2, 0], virtualMemory, sys.MAIR_EL1, { reset: 0x0009_8aa4n, ...controls }),
  cell32('NMRR', [15, 0, 10, 2, 1], virtualMemory, highHalf(sys.MAIR_EL1), { reset: 0x44e0_48e0n, ...controls }),
  zero32('AMAIR0', [15, 0, 10, 3, 0], virtualMemory),
  zero32('AMAIR1', [15, 0, 10, 3, 1], virtualMemory),
  cell32('VBAR', [15, 0, 12, 0, 0], el1, sys.VBAR_EL1, { mask: 0xffff_ffe0n }),
  read32('ISR', [15, 0, 12, 1, 0], readOnly(el1), interruptStatus),
  // Fast Context Switch Extension: not there.
  zero32('FCSEIDR', [15, 0, 13, 0, 0], el1),
  cell32('CONTEXTIDR', [15, 0, 13, 0, 1], virtualMemory, sys.CONTEXTIDR_EL1, context),
  cell32('TPIDRURW', [15, 0, 13, 0, 2], el0, sys.TPIDR_EL0),
  cell32('TPIDRURO', [15, 0, 13, 0, 3], el0Reads, sys.TPIDRRO_EL0),
  cell32('TPIDRPRW', [15, 0, 13, 0, 4], el1, sys.TPIDR_EL1),
];
