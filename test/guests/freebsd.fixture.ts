// A module's file as FreeBSD/arm and arm64 have them, and firmware that boots what is in RAM.

/** A shared object: 32 bytes at address 0 on, its header among them or not, up to 0x40, and where its dynamic section is. */
export function sharedObject(arch: 'arm64' | 'armv7', type = 3): Uint8Array {
  const [header, program, word] = arch === 'arm64' ? [64, 56, 8] : [52, 32, 4];
  const bytes = new Uint8Array(header + 2 * program);
  const view = new DataView(bytes.buffer);
  const put = (at: number, value: number): void =>
    word === 8 ? view.setBigUint64(at, BigInt(value), true) : view.setUint32(at, value, true);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, word / 4, 1, 1, 9]);
  view.setUint16(16, type, true);
  view.setUint16(18, arch === 'arm64' ? 183 : 40, true);
  put(24 + word, header);
  view.setUint16(arch === 'arm64' ? 54 : 42, program, true);
  view.setUint16(arch === 'arm64' ? 56 : 44, 2, true);
  // Type, then (64 bits: flags and) file offset, virtual and physical address, bytes in file and memory.
  const from = arch === 'arm64' ? 8 : 4;
  for (const [n, [kind, size, memory]] of [
    [1, bytes.length, 0x300],
    [2, 16, 16],
  ].entries() as Iterable<[number, [number, number, number]]>) {
    const at = header + n * program;
    view.setUint32(at, kind, true);
    const fields = [n === 0 ? 0 : 32, n === 0 ? 0 : 0x20, 0, size, memory];
    for (const [i, field] of fields.entries()) put(at + from + i * word, field);
  }
  return bytes;
}

/** The same with a table of symbols: a function of 8 bytes and a variable, at addresses that count from its begin. */
export function withSymbols(object: Uint8Array, symbols: { readonly [name: string]: number }): Uint8Array {
  const is64 = object[4] === 2;
  const names = Buffer.from(`\0${Object.keys(symbols).join('\0')}\0`);
  const symbolBytes = is64 ? 24 : 16;
  const table = new DataView(new ArrayBuffer(symbolBytes * (1 + Object.keys(symbols).length)));
  let name = 1;
  for (const [n, [text, at]] of Object.entries(symbols).entries()) {
    const from = symbolBytes * (n + 1);
    const [info, section, value, size] = is64 ? [4, 6, 8, 16] : [12, 14, 4, 8];
    table.setUint32(from, name, true);
    table.setUint8(from + info, 0x12);
    table.setUint16(from + section, 1, true);
    if (is64) {
      table.setBigUint64(from + value, BigInt(at), true);
      table.setBigUint64(from + size, 8n, true);
    } else {
      table.setUint32(from + value, at, true);
      table.setUint32(from + size, 8, true);
    }
    name += text.length + 1;
  }
  const headerBytes = is64 ? 64 : 40;
  const align = (at: number): number => (at + 7) & ~7;
  const tableAt = align(object.length);
  const namesAt = tableAt + table.byteLength;
  const sectionsAt = align(namesAt + names.length);
  const out = new Uint8Array(sectionsAt + 4 * headerBytes);
  out.set(object);
  out.set(new Uint8Array(table.buffer), tableAt);
  out.set(names, namesAt);
  const view = new DataView(out.buffer);
  const word = (at: number, value: number): void =>
    is64 ? view.setBigUint64(at, BigInt(value), true) : view.setUint32(at, value, true);
  word(is64 ? 40 : 32, sectionsAt);
  view.setUint16(is64 ? 58 : 46, headerBytes, true);
  view.setUint16(is64 ? 60 : 48, 4, true);
  // None, the code, the table of symbols, their names.
  for (const [n, [type, at, bytes, link]] of [
    [1, 0, object.length, 0],
    [2, tableAt, table.byteLength, 3],
    [3, namesAt, names.length, 0],
  ].entries() as Iterable<[number, [number, number, number, number]]>) {
    const from = sectionsAt + (n + 1) * headerBytes;
    const fields = is64 ? { file: 24, size: 32, link: 40 } : { file: 16, size: 20, link: 24 };
    view.setUint32(from + 4, type, true);
    word(from + fields.file, at);
    word(from + fields.size, bytes);
    view.setUint32(from + fields.link, link, true);
  }
  return out;
}

/** UARTCR of `virt`, and its enables: nobody has the UART ready before firmware. */
const UARTCR = 0x0900_0030n;
const UARTCR_ON = 0x301n;

