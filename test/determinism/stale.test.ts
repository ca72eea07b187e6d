// Guests that change a translation, use it again without a TLBI, and once more behind a TLBI: how often the old one is used is the
// architecture's business, never the translator's. Each runs in many ways, with one result.
import { describe, expect, it } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import type { StopPlace } from '../../src/core/engine/stops.ts';
import { TranslationStore } from '../../src/core/engine/translation-store.ts';
import type { Machine } from '../../src/machine/machine.ts';
import { a32 } from '../hyp/a32.fixture.ts';
import { a64, readSystem64, writeSystem64 } from '../hyp/a64.fixture.ts';
import { arm64GicV3, type Bench, onCortexA15, onCortexA57 } from '../hyp/guest.fixture.ts';
import type { Code, SystemRegisterName } from '../hyp/isa.fixture.ts';
import { type Result, runIn, type Way } from './guest.fixture.ts';
import { type Attributes, controlsOf, type Format, GuestImage, GuestTables } from './tables.fixture.ts';

const BASE = 0x4008_0000;
const VECTORS = BASE + 0x1000;
const HANDLER = 0x100;
const FUNCTIONS = BASE + 0x2000;
const DATA = BASE + 0xa000;
const TABLES = BASE + 0x1_0000;
const IMAGE_BYTES = 0x4_0000;

/** Where the page is that changes; a page that shares its place in the inline TLB; and the table of descriptors. */
const TARGET = 0x0040_0000;
const RIVAL = 0x0140_0000;
const TABLE_WINDOW = 0x0080_0000;
/** Functions in pages whose places in a TLB of few sets are the same: each is looked up for a fetch. */
const FAR = 6;
const far = (k: number): number => ((k << 24) | ((0x400 ^ k) << 12) | (k << 6)) >>> 0;

const ROUNDS = 20;
/** The guest has then long been at its end, a loop. */
const PLACES = [501, 2_000, 4_001];

interface Flavour {
  readonly name: string;
  readonly bench: Bench;
  readonly format: Format;
}
const flavours: readonly Flavour[] = [
  { name: 'A64', bench: arm64GicV3, format: 'vmsav8' },
  { name: 'A32, short descriptors', bench: onCortexA15.a32, format: 'short' },
  { name: 'A32, long descriptors', bench: onCortexA15.a32, format: 'long' },
  { name: 'A32 under AArch64, short descriptors', bench: onCortexA57.a32, format: 'short' },
  { name: 'T32, short descriptors', bench: onCortexA15.t32, format: 'short' },
  { name: 'T32 under AArch64, long descriptors', bench: onCortexA57.t32, format: 'long' },
];

/** A PTE changed without a TLBI, and how the page is used. */
interface Case {
  readonly good: readonly [pa: number, attributes: Attributes];
  readonly bad: readonly [pa: number, attributes: Attributes];
  /** `self`: a call of code that stores to its own page. */
  readonly use: 'load' | 'store' | 'call' | 'self';
  /** Faults and sum: a round's uses are fresh, stale, and behind the TLBI. */
  readonly expected: readonly [faults: number, sum: number];
}
const writable = { never: true };
const cases: { readonly [name: string]: Case } = {
  'access flag': {
    good: [DATA, writable],
    bad: [DATA, { ...writable, af: false }],
    use: 'load',
    expected: [ROUNDS, 3 * ROUNDS],
  },
  permission: {
    good: [DATA, writable],
    bad: [DATA, { ...writable, readOnly: true }],
    use: 'store',
    expected: [ROUNDS, 3 * ROUNDS],
  },
  mapping: {
    good: [DATA, writable],
    bad: [DATA + 4096, writable],
    use: 'load',
    expected: [0, (1 + 1 + 16) * ROUNDS],
  },
  instruction: {
    good: [FUNCTIONS + 0x2000, {}],
    bad: [FUNCTIONS + 0x3000, {}],
    use: 'call',
    expected: [0, (1 + 1 + 16) * ROUNDS],
  },
  // The store finds that the page may be written now, and is elsewhere: from there on its code is fetched.
  'page of its own code': {
    good: [FUNCTIONS + 0x4000, { readOnly: true }],
    bad: [FUNCTIONS + 0x5000, {}],
    use: 'self',
    expected: [ROUNDS, (1 + 16 + 16) * ROUNDS],
  },
};

