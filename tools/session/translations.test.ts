import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { keptTranslations } from '../../src/host/kept-files.ts';
import { buildOf, keepTranslations, TRANSLATIONS_VARIABLE } from './translations.ts';

function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hypertape-translations-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}
afterEach(() => {
  vi.unstubAllEnvs();
  keptTranslations.open = () => undefined;
});

test('sources keep nothing, wherever it is to be kept', () => {
  for (const folder of [undefined, '', testFolder()]) {
    vi.stubEnv(TRANSLATIONS_VARIABLE, folder);
    keepTranslations();
    expect(keptTranslations.open()).toBe(undefined);
  }
});

test('a program that was built is told from others, and from what it was before somebody changed it', () => {
  const build = (id: string): string => {
    const folder = testFolder();
    mkdirSync(join(folder, 'chunks'));
    for (const name of ['a.js', 'b.js']) writeFileSync(join(folder, 'chunks', name), '');
    for (const name of ['a.js', 'b.js']) utimesSync(join(folder, 'chunks', name), 1, 1);
    writeFileSync(join(folder, 'build-id'), id);
    return folder;
  };
  const folder = build('one');
  const before = buildOf(folder);
  expect(before).toMatch(/^[0-9a-f]{16}$/);
  expect(buildOf(build('one'))).toBe(before);
  expect(buildOf(build('other'))).not.toBe(before);
  utimesSync(join(folder, 'chunks/b.js'), 2, 2);
  expect(buildOf(folder)).not.toBe(before);
  expect(buildOf(testFolder())).toBe(undefined);
});
