import type { WordReader } from '../../inspect/memory-at-once.ts';
import { isName, type SymbolEntry, SymbolTable } from '../../replay/symbols/table.ts';
import type { CodeImage, CodePlace } from '../code-images.ts';
import type { Btf } from './btf.ts';
import { listOf } from './tasks.ts';

/** A stretch of a module's memory, by members of `struct module`. */
interface Part {
  readonly base: number;
  readonly size: number;
}
/** Where things lie in the kernel's structures. Linux include/linux/module.h. */
interface Layout {
  readonly list: number;
  readonly name: number;
  readonly nameBytes: number;
  /** What holds code; of the first are the offsets that names without symbols have. */
  readonly code: readonly Part[];
  readonly kallsyms: number;
  readonly symtab: number;
  readonly count: number;
  readonly strtab: number;
}

/** A module that is loaded. */
interface Loaded {
  /** Where its `struct module` lies. */
  readonly at: bigint;
  readonly name: string;
  readonly ranges: readonly { readonly from: bigint; readonly to: bigint }[];
  /** One for each range. */
  readonly images: readonly CodeImage[];
}

const WORD_BYTES = 8;
/** Index of code in `mem[]` (enum mod_mem_type, since Linux 6.4): of what stays, and of what goes after the start. */
const MOD_TEXT = 0;
const MOD_INIT_TEXT = 4;
const MODULES_MAX = 4096;
const NAME_BYTES_MAX = 64;
const SYMBOLS_MAX = 1 << 16;
const SYMBOL_BYTES = 24n;
const STRINGS_BYTES_MAX = 1 << 22;
const TEXT_BYTES_MAX = 512;
/** No module's code is larger. */
const CODE_BYTES_MAX = 1n << 28n;

/** The modules that the guest's kernel has loaded, by its own list. Of 64-bit kernels: those of Arm tell no types. */
export class Modules {
  readonly #layout: Layout;
  readonly #memory: WordReader;
  #loaded: readonly Loaded[] = [];

  private constructor(layout: Layout, memory: WordReader) {
    this.#layout = layout;
    this.#memory = memory;
  }

  /** Undefined where the types are not of a kernel that has modules. */
  static of(btf: Btf, memory: WordReader): Modules | undefined {
    const at = (structure: string, member: string): number | undefined => btf.member(structure, member)?.offset;
    const name = btf.member('module', 'name');
    const [list, kallsyms] = [at('module', 'list'), at('module', 'kallsyms')];
    const [symtab, count, strtab] = ['symtab', 'num_symtab', 'strtab'].map((member) => at('mod_kallsyms', member));
    if (name === undefined || list === undefined || kallsyms === undefined) return undefined;
    if (symtab === undefined || count === undefined || strtab === undefined) return undefined;
    const nameBytes = Math.min(name.size, NAME_BYTES_MAX);
    const code = codeOf(btf);
    if (code.length === 0) return undefined;
    return new Modules({ list, name: name.offset, nameBytes, code, kallsyms, symtab, count, strtab }, memory);
  }

