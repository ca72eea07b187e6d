import { assert, must } from '../base/assert.ts';
import { BadField, flag, integer, record } from '../base/fields.ts';
import type { PlainMap } from '../base/plain.ts';
import type { Stateful } from '../base/stateful.ts';
import { ArmArchitecture } from '../core/architecture.ts';
import { Engine } from '../core/engine/engine.ts';
import { Trait } from '../core/engine/page-traits.ts';
import { resumeAarch32 } from '../core/exception/aarch32-return.ts';
import { exceptionReturn } from '../core/exception/index.ts';
import { leaveAarch32, levelOfMode, selectMode } from '../core/exception/modes.ts';
import { readSpsr, selectLevel, writeNzcv } from '../core/exception/pstate.ts';
import { Cpsr, Pstate } from '../core/fields/psr.ts';
import type { Mmu } from '../core/mmu/mmu.ts';
import { CPU_STATE_VERSION, restoreCpu, saveCpu, upgradeCpu } from '../core/snapshot.ts';
import * as cells from '../core/state/cells.ts';
import type { SystemCounter } from '../core/state/pe-state.ts';
import { sys } from '../core/state/system-cells.ts';
import { Cpu } from '../core/system/cpu.ts';
import type { PhysicalDevice } from '../core/system/physical-devices.ts';
import { type ResetOptions, resetCpu } from '../core/system/reset.ts';
import type {
  EnterResult,
  GichPort,
  HostCpu,
  HostInterrupts,
  HostMemory,
  RegisterPort,
} from '../hyp/arm-common/host-cpu.ts';
import type { Stall } from '../hyp/vmm/arch.ts';
import { HOST_GICV } from './host-map.ts';

/** SPSR.M[4]: AArch32 state. */
const PSR_AARCH32 = 1 << 4;

/** The emulated host's processor with its memory, as the resident hypervisor uses it: what AArch64 and ARMv7 have alike. */
export abstract class EmulatedCpu implements HostCpu, Stateful {
  /** Of the first PE, as it stands in saved states. */
  readonly name = 'cpu';
  readonly version = CPU_STATE_VERSION;
  readonly cpu: Cpu;
  readonly engine: Engine;
  readonly host: HostMemory;
  readonly interrupts: HostInterrupts;
  readonly gich: GichPort | null;
  protected readonly mmu: Mmu;
  /** Counts for who watches the guest's progress. */
  readonly architecture: ArmArchitecture;
  /** Derived: in `looks`, which who watches the guest keeps. Reads of a GICv2's virtual CPU interface, which needs no exit. */
  #deviceReads = 0;
  /** Derived: each found once. */
  readonly #registers = new Map<string, RegisterPort>();
  /**
   * The TLB, a part of its own: a guest can notice what is in it, sooner or later, but it is too much for each state hash.
   * Restored behind the CPU, whose registers it goes with.
   */
  readonly translations: Stateful = {
    name: 'tlb',
    version: 1,
    hashed: false,
    save: () => this.mmu.saveState(),
    restore: (saved) => {
      this.mmu.restoreState(saved);
      this.mmu.controlsChanged();
    },
  };
  /** Told of each stop of the engine before one of its places: derived from what whoever watches asks for. */
  onPlace: () => void = () => {};
  /** Told of each general-purpose register that the hypervisor writes, by its cell; derived likewise. */
  onGeneral: ((cell: number) => void) | null = null;
  /** The loaded PE is at the hypervisor's level; else the guest merely paused. Saved by `save` of each PE. */
  #inHypervisor = true;
  /** The same of those that are not loaded. Saved by `save` of each PE. */
  readonly #inHypervisors: boolean[];
  /** Everything of it that holds state: each PE, which one is loaded, the TLB. */
  readonly parts: readonly Stateful[];

