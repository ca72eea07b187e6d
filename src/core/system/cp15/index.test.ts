import { describe, expect, it } from 'vitest';
import { leaveAarch32, selectMode } from '../../exception/modes.ts';
import { Mode } from '../../fields/psr.ts';
import type { TranslationConfig } from '../../ir/config.ts';
import * as cells from '../../state/cells.ts';
import { sys } from '../../state/system-cells.ts';
import { Cpu } from '../cpu.ts';
import { cortexA15 } from '../models/index.ts';
import { resetCpu } from '../reset.ts';
import { Cp15Register, coprocessorFile, coprocessorRows, findCoprocessorRow } from './index.ts';
import { keyOf, narrowKey, wideKey } from './row.ts';
import { specialRegisters } from './special.ts';

const counter = { frequency: 62_500_000, countAt: (n: number) => BigInt(n), icountAt: (n: bigint) => Number(n) };
function hypCpu(): Cpu {
  const cpu = new Cpu(65536, counter);
  resetCpu(cpu, { el: 2, entry: 0n, model: cortexA15, cpus: 2 });
  return cpu;
}
const duplicates = <T>(values: readonly T[]): T[] => values.filter((v, i) => values.indexOf(v) !== i);
const ONES = (1n << 64n) - 1n;

describe('coprocessor rows', () => {
  it('have an encoding each, in the range of its fields', () => {
    expect(duplicates(coprocessorRows.map((row) => keyOf(row.at)))).toEqual([]);
    for (const { name, at } of coprocessorRows) {
      const isInRange = at.length === 5 ? at[1] < 8 && at[2] < 16 && at[3] < 16 && at[4] < 8 : at[1] < 16 && at[2] < 16;
      expect(isInRange, name).toBe(true);
    }
  });
  it('share a name only where a register has a wide form, which comes last', () => {
    const seen = new Map<string, number>();
    for (const { name, at } of coprocessorRows) {
      expect(seen.get(name) ?? 5, name).toBe(5);
      if (seen.has(name)) expect(at.length, name).toBe(3);
      seen.set(name, at.length);
    }
    const names = [...seen.keys(), ...specialRegisters.map((r) => r.name)];
    expect(duplicates(names)).toEqual([]);
  });
  it('have no writable bit among those that are always 1, and reset values that a write could have left', () => {
    for (const { name, storage } of coprocessorRows) {
      if (storage.kind !== 'cell' || storage.mask === 0n) continue;
      expect((storage.ones ?? 0n) & storage.mask, name).toBe(0n);
      expect((storage.reset ?? 0n) & ~storage.mask & ~(storage.ones ?? 0n), name).toBe(0n);
    }
  });
  it('are found by their encodings', () => {
    expect(coprocessorRows[findCoprocessorRow(narrowKey(15, 0, 1, 0, 0))]?.name).toBe('SCTLR');
    expect(coprocessorRows[findCoprocessorRow(wideKey(15, 1, 14))]?.name).toBe('CNTVCT');
    expect(coprocessorRows[findCoprocessorRow(narrowKey(14, 0, 0, 0, 0))]?.name).toBe('DBGDIDR');
    expect(findCoprocessorRow(narrowKey(15, 0, 9, 3, 0))).toBe(-1);
  });
  it('of Hyp mode are there in Hyp mode alone', () => {
    const at = (el: 0 | 1 | 2) => ({ el, hcr: 0, hstr: 0, mdcr: 0 }) as TranslationConfig;
    for (const { name, at: encoding, access } of coprocessorRows) {
      if (encoding.length !== 5 || encoding[0] !== 15 || encoding[1] !== 4 || encoding[2] === 15) continue;
      const verdicts = ([0, 1, 2] as const).map((el) => (access(at(el), true) === 'ok' ? 'ok' : access(at(el), false)));
      expect(verdicts, name).toEqual(['undefined', 'undefined', 'ok']);
    }
  });
});

