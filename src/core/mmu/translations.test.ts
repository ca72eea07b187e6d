// What translated code finds in the inline TLBs and in the jump cache, it finds without the MMU. That must be what the MMU would have
// found: random guests, which forget much of the maintenance that they owe, see the same with such caches and without.
import { describe, expect, it } from 'vitest';
import { BadField } from '../../base/fields.ts';
import type { PlainMap } from '../../base/plain.ts';
import { Prng } from '../../base/prng.ts';
import * as cells from '../state/cells.ts';
import { Access } from './access.ts';
import { D, highOf, lowOf, Machine, RW, stage1Machine } from './mmu.fixture.ts';
import { CLIENTS, EAE, longMachine, S, shortMachine } from './mmu-aarch32.fixture.ts';
import type { SavedTranslations } from './saved-translations.ts';
import { TLB_ENTRIES_MAX } from './tlb.ts';

const STEPS = 6000;
const ASIDS = [1, 2, 3];
const PAGES = [0x30_0000, 0x31_0000, 0x32_0000, 0x33_0000] as const;

class Random {
  readonly #prng: Prng;
  constructor(seed: number) {
    this.#prng = new Prng(BigInt(seed));
  }
  below(n: number): number {
    return Number(this.#prng.next64() % BigInt(n));
  }
  of<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }
  oneIn(n: number): boolean {
    return this.below(n) === 0;
  }
}

/** A machine, its tables all there, whose registers and tables a random guest changes. */
interface Guest {
  readonly m: Machine;
  readonly vas: readonly bigint[];
  /** Writes a random descriptor. */
  edit(random: Random): void;
  setAsid(asid: number): void;
  /** Changes a control register that belongs to the format. */
  control(random: Random): void;
  tlbi(random: Random): void;
}

const setTtbr0 = (m: Machine, asid: number): void => {
  m.registers.ttbr0El1Hi = asid << 16;
  m.mmu.contextChanged();
};
const longBits = (random: Random): bigint =>
  [D.af, D.ro, D.el0, D.ng, D.uxn, D.pxn].reduce(
    (bits, bit) => (random.oneIn(2) || (bit === D.af && !random.oneIn(4)) ? bits | bit : bits),
    RW & ~D.af,
  );

const aarch64 = (): Guest => {
  const { m, low, high } = stage1Machine();
  const lows = [0x40_0000n, 0x40_1000n, 0x140_0000n, 0x60_3000n];
  const highs = [0xffff_8000_0040_0000n, 0xffff_8000_0140_0000n, 0xffff_8000_0060_2000n];
  const roots = [high.root, high.root + 0x8_0000, high.root + 0x9_0000, high.root + 0xa_0000, high.root + 0xb_0000];
  const vas = [...lows, ...highs];
  // Tables are where they are in each machine made so.
  for (const va of vas) if ((va & 0xff_0000n) !== 0x60_0000n) (lows.includes(va) ? low : high).put(va, 0n, 3);
  const edit = (random: Random): void => {
    const va = random.of(vas);
    const tables = lows.includes(va) ? low : high;
    const isBlock = (va & 0xff_0000n) === 0x60_0000n;
    if (random.oneIn(12)) tables.put(va, 0n, isBlock ? 2 : 3);
    else if (isBlock)
      tables.put(va, random.oneIn(6) ? 0n : BigInt(random.of(PAGES) & ~0x1f_ffff) | longBits(random) | 1n, 2);
    else tables.map(va, random.of(PAGES), longBits(random));
    // Other tables of the upper range are copies of the first table's first level.
    for (const root of roots.slice(1))
      m.cpu.u8.copyWithin(
        cells.HOST_MEMORY + root,
        cells.HOST_MEMORY + high.root,
        cells.HOST_MEMORY + high.root + 4096,
      );
  };
  return {
    m,
    vas,
    edit,
    setAsid: (asid) => setTtbr0(m, asid),
    control: (random) => {
      if (random.oneIn(3)) m.set({ mairEl1Lo: random.of([0xff, 0xbb44_04ff]) });
      else {
        m.registers.ttbr1El1Lo = random.oneIn(4) ? random.of(roots) : random.of(roots.slice(0, 2));
        m.mmu.contextChanged();
      }
    },
    tlbi: (random) =>
      m.tlbi(
        random.of(['VAE1', 'VAE1', 'VAAE1', 'VAE1IS', 'ASIDE1', 'ASIDE1', 'VMALLE1']),
        random.of(vas),
        random.of(ASIDS),
      ),
  };
};

