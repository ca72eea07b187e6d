import { fromHalves } from '../../base/bits.ts';
import type { Cpu } from '../cpu.ts';
import { Decoder } from '../decode/decoder.ts';
import type { AbortReason, Architecture, DebugExceptions } from '../engine/ports.ts';
import {
  alignmentAbort,
  callException,
  debugActive,
  debugAfterInstruction,
  debugBeforeInstruction,
  type Exception,
  exceptionReturn,
  externalAbort,
  pcAlignment,
  pendingInterrupt,
  takeException,
  translationAbort,
  watchpointHit,
} from '../exception/index.ts';
import type { TranslationConfig } from '../ir/config.ts';
import { RuntimeCall } from '../ir/ops.ts';
import { Access } from '../mmu/access.ts';
import { Mmu } from '../mmu/mmu.ts';
import * as cells from '../state/cells.ts';
import { systemOperation, systemRead, systemWrite } from '../system/index.ts';
import { a64Classes } from './index.ts';
import { CellMmuRegisters } from './mmu-registers.ts';

/** What of the engine has to follow changes of translation. */
export interface JumpInvalidation {
  invalidatePage(vaLo: number, vaHi: number): void;
  clear(): void;
}

let decoder: Decoder | undefined;

/** AArch64 for the engine: joins decoding, MMU, system registers and exceptions. */
export class A64Architecture implements Architecture {
  readonly mmu: Mmu;
  readonly decoder: Decoder;
  readonly debug: DebugExceptions | null = null;
  readonly watchpoint: Architecture['watchpoint'] = null;
  readonly #cpu: Cpu;
  readonly #debugging: DebugExceptions;
  readonly #watching: NonNullable<Architecture['watchpoint']>;
  #config: TranslationConfig;
  #watchpoint: Exception | null = null;
  readonly #ids = { current: 0, unprivileged: 0 };

  constructor(cpu: Cpu, jumps: JumpInvalidation) {
    this.#cpu = cpu;
    decoder ??= new Decoder(a64Classes);
    this.decoder = decoder;
    this.#config = cpu.system.configs.current(cpu, false);
    this.mmu = new Mmu(cpu, new CellMmuRegisters(cpu), {
      configIds: () => this.#configIds(),
      onCodeInvalidate: (lo, hi) => jumps.invalidatePage(lo, hi),
      onCodeInvalidateAll: () => jumps.clear(),
    });
    cpu.system.mmu = this.mmu;
    this.#debugging = {
      before: () => debugBeforeInstruction(cpu),
      after: (word) => debugAfterInstruction(cpu, word),
    };
    this.#watching = (lo, hi, bytes, write, unprivileged) => {
      this.#watchpoint = watchpointHit(cpu, fromHalves(lo, hi), bytes, write, unprivileged);
      return this.#watchpoint !== null;
    };
  }

  #configIds(): { readonly current: number; readonly unprivileged: number } {
    const { configs } = this.#cpu.system;
    this.#ids.current = configs.current(this.#cpu, false).id;
    this.#ids.unprivileged = configs.of(this.#cpu, 0, 0, false).id;
    return this.#ids;
  }

  refresh(): TranslationConfig {
    const cpu = this.#cpu;
    if (cpu.configStale) {
      cpu.configStale = false;
      this.#config = cpu.system.configs.current(cpu, false);
      this.mmu.contextChanged();
      const active = debugActive(cpu);
      const self = this as { debug: DebugExceptions | null; watchpoint: Architecture['watchpoint'] };
      self.debug = active ? this.#debugging : null;
      self.watchpoint = active ? this.#watching : null;
    }
    return this.#config;
  }
  refreshSingle(): TranslationConfig {
    this.refresh();
    return this.#cpu.system.configs.current(this.#cpu, true);
  }

  abort(reason: AbortReason, vaLo: number, vaHi: number, access: number): Exception {
    const cpu = this.#cpu;
    const what = { execute: (access & Access.execute) !== 0, write: (access & Access.write) !== 0 };
    switch (reason) {
      case 'mmu':
        return translationAbort(cpu, this.mmu.fault, what, vaLo, vaHi, () => this.word());
      case 'alignment':
        return alignmentAbort(cpu, what, vaLo, vaHi);
      case 'external':
        return externalAbort(cpu, what, vaLo, vaHi);
      default:
        return this.#watchpoint as Exception;
    }
  }
  call(argument: number): Exception {
    return callException(this.#cpu, argument, () => this.word());
  }
  pcAlignment(): Exception {
    return pcAlignment(this.#cpu);
  }
  deadline(): number {
    return this.#cpu.system.timers.nextDeadline();
  }
  poll(): void {
    this.#cpu.system.timers.poll();
  }
  interrupt(): Exception | null {
    return pendingInterrupt(this.#cpu);
  }
  take(exception: Exception): void {
    takeException(this.#cpu, exception);
  }
  exceptionReturn(): void {
    exceptionReturn(this.#cpu);
  }
  runtime(call: RuntimeCall, argument: number): boolean {
    if (call === RuntimeCall.systemRead) return systemRead(this.#cpu, argument);
    if (call === RuntimeCall.systemWrite) return systemWrite(this.#cpu, argument);
    return systemOperation(this.#cpu, argument);
  }

  /** The instruction at PC, which was fetched already; 0 where it cannot be read. */
  word(): number {
    const cpu = this.#cpu;
    const lo = (cpu.get32(cells.PC_BASE) | cpu.get32(cells.PC_OFFSET)) >>> 0;
    if (!this.mmu.translate(lo, cpu.get32(cells.PC_BASE + 4), Access.execute)) return 0;
    return this.mmu.pa + 4 <= cpu.hostBytes ? cpu.host32(this.mmu.pa) : 0;
  }
}
