/**
 * Build IDs: what a linker writes into a program so that its files are told apart (GNU ld, --build-id), as an ELF note of the name
 * "GNU" and type 3 (System V ABI, chapter 5, "Note Section"). Linux has its own in the section `.notes`, which is a part of its
 * image, and those of its vDSOs beside it.
 */
const NAME = Buffer.from('GNU\0', 'latin1');
const NT_GNU_BUILD_ID = 3;
const ID_BYTES_MAX = 64;
/** Name and description are words, and so are the sizes of both and the type before them. */
const HEADER_BYTES = 12;
const WORD = 4;

const ELF_MAGIC = Buffer.from('\x7fELF', 'latin1');
/** Linux lays its vDSOs on pages (arch/arm64/kernel/vdso-wrap.S). */
const ELF_ALIGN = 4096;
/** Of a header by its class: the place of the section headers' offset, of their size and of their number. */
const ELF = {
  1: { wordBytes: 4, at: 32, size: 46, count: 48, bytes: 52 },
  2: { wordBytes: 8, at: 40, size: 58, count: 60, bytes: 64 },
} as const;

/** Build IDs in a program's file or in its image in memory, in hexadecimal: its own, not those of the ELFs that are embedded in it. */
export function buildIdsIn(image: Uint8Array): string[] {
  const bytes = Buffer.from(image.buffer, image.byteOffset, image.byteLength);
  const found = new Set<string>();
  let embedded: readonly Stretch[] | undefined;
  for (let at = bytes.indexOf(NAME); at >= 0; at = bytes.indexOf(NAME, at + 1)) {
    const header = at - HEADER_BYTES;
    if (header < 0 || header % WORD !== 0) continue;
    const length = bytes.readUInt32LE(header + 4);
    if (bytes.readUInt32LE(header) !== NAME.length || bytes.readUInt32LE(header + 8) !== NT_GNU_BUILD_ID) continue;
    const id = at + NAME.length;
    if (length === 0 || length > ID_BYTES_MAX || id + length > bytes.length) continue;
    embedded ??= embeddedIn(bytes);
    if (embedded.some(({ from, to }) => at >= from && at < to)) continue;
    found.add(bytes.toString('hex', id, id + length));
  }
  return [...found];
}

interface Stretch {
  readonly from: number;
  readonly to: number;
}
/** The ELFs within, to the ends of their section headers, which linkers write last. */
function embeddedIn(bytes: Buffer): Stretch[] {
  const stretches: Stretch[] = [];
  for (let from = bytes.indexOf(ELF_MAGIC, 1); from >= 0; from = bytes.indexOf(ELF_MAGIC, from + 1)) {
    const layout = ELF[bytes[from + 4] as keyof typeof ELF];
    if (from % ELF_ALIGN !== 0 || layout === undefined || from + layout.bytes > bytes.length) continue;
    const sections =
      layout.wordBytes === 8 ? Number(bytes.readBigUInt64LE(from + layout.at)) : bytes.readUInt32LE(from + layout.at);
    const size = bytes.readUInt16LE(from + layout.size) * bytes.readUInt16LE(from + layout.count);
    stretches.push({ from, to: from + sections + size });
  }
  return stretches;
}
