import type { Builder } from '../ir/builder.ts';
import type { V128 } from '../ir/types.ts';
import { type Binary, fill, laneShuffle, type Unary } from './lanes.ts';

/** Where lane i of the result comes from: an element of a, then b, of `count` lanes each. */
const permute =
  (pick: (lane: number, count: number) => number): Binary =>
  (ir, lanes, a, b) =>
    ir.shuffle(
      a,
      b,
      laneShuffle(lanes, (i) => pick(i, lanes.bytes >> lanes.size)),
    );

/** `part` 0 or 1: UZP1/UZP2, TRN1/TRN2, ZIP1/ZIP2. */
export const unzip = (part: number) => permute((i) => 2 * i + part);
export const transpose = (part: number) => permute((i, count) => (i & ~1) + part + (i & 1) * count);
export const zip = (part: number) => permute((i, count) => (i >> 1) + (part * count) / 2 + (i & 1) * count);

/** Lanes in reverse order within containers of `container` (log2 of its bytes). */
export const reverse =
  (container: number): Unary =>
  (ir, lanes, a) => {
    const last = (1 << (container - lanes.size)) - 1;
    return ir.shuffle(
      a,
      a,
      laneShuffle({ size: lanes.size, bytes: 16 }, (i) => i ^ last),
    );
  };

/** `bytes` bytes of a, then b, from byte `from`. */
export function extract(ir: Builder, bytes: number, a: V128, b: V128, from: number): V128 {
  return ir.shuffle(
    a,
    b,
    laneShuffle({ size: 0, bytes }, (i) => i + from),
  );
}

/** Bits of every byte reversed: nibbles looked up, and swapped. */
export function reverseBits(ir: Builder, v: V128): V128 {
  const reversed = (shift: number) => {
    let table = 0n;
    for (let n = 0n; n < 16n; n++) {
      const r = ((n & 1n) << 3n) | ((n & 2n) << 1n) | ((n & 4n) >> 1n) | (n >> 3n);
      table |= r << (8n * n + BigInt(shift));
    }
    return ir.v128(BigInt.asUintN(64, table), table >> 64n);
  };
  const low = ir.v('v128.and', v, fill(ir, 0, 0x0fn));
  const high = ir.vshift('shrU', 'i8x16', v, ir.i32(4));
  return ir.v('v128.or', ir.v('i8x16.swizzle', reversed(4), low), ir.v('i8x16.swizzle', reversed(0), high));
}

/** Bytes looked up in a table of 1 to 4 vectors; an index beyond it gives 0. */
export function tableLookup(ir: Builder, table: readonly V128[], indices: V128): V128 {
  const parts = table.map((part, i) => {
    const at = i === 0 ? indices : ir.v('i8x16.sub', indices, fill(ir, 0, BigInt(16 * i)));
    return ir.v('i8x16.swizzle', part, at);
  });
  return parts.reduce((all, part) => ir.v('v128.or', all, part));
}
/** The same, where an index beyond the table's `bytes` gives `otherwise`'s byte. */
export function tableExtend(ir: Builder, table: readonly V128[], bytes: number, indices: V128, otherwise: V128): V128 {
  const inside = ir.v('i8x16.lt_u', indices, fill(ir, 0, BigInt(bytes)));
  return ir.v('v128.bitselect', tableLookup(ir, table, indices), otherwise, inside);
}
