// arm-common/: what the hypervisors of both architectures do alike, from the loop around an exit to the vGICs.

import { assert, must } from '../../base/assert.ts';
import { bigOf, high32, low32 } from '../../base/bits.ts';
import { type Ipa, ipa as toIpa } from '../../base/brands.ts';
import { flag, record } from '../../base/fields.ts';
import type { PlainMap } from '../../base/plain.ts';
import type { Stateful } from '../../base/stateful.ts';
import { TimerCtl } from '../../core/fields/timer.ts';
import { BhyveExit, type EventSink, KvmClass, maintenanceIrq, vmExit } from '../../trace/events/index.ts';
import type { Architecture, Stall, VmPorts } from '../vmm/arch.ts';
import type { MmioRead, MmioWrite, VmExit } from '../vmm/exits.ts';
import type { Segment } from '../vmm/memory.ts';
import { conditionPassed } from './aarch32/condition.ts';
import { capabilities } from './capabilities.ts';
import { extendLoad, faultIpa, isStoreOf, swapBytes } from './data-abort.ts';
import type { EnterResult, HostCpu, RegisterPort } from './host-cpu.ts';
import { Stage2, type Stage2PageBytes } from './stage2.ts';
import { type ExitStat, exitStats } from './stats.ts';
import { type BoundTrap, HANDLED, type HypExit, type Outcome, type Trap } from './trap.ts';
import { type GicFrames, gicFrames } from './vgic/gic-frames.ts';
import { type InterfaceMask, ListRegisters, type VirtualInterface } from './vgic/list-registers.ts';
import { Vgic } from './vgic/model.ts';
import { Vpmu } from './vpmu.ts';
import { type TimerIntids, type TimerPolicy, Vtimer, virtualTimerIsDirect } from './vtimer.ts';

/** What a hypervisor is told of its CPU, its guest and the rest of the host. */
export interface ArmConfig<C extends HostCpu> {
  readonly cpu: C;
  readonly vcpus: number;
  readonly events: EventSink;
  /** INTIDs of the vgic, private ones included; 288 as on the `virt` machine. */
  readonly intids: number;
  readonly timerPolicy: TimerPolicy;
  /** The guest's timer interrupts. */
  readonly timerIntids: TimerIntids;
  /** The host's private interrupts. */
  readonly hostIntids: { readonly virtualTimer: number; readonly maintenance: number; readonly pmu: number };
  /** The interrupt of the guest's performance monitors, where it has some that interrupt. */
  readonly pmuIntid?: number;
  /** GICv2: where the guest looks for its CPU interface, and the host's virtual one, which stands in its place. Absent: GICv3. */
  readonly cpuInterface?: { readonly ipa: number; readonly pa: number; readonly bytes: number };
  /** Host memory for stage 2 tables: `stage2TableBytes` of it, 8 KiB aligned. */
  readonly tables: { readonly base: number; readonly bytes: number };
  readonly stage2PageBytes: Stage2PageBytes;
}

/** The registers of the hypervisor's level, EL2's or HYP mode's, that exits need. */
export interface HypRegisters {
  /** ESR_EL2, HSR. */
  readonly syndrome: RegisterPort;
  readonly elr: RegisterPort;
  readonly spsr: RegisterPort;
  readonly hpfar: RegisterPort;
  /** FAR_EL2; HIFAR and HDFAR. */
  far(access: 'instruction' | 'data'): RegisterPort;
  /** Makes the CPU a host for one VM: traps, stage 2, timers, access to the GIC. */
  setUp(vttbr: bigint, policy: TimerPolicy, counterOffset: bigint): void;
  /** The call that was taken, behind which the guest stands, is an instruction that it has not: it stands before it again. */
  rewindCall(): void;
  /**
   * The instruction that trapped has been carried out: the guest goes on behind it, and it counts as retired.
   * @param bytes its length, where the syndrome does not tell
   */
  skip(bytes?: 2 | 4): void;
}

/** What an abort is to tell the guest. */
export interface InjectedFault {
  /** DFSC or IFSC; a synchronous external abort where absent. */
  readonly status?: number;
  /** WnR and CM, of data accesses. */
  readonly wnr?: boolean;
  readonly cm?: boolean;
  /** The faulting virtual address; that of the trapped access where absent. */
  readonly far?: bigint;
}

