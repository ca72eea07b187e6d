import { assert } from '../../base/assert.ts';
import { high32, low32 } from '../../base/bits.ts';
import type { TranslationConfig } from './config.ts';
import { NodePool } from './node-pool.ts';
import { compareOps, intOps, Op, unaryOps } from './ops.ts';
import type { I32, I64, Int, Node, Type, Value } from './types.ts';

/** Opcodes of i64.extend_i32_s and _u. */
const EXTEND_S = 0xac;
const EXTEND_U = 0xad;

/** The nodes of a block in program order, with constants and integer operations. */
export class NodeBuilder {
  readonly config: TranslationConfig;
  readonly nodes: Node[] = [];
  /** Offset in the page of each instruction lifted so far, the current one last. */
  readonly offsets: number[] = [];
  readonly #pool: NodePool;
  #at = 0;

  constructor(config: TranslationConfig, pool = new NodePool()) {
    this.config = config;
    this.#pool = pool;
  }

  /** Starts the next instruction, at this offset in the page. */
  begin(offset: number): void {
    this.offsets.push(offset);
    this.#at = this.offsets.length - 1;
  }
  /** Offset of the current instruction in its page. */
  get offset(): number {
    return this.offsets[this.#at] as number;
  }

  /** Takes back the nodes from an index on: nothing refers to them. */
  protected withdraw(from: number): void {
    this.#pool.give(this.nodes, from);
  }

  protected node(
    op: number,
    type: Type | 'none',
    a: Node | null,
    b: Node | null,
    c: Node | null,
    imm = 0,
    imm2 = 0,
  ): Node {
    const node = this.#pool.take(op, type, a, b, c, imm, imm2, this.#at);
    if (a !== null) a.uses++;
    if (b !== null) b.uses++;
    if (c !== null) c.uses++;
    this.nodes.push(node);
    return node;
  }

  i32(value: number): I32 {
    return this.node(Op.const32, 'i32', null, null, null, value | 0) as I32;
  }
  i64(value: bigint | number): I64 {
    const isBig = typeof value === 'bigint';
    const lo = isBig ? low32(value) : value;
    const hi = isBig ? high32(value) : Math.floor(value / 2 ** 32);
    return this.node(Op.const64, 'i64', null, null, null, lo | 0, hi | 0) as I64;
  }
  /** A constant of `like`'s type. */
  int<T extends Int>(type: T, value: bigint | number): Value<T> {
    return (type === 'i32'
      ? this.i32(typeof value === 'bigint' ? low32(value) : value)
      : this.i64(value)) as Value as Value<T>;
  }
  #binary<T extends Int>(op: readonly [number, number], a: Value<T>, b: Value<T>): Value<T> {
    assert(a.type === b.type, 'operands of one width');
    return this.node(op[a.type === 'i32' ? 0 : 1], a.type, a, b, null) as Value<T>;
  }
  add<T extends Int>(a: Value<T>, b: Value<T>): Value<T> {
    return this.#binary(intOps.add, a, b);
  }
  sub<T extends Int>(a: Value<T>, b: Value<T>): Value<T> {
    return this.#binary(intOps.sub, a, b);
  }
  mul<T extends Int>(a: Value<T>, b: Value<T>): Value<T> {
    return this.#binary(intOps.mul, a, b);
  }
  /** WebAssembly's division: the lifter keeps 0 and overflow away, which would trap. */
  divS<T extends Int>(a: Value<T>, b: Value<T>): Value<T> {
    return this.#binary(intOps.divS, a, b);
  }
  divU<T extends Int>(a: Value<T>, b: Value<T>): Value<T> {
    return this.#binary(intOps.divU, a, b);
  }
  and<T extends Int>(a: Value<T>, b: Value<T>): Value<T> {
    return this.#binary(intOps.and, a, b);
  }
  or<T extends Int>(a: Value<T>, b: Value<T>): Value<T> {
    return this.#binary(intOps.or, a, b);
  }
  xor<T extends Int>(a: Value<T>, b: Value<T>): Value<T> {
    return this.#binary(intOps.xor, a, b);
  }
  not<T extends Int>(a: Value<T>): Value<T> {
    if (a.op === Op.const32) return this.i32(~a.imm) as Value as Value<T>;
    return this.#binary(intOps.xor, a, this.int(a.type as T, -1));
  }
  neg<T extends Int>(a: Value<T>): Value<T> {
    return this.#binary(intOps.sub, this.int(a.type as T, 0), a);
  }
  /** Shifts take the amount modulo the width, as WebAssembly and LSLV do; the amount has the operand's type. */
  shl<T extends Int>(a: Value<T>, b: Value<T>): Value<T> {
    return this.#binary(intOps.shl, a, b);
  }
  shrS<T extends Int>(a: Value<T>, b: Value<T>): Value<T> {
    return this.#binary(intOps.shrS, a, b);
  }
  shrU<T extends Int>(a: Value<T>, b: Value<T>): Value<T> {
    return this.#binary(intOps.shrU, a, b);
  }
  rotr<T extends Int>(a: Value<T>, b: Value<T>): Value<T> {
    return this.#binary(intOps.rotr, a, b);
  }
  /** Shifts by a constant, 0 to width - 1. */
  shlBy<T extends Int>(a: Value<T>, by: number): Value<T> {
    return by === 0 ? a : this.#binary(intOps.shl, a, this.int(a.type as T, by));
  }
  shrSBy<T extends Int>(a: Value<T>, by: number): Value<T> {
    return by === 0 ? a : this.#binary(intOps.shrS, a, this.int(a.type as T, by));
  }
  shrUBy<T extends Int>(a: Value<T>, by: number): Value<T> {
    return by === 0 ? a : this.#binary(intOps.shrU, a, this.int(a.type as T, by));
  }
  rotrBy<T extends Int>(a: Value<T>, by: number): Value<T> {
    return by === 0 ? a : this.#binary(intOps.rotr, a, this.int(a.type as T, by));
  }
  compare<T extends Int>(op: keyof typeof compareOps, a: Value<T>, b: Value<T>): I32 {
    assert(a.type === b.type, 'operands of one width');
    return this.node(compareOps[op][a.type === 'i32' ? 0 : 1], 'i32', a, b, null) as I32;
  }
  isZero<T extends Int>(a: Value<T>): I32 {
    return this.node(a.type === 'i32' ? 0x45 : 0x50, 'i32', a, null, null) as I32;
  }
  unary<T extends Int>(op: keyof typeof unaryOps, a: Value<T>): Value<T> {
    return this.node(unaryOps[op][a.type === 'i32' ? 0 : 1], a.type, a, null, null) as Value<T>;
  }
  /** i64 -> i32, low half. */
  wrap(a: I64): I32 {
    if (a.op === EXTEND_U || a.op === EXTEND_S) return a.a as I32;
    return this.node(0xa7, 'i32', a, null, null) as I32;
  }
  extendU(a: I32): I64 {
    return this.node(EXTEND_U, 'i64', a, null, null) as I64;
  }
  extendS(a: I32): I64 {
    return this.node(EXTEND_S, 'i64', a, null, null) as I64;
  }
  /** The low 8 or 16 bits of an i32, or the low 8, 16 or 32 of an i64, sign-extended to the type. */
  signExtend<T extends Int>(a: Value<T>, from: 8 | 16 | 32): Value<T> {
    if (from !== 32) return this.unary(from === 8 ? 'signExtend8' : 'signExtend16', a);
    return a.type === 'i32' ? a : (this.node(0xc4, 'i64', a, null, null) as Value<T>);
  }
  /** `condition` ? a : b. Both are evaluated. */
  select<T extends Type>(condition: I32, a: Value<T>, b: Value<T>): Value<T> {
    assert(a.type === b.type, 'select: arms of one type');
    return this.node(Op.select, a.type, a, b, condition) as Value<T>;
  }
}