  /** Whether an address is the head of a list of modules, of one at least: it leads to some and back. */
  isList(head: bigint): boolean {
    let modules = 0;
    for (const node of listOf(this.#memory, head, WORD_BYTES, false)) {
      if (++modules > MODULES_MAX || this.#read(node - BigInt(this.#layout.list)) === undefined) return false;
    }
    const next = this.#memory.word(head, WORD_BYTES);
    const last = this.#memory.word(head + BigInt(WORD_BYTES), WORD_BYTES);
    if (modules === 0 || next === undefined || last === undefined) return false;
    return (
      this.#memory.word(next + BigInt(WORD_BYTES), WORD_BYTES) === head && this.#memory.word(last, WORD_BYTES) === head
    );
  }

  /** The module's code at a PC. @param head where the kernel's list begins */
  placeOf(pc: bigint, head: bigint): CodePlace | undefined {
    for (const isAgain of [false, true]) {
      if (isAgain) this.#loaded = this.#list(head);
      for (const { at, name, ranges, images } of this.#loaded) {
        const n = ranges.findIndex(({ from, to }) => pc >= from && pc < to);
        // It may have gone, and another have come.
        if (n >= 0 && this.#isStill(at, name, ranges[n]?.from)) return { image: images[n] as CodeImage, linked: pc };
      }
    }
    return undefined;
  }
  #list(head: bigint): readonly Loaded[] {
    const loaded: Loaded[] = [];
    for (const node of listOf(this.#memory, head, WORD_BYTES, false)) {
      if (loaded.length === MODULES_MAX) break;
      const at = node - BigInt(this.#layout.list);
      const known = this.#loaded.find((one) => one.at === at && this.#isStill(at, one.name, one.ranges[0]?.from));
      const found = known ?? this.#load(at);
      if (found !== undefined) loaded.push(found);
    }
    return loaded;
  }
  #isStill(at: bigint, name: string, from: bigint | undefined): boolean {
    const found = this.#read(at);
    return found !== undefined && found.name === name && found.ranges.some((range) => range.from === from);
  }

  /** Its name and code; undefined where there is no module. */
  #read(at: bigint): Pick<Loaded, 'name' | 'ranges'> | undefined {
    const { name: nameAt, nameBytes, code } = this.#layout;
    const name = this.#text(at + BigInt(nameAt), nameBytes);
    if (name === undefined || !isName(name)) return undefined;
    const ranges = code.flatMap(({ base, size }) => {
      const from = this.#memory.word(at + BigInt(base), WORD_BYTES);
      const bytes = this.#memory.word(at + BigInt(size), 4);
      if (from === undefined || bytes === undefined || from === 0n || bytes === 0n || bytes > CODE_BYTES_MAX) return [];
      return [{ from, to: from + bytes }];
    });
    return { name, ranges };
  }
  #load(at: bigint): Loaded | undefined {
    const found = this.#read(at);
    if (found === undefined) return undefined;
    const { name, ranges } = found;
    let read: SymbolTable | undefined;
    const symbols = (): SymbolTable => (read ??= this.#symbolsOf(at, ranges));
    const images = ranges.map(
      ({ from, to }): CodeImage => ({
        kind: 'module',
        name,
        from,
        to,
        slide: 0n,
        functionAt: (pc) => symbols().at(pc),
        functions: () => symbols().entries(),
      }),
    );
    return { at, name, ranges, images };
  }
  /** Of its own table, which the kernel keeps for kallsyms: functions and labels in its code. */
  #symbolsOf(at: bigint, ranges: Loaded['ranges']): SymbolTable {
    const { kallsyms, symtab, count, strtab } = this.#layout;
    const memory = this.#memory;
    const table = memory.word(at + BigInt(kallsyms), WORD_BYTES) ?? 0n;
    const symbolsAt = memory.word(table + BigInt(symtab), WORD_BYTES) ?? 0n;
    const symbols = Number(memory.word(table + BigInt(count), 4) ?? 0n);
    const strings = memory.word(table + BigInt(strtab), WORD_BYTES) ?? 0n;
    const entries: SymbolEntry[] = [];
    for (let n = 0; n < Math.min(symbols, SYMBOLS_MAX); n++) {
      const symbol = symbolsAt + BigInt(n) * SYMBOL_BYTES;
      const [nameAt, info] = [memory.word(symbol, 4), memory.word(symbol + 4n, 4)];
      const [address, bytes] = [memory.word(symbol + 8n, 8), memory.word(symbol + 16n, 8)];
      if (nameAt === undefined || info === undefined || address === undefined || bytes === undefined) break;
      const isThere = info >> 16n !== 0n && ranges.some(({ from, to }) => address >= from && address < to);
      const name = isThere && nameAt < STRINGS_BYTES_MAX ? this.#text(strings + nameAt, TEXT_BYTES_MAX) : undefined;
      if (name !== undefined && name !== '' && !name.startsWith('$')) entries.push({ name, address, bytes });
    }
    return SymbolTable.of(entries);
  }

  /** A string that ends within so many bytes. */
  #text(at: bigint, bytesMax: number): string | undefined {
    const bytes: number[] = [];
    for (let n = 0; n < bytesMax; n++) {
      const address = at + BigInt(n);
      const word = this.#memory.word(address & ~3n, 4);
      if (word === undefined) return undefined;
      const byte = Number((word >> (8n * (address & 3n))) & 0xffn);
      if (byte === 0) return Buffer.from(bytes).toString('latin1');
      bytes.push(byte);
    }
    return undefined;
  }
}

/** Where `struct module` tells of its code: by `mem[]`, or before that by layouts. */
function codeOf(btf: Btf): Part[] {
  const at = (structure: string, member: string): number | undefined => btf.member(structure, member)?.offset;
  const part = (base: number | undefined, size: number | undefined): Part[] =>
    base === undefined || size === undefined ? [] : [{ base, size }];
  const [mem, step] = [at('module', 'mem'), btf.sizeOf('module_memory')];
  const [base, size] = [at('module_memory', 'base'), at('module_memory', 'size')];
  if (mem !== undefined && step !== undefined && base !== undefined && size !== undefined)
    return [MOD_TEXT, MOD_INIT_TEXT].map((n) => ({ base: mem + n * step + base, size: mem + n * step + size }));
  return ['core_layout', 'init_layout'].flatMap((layout) =>
    part(at('module', `${layout}.base`), at('module', `${layout}.text_size`)),
  );
}