/** Firmware of `virt` that copies what lies behind it in flash to RAM, and enters that with an argument. */
export function copyingFirmware(
  arch: 'arm64' | 'armv7',
  content: Uint8Array,
  { to, entry, argument }: { readonly to: number; readonly entry: number; readonly argument: bigint },
): Uint8Array {
  const literals = 0x40;
  const code = 0x100;
  const is64 = arch === 'arm64';
  const words: number[] = [];
  /** LDR of a literal. */
  const load = (register: number, literal: number): void => {
    const at = 4 * words.length;
    words.push(
      is64
        ? 0x5800_0000 | (((literals + 8 * literal - at) / 4) << 5) | register
        : 0xe59f_0000 | (register << 12) | (literals + 4 * literal - at - 8),
    );
  };
  for (const n of [0, 1, 2]) load(n, n);
  // 1: ldr x3, [x0], #8; str x3, [x1], #8; subs x2, x2, #8; b.ne 1b; by words in A32.
  if (is64) words.push(0xf840_8403, 0xf800_8423, 0xf100_2042, 0x54ff_ffa1);
  else words.push(0xe490_3004, 0xe481_3004, 0xe252_2004, 0x1aff_fffb);
  load(5, 5);
  load(6, 6);
  // str w6, [x5]
  words.push(is64 ? 0xb900_00a6 : 0xe585_6000);
  load(0, 3);
  if (is64) load(4, 4);
  // mov x1, #0 and so on; br x4
  if (is64) words.push(0xaa1f_03e1, 0xaa1f_03e2, 0xaa1f_03e3, 0xd61f_0080);
  else {
    words.push(0xe3a0_1000, 0xe3a0_2000, 0xe3a0_3000);
    load(15, 4);
  }
  const bytes = Math.ceil(content.length / 8) * 8;
  const out = new Uint8Array(code + bytes);
  const view = new DataView(out.buffer);
  for (const [n, one] of words.entries()) view.setUint32(4 * n, one >>> 0, true);
  const values = [BigInt(code), BigInt(to), BigInt(bytes), argument, BigInt(entry), UARTCR, UARTCR_ON];
  for (const [n, value] of values.entries())
    if (is64) view.setBigUint64(literals + 8 * n, value, true);
    else view.setUint32(literals + 4 * n, Number(value), true);
  out.set(content, code);
  return out;
}

/** A FreeBSD kernel for ARM, or a module, of two functions, `one` and `two`, with an index of how their frames are undone. */
export function indexedArm(kind: 'kernel' | 'module'): Uint8Array {
  const [base, type] = kind === 'kernel' ? [0xc000_0000, 2] : [0, 3];
  const at = {
    text: 0x100,
    two: 0x140,
    index: 0x200,
    symbols: 0x300,
    names: 0x340,
    sectionNames: 0x380,
    sections: 0x400,
  };
  const bytes = Buffer.alloc(at.sections + 6 * 40);
  const words = (from: number, values: readonly number[]): void => {
    for (const [n, value] of values.entries()) bytes.writeUInt32LE(value >>> 0, from + 4 * n);
  };
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1, 9]);
  // An executable for Arm; then the entry, the program headers, the section headers, flags.
  words(16, [0x0028_0000 | type, 1, base + at.text, 52, at.sections, 0x500_0000]);
  for (const [n, half] of [52, 32, 2, 40, 6, 5].entries()) bytes.writeUInt16LE(half, 40 + 2 * n);
  // All of it is loaded.
  words(52, [1, 0, base, base, at.symbols, at.symbols, 5, 0x1000]);
  words(84, [0x7000_0001, at.index, base + at.index, base + at.index, 16, 16, 4, 4]);
  // Distances from their own places, and: pop {r4, r14}; it cannot be undone.
  words(at.index, [(at.text - at.index) & 0x7fff_ffff, 0x80a8_b0b0, (at.two - at.index - 8) & 0x7fff_ffff, 1]);
  const names = '\0one\0two\0';
  bytes.write(names, at.names, 'latin1');
  for (const [n, [name, from]] of (
    [
      [1, at.text],
      [5, at.two],
    ] as const
  ).entries()) {
    words(at.symbols + 16 * (n + 1), [name, base + from, 0x20]);
    bytes.writeUInt8(0x12, at.symbols + 16 * (n + 1) + 12);
    bytes.writeUInt16LE(1, at.symbols + 16 * (n + 1) + 14);
  }
  const sections = [
    ['.text', 1, 6, at.text, 0x100, 0],
    ['.ARM.exidx', 0x7000_0001, 2, at.index, 16, 0],
    ['.symtab', 2, 0, at.symbols, 48, 4],
    ['.strtab', 3, 0, at.names, names.length, 0],
    ['.shstrtab', 3, 0, at.sectionNames, 0x80, 0],
  ] as const;
  let name = 1;
  for (const [n, [text, type, flags, from, size, link]] of sections.entries()) {
    bytes.write(text, at.sectionNames + name, 'latin1');
    const address = (flags & 2) === 0 ? 0 : base + from;
    words(at.sections + 40 * (n + 1), [name, type, flags, address, from, size, link]);
    name += text.length + 1;
  }
  return bytes;
}
