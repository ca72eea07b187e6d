import { Access } from './access.ts';
import type { TranslationFault } from './fault.ts';
import type { Regime } from './regime.ts';
import type { MmuRegisters } from './registers.ts';
import type { Walker } from './walker.ts';

interface AtRow {
  readonly el: 1 | 2;
  readonly access: number;
  readonly stage2: boolean;
}

/** AT instructions by name. Arm ARM DDI 0487, C5.5. */
export const atOperations = {
  S1E1R: { el: 1, access: Access.read, stage2: false },
  S1E1W: { el: 1, access: Access.write, stage2: false },
  S1E0R: { el: 1, access: Access.read | Access.unprivileged, stage2: false },
  S1E0W: { el: 1, access: Access.write | Access.unprivileged, stage2: false },
  S1E2R: { el: 2, access: Access.read, stage2: false },
  S1E2W: { el: 2, access: Access.write, stage2: false },
  S12E1R: { el: 1, access: Access.read, stage2: true },
  S12E1W: { el: 1, access: Access.write, stage2: true },
  S12E0R: { el: 1, access: Access.read | Access.unprivileged, stage2: true },
  S12E0W: { el: 1, access: Access.write | Access.unprivileged, stage2: true },
} as const satisfies Readonly<Record<string, AtRow>>;

export type AtOperation = keyof typeof atOperations;

/** PAR_EL1: bit 11 is RES1, bit 9 NS (Non-secure) of a success and S (stage) of a fault. Arm ARM DDI 0487, D17.2.107. */
const PAR_RES1 = 1 << 11;
const PAR_NS = 1 << 9;

const faultedPar = (fault: TranslationFault): number =>
  1 | (fault.status << 1) | (fault.s1ptw ? 1 << 8 : 0) | (fault.stage === 2 ? 1 << 9 : 0) | PAR_RES1;

/**
 * Executes an AT instruction at an exception level. False: instead of a result in PAR_EL1 there is the exception that the
 * walker's fault describes: an external abort, or a stage 2 fault on a table of stage 1 for an AT S1E1x or S1E0x at EL1.
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
  const privileged = (row.access & Access.unprivileged) === 0;
  if (walker.walk(regime, vaLo, vaHi, row.access, privileged, row.stage2 && regime.stage2)) {
    const lo = (walker.paLo & ~0xfff) | (walker.shareability << 7) | PAR_NS | PAR_RES1;
    registers.setParEl1(lo >>> 0, ((walker.attributes << 24) | walker.paHi) >>> 0);
    return true;
  }
  const { fault } = walker;
  if (fault.type === 'external' || (el === 1 && fault.stage === 2)) return false;
  registers.setParEl1(faultedPar(fault), 0);
  return true;
};
