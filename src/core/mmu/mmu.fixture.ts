import { CURRENT_EL, HOST_MEMORY } from '../state/cells.ts';
import { PeState } from '../state/pe-state.ts';
import { Mmu } from './mmu.ts';
import type { MmuRegisters } from './registers.ts';

// A small machine for the MMU's tests: 16 MiB of memory, registers by hand, tables written by `Tables`.

export const HOST_BYTES = 16 << 20;

/** Descriptor fields, for use with `Tables.map`. */
export const D = {
  af: 1n << 10n,
  ng: 1n << 11n,
  ro: 1n << 7n,
  el0: 1n << 6n,
  uxn: 1n << 54n,
  pxn: 1n << 53n,
  inner: 3n << 8n,
  attr: (index: number): bigint => BigInt(index) << 2n,
  /** Stage 2: S2AP and MemAttr. */
  s2r: 1n << 6n,
  s2w: 1n << 7n,
  s2normal: 0xfn << 2n,
  apTableReadOnly: 1n << 62n,
  apTableNoEl0: 1n << 61n,
  uxnTable: 1n << 60n,
  pxnTable: 1n << 59n,
};
/** Ordinary attributes: readable, writable memory of attribute 0. */
export const RW = D.af | D.inner;
export const S2_RWX = D.af | D.inner | D.s2r | D.s2w | D.s2normal;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export class Machine {
  readonly cpu: PeState;
  readonly registers: Mutable<MmuRegisters>;
  readonly mmu: Mmu;
  config = { current: 1, unprivileged: 2 };
  par = 0n;
  readonly codeInvalidated: bigint[] = [];
  allCodeInvalidated = 0;
  /** Pages of which the next store is to be told. */
  readonly watched = new Set<number>();

  constructor() {
    this.cpu = new PeState(HOST_BYTES, { frequency: 1, countAt: () => 0n, icountAt: () => Number.POSITIVE_INFINITY });
    this.cpu.set32(CURRENT_EL, 1);
    this.registers = {
      processor: 0,
      el1Aarch32: false,
      el2Aarch32: false,
      granule16: true,
      dacr: 0,
      contextidr: 0,
      sctlrEl1: 0,
      // 48-bit ranges, 4 KiB granules, 44-bit output, 16-bit ASIDs.
      tcrEl1Lo: (16 | (16 << 16) | (2 << 30)) >>> 0,
      tcrEl1Hi: 4 | (1 << 4),
      ttbr0El1Lo: 0,
      ttbr0El1Hi: 0,
      ttbr1El1Lo: 0,
      ttbr1El1Hi: 0,
      // Attributes 0 Normal Write-Back, 1 Device-nGnRE, 2 Normal Non-cacheable, 3 Normal Write-Through.
      mairEl1Lo: 0xbb4404ff,
      mairEl1Hi: 0,
      hcrEl2Lo: 0,
      // 40-bit IPA, 4 KiB granule, level 1, 40-bit output.
      vtcrEl2: 24 | (1 << 6) | (2 << 16),
      vttbrEl2Lo: 0,
      vttbrEl2Hi: 0,
      sctlrEl2: 0,
      tcrEl2: 16 | (4 << 16),
      ttbr0El2Lo: 0,
      ttbr0El2Hi: 0,
      mairEl2Lo: 0xff,
      mairEl2Hi: 0,
      setParEl1: (lo, hi) => {
        this.par = (BigInt(hi) << 32n) | BigInt(lo);
      },
    };
    this.mmu = new Mmu(this.cpu, this.registers, {
      configIds: () => this.config,
      onCodeInvalidate: (lo, hi) => this.codeInvalidated.push((BigInt(hi) << 32n) | BigInt(lo)),
      onCodeInvalidateAll: () => {
        this.allCodeInvalidated++;
      },
    });
  }

  /** The behaviour `tlb@2`. */
  keepSharedWalks(): void {
    this.mmu.sharedWalks.turnOn((pages) => {
      for (const page of pages) this.watched.add(page);
    });
  }
  /** What `tlb@3` adds. */
  keepGlobalWalks(): void {
    this.mmu.globalWalks.isOn = true;
  }
  /** A store to memory. */
  wrote(pa: number): void {
    if (this.watched.delete(pa >>> 12)) this.mmu.sharedWalks.written(pa >>> 12);
  }

  /** Sets registers and tells the MMU. */
  set(registers: Partial<MmuRegisters>): void {
    Object.assign(this.registers, registers);
    this.mmu.controlsChanged();
  }
  el(el: number): void {
    this.cpu.set32(CURRENT_EL, el);
    this.config = { current: el, unprivileged: 0 };
    this.mmu.contextChanged();
  }

  translate(va: bigint, access = 0): boolean {
    return this.mmu.translate(lowOf(va), highOf(va), access);
  }
  /** The physical address, or the fault in words: "type/level", with "s2" and "ptw" where they apply. */
  result(va: bigint, access = 0): string | number {
    if (this.translate(va, access)) return this.mmu.pa;
    const { type, level, stage, s1ptw } = this.mmu.fault;
    return `${type}/${level}${stage === 2 ? ' s2' : ''}${s1ptw ? ' ptw' : ''}`;
  }
  tlbi(operation: Parameters<Mmu['tlbi']>[0], va = 0n, asid = 0): void {
    const xt = ((va >> 12n) & 0xfff_ffff_ffffn) | (BigInt(asid) << 48n);
    this.mmu.tlbi(operation, lowOf(xt), highOf(xt));
  }
}

