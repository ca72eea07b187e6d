import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fetched } from '../support/fetched.fixture.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'hypertape-package-'));
const home = join(work, 'installed');
// As at a user's: the system's Node, not the one that npm scripts find first.
const path = (process.env.PATH ?? '').split(delimiter).filter((p) => !p.includes(`${sep}node_modules${sep}.bin`));
const env = { ...process.env, PATH: path.join(delimiter) };

const npm = (cwd: string, ...args: string[]): string =>
  execFileSync('npm', args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const hypertape = (...args: string[]): { status: number | null; stdout: string; stderr: string } =>
  spawnSync(join(home, 'node_modules/.bin/hypertape'), args, { cwd: home, env, encoding: 'utf8', input: '' });

let installed: { readonly status: number | null; readonly stderr: string };

beforeAll(() => {
  const packed = JSON.parse(npm(root, 'pack', '--json', '--pack-destination', work)) as unknown;
  // npm 12 keys the list by the package's name.
  const [entry] = (Array.isArray(packed) ? packed : Object.values(packed as object)) as { filename: string }[];
  mkdirSync(home);
  npm(home, 'init', '--yes');
  const install = ['install', '--no-fund', '--no-audit', '--ignore-scripts', join(work, entry?.filename ?? '')];
  installed = spawnSync('npm', install, { cwd: home, env, encoding: 'utf8' });
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

test('its installation runs no scripts and warns of nothing', () => {
  expect(installed).toMatchObject({ status: 0, stderr: '' });
  const modules = join(home, 'node_modules');
  const manifests = readdirSync(modules, { recursive: true, encoding: 'utf8' })
    .filter((path) => /(^|\/node_modules\/|^@[^/]+\/)[^/]+\/package\.json$/.test(path))
    .map((path) => JSON.parse(readFileSync(join(modules, path), 'utf8')) as { name: string; scripts?: object });
  expect(manifests.map(({ name }) => name)).toContain('hypertape');
  const scripts = ({ scripts = {} }: { scripts?: object }) =>
    Object.keys(scripts).filter((s) => /^(pre|post)?install$/.test(s));
  expect(manifests.filter((manifest) => scripts(manifest).length > 0)).toEqual([]);
});

test('what its README links to is in the package', () => {
  const folder = join(home, 'node_modules/hypertape');
  const links = [...readFileSync(join(folder, 'README.md'), 'utf8').matchAll(/\]\(([^)#:]+)(#[^)]*)?\)/g)].map(
    ([, to]) => to ?? '',
  );
  expect(links.length).toBeGreaterThan(2);
  expect(links.filter((to) => !existsSync(join(folder, to)))).toEqual([]);
});

test('the guests that come with it are there', () => {
  const { status, stdout } = hypertape('guest', 'list');
  expect(status).toBe(0);
  const names = [...stdout.matchAll(/\bdemo-[\w-]+/g)].map(([name]) => name);
  expect(names).toContain('demo-arm64');
  for (const name of names) {
    const ran = hypertape('run', '--guest', name, '--console', 'none', '--max-icount', '1000');
    expect({ name, ...ran }).toMatchObject({ status: 3, stderr: expect.stringContaining('1,000 instructions') });
  }
});

test('the installed program records and replays', () => {
  const recorded = hypertape('record', '--guest', 'demo-arm64', '-o', 'demo.tape', '--json');
  expect(recorded.stderr).toContain('DEMO-DONE');
  expect(JSON.parse(recorded.stdout)).toMatchObject({ outcome: 'poweroff' });
  expect(recorded.status).toBe(0);
  const replayed = hypertape('replay', 'demo.tape', '--console', 'none', '--json');
  expect(JSON.parse(replayed.stdout)).toMatchObject({ verified: true });
  expect(replayed.status).toBe(0);
});

test.each([
  ['info', 'demo.tape'],
  ['events', 'demo.tape', '--limit', '1'],
  ['profile', 'demo.tape', '--by', 'symbol'],
  ['profile', 'demo.tape', '--by', 'stack'],
  ['profile', 'demo.tape', '--advice'],
  ['query', 'demo.tape', 'SELECT count(*) FROM exits'],
  ['dataset', 'add', 'demo.tape', 'tapes'],
  ['where', 'demo.tape', '--at', 'end'],
  ['trace', 'demo.tape', '--from', 'end-10', '--to', 'end'],
  ['mem', 'demo.tape', 'main', '8', '--at', 'end'],
  ['who-wrote', 'demo.tape', 'x0', '--at', 'end'],
  ['why', 'demo.tape', 'x0', '--at', 'end'],
  ['translate', 'demo.tape', 'main', '--at', 'end'],
  ['core', 'demo.tape', '--at', 'end', '-o', 'core'],
  ['report', 'demo.tape', '-o', 'report.html'],
  ['export', 'demo.tape', '--to', 'perfetto', '-o', 'perfetto'],
  ['diff', 'demo.tape', 'demo.tape'],
  ['bisect', 'demo.tape', 'demo.tape'],
  ['strip', 'demo.tape', '-o', 'stripped.tape'],
  ['fork', 'demo.tape', '--at', 'icount:1000', '--set', 'reg=x9:1', '-o', 'forked.tape'],
  ['sweep', '--seeds', '1..2', '-o', 'seeds', '--', '--guest', 'demo-smp-arm64', '--smp', '2'],
])('the installed program does its work: %s', (...args) => {
  expect(hypertape(...args)).toMatchObject({ status: 0, stderr: expect.not.stringContaining('hypertape:') });
});

test('the installed program compares builds on a tape', () => {
  const build = `"${join(home, 'node_modules/.bin/hypertape')}"`;
  const { status, stdout, stderr } = hypertape('bisect', '--versions', build, build, 'demo.tape', '--json');
  expect([stderr, status]).toEqual(['', 0]);
  expect(JSON.parse(stdout)).toMatchObject({ identical: true });
});

test('programs import the package, with types and without', () => {
  const folder = join(home, 'node_modules/hypertape');
  cpSync(join(folder, 'examples'), join(home, 'examples'), { recursive: true });
  // npm's own default is CommonJS.
  npm(home, 'pkg', 'set', 'type=module');
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const types = ['--typeRoots', join(root, 'node_modules/@types'), '--types', 'node'];
  const programs = readdirSync(join(home, 'examples')).map((name) => join('examples', name));
  const strict = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', '--lib', 'es2024'];
  const checked = spawnSync(process.execPath, [tsc, ...strict, ...types, ...programs], { cwd: home, encoding: 'utf8' });
  expect(checked.stdout).toBe('');
  const ran = spawnSync(process.execPath, ['examples/hot-exits.ts', 'demo.tape'], { cwd: home, encoding: 'utf8' });
  expect(ran.stdout.trim().split('\n')).toHaveLength(10);
});

test('the installed program tells a wrong command with status 2', () => {
  const { status, stderr } = hypertape('replay', 'missing.tape');
  expect(status).toBe(2);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});

/** With translations kept in a folder of its own. */
const keeping = (folder: string, ...args: string[]): { status: number | null; stdout: string; stderr: string } =>
  spawnSync(join(home, 'node_modules/.bin/hypertape'), args, {
    cwd: home,
    env: { ...env, HYPERTAPE_TRANSLATIONS: folder },
    encoding: 'utf8',
    input: '',
  });

test.for(['demo-arm64', 'debian-arm64-cloud', 'debian-armv7'])(
  'what one process has translated of %s the next takes up, and records and replays the same',
  (guest, context) => {
    if (guest.startsWith('debian')) fetched(context, guest);
    const folder = join(work, `translations-${guest}`);
    const record = (tape: string): Buffer => {
      const recorded = keeping(
        folder,
        ...['record', '--guest', guest, '-o', tape, '--reproducible', '--console', 'none', '--force'],
      );
      expect(recorded).toMatchObject({ status: 0 });
      return readFileSync(join(home, tape));
    };
    const first = record('first.tape');
    const [only] = readdirSync(folder);
    const path = join(folder, only as string);
    const left = readFileSync(path);
    const { ino } = statSync(path);
    expect(record('second.tape').equals(first)).toBe(true);
    const replayed = keeping(folder, 'replay', 'first.tape', '--console', 'none', '--json');
    expect(JSON.parse(replayed.stdout)).toMatchObject({ verified: true });
    expect(readdirSync(folder)).toEqual([only]);
    // When what is compiled is there differs from run to run, and with it what else is worth being translated.
    if (guest.startsWith('debian')) return;
    expect(statSync(path).ino).toBe(ino);
    // What is damaged the next process does without, and leaves its own.
    const damaged = left.subarray(0, left.length - 1);
    writeFileSync(path, damaged);
    expect(record('third.tape').equals(first)).toBe(true);
    expect(readFileSync(path).equals(damaged)).toBe(false);
  },
);
