/** A block within its page: its first byte and the one behind its last. */
export interface Extent {
  readonly from: number;
  readonly to: number;
  /** It ends where it does because of an instruction to stop before. */
  readonly cut: boolean;
}

/** A translated region: its slot of the table, and its blocks with their cells of BLOCK_REFS. */
export interface Region {
  /** It holds: nothing of what it was made of was dropped. */
  stands: boolean;
  /** The bytes that it was made of, where other machines may have it too. */
  readonly code: Uint8Array | undefined;
  /** Its module is to be kept: other machines have nothing of that code. */
  readonly isNew: boolean;
  readonly slot: number;
  readonly cells: readonly number[];
  readonly extents: readonly Extent[];
}

/** The regions that stand, by physical page: so that a few of a page can be dropped, and no others. */
export class Regions {
  readonly #ofPage = new Map<number, Region[]>();

  add(page: number, region: Region): void {
    const regions = this.#ofPage.get(page);
    if (regions) regions.push(region);
    else this.#ofPage.set(page, [region]);
  }

  of(page: number): readonly Region[] {
    return this.#ofPage.get(page) ?? [];
  }

  /** Takes out those of a page of which a block is meant. */
  take(page: number, isMeant: (block: Extent) => boolean): readonly Region[] {
    const regions = this.#ofPage.get(page);
    if (!regions) return [];
    const taken = regions.filter(({ extents }) => extents.some(isMeant));
    for (const region of taken) region.stands = false;
    if (taken.length === regions.length) this.#ofPage.delete(page);
    else if (taken.length > 0)
      this.#ofPage.set(
        page,
        regions.filter((region) => !taken.includes(region)),
      );
    return taken;
  }

  drop(page: number): void {
    for (const region of this.#ofPage.get(page) ?? []) region.stands = false;
    this.#ofPage.delete(page);
  }
  clear(): void {
    for (const page of this.#ofPage.keys()) this.drop(page);
  }
}
