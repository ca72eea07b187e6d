import { readFileSync, statSync } from 'node:fs';
import { Failure } from '../../base/failure.ts';
import { limits, MiB } from '../../base/limits.ts';

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
    const stat = statSync(path);
    if (stat.isDirectory()) throw new Failure(`${path}: ${REASONS.EISDIR}`);
    if (!stat.isFile()) throw new Failure(`${path}: is no regular file; give a file`);
    if (stat.size === 0) throw new Failure(`${path}: is empty; give a whole image`);
    if (stat.size > limits.imageBytesMax)
      throw new Failure(`${path}: ${mebibytes(stat.size)} is too large; at most ${mebibytes(limits.imageBytesMax)}`);
    return { name: path, bytes: readFileSync(path) };
  } catch (error) {
    if (error instanceof Failure) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Failure(`${path}: ${REASONS[code ?? ''] ?? `cannot be read (${code ?? message})`}`);
  }
}

/** A size for a person, rounded up. */
export const mebibytes = (bytes: number): string => `${Math.ceil(bytes / MiB)} MiB`;
