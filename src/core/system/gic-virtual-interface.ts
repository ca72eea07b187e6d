import { Line, updateInterruptPending } from '../exception/interrupts.ts';
import { IchHcr, Lr, Misr, Vmcr } from '../fields/gic.ts';
import type { PeState } from '../state/pe-state.ts';
import { ICH_LR, LIST_REGISTERS, sys } from '../state/system-cells.ts';
import type { SystemObserver } from './observer.ts';
import { type PhysicalInterrupts, Ppi } from './physical-interrupts.ts';

// The list registers of the GIC's virtual CPU interface as a state machine: IHI 0069, "Virtual interrupt handling and prioritization"; IHI 0048B, chapter 5.
// State is kept in the formats of ICH_LR<n>_EL2, ICH_VMCR_EL2, ICH_HCR_EL2 and ICH_AP<g>R0_EL2; GICv2's GICH_* are other views of the same (gich.ts).
// The virtual INTID of GICv2's SGIs has the CPU that sent it in bits [12:10], as GICV_IAR shows it.

/** Bits of priority and of preemption (group priority) that are implemented: 32 levels. */
export const PRIORITY_BITS = 5;
export const PRIORITY_MASK = 0xf8;
/** Least binary points with so many preemption bits. */
export const BPR0_MIN = 7 - PRIORITY_BITS;
export const BPR1_MIN = BPR0_MIN + 1;

export const SPURIOUS = 1023;
/** The highest pending interrupt is of Group 1, which the register does not acknowledge. */
export const SPURIOUS_GROUP1 = 1022;
const SPECIAL_FIRST = 1020;
const GICV2_INTID_MASK = 0x3ff;
const LPI_FIRST = 8192;
const IDLE_PRIORITY = 0xff;
const NONE = -1;

export type Group = 0 | 1;

export class GicVirtualInterface {
  readonly #cpu: PeState;
  readonly #physical: PhysicalInterrupts;
  readonly #observer: SystemObserver;

  constructor(cpu: PeState, physical: PhysicalInterrupts, observer: SystemObserver) {
    this.#cpu = cpu;
    this.#physical = physical;
    this.#observer = observer;
  }

