import { Permit, PRIVILEGED_SHIFT } from './access.ts';
import type { Regime } from './regime.ts';

const READ_WRITE = Permit.read | Permit.write;

/** `Permit` bits of both levels from AP[2:1] and the execute-never bits. Arm ARM DDI 0487, D8.4.1 and D8.4.2. */
export const permitsAarch64 = (regime: Regime, readOnly: boolean, el0: boolean, uxn: boolean, pxn: boolean): number => {
  const data = readOnly ? Permit.read : READ_WRITE;
  const wxn = regime.wxn && !readOnly;
  if (!regime.hasEl0) return (data | (uxn || wxn ? 0 : Permit.execute)) << PRIVILEGED_SHIFT;
  const user = (el0 ? data : 0) | (uxn || (wxn && el0) ? 0 : Permit.execute);
  // What EL0 can write, EL1 cannot execute.
  const privileged = data | (pxn || wxn || (el0 && !readOnly) ? 0 : Permit.execute);
  return user | (privileged << PRIVILEGED_SHIFT);
};

/** Loads and stores by AP[2:0]; 4 is reserved. Arm ARM DDI 0406C, table B3-8. */
const USER_DATA = [0, 0, Permit.read, READ_WRITE, 0, 0, Permit.read, Permit.read] as const;
const PRIVILEGED_DATA = [0, READ_WRITE, READ_WRITE, READ_WRITE, 0, Permit.read, Permit.read, Permit.read] as const;

/**
 * The same in AArch32, where executing needs reading: from AP[2:0], AP[0] being 1 in formats without it.
 * Arm ARM DDI 0406C, B3.7.1 and B3.7.2; DDI 0487, AArch32.CheckPermission.
 */
export const permitsAarch32 = (regime: Regime, ap: number, xn: boolean, pxn: boolean): number => {
  const privileged = PRIVILEGED_DATA[ap] as number;
  const privilegedNever = xn || privileged === 0 || (regime.wxn && privileged === READ_WRITE);
  if (!regime.hasEl0) return (privileged | (privilegedNever ? 0 : Permit.execute)) << PRIVILEGED_SHIFT;
  const user = USER_DATA[ap] as number;
  const userWrites = user === READ_WRITE;
  const userNever = xn || user === 0 || (regime.wxn && userWrites);
  const never = privilegedNever || pxn || (regime.uwxn && userWrites);
  return user | (userNever ? 0 : Permit.execute) | ((privileged | (never ? 0 : Permit.execute)) << PRIVILEGED_SHIFT);
};
