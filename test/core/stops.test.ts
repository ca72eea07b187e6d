// Stops before an instruction by virtual address, by level and by address space; and that what they do not touch stays translated.
import { describe, expect, it } from 'vitest';
import * as cells from '../../src/core/state/cells.ts';
import { CODE, machine64, UPPER } from './machine64.fixture.ts';

const LOOP = 0x1400_0000;
const NOP = 0xd503_201f;
const RET = 0xd65f_03c0;
const BLR_X1 = 0xd63f_0020;
const BLR_X2 = 0xd63f_0040;
const SUBS_X0_X0_1 = 0xf100_0400;
const ADD_X3_X3_1 = 0x9100_0463;
const B_NE_BACK_3 = 0x54ff_ffa1;
const SVC = 0xd400_0001;
const ISB = 0xd503_3fdf;
const TLBI_VMALLE1 = 0xd508_871f;
const STR_X5_X6 = 0xf900_00c5;
/** Tables of machine64. */
const LEVEL3 = 0xe000;
const PAGE = 3n | (3n << 8n) | (1n << 10n);

/** A page of functions: nop; add x3, x3, #1; ret, at two physical places. */
const FUNCTIONS = 0x1000;
const OTHERS = 0x2000;

describe.each([0, 1, Number.POSITIVE_INFINITY])('with %d evaluations of a block', (evaluations) => {
  const made = (setting: Parameters<typeof machine64>[0]) => {
    const m = machine64(setting);
    m.engine.bounds.evaluations = evaluations;
    for (const page of [FUNCTIONS, OTHERS]) m.cpu.u32.set([NOP, ADD_X3_X3_1, RET], (cells.HOST_MEMORY + page) >>> 2);
    return { ...m, at: () => [m.cpu.icount, m.cpu.pc] };
  };
  // 1: blr x1; subs x0, x0, #1; blr x2; b.ne 1b
  const calling = [BLR_X1, SUBS_X0_X0_1, BLR_X2, B_NE_BACK_3, LOOP];
  const aliases = () => made({ code: calling, x: { 0: 20, 1: FUNCTIONS, 2: UPPER + BigInt(FUNCTIONS) } });

  it('by virtual address: not at other addresses of the same memory, at every one of this', () => {
    const m = aliases();
    m.run(60);
    m.engine.stopBefore([{ va: UPPER + BigInt(FUNCTIONS + 4) }]);
    for (let n = 6; n < 20; n++) {
      expect([m.run(100), ...m.at()]).toEqual(['place', 10 * n + 7, UPPER + BigInt(FUNCTIONS + 4)]);
    }
    expect(m.run(100)).toBe('count');
    expect(m.cpu.x(3)).toBe(40n);
  });

  it('in memory that is mapped there only later', () => {
    // 1: blr x1; str x5, [x6]; tlbi; isb; blr x1; b .
    const code = [BLR_X1, STR_X5_X6, TLBI_VMALLE1, ISB, BLR_X1, LOOP];
    const at = 0x3_0000;
    const m = made({ code, x: { 1: at, 5: BigInt(OTHERS) | PAGE, 6: LEVEL3 + 8 * (at >>> 12) } });
    m.cpu.set64(cells.HOST_MEMORY + LEVEL3 + 8 * (at >>> 12), BigInt(FUNCTIONS) | PAGE);
    m.engine.stopBefore([{ va: BigInt(at + 4) }]);
    expect([m.run(100), ...m.at()]).toEqual(['place', 2, BigInt(at + 4)]);
    expect([m.run(100), ...m.at()]).toEqual(['place', 9, BigInt(at + 4)]);
    expect([m.run(100), m.cpu.x(3)]).toEqual(['count', 2n]);
  });

  it('at EL0, or at EL1, or at both', () => {
    const stopsOf = (el: 0 | 1, place: object) => {
      const m = made({ code: [NOP, NOP, SVC, LOOP], el });
      m.engine.stopBefore([{ va: BigInt(CODE + 4), ...place }]);
      return m.run(20);
    };
    expect(stopsOf(0, { el: 0 })).toBe('place');
    expect(stopsOf(0, {})).toBe('place');
    expect(stopsOf(0, { el: 1 })).toBe('count');
    expect(stopsOf(1, { el: 1 })).toBe('place');
    expect(stopsOf(1, { el: 0 })).toBe('count');
  });

  it('in one address space', () => {
    const here = made({ code: [NOP, NOP, LOOP] });
    const context = here.read('TTBR0_EL1');
    here.engine.stopBefore([
      { va: BigInt(CODE + 4), context: context | (1n << 48n) },
      { pa: CODE + 8, context },
    ]);
    expect([here.run(20), ...here.at()]).toEqual(['place', 2, BigInt(CODE + 8)]);
  });

  it('where it is passed over, each time and for good', () => {
    const m = aliases();
    m.engine.stopBefore([{ pa: FUNCTIONS + 4, el: 0 }]);
    expect(m.run(300)).toBe('count');
    expect(m.cpu.x(3)).toBe(40n);
  });

  it('again at the vector of an instruction that it stopped before, at the same count', () => {
    const m = made({ code: [NOP, 0, LOOP] });
    const vector = 0x4200;
    m.engine.stopBefore([{ pa: CODE + 4 }, { va: BigInt(vector) }]);
    expect([m.run(20), ...m.at()]).toEqual(['place', 1, BigInt(CODE + 4)]);
    expect([m.run(20), ...m.at()]).toEqual(['place', 1, BigInt(vector)]);
    // Which is a loop.
    expect([m.run(20), ...m.at()]).toEqual(['place', 2, BigInt(vector)]);
  });
});

it('a change drops code that goes over a place, and no other', () => {
  const m = machine64({ code: [BLR_X1, SUBS_X0_X0_1, BLR_X1, B_NE_BACK_3, LOOP], x: { 0: 50, 1: FUNCTIONS } });
  m.engine.bounds.evaluations = 0;
  m.cpu.u32.set([NOP, ADD_X3_X3_1, RET], (cells.HOST_MEMORY + FUNCTIONS) >>> 2);
  m.run(100);
  const { modules } = m.engine.translated;
  m.engine.stopBefore([{ va: BigInt(FUNCTIONS + 4) }, { va: 0x7777_0000n }, { va: UPPER }]);
  // What is mapped there is not known yet.
  expect(m.engine.droppedForStops).toBe(0);
  expect(m.run(20)).toBe('place');
  expect(m.engine.droppedForStops).toBe(1);
  // A change of what is known: the same page again, and nothing of the caller's.
  m.engine.stopBefore([{ va: BigInt(FUNCTIONS + 4) }, { va: BigInt(FUNCTIONS + 8) }]);
  expect(m.run(20)).toBe('place');
  m.engine.stopBefore([]);
  expect(m.run(50)).toBe('count');
  expect(m.engine.translated.modules - modules).toBeLessThan(8);
  expect(m.cpu.x(3)).toBeGreaterThan(30n);
});
