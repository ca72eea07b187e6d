// freebsd/: FreeBSD's kernels, and what their loader gives them.

import { must } from '../../../base/assert.ts';
import { alignUp, hex } from '../../../base/bits.ts';
import { ipa } from '../../../base/brands.ts';
import { Failure } from '../../../base/failure.ts';
import { MiB } from '../../../base/limits.ts';
import { PAGE_BYTES } from '../../../base/page.ts';
import type { GuestArch } from '../../arch.ts';
import type { Range } from '../../boards/board.ts';
import { ElfFile, elfTypes, programTypes, sectionTypes } from '../elf-file.ts';
import type { BootPlan, Segment } from '../plan.ts';
import type { BootArguments } from './boot-arguments.ts';
import { type FreebsdKernel, freebsdBase, segmentsOf, type VirtualSegment } from './kernel.ts';
import { Metadata, modinfo, wordOf } from './metadata.ts';

/** A file that goes with the kernel, and what it is: `elf module`, `md_image` and so on. */
export interface FreebsdModule {
  /** What messages call it. */
  readonly name: string;
  /** Its file's name, by which the kernel knows it. */
  readonly file: string;
  readonly type: string;
  /** Of an ELF. */
  readonly args?: string;
  readonly bytes: Uint8Array;
}
/** A FreeBSD kernel and what it is given. */
export interface FreebsdBoot {
  readonly kernel: FreebsdKernel;
  readonly modules: readonly FreebsdModule[];
  /** The kernel's arguments, as they stand in its metadata. */
  readonly args: string;
  readonly told: BootArguments;
  readonly deviceTree: Uint8Array;
}

/** Where loader(8) has what it loads. */
const BOOT_FOLDER = '/boot';
const KERNEL_NAME = `${BOOT_FOLDER}/kernel/kernel`;
const KERNEL_TYPE = 'elf kernel';
/** A module that is an ELF, linked to be loaded anywhere. */
export const ELF_MODULE = 'elf module';

/**
 * What the first page tables map behind the virtual base: 64 MiB (LOCORE_MAP_MB, sys/arm/arm/locore-v6.S); up to 4 MiB behind the
 * metadata, by one table of the second level (sys/arm64/arm64/locore.S).
 */
const metadataMax: { readonly [A in GuestArch]: number } = { arm64: 1020 * MiB, armv7: 64 * MiB };

/** Bytes at their virtual addresses, one behind the other, as stand/common/load_elf.c and stand/efi/loader/bootinfo.c put them. */
class Stage {
  readonly #base: bigint;
  readonly #physical: number;
  readonly #ram: Range;
  readonly #wordBytes: 4 | 8;
  readonly segments: Segment[] = [];
  /** The first free virtual address. */
  next: bigint;

