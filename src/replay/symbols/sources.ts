import { must } from '../../base/assert.ts';
import { signExtend } from '../../base/bits.ts';
import { Failure } from '../../base/failure.ts';
import type { GuestMemory } from '../../hyp/vmm/memory.ts';
import type { PlacedKernel } from '../../machine/boot.ts';
import type { Arm64Image } from '../../machine/loaders/arm64-image.ts';
import { isElf } from '../../machine/loaders/elf-file.ts';
import type { ImageFile } from '../../machine/loaders/read-image.ts';
import type { TapeEvent } from '../../trace/events/index.ts';
import { type ElfEntries, readElfEntries, readElfSymbols, tableOf } from './elf-symtab.ts';
import { imageBases } from './exit-witness.ts';
import { findExports, type LinkedImage } from './exports.ts';
import { GuestSymbols, type Window } from './guest-symbols.ts';
import { findKallsyms } from './kallsyms.ts';
import type { PreloadedSymbols } from './preload.ts';
import { isSystemMap, readSystemMap } from './system-map.ts';
import { SymbolTable } from './table.ts';
import { findUnwindIndex, UNWIND_ENTRY_BYTES, UnwindIndex } from './unwind-index.ts';

/** The symbols of a tape's guest, or, in words for a message, why there are none. */
export type FoundSymbols = GuestSymbols | { readonly missing: string };

type Kernel = PlacedKernel;
type Unpacked = Extract<Kernel, { kind: 'zimage' }>;
type VmExit = Extract<TapeEvent, { kind: 'vm-exit' }>;
/** Exits of a recording: their PCs witness where the kernel's image lay. */
export type Exits = Iterable<VmExit>;

const ADVICE = 'give --symbols with its System.map or unstripped ELF';

/** Reads a file of symbols. @throws Failure where it has none */
export function readSymbols({ name, bytes }: ImageFile): SymbolTable {
  if (isElf(bytes)) {
    const table = readElfSymbols(bytes, name);
    if (table === undefined || table.size === 0)
      throw new Failure(`${name}: an ELF without a symbol table; give the one from before it was stripped`);
    return table;
  }
  if (isSystemMap(bytes)) return readSystemMap(bytes, name);
  throw new Failure(`${name}: neither an ELF nor a System.map; give the symbols of the tape's kernel`);
}

/** Symbols from the kernel itself: its symbol table, or Linux's own. @param modules those of modules that it begins with */
export function symbolsOf(kernel: Kernel, exits: Exits, modules?: PreloadedSymbols): FoundSymbols {
  switch (kernel.kind) {
    case 'elf':
    case 'freebsd': {
      const entries = readElfEntries(kernel.file, kernel.name);
      const table = entries && tableOf(withModules(entries, modules));
      if (table === undefined || table.size === 0) return { missing: `the tape's ELF is stripped; ${ADVICE}` };
      return placeSymbols(table, kernel, exits, modules);
    }
    case 'arm64-image': {
      const { bytes, memoryBytes } = kernel;
      const table = findKallsyms(bytes, 8);
      if (table === undefined) return { missing: `the tape's kernel has no kallsyms of a known kind; ${ADVICE}` };
      const start = startOfImage(kernel, table);
      return placeSymbols(withExports(table, { bytes, wordBytes: 8, start, memoryBytes }), kernel, exits);
    }
    case 'zimage':
      return { missing: `the tape's zImage has its symbols compressed; ${ADVICE}` };
    default:
      return { missing: `the tape's raw code has no symbols; ${ADVICE}` };
  }
}

/** The symbols of a kernel that a zImage has unpacked into guest memory; undefined where they are not there. */
export function unpackedSymbols(kernel: Unpacked, memory: GuestMemory): GuestSymbols | undefined {
  // A copy: the memory is the guest's, and another moment's after the next seek.
  const bytes = memory.view(unpackedAt(kernel), kernel.inflatedBytes)?.slice();
  const table = bytes && findKallsyms(bytes, 4);
  if (bytes === undefined || table === undefined) return undefined;
  const start = startOfUnpacked(table, kernel.textOffset);
  const named = withExports(table, { bytes, wordBytes: 4, start, memoryBytes: memoryOf(kernel) });
  const placed = placeSymbols(named, kernel, []);
  return placed.withUnwind(() => findUnwindIndex(bytes, Number(start)));
}

const withModules = ({ functions, data }: ElfEntries, modules: PreloadedSymbols | undefined): ElfEntries =>
  modules === undefined
    ? { functions, data }
    : { functions: [...functions, ...modules.functions], data: () => [...data(), ...modules.data()] };

/** Without CONFIG_KALLSYMS_ALL a kernel's own table has next to no variable: those that it exports are more. */
const withExports = (table: SymbolTable, image: LinkedImage): SymbolTable =>
  table.withData((own) => {
    const exported = findExports(image, table);
    return exported.length > own.size ? SymbolTable.of([...own.entries(), ...exported]) : own;
  });

