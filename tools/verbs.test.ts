import { expect, test } from 'vitest';
import yargs from 'yargs';
import plainWidth from './build/plain-width.ts';
import { importsOf, readSources } from './check/sources.ts';
import { allVerbs } from './verbs.ts';

const imports = new Map(
  readSources(['src', 'tools'], ['.ts']).map((source) => [
    source.path,
    importsOf(source).filter(({ typeOnly, isLazy }) => !typeOnly && !isLazy),
  ]),
);
/** Files that are read with these, and names of packages. */
function readWith(paths: readonly string[]): ReadonlySet<string> {
  const reached = new Set(paths);
  for (const path of reached) for (const { target } of imports.get(path) ?? []) reached.add(target);
  return reached;
}

test('a verb is read without a machine: its help, or what is wrong with its options, needs none', () => {
  const verbs = [...imports.keys()].filter((path) => /^tools\/commands\/[^.]+\.ts$/.test(path));
  expect(verbs.length).toBeGreaterThan(10);
  const reached = readWith(verbs);
  expect(reached).toContain('src/machine/config.ts');
  expect([...reached].filter((path) => path.startsWith('src/core/engine/'))).toEqual([]);
});

test('of packages a run reads the two that it needs: looking for one takes as long as much else at its start', () => {
  const reached = readWith(['tools/cli.ts', ...['record', 'replay', 'run'].map((verb) => `tools/commands/${verb}.ts`)]);
  const ofRuns = readWith([...reached, 'tools/session/recording.ts', 'tools/session/replaying.ts']);
  expect(ofRuns).toContain('src/core/engine/engine.ts');
  expect([...ofRuns].filter((name) => !/^(bin|src|tools)\/|^node:/.test(name)).sort()).toEqual(['msgpackr', 'yargs']);
});

test('the help of verbs is of characters that take a column each, as the package takes them to', async () => {
  for (const verb of await allVerbs()) {
    const lines = (await verb.builder(yargs([])).getHelp()).split('\n');
    for (const text of [...lines, verb.command, verb.describe, ...Object.values(verb.exits)]) {
      expect(text).toMatch(/^[\x20-\x7e\u2018-\u201f\u2026]*$/);
      expect(plainWidth(text)).toBe([...text].length);
    }
  }
});

test('a thread beside a run that writes no tape reads nothing to pack with', () => {
  expect([...readWith(['src/host/side-thread.ts'])].sort()).toEqual(['node:worker_threads', 'src/host/side-thread.ts']);
});
