// Counters are read within translated code: what they tell follows from the count of the very instruction.
import { describe, expect, it } from 'vitest';
import * as cells from '../../src/core/state/cells.ts';
import { systemCounter } from '../../src/machine/clock.ts';
import { machine64 } from './machine64.fixture.ts';

const OFFSET = 0x1_2345_6789n;
const ITERATION = 5;
const code = [
  0xd53be040, // MRS X0, CNTVCT_EL0
  0xd503201f, // NOP
  0xd5033fdf, // ISB
  0xd53be021, // MRS X1, CNTPCT_EL0
  0x17fffffc, // B to the first
];
const NS_PER_S = 1_000_000_000;
/** 16 counts a tick; 3 ticks in 125 counts; more ticks than code works out by itself. */
const frequencies = [62_500_000, 24_000_000, 999_999_937];

describe.each(frequencies)('at %d Hz', (frequency) => {
  const counter = systemCounter(frequency);
  const counted = (icount: number): bigint => (BigInt(icount) * BigInt(frequency)) / BigInt(NS_PER_S);

  it.each([
    ['evaluated', Number.POSITIVE_INFINITY],
    ['translated', 0],
  ])('%s', (_, evaluations) => {
    for (const start of [0, 2 ** 32 - 7, 2 ** 45 + 3]) {
      const { cpu, engine, run } = machine64({ code, counter, registers: { CNTVOFF_EL2: OFFSET } });
      engine.bounds.evaluations = evaluations;
      cpu.icount = start;
      run(4);
      for (const iterations of [1, 7, 100]) {
        // The last one is at its MRS X1.
        run(iterations * ITERATION);
        expect(cpu.x(0)).toBe(BigInt.asUintN(64, counted(cpu.icount - 4) - OFFSET));
        expect(cpu.x(1)).toBe(counted(cpu.icount - 1));
      }
      expect(cpu.icount).toBe(start + 4 + 108 * ITERATION);
      expect(cpu.get64(cells.LOOKS)).toBe(BigInt(2 * 109));
    }
  });
});
