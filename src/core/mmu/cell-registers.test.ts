import { describe, expect, test } from 'vitest';
import { AARCH32_MODE, CURRENT_EL } from '../state/cells.ts';
import { PeState } from '../state/pe-state.ts';
import { sys } from '../state/system-cells.ts';
import { CellMmuRegisters } from './cell-registers.ts';

const RW = 1 << 31;
const SVC = 0x13;
const USR = 0x10;

const registersOf = (only: number, hcr: number, el: number, mode: number): CellMmuRegisters => {
  const cpu = new PeState(1 << 16, { frequency: 1, countAt: () => 0n, icountAt: () => Number.POSITIVE_INFINITY });
  cpu.set32(sys.AARCH32_ONLY, only);
  cpu.set32(sys.HCR_EL2, hcr);
  cpu.set32(CURRENT_EL, el);
  cpu.set32(AARCH32_MODE, mode);
  return new CellMmuRegisters(cpu);
};

describe("the EL1&0 regime is AArch32's", () => {
  test.each([
    ['on an ARMv7-A CPU', 1, 0, 1, SVC, true],
    ['there in Hyp mode too', 1, 0, 2, 0x1a, true],
    ['not with HCR_EL2.RW', 0, RW, 1, 0, false],
    ['not for a program in AArch32 under an AArch64 EL1', 0, RW, 0, USR, false],
    ['with RW = 0, for EL1', 0, 0, 1, SVC, true],
    ['with RW = 0, for EL0', 0, 0, 0, USR, true],
    ['with RW = 0, for what EL2 does to it', 0, 0, 2, 0, true],
    ['not for AArch64 code at EL1, whatever RW says', 0, 0, 1, 0, false],
  ] as const)('%s', (_name, only, hcr, el, mode, expected) => {
    const registers = registersOf(only, hcr, el, mode);
    expect(registers.el1Aarch32).toBe(expected);
    expect(registers.el2Aarch32).toBe(only === 1);
  });
});