const tlbi32 = (m: Machine, vas: readonly bigint[], random: Random): void =>
  m.mmu.tlbi(
    random.of(['TLBIMVA', 'TLBIMVA', 'TLBIMVAA', 'TLBIASID', 'TLBIALL']),
    (Number(random.of(vas)) | random.of(ASIDS)) >>> 0,
    0,
  );

const short = (): Guest => {
  const { m, low, high } = shortMachine();
  const vas = [0x40_0000n, 0x40_1000n, 0x50_2000n, 0x9040_0000n, 0x9140_0000n, 0x9050_3000n];
  m.set({ tcrEl1Lo: 1, sctlrEl1: 1 | (1 << 29) });
  for (const at of [0x40_0000, 0x140_0000]) {
    low.putPage(at, 0);
    high.putPage(0x9000_0000 + at, 0);
  }
  return {
    m,
    vas,
    edit: (random) => {
      const va = random.of(vas);
      const at = Number(va);
      const tables = at < 0x8000_0000 ? low : high;
      const { section, small } = S;
      const bits = random.oneIn(4) ? 0 : 1;
      const ap = bits | random.of([0, 2, 4, 6]);
      const nG = random.oneIn(2);
      const domain = S.domain(random.below(3));
      if ((at & 0xf0_0000) === 0x50_0000)
        tables.section(at & ~0xf_ffff, PAGES[0], section.ap(ap) | (nG ? section.ng : 0) | domain | section.b);
      else tables.page(at, random.of(PAGES), small.ap(ap) | (nG ? small.ng : 0) | small.b, domain);
    },
    setAsid: (asid) => {
      m.registers.contextidr = asid;
      m.mmu.contextChanged();
    },
    control: (random) => {
      if (random.oneIn(4)) m.set({ tcrEl1Lo: random.of([1, 1 | (1 << 4)]) });
      else {
        m.registers.dacr = random.oneIn(4)
          ? 0x5555_5555 | (3 << (2 * random.below(3)))
          : CLIENTS & ~(3 << (2 * random.below(3)));
        m.mmu.contextChanged();
      }
    },
    tlbi: (random) => tlbi32(m, vas, random),
  };
};

const long = (): Guest => {
  const { m, low, high } = longMachine();
  const vas = [0x40_0000n, 0x40_1000n, 0x60_2000n, 0xc040_0000n, 0xc140_0000n, 0xc060_3000n];
  for (const at of [0x40_0000n, 0x140_0000n]) for (const tables of [low, high]) tables.put(at, 0n, 3);
  return {
    m,
    vas,
    edit: (random) => {
      const va = random.of(vas);
      const [tables, at] = va < 0x8000_0000n ? [low, va] : [high, va & 0x3fff_ffffn];
      const bits = longBits(random);
      if ((at & 0xff_0000n) === 0x60_0000n) tables.put(at, BigInt(PAGES[0] & ~0x1f_ffff) | bits | 1n, 2);
      else tables.map(at, random.of(PAGES), bits);
    },
    setAsid: (asid) => setTtbr0(m, asid),
    // EPD0 closes the lower range; T1SZ and the rest stay.
    control: (random) => m.set({ tcrEl1Lo: EAE + (2 << 16) + random.of([0, 1 << 7]) }),
    tlbi: (random) => tlbi32(m, vas, random),
  };
};

/** Accesses as translated code makes them, or each by way of the MMU. */
class Accesses {
  readonly #m: Machine;
  readonly #hasCaches: boolean;
  /** The jump cache: pages by VA and context. */
  readonly #jumps = new Map<string, number>();
  #told = 0;
  #toldAll = 0;

  constructor(m: Machine, hasCaches: boolean) {
    this.#m = m;
    this.#hasCaches = hasCaches;
  }

