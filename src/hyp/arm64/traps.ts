import { Ec } from '../../core/fields/esr.ts';
import { BhyveExit } from '../../trace/events/index.ts';
import { dataAbortTrap, instructionAbortTrap } from '../arm-common/aborts.ts';
import { hvc32Trap, hvc64Trap, smc32Trap, smc64Trap } from '../arm-common/firmware.ts';
import { registerTrap } from '../arm-common/register-access.ts';
import { forbiddenTrap, type TrapTable, unhandledTrap } from '../arm-common/trap.ts';
import { waitTrap } from '../arm-common/wait.ts';
import { emulateCp14, emulateCp14Wide, emulateCp15, emulateCp15Wide, emulateVmrs } from './cp15.ts';
import type { Arm64Host } from './el2.ts';
import { emulateSysreg } from './sysregs.ts';

/** By ESR_EL2.EC; a class without a row is unhandled. */
export const traps: TrapTable<Arm64Host> = {
  [Ec.unknown]: unhandledTrap(BhyveExit.HYP, 'unknown'),
  [Ec.wfx]: waitTrap,
  // Of AArch32 state.
  [Ec.cp15_32]: registerTrap(emulateCp15),
  [Ec.cp15_64]: registerTrap(emulateCp15Wide),
  [Ec.cp14_32]: registerTrap(emulateCp14),
  // LDC and STC of the debug communications channel, which is not there.
  [Ec.cp14_ls]: forbiddenTrap(BhyveExit.REG_EMUL, 'msr'),
  [Ec.cp10Id]: registerTrap(emulateVmrs),
  [Ec.cp14_64]: registerTrap(emulateCp14Wide),
  [Ec.hvc32]: hvc32Trap,
  [Ec.smc32]: smc32Trap,
  [Ec.hvc64]: hvc64Trap,
  [Ec.smc64]: smc64Trap,
  [Ec.sys64]: registerTrap(emulateSysreg),
  [Ec.iabtLow]: instructionAbortTrap,
  [Ec.dabtLow]: dataAbortTrap,
  [Ec.brk64]: unhandledTrap(BhyveExit.BRK, 'brk'),
  [Ec.softwareStepLow]: unhandledTrap(BhyveExit.SS, 'ss'),
};
