import { afterAll, expect, test } from 'vitest';
import { echoGuest, hypertape, jsonOf, WorkFolder } from './command-line.fixture.ts';

const work = new WorkFolder();
afterAll(() => work.remove());

const DEMO = ['--guest', 'demo-arm64'];
const echo = work.code('echo', echoGuest);

test.each([
  { stop: ['--until', 'simd:'], outcome: 'until', status: 0 },
  { stop: ['--until', 'never this'], outcome: 'poweroff', status: 3 },
  { stop: ['--max-icount', '1,234,567'], outcome: 'limit', status: 3 },
])('stops at $stop', ({ stop, outcome, status }) => {
  const tape = work.file(`${outcome}.tape`);
  const recorded = hypertape(['record', ...DEMO, '-o', tape, '--json', ...stop]);
  expect(recorded.status).toBe(status);
  const { icount, ...json } = jsonOf(recorded);
  expect(json.outcome).toBe(outcome);
  if (outcome === 'until') expect(recorded.stderr.endsWith('simd:')).toBe(true);
  else if (outcome === 'limit') expect(icount).toBe(1234567);
  else
    expect(recorded.stderr).toMatch(/--until never this: the console never showed it, up to icount [\d,]+ \(.*\)\n$/);
  expect(jsonOf(hypertape(['replay', tape, '--json']))).toMatchObject({ verified: true, complete: true, icount });
});

test('a guest that waits for input gets what comes, whole; without any it ends as halted', () => {
  const tape = work.file('echo.tape');
  const typed = `${'The quick brown fox jumps over the lazy dog. '.repeat(50).replaceAll('q', 'Q')}q`;
  const recorded = hypertape(['record', ...echo, '-o', tape], typed);
  expect(recorded).toMatchObject({ status: 0, stdout: typed });
  expect(hypertape(['replay', tape])).toMatchObject({ status: 0, stdout: typed });
  const alone = hypertape(['run', ...echo, '--json']);
  expect(alone.status).toBe(3);
  expect(jsonOf(alone).outcome).toBe('halt');
});

test('input at an instruction count wakes a guest that has no timer', () => {
  const script = work.write('at.txt', 'at 5000 send ab\\n\nat 1000000000 send q\\r\n');
  const tape = work.file('at.tape');
  expect(hypertape(['record', ...echo, '-o', tape, '--input', script])).toMatchObject({ status: 0, stdout: 'ab\nq' });
  expect(hypertape(['replay', tape])).toMatchObject({ status: 0, stdout: 'ab\nq' });
});
