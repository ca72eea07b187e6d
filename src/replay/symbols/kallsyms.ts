import { alignDown, alignUp } from '../../base/bits.ts';
import { limits, MiB } from '../../base/limits.ts';
import { DATA_TYPES, TEXT_TYPES } from './nm-types.ts';
import { isName, type SymbolColumns, SymbolTable } from './table.ts';

// The kernel's own symbols, as Linux's scripts/kallsyms.c puts them between its read-only data (4.20 and later):
//   names: for each symbol its length in tokens (one byte, or two with bit 7 set), then that many bytes, each of which
//     stands for a token; the first character is the type, as nm has it
//   markers: u32, where each 256th name begins
//   seqs_of_names: since 6.2, and in later versions of 6.1, before token_table or behind all: not read here
//   token_table: 256 texts that end with NUL; characters that names have and that no token took stand for themselves
//   token_index: u16, where each text begins
//   offsets: u32 from relative_base, ascending; before num_syms and names, or behind token_index since 6.4
// Each begins at a multiple of the word size. Nothing points there, so that they are found by this structure.

const TOKENS = 256;
const TOKEN_ZERO = 0x30;
const NAMES_A_MARKER = 256;
const NAME_CHARACTERS_MAX = 512;
/** The image may be made to waste time: so many steps are taken in all, and so many places of digits looked at. */
const STEPS_MAX = 2 ** 27;
const TRIES_MAX = 64;
/** How far before the tokens names are looked for. */
const NAMES_TO_TOKENS_MAX = 32 * MiB;
const WORD = 4;
/** Least and most bytes of 256 names. */
const MARKER_STEP = { min: 2 * NAMES_A_MARKER, max: NAMES_A_MARKER * (NAME_CHARACTERS_MAX + 2) } as const;

const digits = Buffer.from([...'0123456789'].map((digit) => `${digit}\0`).join(''), 'latin1');

interface Tokens {
  readonly at: number;
  readonly texts: readonly string[];
  /** Where the table of their places ends. */
  readonly end: number;
}
interface Names {
  /** Where the count of names lies; the names follow. */
  readonly countAt: number;
  /** Where each name's bytes begin, and how many they are. */
  readonly starts: Uint32Array;
  readonly lengths: Uint16Array;
}

type WordBytes = 4 | 8;

/** What is left of a bound on time. */
class Steps {
  #left = STEPS_MAX;
  /** False where there are no more. */
  take(count: number): boolean {
    this.#left -= count;
    return this.#left >= 0;
  }
}

/**
 * The functions and variables of a Linux kernel (of one without CONFIG_KALLSYMS_ALL, functions alone), from the image as it lies in memory, which starts at a multiple of the word size. Of an image
 * that relocates itself addresses count from an unknown base. Undefined where there are none, or of another shape.
 */
export function findKallsyms(image: Uint8Array, wordBytes: WordBytes): SymbolTable | undefined {
  const bytes = Buffer.from(image.buffer, image.byteOffset, image.byteLength);
  const words = wordsOf(image);
  const steps = new Steps();
  let from = 0;
  for (let n = 0; n < TRIES_MAX; n++) {
    const digitsAt = bytes.indexOf(digits, from);
    if (digitsAt < 0) return undefined;
    const tokens = tokensAround(bytes, digitsAt, wordBytes);
    const names = tokens && namesBefore(bytes, words, tokens, wordBytes, steps);
    const table = names && tableOf(bytes, tokens, names, wordBytes);
    if (table) return table;
    from = digitsAt + 1;
  }
  return undefined;
}

/** The token table that has its digits here. */
function tokensAround(bytes: Buffer, digitsAt: number, wordBytes: WordBytes): Tokens | undefined {
  let end = digitsAt;
  for (let n = TOKEN_ZERO; n < TOKENS; n++) {
    const nul = bytes.indexOf(0, end);
    if (nul < 0 || nul - end > NAME_CHARACTERS_MAX) return undefined;
    end = nul + 1;
  }
  const indexAt = alignUp(end, wordBytes);
  if (indexAt + 2 * TOKENS > bytes.length) return undefined;
  const place = (n: number): number => bytes.readUInt16LE(indexAt + 2 * n);
  const at = digitsAt - place(TOKEN_ZERO);
  if (at < 0 || at % wordBytes !== 0) return undefined;
  const texts: string[] = [];
  for (let n = 0, next = 0; n < TOKENS; n++) {
    if (place(n) !== next) return undefined;
    const nul = bytes.indexOf(0, at + next);
    const text = bytes.toString('latin1', at + next, nul);
    if (nul >= end || (text !== '' && !isName(text))) return undefined;
    texts.push(text);
    next = nul + 1 - at;
  }
  return { at, texts, end: indexAt + 2 * TOKENS };
}

/** All of its words: a search that finds nothing looks at each of them, and at many of them thousands of times. */
function wordsOf(image: Uint8Array): Uint32Array {
  const aligned = image.byteOffset % WORD === 0 ? image : image.slice();
  return new Uint32Array(aligned.buffer, aligned.byteOffset, Math.floor(aligned.byteLength / WORD));
}

/** Names with their markers, somewhere before the tokens. */
function namesBefore(
  bytes: Buffer,
  words: Uint32Array,
  tokens: Tokens,
  wordBytes: WordBytes,
  steps: Steps,
): Names | undefined {
  const lowest = Math.max(0, tokens.at - NAMES_TO_TOKENS_MAX);
  for (let at = tokens.at - 2 * WORD; at >= lowest && steps.take(1); at -= wordBytes) {
    if (words[at / WORD] !== 0) continue;
    const markers = markersAt(words, at, tokens.at);
    if (markers === undefined || !steps.take(markers.length)) continue;
    const names = namesWith(bytes, words, at, markers, wordBytes, steps);
    if (names) return names;
  }
  return undefined;
}

