import { Failure } from '../../base/failure.ts';
import { unpackSection } from '../../machine/loaders/elf-compression.ts';

// System V ABI, chapter 4, "Section Header".
const SHF = { alloc: 2, execInstr: 4, compressed: 0x800 } as const;

/** Where the fields of a class lie: in the header, a section header and a compression header. */
const ELF32 = {
  wordBytes: 4,
  headerBytes: 52,
  sectionsAt: 32,
  sectionBytes: 46,
  sections: 48,
  names: 50,
  section: { bytes: 40, type: 4, flags: 8, address: 12, fileAt: 16, size: 20, link: 24 },
} as const;
const ELF64 = {
  wordBytes: 8,
  headerBytes: 64,
  sectionsAt: 40,
  sectionBytes: 58,
  sections: 60,
  names: 62,
  section: { bytes: 64, type: 4, flags: 8, address: 16, fileAt: 24, size: 32, link: 40 },
} as const;
// System V ABI, chapter 5, "Program Header".
const PT_LOAD = 1;
const PF_X = 1;
const PROGRAM = {
  4: { tableAt: 28, entryBytes: 42, count: 44, bytes: 32, flags: 24, fileAt: 4, virtual: 8, fileBytes: 16 },
  8: { tableAt: 32, entryBytes: 54, count: 56, bytes: 56, flags: 4, fileAt: 8, virtual: 16, fileBytes: 32 },
} as const;

/** A section of an ELF. */
export interface ElfSection {
  readonly name: string;
  readonly type: number;
  /** Part of the program's memory. */
  readonly allocated: boolean;
  readonly executable: boolean;
  readonly address: bigint;
  readonly link: number;
  /** As it lies in the file; nothing where that does not have all of it. */
  readonly bytes: Uint8Array;
  /** What the bytes stand for, where they are packed. */
  readonly compressed: boolean;
}

/** The sections of a little-endian ELF. */
export interface ElfSections {
  readonly wordBytes: 4 | 8;
  /** `e_machine`: 40 is Arm, 183 aarch64. */
  readonly machine: number;
  readonly sections: readonly ElfSection[];
}

/** Undefined where it has none. @throws Failure where it is damaged */
export function readSections(bytes: Uint8Array, name: string): ElfSections | undefined {
  const damaged = (what: string): Failure => new Failure(`${name}: damaged ELF: ${what}; build it again`);
  const layout = bytes[4] === 2 ? ELF64 : ELF32;
  if (bytes.length < layout.headerBytes) throw damaged('its header is cut');
  if (bytes[5] !== 1) throw new Failure(`${name} is a big-endian ELF; give the symbols of this guest`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (at: number): bigint =>
    layout.wordBytes === 8 ? view.getBigUint64(at, true) : BigInt(view.getUint32(at, true));
  const { section } = layout;
  const tableAt = Number(word(layout.sectionsAt));
  const count = view.getUint16(layout.sections, true);
  if (tableAt === 0 || count === 0) return undefined;
  if (view.getUint16(layout.sectionBytes, true) !== section.bytes || tableAt + count * section.bytes > bytes.length)
    throw damaged('its section headers pass the end of the file');
  const contentOf = (at: number): Uint8Array => {
    const from = Number(word(at + section.fileAt));
    const size = Number(word(at + section.size));
    return from + size <= bytes.length ? bytes.subarray(from, from + size) : new Uint8Array(0);
  };
  const namesAt = view.getUint16(layout.names, true);
  const names = namesAt < count ? contentOf(tableAt + namesAt * section.bytes) : new Uint8Array(0);
  const sections = Array.from({ length: count }, (_, n): ElfSection => {
    const at = tableAt + n * section.bytes;
    const flags = Number(word(at + section.flags) & 0xffff_ffffn);
    return {
      name: textAt(names, view.getUint32(at, true)) ?? '',
      type: view.getUint32(at + section.type, true),
      allocated: (flags & SHF.alloc) !== 0,
      executable: (flags & SHF.execInstr) !== 0,
      address: word(at + section.address),
      link: view.getUint32(at + section.link, true),
      bytes: contentOf(at),
      compressed: (flags & SHF.compressed) !== 0,
    };
  });
  return { wordBytes: layout.wordBytes, machine: view.getUint16(18, true), sections };
}

/** What a section holds, unpacked; undefined where there is none of that name. @throws Failure where it is damaged, or packed in no known way */
export function sectionContent(
  { wordBytes, sections }: ElfSections,
  section: string,
  file: string,
): Uint8Array | undefined {
  const found = sections.find(({ name }) => name === section);
  if (found === undefined || !found.compressed) return found?.bytes;
  const content = unpackSection(found.bytes, wordBytes);
  if (content === undefined)
    throw new Failure(`${file}: its section ${section} cannot be unpacked; build it again, or without compression`);
  return content;
}

/** What of an ELF is loaded. */
export interface LoadedSegment {
  readonly virtual: bigint;
  readonly executable: boolean;
  /** What of it is in the file. */
  readonly bytes: Uint8Array;
}

/** @throws Failure where it is no little-endian ELF, or damaged */
export function loadedSegments(bytes: Uint8Array, name: string): LoadedSegment[] {
  if (Buffer.from(bytes.subarray(0, 4)).toString('latin1') !== '\x7fELF' || bytes[5] !== 1)
    throw new Failure(`${name}: no little-endian ELF; give a program or library of the guest`);
  const damaged = (what: string): Failure => new Failure(`${name}: damaged ELF: ${what}; build it again`);
  const wordBytes = bytes[4] === 2 ? 8 : 4;
  const layout = PROGRAM[wordBytes];
  if (bytes.length < (wordBytes === 8 ? ELF64 : ELF32).headerBytes) throw damaged('its header is cut');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (at: number): bigint =>
    wordBytes === 8 ? view.getBigUint64(at, true) : BigInt(view.getUint32(at, true));
  const tableAt = Number(word(layout.tableAt));
  const count = view.getUint16(layout.count, true);
  if (view.getUint16(layout.entryBytes, true) !== layout.bytes || tableAt + count * layout.bytes > bytes.length)
    throw damaged('its program headers pass the end of the file');
  const segments: LoadedSegment[] = [];
  for (let at = tableAt; at < tableAt + count * layout.bytes; at += layout.bytes) {
    if (view.getUint32(at, true) !== PT_LOAD) continue;
    const from = Number(word(at + layout.fileAt));
    const size = Number(word(at + layout.fileBytes));
    if (from + size > bytes.length) throw damaged('a segment passes the end of the file');
    segments.push({
      virtual: word(at + layout.virtual),
      executable: (view.getUint32(at + layout.flags, true) & PF_X) !== 0,
      bytes: bytes.subarray(from, from + size),
    });
  }
  return segments;
}

const TEXT_BYTES_MAX = 1024;

/** A name in a string table; undefined where there is none. */
export function textAt(strings: Uint8Array, at: number): string | undefined {
  const limit = strings.subarray(at, at + TEXT_BYTES_MAX);
  const end = limit.indexOf(0);
  return end <= 0 ? undefined : Buffer.from(limit.subarray(0, end)).toString('latin1');
}
