import { PAGE_BYTES } from '../../base/page.ts';
import { alignmentBytes, elementBytes, MemorySize, memoryBytes } from '../ir/ops.ts';
import * as cells from '../state/cells.ts';
import type { CodeWriter } from './code-writer.ts';
import { W } from './opcodes.ts';

const PAGE_MASK = -PAGE_BYTES;
/** From an address to the offset of its entry in the inline TLB: entries of 16 bytes by page number. */
const TLB_INDEX_SHIFT = 8;
const TLB_INDEX_MASK = (cells.TLB_ENTRIES - 1) << 4;

/** Locals that an access needs. */
export interface AccessLocals {
  readonly address: number;
  /** Receives the offset of the TLB entry; then free for the linear address. */
  readonly entry: number;
  /** Holds the current context, or -1 to read `contextCell`. */
  readonly context: number;
  readonly contextCell: number;
}

/** Leaves 1 on the stack if the TLB maps the access in the context and its alignment is as asked for. */
export function tlbCheck(out: CodeWriter, size: number, flags: number, table: number, at: AccessLocals): void {
  // A block that is zeroed lies in one page, wherever in it the address is.
  const bytes = size === MemorySize.zero64 ? 1 : (memoryBytes[size] as number);
  out.get(at.address);
  out.byte(W.i32WrapI64);
  out.i32(TLB_INDEX_SHIFT);
  out.byte(W.i32ShrU);
  out.i32(TLB_INDEX_MASK);
  out.byte(W.i32And);
  out.tee(at.entry);
  out.memory(W.i64Load, table);
  out.get(at.address);
  // The last byte must lie in the page too.
  if (bytes > 1) {
    out.i64(bytes - 1);
    out.byte(W.i64Add);
  }
  out.i64(PAGE_MASK);
  out.byte(W.i64And);
  if (at.context >= 0) out.get(at.context);
  else out.cell(W.i64Load, at.contextCell);
  out.byte(W.i64Or);
  out.byte(W.i64Eq);
  // The tag's low bits hold the context, so alignment is a check of its own.
  const low = alignmentBytes(flags, bytes) - 1;
  if (low === 0) return;
  out.get(at.address);
  out.byte(W.i32WrapI64);
  out.i32(low);
  out.byte(W.i32And);
  out.byte(W.i32Eqz);
  out.byte(W.i32And);
}

/** The linear address of an access whose TLB entry was found, on the stack. */
export function linearAddress(out: CodeWriter, table: number, at: AccessLocals): void {
  out.get(at.address);
  out.byte(W.i32WrapI64);
  out.get(at.entry);
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

/** Zeroes the aligned 64 bytes that the linear address in a local lies in; the local is changed. */
export function zero64(out: CodeWriter, linear: number): void {
  out.get(linear);
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
