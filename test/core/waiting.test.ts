// Hot blocks that wait to be translated with others: what happens to their code meanwhile happens to it as ever.
import { describe, expect, it } from 'vitest';
import * as cells from '../../src/core/state/cells.ts';
import { CODE, machine64 } from './machine64.fixture.ts';

const LOOP = 0x1400_0000;
const RET = 0xd65f_03c0;
const BL_4 = 0x9400_0004;
const SUBS_X0_X0_1 = 0xf100_0400;
const B_NE_BACK_2 = 0x54ff_ffc1;
const ADD_X3_X3_1 = 0x9100_0463;
const ADD_X3_X3_2 = 0x9100_0863;
const BLR_X1 = 0xd63f_0020;
const BLR_X2 = 0xd63f_0040;
const B_NE_BACK_3 = 0x54ff_ffa1;
const ROUNDS = 60;
/** Of `calling`: the function's first instruction. */
const FUNCTION = CODE + 16;

/** Calls a function of its own page for so many rounds, of five instructions each; at most so many evaluations are waits. */
function calling(waitsAModule: number) {
  const m = machine64({
    code: [BL_4, SUBS_X0_X0_1, B_NE_BACK_2, LOOP, ADD_X3_X3_1, RET],
    x: { 0: ROUNDS },
  });
  Object.assign(m.engine.bounds, { evaluations: 1, waitingMax: 1000, waitsAModule });
  return m;
}

/** What is translated of a guest that calls two functions in turn, where so many blocks wait at most. */
function translatedOf(first: number, second: number, waitingMax: number) {
  const m = machine64({
    code: [BLR_X1, BLR_X2, SUBS_X0_X0_1, B_NE_BACK_3, LOOP],
    x: { 0: ROUNDS, 1: first, 2: second },
  });
  for (const at of [first, second]) m.cpu.u32.set([ADD_X3_X3_1, RET], (cells.HOST_MEMORY + at) >>> 2);
  Object.assign(m.engine.bounds, { evaluations: 1, waitingMax });
  expect(m.run(8 * ROUNDS)).toBe('count');
  expect(m.cpu.x(3)).toBe(BigInt(2 * ROUNDS));
  return m.engine.translated;
}

it('those of several pages share a module', () => {
  const modulesOf = (waitingMax: number): number => translatedOf(0x1000, 0x2000, waitingMax).modules;
  expect(modulesOf(1)).toBeGreaterThan(2);
  expect(modulesOf(3)).toBeLessThan(modulesOf(1));
});

it('those of a page share a region', () => {
  const regionsOf = (waitingMax: number): number => translatedOf(0x1000, 0x1800, waitingMax).regions;
  const apart = regionsOf(1);
  expect(regionsOf(5)).toBeLessThan(apart);
});

// The rounds before leave blocks that wait; those after are more than it takes to translate them.
describe.each([8, 20, 31])('with %d waits', (waits) => {
  const BEFORE = 20;

  it('a run stops before one', () => {
    const m = calling(waits);
    m.run(BEFORE);
    m.engine.stopBefore([{ va: BigInt(FUNCTION) }]);
    for (let round = BEFORE / 5; round < ROUNDS; round++) {
      expect([m.run(5 * ROUNDS), m.cpu.pc, m.cpu.icount]).toEqual(['place', BigInt(FUNCTION), 5 * round + 1]);
    }
    expect(m.engine.translated.modules).toBeGreaterThan(0);
  });

  it('one is written to', () => {
    const m = calling(waits);
    m.run(BEFORE);
    const pa = cells.HOST_MEMORY + FUNCTION;
    m.cpu.u32[pa >>> 2] = ADD_X3_X3_2;
    m.engine.wrote(FUNCTION, 4);
    m.run(5 * ROUNDS);
    expect(m.cpu.x(3)).toBe(BigInt(BEFORE / 5 + 2 * (ROUNDS - BEFORE / 5)));
    expect(m.engine.translated.modules).toBeGreaterThan(0);
  });

  it('all code is dropped', () => {
    const m = calling(waits);
    m.run(BEFORE);
    m.engine.code.flush();
    m.run(5 * ROUNDS);
    expect(m.cpu.x(3)).toBe(BigInt(ROUNDS));
    expect(m.engine.translated.modules).toBeGreaterThan(0);
  });
});
