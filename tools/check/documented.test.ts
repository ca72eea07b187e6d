import { expect, test } from 'vitest';
import * as documented from './documented.ts';
import { describeFinding, readSources, type Source } from './sources.ts';

const program = readSources(['src', 'tools'], ['.ts']);
const found = (what: string, known: documented.Counts, count: (s: Source) => number): string[] => {
  const counted = documented.countIn(Object.keys(known), program, count);
  return documented.ratchetFindings(what, counted, known).map(describeFinding);
};

test('each folder has a file that says what it is', () => {
  expect(documented.folderFindings(program).map(describeFinding)).toEqual([]);
});
test('exports without a docstring grow fewer', () => {
  const count = (s: Source): number => documented.undocumentedIn(s).length;
  expect(found('exports without a docstring', documented.undocumentedKnown, count)).toEqual([]);
});
test('files without a citation grow fewer', () => {
  const count = (s: Source): number => (documented.isUncited(s) ? 1 : 0);
  expect(found('files without a citation', documented.uncitedKnown, count)).toEqual([]);
});

test('a folder that says nothing of itself, or twice, is found', () => {
  const file = (name: string, text: string): Source => ({ path: `src/core/mmu/${name}`, text });
  const one = file('a.ts', '// mmu/: it translates.\n');
  const other = file('b.ts', '#!/usr/bin/env node\n// mmu/: it translates.\n');
  const plain = file('c.ts', '// Not a header.\n');
  expect(documented.folderFindings([one, plain])).toEqual([]);
  expect(documented.folderFindings([other, plain])).toEqual([]);
  expect(documented.folderFindings([plain]).map((f) => f.path)).toEqual(['src/core/mmu']);
  expect(documented.folderFindings([one, other])).toHaveLength(1);
  expect(documented.folderFindings([file('c.fixture.ts', ''), file('c.test.ts', '')])).toEqual([]);
});

test('exports without a docstring are found', () => {
  const text = [
    '/** Said. */\nexport const A = {} as const;\nexport type A = keyof typeof A;',
    'export abstract class B {}\nexport interface C {}\nexport type D = 1;',
    '/**\n * Said.\n */\nexport function e() {}\nexport async function* f() {}\nconst g = 1;\nexport { g };',
  ].join('\n');
  expect(documented.undocumentedIn({ path: 'src/core/a.ts', text })).toEqual(['B', 'C', 'D', 'f']);
  expect(documented.undocumentedIn({ path: 'src/core/a.lift.ts', text })).toEqual([]);
  const verb = "export const run = command({\n  command: 'run',\n});";
  expect(documented.undocumentedIn({ path: 'tools/commands/run.ts', text: verb })).toEqual([]);
});

test('a citation stands in a comment', () => {
  const uncited = (text: string): boolean => documented.isUncited({ path: 'src/a.ts', text });
  expect(uncited('/** Arm ARM DDI 0487, D8.2. */')).toBe(false);
  expect(uncited('// gzip (RFC 1952, 2.3.1)')).toBe(false);
  expect(uncited("const model = 'linux,dummy-virt';\n// Nothing.")).toBe(true);
});

test('a number that rose, and one that can be lowered, are found', () => {
  const source = (path: string): Source => ({ path, text: 'export const a = 1;' });
  const counted = documented.countIn(
    ['src/core', 'src/hyp'],
    [source('src/core/a.ts'), source('src/core/b.ts')],
    () => 1,
  );
  expect(counted).toEqual({ 'src/core': 2, 'src/hyp': 0 });
  const told = (known: documented.Counts) => documented.ratchetFindings('files', counted, known).map((f) => f.what);
  expect(told({ 'src/core': 2, 'src/hyp': 0 })).toEqual([]);
  expect(told({ 'src/core': 1 })).toEqual(['2 files, 1 are known: write what is missing']);
  expect(told({ 'src/hyp': 3 })).toEqual(['0 files, 3 are known: lower the known number to 0']);
});
