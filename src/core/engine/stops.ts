import { high32, low32 } from '../../base/bits.ts';
import { PAGE_BYTES } from '../../base/page.ts';

/**
 * An instruction before which runs stop: by physical address, or by virtual address whatever is mapped there at the time. Where
 * they are given, only at an exception level, and only while TTBR0_EL1 (TTBR0) has a value.
 */
export type StopPlace = ({ readonly pa: number } | { readonly va: bigint }) & {
  readonly el?: number;
  readonly context?: bigint;
};

/** Where the CPU is about to execute. */
export interface Arrival {
  readonly pa: number;
  readonly vaLo: number;
  readonly vaHi: number;
  readonly el: number;
  readonly context: () => bigint;
}

/** Offsets in a physical page that came or went: for whoever holds code of it. */
export interface PageChange {
  readonly page: number;
  readonly added: readonly number[];
  readonly gone: ReadonlySet<number>;
}

type Offsets = ReadonlyMap<number, readonly StopPlace[]>;
const NONE: ReadonlySet<number> = new Set();

/** Both halves of the VA of a page, in one key. */
const pageKey = (vaLo: number, vaHi: number): number => (vaHi >>> 0) * 2 ** 20 + (vaLo >>> 12);

/**
 * The places before which a run stops: not the guest's own breakpoints (DDI 0487, D2.9), of which it sees nothing. No code goes over such an offset of a physical page. What is mapped at a virtual address is
 * not known beforehand: a physical page is armed when it is met there.
 */
export class Stops {
  /** By physical page, and by `pageKey` of a virtual one. */
  #physical = new Map<number, Offsets>();
  #virtual = new Map<number, Offsets>();
  /** By `pageKey`: physical pages that were met there. */
  readonly #met = new Map<number, Set<number>>();
  /** By physical page. */
  #armed = new Map<number, ReadonlySet<number>>();

  get isEmpty(): boolean {
    return this.#physical.size === 0 && this.#virtual.size === 0;
  }
  /** Offsets of a physical page that no code may go over. */
  of(page: number): ReadonlySet<number> | undefined {
    return this.#armed.get(page);
  }

  /** Takes the place of those before. Tells what changes in physical pages, and pages of VAs whose jumps are to be looked up anew. */
  set(places: readonly StopPlace[]): { changes: PageChange[]; pages: { vaLo: number; vaHi: number }[] } {
    const physical = new Map<number, Map<number, StopPlace[]>>();
    const virtual = new Map<number, Map<number, StopPlace[]>>();
    const pages: { vaLo: number; vaHi: number }[] = [];
    for (const place of places) {
      if ('pa' in place) put(physical, Math.floor(place.pa / PAGE_BYTES), place.pa % PAGE_BYTES, place);
      else {
        const [vaLo, vaHi] = [low32(place.va), high32(place.va)];
        const key = pageKey(vaLo, vaHi);
        if (!this.#virtual.has(key) && !virtual.has(key)) pages.push({ vaLo, vaHi });
        put(virtual, key, vaLo & (PAGE_BYTES - 1), place);
      }
    }
    this.#physical = physical;
    this.#virtual = virtual;
    for (const key of [...this.#met.keys()]) if (!virtual.has(key)) this.#met.delete(key);
    return { changes: this.#arm(), pages };
  }
  #arm(): PageChange[] {
    const before = this.#armed;
    const now = new Map<number, Set<number>>();
    const add = (page: number, offsets: Offsets | undefined): void => {
      let armed = now.get(page);
      if (!armed) now.set(page, (armed = new Set()));
      for (const offset of offsets?.keys() ?? []) armed.add(offset);
    };
    for (const [page, offsets] of this.#physical) add(page, offsets);
    for (const [key, pages] of this.#met) for (const page of pages) add(page, this.#virtual.get(key));
    this.#armed = now;
    return [...new Set([...before.keys(), ...now.keys()])].flatMap((page) => {
      const [old, fresh] = [before.get(page) ?? NONE, now.get(page) ?? NONE];
      const added = [...fresh].filter((offset) => !old.has(offset));
      const gone = new Set([...old].filter((offset) => !fresh.has(offset)));
      return added.length > 0 || gone.size > 0 ? [{ page, added, gone }] : [];
    });
  }

  /** Code of a virtual page is about to be found in a physical one: what changes there, if it was not met there yet. */
  meet(vaLo: number, vaHi: number, page: number): PageChange | undefined {
    const key = pageKey(vaLo, vaHi);
    const offsets = this.#virtual.get(key);
    if (!offsets) return undefined;
    const met = this.#met.get(key);
    if (met?.has(page)) return undefined;
    if (met) met.add(page);
    else this.#met.set(key, new Set([page]));
    const old = this.#armed.get(page) ?? NONE;
    this.#armed.set(page, new Set([...old, ...offsets.keys()]));
    return { page, added: [...offsets.keys()].filter((offset) => !old.has(offset)), gone: NONE };
  }

  /** The CPU has come to one of the places. */
  isAt({ pa, vaLo, vaHi, el, context }: Arrival): boolean {
    const isMeant = (place: StopPlace): boolean =>
      (place.el === undefined || place.el === el) && (place.context === undefined || place.context === context());
    const here = [
      ...(this.#physical.get(Math.floor(pa / PAGE_BYTES))?.get(pa % PAGE_BYTES) ?? []),
      ...(this.#virtual.get(pageKey(vaLo, vaHi))?.get(vaLo & (PAGE_BYTES - 1)) ?? []),
    ];
    return here.some(isMeant);
  }
}

function put(to: Map<number, Map<number, StopPlace[]>>, page: number, offset: number, place: StopPlace): void {
  let offsets = to.get(page);
  if (!offsets) to.set(page, (offsets = new Map()));
  const there = offsets.get(offset);
  if (there) there.push(place);
  else offsets.set(offset, [place]);
}
