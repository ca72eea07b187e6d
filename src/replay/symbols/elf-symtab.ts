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

/**
 * The functions and variables in the symbol table of a little-endian ELF; undefined where it has none.
 * @throws Failure where it is damaged
 */
export function readElfSymbols(bytes: Uint8Array, name: string): SymbolTable | undefined {
  const elf = readSections(bytes, name);
  if (elf === undefined) return undefined;
  const { sections, wordBytes } = elf;
  const isArm = elf.machine === EM_ARM;
  const symbol = SYMBOL[wordBytes];
  const word = (v: DataView, at: number): bigint =>
    wordBytes === 8 ? v.getBigUint64(at, true) : BigInt(v.getUint32(at, true));
  const ofType = (wanted: number): ElfSection | undefined => sections.find(({ type }) => type === wanted);
  // What was stripped still has what it exports.
  const symtab = ofType(SHT.symtab) ?? ofType(SHT.dynsym);
  if (symtab === undefined) return undefined;
  const strings = sections[symtab.link]?.bytes;
  if (strings === undefined || symtab.bytes.length < symbol.bytes)
    throw new Failure(`${name}: damaged ELF: its symbol table is cut; build it again`);

  if (symtab.bytes.length / symbol.bytes > limits.kernelSymbolsMax)
    throw new Failure(`${name}: more than ${limits.kernelSymbolsMax} symbols; no kernel has so many`);
  const symbols = new DataView(symtab.bytes.buffer, symtab.bytes.byteOffset, symtab.bytes.byteLength);
  /** Of symbols with a place, by type and section. */
  const entriesOf = (wanted: (type: number, of: ElfSection | undefined) => boolean): SymbolEntry[] => {
    const entries: SymbolEntry[] = [];
    for (let at = 0; at + symbol.bytes <= symtab.bytes.length; at += symbol.bytes) {
      const info = symbols.getUint8(at + symbol.info);
      const sectionNumber = symbols.getUint16(at + symbol.section, true);
      const type = info & 0xf;
      if (sectionNumber === 0 || sectionNumber >= SECTION_NUMBER_RESERVED) continue;
      if (!wanted(type, sections[sectionNumber])) continue;
      const symbolName = textAt(strings, symbols.getUint32(at, true));
      // Mapping symbols say what is code and what is data.
      if (symbolName === undefined || symbolName.startsWith('$')) continue;
      const value = word(symbols, at + symbol.value);
      entries.push({
        name: symbolName,
        address: isArm && type === STT.function ? value & ~1n : value,
        weak: info >>> 4 === STB_WEAK,
        bytes: word(symbols, at + symbol.size),
      });
    }
    return entries;
  };
  const functions = entriesOf((type) => type === STT.function);
  const labels = entriesOf((type, of) => type === STT.none && of?.executable === true);
  const isData = (type: number, of: ElfSection | undefined): boolean =>
    of?.allocated === true && (type === STT.object || (type === STT.none && !of.executable));
  // Labels within a function are none of their own; functions written in assembler may be nothing else.
  const known = SymbolTable.of(functions.filter(({ bytes: size }) => size !== 0n));
  return SymbolTable.of([...functions, ...labels.filter(({ address }) => known.at(address) === undefined)], () =>
    // An assembler's own labels.
    SymbolTable.of(entriesOf(isData).filter(({ name: label }) => !label.startsWith('.L'))),
  );
}