  constructor({ virtualBase, elf }: FreebsdKernel, ram: Range) {
    this.#base = virtualBase;
    this.next = virtualBase;
    this.#physical = freebsdBase(ram.base);
    this.#ram = ram;
    this.#wordBytes = elf.wordBytes;
  }
  physicalOf(virtual: bigint): number {
    return this.#physical + Number(virtual - this.#base);
  }
  /** @param memoryBytes what it takes, zeros behind `bytes` @throws Failure where it does not lie in RAM */
  put(what: Segment['what'], name: string, virtual: bigint, bytes: Uint8Array, memoryBytes = bytes.length): void {
    const at = this.physicalOf(virtual);
    const end = this.#ram.base + this.#ram.size;
    if (at + memoryBytes > end)
      throw new Failure(
        `${name}: ${what} at ${hex(at)}..${hex(at + memoryBytes)} does not fit in RAM, which ends at ${hex(end)}; give --memory ${Math.ceil((at + memoryBytes - this.#ram.base) / MiB)}M or more`,
      );
    this.segments.push({ what, ipa: ipa(BigInt(at)), bytes, zeroFillBytes: memoryBytes - bytes.length });
    const behind = virtual + BigInt(memoryBytes);
    if (behind > this.next) this.next = behind;
  }
  /** Puts bytes at the first free page. @returns their virtual address */
  putPage(what: Segment['what'], name: string, bytes: Uint8Array): bigint {
    const at = this.toPage();
    this.put(what, name, at, bytes);
    this.toPage();
    return at;
  }
  align(to: number): bigint {
    const over = this.next % BigInt(to);
    if (over !== 0n) this.next += BigInt(to) - over;
    return this.next;
  }
  toPage(): bigint {
    return this.align(PAGE_BYTES);
  }
  toWord(): bigint {
    return this.align(this.#wordBytes);
  }
}

/** The metadata of an ELF that is loaded `slide` behind where it is linked, and its symbols behind it. */
function loadElf(
  elf: ElfFile,
  parts: readonly [VirtualSegment, ...VirtualSegment[]],
  slide: bigint,
  what: 'kernel' | 'module',
  stage: Stage,
) {
  for (const part of parts) stage.put(what, elf.name, part.virtual + slide, part.bytes, part.memoryBytes);
  stage.toWord();
  const records = new Metadata(elf.wordBytes).bytes(modinfo.elfHeader, elf.bytes.subarray(0, elf.headerBytes));
  const sections = elf.readSections();
  if (sections.length > 0) records.bytes(modinfo.sections, elf.sectionTable);
  const constructors = sections.find(({ name }) => name === '.ctors');
  if (constructors) {
    records.word(modinfo.constructors, constructors.address);
    records.word(modinfo.constructorsBytes, BigInt(constructors.bytes.length));
  }
  // The last table of symbols that no segment has anyway: a length, the table, a length, its names.
  const isLoaded = ({ byteOffset }: Uint8Array): boolean =>
    parts.some(({ bytes }) => byteOffset >= bytes.byteOffset && byteOffset < bytes.byteOffset + bytes.length);
  const symbols = sections.findLast(
    ({ type, bytes }) => type === sectionTypes.symbols && bytes.length > 0 && !isLoaded(bytes),
  );
  const names = symbols && sections[symbols.link];
  if (symbols && names) {
    const start = stage.next;
    for (const { bytes } of [symbols, names]) {
      stage.put('symbols', elf.name, stage.next, wordOf(BigInt(bytes.length), elf.wordBytes));
      stage.put('symbols', elf.name, stage.next, bytes);
      stage.toWord();
    }
    records.word(modinfo.symbolsStart, start).word(modinfo.symbolsEnd, stage.next);
  }
  const dynamic = elf.programs.find(({ type }) => type === programTypes.dynamic);
  if (dynamic) records.word(modinfo.dynamic, dynamic.virtual);
  const from = parts[0].virtual + slide;
  return { from, bytes: stage.next - from, records };
}

/** Loads a module at the next page. @returns its records */
function loadModule(
  { name, file, type, args, bytes }: FreebsdModule,
  wordBytes: 4 | 8,
  arch: GuestArch,
  stage: Stage,
): Uint8Array[] {
  const head = (at: bigint, size: bigint, folder: string): Uint8Array => {
    const records = new Metadata(wordBytes).text(modinfo.name, `${folder}/${file}`).text(modinfo.type, type);
    if (args !== undefined && type === ELF_MODULE) records.text(modinfo.args, args);
    return records.word(modinfo.address, at).word(modinfo.size, size).records();
  };
  if (type !== ELF_MODULE) {
    const at = stage.putPage('module', name, bytes);
    return [head(at, BigInt(bytes.length), BOOT_FOLDER)];
  }
  const elf = new ElfFile(bytes, name);
  if (elf.arch !== arch) throw new Failure(`${name} is a module for ${elf.arch}; the kernel is for ${arch}`);
  if (elf.type !== elfTypes.dynamic)
    throw new Failure(`${name} is an ELF of type ${elf.type}, no shared object as this architecture's modules are`);
  const parts = segmentsOf(elf);
  const loaded = loadElf(elf, parts, stage.toPage() - parts[0].virtual, 'module', stage);
  return [head(loaded.from, loaded.bytes, `${BOOT_FOLDER}/kernel`), loaded.records.records()];
}

/**
 * Where a FreeBSD kernel and its preload metadata go: kernel, symbols, modules, environment, device tree, and the records that tell of
 * them, each from a page on, as loader(8) has them. The boot vCPU is entered at the physical address of the entry point with the virtual
 * address of the records in X0 or R0. @throws Failure where something has no room
 */
export function freebsdPlan({ kernel, modules, args, told, deviceTree }: FreebsdBoot, ram: Range): BootPlan {
  const { arch, elf, name } = kernel;
  const { wordBytes } = elf;
  const stage = new Stage(kernel, ram);
  const [first, ...rest] = kernel.segments;
  const loaded = loadElf(elf, [must(first, 'a segment'), ...rest], 0n, 'kernel', stage);
  const moduleRecords = modules.flatMap((module) => loadModule(module, wordBytes, arch, stage));
  const lines = told.environment.map((line) => `${line}\0`).join('');
  const environment = stage.putPage('environment', name, Buffer.from(`${lines}\0`));
  const tree = stage.putPage('device tree', name, deviceTree);
  const at = stage.toPage();
  if (at - kernel.virtualBase > BigInt(metadataMax[arch]))
    throw new Failure(
      `${name} and its modules take ${(at - kernel.virtualBase) / BigInt(MiB)} MiB; FreeBSD/${arch} maps ${metadataMax[arch] / MiB} MiB as it begins: give smaller modules, or a disk`,
    );

  const records = (kernelEnd: bigint): Uint8Array => {
    const head = new Metadata(wordBytes).text(modinfo.name, KERNEL_NAME).text(modinfo.type, KERNEL_TYPE);
    if (args !== '') head.text(modinfo.args, args);
    head.word(modinfo.address, loaded.from).word(modinfo.size, loaded.bytes);
    const tail = new Metadata(wordBytes)
      .int(modinfo.howto, told.howto)
      .word(modinfo.environment, environment)
      .word(modinfo.deviceTree, tree)
      .word(modinfo.kernelEnd, kernelEnd);
    return Buffer.concat([
      head.records(),
      loaded.records.records(),
      tail.records(),
      ...moduleRecords,
      new Uint8Array(8),
    ]);
  };
  const end = at + BigInt(alignUp(records(0n).length, PAGE_BYTES));
  stage.putPage('metadata', name, records(end));
  const registers = { x0: at, x1: 0n, x2: 0n, x3: 0n };
  const physical = (virtual: bigint) => ipa(BigInt(stage.physicalOf(virtual)));
  return { arch, segments: stage.segments, entry: physical(kernel.entry), dtbIpa: physical(tree), ...registers };
}
