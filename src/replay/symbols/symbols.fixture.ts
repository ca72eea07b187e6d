/** Small files of symbols for tests. */

export interface ElfSymbol {
  readonly name: string;
  readonly value: number;
  readonly size?: number;
  /** STT_FUNC where absent. */
  readonly type?: number;
  readonly binding?: number;
  /** The one executable section where absent. */
  readonly section?: number;
}

const ALIGN = 8;
const STT_FUNC = 2;

/** An ELF of a class with nothing but an executable section (1), one of data (4) and a symbol table: all symbols, or those that it exports. */
export function elfWithSymbols(
  elfClass: 1 | 2,
  symbols: readonly ElfSymbol[],
  kind: 'symtab' | 'dynsym' = 'symtab',
): Buffer {
  const is64 = elfClass === 2;
  const [headerBytes, sectionBytes, symbolBytes] = is64 ? [64, 64, 24] : [52, 40, 16];
  const names = Buffer.from(`\0${symbols.map(({ name }) => `${name}\0`).join('')}`, 'latin1');
  const table = Buffer.alloc(symbolBytes * (symbols.length + 1));
  let nameAt = 1;
  for (const [n, { name, value, size = 0, type = STT_FUNC, binding = 1, section = 1 }] of symbols.entries()) {
    const at = symbolBytes * (n + 1);
    const info = (binding << 4) | type;
    table.writeUInt32LE(nameAt, at);
    if (is64) {
      table.writeUInt8(info, at + 4);
      table.writeUInt16LE(section, at + 6);
      table.writeBigUInt64LE(BigInt(value), at + 8);
      table.writeBigUInt64LE(BigInt(size), at + 16);
    } else {
      table.writeUInt32LE(value, at + 4);
      table.writeUInt32LE(size, at + 8);
      table.writeUInt8(info, at + 12);
      table.writeUInt16LE(section, at + 14);
    }
    nameAt += name.length + 1;
  }
  const tableAt = headerBytes;
  const namesAt = tableAt + table.length;
  const sectionsAt = Math.ceil((namesAt + names.length) / ALIGN) * ALIGN;
  const out = Buffer.alloc(sectionsAt + 5 * sectionBytes);
  out.set([0x7f, 0x45, 0x4c, 0x46, elfClass, 1, 1]);
  out.writeUInt16LE(2, 16);
  out.writeUInt16LE(is64 ? 183 : 40, 18);
  const word = (value: number, at: number): void => {
    if (is64) out.writeBigUInt64LE(BigInt(value), at);
    else out.writeUInt32LE(value, at);
  };
  word(sectionsAt, is64 ? 40 : 32);
  out.writeUInt16LE(sectionBytes, is64 ? 58 : 46);
  out.writeUInt16LE(5, is64 ? 60 : 48);
  table.copy(out, tableAt);
  names.copy(out, namesAt);
  const section = (n: number, type: number, flags: number, at: number, size: number, link: number): void => {
    const header = sectionsAt + n * sectionBytes;
    out.writeUInt32LE(type, header + 4);
    word(flags, header + 8);
    word(at, header + (is64 ? 24 : 16));
    word(size, header + (is64 ? 32 : 20));
    out.writeUInt32LE(link, header + (is64 ? 40 : 24));
  };
  section(1, 1, 6, 0, 0, 0);
  section(2, kind === 'symtab' ? 2 : 11, 0, tableAt, table.length, 3);
  section(3, 3, 0, namesAt, names.length, 0);
  section(4, 8, 3, 0, 0, 0);
  return out;
}

export interface KallsymsFields {
  readonly wordBytes: 4 | 8;
  /** In ascending order of their addresses. */
  readonly symbols: readonly { readonly type: string; readonly name: string; readonly offset: number }[];
  readonly base?: bigint;
  /** Of 6.4: offsets behind the tokens. Of later 6.1: something between markers and tokens. */
  readonly kind?: '6.1' | 'later 6.1' | '6.4';
  /** Bytes before it in the image. */
  readonly before?: number;
}

