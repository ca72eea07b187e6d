import { afterAll, expect, test } from 'vitest';
import { hypertape, WorkFolder } from '../session/spawned.ts';

const work = new WorkFolder();
afterAll(() => work.remove());

const path = work.file('demo.tape');
hypertape(['record', '--guest', 'demo-arm64', '-o', path, '--console', 'none']);

test('lists what the filters leave', () => {
  const list = (...filter: string[]): { event: string; at: number }[] =>
    hypertape(['events', path, '--json', ...filter])
      .stdout.trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string; at: number });
  expect(new Set(list('--class', 'psci,HVC64').map((e) => e.event))).toEqual(new Set(['vm-exit', 'psci']));
  const range = list('--from', '1000000', '--to', '2000000');
  expect(range.every((e) => e.at >= 1e6 && e.at <= 2e6)).toBe(true);
  expect(list('--ipa', '0x9010000-0x9010fff', '--limit', '2')).toHaveLength(2);
  expect(new Set(list('--intid', '27').map((e) => e.event))).toContain('irq-ack');
  expect(hypertape(['events', path, '--limit', '3']).stdout.trim().split('\n')).toHaveLength(3);

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
  expect(text).toContain(` pc ${write?.pc} function0\n`);

  for (const wrong of [
    ['--symbol', 'function2', '--symbols', map],
    ['--symbols', path],
    ['--class', 'sneeze'],
    ['--ipa', '5-4'],
    ['--symbol', 'main'],
    ['--from', 'x'],
  ])
    expect(hypertape(['events', path, ...wrong])).toMatchObject({ status: 2, stdout: '' });
});
