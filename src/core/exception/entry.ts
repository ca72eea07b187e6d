import { assert } from '../../base/assert.ts';
import type { Cpu } from '../cpu.ts';
import * as cells from '../state/cells.ts';
import { sys } from '../system/cells.ts';
import { updateInterruptPending } from './interrupts.ts';
import { jumpTo, Pstate, readSpsr, selectLevel } from './pstate.ts';
import type { Exception } from './types.ts';

/** ESR_ELx.IL: all A64 instructions have 32 bits, and what has no instruction sets it too. */
const ESR_IL = 1 << 25;
const HPFAR_FIPA_SHIFT = 4n;

const kindOffset = { sync: 0x000, irq: 0x080, fiq: 0x100, serror: 0x180 } as const;
const banks = {
  1: { elr: sys.ELR_EL1, spsr: sys.SPSR_EL1, esr: sys.ESR_EL1, far: sys.FAR_EL1, vbar: sys.VBAR_EL1 },
  2: { elr: sys.ELR_EL2, spsr: sys.SPSR_EL2, esr: sys.ESR_EL2, far: sys.FAR_EL2, vbar: sys.VBAR_EL2 },
} as const;

/** Takes an exception to AArch64 state (AArch64.TakeException of the Arm ARM, DDI 0487). */
export function takeException(cpu: Cpu, exception: Exception): void {
  const from = cpu.get32(cells.CURRENT_EL);
  const { target, kind } = exception;
  assert(target >= from, 'an exception does not lower the level');
  const bank = banks[target];

  // An instruction that generates its exception has been stepped (SSAdvance).
  if (exception.returnOffset !== 0) cpu.set32(cells.PSTATE_SS_IL, cpu.get32(cells.PSTATE_SS_IL) & ~Pstate.ss);
  const spsr = readSpsr(cpu);
  const base = cpu.get32(cells.PC_BASE);
  const low = base + cpu.get32(cells.PC_OFFSET) + exception.returnOffset;
  cpu.set32(bank.elr, low >>> 0);
  cpu.set32(bank.elr + 4, cpu.get32(cells.PC_BASE + 4) + (low > 0xffff_ffff ? 1 : 0));
  cpu.set32(bank.spsr, spsr);
  if (kind === 'sync' || kind === 'serror') cpu.set32(bank.esr, (exception.ec << 26) | ESR_IL | exception.iss);
  if (exception.far !== undefined) cpu.set64(bank.far, exception.far);
  if (exception.ipa !== undefined && target === 2) cpu.set64(sys.HPFAR_EL2, (exception.ipa >> 12n) << HPFAR_FIPA_SHIFT);

  const group = target > from ? 0x400 : cpu.get32(cells.SPSEL) ? 0x200 : 0x000;
  selectLevel(cpu, target, 1);
  cpu.set32(cells.DAIF, Pstate.daif);
  cpu.set32(cells.PSTATE_SS_IL, 0);
  cpu.set32(sys.STEPPED, 0);
  jumpTo(cpu, cpu.get32(bank.vbar), cpu.get32(bank.vbar + 4), group + kindOffset[kind]);
  cpu.configStale = true;
  // Between EL0 and EL1 neither routing nor regime differ by what these hold.
  if (target === 2) updateInterruptPending(cpu);
}