/** Counts the fault in register 8 and steps over the instruction. Register 9 is free. */
function putVectors(image: GuestImage, { arch }: Bench): void {
  if (arch === 'arm64') {
    const elr = [3, 0, 4, 0, 1];
    const skip = [...readSystem64(elr, 9), 0x1129, 0x9100, ...writeSystem64(elr, 9)];
    image.code(VECTORS + 0x200, [...a64.add(8, 8, 1), ...skip, ...a64.returnFromIrq()]);
    return;
  }
  const branch = (HANDLER - 0x10 - 8) >> 2;
  image.code(VECTORS + 0x10, [branch & 0xffff, 0xea00]);
  // SUBS PC, LR, #4.
  image.code(VECTORS + HANDLER, [...a32.add(8, 8, 1), 0xf004, 0xe25e]);
}

function guest(
  { bench, format }: Flavour,
  { good, bad, use }: Case,
): { image: GuestImage; stops: readonly StopPlace[] } {
  const { isa } = bench;
  const image = new GuestImage(BASE, IMAGE_BYTES);
  const tables = new GuestTables(image, format, TABLES);
  for (let at = BASE; at < TABLES; at += 4096) tables.map(at, at);
  const descriptor = tables.map(TARGET, ...good);
  tables.map(RIVAL, DATA + 0x2000, writable);
  for (let k = 1; k <= FAR; k++) tables.map(far(k), FUNCTIONS);
  tables.map(TABLE_WINDOW, descriptor & ~4095, writable);
  image.setWord(DATA, 1);
  image.setWord(DATA + 4096, 16);
  image.code(FUNCTIONS + 0x2000, [...isa.add(6, 6, 1), ...isa.ret()]);
  image.code(FUNCTIONS + 0x3000, [...isa.add(6, 6, 16), ...isa.ret()]);
  const self = isa.store({ t: 11, n: 0, size: 4, offset: 512 });
  image.code(FUNCTIONS + 0x4000, [...self, ...isa.add(6, 6, 1), ...isa.ret()]);
  image.code(FUNCTIONS + 0x5000, [...self, ...isa.add(6, 6, 16), ...isa.ret()]);
  for (let k = 1; k <= FAR; k++) image.code(FUNCTIONS + 64 * k, [...isa.add(12, 12, 1), ...isa.ret()]);
  putVectors(image, bench);

  const thumb = bench.name.includes('T32') ? 1 : 0;
  const prologue: Code[] = [
    bench.enter,
    isa.li(5, VECTORS),
    isa.writeSystem('VBAR', 5),
    ...controlsOf(format, TABLES).flatMap(([name, value]) => [
      isa.li(5, value),
      isa.writeSystem(name as SystemRegisterName, 5),
    ]),
    isa.isb(),
    isa.readSystem('SCTLR', 5),
    // AFE, which AArch64 has no such bit for; M.
    ...(format === 'short' ? [isa.li(11, 2 ** 29), isa.addRegister(5, 5, 11)] : []),
    isa.add(5, 5, 1),
    isa.writeSystem('SCTLR', 5),
    isa.isb(),
    isa.li(0, use === 'call' || use === 'self' ? TARGET + thumb : TARGET),
    isa.li(1, RIVAL),
    isa.li(2, TABLE_WINDOW + (descriptor & 4095)),
    isa.li(3, tables.descriptor(...good)),
    isa.li(4, tables.descriptor(...bad)),
    isa.li(6, 0),
    isa.li(7, bench.arch === 'arm64' ? TARGET >>> 12 : TARGET),
    isa.li(8, 0),
    isa.li(10, ROUNDS),
    isa.li(12, 0),
  ];
  const invalidate: Code[] = [isa.dsb(), isa.tlbi('pageOfAll', 7), isa.dsb(), isa.isb()];
  const uses: { readonly [use in Case['use']]: Code[] } = {
    load: [isa.load({ t: 5, n: 0, size: 4 }), isa.addRegister(6, 6, 5)],
    store: [isa.store({ t: 10, n: 0, size: 4 }), isa.add(6, 6, 1)],
    call: [isa.call(0)],
    self: [isa.call(0)],
  };
  const access = { t: 11, n: 1, size: 4 } as const;
  const rival = { load: isa.load(access), store: isa.store(access), call: isa.load(access), self: isa.load(access) };
  const round: Code = [
    isa.store({ t: 3, n: 2, size: 4 }),
    ...invalidate,
    ...uses[use],
    isa.store({ t: 4, n: 2, size: 4 }),
    ...Array.from({ length: FAR }, (_, k) => [isa.li(11, far(k + 1) + thumb), isa.call(11)]).flat(),
    rival[use],
    ...uses[use],
    ...invalidate,
    ...uses[use],
  ].flat();
  const before = prologue.flat();
  image.code(BASE, [...before, ...round, ...isa.loop(10, 2 * round.length), ...isa.stop()]);
  const loopAt = BASE + 2 * before.length;
  return {
    image,
    stops: [
      ...[loopAt, FUNCTIONS + 64, FUNCTIONS + 0x2000].map((pa) => ({ pa })),
      ...[loopAt + 8, far(2), far(3) + 4, TARGET, TARGET + 4].map((va) => ({ va: BigInt(va) })),
    ],
  };
}