/** Makes the guest take synchronous exceptions at EL1 or PL1, as the hardware would have given them. */
export interface Injector {
  /** At the trapped instruction: UNDEFINED. */
  undefined(): void;
  abort(access: 'instruction' | 'data', fault?: InjectedFault): void;
}

/** What an architecture brings to the common part. */
export interface ArmParts<C extends HostCpu> {
  /** `arm64`, `armv7`: what its saved state goes by. */
  readonly name: string;
  readonly config: ArmConfig<C>;
  readonly registers: HypRegisters;
  readonly inject: Injector;
  readonly virtualInterface: VirtualInterface;
  /** CNTV_CTL and CNTV_CVAL under their names. */
  readonly virtualTimer: { readonly ctl: RegisterPort; readonly cval: RegisterPort };
}

/** What of a PE has to be known while it is not loaded. */
interface Parked {
  readonly mask: InterfaceMask;
  /** As DirectTimer's. */
  readonly compare: bigint | undefined;
}
const NOTHING_PASSES: InterfaceMask = { priority: 0, group0: false, group1: false };

const NO_IPA = toIpa(0n);
const BUDGET_SPENT = { kind: 'budget-spent' } as const;
const YIELD = { kind: 'yield' } as const;
const LIVELOCK = { kind: 'livelock' } as const;
const stateFields = record({ behind: flag });

/** The resident hypervisor on one Arm CPU: what vmm.ko and its part at EL2 or in HYP mode are to bhyve. */
export abstract class ArmHypervisor<C extends HostCpu = HostCpu> implements Architecture<HypExit>, Stateful {
  readonly statNames = Object.values(exitStats);
  readonly capabilities = capabilities;
  readonly cpu: C;
  readonly inject: Injector;
  readonly vgic: Vgic;
  readonly vtimer: Vtimer;
  readonly #vpmu: Vpmu | null;
  readonly stage2: Stage2;
  readonly gic: GicFrames;
  readonly name: string;
  readonly version = 1;
  readonly #registers: HypRegisters;
  readonly #virtualInterface: VirtualInterface;
  readonly #listRegisters: readonly ListRegisters[];
  readonly #hostIntids: ArmConfig<C>['hostIntids'];
  /** When the loaded PE's virtual timer is due, undefined while it is not. */
  readonly #compare: () => bigint | undefined;
  /** By vCPU, while its PE is not loaded: derived from its registers. */
  readonly #parked: Parked[];
  /** The guest has run since the list registers were read back: a run was cut. */
  #behind = false;
  /** Derived from the configuration, as the next. */
  #ports: VmPorts | null = null;
  /** Derived: where the counters are. */
  #stats: { readonly all: number; readonly each: ReadonlyMap<ExitStat, number> } | null = null;

