import { describe, expect, it } from 'vitest';
import { Mode } from '../fields/psr.ts';
import * as cells from '../state/cells.ts';
import { Cp15Register } from './cp15/index.ts';
import { Cpu } from './cpu.ts';
import { cortexA15 } from './models/index.ts';
import { type ResetOptions, resetCpu } from './reset.ts';

const counter = { frequency: 1, countAt: () => 0n, icountAt: () => Infinity };
function reset(options: Partial<ResetOptions>): Cpu {
  const cpu = new Cpu(65536, counter);
  cpu.u8.fill(0xff, 0, cells.CPU_STATE_BYTES);
  resetCpu(cpu, { el: 2, entry: 0n, model: cortexA15, ...options });
  return cpu;
}

describe('reset of an ARMv7-A CPU', () => {
  it('enters Hyp mode, or Supervisor mode, all masked', () => {
    const hyp = reset({});
    expect([hyp.el, hyp.get32(cells.AARCH32_MODE), hyp.get32(cells.DAIF)]).toEqual([2, Mode.hyp, 0x1c0]);
    const svc = reset({ el: 1 });
    expect([svc.el, svc.get32(cells.AARCH32_MODE)]).toEqual([1, Mode.svc]);
  });
  it('starts in T32 at an odd address', () => {
    const cpu = reset({ entry: 0x8001n });
    expect([cpu.pc, cpu.thumb]).toEqual([0x8000n, true]);
    expect(reset({ entry: 0x8000n }).thumb).toBe(false);
  });
  it('tells its number, and where the GIC is', () => {
    const cpu = reset({ affinity: 1, cpus: 2, peripheralsAt: 0x2c00_0000 });
    const low = (name: string): number => new Cp15Register(cpu, name).low();
    expect([low('MPIDR'), low('VMPIDR'), low('CBAR')]).toEqual([0x8000_0001, 0x8000_0001, 0x2c00_0000]);
  });
});
