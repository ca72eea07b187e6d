import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from '../../bin/node-settings.mjs';
import { sha256Hex } from '../../src/host/digests.ts';
import { KeptFiles, keptTranslations } from '../../src/host/kept-files.ts';

/** Where translations are kept instead of beside the guests; empty: nowhere. */
export const TRANSLATIONS_VARIABLE = 'HYPERTAPE_TRANSLATIONS';
const BUILD_DIGITS = 16;

/**
 * What this process translates of guests is kept for the next one that runs the same. Only by a program that was built: what sources
 * translate may be another thing each time.
 */
export function keepTranslations(): void {
  keptTranslations.open = () => {
    const folder = process.env[TRANSLATIONS_VARIABLE] ?? cacheFolder('translations');
    const build = folder === '' ? undefined : buildOf(fileURLToPath(new URL('../..', import.meta.url)));
    return build === undefined ? undefined : new KeptFiles(folder, build);
  };
}

/** Tells the built program that stands in a folder from all others, and from itself before it was changed there; undefined of sources. */
export function buildOf(folder: string): string | undefined {
  try {
    const id = readFileSync(join(folder, 'build-id'), 'utf8');
    const chunks = join(folder, 'chunks');
    const changed = readdirSync(chunks).map((name) => statSync(join(chunks, name)).mtimeMs);
    return sha256Hex(new TextEncoder().encode([id, ...changed].join())).slice(0, BUILD_DIGITS);
  } catch {
    return undefined;
  }
}
