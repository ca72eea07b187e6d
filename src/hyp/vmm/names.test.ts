import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

it('the machine-independent vmm names no architecture', () => {
  const here = new URL('.', import.meta.url);
  for (const file of readdirSync(here)) {
    if (file.endsWith('.test.ts')) continue;
    expect(readFileSync(new URL(file, here), 'utf8'), file).not.toMatch(
      /\b(arm64|armv7|aarch64|aarch32|armv8)\b|hyp\/arm/i,
    );
  }
});
