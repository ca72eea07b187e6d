import { describe, expect, it } from 'vitest';
import { selectMode } from '../exception/modes.ts';
import { Mode } from '../fields/psr.ts';
import * as cells from '../state/cells.ts';
import { sys } from '../state/system-cells.ts';
import { aarch32Fields } from './config-aarch32.ts';
import { Cpu } from './cpu.ts';
import { cortexA15 } from './models/index.ts';
import { resetCpu } from './reset.ts';

const counter = { frequency: 1, countAt: () => 0n, icountAt: () => Infinity };
function cpuIn(mode: number): Cpu {
  const cpu = new Cpu(65536, counter);
  resetCpu(cpu, { el: 2, entry: 0n, model: cortexA15 });
  selectMode(cpu, mode);
  return cpu;
}
const CP10_FULL = 3 << 20;
const CP10_PL1 = 1 << 20;
const ASEDIS = 0x8000_0000;
const TCP10 = 1 << 10;
const TASE = 1 << 15;

/** fpTrap and simdTrap at a level, by CPACR and HCPTR. */
function traps(el: 0 | 1 | 2, cpacr: number, hcptr: number, hcr = 0) {
  const cpu = cpuIn(Mode.svc);
  if (hcr !== 0) cpu.set32(sys.AARCH32_ONLY, 0);
  cpu.set32(sys.HCR_EL2, hcr);
  cpu.set32(sys.CPACR_EL1, cpacr);
  cpu.set32(sys.CPTR_EL2, hcptr);
  const { fpTrap, simdTrap } = aarch32Fields(cpu, el, false, false, false);
  return [fpTrap, simdTrap];
}

describe('access to VFP and AdvSIMD', () => {
  it.each([
    ['by CPACR, none', 1, 0, 0, [1, 1]],
    ['by CPACR, PL1 alone: at EL1', 1, CP10_PL1, 0, [0, 0]],
    ['by CPACR, PL1 alone: at EL0', 0, CP10_PL1, 0, [1, 1]],
    ['by CPACR, not in Hyp mode', 2, 0, 0, [0, 0]],
    ['by CPACR.ASEDIS', 1, CP10_FULL | ASEDIS, 0, [0, 1]],
    ['by HCPTR.TCP10', 0, CP10_FULL, TCP10, [2, 2]],
    ['by HCPTR.TASE', 1, CP10_FULL, TASE, [0, 2]],
    ['by HCPTR.TASE in Hyp mode', 2, 0, TASE, [0, 2]],
    ['by CPACR before HCPTR', 0, 0, TCP10, [1, 1]],
    ['by ASEDIS before HCPTR', 0, CP10_FULL | ASEDIS, TCP10, [2, 1]],
  ] as const)('%s', (_, el, cpacr, hcptr, expected) => {
    expect(traps(el, cpacr, hcptr)).toEqual(expected);
  });
  it('has neither ASEDIS nor TASE under AArch64', () => {
    expect(traps(0, CP10_FULL | ASEDIS, TASE, 0x8000_0000)).toEqual([0, 0]);
  });
  it('depends on FPEXC where EL1 uses AArch32', () => {
    const cpu = cpuIn(Mode.usr);
    expect(aarch32Fields(cpu, 0, false, false, false).fpexc).toBe(true);
    cpu.set32(sys.AARCH32_ONLY, 0);
    cpu.set32(sys.HCR_EL2, 0x8000_0000);
    expect(aarch32Fields(cpu, 0, false, false, false).fpexc).toBe(false);
  });
});

describe('configurations of AArch32', () => {
  it('are one family in all instruction sets and IT blocks, others by level and byte order', () => {
    const cpu = cpuIn(Mode.svc);
    const { configs } = cpu.system;
    const a32 = configs.current(cpu, false);
    const t32 = configs.variant(a32, true, 0x18, -1);
    expect([a32.aarch32, a32.thumb, t32.thumb, t32.it]).toEqual([true, false, true, 0x18]);
    expect(t32.family).toBe(a32.family);
    expect(configs.of(cpu, 0, 0, false).family).not.toBe(a32.family);
    cpu.set32(cells.CPSR_E, 1 << 9);
    expect(configs.current(cpu, false)).toMatchObject({ bigEndian: true });
    expect(configs.current(cpu, false).family).not.toBe(a32.family);
  });
  it('are the same in all modes of a level, and whatever FPEXC says', () => {
    const cpu = cpuIn(Mode.svc);
    const svc = cpu.system.configs.current(cpu, false);
    selectMode(cpu, Mode.irq);
    cpu.set32(cells.FPEXC, 1 << 30);
    cpu.system.configs.forget();
    expect(cpu.system.configs.current(cpu, false)).toBe(svc);
  });
  it('take no notice of what translation does not depend on', () => {
    const cpu = cpuIn(Mode.svc);
    const before = cpu.system.configs.current(cpu, false);
    cpu.set32(sys.SCTLR_EL1, cpu.get32(sys.SCTLR_EL1) | 1 | (1 << 2) | (1 << 12));
    cpu.system.configs.forget();
    expect(cpu.system.configs.current(cpu, false)).toBe(before);
  });
  it('know the illegal state', () => {
    const cpu = cpuIn(Mode.svc);
    cpu.set32(cells.PSTATE_SS_IL, 1 << 20);
    expect(cpu.system.configs.current(cpu, false).illegal).toBe(true);
  });
});
