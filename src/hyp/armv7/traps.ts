import { Ec } from '../../core/fields/esr.ts';
import { BhyveExit } from '../../trace/events/index.ts';
import { dataAbortTrap, instructionAbortTrap } from '../arm-common/aborts.ts';
import { hvc32Trap, smc32Trap } from '../arm-common/firmware.ts';
import { registerTrap } from '../arm-common/register-access.ts';
import { forbiddenTrap, type TrapTable, unhandledTrap } from '../arm-common/trap.ts';
import { waitTrap } from '../arm-common/wait.ts';
import { emulateCp14, emulateCp14Wide, emulateCp15, emulateCp15Wide } from './cp15.ts';
import type { Armv7Host } from './hyp.ts';

/** By HSR.EC (Arm ARM DDI 0406, B3.13.6); a class without a row is unhandled. */
export const traps: TrapTable<Armv7Host> = {
  [Ec.unknown]: unhandledTrap(BhyveExit.HYP, 'unknown'),
  [Ec.wfx]: waitTrap,
  [Ec.cp15_32]: registerTrap(emulateCp15),
  [Ec.cp15_64]: registerTrap(emulateCp15Wide),
  [Ec.cp14_32]: registerTrap(emulateCp14),
  // LDC and STC of the debug communications channel, which is not there.
  [Ec.cp14_ls]: forbiddenTrap(BhyveExit.REG_EMUL, 'msr'),
  // Coprocessors that are not there: of those that are, HCPTR traps none.
  [Ec.fpAccess]: forbiddenTrap(BhyveExit.HYP, 'unhandledSync'),
  [Ec.cp14_64]: registerTrap(emulateCp14Wide),
  [Ec.hvc32]: hvc32Trap,
  [Ec.smc32]: smc32Trap,
  [Ec.iabtLow]: instructionAbortTrap,
  [Ec.dabtLow]: dataAbortTrap,
};
