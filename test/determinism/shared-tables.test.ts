// A guest with a kernel's half that is mapped non-global, whose table all its ASIDs share, changes descriptors of it with and without
// a TLBI of an ASID: by each version of the behaviour `tlb` it sees what that says, in whatever way it runs.
import { describe, it } from 'vitest';
import { a64 } from '../hyp/a64.fixture.ts';
import { arm64GicV3 } from '../hyp/guest.fixture.ts';
import type { Code } from '../hyp/isa.fixture.ts';
import { expectInAllWays, waysOver } from './maintenance-ways.fixture.ts';
import { GuestImage, GuestTables } from './tables.fixture.ts';

const BASE = 0x4008_0000;
const FUNCTIONS = BASE + 0x2000;
const DATA = BASE + 0x4000;
const LOWER = BASE + 0x1_0000;
const UPPER = BASE + 0x2_0000;
/** Of the upper range, without its high half; the second in the same table, or in another. */
const TARGET = 0x0040_0000;
const others = { 'a page of the same table': TARGET + 0x3000, 'a page of another table': TARGET + 0x20_0000 };
const A = 3;
const B = 4;
const ROUNDS = 20;
const PLACES = [301, 1_001, 3_001];

const word = (value: number): Code => [value & 0xffff, value >>> 16];
const storeHere = (t: number, n: number): Code => a64.store({ t, n, size: 4 });
/** ORR Xd, Xd, #0xffffffff00000000. */
const toUpper = (d: number): Code => word((0xb260_7c00 | (d << 5) | d) >>> 0);
/** MOVK Xd, #asid, LSL #48. */
const withAsid = (d: number, asid: number): Code => word((0xf2e0_0000 | (asid << 5) | d) >>> 0);

function guest(other: number, use: 'load' | 'call'): GuestImage {
  const image = new GuestImage(BASE, 0x4_0000);
  const lower = new GuestTables(image, 'vmsav8', LOWER);
  const upper = new GuestTables(image, 'vmsav8', UPPER);
  for (let at = BASE; at < BASE + 0x4_0000; at += 4096) lower.map(at, at);
  const [one, another] = use === 'load' ? [DATA, DATA + 4096] : [FUNCTIONS, FUNCTIONS + 4096];
  const attributes = { nonGlobal: true };
  const target = upper.map(TARGET, one, attributes);
  const near = upper.map(other, one, attributes);
  image.setWord(DATA, 1);
  image.setWord(DATA + 4096, 16);
  image.code(FUNCTIONS, [...a64.add(6, 6, 1), ...a64.ret()]);
  image.code(FUNCTIONS + 4096, [...a64.add(6, 6, 16), ...a64.ret()]);

  const setUp: Code[] = [
    // T0SZ and T1SZ 32, granules of 4 KiB.
    a64.li(5, 32 | (3 << 12) | (32 << 16)),
    // TG1.
    word(0xf2b0_0400 | 5),
    a64.writeSystem('TCR', 5),
    a64.li(5, 0xff),
    a64.writeSystem('MAIR', 5),
    a64.li(5, LOWER),
    a64.writeSystem('TTBR0', 5),
    a64.li(5, UPPER),
    a64.writeSystem('TTBR1', 5),
    a64.isb(),
    a64.readSystem('SCTLR', 5),
    a64.add(5, 5, 1),
    a64.writeSystem('SCTLR', 5),
    a64.isb(),
    ...[A, B, A].flatMap((asid) => [a64.li(5, LOWER), withAsid(5, asid), a64.writeSystem('TTBR0', 5), a64.isb()]),
    a64.li(0, TARGET),
    toUpper(0),
    a64.li(1, other),
    toUpper(1),
    a64.li(2, target),
    a64.li(12, near),
    a64.li(3, upper.descriptor(one, attributes)),
    a64.li(4, upper.descriptor(another, attributes)),
    a64.li(6, 0),
    a64.li(7, 0),
    withAsid(7, A),
    a64.li(10, ROUNDS),
  ];
  const invalidate: Code[] = [a64.dsb(), a64.tlbi('asid', 7), a64.dsb(), a64.isb()];
  const useOf = (n: number): Code[] =>
    use === 'call' ? [a64.call(n)] : [a64.load({ t: 5, n, size: 4 }), a64.addRegister(6, 6, 5)];
  const round = [
    storeHere(3, 2),
    storeHere(3, 12),
    ...invalidate,
    ...useOf(0),
    ...useOf(1),
    storeHere(4, 2),
    ...useOf(0),
    ...invalidate,
    storeHere(4, 12),
    ...useOf(0),
    ...useOf(1),
    storeHere(3, 2),
    ...useOf(0),
  ].flat();
  const before = setUp.flat();
  image.code(BASE, [...before, ...round, ...a64.loop(10, 2 * round.length), ...a64.stop()]);
  return image;
}

const ways = waysOver(FUNCTIONS, 0xffff_ffff_0040_0000n, { pa: UPPER, bytes: 0x1_0000, kind: 'access' });

/** Of each round: the page that was changed is used fresh, stale, behind the TLBI and stale again; the other fresh, and changed behind the TLBI. */
const sums = {
  'tlb@1': ROUNDS * (1 + 1 + 16 + 16 + 1 + 16),
  'tlb@2': ROUNDS * (1 + 1 + 16 + 16 + 1 + 1),
  'tlb@3': ROUNDS * (1 + 1 + 16 + 16 + 1 + 1),
};

describe.each(Object.entries(others))('%s', (_name, other) => {
  it.each([
    ['load', 'tlb@1'],
    ['load', 'tlb@2'],
    ['load', 'tlb@3'],
    ['call', 'tlb@1'],
    ['call', 'tlb@2'],
    ['call', 'tlb@3'],
  ] as const)('a %s by %s', (use, behaviour) => {
    const olderBehaviours = behaviour !== 'tlb@3' ? [behaviour] : [];
    expectInAllWays(ways, arm64GicV3, guest(other, use), { places: PLACES, sum: sums[behaviour], olderBehaviours });
  });
});
