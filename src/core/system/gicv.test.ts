import { describe, expect, it } from 'vitest';
import { IchHcr } from '../fields/gic.ts';
import { sys } from '../state/system-cells.ts';
import { Cpu } from './cpu.ts';
import { Ppi } from './physical-interrupts.ts';
import { resetCpu } from './reset.ts';

const counter = { frequency: 1, countAt: () => 0n, icountAt: () => Infinity };
const IRQ = 1 << 7;
const FIQ = 1 << 6;
const State = { inactive: 0, pending: 1, active: 2, both: 3 } as const;
const Ctlr = { grp0: 1, grp1: 2, ackCtl: 4, fiqEn: 8, cbpr: 16, eoiMode: 1 << 9 } as const;
const at = {
  CTLR: 0x00,
  PMR: 0x04,
  BPR: 0x08,
  IAR: 0x0c,
  EOIR: 0x10,
  RPR: 0x14,
  HPPIR: 0x18,
  ABPR: 0x1c,
  AIAR: 0x20,
  AEOIR: 0x24,
  AHPPIR: 0x28,
  APR0: 0xd0,
  IIDR: 0xfc,
  DIR: 0x1000,
} as const;
const GICH_HCR = 0x000;
const GICH_APR = 0x0f0;
const GICH_LR = 0x100;

/** A GICv2's virtual CPU interface, on, with these bits of GICV_CTLR and all priorities let through. */
function newInterface(ctlr: number = Ctlr.grp0) {
  const cpu = new Cpu(65536, counter);
  resetCpu(cpu, { el: 2, entry: 0n, gicVersion: 2 });
  const { gich, gicv } = cpu.system;
  const told: string[] = [];
  cpu.system.observer.irqAck = (intid) => told.push(`ack ${intid}`);
  cpu.system.observer.irqEoi = (intid) => told.push(`eoi ${intid}`);
  const read = (name: keyof typeof at): number => gicv.read(at[name], 4);
  const write = (name: keyof typeof at, value: number): void => gicv.write(at[name], 4, value);
  gich.write(GICH_HCR, IchHcr.en);
  write('PMR', 0xff);
  write('CTLR', ctlr);
  const lr = (
    n: number,
    intid: number,
    options: { priority?: number; group?: number; state?: number; source?: number; hw?: number; eoi?: boolean } = {},
  ): void => {
    const { priority = 0xa0, group = 0, state = State.pending, source = 0, hw, eoi = false } = options;
    const rest = hw === undefined ? (source << 10) | (eoi ? 1 << 19 : 0) : (1 << 31) | (hw << 10);
    gich.write(GICH_LR + 4 * n, (intid | rest | ((priority >>> 3) << 23) | (state << 28) | (group << 30)) >>> 0);
  };
  const stateOf = (n: number): number => (gich.read(GICH_LR + 4 * n) >>> 28) & 3;
  const lines = (): number => cpu.get32(sys.VIRTUAL_LINES);
  return { cpu, gich, gicv, told, read, write, lr, stateOf, lines };
}

