import { a64Classes } from '../../src/core/a64/index.ts';
import type { Cpu } from '../../src/core/cpu.ts';
import { Decoder } from '../../src/core/decode/decoder.ts';
import type { AbortReason, Architecture } from '../../src/core/engine/ports.ts';
import type { Exception } from '../../src/core/exception/types.ts';
import type { TranslationConfig } from '../../src/core/ir/config.ts';
import { Access } from '../../src/core/mmu/access.ts';
import * as cells from '../../src/core/state/cells.ts';
import { layout } from './vector.ts';

/** What stopped a vector. */
export interface VectorStop {
  readonly reason: AbortReason | 'call' | 'pc-alignment';
  readonly argument: number;
  readonly address: bigint;
}

const config = (id: number, single: boolean): TranslationConfig => ({
  id,
  el: 0,
  aarch32: false,
  thumb: false,
  spsel: 0,
  illegal: false,
  single,
  hcr: 0,
  hcrHigh: 0,
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
  ichHcr: 0,
  pmuserenr: 0,
});

const ranges: readonly (readonly [from: number, bytes: number, writable: boolean, pa: number])[] = [
  [layout.window, layout.windowBytes, true, 0],
  [layout.codePage, layout.codePages * 4096, false, layout.windowBytes],
];

/** EL0 with a fixed map: the memory window and the code pages. Exceptions end the run, as exceptions to EL2. */
export class FlatArchitecture implements Architecture {
  readonly mmu = this;
  readonly decoder = new Decoder(a64Classes);
  readonly device = false;
  readonly watchpoint = null;
  readonly debug = null;
  pa = 0;
  stop: VectorStop | null = null;
  readonly #cpu: Cpu;
  readonly #normal = config(1, false);
  readonly #single = config(2, true);

  constructor(cpu: Cpu) {
    this.#cpu = cpu;
  }
  refresh(): TranslationConfig {
    return this.#normal;
  }
  refreshSingle(): TranslationConfig {
    return this.#single;
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
  #halt(reason: VectorStop['reason'], argument: number, address: bigint): Exception {
    this.stop = { reason, argument, address };
    return { kind: 'sync', target: 2, ec: 0, iss: 0, returnOffset: 0 };
  }
  abort(reason: AbortReason, vaLo: number, vaHi: number): Exception {
    return this.#halt(reason, 0, (BigInt(vaHi) << 32n) | BigInt(vaLo));
  }
  call(argument: number): Exception {
    return this.#halt('call', argument, 0n);
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
