// A guest of AArch32 whose kernel is of global entries, in the first-level tables of two processes, changes descriptors of it with and
// without a TLBI of all of PL1&0: by each version of the behaviour `tlb` it sees what that says, in whatever way it runs.
import { describe, it } from 'vitest';
import { a32 } from '../hyp/a32.fixture.ts';
import { onCortexA15, onCortexA57 } from '../hyp/guest.fixture.ts';
import type { Code } from '../hyp/isa.fixture.ts';
import { expectInAllWays, waysOver } from './maintenance-ways.fixture.ts';
import { controlsOf, GuestImage, GuestTables } from './tables.fixture.ts';

const BASE = 0x4008_0000;
const FUNCTIONS = BASE + 0x2000;
const DATA = BASE + 0x4000;
const ROOTS = [BASE + 0x1_0000, BASE + 0x2_0000] as const;
const TARGET = 0xc040_0000;
const others = { 'a page of the same table': TARGET + 0x3000, 'a page of another table': TARGET + 0x20_0000 };
const ROUNDS = 20;
const PLACES = [301, 1_001, 2_001];

const store = (t: number, n: number): Code => a32.store({ t, n, size: 4 });

function guest(other: number, use: 'load' | 'call'): GuestImage {
  const image = new GuestImage(BASE, 0x4_0000);
  const tables = new GuestTables(image, 'short', ROOTS[0]);
  for (let at = BASE; at < BASE + 0x4_0000; at += 4096) tables.map(at, at);
  const [one, another] = use === 'load' ? [DATA, DATA + 4096] : [FUNCTIONS, FUNCTIONS + 4096];
  const target = tables.map(TARGET, one);
  const near = tables.map(other, one);
  for (let at = 0; at < 0x4000; at += 4) image.setWord(ROOTS[1] + at, image.word(ROOTS[0] + at));
  image.setWord(DATA, 1);
  image.setWord(DATA + 4096, 16);
  image.code(FUNCTIONS, [...a32.add(6, 6, 1), ...a32.ret()]);
  image.code(FUNCTIONS + 4096, [...a32.add(6, 6, 16), ...a32.ret()]);

  const process = (n: number): Code[] => [a32.writeSystem('TTBR0', n), a32.isb()];
  const setUp: Code[] = [
    ...controlsOf('short', ROOTS[0]).flatMap(([name, value]) => [
      a32.li(5, value),
      a32.writeSystem(name as Parameters<typeof a32.writeSystem>[0], 5),
    ]),
    a32.isb(),
    a32.readSystem('SCTLR', 5),
    a32.add(5, 5, 1),
    a32.writeSystem('SCTLR', 5),
    a32.isb(),
    ...[TARGET, other, target, tables.descriptor(one, {}), tables.descriptor(another, {})].map((value, n) =>
      a32.li(n, value),
    ),
    a32.li(12, near),
    a32.li(6, 0),
    a32.li(8, ROOTS[0]),
    a32.li(9, ROOTS[1]),
    a32.li(10, ROUNDS),
    // Stage 2 maps what was touched: a walk by the second table is none before.
    ...process(9),
    a32.load({ t: 5, n: 0, size: 4 }),
  ];
  const invalidate: Code[] = [a32.dsb(), a32.tlbi('all', 5), a32.dsb(), a32.isb()];
  const useOf = (n: number): Code[] =>
    use === 'call' ? [a32.call(n)] : [a32.load({ t: 5, n, size: 4 }), a32.addRegister(6, 6, 5)];
  const round = [
    process(8),
    store(3, 2),
    store(3, 12),
    ...invalidate,
    ...useOf(0),
    ...useOf(1),
    process(9),
    store(4, 2),
    ...useOf(0),
    ...invalidate,
    store(4, 12),
    ...useOf(0),
    ...useOf(1),
    process(8),
    store(3, 2),
    ...useOf(0),
  ].flat(2);
  image.code(BASE, [...setUp.flat(), ...round, ...a32.loop(10, 2 * round.length), ...a32.stop()]);
  return image;
}

const ways = waysOver(FUNCTIONS, BigInt(TARGET), { pa: ROOTS[0], bytes: 0x1_0000, kind: 'access' });

/** Of each round: the page that was changed is used fresh, stale, behind the TLBI and stale again; the other fresh, and changed behind the TLBI. */
const sums = {
  'tlb@2': ROUNDS * (1 + 1 + 16 + 16 + 1 + 16),
  'tlb@3': ROUNDS * (1 + 1 + 16 + 16 + 1 + 1),
};

describe.each([onCortexA15, onCortexA57])('$host', ({ a32: bench }) => {
  describe.each(Object.entries(others))('%s', (_name, other) => {
    it.each([
      ['load', 'tlb@2'],
      ['load', 'tlb@3'],
      ['call', 'tlb@2'],
      ['call', 'tlb@3'],
    ] as const)('a %s by %s', (use, behaviour) => {
      const olderBehaviours = behaviour === 'tlb@2' ? [behaviour] : [];
      expectInAllWays(ways, bench, guest(other, use), { places: PLACES, sum: sums[behaviour], olderBehaviours });
    });
  });
});
