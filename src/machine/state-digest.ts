import { plainText } from '../base/plain.ts';
import type { Stateful } from '../base/stateful.ts';
import { sha256OfPieces } from '../host/digests.ts';

/**
 * A digest of a machine's state by names and values: what a tape's state hashes are made of. Neither how code was translated
 * nor where state lies in memory is in it, nor what is zero or empty, so that later versions, which may have more, come to the same.
 * @param memoryRoot of the guest's RAM (`MemoryHash`)
 */
export function stateDigest(parts: readonly Stateful[], memoryRoot: Uint8Array): Uint8Array {
  return sha256OfPieces(pieces(parts, memoryRoot));
}
function* pieces(parts: readonly Stateful[], memoryRoot: Uint8Array): Generator<string | Uint8Array> {
  for (const part of parts) if (part.hashed !== false) yield `${part.name} ${plainText(part.save())}\n`;
  yield memoryRoot;
}
