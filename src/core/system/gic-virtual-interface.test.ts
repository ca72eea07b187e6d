import { describe, expect, it } from 'vitest';
import { IchHcr } from '../fields/gic.ts';
import { sys } from '../state/system-cells.ts';
import { Cpu } from './cpu.ts';
import { SPURIOUS } from './gic-virtual-interface.ts';
import { SystemRegister } from './index.ts';
import { Ppi } from './physical-interrupts.ts';
import { resetCpu } from './reset.ts';

const counter = { frequency: 1, countAt: () => 0n, icountAt: () => Infinity };
const IRQ = 1 << 7;
const FIQ = 1 << 6;
const State = { inactive: 0n, pending: 1n, active: 2n } as const;

/** The interface on, both groups on, all priorities let through. */
function newInterface() {
  const cpu = new Cpu(65536, counter);
  resetCpu(cpu, { el: 1, entry: 0n });
  const register = (name: string) => new SystemRegister(cpu, name);
  const write = (name: string, value: bigint | number): void => register(name).write(BigInt(value));
  const read = (name: string): number => register(name).low();
  write('ICH_HCR_EL2', IchHcr.en);
  write('ICC_PMR_EL1', 0xf8);
  write('ICC_IGRPEN0_EL1', 1);
  write('ICC_IGRPEN1_EL1', 1);
  const lr = (
    n: number,
    intid: number,
    options: { priority?: number; group?: number; state?: bigint; hw?: number; eoi?: boolean } = {},
  ) => {
    const { priority = 0xa0, group = 1, state = State.pending, hw, eoi = false } = options;
    const physical = hw === undefined ? (eoi ? 1n << 41n : 0n) : (1n << 61n) | (BigInt(hw) << 32n);
    write(
      `ICH_LR${n}_EL2`,
      (state << 62n) | (BigInt(group) << 60n) | (BigInt(priority) << 48n) | physical | BigInt(intid),
    );
  };
  const stateOf = (n: number): bigint => register(`ICH_LR${n}_EL2`).read() >> 62n;
  const lines = (): number => cpu.get32(sys.VIRTUAL_LINES);
  return { cpu, gic: cpu.system.gic, write, read, lr, stateOf, lines };
}

describe('the virtual CPU interface', () => {
  it('signals, acknowledges and ends an interrupt', () => {
    const { gic, lr, stateOf, lines, read } = newInterface();
    lr(0, 27);
    expect(lines()).toBe(IRQ);
    expect(gic.acknowledge(1)).toBe(27);
    expect(stateOf(0)).toBe(State.active);
    expect(lines()).toBe(0);
    expect(gic.runningPriority()).toBe(0xa0);
    expect(read('ICH_AP1R0_EL2')).toBe(1 << (0xa0 >> 3));
    gic.endOfInterrupt(1, 27);
    expect(stateOf(0)).toBe(State.inactive);
    expect(gic.runningPriority()).toBe(0xff);
    expect(gic.acknowledge(1)).toBe(SPURIOUS);
  });
  it('takes the highest priority first, and lets only a higher one preempt', () => {
    const { gic, lr, lines } = newInterface();
    lr(0, 40, { priority: 0xa0 });
    lr(1, 41, { priority: 0x80 });
    expect(gic.highestPendingIntid(1)).toBe(41);
    expect(gic.acknowledge(1)).toBe(41);
    expect(lines()).toBe(0);
    lr(2, 42, { priority: 0x40 });
    expect(lines()).toBe(IRQ);
    expect(gic.acknowledge(1)).toBe(42);
    gic.endOfInterrupt(1, 42);
    expect(gic.runningPriority()).toBe(0x80);
    gic.endOfInterrupt(1, 41);
    expect(gic.acknowledge(1)).toBe(40);
  });
  it('keeps subpriorities from preempting', () => {
    const { gic, lr, lines, write } = newInterface();
    write('ICC_BPR1_EL1', 5);
    lr(0, 40, { priority: 0xa8 });
    gic.acknowledge(1);
    lr(1, 41, { priority: 0xa0 });
    expect(lines()).toBe(0);
    lr(1, 41, { priority: 0x98 });
    expect(lines()).toBe(IRQ);
  });
  it('heeds the priority mask, the group enables and ICH_HCR_EL2.En', () => {
    const { lr, lines, write } = newInterface();
    lr(0, 40, { priority: 0xa0 });
    write('ICC_PMR_EL1', 0xa0);
    expect(lines()).toBe(0);
    write('ICC_PMR_EL1', 0xa8);
    expect(lines()).toBe(IRQ);
    write('ICC_IGRPEN1_EL1', 0);
    expect(lines()).toBe(0);
    write('ICC_IGRPEN1_EL1', 1);
    write('ICH_HCR_EL2', 0);
    expect(lines()).toBe(0);
  });
  it('signals group 0 as FIQ, and keeps the groups’ registers apart', () => {
    const { gic, lr, lines } = newInterface();
    lr(0, 50, { group: 0 });
    expect(lines()).toBe(FIQ);
    expect(gic.acknowledge(1)).toBe(SPURIOUS);
    expect(gic.highestPendingIntid(1)).toBe(SPURIOUS);
    expect(gic.acknowledge(0)).toBe(50);
  });
  it('splits priority drop and deactivation under EOImode', () => {
    const { gic, lr, stateOf, write } = newInterface();
    write('ICC_CTLR_EL1', 2);
    lr(0, 40);
    gic.acknowledge(1);
    gic.endOfInterrupt(1, 40);
    expect(gic.runningPriority()).toBe(0xff);
    expect(stateOf(0)).toBe(State.active);
    gic.deactivate(40);
    expect(stateOf(0)).toBe(State.inactive);
  });
  it('deactivates the physical interrupt of a hardware list register', () => {
    const { cpu, gic, lr } = newInterface();
    const { physical } = cpu.system;
    physical.setEnabled(27, true);
    physical.setLevel(27, true);
    physical.activate(27);
    expect(physical.asserted()).toEqual([]);
    lr(0, 27, { hw: 27 });
    gic.acknowledge(1);
    gic.endOfInterrupt(1, 27);
    expect(physical.asserted()).toEqual([27]);
  });
  it('counts completions of what is in no list register', () => {
    const { gic, lr, read } = newInterface();
    lr(0, 40);
    gic.acknowledge(1);
    lr(0, 41, { state: State.inactive });
    gic.endOfInterrupt(1, 40);
    expect(read('ICH_HCR_EL2') >>> IchHcr.eoicountShift).toBe(1);
    expect(gic.runningPriority()).toBe(0xff);
  });
  it('stays pending and active until it is deactivated', () => {
    const { gic, lr, stateOf, lines } = newInterface();
    lr(0, 40, { state: 3n });
    expect(lines()).toBe(0);
    expect(gic.acknowledge(1)).toBe(SPURIOUS);
    expect(stateOf(0)).toBe(3n);
  });
  it('gives a special INTID without activating it', () => {
    const { gic, lr, stateOf } = newInterface();
    lr(0, 1022);
    expect(gic.acknowledge(1)).toBe(1022);
    expect(stateOf(0)).toBe(State.inactive);
    expect(gic.runningPriority()).toBe(0xff);
  });
});

