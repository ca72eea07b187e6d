import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import {
  echoGuest,
  hypertape,
  jsonOf,
  Running,
  randomGuest,
  slowGuest,
  throughShell,
  WorkFolder,
} from '../session/command-line.fixture.ts';

const work = new WorkFolder();
afterAll(() => work.remove());

const DEMO = ['--guest', 'demo-arm64'];
const endless = work.code('endless', randomGuest);
const tapeBytes = (path: string): number => (existsSync(path) ? statSync(path).size : 0);
/** Enough of a tape to hold several frames of events. */
const SOME_FRAMES_BYTES = 1500;

test('records the demo guest; two recordings are the same bytes; the replay is the same run', () => {
  const [a, b] = [work.file('a.tape'), work.file('b.tape')];
  const recorded = hypertape(['record', ...DEMO, '-o', a, '--reproducible', '--json']);
  expect(recorded.status).toBe(0);
  const shown = recorded.stderr.split('\n').filter((line) => !line.startsWith('machine:'));
  const expected = readFileSync(new URL('../guests/demo-arm64/console.txt', import.meta.url), 'utf8');
  expect(shown.join('\n').replaceAll('\r', '')).toBe(expected);
  const json = jsonOf(recorded);
  expect(json).toMatchObject({ outcome: 'poweroff', tapeBytes: tapeBytes(a) });
  const { total, byClass } = json.exits as { total: number; byClass: Record<string, number> };
  expect(Object.values(byClass).reduce((sum, count) => sum + count, 0)).toBe(total);
  expect(byClass).toHaveProperty('DABT_LOW');
  for (const key of ['icount', 'instructions', 'virtualNs', 'wallMs', 'mips', 'events'])
    expect(json[key]).toBeGreaterThan(0);

  const again = hypertape(['record', ...DEMO, '--output', b, '--reproducible']);
  expect(again.status).toBe(0);
  expect(again.stderr).toContain('poweroff');
  expect(work.read('a.tape').equals(work.read('b.tape'))).toBe(true);

  const replayed = hypertape(['replay', a, '--json']);
  expect(replayed.status).toBe(0);
  const { stateHash, consoleSha256, events: eventsChecked } = json;
  const same = { stateHash, consoleSha256, eventsChecked };
  expect(jsonOf(replayed)).toMatchObject({ verified: true, complete: true, outcome: 'poweroff', ...same });
});

test('a script types; --level inputs keeps only what a replay needs', () => {
  const script = work.write('type.txt', '# asks for help\nexpect demo>\nsend help\nexpect demo>\nsend off\n');
  const tape = work.file('typed.tape');
  const recorded = hypertape(['record', ...DEMO, '-o', tape, '--input', script, '--level', 'inputs']);
  expect(recorded.status).toBe(0);
  expect(recorded.stdout).toMatch(/demo> help\r?\nhelp: .*\r?\ndemo> off/);
  const events = hypertape(['events', tape, '--json']).stdout.trim().split('\n');
  const kinds = events.map((line) => (JSON.parse(line) as { event: string }).event);
  expect(kinds.filter((kind) => kind !== 'state-hash')).toEqual(['console-in', 'console-in', 'run-end']);
  expect(hypertape(['replay', tape]).stdout).toBe(recorded.stdout);
});

const slow = work.code('slow', slowGuest);

test('a recording that is killed leaves a tape up to less than two seconds ago, that replays and can be repaired', async () => {
  const tape = work.file('killed.tape');
  const recording = new Running(['record', ...slow, '-o', tape]);
  await recording.until(() => tapeBytes(tape) > 0);
  const bytes = tapeBytes(tape);
  await recording.until(() => tapeBytes(tape) > bytes);
  const first = tapeBytes(tape);
  await recording.until(() => tapeBytes(tape) > first);
  recording.process.kill('SIGKILL');
  await recording.finished;
  const info = hypertape(['info', tape, '--json']);
  expect(info.status).toBe(0);
  expect(jsonOf(info)).toMatchObject({ integrity: { complete: false, damagedFrames: [] }, end: null });
  expect(info.stderr).toMatch(/cut off at offset \d+, after frame \d+/);
  const { total } = jsonOf(info).events as { total: number };
  expect(total).toBeGreaterThan(100);
  const replayed = hypertape(['replay', tape, '--json']);
  expect(replayed.status).toBe(0);
  expect(jsonOf(replayed)).toMatchObject({ verified: true, complete: false, eventsChecked: total });
  expect(replayed.stderr).toContain('cut off');
  const repaired = work.file('repaired.tape');
  expect(jsonOf(hypertape(['repair', tape, '-o', repaired, '--json']))).toMatchObject({ events: total, end: 'open' });
  expect(jsonOf(hypertape(['replay', repaired, '--json']))).toMatchObject({
    verified: true,
    complete: true,
    eventsChecked: total + 1,
  });
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s ends a recording cleanly', async (signal) => {
  const tape = work.file(`${signal}.tape`);
  const recording = new Running(['record', ...endless, '-o', tape, '--json']);
  await recording.until(() => tapeBytes(tape) > SOME_FRAMES_BYTES);
  recording.process.kill(signal);
  recording.process.kill(signal);
  const finished = await recording.finished;
  expect(finished.status).toBe(3);
  expect(jsonOf(finished)).toMatchObject({ outcome: 'interrupted', tapeBytes: tapeBytes(tape) });
  expect(jsonOf(hypertape(['replay', tape, '--json']))).toMatchObject({ verified: true, complete: true });
});

