import { expect, test } from 'vitest';
import { Prng } from '../../base/prng.ts';
import * as cells from '../state/cells.ts';
import { Access } from './access.ts';
import { D, type Machine, RW, Tables } from './mmu.fixture.ts';
import { armv7Machine, CLIENTS, EAE, inlineOf, resultOf, S, ShortTables, tlbi32 } from './mmu-aarch32.fixture.ts';
import { Regime } from './regime.ts';
import { Walker } from './walker.ts';

// As mmu.test.ts, in AArch32: a guest that follows each change of its tables with the maintenance it needs never sees an old
// translation. Its kernel, global and in TTBR1's half, switches access to the user's half off and on, by DACR or by TTBCR.

const ASIDS = [3, 4] as const;
const VMIDS = [1, 2] as const;
const BASES = [0x4000_0000, 0xc000_0000] as const;
const BLOCKS = 6;
const PAGES = 4;
const STEPS = 20_000;
const USER_DOMAIN = 1;

interface MappedTables {
  readonly root: number;
  /** `rights` 0..3. */
  map(va: number, pa: number, rights: number, asBlock: boolean): void;
  unmap(va: number, asBlock: boolean): void;
}
/** One of the formats. */
interface Format {
  readonly blockBytes: number;
  readonly tables: (m: Machine, root: number, upper: boolean) => MappedTables;
  /** Lets the kernel reach the user's half, or not. */
  readonly open: (m: Machine, open: boolean, manager: boolean) => void;
}

const AP = [1, 2, 3, 5] as const;
const shortFormat: Format = {
  blockBytes: 0x10_0000,
  tables: (m, root, upper) => {
    const tables = new ShortTables(m, root);
    const domain = upper ? 0 : S.domain(USER_DOMAIN);
    const [sectionNg, smallNg] = upper ? [0, 0] : [S.section.ng, S.small.ng];
    return {
      root,
      map: (va, pa, rights, asBlock) => {
        const ap = AP[rights] as number;
        if (asBlock) tables.section(va, pa, S.section.ap(ap) | domain | sectionNg);
        else tables.page(va, pa, S.small.ap(ap) | smallNg, domain);
      },
      unmap: (va, asBlock) => (asBlock ? tables.put(va, 0) : tables.putPage(va, 0, domain)),
    };
  },
  open: (m, open, manager) => {
    m.set({ tcrEl1Lo: 1 });
    m.registers.dacr = (open ? CLIENTS : CLIENTS & ~(3 << (2 * USER_DOMAIN))) | (manager ? 3 : 0);
    m.mmu.contextChanged();
  },
};

const ATTRIBUTES = [0n, D.ro, D.el0, D.el0 | D.ro] as const;
const longFormat: Format = {
  blockBytes: 0x20_0000,
  tables: (m, root, upper) => {
    const tables = new Tables(m, root, { startLevel: 1 });
    const at = (va: number): bigint => BigInt(upper ? va - 2 ** 31 : va);
    return {
      root,
      map: (va, pa, rights, asBlock) => {
        tables.map(at(va), pa, RW | (upper ? 0n : D.ng) | (ATTRIBUTES[rights] as bigint), asBlock ? 2 : 3);
      },
      unmap: (va, asBlock) => tables.put(at(va), 0n, asBlock ? 2 : 3),
    };
  },
  // T1SZ = 1; without access T0SZ = 7, EPD0 and A1.
  open: (m, open) => m.set({ tcrEl1Lo: EAE + (1 << 16) + (open ? 0 : 7 + (1 << 7) + (1 << 22)) }),
};

class Guest {
  readonly m = armv7Machine();
  readonly #format: Format;
  readonly #prng = new Prng(32n);
  readonly #walker = new Walker(this.m.cpu, this.m.registers);
  readonly #regime = new Regime(1);
  readonly #upper: MappedTables[];
  readonly #lower: MappedTables[][];
  /** By place: whether a block is mapped as one. */
  readonly #asBlock = new Map<string, boolean>();
  #vmid = 0;
  #space = 0;

