import { viewOf } from '../../core/exception/modes.ts';
import { Cpsr } from '../../core/fields/psr.ts';
import type { Aarch32Guest } from '../arm-common/aarch32/emulate.ts';
import type { Arm64Host } from './el2.ts';

// Guests in AArch32 state, as AArch64 sees them.

/** The X register that holds Rn of the mode in a CPSR. */
export const viewOfRegister = (cpsr: number, n: number): number => viewOf(cpsr & Cpsr.m, n);

/** The guest with the registers of its mode. */
export function aarch32Guest(h: Arm64Host, translate: Aarch32Guest['translate']): Aarch32Guest {
  const { cpu, el2 } = h;
  const cpsr = el2.spsr.low();
  const view = (n: number): number => viewOfRegister(cpsr, n);
  return {
    r: (n) => cpu.xLow(view(n)),
    setR: (n, value) => cpu.setXHalves(view(n), value, 0),
    d: (n) => cpu.v(n >>> 1, (n & 1) as 0 | 1),
    setD: (n, value) => cpu.setV(n >>> 1, (n & 1) as 0 | 1, value),
    cpsr,
    jump: (address, thumb) => {
      el2.elr.writeHalves(address, 0);
      const state = (el2.spsr.low() & ~Cpsr.t) | (thumb ? Cpsr.t : 0);
      el2.spsr.writeHalves(state >>> 0, el2.spsr.high());
    },
    translate,
  };
}
