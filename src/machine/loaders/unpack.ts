import { Failure } from '../../base/failure.ts';
import { limits } from '../../base/limits.ts';
import { type Compression, unpackWhole } from '../../host/unpack.ts';
import { mebibytes } from './read-image.ts';

/**
 * Unpacks a compressed image (RFC 1952, RFC 8878), bounded whatever its headers claim.
 * @throws Failure when it is damaged or unpacks to too much
 */
export function unpack(
  bytes: Uint8Array,
  compression: Compression,
  name: string,
  bytesMax: number = limits.unpackedImageBytesMax,
): Uint8Array {
  try {
    return unpackWhole(bytes, compression, bytesMax);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE')
      throw new Failure(`${name}: unpacks to more than ${mebibytes(bytesMax)}, no kernel does; check the file`);
    throw new Failure(`${name}: its ${compression} data is damaged or cut (${code}); fetch or build it again`);
  }
}