describe('GICV', () => {
  it('is at reset as on a Cortex-A15', () => {
    const cpu = new Cpu(65536, counter);
    resetCpu(cpu, { el: 2, entry: 0n, gicVersion: 2 });
    const values = ['CTLR', 'PMR', 'BPR', 'IAR', 'RPR', 'HPPIR', 'ABPR', 'AIAR', 'AHPPIR', 'APR0', 'IIDR'] as const;
    expect(values.map((name) => cpu.system.gicv.read(at[name], 4))).toEqual([
      0, 0, 2, 0x3ff, 0xff, 0x3ff, 3, 0x3ff, 0x3ff, 0, 0x2043b,
    ]);
  });

  it('signals, acknowledges and ends an interrupt of Group 0 as an IRQ', () => {
    const { gich, lr, lines, read, write, stateOf, told } = newInterface();
    lr(0, 27);
    expect(lines()).toBe(IRQ);
    expect(read('HPPIR')).toBe(27);
    expect(read('IAR')).toBe(27);
    expect([stateOf(0), lines(), read('RPR')]).toEqual([State.active, 0, 0xa0]);
    expect([gich.read(GICH_APR), read('APR0')]).toEqual([1 << 20, 1 << 20]);
    write('EOIR', 27);
    expect([stateOf(0), read('RPR'), read('IAR')]).toEqual([State.inactive, 0xff, 0x3ff]);
    expect(told).toEqual(['ack 27', 'eoi 27']);
  });

  it('signals Group 0 as FIQ where FIQEn says so', () => {
    const { lr, lines, write } = newInterface(Ctlr.grp0 | Ctlr.grp1 | Ctlr.fiqEn);
    lr(0, 40);
    expect(lines()).toBe(FIQ);
    write('CTLR', Ctlr.grp0 | Ctlr.grp1);
    expect(lines()).toBe(IRQ);
    write('CTLR', Ctlr.grp0 | Ctlr.grp1 | Ctlr.fiqEn);
    lr(0, 40, { group: 1 });
    expect(lines()).toBe(IRQ);
  });

  it('has Group 1 behind the aliased registers', () => {
    const { lr, lines, read, write, stateOf } = newInterface(Ctlr.grp0 | Ctlr.grp1);
    lr(0, 40, { group: 1 });
    expect(lines()).toBe(IRQ);
    expect([read('HPPIR'), read('IAR'), read('AHPPIR')]).toEqual([1022, 1022, 40]);
    expect(stateOf(0)).toBe(State.pending);
    expect(read('AIAR')).toBe(40);
    write('AEOIR', 40);
    expect([stateOf(0), read('RPR')]).toEqual([State.inactive, 0xff]);
    lr(0, 41);
    expect([read('AHPPIR'), read('AIAR'), read('HPPIR')]).toEqual([1023, 1023, 41]);
  });

  it('acknowledges either group with AckCtl', () => {
    const { lr, read, write, stateOf } = newInterface(Ctlr.grp0 | Ctlr.grp1 | Ctlr.ackCtl);
    lr(0, 40, { group: 1, priority: 0x80 });
    lr(1, 41, { priority: 0x40 });
    expect([read('HPPIR'), read('IAR'), read('IAR')]).toEqual([41, 41, 1023]);
    write('EOIR', 41);
    expect([read('HPPIR'), read('IAR')]).toEqual([40, 40]);
    write('EOIR', 40);
    expect([stateOf(0), stateOf(1), read('RPR')]).toEqual([State.inactive, State.inactive, 0xff]);
  });

  it('enables the groups by themselves', () => {
    const { lr, lines, read, write } = newInterface(0);
    lr(0, 40, { priority: 0x40 });
    lr(1, 41, { group: 1 });
    expect([lines(), read('IAR'), read('HPPIR')]).toEqual([0, 1023, 1023]);
    write('CTLR', Ctlr.grp1);
    expect([lines(), read('AIAR')]).toEqual([IRQ, 41]);
  });

  it('heeds priority mask and binary points; CBPR gives both groups GICV_BPR', () => {
    const { lr, lines, read, write } = newInterface(Ctlr.grp0 | Ctlr.grp1 | Ctlr.ackCtl);
    lr(0, 40, { priority: 0xa0 });
    write('PMR', 0xa7);
    expect([read('PMR'), lines()]).toEqual([0xa0, 0]);
    write('PMR', 0xa8);
    expect(lines()).toBe(IRQ);
    write('BPR', 0);
    write('ABPR', 6);
    expect([read('BPR'), read('ABPR')]).toEqual([2, 6]);
    expect(read('IAR')).toBe(40);
    // In Group 1 bits [7:6] are the group priority.
    lr(1, 41, { group: 1, priority: 0x98 });
    expect(lines()).toBe(0);
    write('CTLR', Ctlr.grp0 | Ctlr.grp1 | Ctlr.ackCtl | Ctlr.cbpr);
    expect(lines()).toBe(IRQ);
  });

  it('splits priority drop and deactivation under EOImode', () => {
    const { lr, read, write, stateOf, told } = newInterface(Ctlr.grp0 | Ctlr.eoiMode);
    lr(0, 40);
    read('IAR');
    write('DIR', 41);
    write('EOIR', 40);
    expect([read('RPR'), stateOf(0)]).toEqual([0xff, State.active]);
    write('DIR', 40);
    expect(stateOf(0)).toBe(State.inactive);
    expect(told).toEqual(['ack 40', 'eoi 40']);
  });

  it('ignores DIR while EOIR deactivates, and the ends of special INTIDs', () => {
    const { lr, read, write, stateOf, gich } = newInterface();
    lr(0, 40);
    read('IAR');
    write('DIR', 40);
    write('EOIR', 1023);
    expect([stateOf(0), read('RPR'), gich.read(GICH_HCR)]).toEqual([State.active, 0xa0, IchHcr.en]);
  });

  it('names the sender of an SGI, and wants the name back', () => {
    const { lr, read, write, stateOf, told, gich } = newInterface();
    lr(0, 5, { source: 3 });
    expect([read('HPPIR'), read('IAR')]).toEqual([0xc05, 0xc05]);
    write('EOIR', 5);
    // That is no active interrupt: its priority is dropped, and the hypervisor told.
    expect([stateOf(0), gich.read(GICH_HCR) >>> 27]).toEqual([State.active, 1]);
    lr(0, 5, { source: 3 });
    read('IAR');
    write('EOIR', 0xc05);
    expect(stateOf(0)).toBe(State.inactive);
    expect(told).toEqual(['ack 5', 'ack 5', 'eoi 5']);
  });

  it('ends an interrupt whose priority was changed meanwhile', () => {
    const { lr, read, write, stateOf } = newInterface();
    lr(0, 40, { priority: 0x80 });
    read('IAR');
    lr(0, 40, { priority: 0x40, state: State.active });
    write('EOIR', 40);
    expect([stateOf(0), read('RPR')]).toEqual([State.inactive, 0xff]);
  });

  it('deactivates the physical interrupt of a hardware list register', () => {
    const { cpu, lr, read, write } = newInterface();
    const { physical } = cpu.system;
    physical.setEnabled(27, true);
    physical.setLevel(27, true);
    physical.activate(27);
    lr(0, 30, { hw: 27 });
    expect(read('IAR')).toBe(30);
    write('EOIR', 30);
    expect(physical.asserted()).toEqual([27]);
  });

  it('takes words only, and has nothing where there is no register', () => {
    const { gicv, lr, read, stateOf } = newInterface();
    lr(0, 40);
    expect([gicv.read(at.IAR, 1), gicv.read(at.IAR, 2), gicv.read(0x40, 4)]).toEqual([0, 0, 0]);
    gicv.write(at.CTLR, 1, 0);
    gicv.write(0x40, 4, 0xffff_ffff);
    expect([stateOf(0), read('CTLR')]).toEqual([State.pending, Ctlr.grp0]);
  });

  it('asks for maintenance at the end of an interrupt that wants it', () => {
    const { cpu, lr, read, write } = newInterface();
    lr(0, 40, { eoi: true });
    read('IAR');
    expect(cpu.system.physical.level(Ppi.maintenance)).toBe(false);
    write('EOIR', 40);
    expect(cpu.system.physical.level(Ppi.maintenance)).toBe(true);
  });
});
