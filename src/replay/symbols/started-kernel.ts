import { high32, low32 } from '../../base/bits.ts';
import { Failure } from '../../base/failure.ts';
import { MiB } from '../../base/limits.ts';
import { PAGE_BYTES } from '../../base/page.ts';
import { Access } from '../../core/mmu/access.ts';
import type { GuestMemory } from '../../hyp/vmm/memory.ts';
import type { PlacedKernel } from '../../machine/boot.ts';
import {
  type Arm64Image,
  isArm64Image,
  memoryOfArm64Image,
  parseArm64Image,
} from '../../machine/loaders/arm64-image.ts';
import type { TapeReader } from '../../trace/codec/tape-reader.ts';
import { imageOfCheckpoint } from '../checkpoints.ts';
import { ReplaySession } from '../replay.ts';
import { findExports } from './exports.ts';
import type { GuestSymbols } from './guest-symbols.ts';
import { findKallsyms } from './kallsyms.ts';
import { guestSymbolsOf, symbolsInMemory } from './preload.ts';
import type { SymbolEntry } from './table.ts';

// Firmware takes the kernel from a disk or makes it of what fw_cfg has, so that no image of the tape is what runs. Firmware's code runs
// where it lies; a kernel's runs at virtual addresses of its own, by which its first exit there is known, and what lies there is it.

/** Exits whose PCs are no kernel's, in pages of their own: so many are looked at. */
const TRIES_MAX = 64;
/** Linux arm64 runs in the upper half (Documentation/arch/arm64/memory.rst); ARM from PAGE_OFFSET on, which is a multiple of that (arch/arm/Kconfig). */
const UPPER_HALF = 1n << 63n;
const ARM_KERNEL = 0x8000_0000n;
const PAGE_OFFSET_ALIGN = 0x1000_0000n;
/** arch/arm/Makefile: textofs, of whatever does not say otherwise. */
const TEXT_OFFSET = 0x8000n;
/** What of a kernel is in memory at most. */
const KERNEL_BYTES_MAX = 128 * MiB;

const NAME = 'the kernel in memory';

/** Of each tape once: its beginning is replayed for it. */
const known = new WeakMap<TapeReader, PlacedKernel | null>();

/**
 * The kernel that the firmware of a tape has started, where it lies while it runs. Undefined where the tape's exits show none.
 * @throws Failure where the tape cannot be replayed
 */
export function startedKernel(reader: TapeReader): PlacedKernel | undefined {
  let kernel = known.get(reader);
  if (kernel === undefined) {
    kernel = findStarted(reader) ?? null;
    known.set(reader, kernel);
  }
  return kernel ?? undefined;
}

/** Whether the tape's machine begins in firmware. */
export const hasFirmware = ({ header }: TapeReader): boolean => header.images.some(({ name }) => name === 'firmware');

/** Whether a kernel has such an address. */
export const isKernels = (pc: bigint, isArm64: boolean): boolean => pc >= (isArm64 ? UPPER_HALF : ARM_KERNEL);
const isArm64Tape = ({ header }: TapeReader): boolean => header.machine.arch === 'arm64';

/** The symbols that a loader has left in memory, as it is when a kernel is first seen to run; undefined where it is not, has none, or the tape cannot be replayed. */
export function preloadedSymbols(reader: TapeReader): GuestSymbols | undefined {
  if (reader.header.machine.imported !== undefined) return undefined;
  try {
    return findPreloaded(reader);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return undefined;
  }
}
function findPreloaded(reader: TapeReader): GuestSymbols | undefined {
  const [first] = kernelMoments(reader, isArm64Tape(reader) ? UPPER_HALF : ARM_KERNEL);
  if (first === undefined) return undefined;
  const session = sessionBefore(reader, first);
  session.run(first);
  return preloadedIn(session.machine, isArm64Tape(reader));
}
/** The same of a machine whose next instruction is a kernel's. */
export function preloadedIn({ pc, vm }: SeenMachine, isArm64: boolean): GuestSymbols | undefined {
  const found = isKernels(pc, isArm64) ? symbolsInMemory(vm.memory, isArm64 ? 8 : 4) : undefined;
  return found && guestSymbolsOf(found);
}

function findStarted(reader: TapeReader): PlacedKernel | undefined {
  const isArm64 = isArm64Tape(reader);
  const moments = kernelMoments(reader, isArm64 ? UPPER_HALF : ARM_KERNEL);
  const [first] = moments;
  if (first === undefined) return undefined;
  const session = sessionBefore(reader, first);
  for (const at of moments) {
    session.run(at);
    const kernel = kernelAt(session.machine, isArm64);
    if (kernel !== undefined) return kernel;
  }
  return undefined;
}

/** Counts of the first exits at addresses that a kernel may have. */
function kernelMoments(reader: TapeReader, from: bigint): number[] {
  const pages = new Set<bigint>();
  const moments: number[] = [];
  for (const event of reader.events({ classes: new Set(['vm-exit']), damage: 'skip' })) {
    if (event.kind !== 'vm-exit' || event.pc < from) continue;
    const page = event.pc / BigInt(PAGE_BYTES);
    if (pages.has(page)) continue;
    pages.add(page);
    moments.push(event.at);
    if (moments.length === TRIES_MAX) break;
  }
  return moments;
}

