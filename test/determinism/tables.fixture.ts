// Translation tables in a guest's image, in the three formats of stage 1, for addresses of 32 bits.

export const formats = ['vmsav8', 'long', 'short'] as const;
export type Format = (typeof formats)[number];

export interface Attributes {
  /** Without it an access is an access flag fault. */
  readonly af?: boolean;
  readonly readOnly?: boolean;
  readonly user?: boolean;
  readonly nonGlobal?: boolean;
  readonly never?: boolean;
}

/** Bytes of a guest from a guest-physical address on. */
export class GuestImage {
  readonly base: number;
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  constructor(base: number, bytes: number) {
    this.base = base;
    this.bytes = new Uint8Array(bytes);
    this.#view = new DataView(this.bytes.buffer);
  }
  word(at: number): number {
    return this.#view.getUint32(at - this.base, true);
  }
  setWord(at: number, value: number): void {
    this.#view.setUint32(at - this.base, value, true);
  }
  code(at: number, halfwords: readonly number[]): void {
    for (const [i, half] of halfwords.entries()) this.#view.setUint16(at - this.base + 2 * i, half, true);
  }
}

const PAGE = 4096;

/** Bits of a descriptor of a page (or of a block, or section). Arm ARM DDI 0487, D8.3; DDI 0406C, B3.5.1 and B3.6.1. */
const longBits = ({ af = true, readOnly, user, nonGlobal }: Attributes): number =>
  (3 << 8) | (af ? 1 << 10 : 0) | (readOnly ? 1 << 7 : 0) | (user ? 1 << 6 : 0) | (nonGlobal ? 1 << 11 : 0);
/** With SCTLR.AFE, AP[0] is the access flag. TEX 1, C, B: Write-Back memory. */
const smallBits = ({ af = true, readOnly, user, nonGlobal, never }: Attributes): number =>
  (1 << 6) |
  (3 << 2) |
  (af ? 1 << 4 : 0) |
  (user ? 1 << 5 : 0) |
  (readOnly ? 1 << 9 : 0) |
  (nonGlobal ? 1 << 11 : 0) |
  (never ? 1 : 0);

/** Tables of one format, from an address up. */
export class GuestTables {
  readonly root: number;
  readonly format: Format;
  readonly #image: GuestImage;
  #next: number;

  constructor(image: GuestImage, format: Format, root: number) {
    this.root = root;
    this.format = format;
    this.#image = image;
    this.#next = root + (format === 'short' ? 0x4000 : PAGE);
  }

  /** The first address behind the tables. */
  get end(): number {
    return this.#next;
  }
  /** The low word of a page's descriptor. */
  descriptor(pa: number, attributes: Attributes): number {
    const bits = this.format === 'short' ? smallBits(attributes) | 2 : longBits(attributes) | 3;
    return (pa | bits) >>> 0;
  }
  /** Maps a page; returns the address of its descriptor. */
  map(va: number, pa: number, attributes: Attributes = {}): number {
    const at = this.#place(va);
    this.#image.setWord(at, this.descriptor(pa, attributes));
    // UXN and PXN.
    if (this.format !== 'short') this.#image.setWord(at + 4, attributes.never ? 3 << 21 : 0);
    return at;
  }
  /** Where the descriptor of the table is that describes a page: it could be a block's (a section's) as well. */
  tableEntry(va: number): number {
    if (this.format === 'short') return this.root + 4 * (va >>> 20);
    return this.#table(this.root + 8 * (va >>> 30), PAGE, 3) + 8 * ((va >>> 21) & 0x1ff);
  }
  #place(va: number): number {
    if (this.format === 'short') return this.#table(this.root + 4 * (va >>> 20), 0x400, 1) + 4 * ((va >>> 12) & 0xff);
    const second = this.#table(this.root + 8 * (va >>> 30), PAGE, 3) + 8 * ((va >>> 21) & 0x1ff);
    return this.#table(second, PAGE, 3) + 8 * ((va >>> 12) & 0x1ff);
  }
  #table(entry: number, bytes: number, kind: number): number {
    const known = this.#image.word(entry);
    if (known !== 0) return (known & -bytes) >>> 0;
    const table = this.#next;
    this.#next += bytes;
    this.#image.setWord(entry, table | kind);
    return table;
  }
}

/** What turns stage 1 on, by system registers' names: one TTBR for all of 32 bits, all domains clients. */
export const controlsOf = (format: Format, root: number): readonly (readonly [name: string, value: number])[] => [
  ['TTBR0', root],
  ['MAIR', 0xff],
  ...(format === 'vmsav8'
    ? // T0SZ 32, inner shareable Write-Back walks; EPD1; 16-bit ASIDs and IPS are not needed.
      ([['TCR', 32 | (1 << 8) | (1 << 10) | (3 << 12) | (1 << 23)]] as const)
    : ([
        ['DACR', 0x5555_5555],
        ['TCR', format === 'long' ? 0x8000_0000 : 0],
      ] as const)),
];
