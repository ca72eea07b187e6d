import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { must } from '../../src/base/assert.ts';
import { readElfSymbols } from '../../src/replay/symbols/elf-symtab.ts';
import { hypertape, jsonOf, WorkFolder } from '../session/command-line.fixture.ts';

const work = new WorkFolder();
afterAll(() => work.remove());

const ARM64 = 'traces/golden/v3/demo-arm64.tape';
const ARMV7 = 'traces/golden/v3/demo-armv7.tape';

interface Where {
  readonly icount: number;
  readonly symbol?: string;
  readonly stack: readonly { readonly pc: string; readonly symbol?: string }[];
  readonly [key: string]: unknown;
}
/** One object a place. */
const whereAt = (tape: string, ...places: readonly string[]): Where[] => {
  const { status, stdout, stderr } = hypertape(['where', tape, ...places.flatMap((p) => ['--at', p]), '--json']);
  expect([status, stderr]).toEqual([0, '']);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Where);
};

describe('where', () => {
  test('each place in turn, with all that is promised of it', () => {
    const [first, second, last] = whereAt(ARM64, 'icount:31018', 'symbol:main', 'end');
    expect(first).toMatchObject({
      icount: 31018,
      vcpu: 0,
      pc: '0x40081710',
      symbol: 'console_put+0x20',
      el: 1,
      registers: { x1: '0x9000000', sp: '0x40099ea0', pc: '0x40081710' },
      instruction: 'str w0, [x1]',
      encoding: '0xb9000020',
    });
    expect(first?.stack.map(({ symbol }) => symbol?.split('+')[0])).toEqual([
      'console_put',
      'print',
      'mmu_check',
      'main',
      'text_start',
    ]);
    expect(first?.seekMs).toBeGreaterThan(0);
    // At its first instruction a function has no frame of its own; a call that does not return may be a function's last.
    expect(second?.stack.map(({ symbol }) => symbol)).toEqual(['main', 'text_start+0x50']);
    expect(last?.stack.map(({ symbol }) => symbol)).toEqual(['system_off+0x34', 'main+0xa4', 'text_start+0x50']);
  });
  test('AArch32: its registers, T32 code', () => {
    const [at] = whereAt(ARMV7, 'symbol:main');
    expect(at).toMatchObject({ symbol: 'main', el: 1, registers: { cpsr: '0x600001f3', lr: '0x4008005c' } });
    expect(Object.keys(at?.registers as object)).toHaveLength(17);
  });
  test('for people', () => {
    const { status, stdout } = hypertape(['where', ARM64, '--at', '31018']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/icount 31,018 .*EL1\n {2}0x40081710 console_put\+0x20: str w0, \[x1\]\n/);
    expect(stdout).toContain('  #3 0x40081300 main+0x40\n');
  });
  test('symbols of another kernel are told of, and taken', () => {
    const elf = 'tools/guests/demo-arm64/demo-arm64.elf';
    const own = must(readElfSymbols(readFileSync(elf), elf), 'symbols');
    // As if one of the first functions were longer.
    const lines = (longer: bigint): string[] =>
      [...own.entries()].map(({ name, address }) => {
        const at = name === 'text_start' ? address : address + longer;
        return `${at.toString(16).padStart(16, '0')} T ${name}\n`;
      });
    const where = (longer: bigint) => {
      const map = work.write('System.map', lines(longer).join(''));
      return hypertape(['where', ARM64, '--at', '31018', '--at', '31019', '--symbols', map]);
    };
    expect(where(0n)).toMatchObject({ status: 0, stderr: '' });
    const { status, stdout, stderr } = where(16n);
    expect(stderr).toMatch(/^.*System\.map: of another kernel than the guest's: it has \w+ at 0x\w+, the guest .*\n$/);
    expect(status).toBe(0);
    expect(stdout).toContain('console_put+0x10');
  });
  test('a place that is none, or not there, is one line', () => {
    for (const place of ['nowhere', 'icount:99G', 'symbol:mian', 'console:never']) {
      const { status, stdout, stderr } = hypertape(['where', ARM64, '--at', place, '--json']);
      expect([status, stdout]).toEqual([2, '']);
      expect(stderr.trim().split('\n')).toHaveLength(1);
      expect(stderr).toContain(place);
    }
  });
});

test('translate: each level, both stages, and faults', () => {
  const found = jsonOf(hypertape(['translate', ARM64, '0x40080010', '--at', '31018', '--json']));
  expect(found).toMatchObject({
    icount: 31018,
    va: '0x40080010',
    el: 1,
    format: 'VMSAv8-64',
    ipa: '0x40080010',
    pa: '0x480010',
    stage1: { el1: 'r-x', el0: '---', memory: 'Normal write-back', blockBytes: 4096 },
    stage2: { el1: 'rwx' },
    tlb: '0x40080010',
  });
  const steps = found.steps as { stage: number; level: number; ipa?: string; descriptor: string }[];
  expect(steps.filter(({ stage }) => stage === 1).map(({ level }) => level)).toEqual([1, 2, 3]);
  expect(steps).toContainEqual({
    stage: 1,
    level: 3,
    ipa: '0x4008e400',
    descriptor: '0x0040000040080787',
    text: 'page AF UXN AP[2:1]=2 SH=3 AttrIndx=1',
  });
  const none = jsonOf(hypertape(['translate', ARM64, 'va:0x8000000000', '--at', '31018', '--json']));
  expect(none).toMatchObject({ steps: [], fault: { stage: 1, type: 'translation', level: 0 } });
  expect(hypertape(['translate', ARM64, 'pa:0x40080000', '--at', '31018']).status).toBe(2);
});
