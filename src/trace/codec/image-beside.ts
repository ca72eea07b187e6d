import { sha256Hex } from '../../host/digests.ts';
import { pathInfo, pathsBeside, readWhole } from '../../host/files.ts';
import type { ImageInfo } from './header.ts';

/** Files of the right size whose digests are computed: a folder may hold many. */
const CANDIDATES_MAX = 16;

/** The file in the tape's folder that is the image, whatever its name; undefined where none is. */
export function imageBeside(tape: string, { bytes, sha256 }: ImageInfo): Uint8Array | undefined {
  let candidates = 0;
  for (const path of pathsBeside(tape)) {
    const data = readFileOf(path, bytes);
    if (data === undefined) continue;
    if (sha256Hex(data) === sha256) return data;
    if (++candidates === CANDIDATES_MAX) return undefined;
  }
  return undefined;
}

function readFileOf(path: string, bytes: number): Uint8Array | undefined {
  try {
    const info = pathInfo(path);
    return info.kind === 'file' && info.bytes === bytes ? readWhole(path) : undefined;
  } catch {
    // Not there any more, or not to be read by this user: then it is not the one.
    return undefined;
  }
}
