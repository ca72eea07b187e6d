import { keepingStore, leftBy } from '../../src/core/engine/keeping-store.fixture.ts';
import type { WatchRange } from '../../src/core/engine/watchpoints.ts';
import { Access } from '../../src/core/mmu/access.ts';
import { CellMmuRegisters } from '../../src/core/mmu/cell-registers.ts';
import { WITHHELD } from '../../src/core/mmu/inline-tlb.ts';
import type { Mmu } from '../../src/core/mmu/mmu.ts';
import * as cells from '../../src/core/state/cells.ts';
import type { Machine } from '../../src/machine/machine.ts';
import { type Result, runIn, type Way } from './guest.fixture.ts';
import { IMAGE, Random, type RandomGuest, randomGuest } from './random-guest.fixture.ts';

/** Counts at which states are compared. */
const PLACES = [701, 3_000, 9_001];

/**
 * What translated code finds by itself in the current contexts and the TLB does not have: inline TLBs and jump cache are caches of
 * the TLB, and nothing else.
 */
export function inconsistencies({ cpu: { cpu } }: Machine): string[] {
  const mmu = cpu.system.mmu as unknown as Mmu;
  const found: string[] = [];
  const { el1Aarch32 } = new CellMmuRegisters(cpu);
  const contexts = [
    [cpu.get32(cells.CONTEXT), 0],
    [cpu.get32(cells.CONTEXT_UNPRIVILEGED), Access.unprivileged],
  ] as const;
  for (const [table, kind] of [
    [cells.TLB_READ, Access.read],
    [cells.TLB_WRITE, Access.write],
  ] as const) {
    for (let entry = table; entry < table + 16 * cells.TLB_ENTRIES; entry += 16) {
      const tag = cpu.get32(entry);
      for (const [context, as] of contexts) {
        if (tag === 0 || (tag & 0xfff) !== context) continue;
        const lo = (tag & ~0xfff) >>> 0;
        const hi = cpu.get32(entry + 4);
        // No access of AArch32 finds it.
        if (el1Aarch32 && hi === WITHHELD) continue;
        const pa = ((lo + cpu.get32(entry + 8)) >>> 0) - cells.HOST_MEMORY;
        const cached = mmu.cached(lo, hi, kind | as);
        if (cached !== pa) found.push(`inline ${hi.toString(16)}:${lo.toString(16)} ${kind | as}: ${pa} for ${cached}`);
      }
    }
  }
  for (let entry = cells.JUMP_CACHE; entry < cells.JUMP_CACHE + 16 * cells.JUMP_ENTRIES; entry += 16) {
    if (cpu.get32(entry + 12) === 0 || cpu.get32(entry + 8) !== contexts[0][0]) continue;
    const [lo, hi] = [cpu.get32(entry), cpu.get32(entry + 4)];
    if (mmu.cached((lo & -2) >>> 0, hi, Access.execute) < 0)
      found.push(`jump to ${hi.toString(16)}:${lo.toString(16)}`);
  }
  return found;
}

function check(machine: Machine): void {
  const found = inconsistencies(machine);
  if (found.length > 0) throw new Error(`at ${machine.icount}: ${found.join('; ')}`);
}

/** A few ranges of the guest's memory, small and large: data, code and tables. */
const randomRanges = (random: Random): WatchRange[] =>
  Array.from({ length: 1 + random.below(4) }, () => ({
    pa: IMAGE.base + random.below(IMAGE.bytes),
    bytes: random.of([1, 4, 64, 8192]),
    kind: random.of(['read', 'write', 'access'] as const),
  }));

