import { Ec } from '../../core/exception/types.ts';
import { BhyveExit } from '../../trace/events/index.ts';
import { dataAbortTrap, instructionAbortTrap } from '../arm-common/aborts.ts';
import { hvc64Trap, smc64Trap } from '../arm-common/firmware.ts';
import { registerTrap } from '../arm-common/register-access.ts';
import { type TrapTable, unhandledTrap } from '../arm-common/trap.ts';
import { waitTrap } from '../arm-common/wait.ts';
import type { Arm64Hypervisor } from './hypervisor.ts';
import { emulateSysreg } from './sysregs.ts';

/** By ESR_EL2.EC; a class without a row is unhandled. */
export const traps: TrapTable<Arm64Hypervisor> = {
  [Ec.unknown]: unhandledTrap(BhyveExit.HYP, 'unknown'),
  [Ec.wfx]: waitTrap,
  [Ec.hvc64]: hvc64Trap,
  [Ec.smc64]: smc64Trap,
  [Ec.sys64]: registerTrap(emulateSysreg),
  [Ec.iabtLow]: instructionAbortTrap,
  [Ec.dabtLow]: dataAbortTrap,
  [Ec.brk64]: unhandledTrap(BhyveExit.BRK, 'brk'),
  [Ec.softwareStepLow]: unhandledTrap(BhyveExit.SS, 'ss'),
};
