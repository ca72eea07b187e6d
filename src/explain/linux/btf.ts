// linux/: what a Linux guest's own data structures tell.

// The BPF Type Format: Linux Documentation/bpf/btf.rst, include/uapi/linux/btf.h.
const MAGIC = 0xeb9f;
const VERSION = 1;
const HEADER_BYTES = 24;
/** Name, info, and size or another type's number. */
const TYPE_BYTES = 12;
/** Name, type, place in bits. */
const MEMBER_BYTES = 12;
const KIND = {
  ...{ int: 1, pointer: 2, array: 3, struct: 4, union: 5, enum: 6, forward: 7, typedef: 8, volatile: 9, const: 10 },
  ...{ restrict: 11, function: 12, prototype: 13, variable: 14, section: 15, float: 16, declTag: 17, typeTag: 18 },
  ...{ enum64: 19 },
} as const;
/** What stands behind a type, in bytes: as much for each, and as much for each of its parts. */
const BEHIND: Readonly<Record<number, { readonly fixed?: number; readonly each?: number }>> = {
  [KIND.int]: { fixed: 4 },
  [KIND.pointer]: {},
  [KIND.array]: { fixed: 12 },
  [KIND.struct]: { each: MEMBER_BYTES },
  [KIND.union]: { each: MEMBER_BYTES },
  [KIND.enum]: { each: 8 },
  [KIND.forward]: {},
  [KIND.typedef]: {},
  [KIND.volatile]: {},
  [KIND.const]: {},
  [KIND.restrict]: {},
  [KIND.function]: {},
  [KIND.prototype]: { each: 8 },
  [KIND.variable]: { fixed: 4 },
  [KIND.section]: { each: 12 },
  [KIND.float]: {},
  [KIND.declTag]: { fixed: 4 },
  [KIND.typeTag]: {},
  [KIND.enum64]: { each: 12 },
};
/** Types that only say more of another. */
const TRANSPARENT: ReadonlySet<number> = new Set([
  KIND.typedef,
  KIND.volatile,
  KIND.const,
  KIND.restrict,
  KIND.typeTag,
]);
const STRUCTURES: ReadonlySet<number> = new Set([KIND.struct, KIND.union]);
/** A chain of such types, and structures without names in each other, are no deeper. */
const DEPTH_MAX = 32;

/** Where a part of a structure lies in it. */
export interface Member {
  /** Bytes from the structure's beginning. */
  readonly offset: number;
  /** Bytes; 0 where they are not told. */
  readonly size: number;
}

/** The types that a kernel tells of itself. Little-endian; whatever is read may be forged. */
export class Btf {
  readonly #view: DataView;
  readonly #bytes: Buffer;
  /** Where each type begins; type 0 is `void`. */
  readonly #types: Uint32Array;
  readonly #stringsFrom: number;
  readonly #stringsTo: number;