  protected constructor(hostBytes: number, counter: SystemCounter, reset: ResetOptions) {
    const { cpus = 1 } = reset;
    const cpu = new Cpu(hostBytes, counter, cpus);
    this.#inHypervisors = new Array<boolean>(cpus).fill(true);
    this.cpu = cpu;
    let architecture: ArmArchitecture | undefined;
    this.engine = new Engine(cpu, (engine) => (architecture = new ArmArchitecture(cpu, engine.code.jumps)));
    this.architecture = must(architecture, 'architecture');
    this.mmu = this.architecture.mmu;
    this.host = hostMemory(this.engine);
    const { physical, gich, gicv, devices } = cpu.system;
    this.interrupts = {
      level: (ppi) => physical.level(ppi),
      setEnabled: (ppi, on) => physical.setEnabled(ppi, on),
    };
    const isGicV2 = reset.gicVersion === 2;
    this.gich = isGicV2 ? gich : null;
    if (isGicV2) {
      const read: PhysicalDevice['read'] = (offset, bytes) => {
        this.#deviceReads++;
        return gicv.read(offset, bytes);
      };
      devices.attach(HOST_GICV, {
        name: gicv.name,
        size: gicv.size,
        read,
        write: (at, n, value) => gicv.write(at, n, value),
      });
    }
    for (let pe = cpus - 1; pe >= 0; pe--) {
      this.load(pe);
      resetCpu(cpu, { ...reset, affinity: pe });
    }
    this.parts = [this, ...this.#otherParts(cpus), this.translations];
  }

  /** A register by its name, found once. */
  protected abstract makePort(name: string): RegisterPort;
  abstract invalidateVm(): void;

  get pes(): number {
    return this.cpu.pes;
  }
  get loaded(): number {
    return this.cpu.banks.loaded;
  }
  load(pe: number): void {
    const { banks } = this.cpu;
    if (pe === banks.loaded) return;
    this.#inHypervisors[banks.loaded] = this.#inHypervisor;
    banks.load(pe);
    this.#inHypervisor = this.#inHypervisors[pe] as boolean;
  }
  peek<T>(pe: number, look: () => T): T {
    return this.#with(pe, look);
  }
  /** With a PE in place, but for what follows from its cells. */
  #with<T>(pe: number, use: () => T): T {
    const { banks } = this.cpu;
    const back = banks.loaded;
    if (pe === back) return use();
    this.#inHypervisors[back] = this.#inHypervisor;
    this.#inHypervisor = this.#inHypervisors[pe] as boolean;
    try {
      return banks.with(pe, use);
    } finally {
      this.#inHypervisors[pe] = this.#inHypervisor;
      this.#inHypervisor = this.#inHypervisors[back] as boolean;
    }
  }
  get isExclusive(): boolean {
    return this.cpu.get32(cells.EXCLUSIVE_SIZE) !== 0;
  }
  endTurn(): void {
    // What the hypervisor has emulated last has its results in this PE's registers.
    const { observation } = this.engine.observed;
    observation?.settle();
    observation?.forget();
    if (this.isExclusive && this.cpu.system.sendEvent !== null) this.cpu.set32(cells.EVENT_REGISTER, 1);
    this.cpu.set32(cells.EXCLUSIVE_SIZE, 0);
  }
  /** Events are for all PEs: of SEV, and of a monitor that the end of a turn opens. Arm ARM DDI 0487, D1.6.1, B2.9.6. */
  shareEvents(): void {
    this.cpu.system.sendEvent = () => this.cpu.banks.setElsewhere(cells.EVENT_REGISTER, 1);
  }

  /** The behaviour `tlb@2`, which `tlb@3` has too. */
  keepSharedWalks(): void {
    const { sharedWalks } = this.mmu;
    const { traits } = this.engine;
    sharedWalks.turnOn((pages) => {
      for (const page of pages) traits.add(page, Trait.table);
      this.mmu.flushEntriesOf(new Set(), pages);
    });
    traits.onTableStore = (page) => sharedWalks.written(page);
  }
  /** What `tlb@3` adds. */
  keepGlobalWalks(): void {
    this.mmu.globalWalks.isOn = true;
  }

