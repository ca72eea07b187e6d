import { PAGE_BYTES } from '../../src/base/page.ts';
import { a32FrontEnd } from '../../src/core/a32/front-end.ts';
import { a64FrontEnd } from '../../src/core/a64/front-end.ts';
import type { FrontEnd } from '../../src/core/decode/front-end.ts';
import { Engine } from '../../src/core/engine/engine.ts';
import type { AbortReason, Architecture } from '../../src/core/engine/ports.ts';
import { writeNzcv } from '../../src/core/exception/pstate.ts';
import type { TranslationConfig } from '../../src/core/ir/config.ts';
import { Access } from '../../src/core/mmu/access.ts';
import * as cells from '../../src/core/state/cells.ts';
import { ExceptionCall } from '../../src/core/state/codes.ts';
import type { Exception } from '../../src/core/state/exception.ts';
import { TranslationConfigs } from '../../src/core/system/config.ts';
import { Cpu } from '../../src/core/system/cpu.ts';
import { t32FrontEnd } from '../../src/core/t32/front-end.ts';
import {
  beginUser,
  NO_COUNTER,
  runVector,
  USER_MODE,
  userCpsr,
  type VectorPlatform,
  type VectorStop,
} from './platform.ts';
import { layout } from './vector.ts';

/** Why the CPU was halted. */
interface Halt {
  readonly reason: AbortReason | 'call' | 'pc-alignment';
  readonly argument: number;
  readonly address: bigint;
}

const config = (id: number, single: boolean): TranslationConfig => ({
  id,
  family: id,
  el: 0,
  aarch32: false,
  thumb: false,
  it: 0,
  straddle: -1,
  bigEndian: false,
  spsel: 0,
  illegal: false,
  single,
  hcr: 0,
  // UCI, UCT, DZE, UMA off: what a user program may do under Linux.
  sctlr: (1 << 26) | (1 << 15) | (1 << 14),
  cpacr: 3 << 20,
  cptr: 0,
  hstr: 0,
  mdcr: 0,
  mdscr: 0,
  cntkctl: 0,
  cnthctl: 3,
  fpTrap: 0,
  simdTrap: 0,
  fpexc: false,
  ichHcr: 0,
  gicRegisters: true,
  pmu: 0,
  didr: 0,
  pmuserenr: 0,
  counterRate: null,
  sendsEvents: false,
  observed: 'nothing',
});

const config32 = (id: number, single: boolean, bigEndian: boolean): TranslationConfig => ({
  ...config(id, single),
  // CP15BEN.
  sctlr: 1 << 5,
  aarch32: true,
  bigEndian,
});
/** Beyond the numbers that variants get. */
const FIRST_ID = 1000;

const ranges: readonly (readonly [from: number, bytes: number, writable: boolean, pa: number])[] = [
  [layout.window, layout.windowBytes, true, 0],
  [layout.codePage, layout.codePages * PAGE_BYTES, false, layout.windowBytes],
];

