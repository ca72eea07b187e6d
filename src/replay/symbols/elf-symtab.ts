import { Failure } from '../../base/failure.ts';
import { limits } from '../../base/limits.ts';
import { type ElfSection, readSections, textAt } from './elf-sections.ts';
import { type SymbolEntry, SymbolTable } from './table.ts';

// System V ABI, chapter 4, "Symbol Table". Bit 0 of a function of Arm's T32 state is set in its value
// (ELF for the Arm Architecture, 5.5.3).
const SHT = { symtab: 2, dynsym: 11 } as const;
const STT = { none: 0, object: 1, function: 2 } as const;
const STB_WEAK = 2;
const EM_ARM = 40;
const SECTION_NUMBER_RESERVED = 0xff00;

/** Where the fields of a symbol lie, by the bytes of a word. */
const SYMBOL = {
  4: { bytes: 16, info: 12, section: 14, value: 4, size: 8 },
  8: { bytes: 24, info: 4, section: 6, value: 8, size: 16 },
} as const;

/** A symbol as a table of them has it. */
interface RawSymbol {
  readonly type: number;
  /** Number of its section. */
  readonly section: number;
  readonly entry: SymbolEntry;
}

/** Symbols with a place. @param strings their names @throws Failure where there are more than any kernel has */
function* rawSymbols(symtab: Uint8Array, strings: Uint8Array, wordBytes: 4 | 8, isArm: boolean, name: string) {
  const symbol = SYMBOL[wordBytes];
  if (symtab.length / symbol.bytes > limits.kernelSymbolsMax)
    throw new Failure(`${name}: more than ${limits.kernelSymbolsMax} symbols; no kernel has so many`);
  const view = new DataView(symtab.buffer, symtab.byteOffset, symtab.byteLength);
  const word = (at: number): bigint =>
    wordBytes === 8 ? view.getBigUint64(at, true) : BigInt(view.getUint32(at, true));
  for (let at = 0; at + symbol.bytes <= symtab.length; at += symbol.bytes) {
    const info = view.getUint8(at + symbol.info);
    const section = view.getUint16(at + symbol.section, true);
    const type = info & 0xf;
    if (section === 0 || section >= SECTION_NUMBER_RESERVED) continue;
    const symbolName = textAt(strings, view.getUint32(at, true));
    // Mapping symbols say what is code and what is data.
    if (symbolName === undefined || symbolName.startsWith('$')) continue;
    const value = word(at + symbol.value);
    const raw: RawSymbol = {
      type,
      section,
      entry: {
        name: symbolName,
        address: isArm && type === STT.function ? value & ~1n : value,
        weak: info >>> 4 === STB_WEAK,
        bytes: word(at + symbol.size),
      },
    };
    yield raw;
  }
}

/** Functions, and apart from them variables, which are read when they are asked for. */
export interface ElfEntries {
  readonly functions: readonly SymbolEntry[];
  readonly data: () => readonly SymbolEntry[];
}
/** A table of these. */
export const tableOf = ({ functions, data }: ElfEntries): SymbolTable =>
  SymbolTable.of(functions, () => SymbolTable.of(data()));

/**
 * Those of a symbol table by itself, as a loader leaves it in memory: without the sections, by which labels would be told apart.
 * @param by what is to be added to their addresses @throws Failure likewise
 */
export function entriesOfTable(
  { symtab, strings }: { readonly symtab: Uint8Array; readonly strings: Uint8Array },
  kind: { readonly wordBytes: 4 | 8; readonly isArm: boolean },
  by: bigint,
  name: string,
): ElfEntries {
  const ofType = (wanted: number): SymbolEntry[] =>
    [...rawSymbols(symtab, strings, kind.wordBytes, kind.isArm, name)].flatMap(({ type, entry }) =>
      type === wanted ? [{ ...entry, address: entry.address + by }] : [],
    );
  return { functions: ofType(STT.function), data: () => ofType(STT.object) };
}

/**
 * The functions and variables in the symbol table of a little-endian ELF; undefined where it has none.
 * @throws Failure where it is damaged
 */
export function readElfEntries(bytes: Uint8Array, name: string): ElfEntries | undefined {
  const elf = readSections(bytes, name);
  if (elf === undefined) return undefined;
  const { sections, wordBytes } = elf;
  const ofType = (wanted: number): ElfSection | undefined => sections.find(({ type }) => type === wanted);
  // What was stripped still has what it exports.
  const symtab = ofType(SHT.symtab) ?? ofType(SHT.dynsym);
  if (symtab === undefined) return undefined;
  const strings = sections[symtab.link]?.bytes;
  if (strings === undefined || symtab.bytes.length < SYMBOL[wordBytes].bytes)
    throw new Failure(`${name}: damaged ELF: its symbol table is cut; build it again`);
  /** Of symbols with a place, by type and section. */
  const entriesOf = (wanted: (type: number, of: ElfSection | undefined) => boolean): SymbolEntry[] =>
    [...rawSymbols(symtab.bytes, strings, wordBytes, elf.machine === EM_ARM, name)].flatMap(
      ({ type, section, entry }) => (wanted(type, sections[section]) ? [entry] : []),
    );
  const functions = entriesOf((type) => type === STT.function);
  const labels = entriesOf((type, of) => type === STT.none && of?.executable === true);
  const isData = (type: number, of: ElfSection | undefined): boolean =>
    of?.allocated === true && (type === STT.object || (type === STT.none && !of.executable));
  // Labels within a function are none of their own; functions written in assembler may be nothing else.
  const known = SymbolTable.of(functions.filter(({ bytes: size }) => size !== 0n));
  return {
    functions: [...functions, ...labels.filter(({ address }) => known.at(address) === undefined)],
    // An assembler's own labels.
    data: () => entriesOf(isData).filter(({ name: label }) => !label.startsWith('.L')),
  };
}

/** The same as a table. @throws Failure likewise */
export function readElfSymbols(bytes: Uint8Array, name: string): SymbolTable | undefined {
  const entries = readElfEntries(bytes, name);
  return entries && tableOf(entries);
}
