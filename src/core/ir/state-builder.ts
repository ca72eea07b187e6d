import { assert } from '../../base/assert.ts';
import * as cells from '../state/cells.ts';
import { intOps, Op } from './ops.ts';
import type { I32, I64, Int, Node, V128, Value } from './types.ts';
import { VectorBuilder } from './vector-builder.ts';

/** Copied for each block: to fill an array takes longer. */
const NOTHING_KNOWN: readonly null[] = new Array(32).fill(null);

/** The state of the vCPU: X registers as values within the block, everything else in its cells. */
export class StateBuilder extends VectorBuilder {
  /**
   * What is known of each register: the value it has, whether or not that was written back yet. Of an X register an i32 is the low
   * half, and the other one zero.
   */
  protected readonly regs: (Node | null)[] = NOTHING_KNOWN.slice();
  /** A bit for each register whose value is not in its cell. */
  protected dirty = 0;
  /** SP is known to be a multiple of 16: checked, and since then only moved by such multiples. */
  protected spAligned = false;

  #read(n: number): I64 {
    const known = this.regs[n];
    if (known) return known.type === 'i32' ? this.#extended(n, known as I32) : (known as I64);
    const node = this.node(Op.cell64, 'i64', null, null, null, cells.X + 8 * n);
    this.regs[n] = node;
    return node as I64;
  }
  #write(n: number, value: I64): void {
    assert(value.type === 'i64', 'registers hold 64 bits');
    if (n === 31) this.spAligned &&= this.#keepsAlignment(value);
    this.regs[n] = value;
    this.dirty |= 1 << n;
  }
  #extended(n: number, low: I32): I64 {
    const value = this.extendU(low);
    this.regs[n] = value;
    return value;
  }
  #readLow(n: number): I32 {
    const known = this.regs[n];
    return known && known.type === 'i32' ? (known as I32) : this.wrap(this.#read(n));
  }
  /** The upper half becomes zero: it is made where somebody takes it, since most are overwritten before. */
  #writeLow(n: number, value: I32): void {
    assert(value.type === 'i32', 'a register of 32 bits');
    if (n === 31) this.spAligned = false;
    this.regs[n] = value;
    this.dirty |= 1 << n;
  }
  /** SP plus or minus a constant multiple of 16. */
  #keepsAlignment(value: Node): boolean {
    const { op, a, b } = value;
    if (op !== intOps.add[1] && op !== intOps.sub[1]) return false;
    return a !== null && a === this.regs[31] && b?.op === Op.const64 && (b.imm & 15) === 0;
  }
  /** Xn, where 31 is the zero register. */
  x(n: number): I64 {
    return n === 31 ? this.i64(0) : this.#read(n);
  }
  w(n: number): I32 {
    return n === 31 ? this.i32(0) : this.#readLow(n);
  }
  /** Xn, where 31 is SP. */
  xsp(n: number): I64 {
    return this.#read(n);
  }
  wsp(n: number): I32 {
    return this.#readLow(n);
  }
  setX(n: number, value: I64): void {
    if (n !== 31) this.#write(n, value);
  }
  /** Writes Wn: the upper half becomes zero. */
  setW(n: number, value: I32): void {
    if (n !== 31) this.#writeLow(n, value);
  }
  setXsp(n: number, value: I64): void {
    this.#write(n, value);
  }
  setWsp(n: number, value: I32): void {
    this.#writeLow(n, value);
  }
  /** By `sf`: X or W. */
  reg(sf: number, n: number): Value<Int> {
    return sf ? this.x(n) : this.w(n);
  }
  regSp(sf: number, n: number): Value<Int> {
    return sf ? this.xsp(n) : this.wsp(n);
  }
  setReg(n: number, value: Value<Int>): void {
    if (value.type === 'i64') this.setX(n, value as I64);
    else this.setW(n, value as I32);
  }
  setRegSp(n: number, value: Value<Int>): void {
    if (value.type === 'i64') this.setXsp(n, value as I64);
    else this.setWsp(n, value as I32);
  }

  // --- vector registers: always in their cells, never cached -----------------------------------------------------
  /** Address of Vn, for helpers that work in place. */
  vAddress(n: number): I32 {
    return this.i32(cells.V + 16 * n);
  }
  vq(n: number): V128 {
    return this.cell128(cells.V + 16 * n);
  }
  /** Dn, Sn, Hn, Bn: the low bits of Vn. */
  vd(n: number): I64 {
    return this.cell64(cells.V + 16 * n);
  }
  vs(n: number): I32 {
    return this.cell32(cells.V + 16 * n);
  }
  vh(n: number): I32 {
    return this.cell16(cells.V + 16 * n);
  }
  vb(n: number): I32 {
    return this.cell8(cells.V + 16 * n);
  }
  setVq(n: number, value: V128): void {
    this.setCell128(cells.V + 16 * n, value);
  }
  /** Writes Dn: the upper 64 bits of Vn become zero. */
  setVd(n: number, value: I64): void {
    this.setCell64(cells.V + 16 * n, value);
    this.setCell64(cells.V + 16 * n + 8, this.i64(0));
  }
  setVs(n: number, value: I32): void {
    this.setVd(n, this.extendU(value));
  }
  /** Writes the low half of a vector operation's result, upper half zero; or all of it when `q`. */
  setVector(q: number, n: number, value: V128): void {
    this.setVq(n, q ? value : this.replaceLane('i64x2', value, 1, this.i64(0)));
  }

  // --- state cells ---------------------------------------------------------------------------------------------------
  /** 8 and 16 bits are zero-extended; writes take the low bits. */
  cell8(address: number): I32 {
    return this.node(Op.cell8, 'i32', null, null, null, address) as I32;
  }
  cell16(address: number): I32 {
    return this.node(Op.cell16, 'i32', null, null, null, address) as I32;
  }
  cell32(address: number): I32 {
    return this.node(Op.cell32, 'i32', null, null, null, address) as I32;
  }
  cell64(address: number): I64 {
    return this.node(Op.cell64, 'i64', null, null, null, address) as I64;
  }
  cell128(address: number): V128 {
    return this.node(Op.cell128, 'v128', null, null, null, address) as V128;
  }
  /** Instructions retired before the current one. */
  icount(): I64 {
    return this.node(Op.icount, 'i64', null, null, null) as I64;
  }
  setCell8(address: number, value: I32): void {
    this.node(Op.setCell8, 'none', value, null, null, address);
  }
  setCell16(address: number, value: I32): void {
    this.node(Op.setCell16, 'none', value, null, null, address);
  }
  setCell32(address: number, value: I32): void {
    assert(value.type === 'i32', 'a 32-bit cell');
    this.node(Op.setCell32, 'none', value, null, null, address);
  }
  setCell64(address: number, value: I64): void {
    assert(value.type === 'i64', 'a 64-bit cell');
    this.node(Op.setCell64, 'none', value, null, null, address);
  }
  setCell128(address: number, value: V128): void {
    assert(value.type === 'v128', 'a 128-bit cell');
    this.node(Op.setCell128, 'none', value, null, null, address);
  }
}
