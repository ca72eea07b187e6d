import * as cells from '../state/cells.ts';
import { Access } from './access.ts';
import type { TlbiOperation } from './invalidate.ts';
import { Machine, Tables } from './mmu.fixture.ts';

// AArch32 for the MMU's tests: machines in SVC or Hyp mode, and tables of short descriptors.

/** Descriptor fields of the Short-descriptor format. */
export const S = {
  /** Of sections and supersections. */
  section: {
    b: 1 << 2,
    c: 1 << 3,
    xn: 1 << 4,
    pxn: 1 << 0,
    ap: (ap: number): number => ((ap & 3) << 10) | ((ap & 4) << 13),
    tex: (tex: number): number => tex << 12,
    s: 1 << 16,
    ng: 1 << 17,
  },
  small: {
    xn: 1 << 0,
    b: 1 << 2,
    c: 1 << 3,
    ap: (ap: number): number => ((ap & 3) << 4) | ((ap & 4) << 7),
    tex: (tex: number): number => tex << 6,
    s: 1 << 10,
    ng: 1 << 11,
  },
  large: { xn: 1 << 15, tex: (tex: number): number => tex << 12 },
  /** Of a section or of a table. */
  domain: (domain: number): number => domain << 5,
  tablePxn: 1 << 2,
} as const;
/** Write-Back memory that PL1 and PL0 read and write. */
export const SECTION_RW = S.section.ap(3) | S.section.b | S.section.c;
export const PAGE_RW = S.small.ap(3) | S.small.b | S.small.c;

/** All domains are clients. */
export const CLIENTS = 0x5555_5555;
export const EAE = 2 ** 31;

/** An ARMv7-A CPU in SVC mode, its MMU off. */
export const armv7Machine = (): Machine => {
  const m = new Machine();
  m.set({ el1Aarch32: true, el2Aarch32: true, tcrEl1Lo: 0, tcrEl1Hi: 0, tcrEl2: 0, vtcrEl2: 0, dacr: CLIENTS });
  return m;
};

/** A first-level table at `root`, second-level ones above it. */
export class ShortTables {
  readonly root: number;
  readonly #machine: Machine;
  readonly #bigEndian: boolean;
  #next: number;

  constructor(machine: Machine, root: number, bigEndian = false) {
    this.#machine = machine;
    this.root = root;
    this.#bigEndian = bigEndian;
    this.#next = root + 0x4000;
  }

  section(va: number, pa: number, bits = SECTION_RW): void {
    this.put(va, pa | bits | 2);
  }
  /** PA[39:32] stand in the place of the domain and in bits 23:20. */
  supersection(va: number, pa: number, bits = SECTION_RW): void {
    const high = Math.floor(pa / 2 ** 32);
    const descriptor = (pa & 0xff00_0000) | ((high & 15) << 20) | ((high >>> 4) << 5) | (1 << 18) | bits | 2;
    for (let i = 0; i < 16; i++) this.put((va & 0xff00_0000) + (i << 20), descriptor);
  }
  /** Small pages. Returns the descriptor's address. */
  page(va: number, pa: number, bits = PAGE_RW, tableBits = 0): number {
    return this.putPage(va, pa | bits | 2, tableBits);
  }
  largePage(va: number, pa: number, bits = PAGE_RW, tableBits = 0): void {
    for (let i = 0; i < 16; i++) this.putPage((va & 0xffff_0000) + i * 4096, pa | bits | 1, tableBits);
  }
  /** Writes a first-level descriptor as it is. Returns its address. */
  put(va: number, descriptor: number): number {
    return this.#write(this.root + (va >>> 20) * 4, descriptor);
  }
  /** Writes a second-level descriptor; the table on the way gets `tableBits`. */
  putPage(va: number, descriptor: number, tableBits = 0): number {
    const first = this.root + (va >>> 20) * 4;
    let table = this.#read(first);
    if ((table & 3) !== 1) {
      table = this.#next | 1;
      this.#next += 0x400;
    }
    this.#write(first, (table & ~0x3ff) | 1 | tableBits);
    return this.#write((table & ~0x3ff) + ((va >>> 12) & 0xff) * 4, descriptor);
  }

