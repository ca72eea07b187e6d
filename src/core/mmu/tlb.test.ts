import { expect, it } from 'vitest';
import { Prng } from '../../base/prng.ts';
import { Access } from './access.ts';
import { D, lowOf, type Machine, RW, stage1Machine } from './mmu.fixture.ts';
import { GLOBAL, NONE, SPACES_MAX, SPACES_WITH_ENTRIES_MAX, TLB_ENTRIES_MAX, Tlb } from './tlb.ts';

const GIB = 0x4000_0000n;
const STALE = 0x20_0000_0000n;
const OLD = 0x30_0000;
const NEW = 0x31_0000;

/** A machine with a page whose descriptor has changed without a TLBI, and a block of which each page takes an entry. */
function machine() {
  const { m, low } = stage1Machine();
  m.el(1);
  low.map(STALE, OLD, RW);
  low.map(GIB, 0, RW, 1);
  const old = m.result(STALE);
  low.map(STALE, NEW, RW);
  return { m, low, old };
}
const page = (n: number): bigint => GIB + BigInt(n) * 4096n;
const touch = (m: Machine, from: number, to: number): void => {
  for (let n = from; n < to; n++) m.mmu.translate(lowOf(page(n)), 0, Access.read);
};

it('keeps all entries to the bound; one more drops them, and the instruction is begun anew', () => {
  const { m, old } = machine();
  touch(m, 0, TLB_ENTRIES_MAX - 1);
  expect([m.mmu.disturbed, old, m.result(STALE)]).toEqual([false, OLD, OLD]);
  touch(m, TLB_ENTRIES_MAX - 1, TLB_ENTRIES_MAX);
  expect([m.mmu.disturbed, m.result(STALE)]).toEqual([true, NEW]);
});

it('what was dropped does not count', () => {
  const { m } = machine();
  for (let round = 0; round < 3; round++) {
    touch(m, 0, TLB_ENTRIES_MAX / 2);
    m.tlbi('VAE1', page(0));
  }
  touch(m, 0, TLB_ENTRIES_MAX - 1);
  expect([m.mmu.disturbed, m.result(STALE)]).toEqual([false, OLD]);
});

it('a TLBI of any address of a block drops all its entries, and no others', () => {
  const { m, low } = machine();
  touch(m, 0, 1000);
  low.map(GIB, Number(GIB), RW, 1);
  m.tlbi('VAE1', page(200_000));
  expect([m.result(page(7)), m.result(STALE)]).toEqual([Number(page(7)), OLD]);
});

const setMair = (m: Machine, value: number): void => m.set({ mairEl1Hi: value });

it('settings of control registers that have entries are kept to a bound', () => {
  const { m } = machine();
  for (let n = 1; n < SPACES_WITH_ENTRIES_MAX; n++) {
    setMair(m, n);
    touch(m, 0, 1);
    expect([n, m.mmu.disturbed]).toEqual([n, false]);
  }
  setMair(m, 0);
  expect(m.result(STALE)).toBe(OLD);
  setMair(m, SPACES_WITH_ENTRIES_MAX);
  touch(m, 0, 1);
  expect(m.mmu.disturbed).toBe(true);
  setMair(m, 0);
  expect(m.result(STALE)).toBe(NEW);
});

it('settings without entries do not count, however many there were', () => {
  const { m } = machine();
  for (let n = 1; n < 3 * SPACES_MAX; n++) {
    setMair(m, n);
    touch(m, 0, 1);
    m.tlbi('VAAE1', page(0));
  }
  setMair(m, 0);
  expect(m.result(STALE)).toBe(OLD);
});

it('serials end: then all starts anew', () => {
  const { m } = machine();
  const saved = m.mmu.saveState();
  m.mmu.restoreState({ ...saved, lastSerial: 2 ** 27 });
  m.mmu.controlsChanged();
  expect(m.result(STALE)).toBe(OLD);
  m.tlbi('ASIDE1', 0n, 5);
  expect([m.result(STALE), (m.mmu.saveState().lastSerial as number) < 10]).toEqual([NEW, true]);
});

it('a walk that an entry does not suffice for replaces it', () => {
  const { m, low } = machine();
  low.map(STALE + 0x1000n, OLD, RW | D.ro);
  expect(m.result(STALE + 0x1000n)).toBe(OLD);
  low.map(STALE + 0x1000n, NEW, RW);
  expect([m.result(STALE + 0x1000n), m.mmu.disturbed]).toEqual([OLD, false]);
  expect([m.result(STALE + 0x1000n, Access.write), m.mmu.disturbed]).toEqual([NEW, true]);
});

it('a probe leaves nothing behind', () => {
  const { m, low } = machine();
  const va = STALE + 0x1000n;
  const probe = () => m.mmu.probe(lowOf(va), Number(va >> 32n), Access.read);
  low.map(va, OLD, RW);
  expect(probe()).toBe(OLD);
  low.map(va, NEW, RW);
  expect([probe(), m.result(va)]).toEqual([NEW, NEW]);
});

it('holds what was entered and not dropped, in whatever order it goes', () => {
  const tlb = new Tlb();
  const random = new Prng(11n);
  const upTo = (n: number): number => Number(random.next64() % BigInt(n));
  const owners = new Int32Array(SPACES_MAX);
  for (let space = 1; space < 5; space++) owners[space] = 1 + (space >> 1);
  /** By space, serial and page. */
  const model = new Map<string, { space: number; asid: number; va: number; page: number }>();
  const drop = (isMeant: (entry: { space: number; asid: number }) => boolean): void => {
    for (const [key, entry] of model) if (isMeant(entry)) model.delete(key);
  };
  for (let step = 0; step < 20_000; step++) {
    const space = 1 + upTo(4);
    // A serial belongs to one space here; global entries have one of their own.
    const asid = upTo(3) === 0 ? GLOBAL : 10 * space + upTo(3);
    const va = 0x1000 * upTo(40) + (asid === GLOBAL ? 0x10_0000 : 0);
    const key = `${space} ${asid} ${va}`;
    const what = upTo(100);
    if (what < 70) {
      if (model.has(key)) continue;
      tlb.insert(va, 0, space, asid, step, 0);
      model.set(key, { space, asid, va, page: step });
    } else if (what < 95) {
      const at = tlb.find(va, 0, space, space, asid);
      expect([step, at === NONE]).toEqual([step, !model.has(key)]);
      if (at === NONE) continue;
      tlb.remove(at);
      model.delete(key);
    } else if (what < 98 && asid !== GLOBAL) {
      tlb.dropAsid(asid);
      drop((entry) => entry.asid === asid);
    } else if (what === 98) {
      tlb.dropOwner(owners, 2);
      drop((entry) => owners[entry.space] === 2);
    }
    if (step % 50 !== 0) continue;
    const told = tlb.entries().map((entry) => `${entry.space} ${entry.asid} ${entry.vaLo} ${entry.page}`);
    const wanted = [...model].map(([of, entry]) => `${of} ${entry.page}`);
    expect([step, tlb.count, told.sort()]).toEqual([step, wanted.length, wanted.sort()]);
  }
});