describe('registers by name', () => {
  it.each([
    ['MIDR', 0x414f_c0f0n],
    ['VPIDR', 0x414f_c0f0n],
    ['MPIDR', 0x8000_0000n],
    ['CTR', 0x8444_c004n],
    ['ID_PFR0', 0x1131n],
    ['ID_PFR1', 0x1_1011n],
    ['ID_ISAR4', 0x1001_1142n],
    ['CCSIDR', 0x701f_e00an],
    ['L2CTLR', 0x0180_0000n],
    ['MVFR1', 0x1111_1111n],
    ['FPSID', 0x4104_30f0n],
    ['SCTLR', 0x00c5_0078n],
    ['PRRR', 0x0009_8aa4n],
    ['MAIR1', 0x44e0_48e0n],
    ['HCR', 0n],
    ['HCPTR', 0x33ffn],
    ['HSCTLR', 0x30c5_0878n],
    ['CNTFRQ', 62_500_000n],
    ['CNTHCTL', 3n],
  ] as const)('%s is %s at reset', (name, value) => {
    expect(new Cp15Register(hypCpu(), name).read()).toBe(value);
  });
  it.each([
    ['SCTLR', 0x72dd_3c7fn, 0x00c5_0058n],
    ['ACTLR', 0x40n, 0n],
    ['CPACR', 0x80f0_0000n, 0n],
    ['TTBR0', 0x00ff_00ff_ffff_ffffn, 0n],
    ['TTBCR', 0xbfc7_3fb7n, 0n],
    ['DFSR', 0x3effn, 0n],
    ['VBAR', 0xffff_ffe0n, 0n],
    ['HCR', 0x0fff_ffffn, 0n],
    ['HCPTR', 0x8000_bfffn, 0x33ffn],
    ['HSTR', 0x3_bfefn, 0n],
    ['VTTBR', 0x00ff_00ff_ffff_fff8n, 0n],
    ['HPFAR', 0xffff_fff0n, 0n],
    ['FPSCR', 0xfff7_009fn, 0n],
    ['FPEXC', 0x4000_0000n, 0n],
    ['MIDR', 0x414f_c0f0n, 0x414f_c0f0n],
  ] as const)('%s keeps to the bits that are there', (name, ones, zeros) => {
    const register = new Cp15Register(hypCpu(), name);
    register.write(ONES);
    expect(register.read()).toBe(ones);
    register.write(0n);
    expect(register.read()).toBe(zeros);
  });
  it('share cells with AArch64’s, by halves where two do', () => {
    const cpu = hypCpu();
    new Cp15Register(cpu, 'DFAR').write(0x1111n);
    new Cp15Register(cpu, 'IFAR').write(0x2222n);
    expect(cpu.get64(sys.FAR_EL1)).toBe(0x2222_0000_1111n);
    new Cp15Register(cpu, 'MAIR0').write(0xffn);
    new Cp15Register(cpu, 'MAIR1').write(0x44n);
    expect(cpu.get64(sys.MAIR_EL1)).toBe(0x44_0000_00ffn);
  });
  it('reach banked registers, whatever the mode', () => {
    const cpu = hypCpu();
    selectMode(cpu, Mode.fiq);
    new Cp15Register(cpu, 'SP_svc').write(0x1300n);
    new Cp15Register(cpu, 'R8_usr').write(0x800n);
    new Cp15Register(cpu, 'R8_fiq').write(0x8f1n);
    new Cp15Register(cpu, 'SPSR_irq').write(0x10n);
    expect(cpu.get32(cells.X + 8 * 8)).toBe(0x8f1);
    leaveAarch32(cpu);
    expect([cpu.x(8), cpu.x(19), cpu.x(24)]).toEqual([0x800n, 0x1300n, 0x8f1n]);
    expect(new Cp15Register(cpu, 'SPSR_irq').low()).toBe(0x10);
  });
  it('are a programmer’s error where there are none', () => {
    expect(() => new Cp15Register(hypCpu(), 'MVBAR')).toThrow('MVBAR');
  });
});

describe('effects', () => {
  it('tell the MMU, and the configuration where it follows', () => {
    const cpu = hypCpu();
    const told: string[] = [];
    cpu.system.mmu = {
      fault: { status: 0, shortStatus: 0, domain: 0, stage: 1, s1ptw: false, ipa: 0, isStage2Denial: false },
      translate: () => true,
      contextChanged: () => told.push('context'),
      controlsChanged: () => told.push('controls'),
      tlbi: (operation, value) => told.push(`${operation} ${value}`),
      at: (operation, va) => told.push(`${operation} ${va}`) > 0,
    };
    for (const name of ['DACR', 'TTBR0', 'CONTEXTIDR', 'TTBCR', 'SCTLR', 'HCR', 'CPACR', 'HSTR']) {
      cpu.configStale = false;
      new Cp15Register(cpu, name).write(0n);
      told.push(`${name} ${cpu.configStale}`);
    }
    coprocessorFile.writeHalves(cpu, findCoprocessorRow(narrowKey(15, 0, 8, 7, 1)), 0x1234_5001, 0);
    coprocessorFile.writeHalves(cpu, findCoprocessorRow(narrowKey(15, 0, 7, 8, 0)), 0x1000, 0);
    expect(told).toEqual([
      'context',
      'DACR false',
      'context',
      'TTBR0 false',
      'context',
      'CONTEXTIDR false',
      'controls',
      'TTBCR false',
      'controls',
      'SCTLR true',
      'controls',
      'HCR true',
      'CPACR true',
      'HSTR true',
      `TLBIMVA ${0x1234_5001}`,
      `ATS1CPR ${0x1000}`,
    ]);
  });
  it('program the timers', () => {
    const cpu = hypCpu();
    const write = (name: string, value: bigint): void => new Cp15Register(cpu, name).write(value);
    cpu.icount = 20;
    write('CNTVOFF', 10n);
    write('CNTV_CVAL', 90n);
    write('CNTV_CTL', 1n);
    expect(cpu.system.timers.nextDeadline()).toBe(100);
    cpu.icount = 100;
    expect(new Cp15Register(cpu, 'CNTVCT').read()).toBe(90n);
    expect(new Cp15Register(cpu, 'CNTV_CTL').low()).toBe(5);
    expect(new Cp15Register(cpu, 'CNTV_TVAL').low()).toBe(0);
  });
});
