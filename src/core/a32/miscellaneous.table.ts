import type { Table } from '../decode/row.ts';

/** Of the miscellaneous instructions (Arm ARM DDI 0406C, A5.2.12): jumps to a register, and CLZ. */
export const branchRegister = {
  BX: '----_0001_0010_----_----_----_0001_mmmm',
  BLX_reg: '----_0001_0010_----_----_----_0011_mmmm',
} as const satisfies Table;

export const countZeros = {
  CLZ: '----_0001_0110_----_dddd_----_0001_mmmm',
} as const satisfies Table;
