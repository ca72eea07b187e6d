/** Bytes of the two chips together that one command erases, and how many such blocks there are. */
export interface FlashGeometry {
  readonly blockBytes: number;
  readonly blocks: number;
}

/** Two chips of 16 bits each, side by side. */
export const CHIPS = 2;
/** Bytes of one access to both. */
export const BANK_WIDTH = 4;
/** log2 of the bytes that a chip's write buffer takes. */
const BUFFER_SHIFT = 11;
/** Bytes of both chips' write buffers. */
export const BUFFER_BYTES = CHIPS << BUFFER_SHIFT;

const QUERY_AT = 0x10;
const GEOMETRY_AT = 0x27;
const EXTENDED_AT = 0x31;
const low = (value: number): number => value & 0xff;
const high = (value: number): number => (value >>> 8) & 0xff;

/**
 * What one chip answers to a CFI query, by word address (JEDEC JESD68.01, Common Flash Interface: identification, system interface,
 * geometry; Intel's "CFI extended query", version 1.0). Supply voltages and times are those that the well-known `virt` machine tells.
 */
export function queryTable({ blockBytes, blocks }: FlashGeometry): Uint8Array {
  const chipBlock = blockBytes / CHIPS / 256;
  const table = new Uint8Array(0x52);
  // "QRY"; primary command set 1 (Intel/Sharp extended), its table; no alternate set.
  table.set([0x51, 0x52, 0x59, 0x01, 0x00, EXTENDED_AT, 0x00, 0x00, 0x00, 0x00, 0x00], QUERY_AT);
  // Vcc 4.5 V to 5.5 V, no Vpp; typical times of a word, a buffer, a block, a chip; their factors to the longest ones.
  table.set([0x45, 0x55, 0x00, 0x00, 0x07, 0x07, 0x0a, 0x00, 0x04, 0x04, 0x04, 0x00], 0x1b);
  // log2 of the chip's bytes; x8 and x16; log2 of the write buffer; one region of equal blocks: how many less one, 256 bytes each.
  table.set(
    [
      Math.log2((blockBytes / CHIPS) * blocks),
      ...[0x02, 0x00, BUFFER_SHIFT, 0x00, 0x01],
      ...[low(blocks - 1), high(blocks - 1), low(chipBlock), high(chipBlock)],
    ],
    GEOMETRY_AT,
  );
  // "PRI", version 1.0; no optional feature; one protection field, of no bytes.
  table.set([0x50, 0x52, 0x49, 0x31, 0x30], EXTENDED_AT);
  table[0x3f] = 0x01;
  return table;
}
