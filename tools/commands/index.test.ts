import { readFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { dotsGuest, hypertape, jsonOf, Running, WorkFolder } from '../session/command-line.fixture.ts';

const work = new WorkFolder();
afterAll(() => work.remove());

test('a tape loses its checkpoints, gets them again, and gets its exits back', () => {
  const [tape, stripped, inputs, full] = ['a', 'stripped', 'inputs', 'full'].map((name) => work.file(name)) as [
    string,
    string,
    string,
    string,
  ];
  const record = (path: string, ...more: string[]) =>
    hypertape(['record', '--guest', 'demo-arm64', '-o', path, '--console', 'none', '--reproducible', ...more]);
  const every = ['--checkpoint-every', '1M'];
  const recorded = record(tape, ...every);
  expect(recorded).toMatchObject({ status: 0, stderr: expect.stringMatching(/ and 5 checkpoints in \d/) });
  const bytes = readFileSync(tape);
  expect(jsonOf(hypertape(['info', tape, '--json']))).toMatchObject({
    checkpoints: { total: 5, icounts: { first: 25_197_366 } },
    integrity: { summary: 'whole' },
  });
  const strip = hypertape(['strip', tape, '-o', stripped, '--json']);
  expect(jsonOf(strip)).toMatchObject({ checkpointsLeftOut: 5 });
  expect(hypertape(['info', stripped]).stdout).toContain('checkpoints  none ("hypertape index" makes some');
  expect(jsonOf(hypertape(['index', stripped, ...every, '--json']))).toMatchObject({ verified: true, checkpoints: 5 });
  expect(readFileSync(stripped).equals(bytes)).toBe(true);

  expect(record(inputs, '--level', 'inputs', '--no-checkpoints').status).toBe(0);
  expect(hypertape(['retrace', inputs, '-o', full, ...every])).toMatchObject({ status: 0, stdout: '' });
  expect(readFileSync(full).equals(bytes)).toBe(true);
});

test('a flight recorder keeps the end of a run, and writes it when a signal ends it', async () => {
  const tape = work.file('kept');
  const guest = work.code('endless', dotsGuest);
  const running = new Running(['record', ...guest, '-o', tape, '--keep-last', '20us', '--json']);
  await running.until(() => running.texts.stderr.length > 100_000);
  running.process.kill('SIGTERM');
  const { status, stdout } = await running.finished;
  expect({ status, outcome: JSON.parse(stdout) as object }).toMatchObject({
    status: 3,
    outcome: { outcome: 'interrupted' },
  });
  const { begin, icounts } = jsonOf(hypertape(['info', tape, '--json'])) as {
    begin: { icount: number };
    icounts: { last: number };
  };
  const kept = icounts.last - begin.icount;
  expect(kept).toBeGreaterThanOrEqual(20_000);
  expect(kept).toBeLessThan(26_000);
  expect(jsonOf(hypertape(['replay', tape, '--console', 'none', '--json']))).toMatchObject({
    verified: true,
    complete: true,
  });
  expect(hypertape(['info', tape]).stdout).toMatch(/^begins +at a checkpoint, icount \d/m);
});

test.each([
  [['record', '--guest', 'demo-arm64', '-o', 'NEW', '--keep-last', '0'], /--keep-last 0: give a time such as 60s/],
  [
    ['record', '--guest', 'demo-arm64', '-o', 'NEW', '--keep-last', '1s', '--no-checkpoints'],
    /--keep-last: has checkpoints/,
  ],
  [['index', 'TAPE', '-o', 'TAPE'], /--output .*: that is the tape too/],
  [['retrace', 'TAPE', '-o', 'NEW'], /it has every exit already; there is nothing to retrace/],
  [['index', 'TAPE', '--checkpoint-every', '0'], /--checkpoint-every 0: give a number of instructions/],
  [['index', 'TAPE', '--checkpoint-every', 'often'], /--checkpoint-every often: give a number/],
  [
    ['record', '--guest', 'demo-arm64', '-o', 'NEW', '--no-checkpoints', '--checkpoint-every', '1M'],
    /exclude each other/,
  ],
  [['strip', 'NEW', '-o', 'OTHER'], /cannot read .*: there is no such file/],
])('%j: one line', (args, what) => {
  const names: Record<string, string> = { TAPE: work.file('a'), NEW: work.file('new'), OTHER: work.file('other') };
  const { status, stdout, stderr } = hypertape(args.map((word) => names[word] ?? word));
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toMatch(what);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});
