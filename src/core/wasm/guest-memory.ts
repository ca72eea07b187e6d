import { PAGE_BYTES } from '../../base/page.ts';
import { elementBytes } from '../ir/ops.ts';
import type { Node } from '../ir/types.ts';
import * as cells from '../state/cells.ts';
import type { CodeWriter } from './code-writer.ts';
import { W } from './opcodes.ts';

const PAGE_MASK = -PAGE_BYTES;
/** From an address to the offset of its entry in the inline TLB: entries of 16 bytes by page number. */
export const TLB_INDEX_SHIFT = 8;
/** Behind that shift. */
export const TLB_INDEX_MASK = (cells.TLB_ENTRIES - 1) << 4;

/** What is looked up in an inline TLB: an access, or all of a group. */
export interface Extent {
  /** In a local. One of 32 bits wraps around at its end. */
  readonly base: Node;
  /** From there to the first byte. */
  readonly offset: number;
  readonly bytes: number;
  /** The first byte is to be at a multiple of it, a power of two. */
  readonly alignment: number;
  /** Puts the context on the stack, of the base's type. */
  readonly context: () => void;
}

/**
 * Leaves 1 on the stack if the TLB maps all of it in the context and its alignment is as asked for: in one comparison, as QEMU's
 * translations do.
 */
export function tlbCheck(out: CodeWriter, table: number, entry: number, at: Extent): void {
  const { base, offset, bytes, alignment } = at;
  low32(out, base, offset);
  out.i32(TLB_INDEX_SHIFT);
  out.byte(W.i32ShrU);
  out.i32(TLB_INDEX_MASK);
  out.byte(W.i32And);
  out.tee(entry);
  out.memory(W.i64Load, table);
  // Its last aligned part must lie in the page too. That of a misaligned one leaves low bits, and the tag differs.
  const last = Math.ceil(bytes / alignment) * alignment - alignment;
  const mask = PAGE_MASK | (alignment - 1);
  if (base.type === 'i32') {
    low32(out, base, offset + last);
    out.i32(mask);
    out.byte(W.i32And);
    at.context();
    out.byte(W.i32Xor);
    out.byte(W.i64ExtendI32U);
  } else {
    out.get(base.local);
    if (offset + last !== 0) {
      out.i64(offset + last);
      out.byte(W.i64Add);
    }
    out.i64(mask);
    out.byte(W.i64And);
    at.context();
    out.byte(W.i64Xor);
  }
  out.byte(W.i64Eq);
}

/** The low half of a base plus a constant. */
function low32(out: CodeWriter, base: Node, plus: number): void {
  out.get(base.local);
  if (base.type !== 'i32') out.byte(W.i32WrapI64);
  if (plus === 0) return;
  out.i32(plus);
  out.byte(W.i32Add);
}

/** The linear address of a base plus a constant, on the stack, by the TLB entry that was found. */
export function linearAddress(out: CodeWriter, table: number, entry: number, base: Node, plus: number): void {
  low32(out, base, plus);
  out.get(entry);
  out.memory(W.i32Load, table + 8);
  out.byte(W.i32Add);
}

/** Loads one of the values of a memory size from the address on the stack. */
export function rawLoad(out: CodeWriter, size: number, offset: number): void {
  switch (elementBytes[size]) {
    case 1:
      out.memory(W.i32Load8U, offset);
      return;
    case 2:
      out.memory(W.i32Load16U, offset);
      return;
    case 4:
      out.memory(W.i32Load, offset);
      return;
    case 8:
      out.memory(W.i64Load, offset);
      return;
    default:
      out.simdMemory(W.v128Load, offset);
  }
}

/** Stores the value on the stack to the address below it. */
export function rawStore(out: CodeWriter, size: number, offset: number): void {
  switch (elementBytes[size]) {
    case 1:
      out.memory(W.i32Store8, offset);
      return;
    case 2:
      out.memory(W.i32Store16, offset);
      return;
    case 4:
      out.memory(W.i32Store, offset);
      return;
    case 8:
      out.memory(W.i64Store, offset);
      return;
    default:
      out.simdMemory(W.v128Store, offset);
  }
}

/** Zeroes the aligned 64 bytes that so many bytes beyond the linear address in a local lie in; the local is changed. */
export function zero64(out: CodeWriter, linear: number, beyond: number): void {
  out.get(linear);
  if (beyond > 0) {
    out.i32(beyond);
    out.byte(W.i32Add);
  }
  out.i32(-64);
  out.byte(W.i32And);
  out.set(linear);
  for (let i = 0; i < 64; i += 16) {
    out.get(linear);
    out.simd(W.v128Const);
    for (let j = 0; j < 16; j++) out.byte(0);
    out.simdMemory(W.v128Store, i);
  }
}
