import type { LineSections } from './line-program.ts';

/**
 * Line number programs of one source, as GCC 12 and GNU as write them for aarch64 with `-O1 -gno-column-info -gdwarf-N`, linked at 0x400000: `sum`
 * of eleven instructions, with a function of a header in it, and `_start` of one.
 */
const lines = {
  2: 'YAAAAAMAJQAAAAQB+w4NAAEBAQEAAAABAAABaW5jAABhLmMAAAAAaC5oAAEAAAAACQIAAEAAAAAAABMTEwEBBkkGIgQCDhMEAQYVBh8BBjwVHAYjIgACBAEUAAIEAQECAQABAQ==',
  4: 'YQAAAAQAJgAAAAQBAfsODQABAQEBAAAAAQAAAWluYwAAYS5jAAAAAGguaAABAAAAAAkCAABAAAAAAAATExMBAQZJBiIEAg4TBAEGFQYfAQY8FRwGIyIAAgQBFAACBAEBAgEAAQE=',
  5: 'cAAAAAUACAAzAAAABAEB+w4NAAEBAQEAAAABAAABAQEfAgQAAAAJAAAAAgEfAg8DAAAAAAAAAAAAAA0AAAABAAkCAABAAAAAAAATExMBAQZJBiIEAg4TBAEGFQYfAQY8FRwGIyIAAgQBFAACBAEBAgEAAQE=',
} as const;
const lineStrings = Buffer.from('a.c\0/src\0inc\0h.h\0');

/** Versions that there are samples of: 3 is as 2 is. */
export const sampleVersions = [2, 3, 4, 5] as const;
export type SampleVersion = (typeof sampleVersions)[number];

/** The sections of a sample. */
export function sampleLines(version: SampleVersion): LineSections {
  const bytes = Buffer.from(lines[version === 3 ? 2 : version], 'base64');
  if (version === 3) bytes.writeUInt16LE(3, 4);
  return { lines: bytes, lineStrings: version === 5 ? lineStrings : Buffer.alloc(0), strings: Buffer.alloc(0) };
}
