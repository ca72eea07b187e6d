import { describe, expect, it } from 'vitest';
import * as cells from '../state/cells.ts';
import { sys } from '../state/system-cells.ts';
import { Cpu } from './cpu.ts';
import { SystemRegister, systemOperations, systemRegisters, systemWrite } from './index.ts';
import { resetCpu } from './reset.ts';
import { encodingKey } from './row.ts';

const counter = { frequency: 62_500_000, countAt: (n: number) => BigInt(n), icountAt: (n: bigint) => Number(n) };
function resetOf(el: 1 | 2): Cpu {
  const cpu = new Cpu(65536, counter);
  resetCpu(cpu, { el, entry: 0x8_0000n, affinity: 3, cpus: 4 });
  return cpu;
}
const duplicates = <T>(values: readonly T[]): T[] => values.filter((v, i) => values.indexOf(v) !== i);

describe('system register rows', () => {
  it('have an encoding and a name each', () => {
    expect(duplicates(systemRegisters.map((r) => encodingKey(...r.at)))).toEqual([]);
    expect(duplicates(systemRegisters.map((r) => r.name))).toEqual([]);
    expect(duplicates(systemOperations.map((r) => encodingKey(...r.at)))).toEqual([]);
    expect(duplicates(systemOperations.map((r) => r.name))).toEqual([]);
  });
  it('have encodings in the range of their fields', () => {
    for (const { name, at } of systemRegisters) {
      const [op0, op1, crn, crm, op2] = at;
      expect(op0 === 2 || op0 === 3, name).toBe(true);
      expect(op1 < 8 && crn < 16 && crm < 16 && op2 < 8, name).toBe(true);
    }
    for (const { name, at } of systemOperations) expect(at[0] < 2, name).toBe(true);
  });
  it('have cells of their own', () => {
    // ICC_AP<g>R0_EL1 are the guest's view of ICH_AP<g>R0_EL2.
    const rows = systemRegisters.filter(({ name }) => !name.startsWith('ICC_AP'));
    const used = rows.flatMap(({ storage }) => (storage.kind === 'cell' ? [storage.cell] : []));
    expect(duplicates(used)).toEqual([]);
  });
  it('have no writable bit among those that are always 1', () => {
    for (const { name, storage } of systemRegisters)
      if (storage.kind === 'cell') expect((storage.ones ?? 0n) & storage.mask, name).toBe(0n);
  });
  it('have reset values that a write could have left, where they are not read-only', () => {
    for (const { name, storage } of systemRegisters) {
      if (storage.kind !== 'cell' || storage.mask === 0n) continue;
      expect((storage.reset ?? 0n) & ~storage.mask & ~(storage.ones ?? 0n), name).toBe(0n);
    }
  });
});

describe('reset', () => {
  it('enters at the top level, all masked', () => {
    const cpu = resetOf(2);
    expect(cpu.el).toBe(2);
    expect(cpu.pc).toBe(0x8_0000n);
    expect(cpu.get32(cells.DAIF)).toBe(0x3c0);
    expect(cpu.get32(cells.SPSEL)).toBe(1);
  });
  it.each([
    ['MIDR_EL1', 0x411f_d070n],
    ['MPIDR_EL1', 0x8000_0003n],
    ['VPIDR_EL2', 0x411f_d070n],
    ['VMPIDR_EL2', 0x8000_0003n],
    ['RVBAR_EL2', 0x8_0000n],
    ['CNTFRQ_EL0', 62_500_000n],
    ['SCTLR_EL1', 0xc5_0838n],
    ['SCTLR_EL2', 0x30c5_0830n],
    ['HCR_EL2', 0x8000_0000n],
    ['CPTR_EL2', 0x33ffn],
    ['OSLSR_EL1', 0xan],
    ['L2CTLR_EL1', 0x300_0000n],
    ['CCSIDR_EL1', 0x701f_e00an],
    ['ID_AA64DFR0_EL1', 0x1030_5106n],
    ['ICH_VTR_EL2', 0x9038_0003n],
  ] as const)('%s is %s', (name, value) => {
    expect(new SystemRegister(resetOf(2), name).read()).toBe(value);
  });
});

describe('writes', () => {
  it('keep to the writable bits', () => {
    const cpu = resetOf(2);
    const write = (name: string, value: bigint): bigint => {
      const register = new SystemRegister(cpu, name);
      register.write(value);
      return register.read();
    };
    const ones = (1n << 64n) - 1n;
    expect(write('VBAR_EL1', ones)).toBe(ones & ~0x1fn);
    expect(write('VBAR_EL2', ones)).toBe(ones & ~0x7ffn);
    expect(write('VTTBR_EL2', ones)).toBe(0xff_ffff_ffff_fffen);
    expect(write('HCR_EL2', 0n)).toBe(0n);
    expect(write('SCTLR_EL1', 0n)).toBe(0xc0_0800n);
    expect(write('ESR_EL1', ones)).toBe(0xffff_ffffn);
    // Cells that a write is a store to.
    for (const name of ['ELR_EL2', 'FAR_EL2']) expect([name, write(name, ones)]).toEqual([name, ones]);
    for (const name of ['ESR_EL2', 'SPSR_EL2']) expect([name, write(name, ones)]).toEqual([name, 0xffff_ffffn]);
    expect(write('MIDR_EL1', ones)).toBe(0x411f_d070n);
  });
  it('of controls make the configuration stale, and tell the MMU', () => {
    const cpu = resetOf(2);
    const told: string[] = [];
    cpu.system.mmu = {
      fault: { status: 0, shortStatus: 0, domain: 0, stage: 1, s1ptw: false, ipa: 0, isStage2Denial: false },
      translate: () => true,
      contextChanged: () => told.push('context'),
      controlsChanged: () => told.push('controls'),
      tlbi: (operation) => told.push(operation),
      at: () => true,
    };
    for (const name of ['TTBR1_EL1', 'TCR_EL1', 'HCR_EL2', 'CPACR_EL1']) {
      cpu.configStale = false;
      new SystemRegister(cpu, name).write(0n);
      told.push(`${name} ${cpu.configStale}`);
    }
    expect(told).toEqual([
      'context',
      'TTBR1_EL1 false',
      'controls',
      'TCR_EL1 true',
      'controls',
      'HCR_EL2 true',
      'CPACR_EL1 true',
    ]);
  });
  it('reach OSLSR_EL1 through OSLAR_EL1', () => {
    const cpu = resetOf(2);
    cpu.set32(cells.ARG_VALUE, 0);
    systemWrite(
      cpu,
      systemRegisters.findIndex((r) => r.name === 'OSLAR_EL1'),
    );
    expect(cpu.get32(sys.OSLSR_EL1)).toBe(8);
  });
});
