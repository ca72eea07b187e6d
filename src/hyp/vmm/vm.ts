// vmm/: the part of the hypervisor that knows no architecture: the VM, its loop, its memory and its statistics.

import { assert, missing, must, unreachable } from '../../base/assert.ts';
import { numberOf } from '../../base/bits.ts';
import { count, type Field, flag, integer, list, nullable, oneOf, record } from '../../base/fields.ts';
import { limits } from '../../base/limits.ts';
import type { PlainMap } from '../../base/plain.ts';
import type { Stateful } from '../../base/stateful.ts';
import type { MmioBus } from '../../devices/bus/mmio-bus.ts';
import type { DeadlineSource } from '../../devices/bus/ports.ts';
import {
  type EventSink,
  idleSkip,
  mmioRead,
  mmioWrite,
  SuspendHow,
  stage2Map,
  suspend,
  vcpuTurn,
  wfi,
} from '../../trace/events/index.ts';
import type { Architecture, PowerPort, PowerState, Stall } from './arch.ts';
import type { MmioRead, MmioWrite, RunResult, VmExit } from './exits.ts';
import type { GuestMemory } from './memory.ts';
import { Schedule, type ScheduleConfig } from './schedule.ts';
import { Vcpu } from './vcpu.ts';

/** What a VM needs of the machine around it. */
export interface VmHost {
  /**
   * Nothing runs: lets time pass to the instruction count `until`, or to an earlier one at which something came from
   * outside. It emits nothing itself: what has come takes effect when deadlines are polled next.
   * @returns false where the wait shall not go on.
   */
  idle(until: number): boolean;
  /** The run is to end before the next entry, though its count is not reached. */
  stopRequested(): boolean;
}

/** What a VM is made of. */
export interface VmConfig<Md> {
  readonly architecture: Architecture<Md>;
  readonly vcpus: number;
  /** Of several vCPUs. */
  readonly schedule?: Omit<ScheduleConfig, 'vcpus'>;
  readonly memory: GuestMemory;
  readonly bus: MmioBus;
  readonly events: EventSink;
  readonly host: VmHost;
  /** Devices that act by themselves. */
  readonly deadlines?: readonly DeadlineSource[];
}

interface VmState {
  suspended: SuspendHow | null;
  current: number;
  /** By vCPU. */
  power: PowerState[];
  waiting: boolean[];
  idleUntil: number[];
}
/** What is counted, which no guest can tell. */
interface VmAccounts {
  stall: Stall;
  /** By vCPU. */
  stats: number[][];
}

/** Counts of a turn where nothing else is said: switching more rarely makes nothing faster. */
export const TURN_COUNTS_DEFAULT = 65_536;

/** A virtual machine: vCPUs, memory, devices, and the loop that runs them. What libvmmapi is to bhyve. */
export class Vm<Md> implements PowerPort, Stateful {
  readonly name = 'vm';
  readonly version = 1;
  readonly vcpus: readonly Vcpu[];
  readonly memory: GuestMemory;
  readonly bus: MmioBus;
  readonly #arch: Architecture<Md>;
  readonly #events: EventSink;
  readonly #host: VmHost;
  readonly #deadlines: readonly DeadlineSource[];
  readonly #runtimeStat: number;
  readonly #residentStat: number;
  #suspended: SuspendHow | null = null;
  readonly #schedule: Schedule;
  /** vCPUs that can only take exceptions, a bit each, as long as the count stays where it is: derived from the next run. */
  #livelocked = { at: -1, vcpus: 0 };
  readonly #fields: Field<VmState>;
  readonly #accounts: Field<VmAccounts>;

