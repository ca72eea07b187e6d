import { alignUp, hex } from '../../../base/bits.ts';
import { limits } from '../../../base/limits.ts';
import type { GuestArch } from '../../arch.ts';
import { ElfFile, programTypes } from '../elf-file.ts';

/** The ELF of a FreeBSD kernel, which is linked, entered and told of everything by virtual addresses. */
export interface FreebsdKernel {
  readonly kind: 'freebsd';
  readonly arch: GuestArch;
  readonly name: string;
  /** The whole file: its symbols are in no segment. */
  readonly file: Uint8Array;
  readonly elf: ElfFile;
  readonly segments: readonly VirtualSegment[];
  /** What lies at the physical address that the kernel is loaded at, which is a multiple of 2 MiB. */
  readonly virtualBase: bigint;
  readonly entry: bigint;
}
/** Bytes to place at a virtual address, followed by zeros. */
export interface VirtualSegment {
  readonly virtual: bigint;
  readonly bytes: Uint8Array;
  readonly memoryBytes: number;
}

/** EI_OSABI of FreeBSD (System V ABI, "ELF Identification"). */
const ELFOSABI_FREEBSD = 9;
/** What FreeBSD kernels are linked to ask for: no run-time linker (sys/conf/kern.pre.mk). */
const INTERPRETER = '/red/herring';
/** sys/arm64/arm64/locore.S: "We are loaded at a 2MiB aligned address"; ARMv7 asks for less. */
const LOAD_ALIGN = 0x20_0000n;
/** From the first byte that is loaded to the last: what the first page tables can map. */
const SPAN_MAX = limits.imageBytesMax;

function interpreterOf({ programs, bytes }: ElfFile): string | undefined {
  const found = programs.find(({ type }) => type === programTypes.interpreter);
  if (found === undefined) return undefined;
  return Buffer.from(bytes.subarray(found.fileAt, found.fileAt + Math.min(found.fileBytes, 64)))
    .toString('latin1')
    .replace(/\0.*$/s, '');
}

/** An ELF that asks for no interpreter but a red herring, or that says it is FreeBSD's, asks for none and runs in the upper half. */
function isFreebsd(elf: ElfFile): boolean {
  const interpreter = interpreterOf(elf);
  if (interpreter !== undefined) return interpreter === INTERPRETER;
  return elf.osAbi === ELFOSABI_FREEBSD && elf.entry >> BigInt(elf.wordBytes * 8 - 1) === 1n;
}

/** The segments of an ELF that are loaded, by their virtual addresses. @throws Failure where they are damaged */
export function segmentsOf(elf: ElfFile): [VirtualSegment, ...VirtualSegment[]] {
  const loaded = elf.programs.filter(({ type, memoryBytes }) => type === programTypes.load && memoryBytes > 0);
  if (loaded.length > limits.elfSegmentsMax) throw elf.damaged(`it has more than ${limits.elfSegmentsMax} segments`);
  const [first, ...rest] = loaded
    .map((program) => ({
      virtual: program.virtual,
      bytes: elf.segmentBytes(program),
      memoryBytes: program.memoryBytes,
    }))
    .sort((a, b) => (a.virtual < b.virtual ? -1 : 1));
  if (first === undefined) throw elf.damaged('it has no segment to load');
  const last = rest.at(-1) ?? first;
  if (last.virtual - first.virtual > BigInt(SPAN_MAX))
    throw elf.damaged(`its segments lie ${hex(last.virtual - first.virtual)} bytes apart`);
  return [first, ...rest];
}

/** A FreeBSD kernel; undefined where the ELF is something else. @throws Failure when it is damaged */
export function parseFreebsd(bytes: Uint8Array, name: string): FreebsdKernel | undefined {
  const elf = new ElfFile(bytes, name);
  if (!isFreebsd(elf)) return undefined;
  const { arch, entry } = elf;
  const segments = segmentsOf(elf);
  if (!segments.some(({ virtual, memoryBytes }) => entry >= virtual && entry < virtual + BigInt(memoryBytes)))
    throw elf.damaged(`its entry point ${hex(entry)} lies in no segment`);
  if (entry % 4n !== 0n) throw elf.damaged(`its entry point ${hex(entry)} is no multiple of 4`);
  const virtualBase = segments[0].virtual - (segments[0].virtual % LOAD_ALIGN);
  return { kind: 'freebsd', arch, name, file: bytes, elf, segments, virtualBase, entry };
}

/** Where in RAM a kernel's virtual base goes: at the first multiple of 2 MiB, as there is nothing before it. */
export const freebsdBase = (ramBase: number): number => alignUp(ramBase, Number(LOAD_ALIGN));
