import { PAGE_BYTES } from '../base/page.ts';
import type { GuestView, ViewLevel } from './guest-view.ts';

const OFFSET_MASK = BigInt(PAGE_BYTES - 1);
/** Pages that are remembered: a stack has four. */
const PAGES_MAX = 64;

/** Words of the guest's memory by virtual address. */
export interface WordReader {
  /** A word of 4 or 8 bytes at an address that is a multiple of that; undefined where there is no memory. */
  word(va: bigint, bytes: 4 | 8): bigint | undefined;
}

/** The guest's memory at one moment: each page is looked up once. Of no use when the guest has run. */
export class MemoryAtOnce implements WordReader {
  readonly #view: Pick<GuestView, 'physical'>;
  readonly #ipaOf: (va: bigint) => number;
  readonly #pages = new Map<bigint, DataView | undefined>();
  #lastPage = -1n;
  #last: DataView | undefined;

  /** `ipaOf`: the guest-physical address of a page, negative where it has none. */
  constructor(view: Pick<GuestView, 'physical'>, ipaOf: (va: bigint) => number) {
    this.#view = view;
    this.#ipaOf = ipaOf;
  }

  word(va: bigint, bytes: 4 | 8): bigint | undefined {
    const offset = Number(va & OFFSET_MASK);
    const page = this.#page(va - BigInt(offset));
    if (page === undefined || offset % bytes !== 0 || offset + bytes > page.byteLength) return undefined;
    return bytes === 8 ? page.getBigUint64(offset, true) : BigInt(page.getUint32(offset, true));
  }
  #page(va: bigint): DataView | undefined {
    if (va === this.#lastPage) return this.#last;
    let page = this.#pages.get(va);
    if (page === undefined && !this.#pages.has(va)) {
      if (this.#pages.size === PAGES_MAX) this.#pages.clear();
      const ipa = this.#ipaOf(va);
      const bytes = ipa < 0 ? new Uint8Array(0) : this.#view.physical(ipa, PAGE_BYTES);
      page = bytes.length === 0 ? undefined : new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      this.#pages.set(va, page);
    }
    this.#lastPage = va;
    this.#last = page;
    return page;
  }
}

/** Memory as a level of the guest has it at this moment: by the TLB first, where that level runs. */
export function memoryNow(view: GuestView, el: ViewLevel = view.el): MemoryAtOnce {
  let walk: ReturnType<GuestView['tables']> | undefined;
  return new MemoryAtOnce(view, (va) => view.cachedIpa(va, el) ?? (walk ??= view.tables()).ipaOf(va));
}