  constructor(config: VmConfig<Md>) {
    assert(config.vcpus >= 1 && config.vcpus <= limits.vcpusMax, 'a VM has vCPUs within the limit');
    this.#arch = config.architecture;
    this.memory = config.memory;
    this.bus = config.bus;
    this.#events = config.events;
    this.#host = config.host;
    this.#deadlines = config.deadlines ?? [];
    this.vcpus = Array.from({ length: config.vcpus }, (_, id) => new Vcpu(id, config.architecture.statNames));
    this.#schedule = new Schedule({ turnCounts: TURN_COUNTS_DEFAULT, ...config.schedule, vcpus: config.vcpus });
    const stats = this.vcpus.map((v) => v.stats);
    const first = must(stats[0], 'vCPU 0');
    this.#runtimeStat = first.index('vcpu total runtime');
    this.#residentStat = first.index('Resident memory');
    this.#fields = record<VmState>({
      suspended: nullable(oneOf(...Object.values(SuspendHow))),
      current: integer(0, config.vcpus - 1),
      power: list(oneOf('off', 'on'), config.vcpus),
      waiting: list(flag, config.vcpus),
      idleUntil: list(count, config.vcpus),
    });
    this.#accounts = record<VmAccounts>({
      stall: record<Stall>({ at: count, exceptions: integer(0, limits.exceptionsWithoutProgressMax + 1) }),
      stats: list(list(count, first.values().length), config.vcpus),
    });
    this.#arch.attach({ power: this, bus: this.bus, memory: this.memory, events: this.#events, stats });
  }

  vcpu(id: number): Vcpu {
    return this.vcpus[id] ?? missing(`vCPU ${id}`);
  }
  /** The vCPU whose turn it is. */
  get current(): number {
    return this.#schedule.current;
  }

  // --- power ---------------------------------------------------------------------------------------------------------
  get vcpuCount(): number {
    return this.vcpus.length;
  }

  powerState(vcpu: number): 'off' | 'on' {
    return this.vcpu(vcpu).power;
  }

  start(vcpu: number, entry: bigint, args: readonly bigint[]): void {
    const v = this.vcpu(vcpu);
    assert(v.power === 'off', `vCPU ${vcpu} is off`);
    this.#arch.reset(vcpu, entry, args);
    v.power = 'on';
    this.#wake(v);
  }

  stop(vcpu: number): void {
    this.vcpu(vcpu).power = 'off';
  }

  wait(vcpu: number): void {
    this.vcpu(vcpu).waiting = true;
  }

  /** The first reason counts, as in bhyve's vm_suspend. */
  suspend(how: SuspendHow): void {
    if (this.#suspended !== null) return;
    this.#suspended = how;
    this.#events.emit(suspend, { at: this.#arch.icount(), vcpu: this.current, how });
  }

  /** The VM has been suspended, and will be started again: no vCPU's turn goes on. */
  rest(): void {
    this.#schedule.waits(this.#arch.icount());
    this.#schedule.unhang();
  }
  get suspended(): SuspendHow | null {
    return this.#suspended;
  }

  /** What of bhyve's `enum vm_cap_type` each vCPU has. */
  get capabilities(): Readonly<Record<string, boolean>> {
    return this.#arch.capabilities;
  }

  // --- registers -----------------------------------------------------------------------------------------------------
  readRegister(vcpu: number, name: string): bigint {
    return this.#arch.readRegister(this.vcpu(vcpu).id, name);
  }

  writeRegister(vcpu: number, name: string, value: bigint): void {
    this.#arch.writeRegister(this.vcpu(vcpu).id, name, value);
  }

  // --- the run loop --------------------------------------------------------------------------------------------------
  /** Runs until the instruction count `until`, or until the guest cannot go on. */
  run(until: number): RunResult<Md> {
    // Whoever looked at the machine may have looked at another vCPU.
    this.#arch.load(this.current);
    for (;;) {
      this.#poll();
      if (this.#suspended !== null) return { kind: 'suspended', how: this.#suspended };
      if (this.#arch.icount() >= until || this.#host.stopRequested()) return { kind: 'budget-spent' };
      for (const vcpu of this.vcpus) if (this.#isWoken(vcpu)) this.#wake(vcpu);
      const vcpu = this.#turn();
      if (!vcpu.runnable) {
        this.#schedule.waits(this.#arch.icount());
        if (!this.#idle(vcpu, until)) return { kind: 'stuck' };
        continue;
      }
      this.#schedule.goesOn(this.#arch.icount());
      this.#arch.flush(vcpu.id);
      const from = this.#arch.icount();
      const exit = this.#arch.run(vcpu.id, Math.min(until, this.#schedule.end, this.#toCome(this.#dueWhile(vcpu))));
      vcpu.stats.add(this.#runtimeStat, this.#arch.icount() - from);
      if (exit.kind === 'md') return exit;
      if (exit.kind !== 'livelock') this.#handle(vcpu, exit);
      else if (!this.#mayBeHelped(vcpu) && !this.#hang()) return exit;
    }
  }

  // --- turns ---------------------------------------------------------------------------------------------------------
  /** A wait is over. One that hangs takes no interrupt. */
  #isWoken({ id, waiting }: Vcpu): boolean {
    return waiting && !this.#schedule.isHung(id) && this.#arch.wakes(id);
  }
  #wake(vcpu: Vcpu): void {
    vcpu.wake();
    for (const other of this.vcpus) if (this.#schedule.isHung(other.id)) other.wake();
    this.#schedule.unhang();
    if (vcpu.id !== this.current) this.#schedule.madeRunnable(this.#arch.icount());
  }

  /** The vCPU that runs now: another one where the turn is over. */
  #turn(): Vcpu {
    const current = this.vcpu(this.current);
    if (this.vcpus.length === 1) return current;
    const schedule = this.#schedule;
    const now = this.#arch.icount();
    if (current.runnable) {
      if (!schedule.isOver(now)) return current;
      if (this.#arch.isExclusive && schedule.hold(now)) return current;
    }
    const next = schedule.next((id) => this.vcpu(id).runnable, now);
    if (next === undefined) {
      if (current.runnable) schedule.begin(current.id, now);
      return current;
    }
    this.#arch.endTurn(current.id);
    this.#events.emit(vcpuTurn, { at: now, vcpu: current.id, from: current.id, to: next });
    // Where all waited, they do no longer.
    for (const vcpu of this.vcpus) vcpu.idleUntil = 0;
    this.#arch.load(next);
    schedule.begin(next, now);
    return this.vcpu(next);
  }

  /** A vCPU that takes exception upon exception: another one could still change what it takes them for. */
  #mayBeHelped({ id }: Vcpu): boolean {
    const at = this.#arch.icount();
    if (this.#livelocked.at !== at) this.#livelocked = { at, vcpus: 0 };
    this.#livelocked.vcpus |= 1 << id;
    this.#schedule.yields(at);
    return this.vcpus.some((v) => v.runnable && ((this.#livelocked.vcpus >>> v.id) & 1) === 0);
  }

  /** Those that run only take exceptions: they hang until one that waits for what comes has run. False where nobody does. */
  #hang(): boolean {
    const waits = this.vcpus.some(({ power, waiting }) => power === 'on' && waiting);
    if (!this.#schedule.hangs || !waits || this.nextDeadline() === Number.POSITIVE_INFINITY) return false;
    for (const vcpu of this.vcpus) {
      if (!vcpu.runnable) continue;
      vcpu.waiting = true;
      this.#schedule.hang(vcpu.id);
    }
    return true;
  }

  #handle(vcpu: Vcpu, exit: Exclude<VmExit<Md>, { kind: 'md' | 'livelock' }>): void {
    switch (exit.kind) {
      case 'mmio-read':
        this.#read(vcpu, exit);
        return;
      case 'mmio-write':
        this.#write(vcpu, exit);
        return;
      case 'paging':
        this.#page(vcpu, exit);
        return;
      case 'wfi':
        vcpu.waiting = true;
        this.#events.emit(wfi, { at: this.#arch.icount(), vcpu: vcpu.id, pc: exit.pc });
        return;
      case 'yield':
        this.#schedule.yields(this.#arch.icount());
        return;
      case 'handled':
      case 'budget-spent':
        return;
      default:
        unreachable(exit, 'exit');
    }
  }

  #read(vcpu: Vcpu, exit: MmioRead): void {
    const value = this.bus.read(exit.ipa, exit.size, vcpu.id);
    if (value === undefined) {
      this.#arch.externalAbort(vcpu.id, exit);
      return;
    }
    const { pc, ipa, size, rt } = exit;
    this.#events.emit(mmioRead, { at: this.#arch.icount(), vcpu: vcpu.id, pc, ipa, size, value, rt });
    this.#arch.completeRead(vcpu.id, exit, value);
  }

  #write(vcpu: Vcpu, exit: MmioWrite): void {
    const { pc, ipa, size, value, rt } = exit;
    // The write's own effects (a console byte, a line that rises) come after it on the tape.
    const mapping = this.bus.find(ipa, size);
    if (!mapping) {
      this.#arch.externalAbort(vcpu.id, exit);
      return;
    }
    this.#events.emit(mmioWrite, { at: this.#arch.icount(), vcpu: vcpu.id, pc, ipa, size, value, rt });
    mapping.device.write(numberOf(ipa) - mapping.base, size, value, vcpu.id);
    this.#arch.completeWrite(vcpu.id, exit);
  }

  #page(vcpu: Vcpu, exit: Extract<VmExit<Md>, { kind: 'paging' }>): void {
    const segment = must(this.memory.find(exit.ipa), 'segment of a paging exit');
    const mapped = this.#arch.map(segment, exit.ipa);
    vcpu.stats.add(this.#residentStat, mapped.bytes);
    this.#events.emit(stage2Map, { at: this.#arch.icount(), vcpu: vcpu.id, ...mapped, esr: exit.syndrome });
  }

  /** Lets time pass while no vCPU can run. False where nothing would ever change that. */
  #idle(vcpu: Vcpu, until: number): boolean {
    if (this.vcpus.every(({ power }) => power === 'off')) return false;
    const wake = this.#toCome(this.#dueOfWaiting());
    if (wake === Number.POSITIVE_INFINITY) return false;
    const at = this.#arch.icount();
    // Told at its start and as a whole, so that the events do not depend on where runs are cut.
    if (wake !== vcpu.idleUntil) this.#events.emit(idleSkip, { at, vcpu: vcpu.id, to: wake });
    vcpu.idleUntil = wake;
    return this.#host.idle(Math.min(until, wake));
  }

  /** No vCPU runs; something that wakes one may be there already. */
  get waits(): boolean {
    return !this.vcpus.some((vcpu) => vcpu.runnable);
  }
  /** All vCPUs wait or are off, and nothing is there yet that wakes one. */
  idles(): boolean {
    const waiting = this.vcpus.filter((vcpu) => vcpu.power === 'on');
    return waiting.length > 0 && waiting.every((vcpu) => vcpu.waiting && !this.#isWoken(vcpu));
  }
  /** vCPUs beside the one whose turn it is: whether one of them can run, else whether one waits. */
  get others(): 'run' | 'wait' | 'off' {
    const others = this.vcpus.filter(({ id, power }) => id !== this.current && power === 'on');
    if (others.some((vcpu) => vcpu.runnable || this.#arch.wakes(vcpu.id))) return 'run';
    return others.length > 0 ? 'wait' : 'off';
  }

  /** Instruction count at which something of the VM's own comes next, whoever waits for it; Infinity where nothing will. */
  nextDeadline(): number {
    return this.#deadline(this.#dueOfWaiting());
  }
  /** What comes next for all vCPUs while one of them runs. */
  #dueWhile(running: Vcpu): number {
    if (this.vcpus.length === 1) return this.#arch.deadline(running.id);
    let least = Number.POSITIVE_INFINITY;
    for (const { id, waiting } of this.vcpus)
      least = Math.min(least, waiting ? this.#arch.wakeDeadline(id) : this.#arch.deadline(id));
    return least;
  }
  #dueOfWaiting(): number {
    let least = Number.POSITIVE_INFINITY;
    for (const { id, power } of this.vcpus) {
      const isToWake = power === 'on' && !this.#schedule.isHung(id);
      least = Math.min(least, isToWake ? this.#arch.wakeDeadline(id) : this.#arch.deadline(id));
    }
    return least;
  }

  /** Behind a poll, which did all that was due: were a deadline to pass without leaving a trace, the run would stand here for ever. */
  #toCome(architecture: number): number {
    const at = this.#deadline(architecture);
    assert(at > this.#arch.icount(), 'what was due has been done');
    return at;
  }
  #deadline(architecture: number): number {
    let least = architecture;
    for (const source of this.#deadlines) {
      const due = source.nextDeadline();
      if (due !== undefined && due < least) least = due;
    }
    return least;
  }

  #poll(): void {
    for (const source of this.#deadlines) source.poll();
    for (const { id } of this.vcpus) this.#arch.poll(id);
  }

  // --- state ---------------------------------------------------------------------------------------------------------
  /** Whatever of the VM and its architecture holds state, the CPU and the devices aside. */
  get parts(): readonly Stateful[] {
    const accounts: Stateful = {
      name: 'vm-accounts',
      version: 1,
      hashed: false,
      save: () => ({ stall: { ...this.#arch.stall }, stats: this.vcpus.map((v) => v.stats.values()) }),
      restore: (saved) => {
        const { stall, stats } = this.#accounts.read(saved, '');
        Object.assign(this.#arch.stall, stall);
        this.vcpus.forEach((v, i) => void v.stats.setValues(stats[i] as number[]));
      },
    };
    return [this, ...(this.vcpus.length === 1 ? [] : [this.#schedule]), accounts, ...this.#arch.parts];
  }

  save(): PlainMap {
    return {
      suspended: this.#suspended,
      current: this.current,
      power: this.vcpus.map((v) => v.power),
      waiting: this.vcpus.map((v) => v.waiting),
      idleUntil: this.vcpus.map((v) => v.idleUntil),
    };
  }

  restore(saved: PlainMap): void {
    const state = this.#fields.read(saved, '');
    this.#suspended = state.suspended;
    this.#schedule.current = state.current;
    this.#livelocked.at = -1;
    this.vcpus.forEach((v, i) => {
      v.power = state.power[i] as PowerState;
      v.waiting = state.waiting[i] as boolean;
      v.idleUntil = state.idleUntil[i] as number;
    });
  }
}