/** A memory image with the tables of kallsyms, its names packed with a few tokens of several characters. */
export function kallsymsImage({ wordBytes, symbols, base = 0n, kind = '6.1', before = 64 }: KallsymsFields): Buffer {
  const packed = ['start_', 'pl011_', 'func', 'er'];
  // Tokens stand where no name has a character of that code.
  const tokens = Array.from({ length: 256 }, (_, n) => {
    if (n < packed.length) return packed[n] as string;
    return n > 0x20 && n < 0x7f ? String.fromCharCode(n) : '';
  });
  const pack = (text: string): number[] => {
    const codes: number[] = [];
    for (let at = 0; at < text.length; ) {
      const token = packed.findIndex((p) => text.startsWith(p, at));
      codes.push(token < 0 ? text.charCodeAt(at) : token);
      at += token < 0 ? 1 : (packed[token] as string).length;
    }
    return codes;
  };
  const names: number[] = [];
  const markers: number[] = [];
  for (const [n, { type, name }] of symbols.entries()) {
    if (n % 256 === 0) markers.push(names.length);
    const codes = [type.charCodeAt(0), ...pack(name)];
    if (codes.length < 0x80) names.push(codes.length);
    else names.push((codes.length & 0x7f) | 0x80, codes.length >>> 7);
    names.push(...codes);
  }
  const aligned = (part: Buffer): Buffer => Buffer.concat([part, Buffer.alloc(-part.length & (wordBytes - 1))]);
  const words = (values: readonly number[], bytes: 2 | 4): Buffer => {
    const out = Buffer.alloc(bytes * values.length);
    for (const [n, value] of values.entries()) out.writeUIntLE(value, bytes * n, bytes);
    return aligned(out);
  };
  const baseWord = Buffer.alloc(wordBytes);
  if (wordBytes === 8) baseWord.writeBigUInt64LE(base);
  else baseWord.writeUInt32LE(Number(base));
  const places = tokens.map((_, n) => tokens.slice(0, n).reduce((sum, token) => sum + token.length + 1, 0));
  const offsets = [
    words(
      symbols.map(({ offset }) => offset),
      4,
    ),
    baseWord,
  ];
  const seqs = aligned(Buffer.from(symbols.flatMap((_, n) => [n >>> 16, n >>> 8, n & 0xff])));
  return Buffer.concat([
    Buffer.alloc(before, 0xa5),
    ...(kind === '6.4' ? [] : offsets),
    words([symbols.length], 4),
    aligned(Buffer.from(names)),
    words(markers, 4),
    ...(kind === 'later 6.1' ? [seqs] : []),
    aligned(Buffer.from(tokens.map((token) => `${token}\0`).join(''), 'latin1')),
    words(places, 2),
    ...(kind === '6.4' ? [...offsets, seqs] : []),
    Buffer.alloc(64, 0x5a),
  ]);
}

/** A table of exports as arm64 has it, a part of an image: each of the names is of one of the words behind it. */
export function exportsImage(names: readonly string[]): Buffer {
  const ENTRY_BYTES = 12;
  const texts = Buffer.from(names.map((name) => `${name}\0`).join(''), 'latin1');
  const wordsAt = ENTRY_BYTES * names.length;
  const textsAt = wordsAt + 8 * names.length;
  const out = Buffer.alloc(Math.ceil((textsAt + texts.length) / ALIGN) * ALIGN);
  out.set(texts, textsAt);
  let nameAt = textsAt;
  for (const [n, name] of names.entries()) {
    const at = ENTRY_BYTES * n;
    out.writeInt32LE(wordsAt + 8 * n - at, at);
    out.writeInt32LE(nameAt - at - 4, at + 4);
    nameAt += name.length + 1;
  }
  return out;
}

/** The note of a build ID, which is given in hexadecimal. */
export function buildIdNote(id: string): Buffer {
  const bytes = Buffer.from(id, 'hex');
  const header = Buffer.alloc(12);
  header.writeUInt32LE(4, 0);
  header.writeUInt32LE(bytes.length, 4);
  header.writeUInt32LE(3, 8);
  return Buffer.concat([header, Buffer.from('GNU\0', 'latin1'), bytes, Buffer.alloc(-bytes.length & 3)]);
}
