import { must } from '../base/assert.ts';
import { alignUp, low32 } from '../base/bits.ts';
import { Failure } from '../base/failure.ts';
import { PAGE_BYTES } from '../base/page.ts';
import { linearOffset, type MappedRam, mappedRam } from './address-space.ts';
import { registerNotes, vmcoreinfoNote } from './core-notes.ts';
import type { GuestView } from './guest-view.ts';
import { findVmcoreinfo } from './vmcoreinfo.ts';

// System V ABI, chapters 4 and 5; the numbers of Arm's machines from ELF for the Arm Architecture (IHI 0044, IHI 0056).
const EM = { arm: 40, aarch64: 183 } as const;
const ET_CORE = 4;
const PT = { load: 1, note: 4 } as const;
const READ_WRITE_EXECUTE = 7;
const ELF32 = { headerBytes: 52, programBytes: 32 } as const;
const ELF64 = { headerBytes: 64, programBytes: 56 } as const;
/** e_phnum has 16 bits, and its last value another meaning. */
const SEGMENTS_MAX = 0xfffe;

/** Zero pages between others are left out of the file where they are so many; more, where else there were too many pieces. */
const GAP_BYTES_MIN = 64 * 1024;
const ISLANDS_MAX = 8192;
const ZEROES = Buffer.alloc(GAP_BYTES_MIN);
/** What is written in one piece. */
const PIECE_BYTES = 2 ** 20;

/** Where a physical address has no virtual one, as kexec-tools writes it (crashdump-elf.c). */
const NO_VA = (1n << 64n) - 1n;

/** Memory that is not zero throughout, and its place in the file. */
interface Island {
  readonly ipa: number;
  readonly bytes: number;
  readonly offset: number;
}
interface Segment {
  readonly va: bigint;
  readonly ipa: number;
  readonly bytes: number;
  /** Bytes of it that are in the file; the rest is zero. */
  readonly fileBytes: number;
  readonly offset: number;
}

/** A core file, before it is written. */
export interface ElfCore {
  /** How large it will be. */
  readonly bytes: number;
  /** Its bytes in order. To be taken before the machine runs on. */
  readonly pieces: () => Generator<Uint8Array>;
  readonly segments: number;
  /** The kernel's text about itself is in it. */
  readonly vmcoreinfo: boolean;
  /** What is to be added to a guest-physical address of the linear map. */
  readonly linearOffset: bigint | undefined;
  /** All that the guest maps is in it under its virtual addresses. */
  readonly isWhole: boolean;
}

/**
 * An ELF core of the guest as it is now: its RAM by guest-physical address (`p_paddr`), and by each virtual address at which its tables have it, the
 * linear map first; the registers of each vCPU; VMCOREINFO where the kernel has made it. Zero memory is in no file: `p_filesz` ends before it.
 * @throws Failure where the guest's RAM is beyond what its kind of core can describe
 */
export function elfCore(view: GuestView): ElfCore {
  const { memory } = view.machine.vm;
  const { arch, vcpus } = view.machine.config;
  const is64 = arch === 'arm64';
  const layout = is64 ? ELF64 : ELF32;
  if (!is64 && memory.ram.some(({ ipa, bytes }) => ipa + bytes > 2 ** 32))
    throw new Failure('the guest has RAM above 4 GiB, which a core of a 32-bit guest cannot describe');
  const { pieces, isWhole } = mappedRam(view);
  const linear = linearOffset(pieces);
  const islands = islandsOf(view);
  const isLinear = ({ va, ipa }: MappedRam): boolean => va - BigInt(ipa) === linear;
  const known = pieces.filter(isLinear);
  const first = [...known, ...withoutVa(view, known)].sort((a, b) => a.ipa - b.ipa);
  // The largest first, should there be too many.
  const others = pieces.filter((p) => !isLinear(p)).sort((a, b) => b.bytes - a.bytes);
  const segments: Segment[] = [];
  // The same memory may be mapped any number of times, and each piece is cut into many.
  for (const piece of [...first, ...others])
    if (segments.length < SEGMENTS_MAX) segments.push(...segmentsOf(piece, islands));
  const kept = segments.slice(0, SEGMENTS_MAX - 1);

  const text = memory.ram
    .map(({ ipa, bytes }) => findVmcoreinfo(must(memory.view(ipa, bytes), 'RAM')))
    .find((found) => found !== undefined);
  const notes = Buffer.concat([
    ...Array.from({ length: vcpus }, (_, vcpu) => view.of(vcpu, () => registerNotes(view, vcpu, is64))).flat(),
    ...(text === undefined ? [] : [vmcoreinfoNote(text)]),
  ]);
  const notesAt = layout.headerBytes + (kept.length + 1) * layout.programBytes;
  const dataAt = alignUp(notesAt + notes.length, PAGE_BYTES);
  const header = Buffer.alloc(dataAt);
  putHeader(header, is64, kept.length + 1);
  const program = is64 ? putProgram64 : putProgram32;
  const none = { va: 0n, ipa: 0, bytes: 0 };
  program(header, layout.headerBytes, PT.note, { ...none, fileBytes: notes.length, offset: notesAt });
  for (const [n, segment] of kept.entries()) {
    const at = layout.headerBytes + (n + 1) * layout.programBytes;
    program(header, at, PT.load, { ...segment, offset: dataAt + segment.offset });
  }
  notes.copy(header, notesAt);
  const last = islands.at(-1);
  return {
    bytes: dataAt + (last === undefined ? 0 : last.offset + last.bytes),
    *pieces() {
      yield header;
      for (const { ipa, bytes } of islands)
        for (let done = 0; done < bytes; done += PIECE_BYTES)
          yield view.physical(ipa + done, Math.min(PIECE_BYTES, bytes - done));
    },
    segments: kept.length,
    vmcoreinfo: text !== undefined,
    linearOffset: linear,
    isWhole: isWhole && kept.length === segments.length,
  };
}

