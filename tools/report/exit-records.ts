import type { Exits } from './report-data.ts';

/** So many records are carried to a page at most: a million exits each by itself. */
export const EXIT_RECORDS_MAX = 1_000_000;
/** The shortest stretch that exits are put together in. */
const STRETCH_MIN = 1024;

const FIRST_PATHS = 1 << 10;

function larger<T extends Float64Array | Uint32Array>(to: T, from: T): T {
  to.set(from);
  return to;
}

/**
 * Gathers exits in the order of the tape. Where there come to be too many, those of one path in a stretch of time become one, and
 * stretches double until there is room: there are no more records than the bound or, where these are more, than paths.
 */
export class ExitRecords {
  readonly #max: number;
  /** Room that is not used is never touched, and so takes no memory. */
  #at: Float64Array;
  #path: Uint32Array;
  #gap: Float64Array;
  /** While each exit is by itself. */
  #ordinal: Float64Array | undefined;
  /** From then on. */
  #count: Uint32Array | undefined;
  #length = 0;
  #stretch = 0;
  /** By path: the beginning of the stretch of its last record, and where that stands. */
  #lastFrom = new Float64Array(FIRST_PATHS).fill(-1);
  #lastPlace = new Uint32Array(FIRST_PATHS);

  /** @param expected how many exits there will be at most */
  constructor(expected: number, max = EXIT_RECORDS_MAX) {
    this.#max = max;
    const room = Math.min(expected, max) + 1;
    this.#at = new Float64Array(room);
    this.#path = new Uint32Array(room);
    this.#gap = new Float64Array(room);
    this.#ordinal = new Float64Array(room);
  }

  /** @param at not before the one before @param gap guest instructions since the vCPU's previous exit */
  add(at: number, path: number, gap: number, ordinal: number): void {
    if (this.#ordinal !== undefined) {
      this.#ordinal[this.#length] = ordinal;
      this.#append(at, path, gap);
    } else this.#merge(at, path, 1, gap);
    // A stretch that reaches from the beginning to here is the last that helps: then there is one record a path.
    while (this.#length > this.#max && this.#stretch <= at) this.#coarsen();
  }

  take(): Exits {
    const end = this.#length;
    return {
      stretch: this.#stretch,
      at: this.#at.subarray(0, end),
      path: this.#path.subarray(0, end),
      count: this.#count?.subarray(0, end) ?? new Uint32Array(0),
      gap: this.#gap.subarray(0, end),
      ordinal: this.#ordinal?.subarray(0, end) ?? new Float64Array(0),
    };
  }

  #append(at: number, path: number, gap: number): void {
    const place = this.#length;
    if (place === this.#at.length) this.#grow();
    this.#at[place] = at;
    this.#path[place] = path;
    this.#gap[place] = gap;
    this.#length++;
  }

  #merge(at: number, path: number, count: number, gap: number): void {
    while (path >= this.#lastFrom.length) this.#morePaths();
    const from = at - (at % this.#stretch);
    let place = this.#lastPlace[path] as number;
    if (this.#lastFrom[path] !== from) {
      place = this.#length;
      this.#append(from, path, 0);
      if (this.#count !== undefined) this.#count[place] = 0;
      this.#lastFrom[path] = from;
      this.#lastPlace[path] = place;
    }
    if (this.#count !== undefined) this.#count[place] = (this.#count[place] as number) + count;
    this.#gap[place] = (this.#gap[place] as number) + gap;
  }
  #morePaths(): void {
    const paths = this.#lastFrom.length;
    this.#lastFrom = larger(new Float64Array(2 * paths).fill(-1), this.#lastFrom);
    this.#lastPlace = larger(new Uint32Array(2 * paths), this.#lastPlace);
  }

  /** Twice the stretch, or the first one. */
  #coarsen(): void {
    const [at, path, gap, length] = [this.#at, this.#path, this.#gap, this.#length];
    const span = (at[length - 1] as number) - (at[0] as number);
    if (this.#count === undefined) {
      this.#ordinal = undefined;
      this.#count = new Uint32Array(at.length).fill(1);
      this.#stretch = Math.max(STRETCH_MIN, 2 ** Math.ceil(Math.log2(span / this.#max + 1)));
    } else this.#stretch *= 2;
    const count = this.#count;
    this.#length = 0;
    this.#lastFrom.fill(-1);
    // Reads ahead of what it writes, in the same columns.
    for (let i = 0; i < length; i++)
      this.#merge(at[i] as number, path[i] as number, count[i] as number, gap[i] as number);
  }

  /** Where there are more paths than records may be. */
  #grow(): void {
    const room = this.#at.length * 2;
    this.#at = larger(new Float64Array(room), this.#at);
    this.#path = larger(new Uint32Array(room), this.#path);
    this.#gap = larger(new Float64Array(room), this.#gap);
    if (this.#count !== undefined) this.#count = larger(new Uint32Array(room), this.#count);
  }
}
