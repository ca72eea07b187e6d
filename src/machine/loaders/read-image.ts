import { Failure } from '../../base/failure.ts';
import { limits, MiB } from '../../base/limits.ts';
import { pathInfo, readWhole } from '../../host/files.ts';

/** A file of guest software with what it is called in messages. */
export interface ImageFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const REASONS: { readonly [code: string]: string } = {
  ENOENT: 'no such file; check the path',
  EACCES: 'may not be read; check its permissions',
  EISDIR: 'is a directory; give a file',
  ENOTDIR: 'no such file: a part of its path is no directory',
};

/**
 * Reads a file of guest software, its size bounded before anything is read.
 * @throws Failure with one line
 */
export function readImage(path: string): ImageFile {
  try {
    const { kind, bytes } = pathInfo(path);
    if (kind === 'folder') throw new Failure(`${path}: ${REASONS.EISDIR}`);
    if (kind !== 'file') throw new Failure(`${path}: is no regular file; give a file`);
    if (bytes === 0) throw new Failure(`${path}: is empty; give a whole image`);
    if (bytes > limits.imageBytesMax)
      throw new Failure(`${path}: ${mebibytes(bytes)} is too large; at most ${mebibytes(limits.imageBytesMax)}`);
    return { name: path, bytes: readWhole(path) };
  } catch (error) {
    if (error instanceof Failure) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Failure(`${path}: ${REASONS[code ?? ''] ?? `cannot be read (${code ?? message})`}`);
  }
}

/** A size for a person, rounded up. */
export const mebibytes = (bytes: number): string => `${Math.ceil(bytes / MiB)} MiB`;
