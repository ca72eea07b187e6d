import { BhyveExit } from '../../trace/events/index.ts';
import type { ArmHypervisor } from './hypervisor.ts';
import type { Trap, TrapRow } from './trap.ts';

/** ISS.TI of a trapped WFI, WFE. */
const isWfi = (trap: Trap): boolean => (trap.iss & 1) === 0;

/** A trapped WFI or WFE (EC 0x01). */
export const waitTrap: TrapRow<ArmHypervisor> = {
  exit: (trap) => (isWfi(trap) ? BhyveExit.WFI : BhyveExit.HYP),
  stat: (trap) => (isWfi(trap) ? 'wfi' : 'wfe'),
  handle: (h, trap) => {
    h.skip();
    return isWfi(trap) ? { kind: 'wfi', pc: trap.pc } : { kind: 'yield' };
  },
};