/** EL0 with a fixed map: the memory window and the code pages. Exceptions end the run, as exceptions to EL2. */
class FlatArchitecture implements Architecture {
  readonly mmu = this;
  readonly device = false;
  readonly disturbed = false;
  readonly watchpoint = null;
  readonly debug = null;
  readonly fault = { isDenial: false, isBehindDevice: false };
  pa = 0;
  stop: Halt | null = null;
  readonly #cpu: Cpu;
  readonly #configs = new TranslationConfigs();
  readonly #of = {
    a64: [config(FIRST_ID, false), config(FIRST_ID + 1, true)],
    little: [config32(FIRST_ID + 2, false, false), config32(FIRST_ID + 3, true, false)],
    big: [config32(FIRST_ID + 4, false, true), config32(FIRST_ID + 5, true, true)],
  } as const;

  constructor(cpu: Cpu) {
    this.#cpu = cpu;
  }
  frontEnd({ aarch32, thumb }: TranslationConfig): FrontEnd {
    return aarch32 ? (thumb ? t32FrontEnd : a32FrontEnd) : a64FrontEnd;
  }
  straddling(c: TranslationConfig, secondHalf: number): TranslationConfig {
    return this.#configs.variant(c, c.thumb, c.it, secondHalf);
  }
  #current(single: 0 | 1): TranslationConfig {
    const cpu = this.#cpu;
    if (cpu.get32(cells.AARCH32_MODE) === 0) return this.#of.a64[single];
    const base = (cpu.get32(cells.CPSR_E) === 0 ? this.#of.little : this.#of.big)[single];
    return this.#configs.variant(base, cpu.thumb, cpu.get32(cells.ITSTATE), -1);
  }
  refresh(): TranslationConfig {
    return this.#current(0);
  }
  refreshSingle(): TranslationConfig {
    return this.#current(1);
  }
  translate(vaLo: number, vaHi: number, access: number): boolean {
    if (vaHi !== 0) return false;
    for (const [from, bytes, writable, pa] of ranges) {
      if (vaLo < from || vaLo >= from + bytes || (access & Access.write && !writable)) continue;
      this.pa = pa + vaLo - from;
      return true;
    }
    return false;
  }
  probe(vaLo: number, vaHi: number, access: number): number {
    return this.translate(vaLo, vaHi, access) ? this.pa : -1;
  }
  fillRead(vaLo: number): void {
    this.#fill(cells.TLB_READ, vaLo);
  }
  fillWrite(vaLo: number): void {
    this.#fill(cells.TLB_WRITE, vaLo);
  }
  #fill(table: number, vaLo: number): void {
    const at = (table + ((vaLo >>> 8) & ((cells.TLB_ENTRIES - 1) << 4))) >>> 2;
    this.#cpu.u32[at] = (vaLo & ~0xfff) | this.#cpu.get32(cells.CONTEXT);
    this.#cpu.u32[at + 1] = 0;
    this.#cpu.u32[at + 2] = cells.HOST_MEMORY + this.pa - vaLo;
  }
  flushWriteEntriesOf(): void {}
  flushWriteEntries(): void {}
  flushEntriesOf(): void {}
  observed = (): void => {};
  #halt(reason: Halt['reason'], argument: number, address: bigint): Exception {
    this.stop = { reason, argument, address };
    return { kind: 'sync', target: 2, ec: 0, iss: 0, returnOffset: 0 };
  }
  abort(reason: AbortReason, vaLo: number, vaHi: number): Exception {
    return this.#halt(reason, 0, (BigInt(vaHi) << 32n) | BigInt(vaLo));
  }
  call(argument: number): Exception {
    return this.#halt('call', argument, 0n);
  }
  branchAddressHigh(high: number): number {
    return high;
  }
  pcAlignment(): Exception {
    return this.#halt('pc-alignment', 0, 0n);
  }
  deadline(): number {
    return Number.POSITIVE_INFINITY;
  }
  poll(): void {}
  word(): number {
    return 0;
  }
  interrupt(): null {
    return null;
  }
  take(): void {}
  exceptionReturn(): void {}
  runtime(): boolean {
    return false;
  }
}

/** Vectors on the translator and the engine alone. */
export class FlatPlatform implements VectorPlatform {
  readonly windowAt = 0;
  readonly codePagesAt = layout.windowBytes;
  readonly cpu = new Cpu(layout.windowBytes + layout.codePages * PAGE_BYTES, NO_COUNTER);
  readonly engine: Engine;
  #arch!: FlatArchitecture;

  constructor() {
    this.engine = new Engine(this.cpu, () => (this.#arch = new FlatArchitecture(this.cpu)));
    this.cpu.set64(cells.CONTEXT, 1n);
    this.cpu.set64(cells.CONTEXT_UNPRIVILEGED, 1n);
  }
  begin(pc: bigint, sp: bigint, nzcv: number): void {
    this.cpu.set64(cells.SP, sp);
    writeNzcv(this.cpu, nzcv << 28);
    this.cpu.set32(cells.EXCLUSIVE_SIZE, 0);
    this.cpu.set32(cells.AARCH32_MODE, 0);
    this.cpu.pc = pc;
  }
  begin32(pc: number, thumb: boolean, cpsr: number): void {
    beginUser(this.cpu, pc, thumb, cpsr);
    this.cpu.set32(cells.AARCH32_MODE, USER_MODE);
  }
  run(instructionsMax: number): VectorStop {
    const { cpu } = this;
    this.#arch.stop = null;
    runVector(this, instructionsMax);
    const halt = this.#arch.stop as Halt | null;
    return {
      reason: reasonOf(halt),
      pc: Number(cpu.pc & ~(cpu.thumb ? 1n : 0n)),
      address: halt?.address ?? 0n,
      sp: cpu.get64(cells.SP),
      nzcv: this.engine.code.helpers.nzcv() >>> 28,
      thumb: cpu.thumb,
      cpsr: userCpsr(cpu),
      what: halt === null ? 'did not stop' : `${halt.reason} ${halt.argument}`,
    };
  }
}

function reasonOf(halt: Halt | null): VectorStop['reason'] {
  if (halt === null) return 'none';
  if (halt.reason === 'mmu' || halt.reason === 'external') return 'access';
  if (halt.reason === 'alignment') return 'align';
  if (halt.reason !== 'call') return 'other';
  const call = halt.argument >>> 16;
  if (call === ExceptionCall.brk) return 'brk';
  return call === ExceptionCall.undefined ? 'undefined' : 'other';
}
