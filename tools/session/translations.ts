import { cacheFolder } from '../../bin/node-settings.mjs';
import { ownFile } from '../../src/host/files.ts';
import { KeptFiles, keptTranslations } from '../../src/host/kept-files.ts';

/** Where translations are kept instead of beside the guests; empty: nowhere. */
export const TRANSLATIONS_VARIABLE = 'HYPERTAPE_TRANSLATIONS';

/**
 * What this process translates of guests is kept for the next one that runs the same. Only by a program that was built: what sources
 * translate may be another thing each time.
 */
export function keepTranslations(): void {
  const folder = process.env[TRANSLATIONS_VARIABLE] ?? cacheFolder('translations');
  const build = ownFile('../../build-id', import.meta.url);
  if (folder === '' || build === undefined) return;
  keptTranslations.files = new KeptFiles(folder, new TextDecoder().decode(build));
}