  constructor(format: Format) {
    this.#format = format;
    this.#upper = VMIDS.map((_, v) => format.tables(this.m, 0x10_0000 + v * 0x20_0000, true));
    this.#lower = VMIDS.map((_, v) =>
      ASIDS.map((_, a) => format.tables(this.m, 0x60_0000 + (v * 2 + a) * 0x20_0000, false)),
    );
    this.m.set({ sctlrEl1: 1 });
    format.open(this.m, true, false);
    this.#enter();
  }

  below(limit: number): number {
    return Number(this.#prng.next64() % BigInt(limit));
  }

  /** Another address space, and perhaps another VMID or exception level. */
  switch(): void {
    this.#vmid = this.below(4) === 0 ? this.#vmid ^ 1 : this.#vmid;
    this.#space = this.below(2);
    this.#enter();
    const el = this.below(2);
    if (el === 0) this.#format.open(this.m, true, false);
    this.m.cpu.set32(cells.CURRENT_EL, el);
    this.m.config = { current: el, unprivileged: 0 };
    this.m.mmu.contextChanged();
  }

  open(): void {
    if (this.m.cpu.el === 1) this.#format.open(this.m, this.below(2) === 0, this.below(8) === 0);
  }

  remap(): void {
    const { upper, va } = this.#address();
    const { blockBytes } = this.#format;
    const block = va - (va % blockBytes);
    const place = `${this.#vmid} ${upper ? 'all' : this.#space} ${block}`;
    const tables = this.#tables(upper);
    const rights = this.below(4);
    const was = this.#asBlock.get(place);
    if (was === undefined || this.below(6) === 0) {
      tables.unmap(block, true);
      // One TLBI drops a block; pages take one each.
      const pages = was === true ? [this.below(256)] : [0, 1, 2, 3];
      for (const page of pages) this.#invalidate(upper, block + page * 4096);
      this.#asBlock.set(place, this.below(2) === 0);
      if (this.#asBlock.get(place)) tables.map(block, this.below(4) * blockBytes, rights, true);
      return;
    }
    if (was) return;
    if (this.below(4) === 0) tables.unmap(va, false);
    else tables.map(va, this.below(1024) * 0x1000, rights, false);
    this.#invalidate(upper, va);
  }

  /** Translates for some access, enters the inline TLBs as translated code would, and compares. */
  access(): void {
    const { va } = this.#address();
    const access =
      this.below(4) === 0 ? Access.execute : this.below(2) | (this.below(3) === 0 ? Access.unprivileged : 0);
    const expected = this.#walk(va, access);
    expect(resultOf(this.m, va, access)).toBe(expected);
    if (typeof expected !== 'number' || access === Access.execute) return;
    const unprivileged = (access & Access.unprivileged) !== 0;
    if ((access & Access.write) !== 0) this.m.mmu.fillWrite(va, 0, unprivileged);
    else this.m.mmu.fillRead(va, 0, unprivileged);
  }

  /** What translated code finds by itself must be what a walk finds. */
  checkInline(): void {
    const { va } = this.#address();
    for (const [base, access] of [
      [cells.TLB_READ, Access.read],
      [cells.TLB_WRITE, Access.write],
    ] as const) {
      const found = inlineOf(this.m, va, base);
      if (found !== null) expect(found).toBe(this.#walk(va, access));
      const foundUnprivileged = inlineOf(this.m, va, base, cells.CONTEXT_UNPRIVILEGED);
      if (foundUnprivileged !== null) expect(foundUnprivileged).toBe(this.#walk(va, access | Access.unprivileged));
    }
  }

  #enter(): void {
    const asid = ASIDS[this.#space] as number;
    this.m.set({
      vttbrEl2Hi: (VMIDS[this.#vmid] as number) << 16,
      ttbr0El1Lo: this.#tables(false).root,
      ttbr0El1Hi: asid << 16,
      ttbr1El1Lo: this.#tables(true).root,
      contextidr: asid,
    });
  }
  #tables(upper: boolean): MappedTables {
    return (upper ? this.#upper[this.#vmid] : this.#lower[this.#vmid]?.[this.#space]) as MappedTables;
  }
  #address(): { upper: boolean; va: number } {
    const upper = this.below(2) === 1;
    const va = BASES[upper ? 1 : 0] + this.below(BLOCKS) * this.#format.blockBytes + this.below(PAGES) * 0x1000;
    return { upper, va };
  }
  #invalidate(upper: boolean, va: number): void {
    const { m } = this;
    const asid = ASIDS[this.#space] as number;
    if (upper) tlbi32(m, this.below(2) === 0 ? 'TLBIMVAA' : 'TLBIMVAIS', va, this.below(8));
    else if (this.below(8) === 0) tlbi32(m, 'TLBIASID', 0, asid);
    else if (this.below(40) === 0) tlbi32(m, 'TLBIALLIS');
    else tlbi32(m, 'TLBIMVA', va, asid);
  }
  #walk(va: number, access: number): number | string {
    this.#regime.configure(this.m.registers);
    const walker = this.#walker;
    const privileged = this.m.cpu.el === 1 && (access & Access.unprivileged) === 0;
    if (walker.walk(this.#regime, va, 0, access, privileged, false)) return walker.paLo >>> 0;
    return `${walker.fault.type}/${walker.fault.level}`;
  }
}

test.each([
  ['short descriptors', shortFormat],
  ['long descriptors', longFormat],
])('caches agree with the tables: %s', (_name, format) => {
  const guest = new Guest(format);
  for (let step = 0; step < STEPS; step++) {
    const choice = guest.below(12);
    if (choice === 0) guest.switch();
    else if (choice === 1) guest.open();
    else if (choice < 4) guest.remap();
    else if (choice < 9) guest.access();
    else guest.checkInline();
  }
});
