import { must } from '../../base/assert.ts';
import { Failure } from '../../base/failure.ts';
import { type Field, flag, integer, list, record, u64 } from '../../base/fields.ts';
import type { PlainMap } from '../../base/plain.ts';
import type { Stateful } from '../../base/stateful.ts';
import { Cnthctl, TimerCtl } from '../../core/fields/timer.ts';
import type { SystemCounter } from '../../core/state/pe-state.ts';
import { type EventSink, IrqSource, TimerId, timerFire, timerProgram } from '../../trace/events/index.ts';
import type { RegisterPort } from './host-cpu.ts';
import type { Vgic } from './vgic/model.ts';

/**
 * Who sees the guest's timers. `direct`: the guest reads both counters and programs the CPU's virtual timer itself, with no exit;
 * the physical timer, which is the host's, is emulated against the count that the guest reads. `bhyve`: reads of the physical
 * counter are exits too, as under bhyve today. `bhyve-2018`: all accesses to both timers and counters are, as in its first form.
 */
export const timerPolicies = ['direct', 'bhyve', 'bhyve-2018'] as const;
export type TimerPolicy = (typeof timerPolicies)[number];

/** What leaves the guest beside accesses to the physical timer, which always do. */
const traps: { readonly [P in TimerPolicy]: { readonly physicalCount: boolean; readonly virtual: boolean } } = {
  direct: { physicalCount: false, virtual: false },
  bhyve: { physicalCount: true, virtual: false },
  'bhyve-2018': { physicalCount: true, virtual: true },
};

/**
 * Makes the CPU trap what a policy says, by CNTHCTL_EL2, CNTHCTL (DDI 0487, D19.12; DDI 0406C, B8.1.5): EL1PCTEN lets the physical
 * counter through, EL1PCEN would let the physical timer through; EL1TVT and EL1TVCT trap the virtual timer and counter, which
 * these hosts have without the rest of FEAT_ECV. @throws Failure where it cannot
 */
export function setTimerTraps(cnthctl: Pick<RegisterPort, 'read' | 'write'>, policy: TimerPolicy): void {
  const { physicalCount, virtual } = traps[policy];
  const value = BigInt((physicalCount ? 0 : Cnthctl.el1pcten) | (virtual ? Cnthctl.el1tvt | Cnthctl.el1tvct : 0));
  cnthctl.write(value);
  if (cnthctl.read() !== value)
    throw new Failure(`--timer-policy ${policy}: this host's CPU cannot trap its virtual timer; give another policy`);
}

/** The INTIDs of the guest's timers. */
export interface TimerIntids {
  readonly virtual: number;
  readonly physical: number;
}

interface TimerState {
  ctl: number;
  cval: bigint;
  line: boolean;
}
const timerFields = record<TimerState>({ ctl: integer(0, TimerCtl.enable | TimerCtl.imask), cval: u64, line: flag });

interface VtimerState {
  /** By vCPU. */
  physical: TimerState[];
  virtual: TimerState[];
  directLine: boolean[];
}

/** A timer whose registers are trapped: CNTP_* or CNTV_* of one vCPU. */
class EmulatedTimer {
  readonly id: TimerId;
  /** Saved by Vtimer. */
  readonly state: TimerState = { ctl: 0, cval: 0n, line: false };
  readonly #now: () => bigint;

  constructor(id: TimerId, now: () => bigint) {
    this.id = id;
    this.#now = now;
  }

