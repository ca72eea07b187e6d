import { mkdirSync, readdirSync, watch } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { busyGuest, hypertape, Running, WorkFolder } from './command-line.fixture.ts';
import { Interrupts } from './interrupts.ts';

const work = new WorkFolder();
afterAll(() => work.remove());

const busy = work.code('busy', busyGuest);
const tape = work.file('parent.tape');
hypertape(['record', ...busy, '--max-icount', '40M', '-o', tape]);

// A signal in the moment in which the output is made: before the machine is, let alone runs.
test.each([
  ['record', [...busy, '-o'], 3, ['made']],
  ['fork', [tape, '--at', 'icount:30000000', '-o'], 2, []],
  ['index', [tape, '-o'], 2, []],
  ['replay', [tape, '--console'], 3, ['made']],
] as const)(
  '%s, asked to end as soon as its output is there, ends by itself and leaves nothing unfinished',
  async (verb, args, status, left) => {
    const folder = work.file(verb);
    mkdirSync(folder);
    const made = join(folder, 'made');
    const running = new Running([
      verb,
      ...args.slice(0, -1),
      args.at(-1) as string,
      verb === 'replay' ? `file:${made}` : made,
    ]);
    const watcher = watch(folder, () => {
      watcher.close();
      running.process.kill('SIGTERM');
    });
    const finished = await running.finished;
    expect({ ...finished, stdout: '' }).toMatchObject({ status });
    expect(readdirSync(folder)).toEqual(left);
  },
);

test('runs of one process watch for SIGPIPE by one handler, which is the last run’s', () => {
  const told: number[] = [];
  const watched = [0, 1, 2].map((n) => {
    const interrupts = new Interrupts();
    interrupts.onPipe = () => told.push(n);
    interrupts.close();
    return process.listenerCount('SIGPIPE');
  });
  process.emit('SIGPIPE');
  expect([new Set(watched).size, told]).toEqual([1, [2]]);
});
