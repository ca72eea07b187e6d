import { viewOf } from '../../core/exception/modes.ts';
import { commonRows, coprocessorHandlers } from '../arm-common/aarch32/coprocessor.ts';
import type { Aarch32Guest } from '../arm-common/aarch32/emulate.ts';
import { byEncoding } from '../arm-common/register-access.ts';
import type { Arm64Hypervisor } from './hypervisor.ts';

// Guests' programs in AArch32 state, whose exceptions to EL2 come from EL0.

const rows = byEncoding(Object.values(commonRows));
const handlers = coprocessorHandlers<Arm64Hypervisor>((encoding) => rows.get(encoding));
export const emulateCp15 = handlers.narrow(15);
export const emulateCp15Wide = handlers.wide(15);
export const emulateCp14 = handlers.narrow(14);
export const emulateCp14Wide = handlers.wide(14);

const MODE = 0x1f;

/** The registers of the mode that the program is in, by the AArch64 registers that hold them. */
export function aarch32Guest(h: Arm64Hypervisor, translate: Aarch32Guest['translate']): Aarch32Guest {
  const { cpu, el2 } = h;
  const cpsr = el2.spsr.low();
  const view = (n: number): number => viewOf(cpsr & MODE, n);
  return {
    r: (n) => cpu.xLow(view(n)),
    setR: (n, value) => cpu.setXHalves(view(n), value, 0),
    d: (n) => cpu.v(n >>> 1, (n & 1) as 0 | 1),
    setD: (n, value) => cpu.setV(n >>> 1, (n & 1) as 0 | 1, value),
    cpsr,
    far: el2.far().low(),
    translate,
  };
}
