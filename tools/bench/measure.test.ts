import type { ChildProcess } from 'node:child_process';
import { expect, test } from 'vitest';
import { during } from './measure.ts';

test("a process that was started for something is gone when that is done: its CPU time is nobody else's", async () => {
  let started: ChildProcess | undefined;
  const done = await during(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], async (child) => {
    started = child;
    return 'done';
  });
  expect([done, started?.signalCode]).toEqual(['done', 'SIGTERM']);
});

test('a process that ends before that is told of', async () => {
  await expect(during(process.execPath, ['-e', 'process.exit(5)'], () => new Promise(() => {}))).rejects.toThrow(
    /ended with status 5$/,
  );
});
