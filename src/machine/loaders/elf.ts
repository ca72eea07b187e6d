import { hex } from '../../base/bits.ts';
import { Failure } from '../../base/failure.ts';
import { limits } from '../../base/limits.ts';
import type { GuestArch } from '../arch.ts';
import { ElfFile, type ElfProgram, elfTypes, programTypes } from './elf-file.ts';

/** Bit 0 of an Arm entry point says that it is T32 code (ELF for the Arm architecture, 5.4 "The ELF header"). */
const THUMB = 1n;

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

/** @throws Failure when it is no Arm executable or is damaged */
export function parseElf(bytes: Uint8Array, name: string): ElfImage {
  const file = new ElfFile(bytes, name);
  const { arch, type } = file;
  if (type !== elfTypes.executable && type !== elfTypes.dynamic)
    throw new Failure(`${name} is an ELF of type ${type}, no executable; link it first`);
  const placeOf = ({ physical }: ElfProgram): number => {
    if (physical > BigInt(Number.MAX_SAFE_INTEGER))
      throw new Failure(
        `${name}: a segment at ${hex(physical)} is no physical address of the guest; give the kernel's Image instead`,
      );
    return Number(physical);
  };

  const thumb = arch === 'armv7' ? file.entry & THUMB : 0n;
  const entry = file.entry - thumb;
  let physicalEntry: number | undefined;
  const segments: ElfSegment[] = [];
  for (const program of file.programs) {
    if (program.type !== programTypes.load) continue;
    const at = placeOf(program);
    const { virtual, memoryBytes } = program;
    if (memoryBytes === 0) continue;
    const contents = file.segmentBytes(program);
    if (segments.length === limits.elfSegmentsMax)
      throw file.damaged(`it has more than ${limits.elfSegmentsMax} segments`);
    segments.push({ at, virtual, bytes: contents, memoryBytes });
    // The MMU is off at entry: the entry point is wanted where its segment lies physically.
    if (entry >= virtual && entry < virtual + BigInt(memoryBytes)) physicalEntry ??= at + Number(entry - virtual);
  }
  if (segments.length === 0) throw file.damaged('it has no segment to load');
  if (physicalEntry === undefined) throw file.damaged(`its entry point ${hex(entry)} lies in no segment`);
  if (thumb === 0n && physicalEntry % 4 !== 0) throw file.damaged(`its entry point ${hex(entry)} is no multiple of 4`);
  return { kind: 'elf', arch, name, file: bytes, segments, entry: physicalEntry + Number(thumb) };
}
