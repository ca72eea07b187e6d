import { describe, expect, it } from 'vitest';
import { IchHcr } from '../fields/gic.ts';
import { restoreCpu, saveCpu } from '../snapshot.ts';
import { ICH_LR, sys } from '../state/system-cells.ts';
import { Cpu } from './cpu.ts';
import { SystemRegister, systemRegisters } from './index.ts';
import { Ppi } from './physical-interrupts.ts';
import { resetCpu } from './reset.ts';

const counter = { frequency: 1, countAt: () => 0n, icountAt: () => Infinity };
const HCR = 0x00;
const VTR = 0x04;
const VMCR = 0x08;
const MISR = 0x10;
const EISR = 0x20;
const ELRSR = 0x30;
const APR = 0xf0;
const LR = 0x100;
const PENDING = 1 << 28;
const EOI = 1 << 19;

function newInterface() {
  const cpu = new Cpu(65536, counter);
  resetCpu(cpu, { el: 2, entry: 0n, gicVersion: 2 });
  const { gich, physical } = cpu.system;
  return { cpu, gich, maintenance: () => physical.level(Ppi.maintenance) };
}

describe('GICH', () => {
  it('is at reset as on a Cortex-A15', () => {
    const { gich } = newInterface();
    expect([HCR, VTR, VMCR, MISR, EISR, ELRSR, APR, LR].map((at) => gich.read(at))).toEqual([
      0, 0x9000_0003, 0x004c_0000, 0, 0, 0xf, 0, 0,
    ]);
  });

  it('is the list registers in another format', () => {
    const { cpu, gich } = newInterface();
    const cells = (n: number): number[] => [cpu.get32(ICH_LR + 8 * n), cpu.get32(ICH_LR + 8 * n + 4)];
    // Pending and active, Group 1, priority 0x88, EOI, SGI 5 of CPU 6.
    const software = ((3 << 28) | (1 << 30) | (0x11 << 23) | EOI | (6 << 10) | 5) >>> 0;
    gich.write(LR, software);
    expect(cells(0)).toEqual([0x1805, ((3 << 30) | (1 << 28) | (0x88 << 16) | (1 << 9)) >>> 0]);
    expect(gich.read(LR)).toBe(software);
    // Pending, in hardware, PPI 27 as 30.
    const hardware = ((1 << 31) | PENDING | (27 << 10) | 30) >>> 0;
    gich.write(LR + 12, hardware);
    expect(cells(3)).toEqual([30, ((1 << 30) | (1 << 29) | 27) >>> 0]);
    expect(gich.read(LR + 12)).toBe(hardware);
    // Reserved bits [22:20] read as zero.
    gich.write(LR, 0x0070_0000);
    expect(gich.read(LR)).toBe(0);
  });

  it('keeps the bits that it has', () => {
    const { gich } = newInterface();
    for (const at of [HCR, VMCR, APR]) gich.write(at, 0xffff_ffff);
    expect([HCR, VMCR, APR].map((at) => gich.read(at))).toEqual([0xf800_00ff, 0xf8fc_021f, 0xffff_ffff]);
    gich.write(VTR, 0);
    gich.write(0x200, 1);
    expect([gich.read(VTR), gich.read(0x200)]).toEqual([0x9000_0003, 0]);
  });

  it('shows in GICH_VMCR what the guest sets', () => {
    const { cpu, gich } = newInterface();
    const { gicv } = cpu.system;
    gicv.write(0x00, 4, 0x21f);
    gicv.write(0x04, 4, 0xf0);
    gicv.write(0x08, 4, 4);
    gicv.write(0x1c, 4, 5);
    expect(gich.read(VMCR)).toBe(((0xf0 << 24) | (4 << 21) | (5 << 18) | 0x21f) >>> 0);
    gich.write(VMCR, 0x5000_0001);
    expect([gicv.read(0x00, 4), gicv.read(0x04, 4)]).toEqual([1, 0x50]);
  });

  it('has no binary points below the least', () => {
    const { cpu, gich } = newInterface();
    gich.write(VMCR, 0xf800_0003);
    expect([0x08, 0x1c].map((at) => cpu.system.gicv.read(at, 4))).toEqual([2, 3]);
    expect(gich.read(VMCR)).toBe(0xf84c_0003);
  });

  it('keeps active priorities of both groups in one register', () => {
    const { cpu, gich } = newInterface();
    cpu.set32(sys.ICH_AP0R0_EL2, 1);
    cpu.set32(sys.ICH_AP1R0_EL2, 4);
    expect(gich.read(APR)).toBe(5);
    gich.write(APR, 0x30);
    expect(gich.read(APR)).toBe(0x30);
    expect(cpu.system.gic.runningPriority()).toBe(4 << 3);
  });

  it('reports why there is a maintenance interrupt', () => {
    const { gich, maintenance } = newInterface();
    gich.write(LR, EOI | 40);
    gich.write(LR + 4, PENDING | 41);
    expect([gich.read(EISR), gich.read(ELRSR), gich.read(MISR), maintenance()]).toEqual([1, 0b1100, 1, false]);
    gich.write(HCR, IchHcr.en);
    expect(maintenance()).toBe(true);
    gich.write(LR, PENDING | 40);
    expect(maintenance()).toBe(false);
    gich.write(HCR, IchHcr.en | IchHcr.uie | IchHcr.vgrp0die);
    expect([gich.read(MISR), maintenance()]).toEqual([0x20, true]);
    gich.write(LR, 0);
    expect(gich.read(MISR)).toBe(0x22);
    gich.write(HCR, IchHcr.en | IchHcr.lrenpie);
    expect(maintenance()).toBe(false);
    gich.write(HCR, (IchHcr.en | IchHcr.lrenpie | (2 << IchHcr.eoicountShift)) >>> 0);
    expect([gich.read(MISR), gich.read(HCR) >>> 27, maintenance()]).toEqual([4, 2, true]);
  });

  it('has all of its state in the CPU’s cells', () => {
    const from = newInterface();
    from.gich.write(HCR, IchHcr.en | IchHcr.uie);
    from.gich.write(VMCR, 0xf800_001f);
    from.gich.write(APR, 0x100);
    for (let n = 0; n < 4; n++) from.gich.write(LR + 4 * n, (PENDING | (n << 10) | n) >>> 0);
    const to = newInterface();
    restoreCpu(to.cpu, saveCpu(from.cpu));
    const all = [HCR, VMCR, MISR, EISR, ELRSR, APR, LR, LR + 4, LR + 8, LR + 12];
    expect(all.map((at) => to.gich.read(at))).toEqual(all.map((at) => from.gich.read(at)));
    expect(to.cpu.get32(sys.VIRTUAL_LINES)).toBe(from.cpu.get32(sys.VIRTUAL_LINES));
  });
});

it('a CPU whose interface is memory-mapped says so, and has no registers for it', () => {
  const { cpu } = newInterface();
  const config = (el: number) => cpu.system.configs.of(cpu, el, 1, false);
  const register = (name: string) => new SystemRegister(cpu, name);
  const rows = systemRegisters.filter(({ name }) => /^IC[CH]_/.test(name));
  const isThere = (el: number): boolean =>
    rows.some(({ access }) => access(config(el), false) === 'ok' || access(config(el), true) === 'ok');
  register('HCR_EL2').write(0x30n);
  expect(register('ID_AA64PFR0_EL1').read() & 0xf00_0000n).toBe(0n);
  expect([isThere(1), isThere(2)]).toEqual([false, false]);
  resetCpu(cpu, { el: 2, entry: 0n });
  register('HCR_EL2').write(0x30n);
  expect(register('ID_AA64PFR0_EL1').read() & 0xf00_0000n).toBe(0x100_0000n);
  expect([isThere(1), isThere(2)]).toEqual([true, true]);
});
