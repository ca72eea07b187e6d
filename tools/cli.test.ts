import { readFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { hypertape, throughShell, WorkFolder } from './session/command-line.fixture.ts';

const work = new WorkFolder();
afterAll(() => work.remove());

test.each([
  ['', 'which command?'],
  ['fly', 'there is no command "fly"'],
  ['run --fly 1', 'unknown: --fly;'],
  ['run stray', 'unknown: stray;'],
  ['run', 'there is no kernel'],
  ['run --guest', '--guest: its value is missing'],
  ['run --guest nobody', 'no such guest'],
  ['run --guest demo-arm64 --kernel x', 'exclude each other'],
  ['bench --smp --travel', 'exclude each other'],
  ['bench --counters --smp', '--smp and --counters exclude each other'],
  ['bench --smp --guest demo-arm64', 'no Linux to boot'],
  ['run --kernel /nonexistent/Image', 'no such file'],
  ['run --guest demo-arm64 --initrd /nonexistent', 'no such file'],
  ['run --guest demo-arm64 --arch armv9', '--arch "armv9": choose from "arm64"'],
  ['run --guest demo-arm64 --memory lots', '--memory lots'],
  ['run --guest demo-arm64 --memory 512', '--memory 512: in which unit? give --memory 512M (MiB)'],
  ['run --guest demo-arm64 --memory 1M', '--memory'],
  ['run --guest demo-arm64 --smp x', '--smp x: give a number'],
  ['run --guest demo-arm64 --smp 1 --smp 3', '--smp: given more than once (1, 3); give it once'],
  ['record --guest demo-arm64 -o a -o b', '--output: given more than once (a, b)'],
  ['run --guest demo-arm64 --timer-policy', '--timer-policy: its value is missing'],
  ['run --guest demo-arm64 --gic', '--gic: its value is missing'],
  ['run --guest demo-arm64 --board bhyve --gic 2', '--gic 2'],
  ['run --guest demo-arm64 --board castle', 'castle'],
  ['run --guest demo-arm64 --rtc tomorrow', '--rtc tomorrow: give a number'],
  ['run --guest demo-arm64 --rtc -1', '--rtc -1: give a number'],
  ['run --guest demo-arm64 --entropy-seed dice', '--entropy-seed dice'],
  ['run --guest demo-arm64 --max-icount -5', '--max-icount -5'],
  ['run --guest demo-arm64 --console screen', '--console screen'],
  ['run --guest demo-arm64 --input /nonexistent', '--input /nonexistent'],
  ['run --guest demo-arm64 --level inputs', 'unknown: --level'],
  ['record --guest demo-arm64 -o x --level all', '--level "all"'],
  ['record --guest demo-arm64 -o x --level', '--level: its value is missing'],
  ['run --kernel=', '--kernel: its value is empty'],
  ['record --guest demo-arm64 --output=', '--output: its value is empty'],
  ['rplay x.tape', 'did you mean "hypertape replay"?'],
  ['run --guest demo-arm64 --untill x', 'unknown: --untill; did you mean --until?'],
  ['run -kernel Image', '-kernel: give --kernel FILE'],
  ['run --guest demo-arm64 -nographic', '-nographic: leave it out'],
  ['record demo-arm64 -o x', 'give a guest as --guest demo-arm64'],
  ['record demo-arm64', 'missing: --output; give a guest as --guest demo-arm64'],
  ['record --guest demo-arm64', 'missing: --output; see'],
  ['record --kernel Image', 'missing: --output; see'],
  ['help fly', 'there is no command "fly"'],
  ['run --guest demo-arm64 --dtb=', '--dtb: its value is empty'],
  ['replay', 'an argument is missing'],
  ['replay /nonexistent.tape', 'no such file'],
  ['events /nonexistent.tape', 'no such file'],
  ['guest eat', '"eat": choose from'],
  ['guest path', 'which guest?'],
  ['guest path nobody', 'no such guest'],
])('hypertape %s: one line and status 2', (line, why) => {
  const { status, stdout, stderr } = hypertape(line.split(' ').filter((word) => word !== ''));
  expect(stderr).toMatch(/^hypertape: .*\n$/);
  expect(stderr).toContain(why);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
});

test('--version and --help', () => {
  expect(hypertape(['--version'])).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^hypertape \d+\.\d+\.\d+\n$/),
  });
  const help = hypertape(['record', '--help']);
  expect(help.status).toBe(0);
  expect(help.stdout).toMatch(/Exit status:\n {2}0 {2}/);
});

test('help VERB is what VERB --help is; the shell can complete', () => {
  expect(hypertape(['help', 'record'])).toEqual(hypertape(['record', '--help']));
  expect(hypertape(['help']).stdout).toContain('hypertape replay <tape>');
  expect(hypertape(['completion']).stdout).toContain('complete');
  const completed = (...words: string[]) =>
    hypertape(['--get-yargs-completions', 'hypertape', ...words]).stdout.split('\n');
  expect(completed('')).toEqual(expect.arrayContaining(['record', 'replay', 'info', 'events', 'guest']));
  expect(completed('record', '--')).toEqual(expect.arrayContaining(['--guest', '--output', '--until']));
});

test('a script of input that is none names its line', () => {
  const script = work.write('script.txt', 'expect login:\ntype root\n');
  const { status, stderr } = hypertape(['run', '--guest', 'demo-arm64', '--input', script]);
  expect(status).toBe(2);
  expect(stderr).toContain('script.txt: line 2');
});

test('the guest may write its console to a file, and standard output is left alone', () => {
  const { status, stdout } = hypertape(['run', '--guest', 'demo-arm64', '--console', `file:${work.file('console')}`]);
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
  expect(readFileSync(work.file('console'), 'utf8')).toContain('DEMO-DONE');
});

test('a reader that goes away ends nothing but the reading', () => {
  const tape = work.file('demo.tape');
  const recorded = throughShell('"$@" | head -n 1', ['record', '--guest', 'demo-arm64', '-o', tape]);
  expect(recorded.stdout).toMatch(/^demo-arm64: EL1\r?\n$/);
  const listed = throughShell('set -o pipefail; "$@" | head -n 1', ['events', tape]);
  expect(listed).toMatchObject({ status: 0, stderr: '' });
  expect(hypertape(['replay', tape, '--console', 'none']).status).toBe(0);
});

test('guest list and path', () => {
  const { guests } = JSON.parse(hypertape(['guest', 'list', '--json']).stdout) as {
    guests: { name: string; here: boolean }[];
  };
  expect(guests).toContainEqual(expect.objectContaining({ name: 'demo-arm64', here: true }));
  const { stdout } = hypertape(['guest', 'list']);
  for (const text of ['demo-arm64 ', 'apt-get', '--guest debian-arm64 --shell', '64M']) expect(stdout).toContain(text);
  expect(hypertape(['guest', 'path', 'demo-arm64']).stdout).toMatch(/demo-arm64\.elf\n$/);
});
