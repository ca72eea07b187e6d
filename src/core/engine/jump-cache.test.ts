import { expect, it } from 'vitest';
import { Prng } from '../../base/prng.ts';
import { machine } from '../architecture.fixture.ts';
import * as cells from '../state/cells.ts';
import { Cpu } from '../system/cpu.ts';
import { JumpCache } from './jump-cache.ts';

const engineOf = () => machine({ mode: 0x13, code: [] }).engine;

it('jumps of a page are forgotten whatever page with the same hash was forgotten before', () => {
  const { jumps } = engineOf().code;
  // Of another window, and of another 4 GiB.
  const pages = [0, 0x0100_0000, 0x1000_0000, 0x1100_0000].flatMap((lo) =>
    [0, 0x10, 0x100, 0x140, 0x1000, 0xffff_8000].map((hi) => [lo, hi] as const),
  );
  const known = () => pages.filter(([lo, hi]) => jumps.find(lo, hi, 1) !== 0);
  for (const [lo, hi] of pages) {
    for (const [otherLo, otherHi] of pages) {
      jumps.insert(lo, hi, 1, 3, 256);
      jumps.invalidatePage(otherLo, otherHi);
      jumps.invalidatePage(lo, hi);
      expect([lo, hi, otherLo, otherHi, known()]).toEqual([lo, hi, otherLo, otherHi, []]);
    }
  }
});

it('keeps two that share an entry', () => {
  const { jumps } = engineOf().code;
  const [a, b] = [0xc057_3fd4, 0xc0d3_3794];
  const [page, other] = [0xc057_3000, 0xc0d3_3000];
  const both = (): void => {
    jumps.insert(a, 0, 1, 3, 256);
    jumps.insert(b, 0, 1, 3, 512);
  };
  const found = () => [jumps.find(a, 0, 1), jumps.find(b, 0, 1)];
  both();
  expect(found()).toEqual([256, 512]);
  expect([jumps.find(a, 1, 1), jumps.find(a, 0, 2)]).toEqual([0, 0]);
  jumps.invalidatePage(page, 0);
  expect(found()[0]).toBe(0);
  both();
  jumps.invalidatePage(other, 0);
  expect(found()).toEqual([256, 0]);
  both();
  jumps.dropSlot(1);
  expect(found()).toEqual([0, 512]);
  both();
  jumps.clear();
  expect(found()).toEqual([0, 0]);
  // They go over to another context with their page.
  expect(jumps.mapped(a, 0, 1, 8, 3)).toBe(false);
  both();
  expect(jumps.mapped(page, 0, 2, 8, 3)).toBe(true);
  expect([jumps.find(a, 0, 2), ...found()]).toEqual([256, 0, 512]);
});

it('what a PE displaces of another stays that one alone', () => {
  const cpu = new Cpu(65536, { frequency: 1, countAt: () => 0n, icountAt: () => Infinity }, 2);
  const jumps = new JumpCache(cpu);
  const onPe = (pe: number): void => cpu.set32(cells.JUMP_SALT, pe * cells.JUMP_SALT_STEP);
  // Of PE 1 and PE 0 the same entry.
  const [va, displacing] = [0x4010_1004, 0x4010_1004 ^ (cells.JUMP_SALT_STEP << 2)];
  onPe(1);
  jumps.insert(va, 0, 1, 3, 256);
  onPe(0);
  jumps.insert(displacing, 0, 1, 3, 512);
  expect([va, displacing].map((at) => jumps.find(at, 0, 1))).toEqual([0, 512]);
  onPe(1);
  expect([va, displacing].map((at) => jumps.find(at, 0, 1))).toEqual([256, 0]);
  // What PE 0 finds in another context goes over; PE 1's beside it, of the word next to it, does not.
  onPe(0);
  jumps.mapped(va, 0, 1, 8, 3);
  jumps.insert(va ^ 8, 0, 1, 3, 768);
  jumps.insert(va ^ 4, 0, 1, 3, 1024);
  jumps.dropSlot(4);
  jumps.mapped(va, 0, 2, 8, 3);
  expect(jumps.find(va ^ 8, 0, 2)).toBe(768);
  onPe(1);
  expect([1, 2].map((context) => jumps.find(va, 0, context))).toEqual([256, 0]);
  onPe(0);
  jumps.invalidatePage(va & ~0xfff, 0);
  onPe(1);
  expect(jumps.find(va, 0, 1)).toBe(0);
});

