import { joined } from '../../base/bytes.ts';
import { MiB } from '../../base/limits.ts';
import { zstd } from '../../host/zstd.ts';
import type { SavedPlaces } from './code-places.ts';
import { ModuleGroup } from './kept-modules.ts';
import type { PlainRegions } from './saved-regions.ts';

/** What another process can take up of translations: numbers and bytes. */
export interface SavedTranslations {
  /** Each configuration that has a number, as JSON, in the order of the numbers. */
  readonly configs: readonly string[];
  readonly places: SavedPlaces;
  readonly groups: readonly ModuleGroup[];
  /** Of each module, in the order of the groups: its first slot, and how many regions it has. */
  readonly modules: Uint32Array;
  readonly regions: PlainRegions;
}

/** zstd's (RFC 8878). */
const LEVEL = 1;
/** Of all that is packed together: a boot of Debian has 3 MB. */
const RAW_BYTES_MAX = 128 * MiB;
const ABOUT_BYTES = 4;

/** What stands before the bytes, as JSON. */
interface About {
  readonly configs: readonly string[];
  readonly refs: number;
  readonly slots: number;
  /** Bytes of the tables, of all of them packed, of each group packed, of each of its modules. */
  readonly tables: readonly number[];
  readonly packed: number;
  readonly groups: readonly { readonly packed: number; readonly lengths: readonly number[] }[];
}

/** As bytes, in pieces. */
export function encodeTranslations({
  configs,
  places,
  groups,
  modules,
  regions,
}: SavedTranslations): readonly Uint8Array[] {
  const tables = [places.pages, places.places, places.cells, modules, regions.words, regions.code].map(bytesOf);
  const packed = zstd().compress(joined(tables), LEVEL);
  const about: About = {
    configs,
    refs: places.refs,
    slots: places.slots,
    tables: tables.map(({ length }) => length),
    packed: packed.length,
    groups: groups.map((group) => ({ packed: group.packed.length, lengths: group.lengths })),
  };
  const text = new TextEncoder().encode(JSON.stringify(about));
  const aboutBytes = bytesOf(Uint32Array.of(text.length));
  return [aboutBytes, text, packed, ...groups.map((group) => group.packed)];
}

/** From what `encodeTranslations` made, in one piece. @throws any error where it is something else: memory is bounded all the same */
export function decodeTranslations(bytes: Uint8Array): SavedTranslations {
  const reader = new Reader(bytes);
  const [aboutBytes] = reader.u32(ABOUT_BYTES);
  const about = JSON.parse(new TextDecoder().decode(reader.take(aboutBytes as number))) as About;
  const packed = reader.take(about.packed);
  const groups = about.groups.map((group) => {
    sumOf(group.lengths);
    return new ModuleGroup(reader.take(group.packed), group.lengths.map(Number));
  });
  const tables = new Reader(zstd().decompress(packed, sumOf(about.tables), RAW_BYTES_MAX));
  const [pages, places, ofPlaces, modules, words, code] = about.tables as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return {
    configs: about.configs.map(String),
    places: {
      pages: tables.u32(pages),
      places: tables.u16(places),
      cells: tables.u32(ofPlaces),
      refs: Number(about.refs),
      slots: Number(about.slots),
    },
    groups,
    modules: tables.u32(modules),
    regions: { words: tables.u32(words), code: tables.take(code) },
  };
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Uint8Array | Uint16Array | Uint32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Of lengths that are to be had in one piece. @throws RangeError where they are not */
function sumOf(lengths: readonly number[]): number {
  const sum = lengths.reduce(
    (all, length) => all + (Number.isSafeInteger(length) && length >= 0 ? length : Number.NaN),
    0,
  );
  if (!(sum <= RAW_BYTES_MAX)) throw new RangeError('more bytes than translations have');
  return sum;
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;
  constructor(bytes: Uint8Array) {
    // No Buffer, whose slices are no copies.
    this.#bytes = bytesOf(bytes);
  }
  take(length: number): Uint8Array {
    if (!(length >= 0 && length <= this.#bytes.length - this.#at)) throw new RangeError('it ends early');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
  /** Copies, where such numbers may be. */
  u16(bytes: number): Uint16Array {
    return new Uint16Array(this.take(bytes).slice().buffer);
  }
  u32(bytes: number): Uint32Array {
    return new Uint32Array(this.take(bytes).slice().buffer);
  }
}
