import { sys } from '../../state/system-cells.ts';
import { el1, readOnly } from '../access.ts';
import type { RegisterRow } from '../row.ts';
import { zeroRow } from './rows.ts';

/** The Cortex-A57's own registers (DDI 0488, chapter 4). They have no effect that software could see; HCR_EL2.TIDCP traps them all. */
export const implementationRegisters: readonly RegisterRow[] = [
  {
    name: 'L2CTLR_EL1',
    at: [3, 1, 11, 0, 2],
    access: el1,
    storage: { kind: 'functions', read: (cpu) => (cpu.get32(sys.CLUSTER_CPUS) - 1) << 24, write: () => {} },
  },
  zeroRow('L2ECTLR_EL1', [3, 1, 11, 0, 3], el1),
  zeroRow('L2ACTLR_EL1', [3, 1, 15, 0, 0], el1),
  zeroRow('CPUACTLR_EL1', [3, 1, 15, 2, 0], el1),
  zeroRow('CPUECTLR_EL1', [3, 1, 15, 2, 1], el1),
  zeroRow('CPUMERRSR_EL1', [3, 1, 15, 2, 2], el1),
  zeroRow('L2MERRSR_EL1', [3, 1, 15, 2, 3], el1),
  zeroRow('CBAR_EL1', [3, 1, 15, 3, 0], readOnly(el1)),
];
