import { existsSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { hypertape, jsonOf, WorkFolder } from '../session/command-line.fixture.ts';

const work = new WorkFolder();
afterAll(() => work.remove());
const tape = 'traces/golden/v3/demo-arm64.tape';
const fork = (to: string, ...args: string[]) => hypertape(['fork', tape, '-o', to, '--console', 'none', ...args]);

test('a fork types what its parent was never told, and replays', () => {
  const [to, console] = [work.file('typed.tape'), work.file('console')];
  const args = ['--at', '28910000', '--set', 'input=ticks\n', '--console', `file:${console}`, '--json'];
  const made = hypertape(['fork', tape, '-o', to, ...args]);
  expect(jsonOf(made)).toMatchObject({ outcome: 'poweroff' });
  const replay = hypertape(['replay', to, '--console', 'none', '--json']);
  expect(jsonOf(replay)).toMatchObject({ verified: true, stop: 'end' });
  const shown = hypertape(['events', to, '--class', 'console-in', '--json']);
  expect(shown.stdout).toContain(Buffer.from('ticks\n').toString('hex'));
});

test('a read of a device gives what the fork says, by the number of its event', () => {
  const reads = hypertape(['events', tape, '--class', 'mmio-read', '--json']).stdout.trim().split('\n');
  const { ordinal } = JSON.parse(reads.at(-1) as string) as { ordinal: number };
  const to = work.file('read.tape');
  expect(fork(to, '--at', '0', '--set', `mmio=${ordinal}:0x90`, '--max-icount', 'end').status).toBe(2);
  fork(to, '--at', '0', '--set', `mmio=${ordinal}:0x90`, '--max-icount', '200M');
  const changed = hypertape(['events', to, '--class', 'edit,mmio-read', '--json']).stdout.trim().split('\n');
  const events = changed.map((line) => JSON.parse(line) as { event: string; value: string });
  const at = events.findIndex(({ event }) => event === 'edit');
  expect(at).toBe(reads.length - 1);
  expect(events[at + 1]).toMatchObject({ event: 'mmio-read', value: '0x90' });
});

test('memory by a name of the guest', () => {
  const to = work.file('named.tape');
  const made = fork(to, '--at', '5M', '--set', 'mem=virtual_timer+4:01020304', '--max-icount', '5.1M');
  expect(made.stderr).not.toContain('hypertape:');
  const mem = hypertape(['mem', to, 'va:virtual_timer+4', '4', '--at', '5M+1', '--json']);
  expect(jsonOf(mem)).toMatchObject({ symbol: 'virtual_timer+0x4', hex: '01020304' });
  const { stderr, status } = fork(work.file('none.tape'), '--at', '5M', '--set', 'mem=va:no_such_thing:01');
  expect([status, stderr]).toEqual([2, expect.stringContaining('va:no_such_thing: the guest has no variable')]);
});

test.each([
  ['a place that is none', ['--at', 'somewhere'], '--at somewhere'],
  ['the end', ['--at', 'end+0'], 'the guest has ended there'],
  ['a change of no kind', ['--at', '5M', '--set', 'x3=1'], '--set x3=1: give reg='],
  ['a register that is none', ['--at', '5M', '--set', 'reg=zero:1'], 'register zero'],
  ['a vCPU that is not there', ['--at', '5M', '--set', 'reg=vcpu1.x1:1'], 'vCPU 1: there are vCPUs 0 to 0'],
  ['a PPI of a vCPU that is not there', ['--at', '5M', '--set', 'irq=vcpu7.27'], 'vCPU 7: there are vCPUs 0 to 0'],
  ['a register without a value', ['--at', '5M', '--set', 'reg=x1'], '--set reg=x1: give'],
  ['half a byte', ['--at', '5M', '--set', 'mem=0x40000000:abc'], 'give reg='],
  ['an address that is not mapped', ['--at', '5M', '--set', 'mem=va:0x1:ab'], 'is not mapped there'],
  ['an event that is no read', ['--at', '5M', '--set', 'mmio=0:1'], 'is no read of a device'],
  ['changes of two moments', ['--at', '5M', '--set', 'irq=33@6M', '--set', 'irq=33@7M'], 'changes of 2 moments'],
  ['a change before the place', ['--at', '5M', '--set', 'irq=33@4M'], 'lies before --at'],
])('%s is refused in one line, and leaves nothing', (_what, args, line) => {
  const to = work.file('refused.tape');
  const { status, stderr } = fork(to, ...args);
  expect(stderr).toContain(line);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(status).toBe(2);
  expect(existsSync(to)).toBe(false);
});

test('an older tape, and the parent itself, are not written over', () => {
  expect(hypertape(['fork', tape, '--at', '5M', '-o', tape]).status).toBe(2);
});
