import { assert, must } from '../../base/assert.ts';
import type { Ipa } from '../../base/brands.ts';
import { restoreState, type Saved, saveState } from '../../devices/bus/saved.ts';
import { BhyveExit, type EventSink, KvmClass, maintenanceIrq, vmExit } from '../../trace/events/index.ts';
import { extendLoad, faultIpa, swapBytes } from '../arm-common/data-abort.ts';
import { Distributor } from '../arm-common/vgic/distributor.ts';
import { ListRegisters } from '../arm-common/vgic/list-registers.ts';
import { Vgic } from '../arm-common/vgic/model.ts';
import { Redistributor } from '../arm-common/vgic/redistributor.ts';
import { TimerCtl, type TimerIntids, type TimerPolicy, Vtimer } from '../arm-common/vtimer.ts';
import type { Architecture, VmPorts } from '../vmm/arch.ts';
import type { MmioRead, MmioWrite, VmExit } from '../vmm/exits.ts';
import type { Segment } from '../vmm/memory.ts';
import { resetContext } from './context.ts';
import { El2 } from './el2.ts';
import type { EnterResult, GuestCpu } from './guest-cpu.ts';
import { Injector } from './inject.ts';
import { IchListRegisters } from './list-register-port.ts';
import { Stage2, type Stage2PageBytes, VTCR } from './stage2.ts';
import { type ExitStat, exitStats } from './stats.ts';
import { HANDLED, type HypExit, type Trap } from './trap.ts';
import { traps, unknownTrap } from './traps.ts';

export interface Arm64Config {
  readonly cpu: GuestCpu;
  readonly vcpus: number;
  readonly events: EventSink;
  /** INTIDs of the vgic, private ones included; 288 as on the `virt` machine. */
  readonly intids: number;
  readonly timerPolicy: TimerPolicy;
  /** The guest's timer interrupts. */
  readonly timerIntids: TimerIntids;
  /** The host's private interrupts. */
  readonly hostIntids: { readonly virtualTimer: number; readonly maintenance: number };
  /** Host memory for stage 2 tables: `stage2TableBytes` of it, 8 KiB aligned. */
  readonly tables: { readonly base: number; readonly bytes: number };
  readonly stage2PageBytes: Stage2PageBytes;
}

const BUDGET_SPENT = { kind: 'budget-spent' } as const;
/** ICH_VMCR_EL2: VENG0, VENG1; VPMR in [31:24]. */
const VMCR_ENG0 = 1;
const VMCR_ENG1 = 2;
/** SCTLR_EL1: data endianness at EL1 and EL0. */
const SCTLR_EE = 1 << 25;
const SCTLR_E0E = 1 << 24;
const VERSION = 1;

/** The resident hypervisor on one ARMv8 CPU: what vmm.ko and its EL2 part are to bhyve. */
export class Arm64Hypervisor implements Architecture<HypExit> {
  readonly statNames = Object.values(exitStats);
  readonly cpu: GuestCpu;
  readonly el2: El2;
  readonly inject: Injector;
  readonly vgic: Vgic;
  readonly vtimer: Vtimer;
  readonly stage2: Stage2;
  readonly distributor: Distributor;
  readonly redistributors: readonly Redistributor[];
  readonly #listRegisters: readonly ListRegisters[];
  readonly #hostIntids: Arm64Config['hostIntids'];
  readonly #trap: Trap = { vcpu: 0, pc: 0n, esr: 0, iss: 0, ipa: 0, segment: undefined };
  /** The guest has run since the list registers were read back: a run was cut. */
  #behind = false;
  #ports: VmPorts | null = null;
  #stats: { readonly [S in ExitStat]: number } | null = null;

