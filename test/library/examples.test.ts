import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { projectRoot } from '../../tools/check/sources.ts';
import { guestFiles } from '../../tools/guests/catalogue.ts';
import { hypertape, jsonOf, WorkFolder } from '../../tools/session/command-line.fixture.ts';

const work = new WorkFolder();
const tape = join(work.path, 'demo.tape');
const { kernel } = guestFiles('demo-arm64');
const run = new Map<string, string>();

/** As a user would: a process of its own, which imports the package by its name; here that means the sources. */
function example(name: string, ...args: string[]): string {
  const program = join(projectRoot, 'examples', name);
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--conditions=hypertape-source', program, ...args], {
    encoding: 'utf8',
  });
  expect([stderr, status]).toEqual(['', 0]);
  run.set(name, stdout);
  return stdout;
}

beforeAll(() => {
  example('record.ts', kernel, tape);
  return () => work.remove();
}, 60_000);

test('record: the exits are those of the tape', () => {
  const { events } = jsonOf(hypertape(['info', tape, '--json'])) as { events: { exitsByClass: object } };
  const said = [...(run.get('record.ts') ?? '').matchAll(/^ *(\d+) (\w+)$/gm)].map(([, n, name]) => [name, Number(n)]);
  expect(Object.fromEntries(said)).toEqual(events.exitsByClass);
});

test('hot-exits: the counts are those of the listing', () => {
  const lines = hypertape(['events', tape, '--class', 'vm-exit', '--json']).stdout.trim().split('\n');
  const pcs = lines.map((line) => (JSON.parse(line) as { pc: string }).pc);
  const said = example('hot-exits.ts', tape).trim().split('\n');
  expect(said).toHaveLength(10);
  for (const line of said) {
    const [count, pc] = line.trim().split(' ');
    expect(pcs.filter((other) => other === pc)).toHaveLength(Number(count));
  }
});

test('console-times: all of the console, and every event checked', () => {
  const said = example('console-times.ts', tape);
  const { stdout } = hypertape(['replay', tape]);
  const text = said.split('\n').flatMap((line) => (/^\d+\.\d{6} s {2}(.*)$/.exec(line) ?? []).slice(1));
  expect(text).toEqual(
    stdout
      .trim()
      .split('\n')
      .slice(0, text.length)
      .map((line) => line.trimEnd()),
  );
  expect(text.length).toBeGreaterThan(20);
  expect(said).toMatch(/^verified: [\d]+ events$/m);
});

test('before-the-end: a place that the listing has', () => {
  const said = example('before-the-end.ts', tape);
  const at = Number(/at instruction (\d+) of/.exec(said)?.[1]);
  const { stdout } = hypertape(['events', tape, '--class', 'psci', '--json']);
  const ats = stdout
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { at: number }).at);
  expect(ats).toContain(at);
});

test("vm: the counters are bhyve's, of the tape's exits", () => {
  const said = example('vm.ts', kernel);
  expect(said).toMatch(/^INST_EMUL at instruction \d+: pc 0x[0-9a-f]+, gpa 0x9000030$/m);
  expect(said).toContain("suspended: poweroff, bhyve's exit status 1\n");
  const { stdout } = hypertape(['profile', tape, '--format', 'stats']);
  const counters = stdout.split('\n').flatMap((line) => {
    const [name = '', value = '0'] = line.split('\t');
    return Number(value) > 0 ? [`${name.trim()}: ${value}`] : [];
  });
  expect(counters.length).toBeGreaterThan(5);
  expect(said.split('\n')).toEqual(expect.arrayContaining(counters));
});

test('profile: what the verb says', () => {
  const { total, rows } = jsonOf(hypertape(['profile', tape, '--by', 'class', '--json'])) as {
    total: number;
    rows: readonly { key: string; count: number; p50: number; p99: number }[];
  };
  const [first, ...said] = example('profile.ts', tape).trim().split('\n');
  expect(first).toBe(`${total} exits`);
  const shown = said.map((line) => /^ *(\d+) .* % (\w+) +p50 (\d+) p99 (\d+)$/.exec(line)?.slice(1));
  expect(shown).toEqual(rows.map(({ key, count, p50, p99 }) => [count, key, p50, p99].map(String)));
});

test('compare: where a fork was made', () => {
  const forked = join(work.path, 'forked.tape');
  const made = hypertape([
    'fork',
    tape,
    '--at',
    '1000000',
    '--set',
    'reg=x19:0x5a5a',
    '-o',
    forked,
    '--console',
    'none',
  ]);
  expect(made.stderr).not.toMatch(/^hypertape: /m);
  const said = example('compare.ts', tape, forked);
  const at = Number(/^they part at instruction (\d+)$/m.exec(said)?.[1]);
  expect(at).toBeGreaterThanOrEqual(1_000_000);
  expect(at).toBe(jsonOf(hypertape(['bisect', tape, forked, '--json'])).icount);
  const { kind, changed } = jsonOf(hypertape(['diff', tape, forked, '--json'])) as Record<string, unknown>;
  expect(said).toContain(`they differ by ${kind}, and in ${changed} events behind that\n`);
  const [, what, , steps, from] = /^ {2}(\S+) (.*), (\d+) steps from: (.*)$/m.exec(said) ?? [];
  const because = jsonOf(hypertape(['why', tape, '--at', String(at + 1), what ?? '', '--bytes', '4', '--json']));
  expect([(because.chain as object[]).length, because.origin]).toEqual([
    Number(steps),
    expect.objectContaining({ what: from }),
  ]);
  expect(example('compare.ts', tape, tape)).toBe('same\n');
});

test('each example was run', () => {
  expect([...run.keys()].sort()).toEqual(readdirSync(join(projectRoot, 'examples')).sort());
});
