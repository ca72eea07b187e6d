/** A state of a replay that can be gone back to, by its count. */
export interface PlacedState<State> {
  readonly icount: number;
  /** It is the first moment of its count. */
  readonly first: boolean;
  /** @throws Failure where it cannot be had: it is a cache */
  load(): State;
}
interface Place<State> extends PlacedState<State> {
  /** When it was asked for last; Infinity: it stays. */
  used: number;
}

/**
 * The states of a timeline that are at hand, by ascending counts: those that stay, and those kept on the way, of which
 * the one that nobody has asked for the longest goes where there are too many.
 */
export class States<State> {
  readonly #keptMax: number;
  readonly #places: Place<State>[] = [];
  #kept = 0;
  #asked = 0;

  constructor(keptMax: number) {
    this.#keptMax = keptMax;
  }

  /** One that stays. */
  add(state: PlacedState<State>): void {
    this.#insert({ ...state, used: Number.POSITIVE_INFINITY });
  }
  /** One that is kept while there is room. */
  keep(icount: number, first: boolean, state: State): void {
    if (this.#places[this.#indexOf(icount)]?.icount === icount) return;
    this.#insert({ icount, first, load: () => state, used: ++this.#asked });
    if (++this.#kept > this.#keptMax) this.#makeRoom();
  }
  /** It was found to be of no use. */
  drop(icount: number): void {
    const at = this.#indexOf(icount);
    const place = this.#places[at];
    if (place?.icount !== icount) return;
    this.#places.splice(at, 1);
    if (place.used !== Number.POSITIVE_INFINITY) this.#kept--;
  }

  /** The last one that is not behind the first moment of the count. */
  at(icount: number): PlacedState<State> | undefined {
    const at = this.#indexOf(icount);
    const last = this.#places[at];
    const place = last?.icount === icount && !last.first ? this.#places[at - 1] : last;
    if (place !== undefined && place.used !== Number.POSITIVE_INFINITY) place.used = ++this.#asked;
    return place;
  }

  #insert(place: Place<State>): void {
    this.#places.splice(this.#indexOf(place.icount) + 1, 0, place);
  }
  /** Of the last one that is not behind the count; -1 where there is none. */
  #indexOf(icount: number): number {
    let [low, high] = [0, this.#places.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#places[middle] as Place<State>).icount <= icount) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
  #makeRoom(): void {
    let oldest = 0;
    for (const [i, { used }] of this.#places.entries())
      if (used < (this.#places[oldest] as Place<State>).used) oldest = i;
    this.#places.splice(oldest, 1);
    this.#kept--;
  }
}
