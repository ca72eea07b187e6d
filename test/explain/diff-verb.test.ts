import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MachineImages } from '../../src/machine/images.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { hypertape, hypertapeProcess } from '../../tools/session/command-line.fixture.ts';
import type { Finished } from '../../tools/session/command-thread.fixture.ts';
import { demoImages, recordDemo, testFolder } from '../support/demo.fixture.ts';
import { plant } from '../support/fork.fixture.ts';
import { otherBuild } from '../support/other-build.fixture.ts';

const ARM64 = 'traces/golden/v3/demo-arm64.tape';
const jsonOf = ({ stdout }: Finished): unknown => JSON.parse(stdout);

it('tells the first event that differs, its kind, and what follows', () => {
  const path = join(testFolder(), 'other.tape');
  const reads = [...TapeReader.open(ARM64).events()].filter(({ kind }) => kind === 'mmio-read');
  const [before, read] = reads.slice(40, 42);
  if (before === undefined || read?.kind !== 'mmio-read') throw new Error('the demo reads its UART');
  const answer = { kind: 'device-read', value: read.value | 0x20n } as const;
  plant(TapeReader.open(ARM64), path, [[before.at + 1, answer]], read.at + 20_000);
  const found = hypertape(['diff', ARM64, path, '--json']);
  expect(found.status).toBe(1);
  expect(jsonOf(found)).toMatchObject({
    identical: false,
    first: { event: expect.any(Number), icount: before.at + 1, what: expect.stringContaining('edit in b') },
    kind: 'device',
    headers: [],
    byClass: { DABT_LOW: { a: expect.any(Number), b: expect.any(Number) } },
    byDevice: { pl011: { changed: expect.any(Number) } },
    byRegister: { 'pl011 UARTFR': { changed: 1 } },
  });
  const differences = expect.arrayContaining([
    expect.objectContaining({ what: 'mmio-read.value', register: 'pl011 UARTFR', count: 1 }),
    expect.objectContaining({ what: 'mmio-read only in b', register: 'pl011 UARTFR' }),
  ]);
  expect(jsonOf(found)).toMatchObject({ differences, first: { b: { event: 'edit', what: 'device-read' } } });
  const text = hypertape(['diff', ARM64, path]);
  expect(text.status).toBe(1);
  for (const part of ['first of all: device', 'edit in b', 'console_put+0x', 'pl011 UARTFR', 'at the same code'])
    expect(text.stdout).toContain(part);
});

it('derives the kind from the headers', () => {
  const folder = testFolder();
  const record = (name: string, config: Parameters<typeof recordDemo>[0]['config']): string => {
    const path = join(folder, `${name}.tape`);
    recordDemo({ path, config: config ?? {} });
    return path;
  };
  const a = record('a', {});
  for (const [kind, what, config] of [
    ['entropy', 'entropySeed', { entropySeed: 2n }],
    ['input', 'append', { append: 'quiet' }],
    ['timer', 'timerPolicy', { timerPolicy: 'bhyve' }],
    ['device', 'gicVersion', { gicVersion: 2 }],
  ] as const) {
    const { status, stdout } = hypertape(['diff', a, record(kind, config), '--json']);
    expect([status, JSON.parse(stdout)]).toMatchObject([1, { kind, headers: [{ what }], first: {} }]);
  }
});

describe('where the headers are alike, the kind is that of the first event', () => {
  const kindOf = (a: string, b: string): unknown => {
    const { status, stdout } = hypertape(['diff', a, b, '--json', '--limit', '1']);
    expect(status).toBe(1);
    const { kind, headers } = JSON.parse(stdout) as { readonly kind: string; readonly headers: readonly object[] };
    expect(headers).toEqual([]);
    return kind;
  };

  it('an interrupt that comes a count later', () => {
    const parent = TapeReader.open(ARM64);
    const folder = testFolder();
    const [a = '', b = ''] = [31_000, 31_001].map((at) => join(folder, `${at}.tape`));
    for (const [n, path] of [a, b].entries())
      plant(parent, path, [[31_000 + n, { kind: 'interrupt', intid: 27 }]], 40_000);
    expect(kindOf(a, b)).toBe('interrupt');
  });

  it('what is typed', () => {
    const folder = testFolder();
    const [a = '', b = ''] = ['off', 'help'].map((text) => {
      const path = join(folder, `${text}.tape`);
      recordDemo({ path, config: { append: 'prompt' }, typed: [{ at: 40_000_000, text: `${text}\r` }] });
      return path;
    });
    expect(kindOf(a, b)).toBe('input');
  });
});

it('an edited byte of an image', () => {
  const [a = '', b = ''] = ['a', 'b'].map((name) => join(testFolder(), name));
  const bytes = Buffer.from(demoImages().first.bytes);
  const at = bytes.indexOf('demo> ');
  bytes[at] = (bytes[at] as number) ^ 1;
  writeFileSync(`${b}.elf`, bytes);
  recordDemo({ path: a });
  recordDemo({ path: b, images: MachineImages.read({ kernel: `${b}.elf` }) });
  const { status, stdout } = hypertape(['diff', a, b, '--json']);
  expect([status, JSON.parse(stdout)]).toMatchObject([1, { kind: 'image', headers: [{ what: 'image kernel' }] }]);
});

it('a build that computes something else', () => {
  const folder = testFolder();
  // The remainders of which numbers are printed.
  const text = 'MSUB: (ir, f) => subProduct(';
  otherBuild(folder, 'src/core/a64/dp-register.lift.ts', text, text.replace('sub', 'add'));
  const path = join(folder, 'wrong.tape');
  const options = ['--guest', 'demo-arm64', '--memory', '32M', '--entropy-seed', '1', '--max-icount', '40000'];
  const program = join(folder, 'build/tools/cli.ts');
  const right = join(folder, 'right.tape');
  for (const [output, by] of [
    [right, undefined],
    [path, program],
  ] as const)
    hypertapeProcess(['record', ...options, '--console', 'none', '-o', output], { program: by });
  const { status, stdout } = hypertape(['diff', right, path, '--json']);
  expect([status, JSON.parse(stdout)]).toMatchObject([1, { kind: 'semantics', headers: [] }]);
});

it('tells tapes of the same run, and what is none', () => {
  const same = hypertape(['diff', ARM64, ARM64, '--json']);
  expect([same.status, jsonOf(same)]).toEqual([0, { identical: true, headers: [] }]);
  // All that a tape of inputs holds is on the other one too.
  const inputs = hypertape(['diff', ARM64, 'traces/golden/v3/demo-arm64-inputs.tape']);
  expect([inputs.status, inputs.stdout]).toMatchObject([0, expect.stringContaining('the same run')]);
  for (const other of ['package.json', 'no.tape']) {
    const { status, stdout, stderr } = hypertape(['diff', ARM64, other]);
    expect([status, stdout, stderr.trim().split('\n').length]).toEqual([2, '', 1]);
  }
});