  protected constructor(parts: ArmParts<C>) {
    const { config, registers, virtualTimer } = parts;
    const { cpu, events, vcpus, intids, hostIntids, cpuInterface } = config;
    assert(vcpus === cpu.pes, 'each vCPU has a PE');
    this.cpu = cpu;
    this.inject = parts.inject;
    this.name = parts.name;
    this.#registers = registers;
    this.#virtualInterface = parts.virtualInterface;
    this.#hostIntids = hostIntids;
    const icount = (): number => cpu.icount;
    const version = cpuInterface ? 2 : 3;
    this.vgic = new Vgic({ version, vcpus, intids, events, icount, catchUp: () => this.#catchUp() });
    this.gic = gicFrames(version, this.vgic, events, icount);
    const each = Array.from({ length: vcpus }, (_, vcpu) => vcpu);
    this.#listRegisters = each.map(
      (vcpu) => new ListRegisters(this.vgic, vcpu, parts.virtualInterface, events, icount),
    );
    this.stage2 = new Stage2(cpu.host, config.tables, config.stage2PageBytes, (at) => this.ports.memory.find(at));
    if (cpuInterface) this.stage2.mapDevice(cpuInterface.ipa, cpuInterface.pa, cpuInterface.bytes);
    const offset = cpu.counter.countAt(cpu.icount);
    const { ctl, cval } = virtualTimer;
    this.#compare = () =>
      (ctl.low() & (TimerCtl.enable | TimerCtl.imask)) === TimerCtl.enable ? cval.read() : undefined;
    this.vtimer = new Vtimer({
      policy: config.timerPolicy,
      intids: config.timerIntids,
      counter: cpu.counter,
      icount,
      offset,
      vgic: this.vgic,
      events,
      direct: {
        level: () => (ctl.low() & 7) === (TimerCtl.enable | TimerCtl.istatus),
        setInterruptEnabled: (on) => cpu.interrupts.setEnabled(hostIntids.virtualTimer, on),
        compare: (vcpu) => (vcpu === cpu.loaded ? this.#compare() : this.#parkedOf(vcpu).compare),
      },
    });
    const { pmuIntid: intid } = config;
    this.#vpmu =
      intid === undefined
        ? null
        : new Vpmu({ vgic: this.vgic, interrupts: cpu.interrupts, hostIntid: hostIntids.pmu, intid });
    for (const pe of each.toReversed()) {
      cpu.load(pe);
      registers.setUp(this.stage2.vttbr, config.timerPolicy, offset);
      parts.virtualInterface.control(false, false);
      cpu.interrupts.setEnabled(hostIntids.virtualTimer, virtualTimerIsDirect(config.timerPolicy));
      cpu.interrupts.setEnabled(hostIntids.maintenance, true);
      this.#vpmu?.setUp();
    }
    this.#parked = each.map(() => ({ mask: NOTHING_PASSES, compare: undefined }));
  }

  /** By exception class. */
  protected abstract readonly traps: readonly BoundTrap[];
  /** Leaves the loaded PE's guest as at power-on. */
  protected abstract resetLoaded(vcpu: number, entry: bigint, args: readonly bigint[]): void;
  /** A general-purpose register of the guest's mode, by the number that syndromes and instructions give. */
  abstract gpr(n: number): bigint;
  abstract setGpr(n: number, low: number, high: number): void;
  /** Are the guest's data accesses big-endian? */
  abstract bigEndian(): boolean;
  /** A data abort at a device whose syndrome does not describe the access. */
  abstract emulateAccess(trap: Trap): Outcome;
  /** The level of the guest's stage 1 at which a walk for `va` looks into the page at `ipa`. */
  abstract walkLevel(va: bigint, ipa: number): number;
  /** A register of the guest by name, for a person's look at it. */
  protected abstract guestRegister(name: string): Pick<RegisterPort, 'read' | 'write'>;

  attach(ports: VmPorts): void {
    this.#ports = ports;
    const first = must(ports.stats[0], 'counters');
    const stats = Object.entries(exitStats) as [ExitStat, string][];
    const each = new Map(stats.map(([stat, name]) => [stat, first.index(name)]));
    this.#stats = { all: each.get('count') as number, each };
  }

  get ports(): VmPorts {
    return must(this.#ports, 'VM');
  }

  icount(): number {
    return this.cpu.icount;
  }
  get stall(): Stall {
    return this.cpu.stall;
  }

  // --- turns ---------------------------------------------------------------------------------------------------------
  reset(vcpu: number, entry: bigint, args: readonly bigint[]): void {
    const { cpu } = this;
    const caller = cpu.loaded;
    cpu.load(vcpu);
    this.resetLoaded(vcpu, entry, args);
    this.#park(vcpu);
    cpu.load(caller);
  }

  load(vcpu: number): void {
    this.cpu.load(vcpu);
  }

  endTurn(vcpu: number): void {
    assert(this.cpu.loaded === vcpu, 'the vCPU whose turn ends is loaded');
    this.#behind = false;
    this.#sync(vcpu);
    this.cpu.endTurn();
    // What counts towards a livelock is one PE's.
    this.cpu.stall.exceptions = 0;
    this.#park(vcpu);
  }
  #park(vcpu: number): void {
    this.#parked[vcpu] = { mask: this.#virtualInterface.mask(), compare: this.#compare() };
  }
  /** Registers of a vCPU that is not loaded were written from outside. */
  changedWhileParked(vcpu: number): void {
    this.cpu.peek(vcpu, () => this.#park(vcpu));
  }
  #parkedOf(vcpu: number): Parked {
    return must(this.#parked[vcpu], 'vCPU');
  }

  get isExclusive(): boolean {
    return this.cpu.isExclusive;
  }

  // --- around an entry -----------------------------------------------------------------------------------------------
  flush(vcpu: number): void {
    this.#interface(vcpu).flush();
  }

  #interface(vcpu: number): ListRegisters {
    return must(this.#listRegisters[vcpu], 'virtual CPU interface');
  }

  run(vcpu: number, untilIcount: number): VmExit<HypExit> {
    const result = this.cpu.enter(untilIcount);
    // Where a run is cut must not matter to the guest: nothing is read back until there is a reason to.
    this.#behind = result === 'budget' || result === 'event';
    if (result === 'budget') return BUDGET_SPENT;
    if (result === 'event') return YIELD;
    if (result === 'livelock') return LIVELOCK;
    if (result !== 'sync' && result !== 'idle') return this.#interrupt(vcpu, result);
    this.#sync(vcpu);
    return result === 'sync' ? this.#synchronous(vcpu) : { kind: 'wfi', pc: this.cpu.guestPc() };
  }

  #sync(vcpu: number): void {
    this.#interface(vcpu).sync();
    if (this.vtimer.directHigh(vcpu)) this.vtimer.syncDirect(vcpu);
    if (this.#vpmu?.isHigh(vcpu)) this.#vpmu.sync(vcpu);
  }

  /** Before something from outside changes the vgic at the end of a run's budget. */
  #catchUp(): void {
    if (!this.#behind) return;
    this.#behind = false;
    this.#sync(this.cpu.loaded);
  }

  /** An interrupt or error of the host. */
  #interrupt(vcpu: number, vector: Extract<EnterResult, 'irq' | 'fiq' | 'serror'>): VmExit<HypExit> {
    const pc = this.#registers.elr.read();
    const kvmClass = { irq: KvmClass.IRQ, fiq: KvmClass.FIQ, serror: KvmClass.EL1_SERROR }[vector];
    const bhyveExit = vector === 'serror' ? BhyveExit.HYP : BhyveExit.BOGUS;
    this.#record(vcpu, ({ irq: 'irq', fiq: 'fiq', serror: 'unhandled' } as const)[vector]);
    const { events } = this.ports;
    const at = this.icount();
    events.emit(vmExit, { at, vcpu, pc, bhyveExit, kvmClass, esr: 0, far: 0n, hpfar: 0n });
    const maintenance = this.cpu.interrupts.level(this.#hostIntids.maintenance);
    // The host has no other interrupts than these, and no FIQ.
    const isKnown =
      maintenance || this.cpu.interrupts.level(this.#hostIntids.virtualTimer) || this.#vpmu?.isDue() === true;
    if (vector !== 'irq' || !isKnown)
      return { kind: 'md', md: { exceptionNr: vector, pc, esr: this.#registers.syndrome.low(), far: 0n, hpfar: 0n } };
    if (maintenance) events.emit(maintenanceIrq, { at, vcpu, misr: this.#virtualInterface.misr() });
    this.#interface(vcpu).sync();
    this.vtimer.syncDirect(vcpu);
    this.#vpmu?.sync(vcpu);
    return HANDLED;
  }

  #record(vcpu: number, stat: ExitStat): void {
    const of = must(this.#stats, 'counters');
    const counters = must(this.ports.stats[vcpu], 'counters');
    counters.add(of.all);
    counters.add(of.each.get(stat) as number);
  }

  #synchronous(vcpu: number): VmExit<HypExit> {
    const registers = this.#registers;
    const esr = registers.syndrome.low();
    const ec = esr >>> 26;
    const row = must(this.traps[ec], 'row of a trap');
    const pc = registers.elr.read();
    let far = 0n;
    let ipa = 0;
    let hpfar = NO_IPA;
    let segment: Segment | undefined;
    if (row.abort) {
      const address = registers.far(row.abort);
      ipa = faultIpa(registers.hpfar.low(), registers.hpfar.high(), address.low());
      segment = this.ports.memory.accessed(ipa, row.abort === 'data' && isStoreOf(esr));
      far = address.read();
      hpfar = toIpa(bigOf(ipa));
    }
    const trap: Trap = { vcpu, pc, esr, iss: esr & 0x1ff_ffff, far, ipa, segment, hpfar };
    this.#record(vcpu, row.stat(trap));
    const bhyveExit = row.exit(trap);
    const kvmClass = ec as KvmClass;
    this.ports.events.emit(vmExit, { at: this.icount(), vcpu, pc, bhyveExit, kvmClass, esr, far, hpfar });
    if (!conditionPassed(esr, registers.spsr.low())) {
      registers.skip();
      return HANDLED;
    }
    const outcome = row.handle(trap);
    if (outcome === 'forbidden') {
      this.inject.undefined();
      return HANDLED;
    }
    if (outcome === 'unhandled') return { kind: 'md', md: { exceptionNr: 'sync', pc, esr, far, hpfar } };
    return outcome;
  }

  // --- completion ----------------------------------------------------------------------------------------------------
  skip(bytes?: 2 | 4): void {
    this.#registers.skip(bytes);
  }

  rewindCall(): void {
    this.#registers.rewindCall();
  }

  completeRead(_vcpu: number, exit: MmioRead, value: bigint): void {
    const ordered = this.bigEndian() ? swapBytes(value, exit.size) : value;
    const low = low32(ordered);
    const high = exit.size === 8 ? high32(ordered) : 0;
    const [l, h] = extendLoad(low, high, exit.size, exit.signExtend, exit.registerBytes);
    this.setGpr(exit.rt, l, h);
    this.skip();
  }

  completeWrite(): void {
    this.skip();
  }

  externalAbort(_vcpu: number, exit: MmioRead | MmioWrite): void {
    this.inject.abort('data', { wnr: exit.kind === 'mmio-write' });
  }

  map(segment: Segment, ipa: Ipa): { readonly ipa: Ipa; readonly bytes: number } {
    return this.stage2.map(segment, ipa);
  }

  /** What a device has of memory is mapped no longer. */
  unmap(segment: Segment): void {
    this.stage2.unmap(segment);
    this.cpu.invalidateVm();
  }

  // --- waiting and time ----------------------------------------------------------------------------------------------
  /** As a physical WFI: an interrupt that the virtual CPU interface would signal, whatever PSTATE masks. */
  wakes(vcpu: number): boolean {
    if (vcpu === this.cpu.loaded) {
      this.vtimer.syncDirect(vcpu);
      this.#vpmu?.sync(vcpu);
    }
    // The line of a timer is driven by the PE that has it: that one must be loaded to see what comes of it.
    else if (this.vtimer.isDirectDue(vcpu)) return true;
    const { priority, group0, group1 } = this.#mask(vcpu);
    return this.#interface(vcpu).signals(priority, group0, group1);
  }
  #mask(vcpu: number): InterfaceMask {
    return vcpu === this.cpu.loaded ? this.#virtualInterface.mask() : this.#parkedOf(vcpu).mask;
  }

  /** Whether the guest would be signalled this interrupt if its line rose now. */
  listensTo(vcpu: number, intid: number): boolean {
    const { vgic } = this;
    const slot = vgic.slot(vcpu, intid);
    const { priority, group0, group1 } = this.#mask(vcpu);
    const groupOn = vgic.group(slot) === 1 ? group1 : group0;
    return groupOn && vgic.priority(slot) < priority && vgic.isForwarded(slot);
  }

  poll(vcpu: number): void {
    this.vtimer.poll(vcpu);
  }

  deadline(vcpu: number): number {
    return this.vtimer.deadline(vcpu);
  }

  wakeDeadline(vcpu: number): number {
    return this.vtimer.wakeDeadline(vcpu);
  }

  // --- registers -----------------------------------------------------------------------------------------------------
  readRegister(vcpu: number, name: string): bigint {
    return this.cpu.peek(vcpu, () => this.guestRegister(name).read());
  }

  writeRegister(vcpu: number, name: string, value: bigint): void {
    const back = this.cpu.loaded;
    this.cpu.load(vcpu);
    this.guestRegister(name).write(value);
    this.cpu.load(back);
  }

  // --- state ---------------------------------------------------------------------------------------------------------
  /** What holds state: itself, and its own parts. The CPU's is the machine's to save. */
  get parts(): readonly Stateful[] {
    const vpmu = this.#vpmu === null ? [] : [this.#vpmu];
    return [this, this.stage2, this.vgic, this.vtimer, ...vpmu, ...this.#listRegisters];
  }

  save(): PlainMap {
    return { behind: this.#behind };
  }

  restore(saved: PlainMap): void {
    this.#behind = stateFields.read(saved, '').behind;
    for (let vcpu = 0; vcpu < this.cpu.pes; vcpu++) this.cpu.peek(vcpu, () => this.#park(vcpu));
  }
}
