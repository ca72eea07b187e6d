import type { InputFile } from '../../src/host/files.ts';

const PIECE_BYTES = 64 * 1024;
/** No trace has lines so long: what is longer is cut there. */
export const LINE_BYTES_MAX = 4096;
const NEWLINE = 0x0a;

/** The lines of a file, of each no more than LINE_BYTES_MAX. */
export function* boundedLines(file: InputFile): Generator<string> {
  let line = Buffer.alloc(0);
  for (let at = 0; at < file.size; ) {
    const piece = file.read(at, PIECE_BYTES);
    if (piece.length === 0) break;
    at += piece.length;
    for (let from = 0; from < piece.length; ) {
      const end = piece.indexOf(NEWLINE, from);
      const part = piece.subarray(from, end < 0 ? piece.length : end);
      if (line.length < LINE_BYTES_MAX) line = Buffer.concat([line, part.subarray(0, LINE_BYTES_MAX - line.length)]);
      if (end < 0) break;
      yield line.toString('utf8');
      line = Buffer.alloc(0);
      from = end + 1;
    }
  }
  if (line.length > 0) yield line.toString('utf8');
}
