import { expect, test } from 'vitest';
import { codeOf, importsOf, readSources } from './sources.ts';

test('comments, strings and patterns are no code; lines and columns stay', () => {
  const text = "a /* b\nc */ + 'd' /* e */ / f; // g\nx = `h$" + '{i}`;\ny = /[/"]j/.test(k);';
  const left = codeOf(text);
  expect(left.replace(/\s+/g, ' ')).toBe('a + / f; x = $' + '{i} ; y = .test(k);');
  expect(left.split('\n').map((l) => l.length)).toEqual(text.split('\n').map((l) => l.length));
});

test.each([
  ["import './a.ts';", 'src/core/ir/a.ts', false],
  ["import a, { b } from '../a.ts';", 'src/core/a.ts', false],
  ["import {\n  type A,\n  type B,\n} from './a.ts';", 'src/core/ir/a.ts', true],
  ["import { type A, b } from './a.ts';", 'src/core/ir/a.ts', false],
  ["import type { A } from '../../base/a.ts';", 'src/base/a.ts', true],
  ["export { a } from './a.ts';", 'src/core/ir/a.ts', false],
  ["export type * from './a.ts';", 'src/core/ir/a.ts', true],
  ["const a = await import('./a.ts');", 'src/core/ir/a.ts', false],
  ["import { join } from 'node:path';", 'node:path', false],
])('%s imports %s', (text, target, typeOnly) => {
  expect(importsOf({ path: 'src/core/ir/x.ts', text })).toMatchObject([{ target, typeOnly, line: 1 }]);
});

test('what only looks like an import is none', () => {
  const text = "// import './a.ts';\nexport const from = './a.ts';\nexport const text = `import './b.ts'`;";
  expect(importsOf({ path: 'src/core/ir/x.ts', text })).toEqual([]);
});

test('sources come sorted, by their paths from the root', () => {
  const paths = readSources(['tools/check'], ['.ts']).map((s) => s.path);
  expect(paths).toContain('tools/check/sources.ts');
  expect(paths).toEqual([...paths].sort());
});
