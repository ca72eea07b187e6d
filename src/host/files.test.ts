import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { makeFolder } from './files.ts';

test('makes a folder with those above it, and leaves one that is there', () => {
  const work = mkdtempSync(join(tmpdir(), 'hypertape-folders-'));
  onTestFinished(() => rmSync(work, { recursive: true }));
  const folder = join(work, 'a', 'b', 'c');
  makeFolder(folder, 0o700);
  expect([folder, join(work, 'a')].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o700]);
  writeFileSync(join(folder, 'file'), '');
  makeFolder(folder);
  expect(existsSync(join(folder, 'file'))).toBe(true);
  expect(() => makeFolder(join(folder, 'file'))).toThrow('EEXIST');
  expect(() => makeFolder(join(folder, 'file', 'more'))).toThrow('ENOTDIR');
});

test.skipIf(process.platform !== 'linux')('ends where a file system takes no folders', () => {
  expect(() => makeFolder('/proc/hypertape')).toThrow('ENOENT');
  expect(() => makeFolder('/proc/hypertape/more')).toThrow('ENOENT');
});
