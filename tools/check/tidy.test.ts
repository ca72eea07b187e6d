import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeFinding, projectRoot, readSources } from './sources.ts';
import * as tidy from './tidy.ts';

const code = readSources(['src', 'tools', 'test'], ['.ts']);
const documents = readSources(['.'], ['.md']);
const all = [
  ...code,
  ...documents,
  ...readSources(['.'], ['.json', '.mjs', '.c', '.h', '.S', '.sh', 'Makefile', '.yml']),
];
const none: string[] = [];

test('nothing banned is used', () => {
  expect(tidy.banFindings(code).map(describeFinding)).toEqual(none);
});
test('only the files that are named touch the host', () => {
  expect(tidy.hostModuleFindings(code).map(describeFinding)).toEqual(none);
});
test('no file is too long', () => {
  expect(tidy.sizeFindings(code).map(describeFinding)).toEqual(none);
});
test('every test stands beside what it tests', () => {
  expect(tidy.strayTestFindings(code).map(describeFinding)).toEqual(none);
});
test('what only tests use says so by its name', () => {
  expect(tidy.fixtureFindings(code).map(describeFinding)).toEqual(none);
});
test('no path of one machine is left', () => {
  expect(tidy.machinePathFindings(all).map(describeFinding)).toEqual(none);
});
test('what the documents mention is there', () => {
  const exists = (path: string): boolean => existsSync(join(projectRoot, path));
  expect(tidy.mentionFindings(documents, exists).map(describeFinding)).toEqual(none);
});
test('the README mentions every verb', () => {
  const readme = documents.find((d) => d.path === 'README.md')?.text ?? '';
  expect(tidy.verbFindings(code, readme).map(describeFinding)).toEqual(none);
});

const unfinished = ['TO', 'DO'].join('');
const banned: readonly { readonly path: string; readonly text: string; readonly name: string }[] = [
  { path: 'src/devices/a.ts', text: 'const t = Date.now();', name: 'Date' },
  { path: 'src/devices/a.ts', text: 'const t = `$' + '{performance.now()}`;', name: 'performance' },
  { path: 'src/machine/a.ts', text: 'process.hrtime.bigint();', name: 'process.hrtime' },
  { path: 'src/machine/a.ts', text: 'setTimeout(run, 1);', name: 'a host timer' },
  { path: 'src/machine/a.test.ts', text: 'const n = Math.random();', name: 'host randomness' },
  { path: 'src/core/a.ts', text: 'const n = Math.exp(x);', name: 'a host float function' },
  { path: 'src/machine/a.ts', text: "if (process.env.DEBUG === '1') log();", name: "the host's environment" },
  { path: 'src/trace/a.ts', text: 'Buffer.from(bytes);', name: "Node's classes and globals" },
  { path: 'src/trace/a.ts', text: 'names.sort((a, b) => a.localeCompare(b));', name: "the host's locale" },
  { path: 'tools/a.ts', text: 'for (const key in table) use(key);', name: 'for in' },
  { path: 'tools/a.ts', text: 'const a: any = 1;', name: 'any' },
  { path: 'tools/a.ts', text: '// @ts-ignore', name: 'a silenced compiler' },
  { path: 'tools/a.ts', text: `// ${unfinished}: more`, name: 'unfinished work' },
  { path: 'src/core/a.ts', text: 'const HCR_TGE = 1 << 27;', name: "a register's bit" },
  { path: 'src/core/a.ts', text: 'const PAGE_BYTES = 4096;', name: "a page's size" },
  { path: 'src/core/a.test.ts', text: "test.only('a', () => {});", name: 'a test left out' },
];
test.each(banned)('$text is found', ({ path, text, name }) => {
  expect(tidy.banFindings([{ path, text }]).map((f) => f.what)).toEqual([expect.stringContaining(name)]);
});
test('every ban is shown above', () => {
  expect(new Set(banned.map((b) => b.name))).toEqual(new Set(tidy.bans.map((b) => b.name)));
});

test('what is allowed is not found', () => {
  const text = [
    "// Any Date, performance or any other name: it's a comment.",
    "const words = 'Date any setTimeout(';",
    'const pattern = /[\'"]any/;',
    'test.skipIf(missing)(words, run);',
    'for (const key of keys) use(key in table);',
  ].join('\n');
  expect(tidy.banFindings([{ path: 'src/core/a.ts', text }])).toEqual([]);
  expect(tidy.banFindings([{ path: 'tools/a.ts', text: 'const t = performance.now();' }])).toEqual([]);
});

test('files of the host, long files, stray tests, machine paths and dead mentions are found', () => {
  const found = (findings: readonly { readonly what: string }[]): number => findings.length;
  expect(found(tidy.hostModuleFindings([{ path: 'src/hyp/a.ts', text: "import { openSync } from 'node:fs';" }]))).toBe(
    1,
  );
  expect(found(tidy.hostModuleFindings([{ path: 'tools/a.ts', text: "import { openSync } from 'node:fs';" }]))).toBe(0);
  const reads = { path: 'src/hyp/a.ts', text: "import { readWhole } from '../host/files.ts';" };
  expect(found(tidy.hostModuleFindings([reads]))).toBe(1);
  const idle = { path: 'src/trace/codec/tape-file.ts', text: '' };
  expect(found(tidy.hostModuleFindings([idle]))).toBe(1);
  expect(found(tidy.sizeFindings([{ path: 'src/a.ts', text: 'a\n'.repeat(tidy.LINES_MAX) }]))).toBe(1);
  expect(found(tidy.sizeFindings([{ path: 'src/a.ts', text: 'a\n'.repeat(tidy.LINES_MAX - 1) }]))).toBe(0);
  expect(found(tidy.strayTestFindings([{ path: 'src/core/a.test.ts', text: '' }]))).toBe(1);
  expect(found(tidy.fixtureFindings([{ path: 'test/support/a.ts', text: '' }]))).toBe(1);
  expect(found(tidy.fixtureFindings([{ path: 'src/core/a.ts', text: '' }]))).toBe(1);
  expect(
    found(
      tidy.fixtureFindings([
        { path: 'src/core/a.ts', text: "import './b.ts';\nimport './a.fixture.ts';" },
        { path: 'src/core/b.ts', text: "import './a.ts';" },
        { path: 'src/core/a.fixture.ts', text: '' },
      ]),
    ),
  ).toBe(0);
  expect(found(tidy.machinePathFindings([{ path: 'a.md', text: ['see ', 'home', 'me', 'a'].join('/') }]))).toBe(1);
  expect(found(tidy.machinePathFindings([{ path: 'a.md', text: 'https://example.org/work/a' }]))).toBe(0);
  expect(found(tidy.mentionFindings([{ path: 'a.md', text: 'see `src/gone.ts`' }], () => false))).toBe(1);
  expect(found(tidy.verbFindings([{ path: 'tools/commands/info.ts', text: '' }], 'no verbs'))).toBe(1);
  expect(found(tidy.verbFindings([{ path: 'tools/commands/info.ts', text: '' }], '`hypertape info T`'))).toBe(0);
});
