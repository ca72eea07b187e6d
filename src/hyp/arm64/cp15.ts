import { cpEncoding } from '../../trace/events/index.ts';
import { commonRows, coprocessorHandlers } from '../arm-common/aarch32/coprocessor.ts';
import { hiddenDebug, kernelRows, osLockRows } from '../arm-common/aarch32/kernel-registers.ts';
import { byEncoding, type RegisterRow, readZero } from '../arm-common/register-access.ts';
import type { Arm64Host } from './el2.ts';
import { guestIdRegister } from './id-registers.ts';

// Coprocessor registers: of guests whose EL1 is in AArch32 state, and of programs in that state, which reach few of them.

type CpRow = RegisterRow<Arm64Host>;

/** AArch64 has the register as NAME_EL1. */
const id = (name: string, encoding: number): CpRow => ({
  encoding,
  read: (h) => guestIdRegister(`${name}_EL1`, h.cpu.register(`${name}_EL1`).read()),
});
const feature = (name: string, crm: number, opc2: number): CpRow => id(name, cpEncoding(15, 0, 0, crm, opc2));
/** By the number that VMRS gives it. */
const mediaFeature = (name: string, register: number): CpRow => id(name, cpEncoding(10, 7, register, 0, 0));

/** The registers of CP15 and CP14 that trap, by name. */
export const cp15Rows = {
  ...commonRows,
  ...kernelRows('L2CTLR_EL1'),
  ...osLockRows({ idDfr0: 'ID_DFR0_EL1', oslar: 'OSLAR_EL1', oslsr: 'OSLSR_EL1', osdlr: 'OSDLR_EL1', locked: 1n }),

  // TID3 traps them.
  ID_PFR0: feature('ID_PFR0', 1, 0),
  ID_PFR1: feature('ID_PFR1', 1, 1),
  ID_DFR0: feature('ID_DFR0', 1, 2),
  ID_MMFR0: feature('ID_MMFR0', 1, 4),
  ID_MMFR1: feature('ID_MMFR1', 1, 5),
  ID_MMFR2: feature('ID_MMFR2', 1, 6),
  ID_MMFR3: feature('ID_MMFR3', 1, 7),
  ID_ISAR0: feature('ID_ISAR0', 2, 0),
  ID_ISAR1: feature('ID_ISAR1', 2, 1),
  ID_ISAR2: feature('ID_ISAR2', 2, 2),
  ID_ISAR3: feature('ID_ISAR3', 2, 3),
  ID_ISAR4: feature('ID_ISAR4', 2, 4),
  ID_ISAR5: feature('ID_ISAR5', 2, 5),
  ID_MMFR4: feature('ID_MMFR4', 2, 6),
  MVFR0: mediaFeature('MVFR0', 7),
  MVFR1: mediaFeature('MVFR1', 6),
  MVFR2: mediaFeature('MVFR2', 5),
} satisfies { readonly [name: string]: CpRow };

/** All of CP15's c0 with CRm 1 to 7 that has no row: ID registers of what the guest does not have. RAZ. */
const hiddenId: CpRow = { encoding: 0, read: readZero };
const isIdSpace = (encoding: number): boolean => {
  const crm = (encoding >>> 3) & 15;
  return (encoding & ~0x7f) >>> 0 === cpEncoding(15, 0, 0, 0, 0) && crm >= 1 && crm <= 7;
};

// What HSTR_EL2.T15 traps of the Cortex-A57's own has no row: the guest meets UNDEFINED, as under KVM.
const rows = byEncoding<CpRow>(Object.values(cp15Rows));
const handlers = coprocessorHandlers<Arm64Host>(
  (encoding) => rows.get(encoding) ?? hiddenDebug(encoding) ?? (isIdSpace(encoding) ? hiddenId : undefined),
);

/** MCR and MRC of CP15 (EC 0x03). */
export const emulateCp15 = handlers.narrow(15);
/** MCRR and MRRC of CP15 (EC 0x04). */
export const emulateCp15Wide = handlers.wide(15);
/** MCR and MRC of CP14 (EC 0x05). */
export const emulateCp14 = handlers.narrow(14);
/** MRRC of CP14 (EC 0x0c). */
export const emulateCp14Wide = handlers.wide(14);
/** VMRS of VFP's identification registers (EC 0x08). */
export const emulateVmrs = handlers.narrow(10);
