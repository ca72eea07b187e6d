// The exception handling ABI for the Arm architecture (IHI 0038): an index of functions in ascending order, each with how its frame is
// undone. Linux kernels for Arm are built with it instead of frame pointers (CONFIG_ARM_UNWIND, arch/arm/kernel/unwind.c).

/** A function, and how it is undone. IHI 0038, 6: "Index table entries". */
export const UNWIND_ENTRY_BYTES = 8;
const CANT_UNWIND = 1;
/** So many in order are no chance: a kernel has tens of thousands. */
const RUN_MIN = 64;
const ENTRIES_MAX = 1 << 20;
/** Words behind the first of an entry of its own: a byte says how many. */
const WORDS_MAX = 255;

/** How the frames of functions are undone. */
export interface UnwindTable {
  /** The function that an address lies in; undefined where there is none, or it cannot be undone. */
  functionAt(pc: number): UnwoundFunction | undefined;
}
/** A function of such a table. */
export interface UnwoundFunction {
  /** Its first instruction. */
  readonly from: number;
  /** What undoes its frame, once its prologue is through. IHI 0038, 10.3: "Frame unwinding instructions". */
  readonly instructions: Uint8Array;
}

/** An index within an image of 32-bit Arm code. */
export class UnwindIndex implements UnwindTable {
  readonly #view: DataView;
  /** The address of the image's first byte. */
  readonly #start: number;
  readonly #from: number;
  readonly #count: number;

  constructor(image: Uint8Array, start: number, from: number, count: number) {
    this.#view = new DataView(image.buffer, image.byteOffset, image.byteLength);
    this.#start = start;
    this.#from = from;
    this.#count = count;
  }
  /** How many functions it has. */
  get size(): number {
    return this.#count;
  }

  functionAt(pc: number): UnwoundFunction | undefined {
    const wanted = pc - this.#start;
    let [low, high] = [0, this.#count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#function(middle) <= wanted) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return undefined;
    const instructions = this.#instructions(this.#from + UNWIND_ENTRY_BYTES * (low - 1) + 4);
    return instructions && { from: this.#start + this.#function(low - 1), instructions };
  }
  #function(n: number): number {
    const at = this.#from + UNWIND_ENTRY_BYTES * n;
    return targetOf(this.#view, at) & ~1;
  }
  #instructions(at: number): Uint8Array | undefined {
    const view = this.#view;
    const word = view.getUint32(at, true);
    if (word === CANT_UNWIND) return undefined;
    if (word >>> 31 === 1) return isCompact(word, 0) ? bytesOf([word], 1) : undefined;
    const entry = targetOf(view, at);
    if (!isWord(view, entry)) return undefined;
    const first = view.getUint32(entry, true);
    if (isCompact(first, 0)) return bytesOf([first], 1);
    if (!isCompact(first, 1) && !isCompact(first, 2)) return undefined;
    const words = (first >>> 16) & WORDS_MAX;
    if (!isWord(view, entry + 4 * words)) return undefined;
    return bytesOf([first, ...Array.from({ length: words }, (_, n) => view.getUint32(entry + 4 * (n + 1), true))], 2);
  }
}

/** Where a 31-bit distance from its own place leads to. */
const targetOf = (view: DataView, at: number): number => at + ((view.getUint32(at, true) << 1) >> 1);
const isWord = (view: DataView, at: number): boolean => at >= 0 && at % 4 === 0 && at + 4 <= view.byteLength;
/** Of one of the models that have a number. */
const isCompact = (word: number, model: 0 | 1 | 2): boolean => word >>> 24 === (0x80 | model);

/** Instructions stand in words from the upper byte on; some bytes of the first are none. */
function bytesOf(words: readonly number[], skipped: number): Uint8Array {
  const bytes = new Uint8Array(4 * words.length);
  const view = new DataView(bytes.buffer);
  for (const [n, word] of words.entries()) view.setUint32(4 * n, word);
  return bytes.subarray(skipped);
}

/** The index in a kernel's image, undefined where it has none. @param start the address of its first byte */
export function findUnwindIndex(image: Uint8Array, start: number): UnwindIndex | undefined {
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  const isEntry = (at: number): boolean => {
    if (at + UNWIND_ENTRY_BYTES > image.length || view.getUint32(at, true) >>> 31 === 1) return false;
    const target = targetOf(view, at);
    if (target < 0 || target >= image.length) return false;
    const word = view.getUint32(at + 4, true);
    if (word === CANT_UNWIND || isCompact(word, 0)) return true;
    return word >>> 31 === 0 && word > CANT_UNWIND && isWord(view, targetOf(view, at + 4));
  };
  let best: { from: number; count: number } | undefined;
  for (let from = 0; from + UNWIND_ENTRY_BYTES <= image.length; ) {
    let count = 0;
    let last = -1;
    while (count < ENTRIES_MAX && isEntry(from + UNWIND_ENTRY_BYTES * count)) {
      const target = targetOf(view, from + UNWIND_ENTRY_BYTES * count);
      if (target <= last) break;
      last = target;
      count++;
    }
    if (count >= RUN_MIN && count > (best?.count ?? 0)) best = { from, count };
    from += count >= RUN_MIN ? UNWIND_ENTRY_BYTES * count : 4;
  }
  return best && new UnwindIndex(image, start, best.from, best.count);
}