  clear(): void {
    this.#jumps.clear();
    this.#m.cpu.u8.fill(0, cells.TLB_READ, cells.TLB_READ + 2 * 16 * cells.TLB_ENTRIES);
  }
  make(va: bigint, access: number): string | number {
    const m = this.#m;
    const isFetch = (access & Access.execute) !== 0;
    const isUnprivileged = (access & Access.unprivileged) !== 0;
    if (this.#hasCaches) {
      const known = isFetch ? this.#jump(va) : this.#inline(va, (access & Access.write) !== 0, isUnprivileged);
      if (known >= 0) return known;
    }
    const result = m.result(va, access);
    if (typeof result === 'string') return result;
    if (isFetch) this.#jumps.set(`${va}:${m.cpu.get32(cells.CONTEXT)}`, result);
    else if (access & Access.write) m.mmu.fillWrite(lowOf(va), highOf(va), isUnprivileged);
    else m.mmu.fillRead(lowOf(va), highOf(va), isUnprivileged);
    return result;
  }
  #jump(va: bigint): number {
    const { allCodeInvalidated, codeInvalidated } = this.#m;
    if (allCodeInvalidated !== this.#toldAll) this.#jumps.clear();
    this.#toldAll = allCodeInvalidated;
    for (; this.#told < codeInvalidated.length; this.#told++)
      for (const key of this.#jumps.keys())
        if (key.startsWith(`${codeInvalidated[this.#told]}:`)) this.#jumps.delete(key);
    return this.#jumps.get(`${va}:${this.#m.cpu.get32(cells.CONTEXT)}`) ?? -1;
  }
  #inline(va: bigint, write: boolean, unprivileged: boolean): number {
    const { cpu } = this.#m;
    const entry = (write ? cells.TLB_WRITE : cells.TLB_READ) + 16 * (Number(va >> 12n) & (cells.TLB_ENTRIES - 1));
    const context = cpu.get64(unprivileged ? cells.CONTEXT_UNPRIVILEGED : cells.CONTEXT);
    if (cpu.get64(entry) !== ((va & ~0xfffn) | context)) return -1;
    return ((lowOf(va) + cpu.get32(entry + 8)) >>> 0) - cells.HOST_MEMORY;
  }
}

const shortThird = (): Guest => {
  const guest = short();
  guest.m.keepGlobalWalks();
  return guest;
};

const KINDS = [Access.read, Access.write, Access.execute] as const;

/** One step of a guest; what it saw. */
function step({ m, vas, edit, setAsid, control, tlbi }: Guest, accesses: Accesses, random: Random): unknown {
  switch (random.below(24)) {
    case 0:
    case 1:
    case 2:
      edit(random);
      return null;
    case 3:
      setAsid(random.of(ASIDS));
      return null;
    case 4:
      m.el(random.of([0, 1, 1]));
      return null;
    case 5:
      control(random);
      return null;
    case 6:
      if (random.oneIn(2)) tlbi(random);
      return null;
    default: {
      const unprivileged = random.oneIn(4) ? Access.unprivileged : 0;
      const kind = random.of(KINDS);
      const va = random.of(vas);
      return [va, kind, accesses.make(va, kind | (kind === Access.execute ? 0 : unprivileged))];
    }
  }
}

describe.each([
  ['AArch64', aarch64],
  ['AArch32, short descriptors', short],
  ['AArch32, short descriptors, tlb@3', shortThird],
  ['AArch32, long descriptors', long],
])('%s', (_name, make) => {
  it.each([1, 2, 3, 4, 5, 6])('caches do not show, seed %i', (seed) => {
    const [guest, plain] = [make(), make()];
    const [cached, walked] = [new Accesses(guest.m, true), new Accesses(plain.m, false)];
    const [random, same, forget] = [new Random(seed), new Random(seed), new Random(seed)];
    for (const { m } of [guest, plain]) m.el(1);
    for (let at = 0; at < STEPS; at++) {
      if (forget.oneIn(500)) cached.clear();
      expect([at, step(guest, cached, random)]).toEqual([at, step(plain, walked, same)]);
    }
  });

  it.each([7, 8])('a state that is put into a fresh machine goes on as it was, seed %i', (seed) => {
    const old = make();
    const random = new Random(seed);
    old.m.el(1);
    const accesses = new Accesses(old.m, true);
    for (let at = 0; at < STEPS; at++) step(old, accesses, random);
    const fresh = make();
    const saved = old.m.mmu.saveState();
    fresh.m.cpu.u8.set(old.m.cpu.u8.subarray(cells.HOST_MEMORY), cells.HOST_MEMORY);
    fresh.m.cpu.set32(cells.CURRENT_EL, old.m.cpu.el);
    fresh.m.config = old.m.config;
    Object.assign(fresh.m.registers, { ...old.m.registers, setParEl1: fresh.m.registers.setParEl1 });
    fresh.m.mmu.restoreState(structuredClone(saved));
    fresh.m.mmu.controlsChanged();
    expect(fresh.m.mmu.saveState()).toEqual(saved);
    const [first, second] = [new Random(seed + 1), new Random(seed + 1)];
    const restored = new Accesses(fresh.m, true);
    for (let at = 0; at < STEPS; at++)
      expect([at, step(fresh, restored, first)]).toEqual([at, step(old, accesses, second)]);
    expect(fresh.m.mmu.saveState()).toEqual(old.m.mmu.saveState());
  });
});

describe('a state that cannot have been saved is refused', () => {
  const guest = aarch64();
  const random = new Random(9);
  const accesses = new Accesses(guest.m, true);
  guest.m.el(1);
  for (let at = 0; at < 1000; at++) step(guest, accesses, random);
  const state = () => structuredClone(guest.m.mmu.saveState()) as unknown as SavedTranslations;
  const words = (bytes: Uint8Array): Int32Array => new Int32Array(bytes.buffer);
  const spaceWords = 11;

  it('which as it is would be taken', () => {
    const saved = state();
    expect([saved.entries.length > 3 * 24, saved.spaces.length > 0]).toEqual([true, true]);
    expect(() => new Machine().mmu.restoreState(saved as unknown as PlainMap)).not.toThrow();
  });
  it.each<readonly [name: string, forge: (saved: SavedTranslations) => void]>([
    ['more entries than there can be', (s) => void (s.entries = new Uint8Array(24 * (TLB_ENTRIES_MAX + 1)))],
    ['half an entry', (s) => void (s.entries = s.entries.slice(0, -4))],
    ['an entry twice', (s) => void s.entries.copyWithin(24, 0, 24)],
    ['an address within a page', (s) => void (words(s.entries)[0] = (words(s.entries)[0] as number) | 4)],
    ['an address of 64 bits', (s) => void (words(s.entries)[1] = 0x0100_0000)],
    ['a space that is not there', (s) => void (words(s.entries)[2] = 4096)],
    ['a serial of nobody', (s) => void (words(s.entries)[3] = s.lastSerial + 1)],
    ['a block of half the memory', (s) => void (words(s.entries)[5] = 0x1f << 20)],
    ['a space of nobody', (s) => void (words(s.spaces)[0] = s.lastSerial)],
    ['a space without entries', (s) => void (s.entries = new Uint8Array(0))],
    ['half a space', (s) => void (s.spaces = s.spaces.slice(0, 4 * (spaceWords - 1)))],
    ['an ASID beyond all', (s) => void (words(s.vmids[0]?.owner.asids as Uint8Array)[0] = 65_536)],
    ['an ASID with a serial to come', (s) => void (words(s.vmids[0]?.owner.asids as Uint8Array)[1] = 1e9)],
    ['serials that will come again', (s) => void (s.lastSerial = 1)],
    ['a VMID twice', (s) => void s.vmids.push(s.vmids[0] as (typeof s.vmids)[0])],
    ['a table of no number', (s) => void (s.el2.upper.victim = 4)],
    ['a field too many', (s) => void Object.assign(s, { more: 1 })],
  ])('%s', (_name, forge) => {
    const saved = state();
    forge(saved);
    expect(() => new Machine().mmu.restoreState(saved as unknown as PlainMap)).toThrow(BadField);
  });
});