describe('maintenance', () => {
  it('reports completions that asked for it, and free list registers', () => {
    const { cpu, gic, lr, read } = newInterface();
    lr(0, 40, { eoi: true });
    lr(1, 41);
    expect(read('ICH_ELRSR_EL2')).toBe(0b1100);
    gic.acknowledge(1);
    gic.endOfInterrupt(1, 40);
    expect(read('ICH_EISR_EL2')).toBe(1);
    expect(read('ICH_ELRSR_EL2')).toBe(0b1100);
    expect(read('ICH_MISR_EL2')).toBe(1);
    expect(cpu.system.physical.level(Ppi.maintenance)).toBe(true);
    lr(0, 0, { state: State.inactive });
    expect(cpu.system.physical.level(Ppi.maintenance)).toBe(false);
  });
  it('reports underflow and nothing pending as asked', () => {
    const { lr, read, write } = newInterface();
    lr(0, 40);
    lr(1, 41);
    write('ICH_HCR_EL2', IchHcr.en | IchHcr.uie | IchHcr.npie);
    expect(read('ICH_MISR_EL2')).toBe(0);
    lr(0, 0, { state: State.inactive });
    expect(read('ICH_MISR_EL2')).toBe(2);
    lr(1, 41, { state: State.active });
    expect(read('ICH_MISR_EL2')).toBe(0b1010);
  });
  it('tells the observer once', () => {
    const { cpu, write } = newInterface();
    const seen: number[] = [];
    cpu.system.observer.maintenance = (misr) => seen.push(misr);
    write('ICH_HCR_EL2', IchHcr.en | IchHcr.npie);
    write('ICH_HCR_EL2', IchHcr.en | IchHcr.npie);
    expect(seen).toEqual([8]);
  });
});

describe('the registers of the interface', () => {
  it('have no binary points below the least, however they were set', () => {
    const { write, read } = newInterface();
    write('ICH_VMCR_EL2', 0);
    expect([read('ICC_BPR0_EL1'), read('ICC_BPR1_EL1')]).toEqual([2, 3]);
  });
  it('show ICH_VMCR_EL2', () => {
    const { read, write } = newInterface();
    write('ICC_PMR_EL1', 0xff);
    expect(read('ICC_PMR_EL1')).toBe(0xf8);
    write('ICC_BPR0_EL1', 0);
    write('ICC_BPR1_EL1', 0);
    expect([read('ICC_BPR0_EL1'), read('ICC_BPR1_EL1')]).toEqual([2, 3]);
    write('ICC_CTLR_EL1', 1);
    write('ICC_BPR0_EL1', 4);
    expect(read('ICC_BPR1_EL1')).toBe(5);
    expect(read('ICC_CTLR_EL1')).toBe(0x8401);
    expect(read('ICH_VMCR_EL2')).toBe(0xf88c_001b);
  });
});
