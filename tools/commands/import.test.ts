import { afterAll, expect, test } from 'vitest';
import { hypertape, jsonOf, WorkFolder } from '../session/spawned.ts';

const work = new WorkFolder();
afterAll(() => work.remove());

const tape = work.file('demo.tape');
hypertape(['record', '--guest', 'demo-arm64', '-o', tape, '--console', 'none']);
const lines = (of: string): string[] =>
  hypertape(['events', of, '--json', '--class', 'vm-exit,mmio-read,mmio-write']).stdout.split('\n');
/** What a trace of a host tells of an event. */
const told = (line: string): string =>
  line.replace(/"ordinal":[0-9]+,/, '').replace(/,"(symbol|register|rt)":"[^"]*"/g, '');

test('an exported trace comes back with the same exits, at the same times', () => {
  const [text, again] = [work.file('trace.txt'), work.file('again.tape')];
  expect(hypertape(['export', tape, '--to', 'ftrace', '-o', text]).status).toBe(0);
  const done = jsonOf(hypertape(['import', text, '-o', again, '--json']));
  const exits = lines(tape).filter((line) => line.includes('"vm-exit"')).length;
  expect(done).toMatchObject({ imported: 'ftrace', vcpus: 1, exits, unknown: { lines: 0 }, others: {} });
  expect(lines(again).map(told)).toEqual(lines(tape).map(told));
  const [dat, third] = [work.file('trace.dat'), work.file('third.tape')];
  expect(hypertape(['export', tape, '--to', 'tracedat', '-o', dat]).status).toBe(0);
  expect(jsonOf(hypertape(['import', dat, '-o', third, '--json']))).toMatchObject({ imported: 'trace-cmd', exits });
  expect(lines(third)).toEqual(lines(again));
  const info = hypertape(['info', again]);
  expect([info.status, info.stdout]).toEqual([0, expect.stringContaining('imported "ftrace"')]);
  // It has no machine.
  for (const args of [
    ['replay', again],
    ['where', again, '--at', 'end'],
    ['index', again, '-o', work.file('none')],
  ]) {
    const { status, stdout, stderr } = hypertape(args);
    expect([status, stdout, stderr.trimEnd().split('\n').length]).toEqual([2, '', 1]);
    expect(stderr).toContain('no machine to replay');
  }
});

test('refuses in one line what is no trace', () => {
  const refused = (...args: string[]): string => {
    const { status, stdout, stderr } = hypertape(['import', ...args]);
    expect([status, stdout, stderr.trimEnd().split('\n').length]).toEqual([2, '', 1]);
    return stderr;
  };
  const path = work.write('text', 'nothing of the kind\n'.repeat(10));
  expect(refused(path, '-o', work.file('no'))).toContain('no exits of KVM');
  expect(refused(work.file('gone'), '-o', work.file('no'))).toContain('cannot read');
  expect(refused(work.path, '-o', work.file('no'))).toContain('not a file');
  expect(refused(path, '-o', path, '--force')).toContain('the trace');
});
