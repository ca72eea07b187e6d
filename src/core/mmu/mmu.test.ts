import { expect, test } from 'vitest';
import { Prng } from '../../base/prng.ts';
import * as cells from '../state/cells.ts';
import { Access } from './access.ts';
import { D, highOf, lowOf, Machine, RW, Tables } from './mmu.fixture.ts';
import { Regime } from './regime.ts';
import { Walker } from './walker.ts';

// A guest that follows each change of its tables with the TLBI it needs never sees an old translation: the MMU is compared
// with walks. Pages and blocks of 2 MiB, global in the upper range and not in the lower one; two ASIDs in each of two VMIDs.

const ASIDS = [3, 4] as const;
const VMIDS = [1, 2] as const;
const BLOCK = 0x20_0000n;
const BLOCKS = 6;
const PAGES = 4;
const BASES = [0x5555_0000_0000n, 0xffff_8000_0000_0000n] as const;
const STEPS = 20_000;

class Guest {
  readonly m = new Machine();
  readonly #prng = new Prng(20n);
  readonly #walker = new Walker(this.m.cpu, this.m.registers);
  readonly #regime = new Regime(1);
  readonly #upper = VMIDS.map((_, v) => new Tables(this.m, 0x10_0000 + v * 0x20_0000));
  readonly #lower = VMIDS.map((_, v) => ASIDS.map((_, a) => new Tables(this.m, 0x60_0000 + (v * 2 + a) * 0x20_0000)));
  /** By place: whether a block is mapped as one. */
  readonly #asBlock = new Map<string, boolean>();
  #vmid = 0;
  #space = 0;

  constructor() {
    this.m.set({ sctlrEl1: 1, tcrEl1Lo: (this.m.registers.tcrEl1Lo | (1 << 22)) >>> 0 });
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
    this.m.el(this.below(2));
  }

  remap(): void {
    const { upper, va } = this.#address();
    const block = va & -BLOCK;
    const place = `${this.#vmid} ${upper ? 'all' : this.#space} ${block}`;
    const tables = this.#tables(upper);
    const attributes = RW | (upper ? 0n : D.ng) | ([0n, D.ro, D.el0, D.el0 | D.ro][this.below(4)] as bigint);
    const was = this.#asBlock.get(place);
    if (was === undefined || this.below(6) === 0) {
      tables.put(block, 0n, 2);
      // One TLBI drops a block; pages take one each.
      const pages = was === true ? [this.below(512)] : [0, 1, 2, 3];
      for (const page of pages) this.#invalidate(upper, block + BigInt(page) * 0x1000n);
      this.#asBlock.set(place, this.below(2) === 0);
      if (this.#asBlock.get(place)) tables.map(block, this.below(4) * 0x20_0000, attributes, 2);
      return;
    }
    if (was) return;
    if (this.below(4) === 0) tables.put(va, 0n, 3);
    else tables.map(va, this.below(1024) * 0x1000, attributes);
    this.#invalidate(upper, va);
  }

  /** Translates for some access, enters the inline TLBs as translated code would, and compares. */
  access(): void {
    const { va } = this.#address();
    const access = this.below(4) === 0 ? Access.execute : this.below(2);
    const expected = this.#walk(va, access);
    expect(this.m.result(va, access)).toBe(expected);
    if (typeof expected === 'number' && access !== Access.execute) {
      if (access === Access.write) this.m.mmu.fillWrite(lowOf(va), highOf(va), false);
      else this.m.mmu.fillRead(lowOf(va), highOf(va), false);
    }
  }

  /** What translated code finds by itself must be what a walk finds. */
  checkInline(): void {
    const { va } = this.#address();
    for (const [base, access] of [
      [cells.TLB_READ, Access.read],
      [cells.TLB_WRITE, Access.write],
    ] as const) {
      const entry = base + 16 * (Number(va >> 12n) & (cells.TLB_ENTRIES - 1));
      if (this.m.cpu.get64(entry) !== (va | this.m.cpu.get64(cells.CONTEXT))) continue;
      const linear = (lowOf(va) + this.m.cpu.get32(entry + 8)) >>> 0;
      expect(linear - cells.HOST_MEMORY).toBe(this.#walk(va, access));
    }
  }

  #enter(): void {
    this.m.set({
      vttbrEl2Hi: (VMIDS[this.#vmid] as number) << 16,
      ttbr0El1Lo: this.#tables(false).root,
      ttbr1El1Lo: this.#tables(true).root,
      ttbr1El1Hi: this.#asid() << 16,
    });
  }
  #asid(): number {
    return ASIDS[this.#space] as number;
  }
  #tables(upper: boolean): Tables {
    return (upper ? this.#upper[this.#vmid] : this.#lower[this.#vmid]?.[this.#space]) as Tables;
  }
  #address(): { upper: boolean; va: bigint } {
    const upper = this.below(2) === 1;
    const va = BASES[upper ? 1 : 0] + BigInt(this.below(BLOCKS)) * BLOCK + BigInt(this.below(PAGES)) * 0x1000n;
    return { upper, va };
  }
  #invalidate(upper: boolean, va: bigint): void {
    if (upper) this.m.tlbi(this.below(2) === 0 ? 'VAALE1' : 'VAE1IS', va, this.below(8));
    else if (this.below(8) === 0) this.m.tlbi('ASIDE1', 0n, this.#asid());
    else if (this.below(40) === 0) this.m.tlbi('VMALLE1IS');
    else this.m.tlbi('VAE1', va, this.#asid());
  }
  #walk(va: bigint, access: number): number | string {
    this.#regime.configure(this.m.registers);
    const walker = this.#walker;
    const privileged = this.m.cpu.el === 1;
    if (walker.walk(this.#regime, lowOf(va), highOf(va), access, privileged, false)) return walker.paLo;
    return `${walker.fault.type}/${walker.fault.level}`;
  }
}

test('caches agree with the tables', () => {
  const guest = new Guest();
  for (let step = 0; step < STEPS; step++) {
    const choice = guest.below(10);
    if (choice === 0) guest.switch();
    else if (choice < 3) guest.remap();
    else if (choice < 8) guest.access();
    else guest.checkInline();
  }
});
