import { el1, readOnly } from '../access.ts';
import { sys } from '../cells.ts';
import type { AccessRule, Encoding, RegisterRow, Storage } from '../row.ts';

const row = (name: string, at: Encoding, storage: Storage, access: AccessRule = el1): RegisterRow => ({
  name,
  at,
  access,
  storage,
});
/** No effect on what software can see: reads as zero, ignores writes. */
const zero: Storage = { kind: 'constant', value: 0n };

/** The Cortex-A57's own registers (DDI 0488, 4.3). HCR_EL2.TIDCP traps them all. */
export const implementationRegisters: readonly RegisterRow[] = [
  row('L2CTLR_EL1', [3, 1, 11, 0, 2], {
    kind: 'functions',
    read: (cpu) => (cpu.get32(sys.CLUSTER_CPUS) - 1) << 24,
    write: () => {},
  }),
  row('L2ECTLR_EL1', [3, 1, 11, 0, 3], zero),
  row('L2ACTLR_EL1', [3, 1, 15, 0, 0], zero),
  row('CPUACTLR_EL1', [3, 1, 15, 2, 0], zero),
  row('CPUECTLR_EL1', [3, 1, 15, 2, 1], zero),
  row('CPUMERRSR_EL1', [3, 1, 15, 2, 2], zero),
  row('L2MERRSR_EL1', [3, 1, 15, 2, 3], zero),
  row('CBAR_EL1', [3, 1, 15, 3, 0], zero, readOnly(el1)),
];
