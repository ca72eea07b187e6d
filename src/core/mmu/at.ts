import { Par } from '../fields/translation.ts';
import { Access } from './access.ts';
import { atAarch32, faultedShortPar, shortPar } from './at-aarch32.ts';
import type { AtRow } from './at-row.ts';
import type { TranslationFault } from './fault.ts';
import { Format, type Regime } from './regime.ts';
import type { MmuRegisters } from './registers.ts';
import type { Walker } from './walker.ts';

/** AT instructions of AArch64 by name. Arm ARM DDI 0487, C5.5. */
const atAarch64 = {
  S1E1R: { el: 1, access: Access.read, stage2: false, aarch32: false },
  S1E1W: { el: 1, access: Access.write, stage2: false, aarch32: false },
  S1E0R: { el: 1, access: Access.read | Access.unprivileged, stage2: false, aarch32: false },
  S1E0W: { el: 1, access: Access.write | Access.unprivileged, stage2: false, aarch32: false },
  S1E2R: { el: 2, access: Access.read, stage2: false, aarch32: false },
  S1E2W: { el: 2, access: Access.write, stage2: false, aarch32: false },
  S12E1R: { el: 1, access: Access.read, stage2: true, aarch32: false },
  S12E1W: { el: 1, access: Access.write, stage2: true, aarch32: false },
  S12E0R: { el: 1, access: Access.read | Access.unprivileged, stage2: true, aarch32: false },
  S12E0W: { el: 1, access: Access.write | Access.unprivileged, stage2: true, aarch32: false },
} as const satisfies Readonly<Record<string, AtRow>>;

/** Those of CP15 besides. */
export const atOperations = { ...atAarch64, ...atAarch32 } as const;

export type AtOperation = keyof typeof atOperations;

/**
 * PAR_EL1, and PAR in its 64-bit format: bit 11 is RES1, bit 9 NS (Non-secure) of a success and S (stage) of a fault.
 * Arm ARM DDI 0487, D17.2.107; DDI 0406C, B4.1.112.
 */

const faultedPar = (fault: TranslationFault): number =>
  Par.f | (fault.status << 1) | (fault.s1ptw ? Par.ptw : 0) | (fault.stage === 2 ? Par.s : 0) | Par.res1;

/**
 * CP15 gives the 32-bit format for what the Short-descriptor format and no stage 2 translates, unless the operation is for
 * stage 1 and executed in Hyp mode. Arm ARM DDI 0406C, B3.13.2.
 */
const isShort = (row: AtRow, regime: Regime, el: number): boolean =>
  row.aarch32 && regime.format === Format.short && (row.stage2 ? !regime.stage2 : el !== 2);

/**
 * Executes an AT instruction, or an address translation operation of CP15, at an exception level. False: instead of a result
 * in PAR_EL1 (PAR) there is the exception that the walker's fault describes: an external abort, or a stage 2 fault on a table
 * of stage 1 for an AT S1E1x or S1E0x (ATS1Cxx) at EL1.
 */
export const addressTranslate = (
  walker: Walker,
  registers: MmuRegisters,
  regime: Regime,
  row: AtRow,
  vaLo: number,
  vaHi: number,
  el: number,
): boolean => {
  const { fault } = walker;
  const privileged = (row.access & Access.unprivileged) === 0;
  const found = walker.walk(regime, vaLo, vaHi, row.access, privileged, row.stage2 && regime.stage2);
  if (!found && (fault.type === 'external' || (el === 1 && fault.stage === 2))) return false;
  if (isShort(row, regime, el)) registers.setParEl1(found ? shortPar(walker) : faultedShortPar(fault), 0);
  else if (found) {
    const lo = (walker.paLo & ~0xfff) | (walker.shareability << 7) | Par.ns | Par.res1;
    registers.setParEl1(lo >>> 0, ((walker.attributes << 24) | walker.paHi) >>> 0);
  } else registers.setParEl1(faultedPar(fault), 0);
  return true;
};
