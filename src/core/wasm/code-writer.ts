import { PAGE_BYTES } from '../../base/page.ts';
import type { Type } from '../ir/types.ts';
import * as cells from '../state/cells.ts';
import { VOID_BLOCK, valueTypes, W } from './opcodes.ts';
import { ByteWriter } from './writer.ts';

/** log2 of a jump cache's entry, in bytes. */
const JUMP_ENTRY_SHIFT = 4;
const SALT_BITS = Math.log2(cells.JUMP_SALT_STEP);

/** Writes WebAssembly instructions, one method for each form that the back end uses. */
export class CodeWriter extends ByteWriter {
  /** Of branches that go one way mostly: the offset, and whether that is the taken one, 1 or 0. */
  readonly hints: number[] = [];

  override clear(): void {
    super.clear();
    this.hints.length = 0;
  }
  /** An `if` whose first arm is mostly taken. */
  openMostly(type = VOID_BLOCK): void {
    this.hints.push(this.length, 1);
    this.byte(W.if);
    this.byte(type);
  }
  /** An `if` whose arm is hardly ever taken. */
  openSeldom(): void {
    this.hints.push(this.length, 0);
    this.open(W.if);
  }
  i32(value: number): void {
    this.byte(W.i32Const);
    this.sleb(value);
  }
  /** A small constant, sign-extended to 64 bits. */
  i64(value: number): void {
    this.byte(W.i64Const);
    this.sleb(value);
  }
  get(local: number): void {
    this.byte(W.localGet);
    this.uleb(local);
  }
  set(local: number): void {
    this.byte(W.localSet);
    this.uleb(local);
  }
  tee(local: number): void {
    this.byte(W.localTee);
    this.uleb(local);
  }
  memory(op: number, offset: number): void {
    this.byte(op);
    this.uleb(0);
    this.uleb(offset);
  }
  simd(op: number): void {
    this.byte(W.simd);
    this.uleb(op);
  }
  simdMemory(op: number, offset: number): void {
    this.simd(op);
    this.uleb(0);
    this.uleb(offset);
  }
  call(index: number): void {
    this.byte(W.call);
    this.uleb(index);
  }
  returnCall(index: number): void {
    this.byte(W.returnCall);
    this.uleb(index);
  }
  /** A tail call through the table, to a function of type 0. */
  returnCallIndirect(): void {
    this.byte(W.returnCallIndirect);
    this.uleb(0);
    this.uleb(0);
  }
  branch(depth: number): void {
    this.byte(W.br);
    this.uleb(depth);
  }
  open(op: number): void {
    this.byte(op);
    this.byte(VOID_BLOCK);
  }
  end(): void {
    this.byte(W.end);
  }
  /** Reads the state cell of a type at an address. */
  cell(op: number, address: number): void {
    this.i32(0);
    this.memory(op, address);
  }
  setCell32(address: number, value: number): void {
    this.i32(0);
    this.i32(value);
    this.memory(W.i32Store, address);
  }
  /** To the address in a local of 64 bits, where the jump cache knows its block in the context; else on behind it. */
  jumpByCache(budget: number, address: number, scratch: number): void {
    this.#hashed(address, scratch, cells.JUMP_HASH_SHIFT);
    // 0 where there is one PE.
    this.cell(W.i32Load, cells.JUMP_SALT);
    this.i32(JUMP_ENTRY_SHIFT);
    this.byte(W.i32Shl);
    this.byte(W.i32Xor);
    this.#jumpByEntry(budget, address, scratch, cells.JUMP_CACHE, cells.JUMP_ENTRIES);
  }
  /** Likewise, by what is kept beside it: where the jump cache itself does not know the block. */
  jumpBySecond(budget: number, address: number, scratch: number): void {
    this.#hashed(address, scratch, cells.JUMP_SECOND_SHIFT);
    this.cell(W.i32Load, cells.JUMP_SALT);
    this.i32(SALT_BITS - JUMP_ENTRY_SHIFT);
    this.byte(W.i32ShrU);
    this.byte(W.i32Xor);
    this.#jumpByEntry(budget, address, scratch, cells.JUMP_SECOND, cells.JUMP_SECOND_ENTRIES);
  }
  /** An entry's offset from a VA, without a salt. */
  #hashed(address: number, scratch: number, shift: number): void {
    this.get(address);
    this.byte(W.i32WrapI64);
    this.tee(scratch);
    this.i32(JUMP_ENTRY_SHIFT - 2);
    this.byte(W.i32Shl);
    this.get(scratch);
    this.i32(shift - JUMP_ENTRY_SHIFT);
    this.byte(W.i32ShrU);
    this.byte(W.i32Xor);
  }
  /** By one of so many entries of a table, its offset on the stack. */
  #jumpByEntry(budget: number, address: number, scratch: number, table: number, entries: number): void {
    this.i32((entries - 1) << JUMP_ENTRY_SHIFT);
    this.byte(W.i32And);
    this.tee(scratch);
    this.memory(W.i64Load, table);
    this.get(address);
    this.byte(W.i64Xor);
    this.get(scratch);
    this.memory(W.i32Load, table + 8);
    this.cell(W.i32Load, cells.CONTEXT);
    this.byte(W.i32Xor);
    this.byte(W.i64ExtendI32U);
    this.byte(W.i64Or);
    this.byte(W.i64Eqz);
    this.openMostly();
    // A hit needs the page's base only, which blocks build their addresses from.
    this.i32(0);
    this.get(address);
    this.i64(-PAGE_BYTES);
    this.byte(W.i64And);
    this.memory(W.i64Store, cells.PC_BASE);
    this.get(scratch);
    this.memory(W.i32Load, table + 12);
    this.set(scratch);
    this.jumpByRef(budget, scratch);
    this.end();
  }
  /** The budget and entry of a block, packed in a cell of BLOCK_REFS, on the stack behind the budget; then the call there. */
  jumpByRef(budget: number, scratch: number): void {
    this.get(budget);
    this.get(scratch);
    this.i32(cells.REF_ENTRY_MASK);
    this.byte(W.i32And);
    this.get(scratch);
    this.i32(cells.REF_SLOT_SHIFT);
    this.byte(W.i32ShrU);
    this.returnCallIndirect();
  }
}

/** The locals of one function: numbered behind its parameters, and used again once their value is done with. */
export class Locals {
  readonly types: number[] = [];
  readonly #parameters: number;
  readonly #free: { readonly [T in Type]: number[] } = { i32: [], i64: [], v128: [] };

  constructor(parameters: number) {
    this.#parameters = parameters;
  }
  take(type: Type): number {
    const known = this.#free[type].pop();
    if (known !== undefined) return known;
    return this.#parameters + this.types.push(valueTypes[type]) - 1;
  }
  give(type: Type, local: number): void {
    this.#free[type].push(local);
  }
}
