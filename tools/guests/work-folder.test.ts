import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { WorkFolder } from '../session/command-line.fixture.ts';
import { inWorkFolder } from './work-folder.ts';

const work = new WorkFolder();
afterAll(() => work.remove());
/** No process has it: Linux gives none above 2^22. */
const NOBODY = 2 ** 22 + 1;

it('is one that nobody else has, and goes in the end', () => {
  const parent = work.file('cache');
  const folders = inWorkFolder(parent, 'a', (one) =>
    inWorkFolder(parent, 'a', (other) => [one, other, ...readdirSync(parent)]),
  );
  expect(new Set(folders).size).toBe(4);
  expect(() =>
    inWorkFolder(parent, 'a', () => {
      throw new Error('no network');
    }),
  ).toThrow('no network');
  expect(readdirSync(parent)).toEqual([]);
});

it('takes away what killed processes have left of the same, and nothing else', () => {
  const parent = work.file('left');
  const left = [`.fetch-a-${NOBODY}-x1`, `.fetch-a-${process.pid}-x2`, `.fetch-a-b-${NOBODY}-x3`, 'a', '.fetch-a'];
  for (const name of left) {
    mkdirSync(join(parent, name), { recursive: true });
    writeFileSync(join(parent, name, 'file'), '');
  }
  inWorkFolder(parent, 'a', () => undefined);
  expect(readdirSync(parent).sort()).toEqual(left.slice(1).sort());
});
