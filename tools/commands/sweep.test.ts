import { existsSync, readdirSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { busyGuest, hypertape, jsonOf, Running, WorkFolder } from '../session/command-line.fixture.ts';
import { sweep } from '../sweeping/sweep.ts';

const work = new WorkFolder();
afterAll(() => work.remove());

const race = (arch: string) => [
  '--guest',
  `demo-race-${arch}`,
  '--smp',
  '2',
  '--memory',
  '32M',
  '--board',
  'virt@1',
  '--max-icount',
  '1M',
];

describe('sweep', () => {
  it('finds a lost update and a lost wake-up, and keeps their tapes alone, which replay', () => {
    const lines = work.write('races.txt', 'race=counter\nrace=wakeup\n');
    const folder = work.file('found');
    const args = ['sweep', '--seeds', '1..2', '--vary', 'schedule', '--vary', `append=${lines}`, '-o', folder];
    const finished = hypertape([...args, '--json', '--', ...race('arm64')]);
    expect(finished).toMatchObject({ status: 1, stderr: '' });
    expect(jsonOf(finished)).toMatchObject({
      planned: 4,
      runs: 4,
      outcomes: { poweroff: 2, reset: 1, stuck: 1 },
      findings: [
        { seed: 1, append: 'race=counter', outcome: 'reset', tape: `${folder}/line-1-seed-1-reset.tape` },
        { seed: 2, append: 'race=wakeup', outcome: 'stuck', tape: `${folder}/line-2-seed-2-stuck.tape` },
      ],
    });
    expect(readdirSync(folder).sort()).toEqual(['line-1-seed-1-reset.tape', 'line-2-seed-2-stuck.tape']);
    const replayed = jsonOf(hypertape(['replay', `${folder}/line-1-seed-1-reset.tape`, '--json']));
    expect(replayed).toMatchObject({ verified: true, outcome: 'reset' });
    expect(hypertape([...args, '--', ...race('arm64')])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('there is something in that folder already'),
    });
  });

  it('finds a deadlock, and keeps no more tapes than it should', () => {
    const folder = work.file('locks');
    const options = ['--seeds', '2..3', '--keep', '1', '--jobs', '1', '-o', folder];
    const finished = hypertape(['sweep', ...options, '--', ...race('armv7'), '--append', 'race=deadlock']);
    expect(finished.status).toBe(1);
    expect(finished.stdout).toMatch(/limit +2\n/);
    expect(finished.stdout).toMatch(/2 findings in 2 runs, .*; tapes kept: 1 /);
    expect(readdirSync(folder)).toEqual(['seed-2-limit.tape']);
  });

  it('has no finding where all is as the user says, by outcomes, text or rules', () => {
    const rules = work.write('rules.json', '{"rules":[{"name":"some","count":{"table":"exits"},"atMost":1}]}');
    const swept = (name: string, ...options: string[]) =>
      hypertape([
        'sweep',
        '--seeds',
        '0..0',
        '-o',
        work.file(name),
        ...options,
        '--',
        ...race('arm64'),
        '--append',
        'race=counter',
      ]);
    expect(swept('asked', '--expect-exit', 'poweroff,reset')).toMatchObject({ status: 0 });
    expect(swept('text', '--until', 'never shown').stdout).toMatch(/^seed-0: poweroff/m);
    const broken = swept('rules', '--rules', rules);
    expect([broken.status, broken.stdout]).toEqual([
      1,
      expect.stringMatching(/^seed-0: breach .*some: .*seed-0-breach/m),
    ]);
  });

  it('is ended by a signal, and leaves nothing unfinished', async () => {
    const folder = work.file('ended');
    const guest = work.code('busy', busyGuest);
    const running = new Running(['sweep', '--seeds', '1..9', '--vary', 'entropy', '-o', folder, '--', ...guest]);
    await running.until(() => existsSync(folder) && readdirSync(folder).length > 0);
    running.process.kill('SIGINT');
    const { status, stderr } = await running.finished;
    expect([status, stderr]).toEqual([2, expect.stringMatching(/interrupted after 0 of 9 runs/)]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    [{}, [], /^what is to be recorded\?/],
    [{}, ['--smp', '2', '--schedule-seed=4'], /^--schedule-seed behind --: the sweep gives/],
    [{ until: 'x' }, ['--until', 'y'], /^--until behind --/],
    [{}, ['-o', 'x'], /^-o behind --/],
    [{}, ['--guest', 'demo-arm64'], /give --smp 2 or more/],
    [{ jobs: '0' }, ['--smp', '2'], /^--jobs 0: between/],
  ])('with %j, of %j, is refused', async (more, record, message) => {
    const args = { seeds: '1..2', keep: '1', output: work.file('refused'), json: false, ...more };
    await expect(sweep(args, record)).rejects.toThrow(message);
  });
});