  constructor(config: Arm64Config) {
    const { cpu, events, vcpus, hostIntids } = config;
    assert(vcpus === 1, 'one vCPU: turns of several are not there yet');
    this.cpu = cpu;
    this.#hostIntids = hostIntids;
    const icount = (): number => cpu.icount;
    this.el2 = new El2(cpu);
    this.inject = new Injector(this.el2, cpu);
    this.vgic = new Vgic({ vcpus, intids: config.intids, events, icount, catchUp: () => this.#catchUp() });
    const port = new IchListRegisters(cpu);
    const each = Array.from({ length: vcpus }, (_, vcpu) => vcpu);
    this.#listRegisters = each.map((vcpu) => new ListRegisters(this.vgic, vcpu, port, events, icount));
    this.distributor = new Distributor(this.vgic);
    this.redistributors = each.map((vcpu) => new Redistributor(this.vgic, vcpu));
    this.stage2 = new Stage2(cpu.host, config.tables, config.stage2PageBytes);
    const offset = cpu.counter.countAt(cpu.icount);
    this.el2.setUp(VTCR, this.stage2.vttbr, config.timerPolicy, offset);
    const ctl = cpu.register('CNTV_CTL_EL0');
    const cval = cpu.register('CNTV_CVAL_EL0');
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
        compare: () => ((ctl.low() & (TimerCtl.enable | TimerCtl.imask)) === TimerCtl.enable ? cval.read() : undefined),
      },
    });
    cpu.interrupts.setEnabled(hostIntids.virtualTimer, config.timerPolicy === 'virtual-direct');
    cpu.interrupts.setEnabled(hostIntids.maintenance, true);
  }

  attach(ports: VmPorts): void {
    this.#ports = ports;
    const first = must(ports.stats[0], 'counters');
    const entries = Object.entries(exitStats).map(([key, name]) => [key, first.index(name)]);
    this.#stats = Object.fromEntries(entries) as { [S in ExitStat]: number };
  }

  get ports(): VmPorts {
    return must(this.#ports, 'VM');
  }

  icount(): number {
    return this.cpu.icount;
  }

  reset(vcpu: number, entry: bigint, argument: bigint): void {
    resetContext(this.cpu, vcpu, entry, argument);
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
    this.#behind = result === 'budget';
    if (result === 'budget') return BUDGET_SPENT;
    if (result !== 'sync' && result !== 'idle') return this.#interrupt(vcpu, result);
    this.#sync(vcpu);
    return result === 'sync' ? this.#synchronous(vcpu) : { kind: 'wfi', pc: this.cpu.guestPc() };
  }

  #sync(vcpu: number): void {
    this.#interface(vcpu).sync();
    if (this.vtimer.directHigh(vcpu)) this.vtimer.syncDirect(vcpu);
  }

  /** Before something from outside changes the vgic at the end of a run's budget. */
  #catchUp(): void {
    if (!this.#behind) return;
    this.#behind = false;
    for (let vcpu = 0; vcpu < this.#listRegisters.length; vcpu++) this.#sync(vcpu);
  }

  /** An interrupt or error of the host. */
  #interrupt(vcpu: number, vector: Exclude<EnterResult, 'sync' | 'budget' | 'idle'>): VmExit<HypExit> {
    const pc = this.el2.elr.read();
    const kvmClass = { irq: KvmClass.IRQ, fiq: KvmClass.FIQ, serror: KvmClass.EL1_SERROR }[vector];
    const bhyveExit = vector === 'serror' ? BhyveExit.HYP : BhyveExit.BOGUS;
    this.#record(vcpu, { irq: 'irq', fiq: 'fiq', serror: 'unhandled' } as const, vector);
    const { events } = this.ports;
    const at = this.icount();
    events.emit(vmExit, { at, vcpu, pc, bhyveExit, kvmClass, esr: 0, far: 0n, hpfar: 0n });
    const maintenance = this.cpu.interrupts.level(this.#hostIntids.maintenance);
    // The host has no other interrupts than these, and no FIQ.
    if (vector !== 'irq' || !(maintenance || this.cpu.interrupts.level(this.#hostIntids.virtualTimer)))
      return { kind: 'md', md: { exceptionNr: vector, pc, esr: this.el2.esr.low(), far: 0n, hpfar: 0n } };
    if (maintenance) events.emit(maintenanceIrq, { at, vcpu, misr: this.el2.misr.low() });
    this.#interface(vcpu).sync();
    this.vtimer.syncDirect(vcpu);
    return HANDLED;
  }

  #record<K extends string>(vcpu: number, stats: { readonly [key in K]: ExitStat }, key: K): void {
    const of = must(this.#stats, 'counters');
    const counters = must(this.ports.stats[vcpu], 'counters');
    counters.add(of.count);
    counters.add(of[stats[key]]);
  }

  #synchronous(vcpu: number): VmExit<HypExit> {
    const { el2 } = this;
    const esr = el2.esr.low();
    const ec = esr >>> 26;
    const row = traps[ec] ?? unknownTrap;
    const trap = this.#trap;
    trap.vcpu = vcpu;
    trap.pc = el2.elr.read();
    trap.esr = esr;
    trap.iss = esr & 0x1ff_ffff;
    let far = 0n;
    let hpfar = 0n;
    if (row.abort) {
      trap.ipa = faultIpa(el2.hpfar.low(), el2.hpfar.high(), el2.far.low());
      trap.segment = this.ports.memory.find(trap.ipa);
      far = el2.far.read();
      hpfar = BigInt(trap.ipa);
    }
    const stat = row.stat(trap);
    this.#record(vcpu, { stat }, 'stat');
    const { pc } = trap;
    const bhyveExit = row.exit(trap);
    const kvmClass = ec as KvmClass;
    this.ports.events.emit(vmExit, { at: this.icount(), vcpu, pc, bhyveExit, kvmClass, esr, far, hpfar });
    const outcome = row.handle(this, trap);
    if (outcome === 'forbidden') {
      this.inject.undefined();
      return HANDLED;
    }
    if (outcome === 'unhandled') return { kind: 'md', md: { exceptionNr: 'sync', pc, esr, far, hpfar } };
    return outcome;
  }

  // --- completion ----------------------------------------------------------------------------------------------------
  /** Are the guest's data accesses big-endian at its exception level? */
  bigEndian(): boolean {
    const sctlr = this.el2.sctlr.low();
    if ((sctlr & (SCTLR_EE | SCTLR_E0E)) === 0) return false;
    return (sctlr & ((this.el2.spsr.low() & 0xc) === 0 ? SCTLR_E0E : SCTLR_EE)) !== 0;
  }

  completeRead(_vcpu: number, exit: MmioRead, value: bigint): void {
    const ordered = this.bigEndian() ? swapBytes(value, exit.size) : value;
    const low = Number(ordered & 0xffff_ffffn);
    const high = exit.size === 8 ? Number(ordered >> 32n) : 0;
    const [l, h] = extendLoad(low, high, exit.size, exit.signExtend, exit.registerBytes);
    this.cpu.setXHalves(exit.rt, l, h);
    this.el2.skip();
  }

  completeWrite(): void {
    this.el2.skip();
  }

  externalAbort(_vcpu: number, exit: MmioRead | MmioWrite): void {
    this.inject.abort('data', undefined, exit.kind === 'mmio-write');
  }

  map(segment: Segment, ipa: Ipa): { readonly ipa: Ipa; readonly bytes: number } {
    return this.stage2.map(segment, ipa);
  }

  // --- waiting and time ----------------------------------------------------------------------------------------------
  /** As a physical WFI: an interrupt that the virtual CPU interface would signal, whatever PSTATE masks. */
  wakes(vcpu: number): boolean {
    this.vtimer.syncDirect(vcpu);
    const vmcr = this.el2.vmcr.low();
    return this.#interface(vcpu).signals(vmcr >>> 24, (vmcr & VMCR_ENG0) !== 0, (vmcr & VMCR_ENG1) !== 0);
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
  /** `x0`…`x30`, `pc`, `pstate`, or a system register by its name. */
  readRegister(_vcpu: number, name: string): bigint {
    const x = /^x(\d{1,2})$/.exec(name);
    if (x) return this.cpu.x(Number(x[1]));
    if (name === 'pc') return this.cpu.guestPc();
    return name === 'pstate' ? BigInt(this.cpu.guestPstate()) : this.cpu.register(name).read();
  }

  writeRegister(_vcpu: number, name: string, value: bigint): void {
    const x = /^x(\d{1,2})$/.exec(name);
    if (x) this.cpu.setX(Number(x[1]), value);
    else if (name === 'pc') this.cpu.setGuestPc(value);
    else if (name === 'pstate') this.cpu.setGuestPstate(Number(value));
    else this.cpu.register(name).write(value);
  }

  /** The distributor's saved state is the vgic's, the CPU's and the tables' are the machine's to save. */
  save(): readonly Saved[] {
    const own = saveState('arm64', VERSION, { nextTable: this.stage2.next, behind: this.#behind });
    return [own, this.vtimer.save(), ...this.#listRegisters.map((l) => l.save())];
  }

  restore(saved: readonly Saved[]): void {
    const [own, timer, ...lines] = saved;
    const state = { nextTable: 0, behind: false };
    restoreState('arm64', VERSION, state, must(own, 'state of arm64'));
    this.stage2.next = state.nextTable;
    this.#behind = state.behind;
    this.vtimer.restore(must(timer, 'state of the timers'));
    this.#listRegisters.forEach((l, i) => {
      l.restore(must(lines[i], 'state of the list registers'));
    });
  }
}
