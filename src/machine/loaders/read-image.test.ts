import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Failure } from '../../base/failure.ts';
import { limits } from '../../base/limits.ts';
import { readImage } from './read-image.ts';

const folder = mkdtempSync(join(tmpdir(), 'hypertape-image-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

test('a file is read with its name', () => {
  const path = file('kernel', 'abc');
  expect(readImage(path)).toEqual({ name: path, bytes: Buffer.from('abc') });
});

test('what cannot be read is refused with one line', () => {
  const large = file('large', '');
  truncateSync(large, limits.imageBytesMax + 1);
  for (const [path, message] of [
    [join(folder, 'none'), /none: no such file; check the path$/],
    [join(file('plain', 'x'), 'below'), /no such file: a part of its path is no directory/],
    [folder, /is a directory; give a file/],
    ['/dev/zero', /is no regular file/],
    [file('empty', ''), /is empty; give a whole image/],
    [large, /1025 MiB is too large; at most 1024 MiB/],
  ] as const) {
    expect(() => readImage(path)).toThrow(Failure);
    expect(() => readImage(path)).toThrow(message);
  }
});
