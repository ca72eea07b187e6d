import { afterAll, expect, test } from 'vitest';
import { hypertape, jsonOf, WorkFolder } from '../session/command-line.fixture.ts';

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
  // What a host does not trace is no fault of its guest's.
  const { interrupts } = jsonOf(hypertape(['profile', again, '--interrupts', '--json'])) as {
    interrupts: { lost: number }[];
  };
  expect(interrupts.length).toBeGreaterThan(0);
  expect(interrupts.map(({ lost }) => lost)).toEqual(interrupts.map(() => 0));
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

test("with its guest's kernel and board a trace has the names of functions and registers", () => {
  const [text, named] = [work.file('kernel.txt'), work.file('named.tape')];
  hypertape(['export', tape, '--to', 'ftrace', '-o', text]);
  const kernel = hypertape(['guest', 'path', 'demo-arm64']).stdout.trim();
  hypertape(['import', text, '-o', named, '--kernel', kernel, '--board', 'virt']);
  const names = (of: string): string[] =>
    hypertape(['events', of, '--json', '--class', 'vm-exit,mmio-read,mmio-write'])
      .stdout.split('\n')
      .map((line) => [/"register":"[^"]*"/.exec(line)?.[0], /"symbol":"[^"]*"/.exec(line)?.[0]].join());
  expect(names(named)).toEqual(names(tape));
  expect(names(named).join()).toContain('pl011 UARTDR');
});

test('coprocessor registers of an ARMv7 guest come back too', () => {
  const golden = 'traces/golden/v3/demo-armv7-bhyve-2018.tape';
  const [text, again] = [work.file('armv7.txt'), work.file('armv7.tape')];
  expect(hypertape(['export', golden, '--to', 'ftrace', '-o', text]).status).toBe(0);
  expect(hypertape(['import', text, '-o', again]).status).toBe(0);
  const sysregs = (of: string): string[] =>
    hypertape(['events', of, '--json', '--class', 'vm-exit,sysreg-read,sysreg-write'])
      .stdout.split('\n')
      // No tracepoint tells values, nor of what size a WFI is.
      .map((line) => line.replace(/("class":"WFx"),"esr":"[^"]*"/, '$1'))
      .map((line) => line.replace(/"ordinal":[0-9]+,|,"value":"[^"]*"|,"symbol":"[^"]*"/g, ''));
  expect(sysregs(again)).toEqual(sysregs(golden));
});

test('what exits took the host weighs the exits of a profile', () => {
  const text = [
    'CPU 0/KVM-7 [001] ..... 5.000001000: kvm_exit: TRAP: HSR_EC: 0x0024 (DABT_LOW), PC: 0x0000000000001000',
    'CPU 0/KVM-7 [001] ..... 5.000001100: kvm_guest_fault: ipa 0x9000018, hsr 0x93404006, hxfar 0x18, pc 0x0000000001000',
    'CPU 0/KVM-7 [001] ..... 5.000001200: kvm_mmio: mmio read len 2 gpa 0x9000018 val 0x90',
    'CPU 0/KVM-7 [001] ..... 5.000004000: kvm_entry: PC: 0x0000000000001004',
    '',
  ].join('\n');
  const [path, host, costs] = [work.write('host.txt', text), work.file('host.tape'), work.file('costs')];
  const done = jsonOf(hypertape(['import', path, '-o', host, '--costs', costs, '--json']));
  const took = { count: 1, min: 3000, mean: 3000, max: 3000 };
  expect(done).toMatchObject({ exits: 1, handlingNs: { 'DABT_LOW/INST_EMUL': took } });
  const profile = jsonOf(hypertape(['profile', tape, '--by', 'register', '--costs', costs, '--json']));
  const rows = profile.rows as { key: string; count: number; costNs: number }[];
  const uart = rows.find(({ key }) => key === 'pl011 UARTDR');
  expect(uart?.count).toBeGreaterThan(0);
  expect(uart?.costNs).toBe((uart?.count ?? 0) * 3000);
});

test('refuses in one line what is no trace', () => {
  const refused = (...args: string[]): string => {
    const { status, stdout, stderr } = hypertape(['import', ...args]);
    expect([status, stdout, stderr.trimEnd().split('\n').length]).toEqual([2, '', 1]);
    return stderr;
  };
  const path = work.write('text', 'nothing of the kind\n'.repeat(10));
  expect(refused(path, '-o', work.file('no'))).toContain('no exits of KVM');
  const perf = work.write('perf.data', Buffer.from('PERFILE2\0\0\0\0'));
  expect(refused(perf, '-o', work.file('no'))).toContain('perf script -i');
  expect(refused(work.file('gone'), '-o', work.file('no'))).toContain('cannot read');
  expect(refused(work.path, '-o', work.file('no'))).toContain('not a file');
  expect(refused(path, '-o', path, '--force')).toContain('the trace');
});