export const lowOf = (value: bigint): number => Number(value & 0xffff_ffffn);
export const highOf = (value: bigint): number => Number((value >> 32n) & 0xffff_ffffn);

interface TablesOptions {
  /** log2 of the granule. */
  readonly granule?: number;
  readonly startLevel?: number;
  /** Of the initial table, which can be larger than a granule for stage 2. */
  readonly rootBytes?: number;
  readonly bigEndian?: boolean;
}

/** Builds translation tables of one granule from `base` up. */
export class Tables {
  readonly root: number;
  #next: number;
  readonly #machine: Machine;
  readonly #granule: number;
  readonly #startLevel: number;
  readonly #bigEndian: boolean;

  constructor(machine: Machine, base: number, options: TablesOptions = {}) {
    const { granule = 12, startLevel = 0, rootBytes = 1 << granule, bigEndian = false } = options;
    this.#machine = machine;
    this.#granule = granule;
    this.#startLevel = startLevel;
    this.#bigEndian = bigEndian;
    this.root = base;
    this.#next = base + rootBytes;
  }

  /** Maps an address with a descriptor of a level; tables on the way get `tableBits`. Returns the descriptor's address. */
  map(va: bigint, pa: number, bits: bigint, level = 3, tableBits = 0n): number {
    return this.put(va, BigInt(pa) | bits | (level === 3 ? 3n : 1n), level, tableBits);
  }

  /** Writes a descriptor as it is. */
  put(va: bigint, descriptor: bigint, level: number, tableBits = 0n): number {
    const stride = this.#granule - 3;
    let table = this.root;
    for (let at = this.#startLevel; ; at++) {
      const shift = (3 - at) * stride + this.#granule;
      const top = at === this.#startLevel ? 48 - shift : stride;
      const address = table + Number((va >> BigInt(shift)) & ((1n << BigInt(top)) - 1n)) * 8;
      if (at === level) {
        this.#write(address, descriptor);
        return address;
      }
      const known = this.#read(address);
      if ((known & 3n) === 3n) table = Number(known & 0xffff_ffff_f000n);
      else {
        table = this.#next;
        this.#next += 1 << this.#granule;
        this.#write(address, BigInt(table) | 3n | tableBits);
      }
    }
  }

  #view(): DataView {
    return new DataView(this.#machine.cpu.memory.buffer);
  }
  #read(pa: number): bigint {
    return this.#view().getBigUint64(HOST_MEMORY + pa, !this.#bigEndian);
  }
  #write(pa: number, value: bigint): void {
    this.#machine.wrote(pa);
    this.#view().setBigUint64(HOST_MEMORY + pa, value, !this.#bigEndian);
  }
}

/** A machine with stage 1 on: TTBR0's tables at 1 MiB, TTBR1's at 2 MiB. */
export const stage1Machine = (): { m: Machine; low: Tables; high: Tables } => {
  const m = new Machine();
  const low = new Tables(m, 0x10_0000);
  const high = new Tables(m, 0x20_0000);
  m.set({ sctlrEl1: 1, ttbr0El1Lo: low.root, ttbr1El1Lo: high.root });
  return { m, low, high };
};
