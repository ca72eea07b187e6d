import { alignUp } from '../../base/bits.ts';
import { MiB } from '../../base/limits.ts';
import { PAGE_BYTES } from '../../base/page.ts';
import type { GuestMemory } from '../../hyp/vmm/memory.ts';
import { boardByName } from '../../machine/boards/index.ts';
import { affinitiesOf, bootPlan } from '../../machine/boot.ts';
import type { MachineConfig } from '../../machine/config.ts';
import type { MachineImages } from '../../machine/images.ts';
import { modinfo } from '../../machine/loaders/freebsd/metadata.ts';
import { ELF_MODULE } from '../../machine/loaders/freebsd/plan.ts';
import { type ElfEntries, entriesOfTable, tableOf } from './elf-symtab.ts';
import { GuestSymbols, type Window } from './guest-symbols.ts';
import { UNWIND_ENTRY_BYTES, UnwindIndex, type UnwindTable } from './unwind-index.ts';

// What FreeBSD's loader leaves in memory beside a kernel, whoever it was: preload metadata, and symbols by it
// (FreeBSD sys/sys/linker.h; stand/common/load_elf.c).

/** Guest-physical memory; undefined where it is none of one piece. */
export type ReadMemory = (at: number, bytes: number) => Uint8Array | undefined;

/** Of a list of records, and of a table of symbols or its names. */
const RECORDS_BYTES_MAX = MiB;
const TABLE_BYTES_MAX = 256 * MiB;
const TEXT_BYTES_MAX = 256;

/** A file that was loaded: a kernel, a module. */
interface PreloadedFile {
  readonly type: string;
  /** Virtual. */
  readonly from: bigint;
  readonly bytes: bigint;
  /** Where its symbols begin, likewise; undefined where it has none. */
  readonly symbols?: bigint;
}
interface Preloaded {
  readonly files: readonly [PreloadedFile, ...PreloadedFile[]];
  readonly wordBytes: 4 | 8;
  /** What is to be added to a virtual address for the guest-physical one. */
  readonly slide: bigint;
}

const isKernel = (type: string): boolean => /^elf(32|64)? kernel$/.test(type);
const wordAt = (bytes: Uint8Array, at: number, wordBytes: 4 | 8): bigint => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return wordBytes === 8 ? view.getBigUint64(at, true) : BigInt(view.getUint32(at, true));
};
const textIn = (bytes: Uint8Array): string =>
  Buffer.from(bytes.subarray(0, Math.min(bytes.length, TEXT_BYTES_MAX)))
    .toString('latin1')
    .replace(/\0.*$/s, '');

/** The metadata whose first byte is at an address; undefined where there is none. */
function preloadedAt(bytes: Uint8Array, at: number, wordBytes: 4 | 8): Preloaded | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const files: { type: string; from: bigint; bytes: bigint; symbols?: bigint }[] = [];
  let kernelEnd: bigint | undefined;
  for (let next = 0; next + 8 <= bytes.length; ) {
    const type = view.getUint32(next, true);
    const size = view.getUint32(next + 4, true);
    next += 8;
    if (type === 0 && size === 0) {
      const [first, ...rest] = files;
      if (first === undefined || !isKernel(first.type) || kernelEnd === undefined) return undefined;
      // The kernel's end is the page behind its metadata (stand/efi/loader/bootinfo.c), which is here.
      return { files: [first, ...rest], wordBytes, slide: BigInt(alignUp(at + next, PAGE_BYTES)) - kernelEnd };
    }
    if (size > bytes.length - next) return undefined;
    const content = bytes.subarray(next, next + size);
    next += alignUp(size, wordBytes);
    if (type === modinfo.name) files.push({ type: '', from: 0n, bytes: 0n });
    const file = files.at(-1);
    if (file === undefined) return undefined;
    if (type === modinfo.type) file.type = textIn(content);
    if (size !== wordBytes) continue;
    const word = wordAt(content, 0, wordBytes);
    if (type === modinfo.address) file.from = word;
    else if (type === modinfo.size) file.bytes = word;
    else if (type === modinfo.symbolsStart) file.symbols = word;
    else if (type === modinfo.kernelEnd) kernelEnd = word;
  }
  return undefined;
}