  private constructor(bytes: Uint8Array, types: Uint32Array, stringsFrom: number, stringsTo: number) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#types = types;
    this.#stringsFrom = stringsFrom;
    this.#stringsTo = stringsTo;
  }

  /** What begins with the bytes; undefined where that is no BTF, or not all of it. */
  static read(bytes: Uint8Array): Btf | undefined {
    if (bytes.length < HEADER_BYTES) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (view.getUint16(0, true) !== MAGIC || view.getUint8(2) !== VERSION) return undefined;
    const header = view.getUint32(4, true);
    const [typesAt, typesLength, stringsAt, stringsLength] = [8, 12, 16, 20].map((at) => view.getUint32(at, true)) as [
      number,
      number,
      number,
      number,
    ];
    const typesFrom = header + typesAt;
    const typesTo = typesFrom + typesLength;
    const stringsFrom = header + stringsAt;
    if (header < HEADER_BYTES || typesTo > bytes.length || stringsFrom + stringsLength > bytes.length) return undefined;
    // The first type, `void`, stands nowhere.
    const types: number[] = [0];
    for (let at = typesFrom; at < typesTo; ) {
      if (at + TYPE_BYTES > typesTo) return undefined;
      const behind = BEHIND[kindOf(view.getUint32(at + 4, true))];
      if (behind === undefined) return undefined;
      types.push(at);
      at += TYPE_BYTES + (behind.fixed ?? 0) + (behind.each ?? 0) * partsOf(view.getUint32(at + 4, true));
      if (at > typesTo) return undefined;
    }
    return new Btf(bytes, Uint32Array.from(types), stringsFrom, stringsFrom + stringsLength);
  }

  /** The number of types. */
  get size(): number {
    return this.#types.length;
  }

  /**
   * A member of a structure or union, by way of what lies in it: `member('task_struct', 'thread.cpu_context.pc')`. Undefined where there is none.
   */
  member(structure: string, path: string): Member | undefined {
    let type = this.#find(structure);
    let offset = 0;
    for (const name of path.split('.')) {
      const found = type === undefined ? undefined : this.#memberOf(type, terminated(name), DEPTH_MAX);
      if (found === undefined) return undefined;
      offset += found.offset;
      ({ type } = found);
    }
    return { offset, size: type === undefined ? 0 : this.#sizeOf(type, DEPTH_MAX) };
  }
  /** Bytes that a structure or union has; undefined where there is none of that name. */
  sizeOf(structure: string): number | undefined {
    const type = this.#find(structure);
    return type === undefined ? undefined : this.#view.getUint32(type + 8, true);
  }

  /** Place of a structure's type. */
  #find(name: string): number | undefined {
    const wanted = terminated(name);
    return this.#types.find(
      (type) =>
        type !== 0 && STRUCTURES.has(kindOf(this.#view.getUint32(type + 4, true))) && this.#isNamed(type, wanted),
    );
  }
  #isNamed(at: number, name: Buffer): boolean {
    const from = this.#stringsFrom + this.#view.getUint32(at, true);
    const to = from + name.length;
    return to <= this.#stringsTo && name.compare(this.#bytes, from, to) === 0;
  }
  /** Also one of a structure or union that has no name itself. */
  #memberOf(structure: number, name: Buffer, depth: number): { offset: number; type: number | undefined } | undefined {
    const info = this.#view.getUint32(structure + 4, true);
    if (depth === 0 || !STRUCTURES.has(kindOf(info))) return undefined;
    for (let n = 0, at = structure + TYPE_BYTES; n < partsOf(info); n++, at += MEMBER_BYTES) {
      const isNamed = this.#isNamed(at, name);
      if (!isNamed && !this.#isNamed(at, UNNAMED)) continue;
      const type = this.#meant(this.#view.getUint32(at + 4, true));
      const bits = this.#view.getUint32(at + 8, true);
      // With bit fields in the structure the upper byte is the field's size.
      const offset = (hasBitFields(info) ? bits & 0xff_ffff : bits) / 8;
      if (isNamed) return Number.isInteger(offset) ? { offset, type } : undefined;
      const inner = type === undefined ? undefined : this.#memberOf(type, name, depth - 1);
      if (inner !== undefined) return { offset: offset + inner.offset, type: inner.type };
    }
    return undefined;
  }
  /** The type that one stands for. */
  #meant(number: number): number | undefined {
    let type = this.#types[number];
    for (let depth = 0; type !== undefined && type !== 0 && depth < DEPTH_MAX; depth++) {
      if (!TRANSPARENT.has(kindOf(this.#view.getUint32(type + 4, true)))) return type;
      type = this.#types[this.#view.getUint32(type + 8, true)];
    }
    return undefined;
  }
  #sizeOf(type: number, depth: number): number {
    const kind = kindOf(this.#view.getUint32(type + 4, true));
    if (kind === KIND.array && depth > 0) {
      const element = this.#meant(this.#view.getUint32(type + TYPE_BYTES, true));
      return element === undefined
        ? 0
        : this.#sizeOf(element, depth - 1) * this.#view.getUint32(type + TYPE_BYTES + 8, true);
    }
    const isSized = [KIND.int, KIND.struct, KIND.union, KIND.enum, KIND.enum64, KIND.float].some((of) => of === kind);
    return isSized ? this.#view.getUint32(type + 8, true) : 0;
  }
}

const terminated = (name: string): Buffer => Buffer.from(`${name}\0`, 'latin1');
const UNNAMED = terminated('');
const kindOf = (info: number): number => (info >>> 24) & 0x1f;
const partsOf = (info: number): number => info & 0xffff;
const hasBitFields = (info: number): boolean => info >>> 31 === 1;

/** So many bytes that look like a beginning are looked at, and so many bytes of types behind them; a kernel has some MiB. */
const CANDIDATES_MAX = 1024;
const TYPES_BYTES_MAX = 2 ** 26;

/** The types of a kernel in an image of it, as it lies in a file or in memory: its section `.BTF`. Undefined where it has none. */
export function findBtf(image: Uint8Array): Btf | undefined {
  const bytes = Buffer.from(image.buffer, image.byteOffset, image.byteLength);
  const start = Buffer.of(MAGIC & 0xff, MAGIC >>> 8, VERSION, 0, HEADER_BYTES, 0, 0, 0);
  let best: Btf | undefined;
  let [candidates, left] = [0, TYPES_BYTES_MAX];
  for (let at = bytes.indexOf(start); at >= 0 && candidates < CANDIDATES_MAX; at = bytes.indexOf(start, at + 1)) {
    candidates++;
    if (at + HEADER_BYTES > bytes.length) break;
    left -= bytes.readUInt32LE(at + 12);
    if (left < 0) break;
    // Programs that a kernel brings along have some of their own.
    const found = Btf.read(image.subarray(at));
    if (found !== undefined && found.size > (best?.size ?? 1)) best = found;
  }
  return best;
}
