import { Failure } from '../../base/failure.ts';
import { limits } from '../../base/limits.ts';
import { type SymbolEntry, SymbolTable } from './table.ts';

// System V ABI, chapter 4, "Section Header" and "Symbol Table". Bit 0 of a function of Arm's T32 state is set in its value
// (ELF for the Arm Architecture, 5.5.3).
const SHT_SYMTAB = 2;
const SHF_ALLOC = 2;
const SHF_EXECINSTR = 4;
const STT = { none: 0, object: 1, function: 2 } as const;
const STB_WEAK = 2;
const EM_ARM = 40;
const SECTION_NUMBER_RESERVED = 0xff00;

/** Where the fields of a class lie: in the header, a section header and a symbol. */
const ELF32 = {
  wordBytes: 4,
  headerBytes: 52,
  sectionsAt: 32,
  sectionBytes: 46,
  sections: 48,
  section: { bytes: 40, type: 4, flags: 8, fileAt: 16, size: 20, link: 24 },
  symbol: { bytes: 16, info: 12, section: 14, value: 4, size: 8 },
} as const;
const ELF64 = {
  wordBytes: 8,
  headerBytes: 64,
  sectionsAt: 40,
  sectionBytes: 58,
  sections: 60,
  section: { bytes: 64, type: 4, flags: 8, fileAt: 24, size: 32, link: 40 },
  symbol: { bytes: 24, info: 4, section: 6, value: 8, size: 16 },
} as const;

interface Section {
  readonly type: number;
  /** Part of the program's memory. */
  readonly allocated: boolean;
  readonly executable: boolean;
  readonly link: number;
  readonly bytes: Uint8Array;
}

/**
 * The functions and variables in the symbol table of a little-endian ELF; undefined where it has none.
 * @throws Failure where it is damaged
 */
export function readElfSymbols(bytes: Uint8Array, name: string): SymbolTable | undefined {
  const damaged = (what: string): Failure => new Failure(`${name}: damaged ELF: ${what}; build it again`);
  const layout = bytes[4] === 2 ? ELF64 : ELF32;
  if (bytes.length < layout.headerBytes) throw damaged('its header is cut');
  if (bytes[5] !== 1) throw new Failure(`${name} is a big-endian ELF; give the symbols of this guest`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (v: DataView, at: number): bigint =>
    layout.wordBytes === 8 ? v.getBigUint64(at, true) : BigInt(v.getUint32(at, true));
  const isArm = view.getUint16(18, true) === EM_ARM;

  const { section, symbol } = layout;
  const tableAt = Number(word(view, layout.sectionsAt));
  const count = view.getUint16(layout.sections, true);
  if (tableAt === 0 || count === 0) return undefined;
  if (view.getUint16(layout.sectionBytes, true) !== section.bytes || tableAt + count * section.bytes > bytes.length)
    throw damaged('its section headers pass the end of the file');
  const sections = Array.from({ length: count }, (_, n): Section => {
    const at = tableAt + n * section.bytes;
    const type = view.getUint32(at + section.type, true);
    const from = Number(word(view, at + section.fileAt));
    const size = Number(word(view, at + section.size));
    const flags = word(view, at + section.flags);
    const isWhole = from + size <= bytes.length;
    return {
      type,
      allocated: (flags & BigInt(SHF_ALLOC)) !== 0n,
      executable: (flags & BigInt(SHF_EXECINSTR)) !== 0n,
      link: view.getUint32(at + section.link, true),
      bytes: isWhole ? bytes.subarray(from, from + size) : new Uint8Array(0),
    };
  });
  const symtab = sections.find(({ type }) => type === SHT_SYMTAB);
  if (symtab === undefined) return undefined;
  const strings = sections[symtab.link]?.bytes;
  if (strings === undefined || symtab.bytes.length < symbol.bytes) throw damaged('its symbol table is cut');

  if (symtab.bytes.length / symbol.bytes > limits.kernelSymbolsMax)
    throw new Failure(`${name}: more than ${limits.kernelSymbolsMax} symbols; no kernel has so many`);
  const symbols = new DataView(symtab.bytes.buffer, symtab.bytes.byteOffset, symtab.bytes.byteLength);
  /** Of symbols with a place, by type and section. */
  const entriesOf = (wanted: (type: number, of: Section | undefined) => boolean): SymbolEntry[] => {
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
  const isData = (type: number, of: Section | undefined): boolean =>
    of?.allocated === true && (type === STT.object || (type === STT.none && !of.executable));
  // Labels within a function are none of their own; functions written in assembler may be nothing else.
  const known = SymbolTable.of(functions.filter(({ bytes: size }) => size !== 0n));
  return SymbolTable.of([...functions, ...labels.filter(({ address }) => known.at(address) === undefined)], () =>
    // An assembler's own labels.
    SymbolTable.of(entriesOf(isData).filter(({ name: label }) => !label.startsWith('.L'))),
  );
}

const TEXT_BYTES_MAX = 1024;

function textAt(strings: Uint8Array, at: number): string | undefined {
  const limit = strings.subarray(at, at + TEXT_BYTES_MAX);
  const end = limit.indexOf(0);
  return end <= 0 ? undefined : Buffer.from(limit.subarray(0, end)).toString('latin1');
}
