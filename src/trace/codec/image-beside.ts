import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ImageInfo } from './header.ts';

/** Files of the right size whose digests are computed: a folder may hold many. */
const CANDIDATES_MAX = 16;

/** The file in the tape's folder that is the image, whatever its name; undefined where none is. */
export function imageBeside(tape: string, { bytes, sha256 }: ImageInfo): Uint8Array | undefined {
  const folder = dirname(tape);
  let candidates = 0;
  for (const name of namesIn(folder)) {
    const data = readFileOf(join(folder, name), bytes);
    if (data === undefined) continue;
    if (createHash('sha256').update(data).digest('hex') === sha256) return data;
    if (++candidates === CANDIDATES_MAX) return undefined;
  }
  return undefined;
}

const orNothing = <T>(read: () => T): T | undefined => {
  try {
    return read();
  } catch {
    // Not there any more, or not to be read by this user: then it is not the one.
    return undefined;
  }
};
const namesIn = (folder: string): readonly string[] => orNothing(() => readdirSync(folder).sort()) ?? [];
const readFileOf = (path: string, bytes: number): Uint8Array | undefined =>
  orNothing(() => {
    const stat = statSync(path);
    return stat.isFile() && stat.size === bytes ? readFileSync(path) : undefined;
  });