  #view(): DataView {
    return new DataView(this.#machine.cpu.memory.buffer);
  }
  #read(pa: number): number {
    return this.#view().getUint32(cells.HOST_MEMORY + pa, !this.#bigEndian);
  }
  #write(pa: number, descriptor: number): number {
    this.#view().setUint32(cells.HOST_MEMORY + pa, descriptor, !this.#bigEndian);
    return pa;
  }
}

/** Short descriptors on: TTBR0's tables at 1 MiB, TTBR1's at 2 MiB; TTBCR.N is 0. */
export const shortMachine = (): { m: Machine; low: ShortTables; high: ShortTables } => {
  const m = armv7Machine();
  const low = new ShortTables(m, 0x10_0000);
  const high = new ShortTables(m, 0x20_0000);
  m.set({ sctlrEl1: 1, ttbr0El1Lo: low.root, ttbr1El1Lo: high.root });
  return { m, low, high };
};

/** Long descriptors on: TTBR0's tables from level 1, and as T1SZ = 2 has it TTBR1's from level 2 for the last GiB (VA[29:0]). */
export const longMachine = (): { m: Machine; low: Tables; high: Tables } => {
  const m = armv7Machine();
  const low = new Tables(m, 0x10_0000, { startLevel: 1 });
  const high = new Tables(m, 0x20_0000, { startLevel: 2 });
  m.set({ sctlrEl1: 1, tcrEl1Lo: EAE + (2 << 16), ttbr0El1Lo: low.root, ttbr1El1Lo: high.root });
  return { m, low, high };
};

/** Stage 2 on, as an ARMv7-A hypervisor has it: 40-bit IPAs from level 1, two concatenated tables at 4 MiB. */
export const addStage2 = (m: Machine): Tables => {
  const s2 = new Tables(m, 0x40_0000, { startLevel: 1, rootBytes: 0x2000 });
  m.set({ hcrEl2Lo: 1, vtcrEl2: 0b11000 | (1 << 6), vttbrEl2Lo: s2.root, vttbrEl2Hi: 5 << 16 });
  return s2;
};
/** `Machine.result` of an address of 32 bits. */
export const resultOf = (m: Machine, va: number, access = 0): string | number => m.result(BigInt(va), access);

/** What of EL0 (PL0) read, write, execute, PL1 read, write, execute is permitted; `level` is that of the faults. */
export const rights = (m: Machine, va: number, level: number): string => {
  let found = '';
  for (const el of [0, 1]) {
    m.el(el);
    for (const [name, access] of [
      ['r', Access.read],
      ['w', Access.write],
      ['x', Access.execute],
    ] as const) {
      const got = resultOf(m, va, access);
      if (typeof got === 'string' && got !== `permission/${level}`) return got;
      found += typeof got === 'string' ? '-' : name;
    }
  }
  return found;
};

/** Rt is MVA[31:12] and an ASID. */
export const tlbi32 = (m: Machine, operation: TlbiOperation, va = 0, asid = 0): void =>
  m.mmu.tlbi(operation, ((va & ~0xfff) | asid) >>> 0, 0);

/** What translated code would find for a load (or for what `base` says): the physical address, or null. */
export const inlineOf = (m: Machine, va: number, base = cells.TLB_READ, context = cells.CONTEXT): number | null => {
  const entry = base + 16 * ((va >>> 12) & (cells.TLB_ENTRIES - 1));
  const tag = BigInt((va & ~0xfff) >>> 0) | m.cpu.get64(context);
  return m.cpu.get64(entry) === tag ? ((va + m.cpu.get32(entry + 8)) >>> 0) - cells.HOST_MEMORY : null;
};
/** Loads and stores, as translated code does where it finds nothing. */
export const touch = (m: Machine, va: number, access = 0): void => {
  if (!m.mmu.translate(va, 0, access)) throw new Error(`${resultOf(m, va, access)} at ${va.toString(16)}`);
  const isUnprivileged = (access & Access.unprivileged) !== 0;
  m.mmu.fillRead(va, 0, isUnprivileged);
  m.mmu.fillWrite(va, 0, isUnprivileged);
};
/** The ASID of the Short-descriptor format. */
export const setAsid = (m: Machine, asid: number): void => {
  m.registers.contextidr = asid;
  m.mmu.contextChanged();
};
export const setDomains = (m: Machine, dacr: number): void => {
  m.registers.dacr = dacr;
  m.mmu.contextChanged();
};
