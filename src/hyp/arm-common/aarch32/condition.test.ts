import { describe, expect, it } from 'vitest';
import { Ec } from '../../../core/fields/esr.ts';
import { advanceIt, conditionHolds, conditionPassed } from './condition.ts';

const N = 1 << 31;
const Z = 1 << 30;
const C = 1 << 29;
const V = 1 << 28;
const SVC = 0x13;

describe('conditions', () => {
  it('are those of the Arm ARM', () => {
    /** By condition, EQ to AL and 15: the flags with which it holds, those with which it does not. */
    const cases: readonly (readonly [number, number])[] = [
      [Z, 0],
      [0, Z],
      [C, 0],
      [0, C],
      [N, 0],
      [0, N],
      [V, 0],
      [0, V],
      [C, C | Z],
      [Z | C, C],
      [N | V, N],
      [N, N | V],
      [N | V, N | V | Z],
      [Z, 0],
    ];
    cases.forEach(([holds, fails], cond) => {
      expect([conditionHolds(cond, holds), conditionHolds(cond, fails)], `condition ${cond}`).toEqual([true, false]);
    });
    expect([conditionHolds(14, 0), conditionHolds(15, 0)]).toEqual([true, true]);
  });

  it('stand in the syndrome, or in IT', () => {
    const eq = ((Ec.cp15_32 << 26) | (1 << 24)) >>> 0;
    expect([conditionPassed(eq, SVC | Z), conditionPassed(eq, SVC)]).toEqual([true, false]);
    const none = (Ec.cp15_32 << 26) >>> 0;
    // IT with NE as the next condition: IT[7:4] is 1.
    const it = SVC | (1 << 5) | (0x18 << 8);
    expect([conditionPassed(none, it), conditionPassed(none, it | Z), conditionPassed(none, SVC | Z)]).toEqual([
      true,
      false,
      true,
    ]);
    // AArch64 has no IT: these bits are others there.
    expect(conditionPassed(none, 0x3c5 | (0x18 << 8) | Z)).toBe(true);
  });

  it('do not matter to what is taken only if it passed', () => {
    expect(conditionPassed((Ec.hvc32 << 26) >>> 0, SVC)).toBe(true);
    expect(conditionPassed((Ec.dabtLow << 26) >>> 0, SVC)).toBe(true);
    const smc = ((Ec.smc32 << 26) | (1 << 24)) >>> 0;
    expect([conditionPassed(smc, SVC), conditionPassed(smc | (1 << 19), SVC)]).toEqual([true, false]);
  });
});

it('IT advances over both its parts', () => {
  const cpsr = (it: number): number => (SVC | (1 << 5) | ((it & 0xfc) << 8) | ((it & 3) << 25)) >>> 0;
  // ITETE LE, of four instructions.
  const steps = [0xdb, 0xd6, 0xcc, 0xd8, 0];
  for (let i = 0; i + 1 < steps.length; i++)
    expect(advanceIt(cpsr(steps[i] as number))).toBe(cpsr(steps[i + 1] as number));
  expect(advanceIt(cpsr(0) | Z)).toBe(cpsr(0) | Z);
});
