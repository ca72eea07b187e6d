import { joined } from '../../base/bytes.ts';
import { MiB } from '../../base/limits.ts';
import { zstd } from '../../host/zstd.ts';
import type { SavedPlaces } from './code-places.ts';
import { ModuleGroup } from './kept-modules.ts';

/** What another process can take up of translations: numbers and bytes. */
export interface SavedTranslations {
  /** Each configuration that has a number, as JSON, in the order of the numbers. */
  readonly configs: readonly string[];
  readonly places: SavedPlaces;
  readonly groups: readonly ModuleGroup[];
  /** Of each module, in the order of the groups: its first slot, and how many regions it has. */
  readonly modules: Uint32Array;
  /** Of each region its module, its slot and how many blocks it has, then of each of these its cell, where it begins and where it ends. */
  readonly regions: Uint32Array;
  /** The code of the regions, one after the other. */
  readonly code: Uint8Array;
}

/** zstd's (RFC 8878). */
const LEVEL = 1;
/** Of all that is packed together: a boot of Debian has 3 MB. */
const RAW_BYTES_MAX = 128 * MiB;
const ABOUT_BYTES = 4;

/** What stands before the bytes, as JSON. */
interface About {
  readonly configs: readonly string[];
  readonly slots: number;
  /** Bytes of the tables, of all of them packed, of each group packed, of each of its modules. */
  readonly tables: readonly number[];
  readonly packed: number;
  readonly groups: readonly { readonly packed: number; readonly lengths: readonly number[] }[];
}

/** As bytes. */
export function encodeTranslations({ configs, places, groups, modules, regions, code }: SavedTranslations): Uint8Array {
  const tables = [places.pages, places.offsets, places.configs, modules, regions, code].map(bytesOf);
  const packed = zstd().compress(joined(tables), LEVEL);
  const about: About = {
    configs,
    slots: places.slots,
    tables: tables.map(({ length }) => length),
    packed: packed.length,
    groups: groups.map((group) => ({ packed: group.packed.length, lengths: group.lengths })),
  };
  const text = new TextEncoder().encode(JSON.stringify(about));
  const aboutBytes = bytesOf(Uint32Array.of(text.length));
  return joined([aboutBytes, text, packed, ...groups.map((group) => group.packed)]);
}

/** From what `encodeTranslations` made. @throws any error where it is something else: memory is bounded all the same */
export function decodeTranslations(bytes: Uint8Array): SavedTranslations {
  const reader = new Reader(bytes);
  const [aboutBytes] = new Uint32Array(reader.take(ABOUT_BYTES).slice().buffer);
  const about = JSON.parse(new TextDecoder().decode(reader.take(aboutBytes as number))) as About;
  const packed = reader.take(about.packed);
  const groups = about.groups.map((group) => {
    sumOf(group.lengths);
    return new ModuleGroup(reader.take(group.packed).slice(), group.lengths.map(Number));
  });
  const raw = sumOf(about.tables);
  const tables = new Reader(zstd().decompress(packed, raw, RAW_BYTES_MAX));
  const [pages, offsets, configs, modules, regions, code] = about.tables.map((length) => tables.take(length).slice());
  const u32 = (of: Uint8Array | undefined): Uint32Array => new Uint32Array((of as Uint8Array).buffer);
  const u16 = (of: Uint8Array | undefined): Uint16Array => new Uint16Array((of as Uint8Array).buffer);
  return {
    configs: about.configs.map(String),
    places: { pages: u32(pages), offsets: u16(offsets), configs: u16(configs), slots: Number(about.slots) },
    groups,
    modules: u32(modules),
    regions: u32(regions),
    code: code as Uint8Array,
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
}