it('entries that lead into a dropped slot are forgotten, and no others', () => {
  const { jumps } = engineOf().code;
  const random = new Prng(3n);
  const upTo = (n: number): number => Number(random.next64() % BigInt(n));
  // Pairs that share an entry.
  const vas = Array.from({ length: 40 }, (_, n) => 0x8000 + 4 * (n >> 1) + (n & 1 ? 0x4000_0000 : 0));
  const known = new Map<number, number>();
  for (let step = 0; step < 5000; step++) {
    const va = vas[upTo(vas.length)] as number;
    const what = upTo(8);
    if (what < 5) {
      const slot = 1 + upTo(5);
      jumps.insert(va, 0, 1, 3, slot << cells.REF_SLOT_SHIFT);
      known.set(va, slot);
    } else if (what < 7) {
      const slot = 1 + upTo(5);
      jumps.dropSlot(slot);
      for (const [at, of] of known) if (of === slot) known.delete(at);
    } else if (upTo(20) === 0) {
      jumps.clear();
      known.clear();
    }
    for (const at of vas) {
      const found = jumps.find(at, 0, 1) >>> cells.REF_SLOT_SHIFT;
      if (found !== 0) expect([step, at, found]).toEqual([step, at, known.get(at)]);
    }
    if (what < 5) expect(jumps.find(va, 0, 1)).not.toBe(0);
  }
});

it('a page found again serves the entries of the context before, where it is the same', () => {
  const { jumps } = engineOf().code;
  const [va, other] = [0xc010_1004, 0xc020_1008];
  expect(jumps.mapped(va, 0, 1, 8, 3)).toBe(false);
  jumps.insert(va, 0, 1, 3, 256);
  jumps.insert(va + 0x200, 0, 1, 3, 257);
  jumps.insert(other, 0, 1, 3, 258);
  expect(jumps.mapped(va + 4, 0, 1, 8, 3)).toBe(false);
  expect(jumps.mapped(va + 4, 0, 2, 8, 3)).toBe(true);
  const found = (context: number) => [va, va + 0x200, other].map((at) => jumps.find(at, 0, context));
  expect(found(1)).toEqual([0, 0, 258]);
  expect(found(2)).toEqual([256, 257, 0]);
  // Another physical page, another configuration, another high half.
  expect(jumps.mapped(va, 0, 3, 9, 3)).toBe(false);
  expect(jumps.mapped(va, 0, 4, 9, 2)).toBe(false);
  expect(jumps.mapped(va, 1, 5, 9, 2)).toBe(false);
  expect(found(2)).toEqual([256, 257, 0]);
});

it('knows the physical page of what was mapped, until a page is forgotten', () => {
  const cpu = new Cpu(65536, { frequency: 1, countAt: () => 0n, icountAt: () => Infinity }, 2);
  const jumps = new JumpCache(cpu);
  const va = 0xc010_1000;
  expect(jumps.pageOf(va, 0, 1, 3)).toBe(-1);
  jumps.mapped(va, 0, 1, 8, 3);
  const known = () => jumps.pageOf(va + 5, 0, 1, 3);
  expect(known()).toBe(8);
  expect([jumps.pageOf(va, 1, 1, 3), jumps.pageOf(va, 0, 2, 3), jumps.pageOf(va, 0, 1, 2)]).toEqual([-1, -1, -1]);
  cpu.set32(cells.JUMP_SALT, cells.JUMP_SALT_STEP);
  expect(known()).toBe(-1);
  cpu.set32(cells.JUMP_SALT, 0);
  jumps.invalidatePage(va + 0x1000, 0);
  expect(known()).toBe(-1);
  jumps.mapped(va, 0, 1, 8, 3);
  expect(known()).toBe(8);
  jumps.mapped(va, 0, 1, 9, 3);
  expect(known()).toBe(9);
  jumps.clear();
  expect(known()).toBe(-1);
});

