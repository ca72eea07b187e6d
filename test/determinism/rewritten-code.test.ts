// Guests that write code which they then run, beside data and ahead of themselves, with no maintenance of caches: what they see is
// what memory holds, in whatever way they run. (Sooner than Arm ARM DDI 0487, B2.4.4, asks for.)
import { expect, it } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import { arm64GicV3, type Bench, onCortexA15, onCortexA57 } from '../hyp/guest.fixture.ts';
import type { Code } from '../hyp/isa.fixture.ts';
import { type Result, runIn, type Way } from './guest.fixture.ts';
import { GuestImage } from './tables.fixture.ts';

const BASE = 0x4008_0000;
/** Functions, data and the loop that writes to all of them: in one page. */
const PAGE = BASE + 0x2000;
const SHORT = PAGE;
const LONG = PAGE + 0x40;
const OTHER = PAGE + 0x200;
const DATA = PAGE + 0xc20;
const LOOP = PAGE + 0x400;
/** Instructions of the long function, and which of them is rewritten. */
const LENGTH = 60;
const REWRITTEN = 40;
const ROUNDS = 6;
/** More than what is known of a page's code outlives. */
const STORES = 1100;
const PLACES = [201, 4_001, 40_001];

const bytesOf = (code: Code): number => 2 * code.length;
/** Up to a word's boundary: NOP of T32. */
const aligned = (code: Code): Code => (bytesOf(code) % 4 === 0 ? code : [...code, 0xbf00]);
/** ADD of register 6, in a word. */
const addOf = ({ isa }: Bench, imm: number): Code => aligned(isa.add(6, 6, imm));
const wordOf = (code: Code): number => ((code[0] as number) | ((code[1] as number) << 16)) >>> 0;

function guest(bench: Bench): GuestImage {
  const { isa } = bench;
  const thumb = bench.name.includes('T32') ? 1 : 0;
  const image = new GuestImage(BASE, 0x4000);
  const one = addOf(bench, 1);
  const many = addOf(bench, 16);
  image.code(SHORT, [...one, ...isa.ret()]);
  image.code(LONG, [...Array.from({ length: LENGTH }, () => one).flat(), ...isa.ret()]);
  image.code(OTHER, [...addOf(bench, 2), ...isa.ret()]);
  const store = (t: number, n: number): Code => isa.store({ t, n, size: 4 });
  const calls = [isa.call(0), isa.call(1), isa.call(2)];
  const beside = [store(10, 9), isa.load({ t: 5, n: 9, size: 4 }), isa.addRegister(6, 6, 5)];
  const stores = aligned(store(10, 9));
  // The instruction behind a store to it.
  const before = aligned([...calls, store(4, 7), store(4, 12), ...calls, ...beside].flat());
  const ahead = LOOP + bytesOf(before) + bytesOf(aligned(store(3, 8)));
  const round = [
    before,
    aligned(store(3, 8)),
    many,
    isa.li(11, STORES),
    stores,
    isa.loop(11, bytesOf(stores)),
    store(4, 8),
    store(3, 7),
    store(3, 12),
  ].flat();
  const setUp = [
    bench.enter,
    isa.li(0, SHORT + thumb),
    isa.li(1, LONG + thumb),
    isa.li(2, OTHER + thumb),
    isa.li(3, wordOf(one)),
    isa.li(4, wordOf(many)),
    isa.li(6, 0),
    isa.li(8, ahead),
    isa.li(9, DATA),
    isa.li(10, ROUNDS),
    isa.li(12, LONG + REWRITTEN * bytesOf(one)),
    isa.li(7, SHORT),
    isa.li(5, LOOP + thumb),
    isa.jump(5),
  ];
  image.code(BASE, setUp.flat());
  image.code(LOOP, [...round, ...isa.loop(10, bytesOf(round)), ...isa.stop()]);
  return image;
}

const random = new Prng(50n);
const atRandom =
  (most: number): NonNullable<Way['piece']> =>
  () =>
    1 + Number(random.next64() % BigInt(most));
const ways: readonly Way[] = [
  ...[0, 1, 4, Number.POSITIVE_INFINITY].map((evaluations) => ({ name: 'in one go', evaluations })),
  { name: 'each region a module', evaluations: 1, waitingMax: 1 },
  { name: 'short blocks', evaluations: 0, instructionsABlock: 3 },
  { name: 'by 1', piece: () => 1 },
  { name: 'by random lengths', evaluations: 1, piece: atRandom(300) },
  { name: 'saved and restored at random', evaluations: 1, piece: atRandom(3000), restored: true },
  { name: 'with stops', evaluations: 1, stops: [{ pa: LONG + 160 }, { pa: SHORT }, { va: BigInt(OTHER) }] },
  ...(['instructions', 'blocks'] as const).map((observed) => ({
    name: `with its ${observed} observed`,
    evaluations: 1,
    observed,
  })),
  {
    name: 'watched',
    evaluations: 1,
    watched: [{ pa: PAGE, bytes: 0x100, kind: 'access' }],
    stopsAtHits: true,
  },
  {
    name: 'translated anew at random',
    evaluations: 0,
    piece: atRandom(3000),
    between: ({ cpu }) => cpu.engine.code.flush(),
  },
];

const sum = ROUNDS * (1 + LENGTH + 2 + 16 + (LENGTH - 1 + 16) + 2 + 1) + (ROUNDS * (ROUNDS + 1)) / 2;

it.each([
  ['A64', arm64GicV3],
  ['A32', onCortexA15.a32],
  ['T32', onCortexA15.t32],
  ['T32 under AArch64', onCortexA57.t32],
] as const)('%s', (_name, bench) => {
  const image = guest(bench);
  let first: Omit<Result, 'hits'> | undefined;
  for (const way of ways) {
    const { hits, ...result } = runIn(way, bench, image, PLACES);
    expect({ ...way, sum: result.registers[6], hit: hits.length > 0 }).toEqual({
      ...way,
      sum,
      hit: way.watched !== undefined,
    });
    first ??= result;
    expect({ ...way, result }).toEqual({ ...way, result: first });
  }
});
