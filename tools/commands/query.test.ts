import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { hypertape, throughShell } from '../session/command-line.fixture.ts';

const TAPES = ['demo-arm64', 'demo-armv7'].map((name) => `traces/golden/v3/${name}.tape`);
const [TAPE = ''] = TAPES;

test('a table, JSON and CSV of the same rows', () => {
  const sql =
    'SELECT class, count(*) AS n, min(pc) AS pc FROM exits WHERE class_code < 24 GROUP BY class ORDER BY n DESC';
  const text = hypertape(['query', TAPE, sql]);
  expect([text.status, text.stderr]).toEqual([0, '']);
  const lines = text.stdout.trimEnd().split('\n');
  expect(lines).toEqual([
    expect.stringMatching(/^class +n +pc$/),
    expect.stringMatching(/^-+ +-+ +-+$/),
    expect.stringMatching(/^WFx +30 +0x[0-9a-f]+$/),
    expect.stringMatching(/^HVC64 +4 +0x[0-9a-f]+$/),
    '(2 rows)',
  ]);
  const json = hypertape(['query', TAPE, sql, '--json']);
  const rows = JSON.parse(json.stdout) as { class: string; n: number; pc: string }[];
  expect(rows.map((row) => [row.class, row.n])).toEqual([
    ['WFx', 30],
    ['HVC64', 4],
  ]);
  const csv = hypertape(['query', TAPE, sql, '--csv']).stdout;
  expect(csv).toBe(['class,n,pc', ...rows.map((row) => `${row.class},${row.n},${row.pc}`), ''].join('\n'));
  expect(JSON.parse(hypertape(['query', TAPE, 'SELECT 1 WHERE false', '--json']).stdout)).toEqual([]);
  const odd = hypertape(['query', TAPE, `SELECT 'a"b,c' AS x, chr(10) || 'y' AS y, NULL AS z`, '--csv']).stdout;
  expect(odd).toBe('x,y,z\n"a""b,c","\ny",\n');
});

test('several tapes, and rows as the events verb counts them', () => {
  const { stdout } = hypertape([
    'query',
    ...TAPES,
    'SELECT tape, count(*) AS n FROM mmio GROUP BY tape ORDER BY tape',
    '--json',
  ]);
  const counted = TAPES.map((tape) => ({
    tape,
    n: hypertape(['events', tape, '--class', 'mmio-read,mmio-write', '--json']).stdout.trim().split('\n').length,
  }));
  expect(JSON.parse(stdout)).toEqual(counted);
});

test.each([
  [['query', TAPE], 'give tapes and SQL'],
  [['query', TAPE, 'SELEC 1'], 'syntax error'],
  [['query', TAPE, 'SELECT 1; SELECT 2'], '2 statements'],
  [['query', '/no/such.tape', 'SELECT 1'], 'there is no such file'],
  [['query', TAPE, 'SELECT 1', '--json', '--csv'], 'give one of them'],
  [['query', TAPE, 'SELECT 1', '--memory-limit', 'x'], '--memory-limit x'],
])('status 2 and one line: %s', (args, message) => {
  const { status, stdout, stderr } = hypertape(args);
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr.trimEnd()).toMatch(/^hypertape: [^\n]*$/);
  expect(stderr).toContain(message);
});

test('a tape of inputs says so; a reader that goes away ends it', () => {
  const inputs = hypertape([
    'query',
    'traces/golden/v3/demo-arm64-inputs.tape',
    'SELECT count(*) AS n FROM exits',
    '--json',
  ]);
  expect([inputs.status, JSON.parse(inputs.stdout)]).toEqual([0, [{ n: 0 }]]);
  expect(inputs.stderr).toContain('retrace');
  const piped = throughShell('"$@" | head -1; echo $PIPESTATUS', [
    'query',
    TAPE,
    'SELECT * FROM range(3000000)',
    '--csv',
  ]);
  expect(piped.stdout).toBe('range\n0\n');
});

test('without DuckDB it says what to install', () => {
  const hook = `import { registerHooks } from 'node:module';
    registerHooks({ resolve(name, context, next) {
      if (name.startsWith('@duckdb/')) throw Object.assign(new Error('gone'), { code: 'ERR_MODULE_NOT_FOUND' });
      return next(name, context);
    } });`;
  const cli = fileURLToPath(new URL('../cli.ts', import.meta.url));
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(hook)}`, cli, 'query', TAPE, 'SELECT 1'],
    { encoding: 'utf8' },
  );
  expect(status).toBe(2);
  expect(stderr).toBe(
    'hypertape: SQL needs DuckDB, which is not here: install it with "npm install @duckdb/node-api" beside hypertape\n',
  );
});
