import { afterAll, describe, expect, test } from 'vitest';
import { hypertape, jsonOf, WorkFolder } from './command-line.fixture.ts';

const work = new WorkFolder();
afterAll(() => work.remove());

const B_SELF = 0x1400_0000;
const spin = work.code('spin', [B_SELF]);

test('a guest that is stuck is told in one line, on the tape too', () => {
  const tape = work.file('spin.tape');
  const { status, stderr } = hypertape(['record', ...spin, '-o', tape]);
  expect(status).toBe(3);
  const line = /^stuck: the same instruction again and again, which nothing can end, at icount \d+, pc 0x\w+$/m;
  expect(stderr).toMatch(line);
  expect(jsonOf(hypertape(['replay', tape, '--json']))).toMatchObject({ verified: true, outcome: 'stuck' });
  expect(jsonOf(hypertape(['run', ...spin, '--json'])).outcome).toBe('stuck');
});

/** UART at X2; prints the text, then counts in X4 for ever. */
const panicking = (text: string): number[] => {
  const code = [0xd2a1_2002];
  for (const byte of Buffer.from(text)) code.push((0x5280_0003 | (byte << 5)) >>> 0, 0x3900_0043);
  code.push(0x9100_0484, 0x17ff_ffff);
  return code;
};

describe('a kernel that panics', () => {
  const words = 'Kernel panic - not syncing: no root\n---[ end Kernel panic - not syncing: no root ]---\n';
  const guest = work.code('panic', panicking(words));

  test('is stopped a while later, and a replay stops there', () => {
    const tape = work.file('panic.tape');
    const recorded = hypertape(['record', ...guest, '-o', tape, '--json']);
    expect(recorded.status).toBe(3);
    const { icount, ...json } = jsonOf(recorded);
    expect(json).toMatchObject({
      outcome: 'panic',
      reason: expect.stringMatching(/"Kernel panic - not syncing: no root", at icount \d+, pc 0x/),
    });
    expect(icount).toBeGreaterThan(0.25e9);
    expect(icount).toBeLessThan(0.26e9);
    expect(jsonOf(hypertape(['replay', tape, '--json']))).toMatchObject({ verified: true, outcome: 'panic', icount });
  });

  test('runs on with --on-panic continue, and so does its replay', () => {
    const tape = work.file('on.tape');
    const until = ['--on-panic', 'continue', '--max-icount', '0.3e9'];
    const recorded = hypertape(['record', ...guest, '-o', tape, '--json', ...until]);
    expect(jsonOf(recorded)).toMatchObject({ outcome: 'limit', icount: 0.3e9 });
    expect(jsonOf(hypertape(['replay', tape, '--json']))).toMatchObject({ verified: true, icount: 0.3e9 });
  });
});
