import { afterAll, expect, test } from 'vitest';
import { hypertape, jsonOf, WorkFolder } from '../session/command-line.fixture.ts';

const work = new WorkFolder();
afterAll(() => work.remove());

const TAPES = ['demo-arm64', 'demo-armv7'].map((name) => `traces/golden/v3/${name}.tape`);

test('add, list and query', () => {
  const folder = work.file('fleet');
  const added = hypertape(['dataset', 'add', ...TAPES, folder, '--json']);
  expect([added.status, added.stderr]).toEqual([0, '']);
  const { tapes } = jsonOf(added) as { tapes: { path: string; guest: string; tape: string; isNew: boolean }[] };
  expect(tapes.map(({ path, guest, isNew }) => [path, guest, isNew])).toEqual([
    [TAPES[0], 'demo-arm64', true],
    [TAPES[1], 'demo-armv7', true],
  ]);
  const again = hypertape(['dataset', 'add', TAPES[0] ?? '', folder]);
  expect([again.status, again.stdout]).toEqual([
    0,
    `${TAPES[0]}: there already (guest=demo-arm64, tape=${tapes[0]?.tape.slice(0, 12)}…)\n`,
  ]);

  const list = hypertape(['dataset', 'list', folder]).stdout.trimEnd().split('\n');
  expect(list).toHaveLength(5);
  expect(list[2]).toMatch(
    /^demo-arm64 +[0-9a-f]{12} +0x1 +poweroff +0\.029632123 +3397 +hypertape .*demo-arm64\.tape$/,
  );
  const rows = JSON.parse(hypertape(['dataset', 'list', folder, '--json']).stdout) as Record<string, unknown>[];
  expect(rows.map(({ tape, digest, entropy_seed, exits }) => [tape, digest, entropy_seed, exits])).toEqual(
    tapes.map(({ tape }, n) => [tape, tape, '0x1', [3397, 4871][n]]),
  );

  const sql = 'SELECT guest, count(*) AS n FROM exits GROUP BY guest ORDER BY n';
  const answer = hypertape(['dataset', 'query', folder, sql, '--json']);
  expect(JSON.parse(answer.stdout)).toEqual([
    { guest: 'demo-arm64', n: 3397 },
    { guest: 'demo-armv7', n: 4871 },
  ]);
  const ofTapes = hypertape(['query', ...TAPES, sql, '--json']);
  expect(ofTapes.stdout).toBe(answer.stdout);
});

test.each([
  [['dataset', 'add', 'FOLDER'], 'give tapes'],
  [['dataset', 'list', 'FOLDER/none'], 'there is no such file'],
  [['dataset', 'list', 'FOLDER', 'SELECT 1'], 'takes one folder'],
  [['dataset', 'query', 'FOLDER'], 'give a folder and SQL'],
  [['dataset', 'query', 'FOLDER', 'SELECT 1', '--guest', 'x'], '--guest'],
  [['dataset', 'add', 'traces/golden/NOTE.md', 'FOLDER/new'], 'it is not a hypertape tape'],
  [['dataset', 'drop', 'FOLDER'], 'choose from'],
])('status 2 and one line: %s', (args, message) => {
  const { status, stdout, stderr } = hypertape(args.map((word) => word.replace('FOLDER', work.file(''))));
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr.trimEnd()).toMatch(/^hypertape: [^\n]*$/);
  expect(stderr).toContain(message);
});
