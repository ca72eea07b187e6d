import { expect, test } from 'vitest';
import yargs from 'yargs';
import plainWidth from './build/plain-width.ts';
import { importsOf, readSources } from './check/sources.ts';
import { allVerbs } from './verbs.ts';

test('a verb is read without a machine: its help, or what is wrong with its options, needs none', () => {
  const read = new Map(
    readSources(['src', 'tools'], ['.ts']).map((source) => [
      source.path,
      importsOf(source).filter(({ typeOnly, isLazy }) => !typeOnly && !isLazy),
    ]),
  );
  const verbs = [...read.keys()].filter((path) => /^tools\/commands\/[^.]+\.ts$/.test(path));
  expect(verbs.length).toBeGreaterThan(10);
  const reached = new Set(verbs);
  for (const path of reached) for (const { target } of read.get(path) ?? []) reached.add(target);
  expect(reached).toContain('src/machine/config.ts');
  expect([...reached].filter((path) => path.startsWith('src/core/engine/'))).toEqual([]);
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