/** A replay at the last of its tape's checkpoints before a count, or at the beginning where that is damaged. */
function sessionBefore(reader: TapeReader, icount: number): ReplaySession {
  const begun = (): ReplaySession => new ReplaySession(reader, { consoleOut() {}, unverified: true });
  const session = begun();
  const number = reader.checkpoints.findLastIndex((checkpoint) => checkpoint.icount <= icount);
  const own = reader.begin === undefined ? 0 : 1;
  if (number < own) return session;
  try {
    let memory = session.machine.ram.image();
    for (let n = own; n <= number; n++) memory = imageOfCheckpoint(reader, n, memory);
    const { parts, ordinal, root } = reader.checkpoint(number);
    session.restore({ machine: { parts, memory }, ordinal, root });
    return session;
  } catch (error) {
    if (error instanceof Failure) return begun();
    throw error;
  }
}

/** What is looked at of a machine. */
export interface SeenMachine {
  readonly pc: bigint;
  readonly cpu: {
    readonly cpu: { readonly el: number };
    readonly architecture: { readonly mmu: { probe(vaLo: number, vaHi: number, access: number): number } };
  };
  readonly vm: { readonly memory: GuestMemory };
}

/** The kernel whose instruction is next; undefined where that is none's. */
export function kernelAt(machine: SeenMachine, isArm64: boolean): PlacedKernel | undefined {
  const { pc } = machine;
  const ipa = isKernels(pc, isArm64) ? ipaOfCode(machine, pc) : undefined;
  if (ipa === undefined || BigInt(ipa) === pc) return undefined;
  return isArm64 ? imageAround(machine, ipa) : unpackedAround(machine, pc, ipa);
}

/** Where the guest's next instruction lies, guest-physical; undefined where it has no translation, or the guest is not at EL1. */
function ipaOfCode({ cpu: { cpu, architecture }, vm }: SeenMachine, pc: bigint): number | undefined {
  if (cpu.el !== 1) return undefined;
  const pa = architecture.mmu.probe(low32(pc), high32(pc), Access.execute);
  const segment = vm.memory.segments.find((s) => pa >= s.pa && pa < s.pa + s.bytes);
  return segment && segment.ipa + (pa - segment.pa);
}

/** An Image that an address lies in, by its header. */
function imageAround({ vm: { memory } }: SeenMachine, ipa: number): PlacedKernel | undefined {
  const segment = memory.find(ipa);
  if (segment === undefined) return undefined;
  const lowest = Math.max(segment.ipa, ipa - KERNEL_BYTES_MAX);
  for (let at = ipa - (ipa % PAGE_BYTES); at >= lowest; at -= PAGE_BYTES) {
    const bytes = memory.view(at, Math.min(segment.ipa + segment.bytes - at, KERNEL_BYTES_MAX));
    if (bytes === undefined || !isArm64Image(bytes)) continue;
    const size = memoryOfArm64Image(bytes);
    if (ipa >= at + size || size > bytes.length) continue;
    const image = parsed(bytes.subarray(0, size));
    // A copy: the memory is the guest's, who goes on.
    if (image !== undefined) return { ...image, bytes: image.bytes.slice(), place: { entry: at, parts: [] } };
  }
  return undefined;
}
function parsed(bytes: Uint8Array): Arm64Image | undefined {
  try {
    return parseArm64Image(bytes, NAME);
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

/** A kernel for ARM that a zImage has unpacked, by its kallsyms. */
function unpackedAround({ vm: { memory } }: SeenMachine, pc: bigint, ipa: number): PlacedKernel | undefined {
  const pageOffset = pc - (pc % PAGE_OFFSET_ALIGN);
  const base = ipa - Number(pc - pageOffset);
  const segment = memory.find(base);
  if (segment === undefined) return undefined;
  const bytes = memory.view(base, Math.min(segment.ipa + segment.bytes - base, KERNEL_BYTES_MAX));
  const table = bytes && findKallsyms(bytes, 4);
  if (bytes === undefined || table === undefined) return undefined;
  const [start] = ['_text', 'stext'].flatMap((name) => table.find(name));
  const textOffset = start === undefined ? TEXT_OFFSET : start.from - pageOffset;
  const unpackedAt = base + Number(textOffset);
  const end = pageOffset + BigInt(bytes.length);
  const exported = findExports({ bytes, wordBytes: 4, start: pageOffset, memoryBytes: bytes.length }, table);
  const inflatedBytes = Number(lastOf(table.entries(), end) - pageOffset - textOffset);
  const bssBytes = Math.max(0, Number(lastOf(exported, end) - pageOffset - textOffset) - inflatedBytes);
  if (textOffset < 0n || inflatedBytes <= 0 || memory.view(unpackedAt, inflatedBytes) === undefined) return undefined;
  return {
    kind: 'zimage',
    arch: 'armv7',
    name: NAME,
    bytes: new Uint8Array(0),
    unpackBytes: 0,
    textOffset: Number(textOffset),
    inflatedBytes,
    bssBytes,
    place: { entry: unpackedAt, parts: [], unpackedAt },
  };
}

/** Behind the last of these that lies before an end, in whole pages. */
function lastOf(entries: Iterable<SymbolEntry>, end: bigint): bigint {
  let last = 0n;
  for (const { address } of entries) if (address > last && address < end) last = address;
  return (last / BigInt(PAGE_BYTES) + 1n) * BigInt(PAGE_BYTES);
}