it('contexts that alternate and use other entries of a page keep each its own', () => {
  const { jumps } = engineOf().code;
  const va = 0xc010_1000;
  const uses = (context: number, at: number): boolean => {
    if (jumps.find(at, 0, context) !== 0) return true;
    if (jumps.mapped(at, 0, context, 8, 3) && jumps.find(at, 0, context) !== 0) return false;
    jumps.insert(at, 0, context, 3, 256);
    return false;
  };
  const turns = (at: (context: number) => number, count: number): boolean[] =>
    Array.from({ length: count }, (_, n) => uses(1 + (n & 1), at(1 + (n & 1))));
  const own = (context: number): number => va + 4 * context;
  expect(turns(own, 100).slice(50)).not.toContain(false);
  // Both use all of them: they go over together again, with the context.
  turns(() => va, 100);
  uses(1, va + 0x80);
  uses(2, va);
  expect(jumps.find(va + 0x80, 0, 2)).toBe(256);
});

it('of other contexts it serves what a look-up in this one would find', () => {
  const cpu = new Cpu(65536, { frequency: 1, countAt: () => 0n, icountAt: () => Infinity }, 2);
  const jumps = new JumpCache(cpu);
  const random = new Prng(7n);
  const upTo = (n: number): number => Number(random.next64() % BigInt(n));
  // Some share a run, some a hash; T32's offsets are odd.
  const pages = [0x0000_8000, 0x0001_8000, 0x0041_8000, 0xc000_8000, 0xc012_3000];
  const offsets = [0, 4, 0x1fc, 0x200, 0xffc, 5, 7];
  let served = 0;
  let fetched = 0;
  /** By page and context: the physical page. */
  const tlb = new Map<string, number>();
  for (let step = 0; step < 20_000; step++) {
    const page = pages[upTo(pages.length)] as number;
    const context = 1 + upTo(6);
    const pe = context & 1;
    cpu.set32(cells.JUMP_SALT, pe * cells.JUMP_SALT_STEP);
    const va = page + (offsets[upTo(offsets.length)] as number);
    const key = `${page}:${context}`;
    const family = context >> 2;
    const refOf = (physical: number): number => ((physical + 1) << cells.REF_SLOT_SHIFT) | (2 * (va & 0xf)) | family;
    const what = upTo(100);
    if (what < 3) {
      for (const of of [...tlb.keys()]) if (of.startsWith(`${page}:`)) tlb.delete(of);
      jumps.invalidatePage(page, 0);
    } else if (what < 4) {
      tlb.clear();
      jumps.clear();
    } else {
      const known = jumps.find(va, 0, context);
      const physical = tlb.get(key) ?? upTo(2);
      if (known !== 0) {
        expect([step, tlb.has(key), known]).toEqual([step, true, refOf(physical)]);
        continue;
      }
      const page = jumps.pageOf(va, 0, context, family);
      if (page >= 0) {
        fetched++;
        expect([step, tlb.get(key)]).toEqual([step, page]);
      }
      tlb.set(key, physical);
      if (page < 0 && jumps.mapped(va, 0, context, physical, family)) {
        const renewed = jumps.find(va, 0, context);
        if (renewed !== 0) {
          served++;
          expect([step, renewed]).toEqual([step, refOf(physical)]);
          continue;
        }
      }
      jumps.insert(va, 0, context, family, refOf(physical));
      expect(jumps.find(va, 0, context)).toBe(refOf(physical));
    }
  }
  expect(served).toBeGreaterThan(100);
  expect(fetched).toBeGreaterThan(100);
});
