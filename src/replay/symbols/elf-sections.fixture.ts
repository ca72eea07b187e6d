import { deflateSync, zstdCompressSync } from 'node:zlib';

/** A section that nothing loads, as it is or packed as compilers do. */
export interface NamedSection {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly packed?: 'zlib' | 'zstd';
}

/** An ELF of a class with such sections and nothing else. */
export function elfWithSections(elfClass: 1 | 2, sections: readonly NamedSection[]): Buffer {
  const is64 = elfClass === 2;
  const [headerBytes, sectionBytes] = is64 ? [64, 64] : [52, 40];
  const all: NamedSection[] = [...sections, { name: '.shstrtab', bytes: Buffer.alloc(0) }];
  const names = Buffer.from(`\0${all.map(({ name }) => `${name}\0`).join('')}`, 'latin1');
  const contents = sections.map(({ bytes, packed }) => (packed ? compressed(bytes, packed, is64) : bytes));
  const data = Buffer.concat([...contents, names]);
  const out = Buffer.alloc(headerBytes + sectionBytes * (all.length + 1));
  out.set([0x7f, 0x45, 0x4c, 0x46, elfClass, 1, 1]);
  out.writeUInt16LE(2, 16);
  out.writeUInt16LE(is64 ? 183 : 40, 18);
  const word = (value: number, at: number): void => {
    if (is64) out.writeBigUInt64LE(BigInt(value), at);
    else out.writeUInt32LE(value, at);
  };
  word(headerBytes, is64 ? 40 : 32);
  const counts = is64 ? 58 : 46;
  out.writeUInt16LE(sectionBytes, counts);
  out.writeUInt16LE(all.length + 1, counts + 2);
  out.writeUInt16LE(all.length, counts + 4);
  let [fileAt, nameAt] = [out.length, 1];
  for (const [n, { name, packed }] of all.entries()) {
    const header = headerBytes + sectionBytes * (n + 1);
    const size = (contents[n] ?? names).length;
    out.writeUInt32LE(nameAt, header);
    out.writeUInt32LE(1, header + 4);
    word(packed ? 0x800 : 0, header + 8);
    word(fileAt, header + (is64 ? 24 : 16));
    word(size, header + (is64 ? 32 : 20));
    fileAt += size;
    nameAt += name.length + 1;
  }
  return Buffer.concat([out, data]);
}

/** gABI, "Compression Header". */
function compressed(bytes: Uint8Array, packing: 'zlib' | 'zstd', is64: boolean): Buffer {
  const header = Buffer.alloc(is64 ? 24 : 12);
  header.writeUInt32LE(packing === 'zlib' ? 1 : 2, 0);
  if (is64) header.writeBigUInt64LE(BigInt(bytes.length), 8);
  else header.writeUInt32LE(bytes.length, 4);
  return Buffer.concat([header, packing === 'zlib' ? deflateSync(bytes) : zstdCompressSync(bytes)]);
}