/** Symbols of what was loaded, and where it lies. */
export interface PreloadedSymbols extends ElfEntries {
  /** How frames of AArch32 code are undone. */
  readonly unwind: UnwindTable;
  readonly virtual: readonly Window[];
  readonly physical: readonly Window[];
}

/** Symbols of those files, by their own tables. @param wanted by type */
function symbolsOfFiles(
  { files, wordBytes, slide }: Preloaded,
  read: ReadMemory,
  wanted: (type: string) => boolean,
): PreloadedSymbols {
  const table = (at: bigint): { readonly content: Uint8Array; readonly next: bigint } | undefined => {
    const head = read(Number(at + slide), wordBytes);
    const bytes = head === undefined ? 0n : wordAt(head, 0, wordBytes);
    if (bytes === 0n || bytes > BigInt(TABLE_BYTES_MAX)) return undefined;
    const from = at + BigInt(wordBytes);
    const content = read(Number(from + slide), Number(bytes));
    const end = from + bytes;
    // A copy: the memory is the guest's, who goes on.
    return content && { content: content.slice(), next: end + (-end & BigInt(wordBytes - 1)) };
  };
  const found = files
    .filter(({ type, symbols }) => wanted(type) && symbols !== undefined)
    .flatMap(({ type, symbols = 0n, ...file }) => {
      const symtab = table(symbols);
      const strings = symtab && table(symtab.next);
      if (symtab === undefined || strings === undefined) return [];
      const by = isKernel(type) ? 0n : file.from;
      const kind = { wordBytes, isArm: wordBytes === 4 };
      const tables = { symtab: symtab.content, strings: strings.content };
      const unwind = kind.isArm ? unwindIndexAt(file, by, (at, bytes) => read(Number(at + slide), bytes)) : undefined;
      return [{ ...file, unwind, entries: entriesOfTable(tables, kind, by, 'the preload metadata') }];
    });
  const virtual = found.map(({ from, bytes }): Window => ({ from, to: from + bytes, slide: 0n }));
  return {
    unwind: {
      functionAt: (pc) => found.find(({ from, bytes }) => pc >= from && pc < from + bytes)?.unwind?.functionAt(pc),
    },
    functions: found.flatMap(({ entries }) => entries.functions),
    data: () => found.flatMap(({ entries }) => entries.data()),
    virtual,
    physical: virtual.map(({ from, to }) => ({ from: from + slide, to: to + slide, slide })),
  };
}

/** A program header of the index (IHI 0044, 5.2.1), and where its fields lie in 32 bits (System V ABI, chapter 5). */
const PT_ARM_EXIDX = 0x7000_0001;
const PROGRAM = { tableAt: 28, entryBytes: 42, count: 44, virtual: 8, bytes: 20 } as const;
/** Of an ELF's header, and of what its program headers lie in. */
const HEADER_BYTES = 52;
const PROGRAMS_BYTES_MAX = 0x1000;

