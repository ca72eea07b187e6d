import { assert } from '../../base/assert.ts';
import { ESR_IL } from '../fields/esr.ts';
import { Pstate } from '../fields/psr.ts';
import * as cells from '../state/cells.ts';
import type { Exception } from '../state/exception.ts';
import type { PeState } from '../state/pe-state.ts';
import { sys } from '../state/system-cells.ts';
import { enterEl1, enterHyp } from './aarch32-entry.ts';
import { branchAddressHigh } from './branch-address.ts';
import { setHpfar } from './hpfar.ts';
import { updateInterruptPending } from './interrupts.ts';
import { leaveAarch32, usesAarch32 } from './modes.ts';
import { advanceIt, jumpTo, readSpsr, selectLevel } from './pstate.ts';

/** The vectors are aligned to 2 KiB; bits below are AArch32's. */
const VBAR_MASK = ~0x7ff;

const kindOffset = { sync: 0x000, irq: 0x080, fiq: 0x100, serror: 0x180 } as const;
const banks = {
  1: { elr: sys.ELR_EL1, spsr: sys.SPSR_EL1, esr: sys.ESR_EL1, far: sys.FAR_EL1, vbar: sys.VBAR_EL1 },
  2: { elr: sys.ELR_EL2, spsr: sys.SPSR_EL2, esr: sys.ESR_EL2, far: sys.FAR_EL2, vbar: sys.VBAR_EL2 },
} as const;

/** Offset of the vectors for exceptions from where the CPU is. Arm ARM DDI 0487, table D1-6. */
function vectorGroup(cpu: PeState, target: number): number {
  if (cpu.get32(cells.AARCH32_MODE) !== 0) return 0x600;
  if (target > cpu.get32(cells.CURRENT_EL)) return 0x400;
  return cpu.get32(cells.SPSEL) ? 0x200 : 0x000;
}

/** Takes an exception to AArch64 state (AArch64.TakeException of the Arm ARM, DDI 0487). */
function enterAarch64(cpu: PeState, exception: Exception): void {
  const { target, kind } = exception;
  const bank = banks[target];
  const isAarch32 = cpu.get32(cells.AARCH32_MODE) !== 0;
  const spsr = readSpsr(cpu);
  const base = cpu.get32(cells.PC_BASE);
  const offset = cpu.get32(cells.PC_OFFSET);
  const low = base + (isAarch32 ? offset & ~1 : offset) + exception.returnOffset;
  cpu.set32(bank.elr, low >>> 0);
  cpu.set32(bank.elr + 4, isAarch32 ? 0 : cpu.get32(cells.PC_BASE + 4) + (low > 0xffff_ffff ? 1 : 0));
  cpu.set32(bank.spsr, spsr);
  if (kind === 'sync' || kind === 'serror')
    cpu.set32(bank.esr, (exception.ec << 26) | (exception.narrow ? 0 : ESR_IL) | exception.iss);
  if (exception.far !== undefined) cpu.set64(bank.far, exception.far);
  if (exception.ipa !== undefined && target === 2) setHpfar(cpu, exception.ipa);

  const group = vectorGroup(cpu, target);
  if (isAarch32) {
    leaveAarch32(cpu);
    for (const cell of [cells.ITSTATE, cells.CPSR_Q, cells.CPSR_GE, cells.CPSR_E]) cpu.set32(cell, 0);
  }
  selectLevel(cpu, target, 1);
  cpu.set32(cells.DAIF, Pstate.daif);
  const high = branchAddressHigh(cpu, cpu.get32(bank.vbar + 4), target);
  jumpTo(cpu, cpu.get32(bank.vbar) & VBAR_MASK, high, group + kindOffset[kind]);
}

/** Takes an exception, to AArch64 or to AArch32 as the target level uses. */
export function takeException(cpu: PeState, exception: Exception): void {
  const { target } = exception;
  assert(target >= cpu.get32(cells.CURRENT_EL), 'an exception does not lower the level');
  // An instruction that generates its exception is behind: it has been stepped (SSAdvance), and so has its IT block (ITAdvance).
  if (exception.returnOffset !== 0) {
    cpu.set32(cells.PSTATE_SS_IL, cpu.get32(cells.PSTATE_SS_IL) & ~Pstate.ss);
    advanceIt(cpu);
  }
  if (!usesAarch32(cpu, target)) enterAarch64(cpu, exception);
  else if (target === 1) enterEl1(cpu, exception);
  else enterHyp(cpu, exception);
  cpu.set32(cells.PSTATE_SS_IL, 0);
  cpu.set32(sys.STEPPED, 0);
  cpu.levelChanged();
  // Between EL0 and EL1 neither routing nor regime differ by what these hold.
  if (target === 2) updateInterruptPending(cpu);
}