/** Where the guest has the functions and variables of a table. @throws Failure where the table is not of this kernel */
export function placeSymbols(
  table: SymbolTable,
  kernel: Kernel,
  exits: Exits,
  modules?: PreloadedSymbols,
): GuestSymbols {
  switch (kernel.kind) {
    case 'elf': {
      const physical = kernel.segments.map(({ at, virtual, memoryBytes }) =>
        windowAt(BigInt(at), memoryBytes, BigInt(at) - virtual),
      );
      const virtual = kernel.segments.map((s) => windowAt(s.virtual, s.memoryBytes, 0n));
      return new GuestSymbols(table, physical, virtual);
    }
    case 'freebsd': {
      const physical = kernel.place.parts.map(({ at, memoryBytes }, n) =>
        windowAt(BigInt(at), memoryBytes, BigInt(at) - must(kernel.segments[n], 'a part is a segment').virtual),
      );
      const virtual = kernel.segments.map((s) => windowAt(s.virtual, s.memoryBytes, 0n));
      const { physical: ofModules = [], virtual: atModules = [] } = modules ?? {};
      const windows = [
        [...physical, ...ofModules],
        [...virtual, ...atModules],
      ] as const;
      return new GuestSymbols(table, ...windows, () => {
        const index = unwindIndexOf(kernel);
        return { functionAt: (pc) => modules?.unwind.functionAt(pc) ?? index?.functionAt(pc) };
      });
    }
    case 'arm64-image': {
      const start = startOfImage(kernel, table);
      const { memoryBytes } = kernel;
      const place = (base: bigint): Window => windowAt(base, memoryBytes, base - start);
      const virtual = imageBases(kernel.bytes, exits).map(place);
      return new GuestSymbols(table, [place(BigInt(kernel.place.entry))], virtual);
    }
    case 'zimage': {
      const start = startOfUnpacked(table, kernel.textOffset);
      const memoryBytes = memoryOf(kernel);
      const at = BigInt(unpackedAt(kernel));
      const physical = windowAt(at, memoryBytes, at - start);
      return new GuestSymbols(table, [physical], [windowAt(start, memoryBytes, 0n)]);
    }
    default:
      return new GuestSymbols(table, [windowAt(BigInt(kernel.at), kernel.bytes.length, 0n)], []);
  }
}

/** The index of a FreeBSD kernel for ARM, which is a section of its own (IHI 0044, 4.3.3; FreeBSD sys/conf/ldscript.arm). */
function unwindIndexOf({ arch, elf, segments }: Extract<Kernel, { kind: 'freebsd' }>): UnwindIndex | undefined {
  if (arch !== 'armv7') return undefined;
  const index = elf.readSections().find(({ name }) => name === '.ARM.exidx');
  const [first] = segments;
  if (index === undefined || first === undefined) return undefined;
  const end = segments.reduce((most, { virtual, bytes }) => Math.max(most, Number(virtual) + bytes.length), 0);
  const start = Number(first.virtual);
  const image = new Uint8Array(end - start);
  for (const { virtual, bytes } of segments) image.set(bytes, Number(virtual) - start);
  const from = Number(index.address) - start;
  const count = Math.floor(index.bytes.length / UNWIND_ENTRY_BYTES);
  const isInside = from >= 0 && from % 4 === 0 && from + count * UNWIND_ENTRY_BYTES <= image.length;
  return isInside ? new UnwindIndex(image, start, from, count) : undefined;
}

/** Guest-physical address at which an unpacked kernel begins and is entered. */
export const unpackedAt = ({ place }: Unpacked): number => must(place.unpackedAt, 'place of the kernel in a zImage');
const memoryOf = ({ inflatedBytes, bssBytes }: Unpacked): number => inflatedBytes + bssBytes;
const windowAt = (from: bigint, bytes: number, slide: bigint): Window => ({ from, to: from + BigInt(bytes), slide });
const addressOf = (table: SymbolTable, name: string): bigint | undefined => table.find(name)[0]?.from;
const strange = (name: string): Failure =>
  new Failure(`the symbols name no ${name}; give those of the tape's kernel with --symbols`);

/** PAGE_OFFSET is a multiple of this (Linux arch/arm/Kconfig), and the kernel begins there and text_offset. */
const PAGE_OFFSET_ALIGN = 0x1000_0000n;

function startOfUnpacked(table: SymbolTable, textOffset: number): bigint {
  const code = addressOf(table, 'stext') ?? addressOf(table, '_stext');
  const start = addressOf(table, '_text') ?? (code && code - (code % PAGE_OFFSET_ALIGN) + BigInt(textOffset));
  if (start === undefined) throw strange('_text, stext or _stext');
  return start;
}

/**
 * Where an Image's header branches to: of Linux, before 5.8 and since; of a kernel.bin of FreeBSD (sys/arm64/arm64/locore.S).
 */
const ENTRIES = ['primary_entry', 'stext', '_start'];

/** The address, as the table counts, of an Image's first byte, by its header's branch (Linux Documentation/arch/arm64/booting.rst: code0, code1). */
function startOfImage({ bytes }: Arm64Image, table: SymbolTable): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const at of [0, 4]) {
    const instruction = view.getUint32(at, true);
    if (instruction >>> 26 !== 0b000101) continue;
    const target = at + 4 * signExtend(instruction & 0x3ff_ffff, 26);
    const entry = ENTRIES.map((name) => addressOf(table, name)).find((at) => at !== undefined);
    if (entry !== undefined) return entry - BigInt(target);
  }
  const text = addressOf(table, '_text');
  if (text === undefined) throw strange('primary_entry');
  return text;
}