/** The unwind index of a file for ARM, by the header that it begins with. @param by what is to be added to its addresses */
function unwindIndexAt(
  { from, bytes }: Pick<PreloadedFile, 'from' | 'bytes'>,
  by: bigint,
  read: (virtual: bigint, bytes: number) => Uint8Array | undefined,
): UnwindIndex | undefined {
  const image = bytes < BigInt(HEADER_BYTES) || bytes > BigInt(TABLE_BYTES_MAX) ? undefined : read(from, Number(bytes));
  if (image === undefined || Buffer.from(image.subarray(0, 4)).toString('latin1') !== '\x7fELF') return undefined;
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  const tableAt = view.getUint32(PROGRAM.tableAt, true);
  const entryBytes = view.getUint16(PROGRAM.entryBytes, true);
  for (let n = 0; n < view.getUint16(PROGRAM.count, true); n++) {
    const at = tableAt + n * entryBytes;
    if (at + PROGRAM.bytes + 4 > Math.min(image.length, PROGRAMS_BYTES_MAX)) break;
    if (view.getUint32(at, true) !== PT_ARM_EXIDX) continue;
    const index = view.getUint32(at + PROGRAM.virtual, true) + Number(by - from);
    const count = Math.floor(view.getUint32(at + PROGRAM.bytes, true) / UNWIND_ENTRY_BYTES);
    const isInside = index >= 0 && index % 4 === 0 && index + count * UNWIND_ENTRY_BYTES <= image.length;
    return isInside ? new UnwindIndex(image.slice(), Number(from), index, count) : undefined;
  }
  return undefined;
}

/** These as a guest's. */
export const guestSymbolsOf = (symbols: PreloadedSymbols): GuestSymbols =>
  new GuestSymbols(tableOf(symbols), symbols.physical, symbols.virtual, () => symbols.unwind);

/** Those of the modules that a machine's FreeBSD kernel begins with; undefined where it has none. @throws Failure where the images are not whole */
export function moduleSymbols(config: MachineConfig, images: MachineImages): PreloadedSymbols | undefined {
  if (config.freebsd?.modules.some(({ type }) => type === ELF_MODULE) !== true) return undefined;
  const { segments } = bootPlan(config, boardByName(config.board), images, affinitiesOf(config.vcpus));
  const wordBytes = config.arch === 'arm64' ? 8 : 4;
  const metadata = segments.find(({ what }) => what === 'metadata');
  const preloaded = metadata && preloadedAt(metadata.bytes, Number(metadata.ipa), wordBytes);
  if (preloaded === undefined) return undefined;
  /** Of several segments, and what lies between them. */
  const read: ReadMemory = (at, bytes) => {
    const content = new Uint8Array(bytes);
    let isAny = false;
    for (const segment of segments) {
      const [from, to] = [
        Math.max(at, Number(segment.ipa)),
        Math.min(at + bytes, Number(segment.ipa) + segment.bytes.length),
      ];
      if (from >= to) continue;
      isAny = true;
      content.set(segment.bytes.subarray(from - Number(segment.ipa), to - Number(segment.ipa)), from - at);
    }
    return isAny ? content : undefined;
  };
  const symbols = symbolsOfFiles(preloaded, read, (type) => type === ELF_MODULE);
  return symbols.functions.length === 0 ? undefined : symbols;
}

/** Symbols of kernel and modules by the metadata that lies in a guest's memory; undefined where there is none. */
export function symbolsInMemory(memory: GuestMemory, wordBytes: 4 | 8): PreloadedSymbols | undefined {
  const read: ReadMemory = (at, bytes) => memory.view(at, bytes);
  for (const { ipa, bytes } of memory.ram) {
    const all = memory.view(ipa, bytes);
    if (all === undefined) continue;
    const view = new DataView(all.buffer, all.byteOffset, all.byteLength);
    for (let page = 0; page < bytes; page += PAGE_BYTES) {
      // The first record is a name.
      if (view.getUint32(page, true) !== modinfo.name || view.getUint32(page + 4, true) > TEXT_BYTES_MAX) continue;
      const list = all.subarray(page, Math.min(bytes, page + RECORDS_BYTES_MAX));
      const preloaded = preloadedAt(list, ipa + page, wordBytes);
      const symbols = preloaded && symbolsOfFiles(preloaded, read, (type) => isKernel(type) || type === ELF_MODULE);
      if (symbols !== undefined && symbols.functions.length > 0) return symbols;
    }
  }
  return undefined;
}