  get icount(): number {
    return this.cpu.icount;
  }
  get stall(): Stall {
    return this.cpu.stall;
  }
  retire(): void {
    this.cpu.icount++;
    const { pmu } = this.cpu.system;
    if (pmu.isOn) pmu.retiredFor(this.guestEl());
  }
  get counter(): SystemCounter {
    return this.cpu.counter;
  }

  register(name: string): RegisterPort {
    let port = this.#registers.get(name);
    if (!port) this.#registers.set(name, (port = this.makePort(name)));
    return port;
  }

  /** ELR_EL2 and ELR_hyp are one register, as are SPSR_EL2 and SPSR_hyp. */
  guestPc(): bigint {
    return this.#inHypervisor ? this.cpu.get64(sys.ELR_EL2) : this.cpu.pc;
  }
  setGuestPc(value: bigint): void {
    if (this.#inHypervisor) this.cpu.set64(sys.ELR_EL2, value);
    else this.cpu.pc = value;
  }
  guestPstate(): number {
    return this.#inHypervisor ? this.cpu.get32(sys.SPSR_EL2) : readSpsr(this.cpu);
  }
  setGuestPstate(value: number): void {
    if (this.#inHypervisor) this.cpu.set32(sys.SPSR_EL2, value);
    else this.#goOnAs(value);
  }
  /** The paused guest goes on at its PC with another PSTATE or CPSR. */
  #goOnAs(psr: number): void {
    const { cpu } = this;
    const pc = cpu.pc;
    cpu.system.pmu.settle();
    if ((psr & PSR_AARCH32) !== 0) {
      if (!cpu.isAarch32) selectLevel(cpu, levelOfMode(psr), 0);
      selectMode(cpu, psr & Cpsr.m);
      resumeAarch32(cpu, psr, Number(pc), psr & Pstate.ss);
    } else {
      if (cpu.isAarch32) leaveAarch32(cpu);
      selectLevel(cpu, (psr >>> 2) & 3, psr & 1);
      writeNzcv(cpu, psr);
      cpu.set32(cells.DAIF, psr & Pstate.daif);
      cpu.set32(cells.PSTATE_SS_IL, psr & (Pstate.ss | Pstate.il));
      cpu.pc = pc;
    }
    cpu.system.pmu.levelChanged();
    cpu.configStale = true;
  }

  guestIsAarch32(): boolean {
    return (this.guestPstate() & PSR_AARCH32) !== 0;
  }
  guestEl(): number {
    const psr = this.guestPstate();
    return (psr & PSR_AARCH32) !== 0 ? levelOfMode(psr) : (psr >>> 2) & 3;
  }
  /** The general-purpose registers as they lie there. */
  generalRegisters(): Uint32Array {
    return this.cpu.u32.subarray(cells.X >>> 2, cells.V >>> 2);
  }
  /** How often the guest has read what may change without an instruction and an exit: counters, timers, pending interrupts. */
  get looks(): number {
    return this.architecture.looks + this.#deviceReads;
  }
  set looks(count: number) {
    this.architecture.looks = count;
    this.#deviceReads = 0;
  }

  enter(untilIcount: number): EnterResult {
    const { cpu } = this;
    if (this.#inHypervisor) {
      exceptionReturn(cpu);
      cpu.system.pmu.levelChanged();
      this.#inHypervisor = false;
    }
    const stop = this.engine.run(untilIcount);
    cpu.system.pmu.settle();
    if (stop === 'place') this.onPlace();
    if (stop === 'count' || stop === 'place') return 'budget';
    if (stop === 'wfi') return 'idle';
    if (stop === 'wfe') return 'event';
    if (stop === 'livelock') return 'livelock';
    this.#inHypervisor = true;
    return this.engine.lastKind;
  }

  /** The clock went on without the CPU: its timers follow, its counters of cycles stand still. */
  timePassed(): void {
    this.cpu.system.timers.poll();
    this.cpu.system.pmu.resumed();
  }

  upgrade(saved: PlainMap): PlainMap {
    return upgradeCpu(saved);
  }
  save(): PlainMap {
    return this.#savePe(0);
  }
  restore(saved: PlainMap): void {
    this.#restorePe(0, saved);
  }
  #savePe(pe: number): PlainMap {
    return this.#with(pe, () => ({ ...saveCpu(this.cpu), inHypervisor: this.#inHypervisor }));
  }
  #restorePe(pe: number, { inHypervisor, ...cpu }: PlainMap): void {
    const is = flag.read(inHypervisor, 'inHypervisor');
    if (is !== (integer(0, 2).read(cpu.el, 'el') === 2))
      throw new BadField('inHypervisor', 'not of the exception level');
    if (pe > 0 && cpu.icount !== this.icount) throw new BadField('icount', 'not that of the first');
    this.load(pe);
    restoreCpu(this.cpu, cpu);
    this.#inHypervisor = is;
  }
  /** Of several PEs: the others, and which one is loaded, restored behind them all. */
  #otherParts(pes: number): Stateful[] {
    if (pes === 1) return [];
    const others = Array.from({ length: pes - 1 }, (_, i): Stateful => {
      const pe = i + 1;
      return {
        name: `cpu${pe}`,
        version: CPU_STATE_VERSION,
        upgrade: upgradeCpu,
        save: () => this.#savePe(pe),
        restore: (saved) => this.#restorePe(pe, saved),
      };
    });
    const fields = record({ loaded: integer(0, pes - 1) });
    const turn: Stateful = {
      name: 'loaded-pe',
      version: 1,
      save: () => ({ loaded: this.loaded }),
      restore: (saved) => this.load(fields.read(saved, '').loaded),
    };
    return [...others, turn];
  }
}

