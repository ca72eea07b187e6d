// registers/: the system registers of AArch64, as rows.

import { type SystemCell, sys } from '../../state/system-cells.ts';
import type { AccessRule } from '../access-rule.ts';
import type { Cpu } from '../cpu.ts';
import type { Encoding, RegisterRow, WriteFlow } from '../row.ts';

interface CellOptions {
  readonly mask?: bigint;
  readonly ones?: bigint;
  readonly reset?: bigint;
  readonly changed?: (cpu: Cpu) => void;
  readonly afterWrite?: WriteFlow;
}

/** A register in the cell of its name; all bits are writable unless there is a mask. */
export function cellRow(name: SystemCell, at: Encoding, access: AccessRule, options: CellOptions = {}): RegisterRow {
  const { mask = -1n, afterWrite = 'next', ...rest } = options;
  return { name, at, access, afterWrite, storage: { kind: 'cell', cell: sys[name], mask, ...rest } };
}

/** A register with nothing in it: reads as zero, ignores writes. */
export const zeroRow = (name: string, at: Encoding, access: AccessRule): RegisterRow => ({
  name,
  at,
  access,
  storage: { kind: 'constant', value: 0n },
});