/** A way to run a guest, at random. */
function randomWay(random: Random, { code }: RandomGuest): Way {
  const scale = random.of([3, 40, 400, 4000]);
  // By either address, which for most code is the same; some of a level alone, so that they are passed over at the other.
  const stops = code
    .filter(() => random.oneIn(20))
    .map((at) => ({
      ...(random.oneIn(2) ? { pa: at } : { va: BigInt(at) }),
      ...(random.oneIn(3) ? { el: random.below(2) } : {}),
    }));
  const isRestored = random.oneIn(5);
  const between = random.of([
    undefined,
    ({ cpu }: Machine) => cpu.engine.code.flush(),
    (machine: Machine) => void machine.stateHash(),
    ({ cpu }: Machine) => {
      cpu.cpu.u8.fill(0, cells.TLB_READ, cells.TLB_READ + 2 * 16 * cells.TLB_ENTRIES);
      cpu.engine.code.jumps.clear();
    },
  ]);
  return {
    name: 'a random way',
    evaluations: random.of([0, 0, 1, 2, 4, Number.POSITIVE_INFINITY]),
    instructionsABlock: random.of([1, 2, 5, 64, 64]),
    blocksARegion: random.of([1, 3, 96]),
    waitingMax: random.of([1, 3, 16]),
    ...(random.oneIn(2) ? { late: random.of([0, 1, 5, 50, 1000]) } : {}),
    ...(random.oneIn(4) ? {} : { piece: () => 1 + random.below(isRestored ? 4000 : scale) }),
    // A restored machine would stop at the same place for ever.
    ...(!isRestored && random.oneIn(2) ? { stops } : {}),
    ...(isRestored ? { restored: true } : between ? { between } : {}),
    ...(random.oneIn(3) ? { check } : {}),
    ...(random.oneIn(4)
      ? { observed: random.of(['instructions', 'systemWriters', 'vectorWriters', 'blocks'] as const) }
      : {}),
    ...(random.oneIn(2) ? { watched: randomRanges(random), stopsAtHits: random.oneIn(2) } : {}),
  };
}

/** What differs between the ways in which a guest is run, in short. */
export interface Difference {
  readonly seed: number;
  readonly guest: string;
  readonly way: unknown;
  readonly what: unknown;
}

/** Runs a random guest in one go, and in so many random ways; undefined where they are one. */
export function compare(seed: number, ways: number): Difference | undefined {
  const guest = randomGuest(seed);
  const random = new Random(seed * 1000 + 7);
  const { bench, image, format } = guest;
  const store = keepingStore();
  const first = runIn({ name: 'in one go', check, store }, bench, image, PLACES);
  const left = leftBy(store);
  for (let i = 0; i < ways; i++) {
    // Translations of its own, those that all share, or what another process has left.
    const shared = random.of([undefined, store, keepingStore(left)]);
    const way = { ...randomWay(random, guest), ...(shared ? { store: shared } : {}) };
    const other = runIn(way, bench, image, PLACES);
    const what = differenceOf(first, other);
    if (what !== undefined)
      return { seed, guest: `${bench.name}, ${format}`, way: { ...way, store: way.store !== undefined }, what };
  }
  return undefined;
}

/** Runs a random guest in some random ways in which the same is watched: undefined where the same accesses are told. */
export function compareHits(seed: number, ways: number): { hits: number; difference?: Difference } {
  const guest = randomGuest(seed);
  const random = new Random(seed * 1000 + 9);
  const { bench, image, format } = guest;
  const watched = [
    ...randomRanges(random),
    { pa: IMAGE.data, bytes: IMAGE.base + IMAGE.bytes - IMAGE.data, kind: 'write' } as const,
  ];
  const first = runIn({ name: 'in one go', watched }, bench, image, PLACES);
  for (let i = 0; i < ways; i++) {
    const way = { ...randomWay(random, guest), watched };
    const { hits } = runIn(way, bench, image, PLACES);
    const at = first.hits.findIndex((line, n) => hits[n] !== line);
    const what = { hit: at, wanted: first.hits[at], got: hits[at], count: [first.hits.length, hits.length] };
    if (at >= 0 || hits.length !== first.hits.length)
      return { hits: hits.length, difference: { seed, guest: `${bench.name}, ${format}`, way, what } };
  }
  return { hits: first.hits.length };
}

function differenceOf({ hits: _first, ...first }: Result, { hits: _other, ...other }: Result): unknown {
  const at = first.lines.findIndex((line, i) => other.lines[i] !== line);
  if (at >= 0) return { event: at, wanted: first.lines[at], got: other.lines[at] };
  if (JSON.stringify(first) === JSON.stringify(other)) return undefined;
  const names = ['lines', 'hashes', 'registers'] as const;
  return names.map((name) => [
    name,
    first[name].length,
    other[name].length,
    first[name].slice(-13),
    other[name].slice(-13),
  ]);
}

/** What a guest got done: that campaigns are of something. */
export function progressOf(seed: number): { faults: number; events: number } {
  const { bench, image } = randomGuest(seed);
  const { registers, lines } = runIn({ name: 'in one go' }, bench, image, PLACES);
  return { faults: registers[8] as number, events: lines.length };
}
