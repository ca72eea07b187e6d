import { describe, expect, it } from 'vitest';
import * as cells from '../state/cells.ts';
import { Cp15Register } from './cp15/index.ts';
import { Cpu } from './cpu.ts';
import { SystemRegister } from './index.ts';
import { cortexA15, cortexA57, cortexA57v1, type ProcessorModel } from './models/index.ts';
import { Ppi } from './physical-interrupts.ts';
import { resetCpu } from './reset.ts';

const counter = { frequency: 1, countAt: () => 0n, icountAt: () => Number.POSITIVE_INFINITY };
function monitors(model: ProcessorModel = cortexA57, el: 1 | 2 = 1) {
  const cpu = new Cpu(65536, counter);
  resetCpu(cpu, { el, entry: 0n, model });
  const register = (name: string) => (model.aarch32Only ? new Cp15Register(cpu, name) : new SystemRegister(cpu, name));
  return {
    cpu,
    read: (name: string): bigint => register(name).read(),
    write: (name: string, value: number | bigint): void => register(name).write(BigInt(value)),
    /** So many instructions retire; what is due is done where it is due. */
    retire: (count: number): void => {
      const { pmu } = cpu.system;
      const end = cpu.icount + count;
      while (cpu.icount < end) {
        cpu.icount = Math.min(end, Math.max(cpu.icount + 1, pmu.nextDeadline()));
        pmu.poll();
      }
    },
    /** The level that an exception or a return comes to. */
    exception: (to: 0 | 1 | 2, retires = false): void => {
      cpu.system.pmu.beforeException(retires);
      cpu.set32(cells.CURRENT_EL, to);
      if (retires) cpu.icount++;
      cpu.system.pmu.afterException();
    },
    return: (to: 0 | 1 | 2): void => {
      cpu.system.pmu.beforeReturn();
      cpu.set32(cells.CURRENT_EL, to);
      cpu.system.pmu.levelChanged();
      cpu.icount++;
    },
    line: (): boolean => cpu.system.physical.level(Ppi.pmu),
  };
}
const E = 1;
const CYCLES = 0x8000_0000;
const P = 0x8000_0000;
const U = 0x4000_0000;
const NSH = 0x0800_0000;
const [SW_INCR, INST_RETIRED, EXC_TAKEN, EXC_RETURN, CHAIN] = [0, 8, 9, 10, 0x1e];

