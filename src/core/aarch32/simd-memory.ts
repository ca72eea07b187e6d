import type { Builder32 } from '../ir/builder32.ts';
import { AccessFlags, elementwise } from '../ir/ops.ts';
import type { I32, I64, Int, V128, Value } from '../ir/types.ts';
import { bigEndian, checksAlignment, load, store } from '../lifting/data-access.ts';

// Between memory and the register file, whose bytes lie as those of little-endian memory. As few accesses as there can be,
// since each costs a look at the TLB.

export const plus = (ir: Builder32, address: I32, offset: number): I32 =>
  offset === 0 ? address : ir.add(address, ir.i32(offset));

/** AccessFlags of an access whose address must be a multiple of `bytes`, though it is wider. */
const flagsOf: Readonly<Record<number, number>> = {
  1: AccessFlags.unaligned,
  2: AccessFlags.aligned16,
  4: AccessFlags.wordAligned,
  8: AccessFlags.aligned64,
  16: AccessFlags.aligned128,
  32: AccessFlags.aligned256,
};
/**
 * Of elements of 1 << log2 bytes, with the alignment that the instruction asks for, 1 for none: then SCTLR.A asks for the
 * elements'. Arm ARM DDI 0406C, A3.2.1.
 */
export function elementFlags(ir: Builder32, log2: number, alignment: number): number {
  if (alignment > 1) return flagsOf[alignment] as number;
  return checksAlignment(ir.config) ? (flagsOf[1 << log2] as number) : elementwise(log2);
}

/** How so many bytes are accessed: 32 at once while there are, then 16, 8 and 4. */
function* spans(count: number): Generator<{ readonly at: number; readonly bytes: 32 | 16 | 8 | 4 }> {
  for (let at = 0; at < count; ) {
    const left = count - at;
    const bytes = left >= 32 ? 32 : left >= 16 ? 16 : left >= 8 ? 8 : 4;
    yield { at, bytes };
    at += bytes;
  }
}

interface Part {
  readonly at: number;
  readonly value: V128 | I64 | I32;
}

function loadParts(ir: Builder32, start: I32, count: number, flags: number): Part[] {
  return [...spans(count)].flatMap(({ at, bytes }): Part[] => {
    const address = ir.address(plus(ir, start, at));
    if (bytes === 32) {
      const [value, next] = ir.loadPair128(address, flags);
      return [
        { at, value },
        { at: at + 16, value: next },
      ];
    }
    if (bytes === 16) return [{ at, value: ir.load128(address, flags) }];
    return [{ at, value: bytes === 8 ? ir.load64(address, flags) : ir.load32(address, flags) }];
  });
}

/** Loads so many bytes, a multiple of 8, as vectors; the last one may be of 8 bytes, twice. */
export const loadVectors = (ir: Builder32, start: I32, bytes: number, flags: number): V128[] =>
  loadParts(ir, start, bytes, flags).map(({ value }) =>
    value.type === 'i64' ? ir.splat('i64x2', value as I64) : (value as V128),
  );

export function storeVectors(ir: Builder32, start: I32, vectors: readonly V128[], bytes: number, flags: number): void {
  for (const span of spans(bytes)) {
    const address = ir.address(plus(ir, start, span.at));
    const [first, second] = vectors.slice(span.at >> 4) as [V128, V128];
    if (span.bytes === 32) ir.storePair128(address, first, second, flags);
    else if (span.bytes === 16) ir.store128(address, first, flags);
    else ir.store64(address, ir.lane64(first, 0), flags);
  }
}

/** Loads into cells that follow one another: units of 1 << log2 bytes, each in the byte order of data. */
export function loadCells(ir: Builder32, start: I32, cell: number, bytes: number, log2: number, flags: number): void {
  if (bigEndian(ir.config)) {
    const units = Array.from({ length: bytes >> log2 }, (_, i) => loadElement(ir, start, i << log2, log2, flags));
    for (const [i, unit] of units.entries()) setElement(ir, cell + (i << log2), log2, unit);
    return;
  }
  for (const { at, value } of loadParts(ir, start, bytes, flags)) {
    if (value.type === 'v128') ir.setCell128(cell + at, value as V128);
    else if (value.type === 'i64') ir.setCell64(cell + at, value as I64);
    else ir.setCell32(cell + at, value as I32);
  }
}

export function storeCells(ir: Builder32, start: I32, cell: number, bytes: number, log2: number, flags: number): void {
  if (bigEndian(ir.config)) {
    for (let at = 0; at < bytes; at += 1 << log2)
      storeElement(ir, start, at, log2, element(ir, cell + at, log2), flags);
    return;
  }
  for (const span of spans(bytes)) {
    const address = ir.address(plus(ir, start, span.at));
    const at = cell + span.at;
    if (span.bytes === 32) ir.storePair128(address, ir.cell128(at), ir.cell128(at + 16), flags);
    else if (span.bytes === 16) ir.store128(address, ir.cell128(at), flags);
    else if (span.bytes === 8) ir.store64(address, ir.cell64(at), flags);
    else ir.store32(address, ir.cell32(at), flags);
  }
}

// --- single elements, of 1 << log2 bytes -------------------------------------------------------------------------------
export const loadElement = (ir: Builder32, start: I32, at: number, log2: number, flags: number): Value<Int> =>
  load(ir, log2, ir.address(plus(ir, start, at)), flags);
export const storeElement = (
  ir: Builder32,
  start: I32,
  at: number,
  log2: number,
  value: Value<Int>,
  flags: number,
): void => store(ir, log2, ir.address(plus(ir, start, at)), value, flags);

export function element(ir: Builder32, cell: number, log2: number): Value<Int> {
  switch (log2) {
    case 0:
      return ir.cell8(cell);
    case 1:
      return ir.cell16(cell);
    case 2:
      return ir.cell32(cell);
    default:
      return ir.cell64(cell);
  }
}
export function setElement(ir: Builder32, cell: number, log2: number, value: Value<Int>): void {
  if (log2 === 0) ir.setCell8(cell, value as I32);
  else if (log2 === 1) ir.setCell16(cell, value as I32);
  else if (log2 === 2) ir.setCell32(cell, value as I32);
  else ir.setCell64(cell, value as I64);
}