  // --- list registers ------------------------------------------------------------------------------------------------
  #intid(n: number): number {
    return this.#cpu.get32(ICH_LR + 8 * n);
  }
  #lr(n: number): number {
    return this.#cpu.get32(ICH_LR + 8 * n + 4);
  }
  #setLr(n: number, high: number): void {
    this.#cpu.set32(ICH_LR + 8 * n + 4, high);
  }
  #priority(n: number): number {
    return (this.#lr(n) >>> 16) & 0xff;
  }
  #group(n: number): Group {
    return this.#lr(n) & Lr.group1 ? 1 : 0;
  }
  #vmcr(): number {
    return this.#cpu.get32(sys.ICH_VMCR_EL2);
  }
  #isEnabled(group: Group): boolean {
    return (this.#vmcr() & (group ? Vmcr.veng1 : Vmcr.veng0)) !== 0;
  }
  /** EOIR drops the priority only; DIR deactivates. */
  get isEoiSplit(): boolean {
    return (this.#vmcr() & Vmcr.veoim) !== 0;
  }
  /** A field of ICH_VMCR_EL2. */
  field(shift: number, mask: number): number {
    return (this.#vmcr() >>> shift) & mask;
  }
  setField(shift: number, mask: number, value: number): void {
    this.#cpu.set32(sys.ICH_VMCR_EL2, (this.#vmcr() & ~(mask << shift)) | ((value & mask) << shift));
    this.update();
  }

  /** After a write of the whole register: binary points below their least become that (IHI 0069, ICH_VMCR_EL2; IHI 0048B, 4.4.3). */
  vmcrWritten(): void {
    const least = (shift: number, min: number): number => Math.max(this.field(shift, 7), min) << shift;
    const points = (7 << Vmcr.vbpr0Shift) | (7 << Vmcr.vbpr1Shift);
    const limited = least(Vmcr.vbpr0Shift, BPR0_MIN) | least(Vmcr.vbpr1Shift, BPR1_MIN);
    this.#cpu.set32(sys.ICH_VMCR_EL2, (this.#vmcr() & ~points) | limited);
    this.update();
  }

  /** The pending list register of the highest priority whose group is enabled; lower numbers first among equals. */
  #highestPending(): number {
    let best = NONE;
    let bestPriority = IDLE_PRIORITY + 1;
    for (let n = 0; n < LIST_REGISTERS; n++) {
      const isPending = (this.#lr(n) & Lr.state) === Lr.pending;
      if (!isPending || !this.#isEnabled(this.#group(n)) || this.#priority(n) >= bestPriority) continue;
      best = n;
      bestPriority = this.#priority(n);
    }
    return best;
  }

  /** Mask of the group priority within a priority, by the binary point that holds for the group. */
  #groupPriorityMask(group: Group): number {
    const vmcr = this.#vmcr();
    const usesBpr0 = group === 0 || (vmcr & Vmcr.vcbpr) !== 0;
    const point = usesBpr0 ? (vmcr >>> Vmcr.vbpr0Shift) & 7 : ((vmcr >>> Vmcr.vbpr1Shift) & 7) - 1;
    return (0xff << (point + 1)) & 0xff;
  }

  /** The group priority of the highest active interrupt, 0xff while there is none (ICV_RPR_EL1). */
  runningPriority(): number {
    const active = this.#cpu.get32(sys.ICH_AP0R0_EL2) | this.#cpu.get32(sys.ICH_AP1R0_EL2);
    return active === 0 ? IDLE_PRIORITY : lowestBit(active) << (8 - PRIORITY_BITS);
  }

  /** Whether list register `n`, pending, is to be signalled: priority mask and running priority let it. */
  #canPreempt(n: number): boolean {
    if ((this.#cpu.get32(sys.ICH_HCR_EL2) & IchHcr.en) === 0) return false;
    const priority = this.#priority(n);
    if (priority >= this.#vmcr() >>> Vmcr.vpmrShift) return false;
    const running = this.runningPriority();
    if (running === IDLE_PRIORITY) return true;
    const mask = this.#groupPriorityMask(this.#group(n));
    return (priority & mask) < (running & mask);
  }

  // --- the CPU interface ---------------------------------------------------------------------------------------------
  /** INTID of the highest pending interrupt, if it is of this group, else 1023 (ICV_HPPIR<g>_EL1). */
  highestPendingIntid(group: Group): number {
    const n = this.#highestPending();
    return n !== NONE && this.#group(n) === group ? this.#intid(n) : SPURIOUS;
  }

  /** Acknowledges the highest pending interrupt, if it is of this group and can be signalled (ICV_IAR<g>_EL1). */
  acknowledge(group: Group): number {
    const n = this.#highestPending();
    if (n === NONE || this.#group(n) !== group || !this.#canPreempt(n)) return SPURIOUS;
    return this.#take(n);
  }

  /** GICV_IAR: of either group, of Group 1 if AckCtl lets it. */
  acknowledgeEither(): number {
    const n = this.#highestPending();
    if (n === NONE || !this.#canPreempt(n)) return SPURIOUS;
    return this.#isHidden(n) ? SPURIOUS_GROUP1 : this.#take(n);
  }
  /** GICV_HPPIR. */
  highestPendingEither(): number {
    const n = this.#highestPending();
    if (n === NONE) return SPURIOUS;
    return this.#isHidden(n) ? SPURIOUS_GROUP1 : this.#intid(n);
  }
  /** Group 1 is behind the aliased registers unless GICV_CTLR.AckCtl is set. */
  #isHidden(n: number): boolean {
    return this.#group(n) === 1 && (this.#vmcr() & Vmcr.vackctl) === 0;
  }

  /** The interrupt of a list register becomes active. */
  #take(n: number): number {
    const intid = this.#intid(n);
    const group = this.#group(n);
    if (isSpecial(intid)) {
      this.#setLr(n, this.#lr(n) & ~Lr.pending);
    } else {
      const level = (this.#priority(n) & this.#groupPriorityMask(group)) >>> (8 - PRIORITY_BITS);
      const apr = group ? sys.ICH_AP1R0_EL2 : sys.ICH_AP0R0_EL2;
      this.#cpu.set32(apr, this.#cpu.get32(apr) | (1 << level));
      this.#setLr(n, (this.#lr(n) & ~Lr.pending) | Lr.active);
      this.#observer.irqAck?.(this.#told(intid));
    }
    this.update();
    return intid;
  }

  /**
   * Priority drop, and deactivation where that is not split off (ICV_EOIR<g>_EL1). Without a group (GICV_EOIR) the interrupt may
   * be of either, and of another priority by now.
   */
  endOfInterrupt(group: Group | null, intid: number): void {
    if (isSpecial(intid)) return;
    const dropped = this.#dropPriority();
    if (dropped === IDLE_PRIORITY) return;
    const n = this.#active(intid);
    const splits = this.isEoiSplit && intid < LPI_FIRST;
    if (n === NONE) {
      if (!splits && intid < LPI_FIRST) this.#countEoi();
    } else if (!splits && (group === null || this.#isRunning(n, group, dropped))) {
      this.#deactivate(n);
    }
    this.update();
  }
  /** Is list register `n` of this group and group priority? */
  #isRunning(n: number, group: Group, priority: number): boolean {
    return this.#group(n) === group && (this.#priority(n) & this.#groupPriorityMask(group)) === priority;
  }

  /** Deactivation by itself, where it is split off (ICV_DIR_EL1). */
  deactivate(intid: number): void {
    if (isSpecial(intid) || intid >= LPI_FIRST || !this.isEoiSplit) return;
    const n = this.#active(intid);
    if (n === NONE) this.#countEoi();
    else this.#deactivate(n);
    this.update();
  }

  /** Clears the highest active priority and returns it. */
  #dropPriority(): number {
    const cpu = this.#cpu;
    const group0 = cpu.get32(sys.ICH_AP0R0_EL2);
    const group1 = cpu.get32(sys.ICH_AP1R0_EL2);
    const active = group0 | group1;
    if (active === 0) return IDLE_PRIORITY;
    const lowest = active & -active;
    if (group0 & lowest) cpu.set32(sys.ICH_AP0R0_EL2, group0 & ~lowest);
    else cpu.set32(sys.ICH_AP1R0_EL2, group1 & ~lowest);
    return lowestBit(active) << (8 - PRIORITY_BITS);
  }
  #active(intid: number): number {
    for (let n = 0; n < LIST_REGISTERS; n++) if (this.#lr(n) & Lr.active && this.#intid(n) === intid) return n;
    return NONE;
  }
  #deactivate(n: number): void {
    const high = this.#lr(n);
    this.#setLr(n, high & ~Lr.active);
    const physical = high & 0x1fff;
    if (high & Lr.hw && physical < 32) this.#physical.deactivate(physical);
    this.#observer.irqEoi?.(this.#told(this.#intid(n)));
  }
  /** An INTID without the sender of GICv2's SGIs. */
  #told(intid: number): number {
    return this.#cpu.get32(sys.GIC_MEMORY_MAPPED) === 0 ? intid : intid & GICV2_INTID_MASK;
  }
  /** EOIcount of ICH_HCR_EL2: completions of interrupts that are in no list register. */
  #countEoi(): void {
    const hcr = this.#cpu.get32(sys.ICH_HCR_EL2);
    this.#cpu.set32(sys.ICH_HCR_EL2, hcr + (1 << IchHcr.eoicountShift));
  }

  // --- status and outputs --------------------------------------------------------------------------------------------
  /** ICH_EISR_EL2: list registers whose completion asked for a maintenance interrupt. */
  eoiStatus(): number {
    return this.#listRegisters((high) => (high & (Lr.state | Lr.hw | Lr.eoi)) === Lr.eoi);
  }
  /** ICH_ELRSR_EL2: list registers free to use. */
  emptyStatus(): number {
    return this.#listRegisters((high) => (high & Lr.state) === 0 && (high & (Lr.hw | Lr.eoi)) !== Lr.eoi);
  }
  #listRegisters(holds: (high: number) => boolean): number {
    let set = 0;
    for (let n = 0; n < LIST_REGISTERS; n++) if (holds(this.#lr(n))) set |= 1 << n;
    return set;
  }

  /** ICH_MISR_EL2: why a maintenance interrupt is asserted. */
  maintenanceStatus(): number {
    const hcr = this.#cpu.get32(sys.ICH_HCR_EL2);
    const valid = this.#listRegisters((high) => (high & Lr.state) !== 0);
    const isUnderflow = (valid & (valid - 1)) === 0;
    const hasPending = this.#listRegisters((high) => (high & Lr.state) === Lr.pending) !== 0;
    return (
      (this.eoiStatus() !== 0 ? Misr.eoi : 0) |
      (hcr & IchHcr.uie && isUnderflow ? Misr.u : 0) |
      (hcr & IchHcr.lrenpie && hcr >>> IchHcr.eoicountShift !== 0 ? Misr.lrenp : 0) |
      (hcr & IchHcr.npie && !hasPending ? Misr.np : 0) |
      (hcr & IchHcr.vgrp0eie && this.#isEnabled(0) ? Misr.vgrp0e : 0) |
      (hcr & IchHcr.vgrp0die && !this.#isEnabled(0) ? Misr.vgrp0d : 0) |
      (hcr & IchHcr.vgrp1eie && this.#isEnabled(1) ? Misr.vgrp1e : 0) |
      (hcr & IchHcr.vgrp1die && !this.#isEnabled(1) ? Misr.vgrp1d : 0)
    );
  }

  /** Recomputes virtual IRQ, virtual FIQ and the maintenance line: after every change of the state. */
  update(): void {
    const cpu = this.#cpu;
    const n = this.#highestPending();
    const signalled = n !== NONE && this.#canPreempt(n);
    const asFiq = signalled && this.#group(n) === 0 && (this.#vmcr() & Vmcr.vfiqen) !== 0;
    const lines = asFiq ? Line.fiq : signalled ? Line.irq : 0;
    if (lines !== cpu.get32(sys.VIRTUAL_LINES)) {
      cpu.set32(sys.VIRTUAL_LINES, lines);
      updateInterruptPending(cpu);
    }
    const enabled = (cpu.get32(sys.ICH_HCR_EL2) & IchHcr.en) !== 0;
    const misr = enabled ? this.maintenanceStatus() : 0;
    if (this.#physical.setLevel(Ppi.maintenance, misr !== 0) && misr !== 0) this.#observer.maintenance?.(misr);
  }
}

const isSpecial = (intid: number): boolean => intid >= SPECIAL_FIRST && intid <= SPURIOUS;
const lowestBit = (value: number): number => 31 - Math.clz32(value & -value);
