import { afterAll, describe, expect, it } from 'vitest';
import { WorkFolder } from '../session/command-line.fixture.ts';
import { planOf } from './plan.ts';

const work = new WorkFolder();
afterAll(() => work.remove());

const runsOf = (seeds: string | undefined, vary: readonly string[]) => {
  const plan = planOf(seeds, vary);
  return Array.from({ length: plan.length }, (_, i) => plan.at(i));
};

describe('a plan', () => {
  it('has a run a seed, by default of the schedule', () => {
    expect(runsOf('0x7..8', [])).toEqual([
      { name: 'seed-7', what: { seed: 7n }, options: ['--schedule-seed', '7'] },
      { name: 'seed-8', what: { seed: 8n }, options: ['--schedule-seed', '8'] },
    ]);
    expect(runsOf('3..3', ['schedule', 'entropy'])).toEqual([
      { name: 'seed-3', what: { seed: 3n }, options: ['--schedule-seed', '3', '--entropy-seed', '3'] },
    ]);
  });

  it('has each of all that varies with each of the others, under names of their own', () => {
    const file = work.write('lines.txt', '# command lines\nquiet\n\n debug nosmp\r\n');
    const runs = runsOf('1..2', [`append=${file}`, 'policy', 'entropy']);
    expect(runs.length).toBe(2 * 3 * 2);
    expect(new Set(runs.map(({ name }) => name)).size).toBe(12);
    expect(runs.at(-1)).toEqual({
      name: 'line-4-bhyve-2018-seed-2',
      what: { append: ' debug nosmp', policy: 'bhyve-2018', seed: 2n },
      options: ['--append= debug nosmp', '--timer-policy', 'bhyve-2018', '--entropy-seed', '2'],
    });
    expect(planOf(undefined, [`append=${file}`]).varied).toEqual(['--append']);
  });

  it.each([
    [undefined, [], /^missing: --seeds/],
    ['5', [], /^--seeds 5: give the first and the last/],
    ['1..2..3', [], /^--seeds 1..2..3: give the first/],
    ['2..1', [], /^--seeds 2..1: the last is less than the first$/],
    ['1..x', [], /^--seeds x: give a number/],
    ['0..1000000', [], /^--seeds: 1000001 runs; a sweep has at most/],
    ['0..18446744073709551615', [], /^--seeds: \d+ runs/],
    ['1..2', ['policy'], /^--seeds: nothing has a seed/],
    ['1..2', ['clock'], /^--vary clock: give schedule, entropy, policy or append=FILE/],
    ['1..2', ['entropy', 'entropy'], /^--vary entropy: give/],
    [undefined, ['append='], /^--vary append=: give a file/],
    [undefined, ['append=/no/such/file'], /^--vary append= \/no\/such\/file: /],
  ] as const)('of --seeds %s and --vary %s is refused', (seeds, vary, message) => {
    expect(() => planOf(seeds, vary)).toThrow(message);
  });
});
