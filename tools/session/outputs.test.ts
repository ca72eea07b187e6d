import { linkSync, readFileSync, symlinkSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { hypertape, jsonOf, throughShell, WorkFolder } from './command-line.fixture.ts';

const work = new WorkFolder();
afterAll(() => work.remove());

const DEMO = ['--guest', 'demo-arm64'];
const elf = readFileSync(new URL('../guests/demo-arm64/demo-arm64.elf', import.meta.url));
const kernel = work.write('kernel', elf);
const script = work.write('script', 'expect demo>\nsend off\n');
const tape = work.file('demo.tape');
expect(hypertape(['record', ...DEMO, '-o', tape, '--console', 'none', '--max-icount', '100000']).status).toBe(3);
const recorded = work.read('demo.tape');
symlinkSync(kernel, work.file('link'));
linkSync(kernel, work.file('hard'));
linkSync(tape, work.file('hard.tape'));

describe('a file that is read is never written, --force or not', () => {
  test.each([
    ['the kernel as tape', ['record', '--kernel', kernel, '-o', kernel], "the guest's kernel"],
    ['the kernel by a symbolic link', ['record', '--kernel', kernel, '-o', work.file('link')], "the guest's kernel"],
    ['the kernel by a hard link', ['record', '--kernel', work.file('hard'), '-o', kernel], "the guest's kernel"],
    ['the kernel as console', ['run', '--kernel', kernel, '--console', `file:${kernel}`], "the guest's kernel"],
    ['an initrd', ['record', '--kernel', kernel, '--initrd', script, '-o', script], "the guest's initrd"],
    ['the script', ['record', ...DEMO, '--input', script, '-o', script], '--input'],
    ['the tape as console', ['replay', tape, '--console', `file:${tape}`], 'the tape'],
    ['the tape by a hard link', ['replay', tape, '--console', `file:${work.file('hard.tape')}`], 'the tape'],
    ['symbols as console', ['replay', tape, '--symbols', kernel, '--console', `file:${kernel}`], '--symbols'],
    [
      'one file twice',
      ['record', ...DEMO, '-o', work.file('x'), '--console', `file:${work.path}/../${work.path.split('/').at(-1)}/x`],
      '--output',
    ],
    [
      'a file that is there twice',
      ['record', ...DEMO, '-o', tape, '--console', `file:${work.file('hard.tape')}`],
      '--output',
    ],
  ])('%s', (_, args, what) => {
    const { status, stdout, stderr } = hypertape([...args, '--force']);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^hypertape: .*; give another name\n$/);
    expect(stderr).toContain(what);
    expect(work.read('kernel').equals(elf)).toBe(true);
    expect(work.read('demo.tape').equals(recorded)).toBe(true);
    expect(work.read('script').toString()).toContain('expect demo>');
  });
});

test('nor is the file that standard output or input is', () => {
  const out = work.write('out', 'older');
  for (const redirection of ['"$@" >"$OUT"', '"$@" <"$OUT"', '"$@" 2>"$OUT"']) {
    const shell = `OUT=${out}; ${redirection.replace('>', '>>')}; status=$?; cat "$OUT" >&2; exit $status`;
    const { status, stderr } = throughShell(shell, ['record', ...DEMO, '-o', out, '--force']);
    expect(status).toBe(2);
    expect(stderr).toMatch(/that is standard (output|input|error) too; give another name/);
    expect(stderr).toContain('older');
  }
});

test('a file that is there is replaced only by --force, and then by a whole one', () => {
  const [other, log] = [work.write('other.tape', 'mine'), work.write('log', 'mine')];
  for (const args of [
    ['record', ...DEMO, '-o', other],
    ['run', ...DEMO, '--console', `file:${log}`],
    ['replay', tape, '--console', `file:${log}`],
  ]) {
    const { status, stderr } = hypertape(args);
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /^hypertape: cannot write .*: it is there already; give --force to replace it, or another name\n$/,
    );
  }
  for (const name of ['other.tape', 'log']) expect(work.read(name).toString()).toBe('mine');
  const both = ['record', ...DEMO, '-o', other, '--console', `file:${log}`, '--json', '--force'];
  const { status, stdout, stderr } = hypertape(both);
  expect(status).toBe(0);
  expect(stderr).toMatch(/^recording to .*other\.tape\.[0-9a-f]{16}\.recording until it is finished\n$/);
  expect(JSON.parse(stdout)).toMatchObject({ outcome: 'poweroff' });
  expect(work.read('log').toString()).toContain('DEMO-DONE');
  expect(jsonOf(hypertape(['replay', other, '--json']))).toMatchObject({ verified: true, complete: true });
});

test('a tape does not go to a device or a pipe; a console does', () => {
  for (const path of ['/dev/null', '/dev/stdout', '/dev/full']) {
    const { status, stderr } = hypertape(['record', ...DEMO, '-o', path, '--force']);
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /^hypertape: cannot write \/dev\/\w+: it is a (device|pipe|socket); give the name of a file\n$/,
    );
  }
  expect(hypertape(['run', ...DEMO, '--console', 'file:/dev/null'])).toMatchObject({ status: 0, stdout: '' });
  expect(throughShell('"$@" | cat', ['run', ...DEMO, '--console', 'file:/dev/stdout']).stdout).toContain('DEMO-DONE');
});

test('a console that cannot be written ends the run with a whole tape and one line', () => {
  const whole = work.file('whole.tape');
  const { status, stderr } = hypertape(['record', ...DEMO, '-o', whole, '--console', 'file:/dev/full']);
  expect(status).toBe(2);
  expect(stderr).toContain(`${whole} holds what was recorded\n`);
  expect(stderr).toMatch(/^hypertape: cannot write the guest's console: the disk is full\n$/m);
  expect(jsonOf(hypertape(['replay', whole, '--json', '--console', 'none']))).toMatchObject({
    verified: true,
    complete: true,
    outcome: 'interrupted',
  });
});
