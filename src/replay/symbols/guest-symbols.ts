import { type Extent, placeText, type SymbolPlace, type SymbolTable } from './table.ts';

/** A stretch of the guest's addresses from which a table's code is executed. */
export interface Window extends Extent {
  /** What is to be added to a symbol's address. */
  readonly slide: bigint;
}

/** Names of a guest's functions at the addresses where the guest has them. */
export class GuestSymbols {
  readonly table: SymbolTable;
  /** Where the code lies in guest-physical memory, and other addresses at which it runs. */
  readonly #physical: readonly Window[];
  readonly #windows: readonly Window[];

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
    const extents = this.#windows.flatMap((window) => this.#in(window, name));
    return (pc) => extents.some(({ from, to }) => pc >= from && pc < to);
  }
  /** Guest-physical addresses of the first instructions of functions of this name, while the code lies where it was loaded. */
  physical(name: string): number[] {
    return this.#physical.flatMap((window) => this.#in(window, name)).map(({ from }) => Number(from));
  }
  #in(window: Window, name: string): Extent[] {
    return this.table
      .find(name)
      .map(({ from, to }) => ({ from: from + window.slide, to: to + window.slide }))
      .filter(({ from }) => from >= window.from && from < window.to);
  }
}
