import { expect, test } from 'vitest';
import { importsOf, readSources } from './check/sources.ts';

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
