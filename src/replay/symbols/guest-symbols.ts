// symbols/: names of the guest's functions and variables, from its images and from what its exits witness.

import { PAGE_BYTES } from '../../base/page.ts';
import { type Extent, placeText, type SymbolPlace, type SymbolTable } from './table.ts';
import type { UnwindTable } from './unwind-index.ts';

/** A stretch of the guest's addresses at which a table's code is executed, and its data lie. */
export interface Window extends Extent {
  /** What is to be added to a symbol's address. */
  readonly slide: bigint;
}

/** Where something of the kernel lies, as far as that is known: nothing of both where it is outside of the image. */
export interface NamedPlace {
  /** Where it runs or is read; the last is what a kernel that moves itself comes to. */
  readonly virtual: readonly bigint[];
  /** Guest-physical: where it was loaded. */
  readonly physical: readonly bigint[];
  /** A variable of each CPU: the kernel reads copies of it (Linux include/linux/percpu-defs.h). */
  readonly isPerCpu: boolean;
}

/** A function or variable of the kernel, and where it is. */
export interface PlacedSymbol {
  readonly name: string;
  readonly isVariable: boolean;
  /** Bytes up to its end, or to the next one. */
  readonly bytes: bigint;
  /** Where it runs or is read; undefined where that is not known. */
  readonly virtual: bigint | undefined;
  /** Guest-physical, where it was loaded. */
  readonly physical: bigint | undefined;
}

/** Behind these is no code, and perhaps nothing that has a name. */
const CODE_ENDS: ReadonlySet<string> = new Set(['_etext', '_einittext']);
/** What stands around the variables of each CPU in Linux's linker scripts. */
const PER_CPU = ['__per_cpu_start', '__per_cpu_end'] as const;

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

const isIn = ({ at, from, to }: Extent & { readonly at: bigint }): boolean => at >= from && at < to;

/** No function of a kernel is so long. */
const FUNCTION_BYTES_MAX = 0x1_0000n;

/** Names of a guest's functions, and of its variables, at the addresses where the guest has them. */
export class GuestSymbols {
  readonly table: SymbolTable;
  /** Where the code lies in guest-physical memory, and other addresses at which it runs. */
  readonly #physical: readonly Window[];
  readonly #windows: Window[];

  readonly #readUnwind: () => UnwindTable | undefined;
  #unwind: UnwindTable | undefined;
  #isUnwindRead = false;

  /** `unwind` is called once, when a stack of AArch32 code is asked for first. */
  constructor(
    table: SymbolTable,
    physical: readonly Window[],
    virtual: readonly Window[],
    unwind: () => UnwindTable | undefined = () => undefined,
  ) {
    this.table = table;
    this.#readUnwind = unwind;
    this.#physical = physical;
    this.#windows = [...virtual, ...physical];
  }

  /** The same, of a kernel that tells how its frames are undone. */
  withUnwind(unwind: () => UnwindTable | undefined): GuestSymbols {
    return new GuestSymbols(this.table, this.#physical, this.#virtual, unwind);
  }
  /** How frames of AArch32 code are undone, where the kernel tells that. */
  get unwind(): UnwindTable | undefined {
    if (!this.#isUnwindRead) this.#unwind = this.#readUnwind();
    this.#isUnwindRead = true;
    return this.#unwind;
  }

  /** Of functions alone, at the places that are known by now. */
  get functions(): GuestSymbols {
    return new GuestSymbols(this.table.functions, this.#physical, this.#virtual);
  }
  get #virtual(): Window[] {
    return this.#windows.filter((window) => !this.#physical.includes(window));
  }

  at(pc: bigint): SymbolPlace | undefined {
    const window = this.#windows.find(({ from, to }) => pc >= from && pc < to);
    return window && this.functionAt(pc - window.slide);
  }
  /** The address, as the table counts, of what lies at one of the guest's. */
  linked(address: bigint): bigint | undefined {
    const window = this.#windows.find(({ from, to }) => address >= from && address < to);
    return window && address - window.slide;
  }
  /** The function at such an address; undefined behind the last one, where there is no code. */
  functionAt(linked: bigint): SymbolPlace | undefined {
    const found = this.table.at(linked);
    return found === undefined || CODE_ENDS.has(found.name) ? undefined : found;
  }
  /** Where all of it begins and ends, as the table counts, and what is to be added to that where it was found last. */
  get image(): Window {
    const [first, ...others] = this.#windows as [Window, ...Window[]];
    const all = this.#physical.length === 0 ? [first, ...others] : this.#physical;
    const linked = all.map(({ from, to, slide }) => ({ from: from - slide, to: to - slide }));
    const from = linked.reduce((least, one) => (one.from < least ? one.from : least), linked[0]?.from ?? 0n);
    const to = linked.reduce((most, one) => (one.to > most ? one.to : most), 0n);
    const virtual = this.#virtual;
    return { from, to, slide: (virtual.at(-1) ?? first).slide };
  }
  /** `symbol+0x10`, or undefined. */
  text(pc: bigint): string | undefined {
    const place = this.at(pc);
    return place && placeText(place);
  }

  /** The same of memory, which is named by variables too. */
  textOfMemory(address: bigint): string | undefined {
    const window = this.#windows.find(({ from, to }) => address >= from && address < to);
    if (window === undefined) return undefined;
    const [data, last] = [this.table.data, this.table].map((table) => table.at(address - window.slide));
    // Behind the last function comes all that is no code.
    const code = last && last.offset < FUNCTION_BYTES_MAX ? last : undefined;
    const place = data && code ? (code.offset < data.offset ? code : data) : (data ?? code);
    return place === undefined || CODE_ENDS.has(place.name) ? undefined : placeText(place);
  }
  /** Variables and functions of a name, by address: static ones may be several. */
  named(name: string): NamedPlace[] {
    const [start, end] = PER_CPU.map((edge) => this.table.data.find(edge)[0]?.from);
    const isPerCpu = (at: bigint): boolean => start !== undefined && end !== undefined && at >= start && at < end;
    const found = [this.table.data, this.table].flatMap((table) => table.find(name));
    return [...new Set(found.map(({ from }) => from))].map((at) => ({ ...this.placesOf(at), isPerCpu: isPerCpu(at) }));
  }
  /** What becomes of an address of the table's. */
  placesOf(address: bigint): Pick<NamedPlace, 'virtual' | 'physical'> {
    const within = (windows: readonly Window[]): bigint[] =>
      windows
        .map((window) => ({ ...window, at: address + window.slide }))
        .filter(isIn)
        .map(({ at }) => at);
    const virtual = this.#virtual;
    return { virtual: [...new Set(within(virtual))], physical: within(this.#physical) };
  }

  /** All functions, then all variables. */
  *all(): Generator<PlacedSymbol> {
    const virtual = this.#virtual;
    const placed = (windows: readonly Window[], at: bigint): bigint | undefined =>
      windows.map((window) => ({ ...window, at: at + window.slide })).find(isIn)?.at;
    for (const table of [this.table, this.table.data])
      for (const { name, from, to } of table.extents())
        yield {
          name,
          isVariable: table !== this.table,
          bytes: to - from,
          virtual: placed(virtual, from),
          physical: placed(this.#physical, from),
        };
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
