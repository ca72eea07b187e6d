import { Failure } from '../base/failure.ts';
import { PAGE_BYTES } from '../base/page.ts';
import type { GuestView } from '../inspect/guest-view.ts';
import { loadedSegments } from '../replay/symbols/elf-sections.ts';
import { readElfSymbols } from '../replay/symbols/elf-symtab.ts';
import { SymbolTable } from '../replay/symbols/table.ts';
import type { CodeImage, CodePlace } from './code-images.ts';
import { LineTable } from './dwarf/line-table.ts';

/** A page of code of a program. */
interface CodePage {
  readonly image: CodeImage;
  /** Where it was linked: a multiple of its size. */
  readonly linked: bigint;
  /** Its content as the file has it; the rest of the page is not told. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

const PAGE_MASK = BigInt(PAGE_BYTES - 1);
/** Bytes by which pages are told apart at first, and that are compared again each time. */
const KEY_BYTES = 32;
const WITNESS_BYTES = 16;
/** Pages of all programs, and of the guest's memory that are remembered. */
const PAGES_MAX = 1 << 20;

/** What is needed of a guest where it is at the moment. */
type PageView = Pick<GuestView, 'cachedIpa' | 'ipaOf' | 'physical'>;

/** Programs and libraries of a guest, by their ELFs: known by their code wherever a process has it. */
export class Programs {
  readonly #view: PageView;
  /** By what a page begins with. */
  readonly #pages = new Map<string, CodePage[]>();
  /** By guest-physical page. */
  readonly #found = new Map<number, CodePage | null>();
  readonly images: readonly CodeImage[];

  /** @throws Failure where one of the files is no ELF of the guest's */
  constructor(view: PageView, files: readonly { readonly name: string; readonly bytes: Uint8Array }[]) {
    this.#view = view;
    this.images = files.map(({ name, bytes }) => this.#add(bytes, name));
  }

  #add(file: Uint8Array, name: string): CodeImage {
    const segments = loadedSegments(file, name).filter(({ executable, bytes }) => executable && bytes.length > 0);
    const [first] = segments;
    if (first === undefined) throw new Failure(`${name}: an ELF without code; give a program or library of the guest`);
    const symbols = readElfSymbols(file, name) ?? SymbolTable.of([]);
    const lines = LineTable.read(file, name);
    const image: CodeImage = {
      kind: 'program',
      name: name.slice(name.lastIndexOf('/') + 1),
      from: first.virtual - (first.virtual & PAGE_MASK),
      to: segments.reduce(
        (end, { virtual, bytes }) => (virtual + BigInt(bytes.length) > end ? virtual + BigInt(bytes.length) : end),
        0n,
      ),
      slide: 0n,
      functionAt: (linked) => symbols.at(linked),
      functions: () => symbols.entries(),
      ...(lines?.isEmpty === false ? { lines } : {}),
    };
    for (const { virtual, bytes } of segments) this.#addPages(image, virtual, bytes);
    return image;
  }
  #addPages(image: CodeImage, virtual: bigint, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length && this.#pages.size < PAGES_MAX; ) {
      const at = virtual + BigInt(done);
      const offset = Number(at & PAGE_MASK);
      const page = bytes.subarray(done, done + PAGE_BYTES - offset);
      // Of the first page and the last there may be less than a key.
      const key = offset === 0 && page.length >= KEY_BYTES ? keyOf(page) : '';
      const known = this.#pages.get(key);
      const entry = { image, linked: at - BigInt(offset), offset, bytes: page };
      if (known) known.push(entry);
      else this.#pages.set(key, [entry]);
      done += page.length;
    }
  }

  /** The code at a PC of a program. */
  placeOf(pc: bigint): CodePlace | undefined {
    if (this.images.length === 0) return undefined;
    const view = this.#view;
    const ipa = view.cachedIpa(pc, 0) ?? view.ipaOf(pc);
    if (ipa === undefined) return undefined;
    const offset = ipa % PAGE_BYTES;
    const memory = view.physical(ipa - offset, PAGE_BYTES);
    const number = ipa - offset;
    let page = this.#found.get(number);
    if (page === undefined || (page !== null && !isThere(page, memory, offset, WITNESS_BYTES))) {
      page = this.#search(memory, offset);
      if (this.#found.size === PAGES_MAX) this.#found.clear();
      // What is none may become one, as soon as the program is read from its file.
      if (page !== null) this.#found.set(number, page);
    }
    return page === null ? undefined : { image: page.image, linked: page.linked + BigInt(offset) };
  }
  #search(memory: Uint8Array, offset: number): CodePage | null {
    for (const key of [keyOf(memory), ''])
      for (const page of this.#pages.get(key) ?? [])
        if (isThere(page, memory, page.offset, page.bytes.length) && isWithin(page, offset)) return page;
    return null;
  }
}

const keyOf = (page: Uint8Array): string => Buffer.from(page.subarray(0, KEY_BYTES)).toString('latin1');
const isWithin = ({ offset, bytes }: CodePage, at: number): boolean => at >= offset && at < offset + bytes.length;

/** Whether a page of memory has so many bytes of a program's from an offset on. */
function isThere(page: CodePage, memory: Uint8Array, from: number, count: number): boolean {
  if (!isWithin(page, from)) return false;
  const begin = from - page.offset;
  const end = Math.min(begin + count, page.bytes.length, memory.length - page.offset);
  return Buffer.compare(page.bytes.subarray(begin, end), memory.subarray(page.offset + begin, page.offset + end)) === 0;
}
