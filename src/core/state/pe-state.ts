// state/: where everything of a vCPU lies in memory, and the view of it. It knows nothing of the other parts of core.

import { fromHalves, high32, low32 } from '../../base/bits.ts';
import { askForHugePages } from '../../host/huge-pages.ts';
import * as cells from './cells.ts';
import type { Exception } from './exception.ts';

/** The machine's counter as the CPU sees it: a pure function of the instruction count. */
export interface SystemCounter {
  /** CNTFRQ_EL0, in Hz. */
  readonly frequency: number;
  /** The physical count at an instruction count. */
  countAt(icount: number): bigint;
  /** countAt(n) is floor(n * ticks / counts), in 63 bits for all counts of a run: translated code works it out. Else it asks. */
  readonly rate?: { readonly ticks: number; readonly counts: number };
  /** The least instruction count at which the physical count has reached `count`; Infinity where that is out of reach. */
  icountAt(count: bigint): number;
}

/** Whose cells can be read: a PE's, or what was saved of one. */
export interface CellReader {
  get32(cell: number): number;
}

/** Of WebAssembly. */
const WASM_PAGE_BYTES = 65536;

/**
 * The state of one running PE: views of the linear memory, and what does not fit in cells. What works on it needs nothing else of
 * the CPU; `Cpu` (system/cpu.ts) adds what stands behind the system registers.
 */
export class PeState {
  readonly memory: WebAssembly.Memory;
  readonly u8: Uint8Array;
  readonly i32: Int32Array;
  readonly u32: Uint32Array;
  readonly u64: BigUint64Array;
  /** Bytes of emulated physical memory, from PA 0 on (linear address HOST_MEMORY). */
  readonly hostBytes: number;
  readonly counter: SystemCounter;
  /** PEs that take turns in the cells (system/pe-banks.ts). */
  readonly pes: number;
  /** Instructions retired before the current one: exact whenever the run time is called. */
  icount = 0;
  /** Exceptions taken since an instruction was retired, and the count at the last of them. Kept for `limits.exceptionsWithoutProgressMax`. */
  readonly stall = { at: 0, exceptions: 0 };
  /** The exception that the abandoned instruction raised. */
  pending: Exception | null = null;
  /** What translation configuration and context have to follow. */
  #stale: 'nothing' | 'level' | 'registers' = 'registers';

  constructor(hostBytes: number, counter: SystemCounter, pes = 1) {
    this.pes = pes;
    this.hostBytes = hostBytes;
    this.counter = counter;
    const pages = Math.ceil((cells.HOST_MEMORY + hostBytes) / WASM_PAGE_BYTES);
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    askForHugePages(this.memory.buffer);
    this.u8 = new Uint8Array(this.memory.buffer);
    this.i32 = new Int32Array(this.memory.buffer);
    this.u32 = new Uint32Array(this.memory.buffer);
    this.u64 = new BigUint64Array(this.memory.buffer);
  }

  /** A register that decides translation configuration or context changed: set by register effects, read by the run loop. */
  get configStale(): boolean {
    return this.#stale !== 'nothing';
  }
  set configStale(is: boolean) {
    this.#stale = is ? 'registers' : 'nothing';
  }
  /** An exception or a return from one: it may lead back to the level that configuration and context are of. */
  levelChanged(): void {
    if (this.#stale === 'nothing') this.#stale = 'level';
  }
  /** Nothing but the level may have changed. */
  get isLevelStale(): boolean {
    return this.#stale === 'level';
  }

  get32(cell: number): number {
    return this.u32[cell >>> 2] as number;
  }
  set32(cell: number, value: number): void {
    this.u32[cell >>> 2] = value;
  }
  /** 64 bits of a cell as a bigint: for cold paths; hot ones read the halves. */
  get64(cell: number): bigint {
    if ((cell & 7) === 0) return this.u64[cell >>> 3] as bigint;
    return fromHalves(this.u32[cell >>> 2] as number, this.u32[(cell >>> 2) + 1] as number);
  }
  set64(cell: number, value: bigint): void {
    if ((cell & 7) === 0) {
      this.u64[cell >>> 3] = value;
      return;
    }
    this.u32[cell >>> 2] = low32(value);
    this.u32[(cell >>> 2) + 1] = high32(value);
  }

  get el(): number {
    return this.get32(cells.CURRENT_EL);
  }
  /** PC: exact when translated code does not run. In AArch32 it has 32 bits, and CPSR.T stays as it is when it is written. */
  get pc(): bigint {
    const pc = this.get64(cells.PC_BASE) + BigInt(this.get32(cells.PC_OFFSET));
    return this.isAarch32 ? BigInt.asUintN(32, pc & ~1n) : BigInt.asUintN(64, pc);
  }
  set pc(value: bigint) {
    const t = this.thumb ? 1 : 0;
    const address = BigInt.asUintN(this.isAarch32 ? 32 : 64, value);
    this.set64(cells.PC_BASE, address & ~0xfffn);
    this.set32(cells.PC_OFFSET, Number(address & 0xfffn) | t);
  }
  get isAarch32(): boolean {
    return this.get32(cells.AARCH32_MODE) !== 0;
  }
  /** CPSR.T: AArch32 state executes T32. */
  get thumb(): boolean {
    return this.isAarch32 && (this.get32(cells.PC_OFFSET) & 1) !== 0;
  }
  /** Makes the offset lie in the page, where a block ended at the page's end. */
  normalizePc(): void {
    const { pc } = this;
    this.pc = pc;
  }
  /** Xn, 0..30; 31 reads as zero and ignores writes. */
  x(n: number): bigint {
    return n === 31 ? 0n : this.get64(cells.X + 8 * n);
  }
  setX(n: number, value: bigint): void {
    if (n !== 31) this.set64(cells.X + 8 * n, value);
  }

  /** 32 bits of emulated physical memory; the address is a multiple of 4 within hostBytes. */
  host32(pa: number): number {
    return this.u32[(cells.HOST_MEMORY + pa) >>> 2] as number;
  }
}
