import { describe, expect, it } from 'vitest';
import { Ec } from '../fields/esr.ts';
import { Hcr } from '../fields/hcr.ts';
import { Pstate } from '../fields/psr.ts';
import * as cells from '../state/cells.ts';
import type { Exception } from '../state/exception.ts';
import { sys } from '../state/system-cells.ts';
import { Cpu } from '../system/cpu.ts';
import { resetCpu } from '../system/reset.ts';
import { takeException } from './entry.ts';
import { Line, pendingInterrupt, setPhysicalLine, updateInterruptPending } from './interrupts.ts';
import { readSpsr, writeNzcv } from './pstate.ts';
import { exceptionReturn } from './return.ts';

const counter = { frequency: 62_500_000, countAt: () => 0n, icountAt: () => Infinity };
function cpuAt(el: 0 | 1 | 2, pc = 0x40_0000n): Cpu {
  const cpu = new Cpu(65536, counter);
  resetCpu(cpu, { el: el === 2 ? 2 : 1, entry: pc });
  if (el === 0) {
    cpu.set32(cells.CURRENT_EL, 0);
    cpu.set32(cells.SPSEL, 0);
  }
  cpu.set32(cells.DAIF, 0);
  cpu.set64(sys.VBAR_EL1, 0xffff_8000_0001_0800n);
  cpu.set64(sys.VBAR_EL2, 0x8000n);
  updateInterruptPending(cpu);
  return cpu;
}
const svc: Exception = { kind: 'sync', target: 1, ec: Ec.svc64, iss: 7, returnOffset: 4 };

describe('taking an exception', () => {
  it('saves state, masks, and goes to the vector of a lower level', () => {
    const cpu = cpuAt(0);
    writeNzcv(cpu, 0x6000_0000);
    cpu.set64(cells.SP, 0xaaan);
    cpu.set64(cells.SP_EL + 8, 0xbbbn);
    takeException(cpu, svc);
    expect(cpu.el).toBe(1);
    expect(cpu.pc).toBe(0xffff_8000_0001_0c00n);
    expect(cpu.get64(sys.ELR_EL1)).toBe(0x40_0004n);
    expect(cpu.get64(sys.SPSR_EL1)).toBe(0x6000_0000n);
    expect(cpu.get64(sys.ESR_EL1)).toBe(0x5600_0007n);
    expect(cpu.get32(cells.DAIF)).toBe(Pstate.daif);
    expect(cpu.get64(cells.SP)).toBe(0xbbbn);
    expect(cpu.get64(cells.SP_EL)).toBe(0xaaan);
  });
  it('uses the vectors of the current level with SP_EL0 and SP_ELx, and of interrupts', () => {
    const cpu = cpuAt(1);
    takeException(cpu, svc);
    expect(cpu.pc & 0x7ffn).toBe(0x200n);
    cpu.set32(cells.SPSEL, 0);
    takeException(cpu, svc);
    expect(cpu.pc & 0x7ffn).toBe(0x000n);
    takeException(cpu, { kind: 'fiq', target: 2, ec: 0, iss: 0, returnOffset: 0 });
    expect(cpu.pc).toBe(0x8500n);
    expect(cpu.get64(sys.ELR_EL2)).toBe(0xffff_8000_0001_0800n);
    expect(cpu.get64(sys.ESR_EL2)).toBe(0n);
  });
  it('carries the return address into the upper half', () => {
    const cpu = cpuAt(0, 0x1_ffff_fffcn);
    takeException(cpu, svc);
    expect(cpu.get64(sys.ELR_EL1)).toBe(0x2_0000_0000n);
  });
  it('gives HPFAR_EL2 the page of the intermediate address', () => {
    const cpu = cpuAt(1);
    takeException(cpu, {
      kind: 'sync',
      target: 2,
      ec: Ec.dabtLow,
      iss: 7,
      returnOffset: 0,
      far: 0x1234n,
      ipa: 0x12_3456_7abc,
    });
    expect(cpu.get64(sys.HPFAR_EL2)).toBe(0x1_2345_670n);
    expect(cpu.get64(sys.FAR_EL2)).toBe(0x1234n);
  });
});

