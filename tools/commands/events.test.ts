import { afterAll, expect, test } from 'vitest';
import { hypertape, WorkFolder } from '../session/command-line.fixture.ts';

const work = new WorkFolder();
afterAll(() => work.remove());

const path = work.file('demo.tape');
hypertape(['record', '--guest', 'demo-arm64', '-o', path, '--console', 'none']);

test('lists what the filters leave', () => {
  const list = (...filter: string[]): { event: string; at: number }[] =>
    hypertape(['events', path, '--json', ...filter])
      .stdout.trim()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as { event: string; at: number });
  expect(new Set(list('--class', 'psci,HVC64').map((e) => e.event))).toEqual(new Set(['vm-exit', 'psci']));
  const range = list('--from', '1000000', '--to', '2000000');
  expect(range.every((e) => e.at >= 1e6 && e.at <= 2e6)).toBe(true);
  expect(list('--ipa', '0x9010000-0x9010fff', '--limit', '2')).toHaveLength(2);
  expect(new Set(list('--intid', '27').map((e) => e.event))).toContain('irq-ack');
  const [ack] = list('--class', 'irq-ack', '--intid', '27', '--limit', '1') as unknown as readonly {
    ordinal: number;
    at: number;
  }[];
  const behind = list('--from', `event:${ack?.ordinal}`, '--to', 'irq:27#2', '--class', 'irq-ack', '--intid', '27');
  expect(behind.map(({ at }) => at)).toEqual([ack?.at, list('--class', 'irq-ack', '--intid', '27')[1]?.at]);
  expect(list('--vcpu', '1')).toEqual([]);

  const [write] = list('--class', 'mmio-write', '--limit', '1') as unknown as readonly { pc: string }[];
  const from = BigInt(write?.pc ?? 0);
  const lines = [from, from + 4n].map((at, n) => `${at.toString(16).padStart(16, '0')} t function${n}\n`);
  const map = work.write('System.map', lines.join(''));
  const within = list('--symbol', 'function0', '--symbols', map) as unknown as readonly {
    pc: string;
    symbol: string;
  }[];
  expect(new Set(within.map(({ pc, symbol }) => `${pc} ${symbol}`))).toEqual(new Set([`${write?.pc} function0`]));
  expect(within.length).toBe(list().filter((e) => 'pc' in e && e.pc === write?.pc).length);
  const text = hypertape(['events', path, '--class', 'mmio-write', '--symbols', map, '--limit', '1']).stdout;
  expect(text).toContain(` ${write?.pc} function0: write `);
  expect(hypertape(['events', path, '--symbol', 'function2', '--symbols', map])).toMatchObject({
    status: 2,
    stdout: '',
  });
});

test.each([
  [['--symbols', 'traces/golden/v3/demo-arm64.tape']],
  [['--class', 'sneeze']],
  [['--ipa', '5-4']],
  [['--symbol', 'mian']],
  [['--from', 'x']],
  [['--from', 'icount:1e15']],
  [['--to', 'console:never this']],
])('%j is refused', (wrong) => {
  expect(hypertape(['events', path, ...wrong])).toMatchObject({ status: 2, stdout: '' });
});

test('the listing has a header, an exit and its access on one line; --raw and several tapes', () => {
  const lines = (...more: string[]) =>
    hypertape(['events', path, ...more])
      .stdout.trimEnd()
      .split('\n');
  const [header = '', ...rest] = lines('--class', 'mmio-write', '--limit', '2');
  expect(header.trim().split(/ +/)).toEqual(['EVENT', 'ICOUNT', 'SECONDS', 'CPU', 'WHAT', 'DETAILS']);
  expect(rest).toHaveLength(2);
  for (const line of rest)
    expect(line).toMatch(
      /^ +\d+ +[\d,]+ +0\.\d{6} +0 {2}DABT_LOW\/INST_EMUL +0x\w+ \S+: write 4 bytes at 0x\w+ \((gicd|gicr0|pl011) \w+\): w\d+ = 0x\w+$/,
    );
  expect(lines('--raw', '--class', 'DABT_LOW', '--limit', '1')).toEqual([
    expect.stringMatching(/^ +\d+ +\d+ vcpu0 vm-exit .* kvm_exit DABT_LOW/),
  ]);
  const two = hypertape(['events', path, path, '--limit', '1']).stdout.split('\n');
  expect(two.filter((line) => line === `==> ${path} <==`)).toHaveLength(2);
  const json = hypertape(['events', path, path, '--limit', '1', '--json']).stdout.trim().split('\n');
  expect(json.map((line) => (JSON.parse(line) as { tape: string }).tape)).toEqual([path, path]);
});