/** The stretches of RAM that hold something, by ascending addresses. */
function islandsOf(view: GuestView): Island[] {
  for (let gap = GAP_BYTES_MIN; ; gap *= 2) {
    const islands: Island[] = [];
    let offset = 0;
    for (const { ipa, bytes } of view.machine.vm.memory.ram) {
      const ram = Buffer.from(view.physical(ipa, bytes).buffer, view.physical(ipa, bytes).byteOffset, bytes);
      for (let from = nextPage(ram, 0, true); from < bytes; ) {
        let to = nextPage(ram, from, false);
        let next = nextPage(ram, to, true);
        while (next < bytes && next - to < gap) {
          to = nextPage(ram, next, false);
          next = nextPage(ram, to, true);
        }
        islands.push({ ipa: ipa + from, bytes: to - from, offset });
        offset += to - from;
        from = next;
      }
    }
    if (islands.length <= ISLANDS_MAX) return islands;
  }
}

/** The first page from `from` on that holds something, or nothing; the end where there is none. */
function nextPage(ram: Buffer, from: number, something: boolean): number {
  for (let at = from; at < ram.length; ) {
    if (something && at % ZEROES.length === 0 && isZero(ram, at, ZEROES.length)) at += ZEROES.length;
    else if (isZero(ram, at, PAGE_BYTES) !== something) return at;
    else at += PAGE_BYTES;
  }
  return ram.length;
}
const isZero = (ram: Buffer, at: number, bytes: number): boolean =>
  at + bytes <= ram.length && ram.compare(ZEROES, 0, bytes, at, at + bytes) === 0;

/** What no piece has of RAM. */
function withoutVa(view: GuestView, pieces: readonly MappedRam[]): MappedRam[] {
  const sorted = [...pieces].sort((a, b) => a.ipa - b.ipa);
  const out: MappedRam[] = [];
  for (const { ipa, bytes } of view.machine.vm.memory.ram) {
    let from = ipa;
    for (const piece of sorted) {
      if (piece.ipa >= ipa + bytes || piece.ipa + piece.bytes <= from) continue;
      if (piece.ipa > from) out.push({ va: NO_VA, ipa: from, bytes: piece.ipa - from });
      from = Math.max(from, piece.ipa + piece.bytes);
    }
    if (from < ipa + bytes) out.push({ va: NO_VA, ipa: from, bytes: ipa + bytes - from });
  }
  return out;
}

/** A piece, cut so that each part is in the file up to where it is zero. */
function segmentsOf({ va, ipa, bytes }: MappedRam, islands: readonly Island[]): Segment[] {
  const end = ipa + bytes;
  const segments: Segment[] = [];
  const add = (from: number, to: number, fileBytes: number, offset: number): void => {
    const at = va === NO_VA ? NO_VA : va + BigInt(from - ipa);
    if (to > from) segments.push({ va: at, ipa: from, bytes: to - from, fileBytes, offset });
  };
  let n = firstBehind(islands, ipa);
  add(ipa, Math.min(end, Math.max(ipa, islands[n]?.ipa ?? end)), 0, 0);
  for (; n < islands.length; n++) {
    const island = islands[n] as Island;
    if (island.ipa >= end) break;
    const from = Math.max(ipa, island.ipa);
    const fileBytes = Math.min(end, island.ipa + island.bytes) - from;
    add(from, Math.min(end, islands[n + 1]?.ipa ?? end), fileBytes, island.offset + (from - island.ipa));
  }
  return segments;
}
/** Index of the first island that ends behind an address. */
function firstBehind(islands: readonly Island[], ipa: number): number {
  let low = 0;
  let high = islands.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const { ipa: at, bytes } = islands[middle] as Island;
    if (at + bytes <= ipa) low = middle + 1;
    else high = middle;
  }
  return low;
}

function putHeader(out: Buffer, is64: boolean, programs: number): void {
  const layout = is64 ? ELF64 : ELF32;
  // Class, little-endian, version 1; no operating system's ABI.
  out.set([0x7f, 0x45, 0x4c, 0x46, is64 ? 2 : 1, 1, 1]);
  out.writeUInt16LE(ET_CORE, 16);
  out.writeUInt16LE(is64 ? EM.aarch64 : EM.arm, 18);
  out.writeUInt32LE(1, 20);
  const at = is64 ? 52 : 40;
  if (is64) out.writeBigUInt64LE(BigInt(layout.headerBytes), 32);
  else out.writeUInt32LE(layout.headerBytes, 28);
  out.writeUInt16LE(layout.headerBytes, at);
  out.writeUInt16LE(layout.programBytes, at + 2);
  out.writeUInt16LE(programs, at + 4);
}
function putProgram64(out: Buffer, at: number, type: number, { va, ipa, bytes, fileBytes, offset }: Segment): void {
  out.writeUInt32LE(type, at);
  out.writeUInt32LE(type === PT.load ? READ_WRITE_EXECUTE : 0, at + 4);
  for (const [n, value] of [BigInt(offset), va, BigInt(ipa), BigInt(fileBytes), BigInt(bytes)].entries())
    out.writeBigUInt64LE(value, at + 8 + 8 * n);
}
function putProgram32(out: Buffer, at: number, type: number, { va, ipa, bytes, fileBytes, offset }: Segment): void {
  for (const [n, value] of [type, offset, low32(va), ipa, fileBytes, bytes].entries())
    out.writeUInt32LE(value, at + 4 * n);
  out.writeUInt32LE(type === PT.load ? READ_WRITE_EXECUTE : 0, at + 24);
}