const flush = ({ cpu }: Machine): void => cpu.engine.code.flush();
const random = new Prng(20n);
const upTo = (n: number): number => 1 + Number(random.next64() % BigInt(n));
const atRandom =
  (most: number): NonNullable<Way['piece']> =>
  () =>
    upTo(most);
/** Its machines find what machines of other cases have left, for pages of the same content. */
const store = new TranslationStore();
const waysOf = (stops: readonly StopPlace[]): readonly Way[] => [
  ...[0, 1, 4, Number.POSITIVE_INFINITY].map((evaluations) => ({ name: 'in one go', evaluations })),
  { name: 'by 1', piece: () => 1 },
  { name: 'by 7', piece: () => 7 },
  ...[0, 4].flatMap((evaluations) => [
    { name: 'by 1000', evaluations, piece: () => 1000 },
    { name: 'with stops', evaluations, stops },
  ]),
  ...[0, 4].map((evaluations) => ({
    name: 'watched, with a stop at each hit',
    evaluations,
    watched: [
      { pa: BASE, bytes: 0x1_0000, kind: 'access' as const },
      { pa: DATA, bytes: 8192, kind: 'access' as const },
      { pa: TABLES, bytes: IMAGE_BYTES - (TABLES - BASE), kind: 'access' as const },
    ],
    stopsAtHits: true,
  })),
  ...(['instructions', 'blocks'] as const).flatMap((observed) =>
    [0, 4].map((evaluations) => ({ name: `with its ${observed} observed`, evaluations, observed })),
  ),
  ...(['systemWriters', 'vectorWriters'] as const).map((observed) => ({
    name: `with its ${observed} observed`,
    evaluations: 1,
    observed,
  })),
  { name: 'by random lengths', evaluations: 1, piece: atRandom(300) },
  ...[0, 1, 4].map((evaluations) => ({
    name: 'with what others translated',
    evaluations,
    piece: atRandom(300),
    store,
  })),
  ...[0, 3, 100].map((late) => ({ name: 'with late modules', evaluations: 1, piece: atRandom(300), late })),
  { name: 'with stops, by random lengths', evaluations: 1, stops, piece: atRandom(100) },
  { name: 'saved and restored at random', evaluations: 1, piece: atRandom(1000), restored: true },
  ...[0, 1].map((evaluations) => ({
    name: 'translated anew at random',
    evaluations,
    piece: atRandom(300),
    between: flush,
  })),
];

/** Each flavour is run in all ways, each case in half of them: in one go, and every other of the rest. */
const waysOfCase = (stops: readonly StopPlace[], n: number): readonly Way[] =>
  waysOf(stops).filter((_, w) => w === 0 || w % 2 === n % 2);

describe.each(flavours)('$name', (flavour) => {
  it.each(Object.entries(cases).map(([name, one], n) => [name, one, n] as const))('a stale %s', (_name, one, n) => {
    const { image, stops } = guest(flavour, one);
    let first: Omit<Result, 'hits'> | undefined;
    for (const way of waysOfCase(stops, n)) {
      const { hits, ...result } = runIn(way, flavour.bench, image, PLACES);
      expect({ ...way, hits: hits.length > 20 }).toEqual({ ...way, hits: way.watched !== undefined });
      const [faults, sum] = [result.registers[8], result.registers[6]];
      expect({ ...way, faults, sum }).toEqual({ ...way, faults: one.expected[0], sum: one.expected[1] });
      first ??= result;
      expect({ ...way, result }).toEqual({ ...way, result: first });
    }
  });
});
