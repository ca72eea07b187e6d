import type { Exits } from './report-data.ts';

/** So many records are carried to a page at most: a million exits each by itself. */
export const EXIT_RECORDS_MAX = 1_000_000;
/** The shortest stretch that exits are put together in. */
const STRETCH_MIN = 1024;

/**
 * Gathers exits in the order of the tape. Where there come to be too many, those of one path in a stretch of time become one, and
 * stretches double until there is room: there are no more records than the bound or, where these are more, than paths.
 */
export class ExitRecords {
  readonly #max: number;
  /** Room that is not used is never touched, and so takes no memory. */
  #at: Float64Array;
  #path: Uint32Array;
  #count: Uint32Array;
  #gap: Float64Array;
  #ordinal: Float64Array;
  #length = 0;
  #stretch = 0;
  /** The record of each path in the stretch that is being filled. */
  readonly #open = new Map<number, number>();
  #openFrom = -1;

  /** @param expected how many exits there will be at most */
  constructor(expected: number, max = EXIT_RECORDS_MAX) {
    this.#max = max;
    const room = Math.min(expected, max) + 1;
    this.#at = new Float64Array(room);
    this.#path = new Uint32Array(room);
    this.#count = new Uint32Array(room);
    this.#gap = new Float64Array(room);
    this.#ordinal = new Float64Array(room);
  }

  /** @param at not before the one before @param gap guest instructions since the vCPU's previous exit */
  add(at: number, path: number, gap: number, ordinal: number): void {
    if (this.#stretch === 0) this.#append(at, path, 1, gap, ordinal);
    else this.#merge(at, path, 1, gap, ordinal);
    // A stretch that reaches from the beginning to here is the last that helps: then there is one record a path.
    while (this.#length > this.#max && this.#stretch <= at) this.#coarsen();
  }

  take(): Exits {
    const end = this.#length;
    return {
      stretch: this.#stretch,
      at: this.#at.subarray(0, end),
      path: this.#path.subarray(0, end),
      count: this.#stretch === 0 ? new Uint32Array(0) : this.#count.subarray(0, end),
      gap: this.#gap.subarray(0, end),
      ordinal: this.#ordinal.subarray(0, end),
    };
  }

  #append(at: number, path: number, count: number, gap: number, ordinal: number): void {
    const place = this.#length;
    if (place === this.#at.length) this.#grow();
    this.#at[place] = at;
    this.#path[place] = path;
    this.#count[place] = count;
    this.#gap[place] = gap;
    this.#ordinal[place] = ordinal;
    this.#length++;
  }

  #merge(at: number, path: number, count: number, gap: number, ordinal: number): void {
    const from = at - (at % this.#stretch);
    if (from !== this.#openFrom) {
      this.#openFrom = from;
      this.#open.clear();
    }
    const place = this.#open.get(path);
    if (place === undefined) {
      this.#open.set(path, this.#length);
      this.#append(from, path, count, gap, ordinal);
      return;
    }
    this.#count[place] = (this.#count[place] as number) + count;
    this.#gap[place] = (this.#gap[place] as number) + gap;
  }

  /** Twice the stretch, or the first one, until it helps. */
  #coarsen(): void {
    const [at, path, count, gap, ordinal, length] = [
      this.#at,
      this.#path,
      this.#count,
      this.#gap,
      this.#ordinal,
      this.#length,
    ];
    const span = (at[length - 1] as number) - (at[0] as number);
    const before = this.#stretch;
    this.#stretch = before === 0 ? Math.max(STRETCH_MIN, 2 ** Math.ceil(Math.log2(span / this.#max + 1))) : before * 2;
    this.#length = 0;
    this.#openFrom = -1;
    this.#open.clear();
    // Reads ahead of what it writes, in the same columns.
    for (let i = 0; i < length; i++)
      this.#merge(at[i] as number, path[i] as number, count[i] as number, gap[i] as number, ordinal[i] as number);
  }

  /** Where there are more paths than records may be. */
  #grow(): void {
    const larger = <T extends Float64Array | Uint32Array>(to: T, from: T): T => {
      to.set(from);
      return to;
    };
    const room = this.#at.length * 2;
    this.#at = larger(new Float64Array(room), this.#at);
    this.#path = larger(new Uint32Array(room), this.#path);
    this.#count = larger(new Uint32Array(room), this.#count);
    this.#gap = larger(new Float64Array(room), this.#gap);
    this.#ordinal = larger(new Float64Array(room), this.#ordinal);
  }
}
