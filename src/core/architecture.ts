// core/: the CPU as the architecture defines it, EL0 to EL2, for both execution states; this file joins its parts.

import { fromHalves } from '../base/bits.ts';
import { a32FrontEnd } from './a32/front-end.ts';
import { a64FrontEnd } from './a64/front-end.ts';
import { aarch32Runtime, isRegisterRead } from './aarch32/runtime.ts';
import type { FrontEnd } from './decode/front-end.ts';
import type { AbortReason, Architecture, DebugExceptions } from './engine/ports.ts';
import {
  alignmentAbort,
  branchAddressHigh,
  breakpointHit,
  callException,
  debugActive,
  debugAfterInstruction,
  type Exception,
  exceptionReturn,
  externalAbort,
  pcAlignment,
  pendingInterrupt,
  softwareStep,
  takeException,
  translationAbort,
  watchpointHit,
} from './exception/index.ts';
import { Ec } from './fields/esr.ts';
import { Pstate } from './fields/psr.ts';
import type { TranslationConfig } from './ir/config.ts';
import { RuntimeCall } from './ir/ops.ts';
import { Access } from './mmu/access.ts';
import { CellMmuRegisters } from './mmu/cell-registers.ts';
import { Mmu } from './mmu/mmu.ts';
import * as cells from './state/cells.ts';
import type { Cpu } from './system/cpu.ts';
import { systemOperation, systemRead, systemWrite } from './system/index.ts';
import { isWide, t32FrontEnd } from './t32/front-end.ts';

/** What exceptions are told of accesses, by the flags of `Access`. */
const accesses = Array.from({ length: 2 * Access.maintenance }, (_, access) => ({
  execute: (access & Access.execute) !== 0,
  write: (access & Access.write) !== 0,
  cacheMaintenance: (access & Access.maintenance) !== 0,
}));

/** What configurations are told apart by besides registers: level, SP, PSTATE.IL, execution state and CPSR.E. */
const stateOf = (cpu: Cpu): number =>
  cpu.get32(cells.CURRENT_EL) |
  (cpu.get32(cells.SPSEL) << 2) |
  (cpu.isAarch32 ? 1 << 3 : 0) |
  (cpu.get32(cells.CPSR_E) !== 0 ? 1 << 4 : 0) |
  (cpu.get32(cells.PSTATE_SS_IL) & Pstate.il);

/** What of the engine has to follow changes of translation. */
export interface JumpInvalidation {
  invalidatePage(vaLo: number, vaHi: number): void;
  clear(): void;
}

/** The Arm architecture for the engine: joins instruction sets, MMU, system registers and exceptions. */
export class ArmArchitecture implements Architecture {
  readonly mmu: Mmu;
  readonly debug: DebugExceptions | null = null;
  readonly watchpoint: Architecture['watchpoint'] = null;
  /** Exceptions taken from EL0 so far: user programs run. */
  el0Exceptions = 0;
  observed: (argument: number) => void = () => {};
  /** Where what is UNDEFINED at EL1 was executed last. */
  undefinedAt: bigint | null = null;
  readonly #cpu: Cpu;
  readonly #debugging: DebugExceptions;
  readonly #watching: NonNullable<Architecture['watchpoint']>;
  #config: TranslationConfig;
  /** The state that it is of; and the level that the MMU's context is of. */
  #state = -1;
  #contextLevel = -1;
  #watchpoint: Exception | null = null;
  readonly #ids = { current: 0, unprivileged: 0 };
  readonly #wordAtPc = (): number => this.word();

