import { hex } from '../../base/bits.ts';
import { Failure } from '../../base/failure.ts';
import { limits } from '../../base/limits.ts';
import type { GuestArch } from '../arch.ts';

// System V ABI, chapter 4, "ELF Header", "Sections", and chapter 5, "Program Header"; ELF for the Arm Architecture (machine 40) and for
// the Arm 64-bit Architecture (183).
const IDENT = { bytes: 16, class: 4, data: 5, osAbi: 7 } as const;
const LITTLE_ENDIAN = 1;
const AT = { type: 16, machine: 18, entry: 24 } as const;
/** What an ELF is (System V ABI, e_type). */
export const elfTypes = { relocatable: 1, executable: 2, dynamic: 3 } as const;
/** What a program header is of (p_type). */
export const programTypes = { load: 1, dynamic: 2, interpreter: 3 } as const;
/** What a section holds (sh_type). */
export const sectionTypes = { symbols: 2, strings: 3 } as const;

/** Where the fields of a class lie: in the header, in a program header, in a section header. */
interface Layout {
  readonly wordBytes: 4 | 8;
  readonly headerBytes: number;
  readonly tableAt: number;
  readonly sectionsAt: number;
  readonly entryBytes: number;
  readonly count: number;
  readonly program: {
    readonly bytes: number;
    readonly fileAt: number;
    readonly virtual: number;
    readonly physical: number;
    readonly fileBytes: number;
    readonly memoryBytes: number;
  };
  readonly section: {
    readonly bytes: number;
    readonly address: number;
    readonly fileAt: number;
    readonly fileBytes: number;
    readonly link: number;
  };
}
const ELF32: Layout = {
  wordBytes: 4,
  headerBytes: 52,
  tableAt: 28,
  sectionsAt: 32,
  entryBytes: 42,
  count: 44,
  program: { bytes: 32, fileAt: 4, virtual: 8, physical: 12, fileBytes: 16, memoryBytes: 20 },
  section: { bytes: 40, address: 12, fileAt: 16, fileBytes: 20, link: 24 },
};
const ELF64: Layout = {
  wordBytes: 8,
  headerBytes: 64,
  tableAt: 32,
  sectionsAt: 40,
  entryBytes: 54,
  count: 56,
  program: { bytes: 56, fileAt: 8, virtual: 16, physical: 24, fileBytes: 32, memoryBytes: 40 },
  section: { bytes: 64, address: 16, fileAt: 24, fileBytes: 32, link: 40 },
};
/** Behind the count of program headers: bytes of a section header, their count, and which of them has the sections' names. */
const SECTION_FIELDS = { bytes: 2, count: 4, names: 6 } as const;

const machines: readonly {
  readonly machine: number;
  readonly arch: GuestArch;
  readonly elfClass: number;
  readonly layout: Layout;
  /** What the compiler calls it. */
  readonly target: string;
}[] = [
  { machine: 40, arch: 'armv7', elfClass: 1, layout: ELF32, target: 'arm, little-endian ELF32' },
  { machine: 183, arch: 'arm64', elfClass: 2, layout: ELF64, target: 'aarch64, little-endian ELF64' },
];

/** By its magic number (System V ABI, "ELF Identification"). */
export const isElf = (bytes: Uint8Array): boolean =>
  bytes.length >= IDENT.bytes && bytes[0] === 0x7f && String.fromCharCode(...bytes.subarray(1, 4)) === 'ELF';

/** A program header, as it stands there: addresses are of any size, and the file's range is not looked at. */
export interface ElfProgram {
  readonly type: number;
  readonly fileAt: number;
  readonly fileBytes: number;
  readonly memoryBytes: number;
  readonly virtual: bigint;
  readonly physical: bigint;
}

/** What of a section the file holds. */
export interface ElfSection {
  readonly type: number;
  readonly name: string;
  readonly address: bigint;
  /** Of a type that has no bytes in the file: none. */
  readonly bytes: Uint8Array;
  /** Index of another section that belongs to it. */
  readonly link: number;
}

/** A type of section that takes no room in the file. */
const SHT_NOBITS = 8;

/** An ELF of one of the architectures, its headers read and checked. */
export class ElfFile {
  readonly bytes: Uint8Array;
  readonly name: string;
  readonly arch: GuestArch;
  readonly wordBytes: 4 | 8;
  readonly type: number;
  readonly osAbi: number;
  /** As linked; of ARMv7, bit 0 says that it is T32 code. */
  readonly entry: bigint;
  readonly programs: readonly ElfProgram[];
  readonly #layout: Layout;
  readonly #view: DataView;