describe('returning from an exception', () => {
  it('undoes the entry', () => {
    const cpu = cpuAt(0);
    writeNzcv(cpu, 0x9000_0000);
    cpu.set64(cells.SP, 0x1000n);
    const before = readSpsr(cpu);
    takeException(cpu, { ...svc, returnOffset: 0 });
    exceptionReturn(cpu);
    expect(readSpsr(cpu)).toBe(before);
    expect(cpu.pc).toBe(0x40_0000n);
    expect(cpu.get64(cells.SP)).toBe(0x1000n);
  });
  it.each([
    ['EL1 in AArch32', 0x13],
    ['Hyp mode', 0x1a],
    ['Monitor mode', 0x16],
    ['a higher level', 0x9],
    ['EL0 with SP_ELx', 0x1],
    ['a reserved mode', 0x6],
  ])('to %s is illegal: the level stays, PSTATE.IL is set, flags and masks are restored', (_, mode) => {
    const cpu = cpuAt(1);
    cpu.set32(sys.SPSR_EL1, 0x8000_0080 | mode);
    cpu.set64(sys.ELR_EL1, 0x2000n);
    exceptionReturn(cpu);
    expect(readSpsr(cpu)).toBe((0x8000_0080 | Pstate.il | 0x5) >>> 0);
    expect(cpu.pc).toBe(0x2000n);
  });
  it('from EL2 to EL1 is illegal under HCR_EL2.TGE', () => {
    const cpu = cpuAt(2);
    cpu.set32(sys.HCR_EL2, 1 << 27);
    cpu.set32(sys.SPSR_EL2, 0x5);
    exceptionReturn(cpu);
    expect(cpu.el).toBe(2);
    expect(readSpsr(cpu) & Pstate.il).toBe(Pstate.il);
  });
  it('opens the exclusive monitor', () => {
    const cpu = cpuAt(1);
    cpu.set32(cells.EXCLUSIVE_SIZE, 8);
    cpu.set32(sys.SPSR_EL1, 0);
    exceptionReturn(cpu);
    expect(cpu.get32(cells.EXCLUSIVE_SIZE)).toBe(0);
  });
});

describe('interrupts', () => {
  const route = (cpu: Cpu, hcr: number): void => {
    cpu.set32(sys.HCR_EL2, hcr);
    updateInterruptPending(cpu);
  };
  it('go to EL1 where PSTATE lets them', () => {
    const cpu = cpuAt(0);
    setPhysicalLine(cpu, Line.irq, true);
    expect(pendingInterrupt(cpu)).toMatchObject({ kind: 'irq', target: 1 });
    cpu.set32(cells.DAIF, Line.irq);
    expect(pendingInterrupt(cpu)).toBeNull();
  });
  it('that HCR_EL2 routes to EL2 cannot be masked below', () => {
    const cpu = cpuAt(1);
    cpu.set32(cells.DAIF, Pstate.daif);
    route(cpu, Hcr.imo);
    setPhysicalLine(cpu, Line.irq, true);
    expect(pendingInterrupt(cpu)).toMatchObject({ kind: 'irq', target: 2 });
  });
  it('of EL1 are not taken at EL2', () => {
    const cpu = cpuAt(2);
    setPhysicalLine(cpu, Line.irq, true);
    expect(pendingInterrupt(cpu)).toBeNull();
    route(cpu, Hcr.imo);
    expect(pendingInterrupt(cpu)).toMatchObject({ kind: 'irq', target: 2 });
  });
  it('that are virtual need their routing bit, and come after physical ones', () => {
    const cpu = cpuAt(1);
    route(cpu, Hcr.vi);
    expect(pendingInterrupt(cpu)).toBeNull();
    route(cpu, Hcr.vi | Hcr.imo);
    expect(pendingInterrupt(cpu)).toMatchObject({ kind: 'irq', target: 1 });
    setPhysicalLine(cpu, Line.irq, true);
    expect(pendingInterrupt(cpu)).toMatchObject({ kind: 'irq', target: 2 });
  });
  it('of the virtual SError kind are spent by being taken', () => {
    const cpu = cpuAt(1);
    route(cpu, (1 << 8) | (1 << 5));
    expect(pendingInterrupt(cpu)).toMatchObject({ kind: 'serror', target: 1, ec: Ec.serror });
    expect(pendingInterrupt(cpu)).toBeNull();
  });
});
