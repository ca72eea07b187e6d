import { existsSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ExitStatus, Failure } from '../../src/base/failure.ts';
import { buildReportPage } from '../build/report-page.ts';
import { unpackData } from '../report/container.ts';
import { type ReportArgs, report } from '../report/report.ts';
import type { ReportData } from '../report/report-data.ts';
import { hypertape, WorkFolder } from '../session/command-line.fixture.ts';

const work = new WorkFolder();
afterAll(() => work.remove());
beforeAll(() => buildReportPage(), 60_000);

const golden = (name: string): string => fileURLToPath(new URL(`../../traces/golden/v3/${name}.tape`, import.meta.url));
const tape = golden('demo-arm64');

/** What a page carries. */
function dataOf(path: string): ReportData {
  const [, packed = ''] =
    readFileSync(path, 'utf8').match(/<script type="text\/plain" id="data">\s*([^<]*)<\/script>/) ?? [];
  return unpackData(gunzipSync(Buffer.from(packed, 'base64'))) as ReportData;
}

test('writes a page, whose numbers are those of profile', () => {
  const output = work.file('demo.html');
  const { status, stdout } = hypertape(['report', tape, '-o', output, '--json']);
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    output,
    bytes: statSync(output).size,
    runs: [{ name: 'demo-arm64.tape' }],
  });
  const { runs } = dataOf(output);
  const [run] = runs;
  if (run === undefined) throw new Error('a page without a run');
  for (const [by, column] of [
    ['class', run.paths.className],
    ['symbol', run.paths.symbol],
  ] as const) {
    const { rows } = JSON.parse(hypertape(['profile', tape, '--by', by, '--json']).stdout) as {
      rows: readonly { key: string; count: number; instructions: number }[];
    };
    const counts = new Map<string, { count: number; instructions: number }>();
    for (const [i, path] of run.exits.path.entries()) {
      const key = run.names[column[path] as number] || '(no symbol)';
      const { count, instructions } = counts.get(key) ?? { count: 0, instructions: 0 };
      counts.set(key, { count: count + 1, instructions: instructions + (run.exits.gap[i] as number) });
    }
    expect(counts).toEqual(new Map(rows.map(({ key, count, instructions }) => [key, { count, instructions }])));
  }
});

test('takes a stretch, a title, two tapes', () => {
  const output = work.file('two.html');
  const title = 'A & <b>B</b>';
  const { status } = hypertape([
    'report',
    tape,
    golden('demo-arm64-bhyve'),
    '-o',
    output,
    '--to',
    'irq:27',
    '--title',
    title,
  ]);
  expect(status).toBe(0);
  const { runs, title: told } = dataOf(output);
  expect(told).toBe(title);
  expect(runs).toHaveLength(2);
  for (const { exits, span } of runs) expect(exits.at.at(-1)).toBeLessThanOrEqual(span.to);
  expect(readFileSync(output, 'utf8')).not.toContain('<b>B</b>');
});

test('refuses what it cannot do in one line, before it writes anything', () => {
  const there = work.write('there.html', 'mine');
  const garbage = work.write('garbage.tape', 'no tape');
  const free = work.file('free.html');
  const refused = (args: Partial<ReportArgs>): string => {
    try {
      report({ tape, output: free, stacks: false, force: false, json: true, ...args });
    } catch (error) {
      if (error instanceof Failure && error.status === ExitStatus.usage) return error.message;
      throw error;
    }
    return 'taken';
  };
  for (const [args, said] of [
    [{ output: there }, /there already/],
    [{ output: tape }, /a tape/],
    [{ tape: garbage }, /not a hypertape tape/],
    [{ tape: work.file('none.tape') }, /none\.tape/],
    [{ tape2: work.file('none.tape') }, /none\.tape/],
    [{ tape: golden('demo-arm64-inputs') }, /retrace/],
    [{ vcpu: 'x' }, /--vcpu x/],
    [{ from: 'console:never this' }, /never this/],
    [{ symbols: garbage }, /garbage\.tape/],
  ] as const) {
    expect(refused(args)).toMatch(said);
    expect(refused(args)).not.toContain('\n');
  }
  expect(existsSync(free)).toBe(false);
  expect(readFileSync(there, 'utf8')).toBe('mine');
  const { status, stderr } = hypertape(['report', tape, '-o', there]);
  expect([status, stderr.trim().split('\n').length]).toEqual([2, 1]);
});
