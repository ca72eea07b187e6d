import { assert } from '../../base/assert.ts';
import { type HelperName, helperNumber, helpers } from '../helpers/signatures.ts';
import * as cells from '../state/cells.ts';
import { ExceptionCall, ExitReason, FlagsKind } from '../state/codes.ts';
import type { TranslationConfig } from './config.ts';
import {
  compareOps,
  intOps,
  MemorySize,
  Op,
  type RuntimeCall,
  type Shape,
  Simd,
  shapeOps,
  unaryOps,
  type VectorOp,
  vectorOps,
} from './ops.ts';
import { type I32, type I64, type Int, Node, type Type, type V128, type Value } from './types.ts';

/** Opcodes of i64.extend_i32_s and _u. */
const EXTEND_S = 0xac;
const EXTEND_U = 0xad;

/** What a lifter says of control: go on with the next instruction, or the block is at its end. */
export type Flow = 'next' | 'end';
type Flags = { readonly kind: FlagsKind; readonly a: Node; readonly b: Node | null };
type Effect = 'none';

/** Builds the IR of one block: what lifters talk to. Values may be used any number of times, within their block. */
export class Builder {
  readonly config: TranslationConfig;
  readonly nodes: Node[] = [];
  /** Offset in the page of each instruction lifted so far, the current one last. */
  readonly offsets: number[] = [];
  /** Bytes of the current instruction: 4, or 2 in T32. */
  instructionBytes = 4;
  #at = 0;
  readonly #regs: (Node | null)[] = new Array(32).fill(null);
  #dirty = 0;
  #flags: Flags | null = null;
  #flagsDirty = false;
  /** SP is known to be a multiple of 16: checked, and since then only moved by such multiples. */
  #spAligned = false;

  constructor(config: TranslationConfig) {
    this.config = config;
  }

  /** Starts the next instruction, at this offset in the page. */
  begin(offset: number, bytes = 4): void {
    this.offsets.push(offset);
    this.#at = this.offsets.length - 1;
    this.instructionBytes = bytes;
  }

