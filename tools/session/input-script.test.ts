import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { InputScript } from './input-script.ts';

const folder = mkdtempSync(join(tmpdir(), 'hypertape-script-'));
afterAll(() => rmSync(folder, { recursive: true }));

function script(...lines: readonly string[]): InputScript {
  const path = join(folder, 'script');
  writeFileSync(path, lines.join('\n'));
  return new InputScript(path, ['uart', 'hvc0', 'org.test.0']);
}
const shows = (s: InputScript, text: string, console = 0): boolean[] =>
  [...Buffer.from(text)].map((byte) => s.see(byte, console));

test('sends what stands before the first expectation at once, the rest after it', () => {
  const s = script('send first', '', '# a comment', 'expect $ ', 'send a', 'send b\\r', 'expect $ ', 'send c');
  expect(s.nextAt).toBe(0);
  expect(s.due(0, 1000).toString()).toBe('first\n');
  expect(s.nextAt).toBe(Number.POSITIVE_INFINITY);
  expect(shows(s, 'ab$ ')).toEqual([false, false, false, true]);
  expect(s.due(10, 1000).toString()).toBe('a\nb\r');
  expect(s.due(11, 1000)).toHaveLength(0);
  expect(shows(s, '$ ').at(-1)).toBe(true);
  expect(s.due(12, 1000).toString()).toBe('c\n');
  expect(shows(s, '$ $ ')).not.toContain(true);
});

test('finds text that begins anew within itself', () => {
  expect(shows(script('expect aab', 'send x'), 'aaab').at(-1)).toBe(true);
});

test('sends at an instruction count, not before', () => {
  const s = script('at 5000 send x', 'at 7000 send y');
  expect(s.nextAt).toBe(5000);
  expect(s.due(4999, 1000)).toHaveLength(0);
  expect(s.due(5000, 1000).toString()).toBe('x\n');
  expect(s.nextAt).toBe(7000);
});

test('knows escapes', () => {
  const s = script('send \\x03\\e[A\\t\\\\\\n', 'send Grüße');
  expect(s.due(0, 1000)).toEqual(Buffer.from('\x03\x1b[A\t\\\nGrüße\n'));
});

test.each(['type x', 'send', 'at x send y', 'expectx', 'at 5 expect z'])('refuses %j', (line) => {
  expect(() => script('send ok', line)).toThrow(/script: line 2: (not "expect TEXT"|at x: give a number)/);
});

test('presses the power key in its turn, or at a count', () => {
  const s = script('expect $ ', 'press power', 'send x', 'at 5000 press power');
  expect([s.presses(0), s.nextAt]).toEqual([false, Number.POSITIVE_INFINITY]);
  expect(shows(s, '$ ').at(-1)).toBe(true);
  expect([s.nextAt, s.due(1, 100).length]).toEqual([0, 0]);
  expect([s.presses(1), s.presses(1)]).toEqual([true, false]);
  expect(s.due(1, 100).toString()).toBe('x\n');
  expect([s.nextAt, s.presses(4999), s.presses(5000), s.presses(5000)]).toEqual([5000, false, true, false]);
  expect(() => script('press reset')).toThrow(/line 1: there is no such key/);
});

test('sends to ports, and waits for what they show', () => {
  const s = script('send a', 'to org.test.0 send b', 'from org.test.0 expect ok', 'at 9 to hvc0 send c', 'expect end');
  expect([s.to, s.due(0, 100).toString()]).toEqual([undefined, 'a\n']);
  expect([s.to, s.due(0, 100).toString()]).toEqual([2, 'b\n']);
  expect([shows(s, 'ok').at(-1), shows(s, 'ok', 1).at(-1), shows(s, 'ok', 2).at(-1)]).toEqual([false, false, true]);
  expect([s.to, s.nextAt, s.due(9, 100).toString()]).toEqual([1, 9, 'c\n']);
  // Without a name it is any console, but no port; each by itself.
  expect([shows(s, 'end', 2), shows(s, 'en', 0), shows(s, 'd', 1)].flat()).not.toContain(true);
  expect(shows(s, 'end', 1).at(-1)).toBe(true);
  expect(() => script('to other send x')).toThrow(
    /line 1: the guest has no console other; it has uart, hvc0, org.test.0/,
  );
});

test('says that the console has another size', () => {
  const s = script('at 7 resize 132x43');
  expect([s.resizes(6), s.resizes(7), s.resizes(8)]).toEqual([undefined, { cols: 132, rows: 43 }, undefined]);
  expect(() => script('resize 132')).toThrow(/COLUMNSxROWS, as 132x43/);
  expect(() => script('resize 70000x1')).toThrow(/COLUMNSxROWS/);
});
