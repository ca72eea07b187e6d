import { readFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { hypertape, jsonOf, WorkFolder } from '../session/command-line.fixture.ts';

const work = new WorkFolder();
afterAll(() => work.remove());

const TAPES = ['demo-arm64', 'demo-armv7'].map((name) => `traces/golden/v3/${name}.tape`);
const [TAPE = ''] = TAPES;
const uart = { table: 'exits', class: 'DABT_LOW', device: 'pl011' };
const rulesFile = (name: string, ...rules: readonly object[]): string => work.write(name, JSON.stringify({ rules }));

test('rules that are kept and broken, as text, JSON and JUnit', () => {
  const events = hypertape(['events', TAPE, '--json'])
    .stdout.trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const done = events.findIndex(
    ({ event, bytes }) => event === 'console-out' && Buffer.from(String(bytes), 'hex').toString().includes('DEMO-DONE'),
  );
  const before = events
    .slice(0, done)
    .filter((e) => e.event === 'vm-exit' && e.class === 'DABT_LOW' && String(e.ipa).startsWith('0x9000'));
  expect(before.length).toBeGreaterThan(1000);
  const rules = rulesFile(
    'rules.json',
    { name: 'quiet enough', count: uart, atMost: before.length, atLeast: before.length, before: 'console:DEMO-DONE' },
    { name: 'a <quiet> UART', why: 'each is an exit', count: uart, atMost: 100 },
    {
      name: 'taken',
      every: { table: 'irqs', event: 'irq-inject' },
      followedBy: { table: 'irqs', event: 'irq-ack' },
      within: { ns: 100_000 },
      same: ['intid'],
    },
    { name: 'boots', reach: 'console:DEMO-DONE', within: { instructions: 6_000_000 } },
    { name: 'never', reach: 'console:not there', within: { ns: 1 } },
  );
  const report = work.file('report.xml');
  const text = hypertape(['check', TAPE, '--rules', rules, '--junit', report]);
  expect([text.status, text.stderr]).toEqual([1, '']);
  const lines = text.stdout.trimEnd().split('\n');
  expect(lines[0]).toBe(
    `ok      quiet enough: ${before.length} events; at most ${before.length} and at least ${before.length}`,
  );
  expect(lines.slice(1, 4)).toEqual([
    expect.stringMatching(/^BROKEN {2}a <quiet> UART: \d+ events; at most 100$/),
    '        each is an exit',
    expect.stringMatching(
      new RegExp(`the first beyond 100: event ${before[100]?.ordinal}, icount .*, vcpu 0: vm-exit .*pl011|DABT_LOW`),
    ),
  ]);
  expect(lines.at(-1)).toBe('3 of 5 rules are kept');

  const json = jsonOf(hypertape(['check', ...TAPES, '--rules', rules, '--json'])) as unknown as {
    ok: boolean;
    tapes: {
      tape: string;
      ok: boolean;
      rules: { name: string; ok: boolean; broken: number; breaches: { event?: number; text: string }[] }[];
    }[];
  };
  expect([json.ok, json.tapes.map(({ tape }) => tape)]).toEqual([false, TAPES]);
  expect(json.tapes[0]?.rules.map(({ ok }) => ok)).toEqual([true, false, true, true, false]);
  expect(json.tapes[0]?.rules[1]?.breaches[0]?.event).toBe(before[100]?.ordinal);

  const xml = readFileSync(report, 'utf8');
  expect(xml).toContain(
    '<testsuite name="traces/golden/v3/demo-arm64.tape" tests="5" failures="2" errors="0" skipped="0">',
  );
  expect(xml).toContain('name="a &lt;quiet> UART"');
  expect(xml.match(/<failure /g)).toHaveLength(2);
  const again = hypertape(['check', TAPE, '--rules', rules, '--junit', report]);
  expect([again.status, again.stderr]).toEqual([2, expect.stringContaining('--force')]);
});

test('all kept is status 0; a symbol may be a place', () => {
  const kept = rulesFile('kept.json', { name: 'reached', reach: 'symbol:console_put', within: { exits: 1000 } });
  const { status, stdout } = hypertape(['check', TAPE, '--rules', kept]);
  expect([status, stdout]).toEqual([
    0,
    expect.stringMatching(/^ok {6}reached: symbol:console_put after \d+ exits; at most 1000\n1 of 1 rules are kept\n$/),
  ]);
});

test.each([
  [
    'rules that are none',
    () => work.write('none.json', '{"rules":[{"name":"a","count":{"table":"nope"},"atMost":1}]}'),
    'rule 1 "a": count: there is no table "nope"',
  ],
  [
    'a place that is none',
    () => rulesFile('place.json', { name: 'a', reach: 'nowhere', within: { ns: 1 } }),
    'rule "a": nowhere: give icount:N',
  ],
  ['no file', () => work.file('missing.json'), 'there is no such file'],
])('status 2 and one line: %s', (_, rules, message) => {
  const { status, stdout, stderr } = hypertape(['check', TAPE, '--rules', rules()]);
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr.trimEnd()).toMatch(/^hypertape: [^\n]*$/);
  expect(stderr).toContain(message);
});
