/** A name of a function or variable and where it begins, as its source gives it. */
export interface SymbolEntry {
  readonly name: string;
  readonly address: bigint;
  /** Another name of the same address is better. */
  readonly weak?: boolean;
  /** Where the source tells it. */
  readonly bytes?: bigint;
}

/** A place within a function or variable. */
export interface SymbolPlace {
  readonly name: string;
  readonly offset: bigint;
}

/** Addresses of a function or variable, the end excluded. */
export interface Extent {
  readonly from: bigint;
  readonly to: bigint;
}

/** What a table is made of: addresses in ascending order, the best name of an address first. */
export interface SymbolColumns {
  readonly addresses: BigUint64Array;
  readonly nameOf: (index: number) => string;
  /** Where a function ends at the latest, though the next begins only later. */
  readonly endOf?: (index: number) => bigint;
  /** Variables of the same source: called once, when one is asked for first. */
  readonly data?: () => SymbolTable;
}

/**
 * Names of functions, by address and by name, and apart from them the variables beside them. A function reaches to the next one, or
 * to its end where that is known.
 */
export class SymbolTable {
  readonly #addresses: BigUint64Array;
  readonly #nameOf: (index: number) => string;
  readonly #endOf: (index: number) => bigint;
  readonly #readData: () => SymbolTable;
  #data: SymbolTable | undefined;

  constructor({ addresses, nameOf, endOf = () => END, data = () => SymbolTable.of([]) }: SymbolColumns) {
    this.#addresses = addresses;
    this.#nameOf = nameOf;
    this.#endOf = endOf;
    this.#readData = data;
  }

  static of(entries: readonly SymbolEntry[], data?: () => SymbolTable): SymbolTable {
    const ranked = entries.flatMap((entry) => (isName(entry.name) ? [{ entry, rank: rankOf(entry) }] : []));
    const sorted = ranked.sort(inOrder).map(({ entry }) => entry);
    return new SymbolTable({
      addresses: BigUint64Array.from(sorted, ({ address }) => address),
      nameOf: (index) => (sorted[index] as SymbolEntry).name,
      endOf: (index) => {
        const { address, bytes = 0n } = sorted[index] as SymbolEntry;
        return bytes === 0n ? END : address + bytes;
      },
      ...(data === undefined ? {} : { data }),
    });
  }

  get size(): number {
    return this.#addresses.length;
  }
  /** The source's variables. */
  get data(): SymbolTable {
    this.#data ??= this.#readData();
    return this.#data;
  }
  /** The same functions with other variables beside them: `data` is called once, when one is asked for first. */
  withData(data: (own: SymbolTable) => SymbolTable): SymbolTable {
    const [addresses, nameOf, endOf] = [this.#addresses, this.#nameOf, this.#endOf];
    return new SymbolTable({ addresses, nameOf, endOf, data: () => data(this.data) });
  }
  /** The same functions alone: what variables are read from, which may be a whole kernel, need not be kept. */
  get functions(): SymbolTable {
    return new SymbolTable({ addresses: this.#addresses, nameOf: this.#nameOf, endOf: this.#endOf });
  }
  /** All names, but for how long they are. */
  *entries(): Generator<SymbolEntry> {
    for (const [index, address] of this.#addresses.entries()) yield { name: this.#nameOf(index), address };
  }
  /** All of them, with where they end. */
  *extents(): Generator<Extent & { readonly name: string }> {
    for (const [index, from] of this.#addresses.entries()) {
      const next = this.#addresses[this.#firstAbove(from)] ?? END;
      const end = this.#endOf(index);
      yield { name: this.#nameOf(index), from, to: end < next ? end : next };
    }
  }
  /** From the first symbol to the last. */
  get span(): Extent {
    return { from: this.#addresses[0] ?? 0n, to: this.#addresses.at(-1) ?? 0n };
  }

  /** The function that an address lies in. */
  at(address: bigint): SymbolPlace | undefined {
    const start = this.#addresses[this.#firstAbove(address) - 1];
    if (start === undefined) return undefined;
    const best = this.#firstAbove(start - 1n);
    if (address >= this.#endOf(best)) return undefined;
    return { name: this.#nameOf(best), offset: address - start };
  }

  /** Where the functions of a name lie: static ones may be several. */
  find(name: string): Extent[] {
    const extents: Extent[] = [];
    for (let index = 0; index < this.#addresses.length; index++) {
      if (this.#nameOf(index) !== name) continue;
      const from = this.#addresses[index] as bigint;
      const next = this.#addresses[this.#firstAbove(from)] ?? END;
      const end = this.#endOf(index);
      extents.push({ from, to: end < next ? end : next });
    }
    return extents;
  }

  /** Names that have a part in common with one that is not there: for a hint. */
  similar(name: string, limit: number): string[] {
    const found: string[] = [];
    for (let index = 0; index < this.#addresses.length && found.length < limit; index++) {
      const other = this.#nameOf(index);
      if (other.includes(name) && !found.includes(other)) found.push(other);
    }
    return found;
  }

  #firstAbove(address: bigint): number {
    let low = 0;
    let high = this.#addresses.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#addresses[middle] as bigint) <= address) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const END = 1n << 64n;
const NAME_MAX = 1024;

/** Names go to terminals. */
export const isName = (name: string): boolean => name.length <= NAME_MAX && /^[\x21-\x7e]+$/.test(name);

/** Of names for one address, the one that a person would take: not weak, the fewest underscores in front. */
const rankOf = ({ name, weak }: SymbolEntry): number => (weak ? NAME_MAX + 1 : 0) + (/^_*/.exec(name)?.[0].length ?? 0);

interface Ranked {
  readonly entry: SymbolEntry;
  readonly rank: number;
}
/** By address, and of one address by rank. */
const inOrder = (a: Ranked, b: Ranked): number => {
  if (a.entry.address !== b.entry.address) return a.entry.address < b.entry.address ? -1 : 1;
  return a.rank - b.rank;
};

/** `symbol` or `symbol+0x10`, as the kernel prints it. */
export const placeText = ({ name, offset }: SymbolPlace): string =>
  offset === 0n ? name : `${name}+0x${offset.toString(16)}`;
/** The function alone of `function+0x10`, and of `function+0x10 [module]`. */
export const functionOf = (symbol: string): string => symbol.replace(/(\+0x[0-9a-f]+)?( \[.*\])?$/, '');