  /** Offset of the current instruction in its page. */
  get offset(): number {
    return this.offsets[this.#at] as number;
  }

  // --- nodes -----------------------------------------------------------------------------------------------------
  #node(op: number, type: Type | Effect, a: Node | null, b: Node | null, c: Node | null, imm = 0, imm2 = 0): Node {
    const node = new Node(op, type, a, b, c, imm, imm2, this.#at);
    if (a !== null) a.uses++;
    if (b !== null) b.uses++;
    if (c !== null) c.uses++;
    this.nodes.push(node);
    return node;
  }

  // --- constants and integer operations ----------------------------------------------------------------------------
  i32(value: number): I32 {
    return this.#node(Op.const32, 'i32', null, null, null, value | 0) as I32;
  }
  i64(value: bigint | number): I64 {
    const big = typeof value === 'bigint' ? value : BigInt(value);
    const lo = Number(BigInt.asIntN(32, big));
    return this.#node(Op.const64, 'i64', null, null, null, lo, Number(BigInt.asIntN(32, big >> 32n))) as I64;
  }
  /** A constant of `like`'s type. */
  int<T extends Int>(type: T, value: bigint | number): Value<T> {
    return (type === 'i32' ? this.i32(Number(BigInt.asIntN(32, BigInt(value)))) : this.i64(value)) as Value as Value<T>;
  }
  #int<T extends Int>(op: keyof typeof intOps, a: Value<T>, b: Value<T>): Value<T> {
    assert(a.type === b.type, `${op}: operands of one width`);
    return this.#node(intOps[op][a.type === 'i32' ? 0 : 1], a.type, a, b, null) as Value<T>;
  }
  add<T extends Int>(a: Value<T>, b: Value<T>): Value<T> {
    return this.#int('add', a, b);
  }
  sub<T extends Int>(a: Value<T>, b: Value<T>): Value<T> {
    return this.#int('sub', a, b);
  }
  mul<T extends Int>(a: Value<T>, b: Value<T>): Value<T> {
    return this.#int('mul', a, b);
  }
  /** WebAssembly's division: the lifter keeps 0 and overflow away, which would trap. */
  divS<T extends Int>(a: Value<T>, b: Value<T>): Value<T> {
    return this.#int('divS', a, b);
  }
  divU<T extends Int>(a: Value<T>, b: Value<T>): Value<T> {
    return this.#int('divU', a, b);
  }
  and<T extends Int>(a: Value<T>, b: Value<T>): Value<T> {
    return this.#int('and', a, b);
  }
  or<T extends Int>(a: Value<T>, b: Value<T>): Value<T> {
    return this.#int('or', a, b);
  }
  xor<T extends Int>(a: Value<T>, b: Value<T>): Value<T> {
    return this.#int('xor', a, b);
  }
  not<T extends Int>(a: Value<T>): Value<T> {
    return this.#int('xor', a, this.int(a.type as T, -1));
  }
  neg<T extends Int>(a: Value<T>): Value<T> {
    return this.#int('sub', this.int(a.type as T, 0), a);
  }
  /** Shifts take the amount modulo the width, as WebAssembly and LSLV do; the amount has the operand's type. */
  shl<T extends Int>(a: Value<T>, b: Value<T>): Value<T> {
    return this.#int('shl', a, b);
  }
  shrS<T extends Int>(a: Value<T>, b: Value<T>): Value<T> {
    return this.#int('shrS', a, b);
  }
  shrU<T extends Int>(a: Value<T>, b: Value<T>): Value<T> {
    return this.#int('shrU', a, b);
  }
  rotr<T extends Int>(a: Value<T>, b: Value<T>): Value<T> {
    return this.#int('rotr', a, b);
  }
  /** Shifts by a constant, 0 to width - 1. */
  shlBy<T extends Int>(a: Value<T>, by: number): Value<T> {
    return by === 0 ? a : this.#int('shl', a, this.int(a.type as T, by));
  }
  shrSBy<T extends Int>(a: Value<T>, by: number): Value<T> {
    return by === 0 ? a : this.#int('shrS', a, this.int(a.type as T, by));
  }
  shrUBy<T extends Int>(a: Value<T>, by: number): Value<T> {
    return by === 0 ? a : this.#int('shrU', a, this.int(a.type as T, by));
  }
  rotrBy<T extends Int>(a: Value<T>, by: number): Value<T> {
    return by === 0 ? a : this.#int('rotr', a, this.int(a.type as T, by));
  }
  compare<T extends Int>(op: keyof typeof compareOps, a: Value<T>, b: Value<T>): I32 {
    assert(a.type === b.type, `${op}: operands of one width`);
    return this.#node(compareOps[op][a.type === 'i32' ? 0 : 1], 'i32', a, b, null) as I32;
  }
  isZero<T extends Int>(a: Value<T>): I32 {
    return this.#node(a.type === 'i32' ? 0x45 : 0x50, 'i32', a, null, null) as I32;
  }
  unary<T extends Int>(op: keyof typeof unaryOps, a: Value<T>): Value<T> {
    return this.#node(unaryOps[op][a.type === 'i32' ? 0 : 1], a.type, a, null, null) as Value<T>;
  }
  /** i64 -> i32, low half. */
  wrap(a: I64): I32 {
    if (a.op === EXTEND_U || a.op === EXTEND_S) return a.a as I32;
    return this.#node(0xa7, 'i32', a, null, null) as I32;
  }
  extendU(a: I32): I64 {
    return this.#node(EXTEND_U, 'i64', a, null, null) as I64;
  }
  extendS(a: I32): I64 {
    return this.#node(EXTEND_S, 'i64', a, null, null) as I64;
  }
  /** The low 8 or 16 bits of an i32, or the low 8, 16 or 32 of an i64, sign-extended to the type. */
  signExtend<T extends Int>(a: Value<T>, from: 8 | 16 | 32): Value<T> {
    if (from !== 32) return this.unary(from === 8 ? 'signExtend8' : 'signExtend16', a);
    return a.type === 'i32' ? a : (this.#node(0xc4, 'i64', a, null, null) as Value<T>);
  }
  /** `condition` ? a : b. Both are evaluated. */
  select<T extends Type>(condition: I32, a: Value<T>, b: Value<T>): Value<T> {
    assert(a.type === b.type, 'select: arms of one type');
    return this.#node(Op.select, a.type, a, b, condition) as Value<T>;
  }

  // --- vectors -----------------------------------------------------------------------------------------------------
  v(op: VectorOp, a: V128, b?: V128, c?: V128): V128 {
    const [code, operands] = vectorOps[op];
    assert(operands === 1 + (b ? 1 : 0) + (c ? 1 : 0), `${op} takes ${operands} operands`);
    return this.#node(Simd + code, 'v128', a, b ?? null, c ?? null) as V128;
  }
  /** A vector constant: low 64 bits, high 64 bits. */
  v128(lo: bigint, hi: bigint): V128 {
    const node = this.#node(Op.const128, 'v128', null, null, null);
    const bytes = new Uint8Array(16);
    for (let i = 0; i < 8; i++) {
      bytes[i] = Number((lo >> BigInt(8 * i)) & 0xffn);
      bytes[8 + i] = Number((hi >> BigInt(8 * i)) & 0xffn);
    }
    node.data = bytes;
    return node as V128;
  }
  splat(shape: Shape, value: I32 | I64): V128 {
    assert(value.type === (shape === 'i64x2' ? 'i64' : 'i32'), `${shape}.splat takes its lane's type`);
    return this.#node(Simd + shapeOps[shape].splat, 'v128', value, null, null) as V128;
  }
  /** Lane of i8x16, i16x8 (zero-extended), i32x4. */
  lane32(shape: 'i8x16' | 'i16x8' | 'i32x4', v: V128, lane: number): I32 {
    return this.#node(Simd + shapeOps[shape].extract, 'i32', v, null, null, lane) as I32;
  }
  lane64(v: V128, lane: number): I64 {
    return this.#node(Simd + shapeOps.i64x2.extract, 'i64', v, null, null, lane) as I64;
  }
  replaceLane(shape: Shape, v: V128, lane: number, value: I32 | I64): V128 {
    assert(value.type === (shape === 'i64x2' ? 'i64' : 'i32'), `${shape}.replace_lane takes its lane's type`);
    return this.#node(Simd + shapeOps[shape].replace, 'v128', v, value, null, lane) as V128;
  }
  /** Every lane shifted by the same amount, taken modulo the lane's width. */
  vshift(op: 'shl' | 'shrS' | 'shrU', shape: Shape, v: V128, by: I32): V128 {
    return this.#node(Simd + shapeOps[shape][op], 'v128', v, by, null) as V128;
  }
  /** Bytes picked from a (0..15) and b (16..31). */
  shuffle(a: V128, b: V128, lanes: readonly number[]): V128 {
    assert(lanes.length === 16, 'shuffle takes 16 lanes');
    const node = this.#node(Simd + 13, 'v128', a, b, null);
    node.data = Uint8Array.from(lanes);
    return node as V128;
  }
  anyTrue(v: V128): I32 {
    return this.#node(Simd + 83, 'i32', v, null, null) as I32;
  }
  allTrue(shape: Shape, v: V128): I32 {
    return this.#node(Simd + shapeOps[shape].allTrue, 'i32', v, null, null) as I32;
  }
  /** The top bits of the lanes, lane 0 in bit 0. */
  bitmask(shape: Shape, v: V128): I32 {
    return this.#node(Simd + shapeOps[shape].bitmask, 'i32', v, null, null) as I32;
  }

  // --- general-purpose registers -----------------------------------------------------------------------------------
  #read(n: number): I64 {
    const known = this.#regs[n];
    if (known) return known as I64;
    const node = this.#node(Op.cell64, 'i64', null, null, null, cells.X + 8 * n);
    this.#regs[n] = node;
    return node as I64;
  }
  #write(n: number, value: I64): void {
    assert(value.type === 'i64', 'registers hold 64 bits');
    if (n === 31) this.#spAligned &&= this.#keepsAlignment(value);
    this.#regs[n] = value;
    this.#dirty |= 1 << n;
  }
  /** SP plus or minus a constant multiple of 16. */
  #keepsAlignment(value: Node): boolean {
    const { op, a, b } = value;
    if (op !== intOps.add[1] && op !== intOps.sub[1]) return false;
    return a !== null && a === this.#regs[31] && b?.op === Op.const64 && (b.imm & 15) === 0;
  }
  /** Xn, where 31 is the zero register. */
  x(n: number): I64 {
    return n === 31 ? this.i64(0) : this.#read(n);
  }
  w(n: number): I32 {
    return n === 31 ? this.i32(0) : this.wrap(this.#read(n));
  }
  /** Xn, where 31 is SP. */
  xsp(n: number): I64 {
    return this.#read(n);
  }
  wsp(n: number): I32 {
    return this.wrap(this.#read(n));
  }
  setX(n: number, value: I64): void {
    if (n !== 31) this.#write(n, value);
  }
  /** Writes Wn: the upper half becomes zero. */
  setW(n: number, value: I32): void {
    if (n !== 31) this.#write(n, this.extendU(value));
  }
  setXsp(n: number, value: I64): void {
    this.#write(n, value);
  }
  setWsp(n: number, value: I32): void {
    this.#write(n, this.extendU(value));
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
  /** Address of vector temporary t (0..7). */
  tempAddress(t: number): I32 {
    return this.i32(cells.V_TEMP + 16 * t);
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
    return this.#node(Op.cell16, 'i32', null, null, null, cells.V + 16 * n) as I32;
  }
  vb(n: number): I32 {
    return this.#node(Op.cell8, 'i32', null, null, null, cells.V + 16 * n) as I32;
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
  cell32(address: number): I32 {
    return this.#node(Op.cell32, 'i32', null, null, null, address) as I32;
  }
  cell64(address: number): I64 {
    return this.#node(Op.cell64, 'i64', null, null, null, address) as I64;
  }
  cell128(address: number): V128 {
    return this.#node(Op.cell128, 'v128', null, null, null, address) as V128;
  }
  setCell32(address: number, value: I32): void {
    assert(value.type === 'i32', 'a 32-bit cell');
    this.#node(Op.setCell32, 'none', value, null, null, address);
  }
  setCell64(address: number, value: I64): void {
    assert(value.type === 'i64', 'a 64-bit cell');
    this.#node(Op.setCell64, 'none', value, null, null, address);
  }
  setCell128(address: number, value: V128): void {
    assert(value.type === 'v128', 'a 128-bit cell');
    this.#node(Op.setCell128, 'none', value, null, null, address);
  }

  // --- condition flags -------------------------------------------------------------------------------------------------
  #setFlags(kind: FlagsKind, a: Node, b: Node | null): void {
    this.#flags = { kind, a, b };
    this.#flagsDirty = true;
  }
  /** NZCV of a + b. */
  setFlagsAdd<T extends Int>(a: Value<T>, b: Value<T>): void {
    this.#setFlags(a.type === 'i32' ? FlagsKind.add32 : FlagsKind.add64, a, b);
  }
  /** NZCV of a - b. */
  setFlagsSub<T extends Int>(a: Value<T>, b: Value<T>): void {
    this.#setFlags(a.type === 'i32' ? FlagsKind.sub32 : FlagsKind.sub64, a, b);
  }
  /** N and Z of the result; C and V become 0. */
  setFlagsLogic<T extends Int>(result: Value<T>): void {
    this.#setFlags(result.type === 'i32' ? FlagsKind.logic32 : FlagsKind.logic64, result, null);
  }
  /** NZCV from bits 31:28 of a value; its other bits must be 0. */
  setNzcv(packed: I32): void {
    this.#setFlags(FlagsKind.literal, packed, null);
  }
  /** NZCV in bits 31:28, the other bits 0. */
  nzcv(): I32 {
    const f = this.#flags;
    if (f === null) {
      const packed = this.call('nzcv') as I32;
      this.#flags = { kind: FlagsKind.literal, a: packed, b: null };
      return packed;
    }
    if (f.kind === FlagsKind.literal) return f.a as I32;
    const n = this.shlBy(this.#negative(f), 31);
    const z = this.shlBy(this.#zero(f), 30);
    const nz = this.or(n, z);
    if (f.b === null) return nz;
    return this.or(nz, this.or(this.shlBy(this.#carry(f), 29), this.shlBy(this.#overflow(f), 28)));
  }
  #known(): Flags {
    if (this.#flags === null) this.nzcv();
    return this.#flags as Flags;
  }
  #result(f: Flags): Value<Int> {
    const a = f.a as Value<Int>;
    const b = f.b as Value<Int>;
    switch (f.kind) {
      case FlagsKind.add32:
      case FlagsKind.add64:
        return this.add(a, b);
      case FlagsKind.sub32:
      case FlagsKind.sub64:
        return this.sub(a, b);
      default:
        return a;
    }
  }
  #packedBit(f: Flags, at: number): I32 {
    return this.and(this.shrUBy(f.a as I32, at), this.i32(1));
  }
  #negative(f: Flags): I32 {
    if (f.kind === FlagsKind.literal) return this.shrUBy(f.a as I32, 31);
    const r = this.#result(f);
    return this.compare('ltS', r, this.int(r.type as Int, 0));
  }
  #zero(f: Flags): I32 {
    if (f.kind === FlagsKind.literal) return this.#packedBit(f, 30);
    if (f.kind === FlagsKind.sub32 || f.kind === FlagsKind.sub64)
      return this.compare('eq', f.a as Value<Int>, f.b as Value<Int>);
    return this.isZero(this.#result(f));
  }
  #carry(f: Flags): I32 {
    switch (f.kind) {
      case FlagsKind.literal:
        return this.#packedBit(f, 29);
      case FlagsKind.add32:
      case FlagsKind.add64:
        return this.compare('ltU', this.#result(f), f.a as Value<Int>);
      case FlagsKind.sub32:
      case FlagsKind.sub64:
        return this.compare('geU', f.a as Value<Int>, f.b as Value<Int>);
      default:
        return this.i32(0);
    }
  }
  #overflow(f: Flags): I32 {
    const a = f.a as Value<Int>;
    const b = f.b as Value<Int>;
    switch (f.kind) {
      case FlagsKind.literal:
        return this.#packedBit(f, 28);
      case FlagsKind.add32:
      case FlagsKind.add64: {
        const r = this.#result(f);
        return this.compare('ltS', this.and(this.xor(a, r), this.xor(b, r)), this.int(a.type as Int, 0));
      }
      case FlagsKind.sub32:
      case FlagsKind.sub64: {
        const r = this.#result(f);
        return this.compare('ltS', this.and(this.xor(a, b), this.xor(a, r)), this.int(a.type as Int, 0));
      }
      default:
        return this.i32(0);
    }
  }
  /** The carry flag, 0 or 1. */
  carry(): I32 {
    return this.#carry(this.#known());
  }
  /** ConditionHolds(c), 0 or 1. Arm ARM DDI 0487, C1.2.4. */
  condition(c: number): I32 {
    if (c >= 14) return this.i32(1);
    const f = this.#known();
    const holds = this.#conditionPair(f, c >> 1);
    return c & 1 ? this.isZero(holds) : holds;
  }
  #conditionPair(f: Flags, pair: number): I32 {
    const a = f.a as Value<Int>;
    const b = f.b as Value<Int>;
    const sub = f.kind === FlagsKind.sub32 || f.kind === FlagsKind.sub64;
    const logic = f.kind === FlagsKind.logic32 || f.kind === FlagsKind.logic64;
    switch (pair) {
      case 0:
        return this.#zero(f);
      case 1:
        return this.#carry(f);
      case 2:
        return this.#negative(f);
      case 3:
        return this.#overflow(f);
      case 4:
        if (sub) return this.compare('gtU', a, b);
        return this.and(this.#carry(f), this.isZero(this.#zero(f)));
      case 5:
        if (sub) return this.compare('geS', a, b);
        if (logic) return this.compare('geS', a, this.int(a.type as Int, 0));
        return this.compare('eq', this.#negative(f), this.#overflow(f));
      default:
        if (sub) return this.compare('gtS', a, b);
        if (logic) return this.compare('gtS', a, this.int(a.type as Int, 0));
        return this.and(this.compare('eq', this.#negative(f), this.#overflow(f)), this.isZero(this.#zero(f)));
    }
  }

  /** Writes what is held in values back to the cells, so that the state is exact here. */
  #flush(): void {
    for (let n = 0; n < 32; n++) {
      if ((this.#dirty >>> n) & 1) this.#node(Op.setCell64, 'none', this.#regs[n] as Node, null, null, cells.X + 8 * n);
    }
    this.#dirty = 0;
    if (this.#flagsDirty) {
      const f = this.#flags as Flags;
      this.setCell32(cells.FLAGS_KIND, this.i32(f.kind));
      this.#setFlagsCell(cells.FLAGS_A, f.a);
      if (f.b !== null) this.#setFlagsCell(cells.FLAGS_B, f.b);
      this.#flagsDirty = false;
    }
  }
  #setFlagsCell(address: number, value: Node): void {
    this.setCell64(address, value.type === 'i32' ? this.extendU(value as I32) : (value as I64));
  }

  // --- guest memory ----------------------------------------------------------------------------------------------------
  // A fault abandons the instruction: do all accesses that may fault before any write of state, write-back included.
  #load(type: Type, size: MemorySize, address: I64, flags: number): Node {
    this.#flush();
    return this.#node(Op.load, type, address, null, null, size, flags);
  }
  /** Values of 1, 2 and 4 bytes, zero-extended. `flags` of AccessFlags. */
  load8(address: I64, flags = 0): I32 {
    return this.#load('i32', MemorySize.b1, address, flags) as I32;
  }
  load16(address: I64, flags = 0): I32 {
    return this.#load('i32', MemorySize.b2, address, flags) as I32;
  }
  load32(address: I64, flags = 0): I32 {
    return this.#load('i32', MemorySize.b4, address, flags) as I32;
  }
  load64(address: I64, flags = 0): I64 {
    return this.#load('i64', MemorySize.b8, address, flags) as I64;
  }
  load128(address: I64, flags = 0): V128 {
    return this.#load('v128', MemorySize.b16, address, flags) as V128;
  }
  #pair<T extends Type>(type: T, size: MemorySize, address: I64, flags: number): [Value<T>, Value<T>] {
    const first = this.#load(type, size, address, flags);
    return [first as Value<T>, this.#node(Op.loadSecond, type, first, null, null, size) as Value<T>];
  }
  /** Two adjacent values, the one at the lower address first. */
  loadPair32(address: I64, flags = 0): [I32, I32] {
    return this.#pair('i32', MemorySize.pair4, address, flags);
  }
  loadPair64(address: I64, flags = 0): [I64, I64] {
    return this.#pair('i64', MemorySize.pair8, address, flags);
  }
  loadPair128(address: I64, flags = 0): [V128, V128] {
    return this.#pair('v128', MemorySize.pair16, address, flags);
  }
  #store(size: MemorySize, address: I64, a: Node | null, b: Node | null, flags: number): void {
    this.#flush();
    this.#node(Op.store, 'none', address, a, b, size, flags);
  }
  /** Stores the low 8, 16, 32 bits of a value. */
  store8(address: I64, value: I32, flags = 0): void {
    this.#store(MemorySize.b1, address, value, null, flags);
  }
  store16(address: I64, value: I32, flags = 0): void {
    this.#store(MemorySize.b2, address, value, null, flags);
  }
  store32(address: I64, value: I32, flags = 0): void {
    this.#store(MemorySize.b4, address, value, null, flags);
  }
  store64(address: I64, value: I64, flags = 0): void {
    this.#store(MemorySize.b8, address, value, null, flags);
  }
  store128(address: I64, value: V128, flags = 0): void {
    this.#store(MemorySize.b16, address, value, null, flags);
  }
  storePair32(address: I64, first: I32, second: I32, flags = 0): void {
    this.#store(MemorySize.pair4, address, first, second, flags);
  }
  storePair64(address: I64, first: I64, second: I64, flags = 0): void {
    this.#store(MemorySize.pair8, address, first, second, flags);
  }
  storePair128(address: I64, first: V128, second: V128, flags = 0): void {
    this.#store(MemorySize.pair16, address, first, second, flags);
  }
  /** Zeroes the 64 bytes at an address that is a multiple of 64 (DC ZVA). */
  zero64(address: I64): void {
    this.#store(MemorySize.zero64, address, null, null, 0);
  }

  // --- calls -----------------------------------------------------------------------------------------------------------
  /** A helper (`helpers/`). It may read and write vector registers, FPCR, FPSR and temporaries, nothing else of the state. */
  call(name: HelperName, ...args: Value[]): Value {
    const { params, result } = helpers[name] as { params: readonly Type[]; result: Type | 'none' };
    assert(params.length === args.length, `${name} takes ${params.length} arguments`);
    for (const [i, arg] of args.entries()) {
      assert(arg.type === params[i], `${name}: argument ${i} is ${arg.type}, not ${params[i]}`);
      arg.uses++;
    }
    const node = this.#node(Op.call, result, null, null, null, helperNumber(name));
    node.data = args;
    return node as Value;
  }
  /** A call to the run time with exact state and count; it may abandon the instruction with an exception. */
  runtime(call: RuntimeCall, argument: number): void {
    this.#flush();
    this.#node(Op.runtime, 'none', null, null, null, call, argument);
    this.#forget();
  }
  /** The run time may have changed what this block holds in values. */
  #forget(): void {
    this.#regs.fill(null);
    this.#flags = null;
    this.#spAligned = false;
  }

  // --- control ---------------------------------------------------------------------------------------------------------
  /** Effects under a condition. Values made inside an arm must not be used outside it, nor may arms write X registers or flags. */
  if(condition: I32, then: () => void, otherwise?: () => void): void {
    this.#flush();
    this.#node(Op.if, 'none', condition, null, null);
    this.#arm(then);
    if (otherwise) {
      this.#node(Op.else, 'none', null, null, null);
      this.#arm(otherwise);
    }
    this.#node(Op.end, 'none', null, null, null);
    assert(this.#dirty === 0 && !this.#flagsDirty, 'no register or flag written in an arm');
  }
  /** What an arm reads first is known in that arm only. */
  #arm(body: () => void): void {
    const regs = this.#regs.slice();
    const flags = this.#flags;
    const spAligned = this.#spAligned;
    body();
    this.#spAligned = spAligned;
    for (const [n, value] of regs.entries()) this.#regs[n] = value;
    this.#flags = flags;
  }
  /** Address of the current instruction plus a constant. */
  pc(plus = 0): I64 {
    return this.add(this.cell64(cells.PC_BASE), this.i64(this.offset + plus));
  }
  /** Jump by a displacement from the current instruction. */
  branch(displacement: number): 'end' {
    this.#flush();
    this.#node(Op.branch, 'none', null, null, null, this.offset + displacement);
    return 'end';
  }
  branchIf(condition: I32, displacement: number): 'end' {
    this.#flush();
    this.#node(Op.branchIf, 'none', condition, null, null, this.offset + displacement);
    return 'end';
  }
  /** Jump to an address in a register; alignment is checked at the target. */
  branchTo(target: I64): 'end' {
    this.#flush();
    this.#node(Op.branchTo, 'none', target, null, null);
    return 'end';
  }
  /** Leave at the current instruction, which is not retired. */
  exitAt(reason: ExitReason, argument = 0): 'end' {
    this.#flush();
    this.#node(Op.exitAt, 'none', null, null, null, reason, argument);
    return 'end';
  }
  /** Leave after the current instruction, which is retired. */
  exitAfter(reason: ExitReason, argument = 0): 'end' {
    this.#flush();
    this.#node(Op.exitAfter, 'none', null, null, null, reason, argument);
    return 'end';
  }
  /** Leave after the current instruction if the condition holds, else go on in the block. */
  exitAfterIf(condition: I32, reason: ExitReason): void {
    this.#flush();
    this.#node(Op.exitIf, 'none', condition, null, null, reason);
  }
  /** Leave at the current instruction, which is not retired, if the condition holds, else go on in it. */
  exitAtIf(condition: I32, reason: ExitReason, argument = 0): void {
    this.#flush();
    this.#node(Op.exitAtIf, 'none', condition, null, null, reason, argument);
  }
  /** SP alignment fault if SP is not a multiple of 16: before a load or store with base SP. Arm ARM DDI 0487, CheckSPAlignment. */
  checkSpAlignment(): void {
    if (this.#spAligned) return;
    const misaligned = this.and(this.wsp(31), this.i32(15));
    this.exitAtIf(misaligned, ExitReason.call, ExceptionCall.spAlignment << 16);
    this.#spAligned = true;
  }
  exception(call: (typeof ExceptionCall)[keyof typeof ExceptionCall], imm16 = 0): 'end' {
    return this.exitAt(ExitReason.call, (call << 16) | imm16);
  }
  undefined(): 'end' {
    return this.exception(ExceptionCall.undefined);
  }
}
