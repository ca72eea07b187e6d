import { sys } from '../../state/system-cells.ts';
import { el1, readOnly } from '../access.ts';
import { modelOf } from '../models/index.ts';
import { type CoprocessorRow, cell32, zero32 } from './row.ts';

const L2CTLR_CPUS_SHIFT = 24;

/**
 * The Cortex-A15's and Cortex-A57's own registers (DDI 0438 and DDI 0488, chapter 4). They have no effect that software could see;
 * HCR.TIDCP and HSTR.T15 trap them.
 */
export const implementationRows: readonly CoprocessorRow[] = [
  {
    name: 'L2CTLR',
    at: [15, 1, 9, 0, 2],
    access: el1,
    storage: {
      kind: 'functions',
      read: (cpu) => ((cpu.get32(sys.CLUSTER_CPUS) - 1) << L2CTLR_CPUS_SHIFT) | modelOf(cpu).l2ctlr,
      write: () => {},
    },
  },
  // Contents of caches and TLBs.
  ...[0, 1, 2].map((n) => zero32(`IL1DATA${n}`, [15, 0, 15, 0, n], el1)),
  ...[0, 1, 2, 3].map((n) => zero32(`DL1DATA${n}`, [15, 0, 15, 1, n], el1)),
  zero32('RAMINDEX', [15, 0, 15, 4, 0], el1),
  zero32('L2ECTLR', [15, 1, 9, 0, 3], el1),
  zero32('L2ACTLR', [15, 1, 15, 0, 0], el1),
  zero32('L2PFR', [15, 1, 15, 0, 3], el1),
  zero32('ACTLR2', [15, 1, 15, 0, 4], el1),
  zero32('CPUMERRSR', [15, 0, 15], el1),
  zero32('L2MERRSR', [15, 1, 15], el1),
  // Where the GIC is, if the board says.
  cell32('CBAR', [15, 4, 15, 0, 0], readOnly(el1), sys.CBAR, { mask: 0n }),
];
