import { describe, expect, it } from 'vitest';
import { Hcr } from '../fields/hcr.ts';
import { Mode, Pstate } from '../fields/psr.ts';
import * as cells from '../state/cells.ts';
import { sys } from '../state/system-cells.ts';
import { Cpu } from '../system/cpu.ts';
import { resetCpu } from '../system/reset.ts';
import { counter, cpuIn } from './aarch32.fixture.ts';
import { readCpsr } from './pstate.ts';
import { exceptionReturn } from './return.ts';

describe('returns', () => {
  const from64 = (el: 1 | 2, hcr: number, spsr: number): Cpu => {
    const cpu = new Cpu(65536, counter);
    resetCpu(cpu, { el, entry: 0n });
    cpu.set32(sys.HCR_EL2, hcr);
    cpu.set32(el === 1 ? sys.SPSR_EL1 : sys.SPSR_EL2, spsr);
    cpu.set64(el === 1 ? sys.ELR_EL1 : sys.ELR_EL2, 0x1_0000_2002n);
    exceptionReturn(cpu);
    return cpu;
  };
  it('from AArch64 to user mode', () => {
    const cpu = from64(1, Hcr.rw, 0x30);
    expect([cpu.el, cpu.thumb, cpu.pc]).toEqual([0, true, 0x2002n]);
    expect(from64(1, Hcr.rw, 0x10).pc).toBe(0x2000n);
  });
  it.each([
    ['EL1 in AArch32 where HCR_EL2.RW says AArch64', 2, Hcr.rw, 0x13],
    ['EL1 in AArch64 where it says AArch32', 2, 0, 0x5],
    ['EL0 in AArch64 there', 2, 0, 0x0],
    ['Hyp mode', 2, 0, 0x1a],
    ['Monitor mode', 2, 0, 0x16],
    ['EL1 under HCR_EL2.TGE', 2, Hcr.tge, 0x13],
    ['EL1 in AArch32 from EL1', 1, Hcr.rw, 0x13],
  ] as const)('to %s is illegal', (_, el, hcr, spsr) => {
    const cpu = from64(el, hcr, spsr);
    expect([cpu.el, cpu.isAarch32]).toEqual([el, false]);
    expect(cpu.get32(cells.PSTATE_SS_IL)).toBe(Pstate.il);
  });
  it('to EL1 in AArch32', () => {
    const cpu = from64(2, 0, 0x1d3);
    expect(cpu.get32(cells.AARCH32_MODE)).toBe(Mode.svc);
    expect(cpu.get32(cells.DAIF)).toBe(0x1c0);
    expect(cpu.get32(cells.SPSEL)).toBe(0);
  });
  it('with a CPSR from memory', () => {
    const cpu = cpuIn(Mode.svc);
    cpu.set32(cells.EXIT_ARGUMENT, 1);
    cpu.set32(cells.ARG_VALUE, 0x9001);
    cpu.set32(cells.ARG_VALUE + 4, 0x8000_0030);
    exceptionReturn(cpu);
    expect(readCpsr(cpu)).toBe(0x8000_0030);
    expect(cpu.pc).toBe(0x9000n);
  });
  it('to Hyp mode from EL1 is illegal', () => {
    const cpu = cpuIn(Mode.svc);
    cpu.set32(cells.EXIT_ARGUMENT, 0);
    cpu.set32(sys.SPSR_EL1, Mode.hyp);
    exceptionReturn(cpu);
    expect(cpu.get32(cells.AARCH32_MODE)).toBe(Mode.svc);
    expect(cpu.get32(cells.PSTATE_SS_IL)).toBe(Pstate.il);
  });
});
