import { describe, expect, it } from 'vitest';
import { CODE, machine } from '../architecture.fixture.ts';
import type { RunStop } from './engine.ts';

const SVC_MODE = 0x13;
/** Counts R0 down from 50 by way of a function; then a loop. */
const code = [
  0xe3a0_0032, // mov r0, #50
  0xe1a0_0000, // 1: nop
  0xeb00_0002, // bl 2f
  0xe350_0000, // cmp r0, #0
  0x1aff_fffb, // bne 1b
  0xeaff_fffe, // b .
  0xe1a0_0000, // 2: nop
  0xe240_0001, // sub r0, r0, #1: not where a block begins
  0xe12f_ff1e, // bx lr
];
const SUBTRACT = CODE + 28;
const FUNCTION = CODE + 24;

describe.each([0, 4])('stops before an instruction, with %i evaluations of a block', (evaluations) => {
  const at = (...addresses: number[]) => {
    const m = machine({ mode: SVC_MODE, code });
    m.engine.bounds.evaluations = evaluations;
    m.engine.stopBefore(new Set(addresses));
    return m;
  };

  it.each([
    ['the first of a function', FUNCTION, 3],
    ['one in the midst of a block', SUBTRACT, 4],
  ])('%s: each time, at its count', (_, address, first) => {
    const m = at(address);
    for (let n = 0; n < 50; n++) {
      expect(m.run(10_000)).toBe('place' satisfies RunStop);
      expect([m.pc, m.cpu.icount, m.r(0)]).toEqual([address, first + 7 * n, 50 - n]);
    }
    expect(m.run(1000)).toBe('count');
    expect(m.r(0)).toBe(0);
  });

  it('the first instruction of a run, and a count that ends where a stop is', () => {
    const m = at(CODE, SUBTRACT);
    expect([m.run(4), m.pc, m.cpu.icount]).toEqual(['place', CODE, 0]);
    expect([m.run(4), m.pc, m.cpu.icount]).toEqual(['count', SUBTRACT, 4]);
    expect([m.run(4), m.pc, m.cpu.icount]).toEqual(['place', SUBTRACT, 4]);
    expect([m.run(3), m.cpu.icount]).toEqual(['count', 7]);
  });

  it('code that is translated already; and none again', () => {
    const m = at();
    expect(m.run(200)).toBe('count');
    m.engine.stopBefore(new Set([SUBTRACT]));
    expect([m.run(100), m.pc]).toEqual(['place', SUBTRACT]);
    m.engine.stopBefore(new Set());
    expect(m.run(1000)).toBe('count');
    expect(m.r(0)).toBe(0);
  });
});

it('T32 code likewise, whose PC has bit 0 clear', () => {
  // movs r0, #3; 1: subs r0, #1; bne 1b; b .
  const m = machine({ mode: SVC_MODE, thumb: true, code: [0x2003, 0x3801, 0xd1fd, 0xe7fe] });
  m.engine.stopBefore(new Set([CODE + 4]));
  for (const left of [2, 1, 0]) {
    expect(m.run(100)).toBe('place');
    expect([m.r(0), m.pc & ~1]).toEqual([left, CODE + 4]);
  }
  expect(m.run(100)).toBe('count');
});
