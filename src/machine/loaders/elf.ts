import { hex } from '../../base/bits.ts';
import { Failure } from '../../base/failure.ts';
import { limits } from '../../base/limits.ts';
import type { GuestArch } from '../arch.ts';

// System V ABI, chapter 4, "ELF Header", and chapter 5, "Program Header"; ELF for the Arm Architecture (machine 40) and for the Arm
// 64-bit Architecture (183).
const IDENT = { bytes: 16, class: 4, data: 5 } as const;
const LITTLE_ENDIAN = 1;
const AT = { type: 16, machine: 18, entry: 24 } as const;
const TYPE = { executable: 2, dynamic: 3 } as const;
const PT_LOAD = 1;
/** Bit 0 of an Arm entry point says that it is T32 code (ELF for the Arm architecture, 5.4 "The ELF header"). */
const THUMB = 1n;

/** Where the fields of a class lie, in the header and in a program header. */
interface Layout {
  readonly wordBytes: 4 | 8;
  readonly headerBytes: number;
  readonly tableAt: number;
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
}
const ELF32: Layout = {
  wordBytes: 4,
  headerBytes: 52,
  tableAt: 28,
  entryBytes: 42,
  count: 44,
  program: { bytes: 32, fileAt: 4, virtual: 8, physical: 12, fileBytes: 16, memoryBytes: 20 },
};
const ELF64: Layout = {
  wordBytes: 8,
  headerBytes: 64,
  tableAt: 32,
  entryBytes: 54,
  count: 56,
  program: { bytes: 56, fileAt: 8, virtual: 16, physical: 24, fileBytes: 32, memoryBytes: 40 },
};

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

/** Bytes to place at a guest-physical address, followed by zeros. */
export interface ElfSegment {
  readonly at: number;
  /** Where its code is linked to run. */
  readonly virtual: bigint;
  readonly bytes: Uint8Array;
  readonly memoryBytes: number;
}

/** An executable, with what of it is loaded. */
export interface ElfImage {
  readonly kind: 'elf';
  readonly arch: GuestArch;
  readonly name: string;
  /** The whole file: its symbols are in no segment. */
  readonly file: Uint8Array;
  readonly segments: readonly ElfSegment[];
  /** Of ARMv7, bit 0 says that it is T32 code. */
  readonly entry: number;
}

/** By its magic number (System V ABI, "ELF Identification"). */
export const isElf = (bytes: Uint8Array): boolean =>
  bytes.length >= IDENT.bytes && bytes[0] === 0x7f && String.fromCharCode(...bytes.subarray(1, 4)) === 'ELF';

/** @throws Failure when it is no Arm executable or is damaged */
export function parseElf(bytes: Uint8Array, name: string): ElfImage {
  const damaged = (what: string): Failure => new Failure(`${name}: damaged ELF: ${what}; build it again`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < ELF32.headerBytes) throw damaged('its header is cut');
  const little = bytes[IDENT.data] === LITTLE_ENDIAN;
  const number = view.getUint16(AT.machine, little);
  const machine = machines.find((m) => m.machine === number);
  if (!machine)
    throw new Failure(`${name} is an ELF for machine ${number}, not for arm (40) or aarch64 (183); build it for those`);
  const { layout, arch } = machine;
  if (bytes[IDENT.class] !== machine.elfClass || !little)
    throw new Failure(`${name} is an ELF of another width or byte order; build it for ${machine.target}`);
  if (bytes.length < layout.headerBytes) throw damaged('its header is cut');
  const type = view.getUint16(AT.type, true);
  if (type !== TYPE.executable && type !== TYPE.dynamic)
    throw new Failure(`${name} is an ELF of type ${type}, no executable; link it first`);

  const word = (at: number): bigint =>
    layout.wordBytes === 8 ? view.getBigUint64(at, true) : BigInt(view.getUint32(at, true));
  const size = (at: number, what: string): number => {
    const value = word(at);
    if (value > BigInt(Number.MAX_SAFE_INTEGER))
      throw new Failure(
        `${name}: ${what} ${hex(value)} is no physical address of the guest; give the kernel's Image instead`,
      );
    return Number(value);
  };
  const { program } = layout;
  const tableAt = size(layout.tableAt, 'program headers at');
  const count = view.getUint16(layout.count, true);
  if (view.getUint16(layout.entryBytes, true) !== program.bytes || tableAt + count * program.bytes > bytes.length)
    throw damaged('its program headers pass the end of the file');

  const thumb = arch === 'armv7' ? word(AT.entry) & THUMB : 0n;
  const entry = word(AT.entry) - thumb;
  let physicalEntry: number | undefined;
  const segments: ElfSegment[] = [];
  for (let header = tableAt; header < tableAt + count * program.bytes; header += program.bytes) {
    if (view.getUint32(header, true) !== PT_LOAD) continue;
    const fileAt = size(header + program.fileAt, 'a segment at file offset');
    const virtual = word(header + program.virtual);
    const at = size(header + program.physical, 'a segment at');
    const fileBytes = size(header + program.fileBytes, 'a segment of size');
    const memoryBytes = size(header + program.memoryBytes, 'a segment of size');
    if (memoryBytes === 0) continue;
    if (fileAt + fileBytes > bytes.length) throw damaged(`the segment at ${hex(at)} passes the end of the file`);
    if (fileBytes > memoryBytes || memoryBytes > limits.imageBytesMax)
      throw damaged(`the segment at ${hex(at)} takes ${memoryBytes} bytes of memory and ${fileBytes} of the file`);
    if (segments.length === limits.elfSegmentsMax) throw damaged(`it has more than ${limits.elfSegmentsMax} segments`);
    segments.push({ at, virtual, bytes: bytes.subarray(fileAt, fileAt + fileBytes), memoryBytes });
    // The MMU is off at entry: the entry point is wanted where its segment lies physically.
    if (entry >= virtual && entry < virtual + BigInt(memoryBytes)) physicalEntry ??= at + Number(entry - virtual);
  }
  if (segments.length === 0) throw damaged('it has no segment to load');
  if (physicalEntry === undefined) throw damaged(`its entry point ${hex(entry)} lies in no segment`);
  if (thumb === 0n && physicalEntry % 4 !== 0) throw damaged(`its entry point ${hex(entry)} is no multiple of 4`);
  return { kind: 'elf', arch, name, file: bytes, segments, entry: physicalEntry + Number(thumb) };
}