  get met(): boolean {
    return (this.state.ctl & TimerCtl.enable) !== 0 && this.#now() >= this.state.cval;
  }
  get level(): boolean {
    return (this.state.ctl & TimerCtl.imask) === 0 && this.met;
  }
  readCtl(): bigint {
    return BigInt(this.state.ctl | (this.met ? TimerCtl.istatus : 0));
  }
  /** UNKNOWN by architecture while the timer is disabled; bhyve reads as all ones then. */
  readTval(): bigint {
    if ((this.state.ctl & TimerCtl.enable) === 0) return 0xffff_ffffn;
    return BigInt.asUintN(32, this.state.cval - this.#now());
  }
  writeCtl(value: bigint): void {
    this.state.ctl = Number(value & 3n);
  }
  writeCval(value: bigint): void {
    this.state.cval = value;
  }
  writeTval(value: bigint): void {
    this.state.cval = BigInt.asUintN(64, this.#now() + BigInt.asIntN(32, value));
  }
}

/** The CPU's own virtual timer as the hypervisor sees it, of the vCPU that is loaded where nothing else is said. Its events are the CPU's to tell. */
export interface DirectTimer {
  /** The timer's output now, whether its interrupt is enabled at the host or not. */
  level(): boolean;
  /** Lets the timer's interrupt leave the guest, or not. */
  setInterruptEnabled(on: boolean): void;
  /** The virtual count at which a vCPU's line rises, loaded or not; undefined while it cannot. */
  compare(vcpu: number): bigint | undefined;
}

/** What the timers of a VM are made for. */
export interface VtimerConfig {
  readonly policy: TimerPolicy;
  readonly intids: TimerIntids;
  readonly counter: SystemCounter;
  readonly icount: () => number;
  /** CNTVOFF_EL2: the physical count at the VM's creation. An emulated physical counter starts at 0 then, too. */
  readonly offset: bigint;
  readonly direct: DirectTimer;
  readonly vgic: Vgic;
  readonly events: EventSink;
}

/** Does the guest program the CPU's virtual timer itself? */
export const virtualTimerIsDirect = (policy: TimerPolicy): boolean => !traps[policy].virtual;

/** CNT<x>_CTL, _CVAL and _TVAL. */
export type TimerRegister = 'ctl' | 'cval' | 'tval';

/** The generic timers of a VM. */
export class Vtimer implements Stateful {
  readonly name = 'vtimer';
  readonly version = 1;
  readonly #config: VtimerConfig;
  readonly #emulatesVirtual: boolean;
  readonly #timers: { readonly physical: EmulatedTimer; readonly virtual: EmulatedTimer }[];
  /** vCPUs for which the direct virtual timer's line is high at the vgic. */
  readonly #directLine: boolean[];
  readonly #fields: Field<VtimerState>;

  constructor(config: VtimerConfig) {
    this.#config = config;
    this.#emulatesVirtual = !virtualTimerIsDirect(config.policy);
    const make = (id: TimerId): EmulatedTimer => new EmulatedTimer(id, () => this.count(id));
    this.#timers = Array.from({ length: config.vgic.vcpus }, () => ({
      physical: make(TimerId.physical),
      virtual: make(TimerId.virtual),
    }));
    this.#directLine = this.#timers.map(() => false);
    const { vcpus } = config.vgic;
    this.#fields = record<VtimerState>({
      physical: list(timerFields, vcpus),
      virtual: list(timerFields, vcpus),
      directLine: list(flag, vcpus),
    });
  }

  /** The count that a timer of the guest compares with, and that the guest reads. */
  count(id: TimerId): bigint {
    const { counter, icount } = this.#config;
    return BigInt.asUintN(64, counter.countAt(icount()) - this.#offset(id));
  }
  /** A physical counter that the guest reads from the CPU has none. */
  #offset(id: TimerId): bigint {
    const { policy, offset } = this.#config;
    return id === TimerId.virtual || traps[policy].physicalCount ? offset : 0n;
  }

  #timer(vcpu: number, id: TimerId): EmulatedTimer {
    const pair = must(this.#timers[vcpu], 'timers');
    return id === TimerId.virtual ? pair.virtual : pair.physical;
  }

  read(vcpu: number, id: TimerId, register: TimerRegister): bigint {
    const timer = this.#timer(vcpu, id);
    if (register === 'ctl') return timer.readCtl();
    return register === 'cval' ? timer.state.cval : timer.readTval();
  }

  write(vcpu: number, id: TimerId, register: TimerRegister, value: bigint): void {
    const timer = this.#timer(vcpu, id);
    if (register === 'ctl') timer.writeCtl(value);
    else if (register === 'cval') timer.writeCval(value);
    else timer.writeTval(value);
    const { ctl, cval } = timer.state;
    const { events, icount } = this.#config;
    events.emit(timerProgram, { at: icount(), vcpu, timer: id, ctl, cval });
    this.#update(vcpu, timer);
  }

  /** Drives the lines of the emulated timers as time has gone on. */
  poll(vcpu: number): void {
    this.#update(vcpu, this.#timer(vcpu, TimerId.physical));
    if (this.#emulatesVirtual) this.#update(vcpu, this.#timer(vcpu, TimerId.virtual));
  }

  #update(vcpu: number, timer: EmulatedTimer): void {
    if (!timer.state.line && timer.state.ctl === 0) return;
    const level = timer.level;
    if (level === timer.state.line) return;
    timer.state.line = level;
    const { intids, events, icount, vgic } = this.#config;
    const intid = timer.id === TimerId.virtual ? intids.virtual : intids.physical;
    if (level) events.emit(timerFire, { at: icount(), vcpu, timer: timer.id, intid });
    vgic.setLine(vcpu, intid, level, IrqSource.timer);
  }

  /**
   * Follows the direct virtual timer's line. While it is high its interrupt is masked at the host, or the guest could not
   * be entered; the guest makes it low by programming the timer, which the end of the interrupt at the latest shows.
   */
  syncDirect(vcpu: number): void {
    const level = this.#config.direct.level();
    if (level === this.#directLine[vcpu]) return;
    this.#directLine[vcpu] = level;
    this.#config.direct.setInterruptEnabled(!level);
    this.#config.vgic.setLine(vcpu, this.#config.intids.virtual, level, IrqSource.timer);
  }

  /** Does the direct timer's line need to be looked at after every exit? */
  directHigh(vcpu: number): boolean {
    return this.#directLine[vcpu] as boolean;
  }

  /** Has the direct timer of a vCPU come due since it was looked at? */
  isDirectDue(vcpu: number): boolean {
    return this.#directDeadline(vcpu) <= this.#config.icount();
  }
  #directDeadline(vcpu: number): number {
    if (this.#emulatesVirtual || this.#directLine[vcpu]) return Number.POSITIVE_INFINITY;
    const compare = this.#config.direct.compare(vcpu);
    return compare === undefined ? Number.POSITIVE_INFINITY : this.#icountAt(TimerId.virtual, compare);
  }

  /** When an emulated timer's line rises; Infinity where none will. */
  deadline(vcpu: number): number {
    const physical = this.#deadlineOf(this.#timer(vcpu, TimerId.physical));
    if (!this.#emulatesVirtual) return physical;
    return Math.min(physical, this.#deadlineOf(this.#timer(vcpu, TimerId.virtual)));
  }

  #deadlineOf(timer: EmulatedTimer): number {
    const { ctl, cval, line } = timer.state;
    if (line || (ctl & (TimerCtl.enable | TimerCtl.imask)) !== TimerCtl.enable) return Number.POSITIVE_INFINITY;
    return this.#icountAt(timer.id, cval);
  }

  #icountAt(id: TimerId, count: bigint): number {
    return this.#config.counter.icountAt(BigInt.asUintN(64, count + this.#offset(id)));
  }

  /** The same while the vCPU waits, when the CPU's own timer cannot leave the guest. */
  wakeDeadline(vcpu: number): number {
    return Math.min(this.deadline(vcpu), this.#directDeadline(vcpu));
  }

  save(): PlainMap {
    return {
      physical: this.#timers.map((t) => ({ ...t.physical.state })),
      virtual: this.#timers.map((t) => ({ ...t.virtual.state })),
      directLine: [...this.#directLine],
    };
  }

  restore(saved: PlainMap): void {
    const { physical, virtual, directLine } = this.#fields.read(saved, '');
    this.#timers.forEach((t, vcpu) => {
      Object.assign(t.physical.state, physical[vcpu]);
      Object.assign(t.virtual.state, virtual[vcpu]);
      this.#directLine[vcpu] = directLine[vcpu] as boolean;
    });
  }
}
