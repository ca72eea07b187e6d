import { low32 } from '../../base/bits.ts';
import { TimerCtl } from '../fields/timer.ts';
import type { PeState } from '../state/pe-state.ts';
import { sys } from '../state/system-cells.ts';
import { type SystemObserver, TimerIndex } from './observer.ts';
import { type PhysicalInterrupts, Ppi } from './physical-interrupts.ts';

const timers = [
  { index: TimerIndex.virtual, intid: Ppi.virtualTimer, ctl: sys.CNTV_CTL_EL0, cval: sys.CNTV_CVAL_EL0 },
  { index: TimerIndex.physical, intid: Ppi.physicalTimer, ctl: sys.CNTP_CTL_EL0, cval: sys.CNTP_CVAL_EL0 },
  { index: TimerIndex.hyp, intid: Ppi.hypTimer, ctl: sys.CNTHP_CTL_EL2, cval: sys.CNTHP_CVAL_EL2 },
] as const;

/** The generic timers of the CPU (Arm ARM DDI 0487, "The Generic Timer in AArch64 state"). Their state is in cells; outputs go to the private lines. */
export class GenericTimer {
  readonly #cpu: PeState;
  readonly #lines: PhysicalInterrupts;
  readonly #observer: SystemObserver;
  /** Instruction count at which an output next changes by itself: derived. */
  #deadline = Infinity;

  constructor(cpu: PeState, lines: PhysicalInterrupts, observer: SystemObserver) {
    this.#cpu = cpu;
    this.#lines = lines;
    this.#observer = observer;
  }

  physicalCount(): bigint {
    return BigInt.asUintN(64, this.#cpu.counter.countAt(this.#cpu.icount));
  }
  virtualCount(): bigint {
    return BigInt.asUintN(64, this.physicalCount() - this.#cpu.get64(sys.CNTVOFF_EL2));
  }
  /** The count that a timer compares with. */
  count(timer: TimerIndex): bigint {
    return timer === TimerIndex.virtual ? this.virtualCount() : this.physicalCount();
  }

  readCtl(timer: TimerIndex): number {
    const { ctl, cval } = timers[timer];
    const control = this.#cpu.get32(ctl);
    const met = (control & TimerCtl.enable) !== 0 && this.count(timer) >= this.#cpu.get64(cval);
    return control | (met ? TimerCtl.istatus : 0);
  }
  writeCtl(timer: TimerIndex, value: number): void {
    this.#cpu.set32(timers[timer].ctl, value & (TimerCtl.enable | TimerCtl.imask));
    this.#programmed(timer);
  }
  readCval(timer: TimerIndex): bigint {
    return this.#cpu.get64(timers[timer].cval);
  }
  writeCval(timer: TimerIndex, value: bigint): void {
    this.#cpu.set64(timers[timer].cval, value);
    this.#programmed(timer);
  }
  /** The 32-bit down counter: CVAL less the count. */
  readTval(timer: TimerIndex): number {
    return low32(this.readCval(timer) - this.count(timer));
  }
  writeTval(timer: TimerIndex, value: number): void {
    this.writeCval(timer, BigInt.asUintN(64, this.count(timer) + BigInt(value | 0)));
  }
  /** CNTVOFF_EL2 was written. */
  offsetChanged(): void {
    this.#programmed(TimerIndex.virtual);
  }
  #programmed(timer: TimerIndex): void {
    this.#observer.timerProgram?.(timer, this.#cpu.get32(timers[timer].ctl), this.readCval(timer));
    this.update();
  }

  /** Instruction count at which an output next changes, Infinity if none will. */
  nextDeadline(): number {
    return this.#deadline;
  }
  /** To be called when the deadline is reached; harmless at other times. */
  poll(): void {
    if (this.#cpu.icount >= this.#deadline) this.update();
  }
  /** State and outputs are those of a saved state: what is due since it was saved is for the next `poll` to tell. */
  restored(): void {
    this.#deadline = 0;
  }
  /** Recomputes outputs and deadline from the state in cells. */
  update(): void {
    const cpu = this.#cpu;
    const physical = this.physicalCount();
    let deadline = Infinity;
    for (const timer of timers) {
      let output = false;
      if ((cpu.get32(timer.ctl) & (TimerCtl.enable | TimerCtl.imask)) === TimerCtl.enable) {
        const count = this.count(timer.index);
        const cval = cpu.get64(timer.cval);
        output = count >= cval;
        if (!output) deadline = Math.min(deadline, cpu.counter.icountAt(physical + cval - count));
      }
      if (this.#lines.setLevel(timer.intid, output) && output) this.#observer.timerFire?.(timer.index, timer.intid);
    }
    this.#deadline = deadline;
  }
}
