import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { Failure } from '../../src/base/failure.ts';
import { systemError } from '../../src/host/system-error.ts';
import { mebibytes } from '../../src/machine/loaders/read-image.ts';

const STANDARD_INPUT = 0;
const PIECE_BYTES = 64 * 1024;
const NAP = new Int32Array(new SharedArrayBuffer(4));
const NAP_MS = 5;

/**
 * Reads text that a person or a program has written: a file, a pipe (`<(command)`) or, as `-`, standard input. Whatever it is,
 * no more than `bytesMax` is read. @throws Failure with one line that names the option
 */
export function readText(option: string, path: string, bytesMax: number): string {
  if (path === '') throw new Failure(`${option}: its path is empty; give a file, or - for standard input`);
  const refuse = (what: string): Failure => new Failure(`${option} ${path}: ${what}`);
  let fd: number | undefined;
  try {
    // Before opening: a folder opens, and a disk is none.
    const stat = path === '-' ? fstatSync(STANDARD_INPUT) : statSync(path);
    if (stat.isDirectory()) throw refuse('is a folder; give a file');
    if (stat.isBlockDevice()) throw refuse('is a device; give a file');
    fd = path === '-' ? STANDARD_INPUT : openSync(path, 'r');
    const text = readBytes(fd, bytesMax);
    if (text === undefined) throw refuse(`is too large; at most ${mebibytes(bytesMax)}`);
    return text.toString('utf8');
  } catch (error) {
    throw error instanceof Failure ? error : refuse(systemError(error));
  } finally {
    if (fd !== undefined && fd !== STANDARD_INPUT) closeSync(fd);
  }
}

/** Up to the end; undefined where that is more than `bytesMax`. */
function readBytes(fd: number, bytesMax: number): Buffer | undefined {
  const pieces: Buffer[] = [];
  for (let have = 0; have <= bytesMax; ) {
    const piece = Buffer.alloc(PIECE_BYTES);
    const got = readSome(fd, piece);
    if (got === 0) return Buffer.concat(pieces);
    pieces.push(piece.subarray(0, got));
    have += got;
  }
  return undefined;
}

function readSome(fd: number, into: Buffer): number {
  for (;;) {
    try {
      return readSync(fd, into);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EOF') return 0;
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(NAP, 0, 0, NAP_MS);
    }
  }
}