/** Places of names from here on, as long as they could be such; undefined where there are not two. */
function markersAt(words: Uint32Array, at: number, end: number): number[] | undefined {
  let markers: number[] | undefined;
  for (let next = at + WORD, before = 0; next + WORD <= end; next += WORD) {
    const marker = words[next / WORD] as number;
    const step = marker - before;
    if (step < MARKER_STEP.min || step > MARKER_STEP.max) break;
    markers ??= [0];
    markers.push(marker);
    before = marker;
  }
  return markers;
}

/** The names that end where the markers begin, and begin where these say. */
function namesWith(
  bytes: Buffer,
  words: Uint32Array,
  end: number,
  markers: readonly number[],
  wordBytes: WordBytes,
  steps: Steps,
): Names | undefined {
  const last = markers.at(-1) ?? 0;
  const most = Math.min(limits.kernelSymbolsMax, markers.length * NAMES_A_MARKER);
  const lowest = Math.max(wordBytes, end - last - MARKER_STEP.max);
  for (let at = alignDown(end - last - 1, wordBytes); at >= lowest && steps.take(1); at -= wordBytes) {
    const count = words[(at - wordBytes) / WORD] as number;
    if (count > most || count <= (markers.length - 1) * NAMES_A_MARKER) continue;
    if (!steps.take(count)) return undefined;
    if (areNames(bytes, at, count, end, markers)) return { countAt: at - wordBytes, ...namesAt(bytes, at, count) };
  }
  return undefined;
}

/** Do so many names lie from here on, up to the end? */
function areNames(bytes: Buffer, from: number, count: number, end: number, markers: readonly number[]): boolean {
  let at = from;
  for (let n = 0; n < count; n++) {
    if (n % NAMES_A_MARKER === 0 && at !== from + (markers[n / NAMES_A_MARKER] as number)) return false;
    const { length, start } = nameAt(bytes, at);
    at = start + length;
    if (length === 0 || at > end) return false;
  }
  return alignUp(at, 8) >= end;
}

function namesAt(bytes: Buffer, from: number, count: number): Pick<Names, 'starts' | 'lengths'> {
  const starts = new Uint32Array(count);
  const lengths = new Uint16Array(count);
  for (let n = 0, at = from; n < count; n++) {
    const { length, start } = nameAt(bytes, at);
    starts[n] = start;
    lengths[n] = length;
    at = start + length;
  }
  return { starts, lengths };
}

/** Where a name's bytes begin, and how many they are. */
function nameAt(bytes: Buffer, at: number): { readonly start: number; readonly length: number } {
  const length = bytes[at] as number;
  if (!(length & 0x80)) return { start: at + 1, length };
  return { start: at + 2, length: (length & 0x7f) | ((bytes[at + 1] as number) << 7) };
}

function tableOf(bytes: Buffer, tokens: Tokens, names: Names, wordBytes: WordBytes): SymbolTable | undefined {
  const { starts, lengths, countAt } = names;
  const count = starts.length;
  const offsetBytes = alignUp(4 * count, wordBytes);
  const offsetsAt = [countAt - wordBytes - offsetBytes, alignUp(tokens.end, wordBytes)].find((at) =>
    areAscending(bytes, at, count, offsetBytes + wordBytes),
  );
  if (offsetsAt === undefined) return undefined;
  const baseAt = offsetsAt + offsetBytes;
  const base = wordBytes === 8 ? bytes.readBigUInt64LE(baseAt) : BigInt(bytes.readUInt32LE(baseAt));

  // Copies: a table is kept for long, and the image of which it is a small part is not.
  const packed = Buffer.from(bytes.subarray(countAt, tokens.at));
  const offsets = Buffer.from(bytes.subarray(offsetsAt, baseAt));

  const nameOf = (n: number): string => {
    const from = (starts[n] as number) - countAt;
    let name = '';
    for (let at = from; at < from + (lengths[n] as number) && name.length <= NAME_CHARACTERS_MAX; at++)
      name += tokens.texts[packed[at] as number];
    return name.slice(1, 1 + NAME_CHARACTERS_MAX);
  };
  const typeOf = (n: number): string => tokens.texts[packed[(starts[n] as number) - countAt] as number]?.[0] ?? '';
  const columnsOf = (types: ReadonlySet<string>): SymbolColumns => {
    const symbols = new Uint32Array(count);
    let size = 0;
    for (let n = 0; n < count; n++) if (types.has(typeOf(n))) symbols[size++] = n;
    const addresses = new BigUint64Array(size);
    for (let i = 0; i < size; i++) addresses[i] = base + BigInt(offsets.readUInt32LE(4 * (symbols[i] as number)));
    return { addresses, nameOf: (i) => nameOf(symbols[i] as number) };
  };
  return new SymbolTable({ ...columnsOf(TEXT_TYPES), data: () => new SymbolTable(columnsOf(DATA_TYPES)) });
}

/** Are there so many ascending offsets here, not all the same? */
function areAscending(bytes: Buffer, at: number, count: number, wholeBytes: number): boolean {
  if (at < 0 || at + wholeBytes > bytes.length) return false;
  let before = 0;
  for (let n = 0; n < count; n++) {
    const offset = bytes.readUInt32LE(at + 4 * n);
    if (offset < before) return false;
    before = offset;
  }
  return before > 0;
}
