import { describe, expect, it } from 'vitest';
import { sys } from '../state/system-cells.ts';
import { Cpu } from './cpu.ts';
import { TimerIndex } from './observer.ts';
import { Ppi } from './physical-interrupts.ts';
import { resetCpu } from './reset.ts';

/** Four instructions a tick. */
const counter = {
  frequency: 1,
  countAt: (icount: number) => BigInt(Math.floor(icount / 4)),
  icountAt: (count: bigint) => (count > 1n << 50n ? Infinity : Number(count) * 4),
};
function newTimers() {
  const cpu = new Cpu(65536, counter);
  resetCpu(cpu, { el: 1, entry: 0n });
  return { cpu, timers: cpu.system.timers, lines: cpu.system.physical };
}
const ENABLE = 1;
const IMASK = 2;
const ISTATUS = 4;

describe('a generic timer', () => {
  it('raises its line at its deadline, not before', () => {
    const { cpu, timers, lines } = newTimers();
    timers.writeCval(TimerIndex.physical, 100n);
    expect(timers.nextDeadline()).toBe(Infinity);
    timers.writeCtl(TimerIndex.physical, ENABLE);
    expect(timers.nextDeadline()).toBe(400);
    cpu.icount = 399;
    timers.poll();
    expect(lines.level(Ppi.physicalTimer)).toBe(false);
    expect(timers.readCtl(TimerIndex.physical)).toBe(ENABLE);
    cpu.icount = 400;
    timers.poll();
    expect(lines.level(Ppi.physicalTimer)).toBe(true);
    expect(timers.readCtl(TimerIndex.physical)).toBe(ENABLE | ISTATUS);
    expect(timers.nextDeadline()).toBe(Infinity);
  });
  it('lowers its line when it is masked, disabled or moved on', () => {
    const { cpu, timers, lines } = newTimers();
    cpu.icount = 4000;
    timers.writeCtl(TimerIndex.virtual, ENABLE);
    expect(lines.level(Ppi.virtualTimer)).toBe(true);
    timers.writeCtl(TimerIndex.virtual, ENABLE | IMASK);
    expect(lines.level(Ppi.virtualTimer)).toBe(false);
    expect(timers.readCtl(TimerIndex.virtual)).toBe(ENABLE | IMASK | ISTATUS);
    timers.writeCtl(TimerIndex.virtual, ENABLE);
    timers.writeCval(TimerIndex.virtual, 5000n);
    expect(lines.level(Ppi.virtualTimer)).toBe(false);
    expect(timers.nextDeadline()).toBe(20_000);
  });
  it('counts from CNTVOFF_EL2 when it is the virtual one', () => {
    const { cpu, timers } = newTimers();
    cpu.icount = 400;
    cpu.set64(sys.CNTVOFF_EL2, 90n);
    timers.offsetChanged();
    expect(timers.virtualCount()).toBe(10n);
    timers.writeTval(TimerIndex.virtual, 5);
    expect(timers.readCval(TimerIndex.virtual)).toBe(15n);
    timers.writeCtl(TimerIndex.virtual, ENABLE);
    expect(timers.nextDeadline()).toBe(420);
  });
  it('takes TVAL as signed, and reads it modulo 2^32', () => {
    const { cpu, timers } = newTimers();
    cpu.icount = 400;
    timers.writeTval(TimerIndex.hyp, 0xffff_fff6);
    expect(timers.readCval(TimerIndex.hyp)).toBe(90n);
    expect(timers.readTval(TimerIndex.hyp)).toBe(0xffff_fff6);
  });
  it('has no deadline out of the counter’s reach', () => {
    const { timers } = newTimers();
    timers.writeCval(TimerIndex.virtual, (1n << 63n) - 1n);
    timers.writeCtl(TimerIndex.virtual, ENABLE);
    expect(timers.nextDeadline()).toBe(Infinity);
  });
  it('tells its observer what is programmed and what fires', () => {
    const { cpu, timers } = newTimers();
    const seen: string[] = [];
    cpu.system.observer.timerProgram = (timer, ctl, cval) => seen.push(`program ${timer} ${ctl} ${cval}`);
    cpu.system.observer.timerFire = (timer, intid) => seen.push(`fire ${timer} ${intid}`);
    timers.writeCval(TimerIndex.virtual, 10n);
    timers.writeCtl(TimerIndex.virtual, ENABLE);
    cpu.icount = 40;
    timers.poll();
    timers.poll();
    expect(seen).toEqual(['program 0 0 10', 'program 0 1 10', 'fire 0 27']);
  });
  it('interrupts the CPU where the host lets its line', () => {
    const { cpu, timers, lines } = newTimers();
    cpu.icount = 4;
    timers.writeCtl(TimerIndex.virtual, ENABLE);
    expect(lines.asserted()).toEqual([]);
    lines.setEnabled(Ppi.virtualTimer, true);
    expect(lines.asserted()).toEqual([27]);
    expect(cpu.get32(sys.PHYSICAL_LINES)).toBe(1 << 7);
    lines.activate(Ppi.virtualTimer);
    expect(cpu.get32(sys.PHYSICAL_LINES)).toBe(0);
    lines.deactivate(Ppi.virtualTimer);
    expect(cpu.get32(sys.PHYSICAL_LINES)).toBe(1 << 7);
  });
});
