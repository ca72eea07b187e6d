import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { KeptFiles } from './kept-files.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hypertape-kept-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
});
const bytes = Uint8Array.from({ length: 1000 }, (_, n) => n);
const onlyFile = (): string => join(folder, readdirSync(folder)[0] as string);

test('what one process leaves another finds, of the same build alone', () => {
  new KeptFiles(join(folder, 'new'), 'build').write('name', [bytes]);
  expect(statSync(join(folder, 'new')).mode & 0o777).toBe(0o700);
  expect(new KeptFiles(join(folder, 'new'), 'build').read('name')).toEqual(bytes);
  expect(new KeptFiles(join(folder, 'new'), 'build').read('other name')).toBe(undefined);
  expect(new KeptFiles(join(folder, 'new'), 'other build').read('name')).toBe(undefined);
  new KeptFiles(join(folder, 'new'), 'build').write('name', [bytes.subarray(1, 3), bytes.subarray(3)]);
  expect(new KeptFiles(join(folder, 'new'), 'build').read('name')).toEqual(bytes.subarray(1));
  expect(readdirSync(join(folder, 'new'))).toEqual(['build-name']);
});

test('what is damaged is not there', () => {
  const files = new KeptFiles(folder, 'build');
  files.write('name', [bytes]);
  const whole = readFileSync(onlyFile());
  for (const length of [0, 1, 31, 32, 33, whole.length - 1]) {
    writeFileSync(onlyFile(), whole);
    truncateSync(onlyFile(), length);
    expect(files.read('name')).toBe(undefined);
  }
  for (let at = 0; at < whole.length; at += 13) {
    const changed = Buffer.from(whole);
    (changed[at] as number) ^= 1;
    writeFileSync(onlyFile(), changed);
    expect(files.read('name')).toBe(undefined);
  }
  // Of no size that was ever written: not even read.
  truncateSync(onlyFile(), 2 ** 40);
  expect(files.read('name')).toBe(undefined);
});

test('where nothing can be written nothing is there, and nobody complains', () => {
  writeFileSync(join(folder, 'a file'), '');
  const files = new KeptFiles(join(folder, 'a file'), 'build');
  files.write('name', [bytes]);
  expect(files.read('name')).toBe(undefined);
  const closed = new KeptFiles(folder, 'build');
  chmodSync(folder, 0o500);
  onTestFinished(() => chmodSync(folder, 0o700));
  closed.write('name', [bytes]);
  // Whoever is root writes all the same.
  expect([undefined, bytes]).toContainEqual(closed.read('name'));
});

test('what was written longest ago goes', () => {
  const files = new KeptFiles(folder, 'build');
  const names = Array.from({ length: 32 }, (_, n) => `n${n}`);
  for (const [n, name] of names.entries()) {
    files.write(name, [bytes]);
    utimesSync(join(folder, `build-${name}`), n, n);
  }
  files.write('n0', [bytes]);
  files.write('one more', [bytes]);
  expect(readdirSync(folder)).toHaveLength(32);
  expect([files.read('n0'), files.read('n1'), files.read('n2')]).toEqual([bytes, undefined, bytes]);
});
