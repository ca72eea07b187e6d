import type { Pl1Registers } from '../arm-common/aarch32/inject.ts';
import type { GuestCpu } from './guest-cpu.ts';

/** The guest's registers under their names in ARMv7. */
export function pl1Registers(cpu: GuestCpu): Pl1Registers {
  const set = (name: string, value: number): void => cpu.register(name).writeHalves(value, 0);
  return {
    sctlr: cpu.register('SCTLR'),
    ttbcr: cpu.register('TTBCR'),
    vbar: cpu.register('VBAR'),
    save(bank, spsr, link) {
      set(`SPSR_${bank}`, spsr);
      set(`LR_${bank}`, link);
    },
    noteFault(access, status, address) {
      set(access === 'data' ? 'DFSR' : 'IFSR', status);
      set(access === 'data' ? 'DFAR' : 'IFAR', address);
    },
  };
}
