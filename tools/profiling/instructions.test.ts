import { expect, it } from 'vitest';
import { Failure } from '../../src/base/failure.ts';
import { countInstructions, instructionTable } from './instructions.ts';
import { ProfiledTape } from './profiled-tape.ts';

const TAPE = 'traces/golden/v3/demo-arm64.tape';

it('a stretch has as many instructions as counts', () => {
  const tape = new ProfiledTape(TAPE, { from: 'icount:1000', to: 'icount:31000' });
  const counts = countInstructions(tape, 'symbol');
  expect(counts).toMatchObject({ total: 30_000, from: 1000, to: 31_000, idle: 0 });
  expect(counts.rows[0]).toEqual({ key: 'mmu_init', count: 12_906, share: 12_906 / 30_000, instructions: 12_906 });
  const lines = instructionTable(counts, 'symbol', 2);
  expect(lines[2]).toMatch(/^ +mmu_init +12,906 +43\.02%$/);
  expect(lines.at(-1)).toBe('Total: 30,000 instructions, all of icount 1,000 to 31,000');
  expect(lines.join('\n')).toContain('8 more rows with 6,560 instructions');
});

it('the whole tape has idle time', () => {
  const counts = countInstructions(new ProfiledTape(TAPE, {}), 'task,stack');
  expect(counts.total).toBe(counts.to - counts.from - counts.idle);
  expect(counts.idle).toBeGreaterThan(0);
  expect(counts.rows[0]?.key).toBe('(no task);text_start;main;work_run');
});

it('refuses what instructions are not counted by', () => {
  expect(() => countInstructions(new ProfiledTape(TAPE, {}), 'device')).toThrow(Failure);
});