  constructor(cpu: Cpu, jumps: JumpInvalidation) {
    this.#cpu = cpu;
    this.#config = cpu.system.configs.current(cpu, false);
    this.mmu = new Mmu(cpu, new CellMmuRegisters(cpu), {
      configIds: () => this.#configIds(),
      onCodeInvalidate: (lo, hi) => jumps.invalidatePage(lo, hi),
      onCodeInvalidateAll: () => jumps.clear(),
    });
    cpu.system.mmu = this.mmu;
    this.#debugging = {
      step: () => softwareStep(cpu),
      breakpoint: () => breakpointHit(cpu),
      after: (word) => debugAfterInstruction(cpu, word),
    };
    this.#watching = (lo, hi, bytes, write, unprivileged) => {
      this.#watchpoint = watchpointHit(cpu, fromHalves(lo, hi), bytes, { write, unprivileged });
      return this.#watchpoint !== null;
    };
  }

  #configIds(): { readonly current: number; readonly unprivileged: number } {
    const { configs } = this.#cpu.system;
    this.#contextLevel = this.#cpu.el;
    this.#ids.current = configs.current(this.#cpu, false).family;
    this.#ids.unprivileged = configs.of(this.#cpu, 0, 0, false).family;
    return this.#ids;
  }

  /** Reads so far of registers that are more than a cell: what changes without an instruction (counters, timers, pending interrupts) is among them. */
  get looks(): number {
    return Number(this.#cpu.get64(cells.LOOKS));
  }
  set looks(count: number) {
    this.#cpu.set64(cells.LOOKS, BigInt(count));
  }
  #looked(): void {
    const { u32 } = this.#cpu;
    const lo = ((u32[cells.LOOKS >>> 2] as number) + 1) >>> 0;
    u32[cells.LOOKS >>> 2] = lo;
    if (lo === 0) (u32[(cells.LOOKS >>> 2) + 1] as number)++;
  }

  frontEnd(config: TranslationConfig): FrontEnd {
    if (!config.aarch32) return a64FrontEnd;
    return config.thumb ? t32FrontEnd : a32FrontEnd;
  }
  straddling(config: TranslationConfig, secondHalf: number): TranslationConfig {
    return this.#cpu.system.configs.variant(config, config.thumb, config.it, secondHalf);
  }
  /** By CPSR.{T,IT}, which change without notice. */
  #variant(config: TranslationConfig): TranslationConfig {
    if (!config.aarch32) return config;
    const cpu = this.#cpu;
    return cpu.system.configs.variant(config, cpu.thumb, cpu.get32(cells.ITSTATE), -1);
  }

  refresh(): TranslationConfig {
    const cpu = this.#cpu;
    if (cpu.isLevelStale && this.#isBack()) cpu.configStale = false;
    if (cpu.configStale) {
      cpu.configStale = false;
      this.#state = stateOf(cpu);
      this.#config = cpu.system.configs.current(cpu, false);
      this.mmu.contextChanged();
      const active = debugActive(cpu);
      const self = this as { debug: DebugExceptions | null; watchpoint: Architecture['watchpoint'] };
      self.debug = active ? this.#debugging : null;
      self.watchpoint = active ? this.#watching : null;
    }
    return this.#variant(this.#config);
  }
  /** Nor the level, after an exception and its return. The MMU may have been told of another one meanwhile. */
  #isBack(): boolean {
    const cpu = this.#cpu;
    return stateOf(cpu) === this.#state && this.#contextLevel === cpu.el;
  }
  refreshSingle(): TranslationConfig {
    this.refresh();
    return this.#variant(this.#cpu.system.configs.current(this.#cpu, true));
  }

  abort(reason: AbortReason, vaLo: number, vaHi: number, access: number): Exception {
    const cpu = this.#cpu;
    const what = accesses[access] as (typeof accesses)[number];
    switch (reason) {
      case 'mmu':
        return translationAbort(cpu, this.mmu.fault, what, vaLo, vaHi, this.#wordAtPc);
      case 'alignment':
        return alignmentAbort(cpu, what, vaLo, vaHi);
      case 'external':
        return externalAbort(cpu, what, vaLo, vaHi);
      default:
        return this.#watchpoint as Exception;
    }
  }
  call(argument: number): Exception {
    return callException(this.#cpu, argument, this.#wordAtPc);
  }
  branchAddressHigh(high: number): number {
    return this.#cpu.isAarch32 ? high : branchAddressHigh(this.#cpu, high, this.#cpu.el);
  }
  pcAlignment(): Exception {
    return pcAlignment(this.#cpu);
  }
  deadline(): number {
    const { timers, pmu } = this.#cpu.system;
    return Math.min(timers.nextDeadline(), pmu.nextDeadline());
  }
  poll(): void {
    this.#cpu.system.timers.poll();
    this.#cpu.system.pmu.poll();
  }
  interrupt(): Exception | null {
    return pendingInterrupt(this.#cpu);
  }
  take(exception: Exception): void {
    if (this.#cpu.el === 0) this.el0Exceptions++;
    if (exception.kind === 'sync' && exception.ec === Ec.unknown && exception.target === 1)
      this.undefinedAt = this.#cpu.pc;
    const { pmu } = this.#cpu.system;
    pmu.beforeException(exception.returnOffset !== 0);
    takeException(this.#cpu, exception);
    pmu.afterException();
  }
  exceptionReturn(): void {
    const { pmu } = this.#cpu.system;
    pmu.beforeReturn();
    exceptionReturn(this.#cpu);
    pmu.levelChanged();
  }
  runtime(call: RuntimeCall, argument: number): boolean {
    if (call === RuntimeCall.systemRead) {
      this.#looked();
      return systemRead(this.#cpu, argument);
    }
    if (call === RuntimeCall.systemWrite) return systemWrite(this.#cpu, argument);
    if (call === RuntimeCall.observe) {
      this.observed(argument);
      return false;
    }
    if (call === RuntimeCall.aarch32) {
      if (isRegisterRead(argument)) this.#looked();
      return aarch32Runtime(this.#cpu, argument);
    }
    return systemOperation(this.#cpu, argument);
  }

  /**
   * The instruction at PC, which was fetched already; 0 where it cannot be read. A T32 instruction of 16 bits is a number
   * of 16 bits, one of 32 bits has its first halfword above.
   */
  word(): number {
    const cpu = this.#cpu;
    const lo = (cpu.get32(cells.PC_BASE) | cpu.get32(cells.PC_OFFSET)) >>> 0;
    const hi = cpu.get32(cells.PC_BASE + 4);
    if (!cpu.thumb) return this.#read(lo, hi);
    const first = this.#read(lo & ~3, hi) >>> (8 * (lo & 2));
    const half = first & 0xffff;
    if (!isWide(half)) return half;
    const next = (lo + 1) >>> 0;
    const second = (next & 2) !== 0 ? first >>> 16 : this.#read(next & ~3, hi) & 0xffff;
    return ((half << 16) | second) >>> 0;
  }
  #read(lo: number, hi: number): number {
    const pa = this.mmu.probe(lo >>> 0, hi, Access.execute);
    return pa >= 0 && pa + 4 <= this.#cpu.hostBytes ? this.#cpu.host32(pa) : 0;
  }
}