describe('performance monitors', () => {
  it('are as many as PMCR and PMCEID say, below EL2 as HPMN does', () => {
    const { read, cpu } = monitors();
    expect(read('PMCR_EL0')).toBe(0x4101_3000n);
    expect(read('PMCEID0_EL0')).toBe(0x4002_0701n);
    expect(read('PMCEID1_EL0')).toBe(0n);
    expect(read('MDCR_EL2') & 0x1fn).toBe(6n);
    cpu.set32(cells.CURRENT_EL, 2);
    new SystemRegister(cpu, 'MDCR_EL2').write(2n);
    expect(read('PMCR_EL0') & 0xf800n).toBe(6n << 11n);
    cpu.set32(cells.CURRENT_EL, 1);
    expect(read('PMCR_EL0') & 0xf800n).toBe(2n << 11n);
  });

  it('count nothing until both the counter and PMCR.E are on, and keep their values when off', () => {
    const { read, write, retire } = monitors();
    retire(5);
    write('PMCNTENSET_EL0', CYCLES);
    retire(5);
    expect(read('PMCCNTR_EL0')).toBe(0n);
    write('PMCR_EL0', E);
    retire(7);
    expect(read('PMCCNTR_EL0')).toBe(7n);
    write('PMCNTENCLR_EL0', CYCLES);
    retire(3);
    expect(read('PMCCNTR_EL0')).toBe(7n);
    write('PMCR_EL0', 4);
    expect(read('PMCCNTR_EL0')).toBe(0n);
  });

  it('count a cycle an instruction; PMCR.D one in 64, but not where LC takes all bits', () => {
    const { read, write, retire } = monitors();
    write('PMCNTENSET_EL0', CYCLES);
    write('PMCR_EL0', E | 8);
    retire(100);
    expect(read('PMCCNTR_EL0')).toBe(1n);
    retire(28);
    expect(read('PMCCNTR_EL0')).toBe(2n);
    write('PMCR_EL0', E | 8 | 0x40);
    retire(10);
    expect(read('PMCCNTR_EL0')).toBe(12n);
  });

  it('filter by level: P, U and NSH', () => {
    const m = monitors();
    for (const [n, filter] of [0, P, U, P | U, NSH].entries()) m.write(`PMEVTYPER${n}_EL0`, filter + INST_RETIRED);
    m.write('PMCNTENSET_EL0', 0x1f);
    m.write('PMCR_EL0', E);
    m.retire(10);
    // An SVC's worth of EL1, then EL0, which an exception leaves.
    m.return(0);
    m.retire(100);
    m.exception(1, true);
    m.retire(1000);
    m.exception(2);
    m.retire(10_000);
    expect([0, 1, 2, 3, 4].map((n) => Number(m.read(`PMEVCNTR${n}_EL0`)))).toEqual([1112, 101, 1011, 0, 11_112]);
  });

  it('count exceptions where they are taken and returns where they are made, and software’s increments', () => {
    const m = monitors();
    m.write('PMEVTYPER0_EL0', EXC_TAKEN);
    m.write('PMEVTYPER1_EL0', EXC_RETURN);
    m.write('PMEVTYPER2_EL0', SW_INCR);
    m.write('PMEVTYPER3_EL0', P + EXC_TAKEN);
    m.write('PMCNTENSET_EL0', 0xf);
    m.write('PMCR_EL0', E);
    m.return(0);
    m.exception(1);
    m.return(0);
    m.exception(2);
    m.return(1);
    m.write('PMSWINC_EL0', 0b101);
    m.write('PMSWINC_EL0', 0b100);
    expect([0, 1, 2, 3].map((n) => m.read(`PMEVCNTR${n}_EL0`))).toEqual([1n, 2n, 2n, 0n]);
  });

  it('interrupt at the count of the overflow, as long as it is neither cleared nor masked', () => {
    const m = monitors();
    m.write('PMEVTYPER1_EL0', INST_RETIRED);
    m.write('PMEVCNTR1_EL0', 0xffff_ff00);
    m.write('PMCNTENSET_EL0', 2);
    m.write('PMINTENSET_EL1', 2);
    m.write('PMCR_EL0', E);
    expect(m.cpu.system.pmu.nextDeadline()).toBe(0x100);
    m.retire(0xff);
    expect([m.line(), m.read('PMOVSCLR_EL0')]).toEqual([false, 0n]);
    m.retire(1);
    expect([m.line(), m.read('PMOVSCLR_EL0'), m.read('PMEVCNTR1_EL0')]).toEqual([true, 2n, 0n]);
    m.write('PMINTENCLR_EL1', 2);
    expect(m.line()).toBe(false);
    m.write('PMINTENSET_EL1', 2);
    expect(m.line()).toBe(true);
    m.write('PMOVSCLR_EL0', 2);
    expect(m.line()).toBe(false);
    m.write('PMOVSSET_EL0', 2);
    expect(m.line()).toBe(true);
    m.write('PMCR_EL0', 0);
    expect(m.line()).toBe(false);
  });

  it('chain two counters to one of 64 bits', () => {
    const m = monitors();
    m.write('PMEVTYPER2_EL0', INST_RETIRED);
    m.write('PMEVTYPER3_EL0', CHAIN);
    m.write('PMEVCNTR2_EL0', 0xffff_fff0);
    m.write('PMEVCNTR3_EL0', 0xffff_fffe);
    m.write('PMCNTENSET_EL0', 0xc);
    m.write('PMCR_EL0', E);
    m.retire(0x11);
    expect([m.read('PMEVCNTR2_EL0'), m.read('PMEVCNTR3_EL0')]).toEqual([1n, 0xffff_ffffn]);
    m.write('PMEVCNTR2_EL0', 0xffff_ffff);
    m.retire(1);
    expect([m.read('PMEVCNTR3_EL0'), m.read('PMOVSSET_EL0')]).toEqual([0n, 0xcn]);
  });

  it('overflow the cycle counter at 32 bits, or at 64 with LC', () => {
    const m = monitors();
    m.write('PMCCNTR_EL0', 0xffff_fffe);
    m.write('PMCNTENSET_EL0', CYCLES);
    m.write('PMCR_EL0', E);
    m.retire(3);
    expect([m.read('PMCCNTR_EL0'), m.read('PMOVSCLR_EL0')]).toEqual([0x1_0000_0001n, BigInt(CYCLES)]);
    m.write('PMOVSCLR_EL0', CYCLES);
    m.write('PMCR_EL0', E | 0x40);
    m.write('PMCCNTR_EL0', 0xffff_fffen);
    m.retire(3);
    expect(m.read('PMOVSCLR_EL0')).toBe(0n);
    m.write('PMCCNTR_EL0', 0xffff_ffff_ffff_fffen);
    expect(m.cpu.system.pmu.nextDeadline()).toBe(m.cpu.icount + 2);
    m.retire(2);
    expect([m.read('PMCCNTR_EL0'), m.read('PMOVSCLR_EL0')]).toEqual([0n, BigInt(CYCLES)]);
  });

  it('leave EL2 the counters from HPMN on, which MDCR_EL2.HPME turns on', () => {
    const m = monitors(cortexA57, 2);
    m.write('MDCR_EL2', 0x84);
    m.write('PMEVTYPER5_EL0', INST_RETIRED);
    m.write('PMCNTENSET_EL0', 0x20);
    m.cpu.set32(cells.CURRENT_EL, 1);
    m.cpu.system.pmu.levelChanged();
    m.retire(10);
    expect([m.read('PMEVCNTR5_EL0'), m.read('PMCNTENSET_EL0')]).toEqual([0n, 0n]);
    m.write('PMCNTENCLR_EL0', 0x20);
    m.retire(10);
    m.cpu.set32(cells.CURRENT_EL, 2);
    expect(m.read('PMEVCNTR5_EL0')).toBe(20n);
  });

  it('select a counter, or the cycle counter’s filter, by PMSELR', () => {
    const m = monitors();
    m.write('PMSELR_EL0', 4);
    m.write('PMXEVTYPER_EL0', INST_RETIRED);
    m.write('PMXEVCNTR_EL0', 77);
    m.write('PMSELR_EL0', 31);
    m.write('PMXEVTYPER_EL0', P);
    expect([m.read('PMEVTYPER4_EL0'), m.read('PMEVCNTR4_EL0'), m.read('PMCCFILTR_EL0')]).toEqual([8n, 77n, BigInt(P)]);
    expect(m.read('PMXEVCNTR_EL0')).toBe(0n);
  });

  it('of PMUv2 have 32 bits of cycles, filters of both security states and no 64-bit overflow', () => {
    const m = monitors(cortexA15);
    expect(m.read('PMCR')).toBe(0x410f_3000n);
    m.write('PMSELR', 31);
    // NSK and P: Non-secure PL1 counts.
    m.write('PMXEVTYPER', 0xa000_0000);
    m.write('PMCNTENSET', CYCLES);
    m.write('PMCR', E | 0x40);
    expect(m.read('PMCR')).toBe(0x410f_3001n);
    m.write('PMINTENSET', CYCLES);
    m.cpu.system.pmu.writeCycles(0xffff_ffff, 0);
    m.retire(2);
    expect([m.cpu.system.pmu.readCycles(), m.read('PMOVSR'), m.line()]).toEqual([1n, BigInt(CYCLES), true]);
  });

  it('of older processors are not there', () => {
    const m = monitors(cortexA57v1);
    expect(m.read('MDCR_EL2')).toBe(0n);
    m.cpu.icount = 100;
    m.cpu.system.pmu.poll();
    expect([m.cpu.system.pmu.isOn, m.cpu.system.pmu.nextDeadline()]).toEqual([false, Infinity]);
  });
});