test('what a guest did before it waits for its user outlives a kill, though no frame of it was whole', async () => {
  const tape = work.file('waiting.tape');
  const recording = new Running(['record', ...work.code('echo', echoGuest), '-o', tape], 'pipe');
  recording.process.stdin?.write('typed');
  await recording.until(() => tapeBytes(tape) > 0);
  const begun = tapeBytes(tape);
  // There are far fewer events than a frame holds: what comes is the tail.
  await recording.until(() => tapeBytes(tape) > begun);
  recording.process.kill('SIGKILL');
  await recording.finished;
  const info = jsonOf(hypertape(['info', tape, '--json']));
  expect(info).toMatchObject({ integrity: { complete: false, damagedFrames: [] }, end: null });
  const { byClass, total } = info.events as { byClass: Record<string, number>; total: number };
  expect(byClass['console-in']).toBeGreaterThan(0);
  expect(byClass['console-out'] ?? byClass['mmio-write']).toBeGreaterThan(0);
  const replayed = hypertape(['replay', tape, '--json']);
  expect(jsonOf(replayed)).toMatchObject({ verified: true, complete: false, eventsChecked: total });
});

test('SIGPIPE saves what there is, and ends nothing', async () => {
  const tape = work.file('pipe.tape');
  const recording = new Running(['record', ...slow, '-o', tape, '--json']);
  await recording.until(() => tapeBytes(tape) > 0);
  const bytes = tapeBytes(tape);
  while (tapeBytes(tape) === bytes) {
    recording.process.kill('SIGPIPE');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  recording.process.kill('SIGTERM');
  expect(await recording.finished).toMatchObject({ status: 3 });
  expect(jsonOf(hypertape(['replay', tape, '--json']))).toMatchObject({ verified: true, complete: true });
});

test.each([
  ['a missing folder', work.file('none/x.tape')],
  ['a folder', work.path],
  ['a full disk', '/dev/full'],
])('a tape cannot be written to %s: one line, nothing left', (_, path) => {
  const before = readdirSync(work.path);
  const { status, stdout, stderr } = hypertape(['record', ...DEMO, '-o', path]);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toMatch(/^hypertape: cannot write .*\n$/);
  expect(readdirSync(work.path)).toEqual(before);
});

test('a disk that fills up later leaves what was recorded', () => {
  const tape = work.file('full.tape');
  const { status, stderr } = throughShell('ulimit -f 2; exec "$@"', ['record', ...endless, '-o', tape]);
  expect(status).toBe(2);
  expect(stderr).toMatch(/^hypertape: cannot go on writing .*; the tape replays up to icount \d+.*\n$/);
  expect(jsonOf(hypertape(['replay', tape, '--json']))).toMatchObject({ verified: true, complete: false });
});

test.each([
  ['text', 'no kernel\n'],
  ['an empty file', ''],
  ['a cut ELF', readFileSync(new URL('../guests/demo-arm64/demo-arm64.elf', import.meta.url)).subarray(0, 3000)],
  ['a cut gzip', Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1)],
])('%s is no kernel: one line, and an older tape stays', (name, data) => {
  const kernel = work.write(`${name}.kernel`, data);
  const tape = work.write('older.tape', 'an older tape');
  const before = readdirSync(work.path);
  const { status, stderr } = hypertape(['record', '--kernel', kernel, '-o', tape, '--force']);
  expect(status).toBe(2);
  expect(stderr).toMatch(/^hypertape: .*\.kernel.*\n$/);
  expect(work.read('older.tape').toString()).toBe('an older tape');
  expect(readdirSync(work.path)).toEqual(before);
});