/** The emulated physical memory of an engine, through the one door by which it is written to from outside. */
function hostMemory(engine: Engine): HostMemory {
  const { u8, u32, hostBytes } = engine.cpu;
  const bytes = u8.subarray(cells.HOST_MEMORY, cells.HOST_MEMORY + hostBytes);
  const words = u32.subarray(cells.HOST_MEMORY >>> 2, (cells.HOST_MEMORY + hostBytes) >>> 2);
  const inMemory = (pa: number, count: number): void =>
    assert(pa >= 0 && pa + count <= hostBytes, 'a write of host memory lies in it');
  return {
    bytes,
    words,
    write: (pa, from, by) => {
      inMemory(pa, from.length);
      engine.change(pa, from.length, by, () => bytes.set(from, pa));
    },
    zero: (pa, count, by) => {
      inMemory(pa, count);
      engine.change(pa, count, by, () => bytes.fill(0, pa, pa + count));
    },
    store: (pa, low, high) => {
      inMemory(pa, 8);
      engine.wrote(pa, 8);
      words[pa >>> 2] = low;
      words[(pa >>> 2) + 1] = high;
    },
  };
}

/** A register that is 64 bits at a cell, which may depend on the state that the CPU is in. */
export const cell64Port = (cpu: Cpu, cell: () => number): RegisterPort => ({
  read: () => cpu.get64(cell()),
  write: (value) => cpu.set64(cell(), value),
  low: () => cpu.get32(cell()),
  high: () => cpu.get32(cell() + 4),
  writeHalves: (low, high) => {
    cpu.set32(cell(), low);
    cpu.set32(cell() + 4, high);
  },
});

/** The same of 32 bits. */
export const cell32Port = (cpu: Cpu, cell: () => number): RegisterPort => ({
  read: () => BigInt(cpu.get32(cell())),
  write: (value) => cpu.set32(cell(), Number(BigInt.asUintN(32, value))),
  low: () => cpu.get32(cell()),
  high: () => 0,
  writeHalves: (low) => cpu.set32(cell(), low),
});

/** Names of numbered registers. */
export const numbered = (count: number, ...names: readonly ((n: number) => string)[]): string[] =>
  Array.from({ length: count }, (_, n) => names.map((name) => name(n))).flat();
