// symbols/: names of the guest's functions, from its images and from what its exits witness.

import { PAGE_BYTES } from '../../base/page.ts';
import { type Extent, placeText, type SymbolPlace, type SymbolTable } from './table.ts';

/** A stretch of the guest's addresses from which a table's code is executed. */
export interface Window extends Extent {
  /** What is to be added to a symbol's address. */
  readonly slide: bigint;
}

/** Code is moved by whole pages. */

/** In order, those that touch as one. */
function merged(extents: readonly Extent[]): Extent[] {
  const out: Extent[] = [];
  for (const extent of extents.toSorted((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0))) {
    const last = out.at(-1);
    if (last !== undefined && extent.from <= last.to) {
      if (extent.to > last.to) out[out.length - 1] = { from: last.from, to: extent.to };
    } else out.push(extent);
  }
  return out;
}

/** Names of a guest's functions at the addresses where the guest has them. */
export class GuestSymbols {
  readonly table: SymbolTable;
  /** Where the code lies in guest-physical memory, and other addresses at which it runs. */
  readonly #physical: readonly Window[];
  readonly #windows: Window[];

  constructor(table: SymbolTable, physical: readonly Window[], virtual: readonly Window[]) {
    this.table = table;
    this.#physical = physical;
    this.#windows = [...virtual, ...physical];
  }

  at(pc: bigint): SymbolPlace | undefined {
    const window = this.#windows.find(({ from, to }) => pc >= from && pc < to);
    return window && this.table.at(pc - window.slide);
  }
  /** `symbol+0x10`, or undefined. */
  text(pc: bigint): string | undefined {
    const place = this.at(pc);
    return place && placeText(place);
  }

  /** Whether an address lies in a function of this name. */
  within(name: string): (pc: bigint) => boolean {
    const extents = merged(this.#windows.flatMap((window) => this.#in(window, name)));
    return (pc) => {
      let low = 0;
      let high = extents.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if ((extents[middle] as Extent).to <= pc) low = middle + 1;
        else high = middle;
      }
      const extent = extents[low];
      return extent !== undefined && pc >= extent.from;
    };
  }
  /** Guest-physical addresses of the first instructions of functions of this name, while the code lies where it was loaded. */
  physical(name: string): number[] {
    return this.#physical.flatMap((window) => this.#in(window, name)).map(({ from }) => Number(from));
  }
  /** Addresses at which functions of this name run, the physical ones last. */
  addresses(name: string): bigint[] {
    return [...new Set(this.#windows.flatMap((window) => this.#in(window, name)).map(({ from }) => from))];
  }
  /** Guest-physical addresses that a virtual one of the kernel has, likewise. */
  physicalOf(va: bigint): number[] {
    return this.#windows
      .filter(({ from, to }) => va >= from && va < to)
      .flatMap(({ slide }) => this.#physical.map((window) => ({ at: va - slide + window.slide, window })))
      .filter(({ at, window }) => at >= window.from && at < window.to)
      .map(({ at }) => Number(at));
  }
  /** The guest executes the first instruction of a function here: tells where all of the code is, if it was not known. */
  seenAt(pc: bigint, name: string): void {
    if (this.at(pc) !== undefined) return;
    for (const window of this.#physical) {
      const start = this.#in(window, name).find(({ from }) => (pc - from) % BigInt(PAGE_BYTES) === 0n);
      if (start === undefined) continue;
      const by = pc - start.from;
      this.#windows.push({ from: window.from + by, to: window.to + by, slide: window.slide + by });
      return;
    }
  }
  #in(window: Window, name: string): Extent[] {
    return this.table
      .find(name)
      .map(({ from, to }) => ({ from: from + window.slide, to: to + window.slide }))
      .filter(({ from }) => from >= window.from && from < window.to);
  }
}