  /** @throws Failure when it is for no Arm processor, or its headers are damaged */
  constructor(bytes: Uint8Array, name: string) {
    this.bytes = bytes;
    this.name = name;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (bytes.length < ELF32.headerBytes) throw this.damaged('its header is cut');
    const little = bytes[IDENT.data] === LITTLE_ENDIAN;
    const number = this.#view.getUint16(AT.machine, little);
    const machine = machines.find((m) => m.machine === number);
    if (!machine)
      throw new Failure(
        `${name} is an ELF for machine ${number}, not for arm (40) or aarch64 (183); build it for those`,
      );
    const { layout, arch } = machine;
    if (bytes[IDENT.class] !== machine.elfClass || !little)
      throw new Failure(`${name} is an ELF of another width or byte order; build it for ${machine.target}`);
    if (bytes.length < layout.headerBytes) throw this.damaged('its header is cut');
    this.#layout = layout;
    this.arch = arch;
    this.wordBytes = layout.wordBytes;
    this.type = this.#view.getUint16(AT.type, true);
    this.osAbi = bytes[IDENT.osAbi] as number;
    this.entry = this.#word(AT.entry);
    this.programs = this.#readPrograms();
  }

  damaged(what: string): Failure {
    return new Failure(`${this.name}: damaged ELF: ${what}; build it again`);
  }
  /** Bytes of the ELF header. */
  get headerBytes(): number {
    return this.#layout.headerBytes;
  }
  /** What a segment that is loaded has in the file. @throws Failure where the file has it not, or it is unreasonable */
  segmentBytes({ fileAt, fileBytes, memoryBytes, physical }: ElfProgram): Uint8Array {
    if (fileAt + fileBytes > this.bytes.length)
      throw this.damaged(`the segment at ${hex(physical)} passes the end of the file`);
    if (fileBytes > memoryBytes || memoryBytes > limits.imageBytesMax)
      throw this.damaged(
        `the segment at ${hex(physical)} takes ${memoryBytes} bytes of memory and ${fileBytes} of the file`,
      );
    return this.bytes.subarray(fileAt, fileAt + fileBytes);
  }

  /** The table of section headers, as it is; empty where there is none. @throws Failure where it is damaged */
  get sectionTable(): Uint8Array {
    const { section, count, sectionsAt } = this.#layout;
    const at = this.#size(sectionsAt, 'section headers at');
    const number = this.#view.getUint16(count + SECTION_FIELDS.count, true);
    if (at === 0 || number === 0) return new Uint8Array(0);
    const end = at + number * section.bytes;
    if (this.#view.getUint16(count + SECTION_FIELDS.bytes, true) !== section.bytes || end > this.bytes.length)
      throw this.damaged('its section headers pass the end of the file');
    return this.bytes.subarray(at, end);
  }
  /** @throws Failure where they are damaged */
  readSections(): ElfSection[] {
    const { section, count } = this.#layout;
    const table = this.sectionTable;
    const first = table.byteOffset - this.bytes.byteOffset;
    const contents = (at: number): Uint8Array => {
      if (this.#view.getUint32(at + 4, true) === SHT_NOBITS) return new Uint8Array(0);
      const from = this.#size(at + section.fileAt, 'a section at file offset');
      const to = from + this.#size(at + section.fileBytes, 'a section of size');
      if (to > this.bytes.length) throw this.damaged('a section passes the end of the file');
      return this.bytes.subarray(from, to);
    };
    const headers = Array.from({ length: table.length / section.bytes }, (_, n) => first + n * section.bytes);
    const namesAt = headers[this.#view.getUint16(count + SECTION_FIELDS.names, true)];
    const names = Buffer.from(namesAt === undefined ? new Uint8Array(0) : contents(namesAt));
    return headers.map((at) => {
      const from = this.#view.getUint32(at, true);
      const to = names.indexOf(0, from);
      return {
        type: this.#view.getUint32(at + 4, true),
        name: names.toString('latin1', from, to < 0 ? from : to),
        address: this.#word(at + section.address),
        bytes: contents(at),
        link: this.#view.getUint32(at + section.link, true),
      };
    });
  }

  #readPrograms(): ElfProgram[] {
    const { program, tableAt, count, entryBytes } = this.#layout;
    const from = this.#size(tableAt, 'program headers at');
    const number = this.#view.getUint16(count, true);
    if (number === 0) return [];
    if (this.#view.getUint16(entryBytes, true) !== program.bytes || from + number * program.bytes > this.bytes.length)
      throw this.damaged('its program headers pass the end of the file');
    return Array.from({ length: number }, (_, n) => {
      const at = from + n * program.bytes;
      return {
        type: this.#view.getUint32(at, true),
        fileAt: this.#size(at + program.fileAt, 'a segment at file offset'),
        fileBytes: this.#size(at + program.fileBytes, 'a segment of size'),
        memoryBytes: this.#size(at + program.memoryBytes, 'a segment of size'),
        virtual: this.#word(at + program.virtual),
        physical: this.#word(at + program.physical),
      };
    });
  }
  #word(at: number): bigint {
    return this.wordBytes === 8 ? this.#view.getBigUint64(at, true) : BigInt(this.#view.getUint32(at, true));
  }
  #size(at: number, what: string): number {
    const value = this.#word(at);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw this.damaged(`${what} ${hex(value)}`);
    return Number(value);
  }
}
