import * as cells from '../state/cells.ts';
import { FlagsKind } from '../state/codes.ts';
import { Op } from './ops.ts';
import { StateBuilder } from './state-builder.ts';
import type { I32, I64, Int, Node, Value } from './types.ts';

type Flags = { readonly kind: FlagsKind; readonly a: Node; readonly b: Node | null };

/** The condition flags, kept as the operands they follow from until somebody asks. */
export abstract class FlagsBuilder extends StateBuilder {
  /** The flags as this block set or read them; null: as they are in the cells. */
  protected flags: Flags | null = null;
  protected flagsDirty = false;

  /** NZCV packed, from the cells. */
  protected abstract flagsFromCells(): I32;

  #setFlags(kind: FlagsKind, a: Node, b: Node | null): void {
    this.flags = { kind, a, b };
    this.flagsDirty = true;
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
  /** N and Z of the result; C and V from bits 29 and 28 of `cv`, whose other bits must be 0. */
  protected setFlagsCarry(result: I32, cv: I32): void {
    this.#setFlags(FlagsKind.carry32, result, cv);
  }
  /** NZCV from bits 31:28 of a value; its other bits must be 0. */
  setNzcv(packed: I32): void {
    this.#setFlags(FlagsKind.literal, packed, null);
  }
  /** NZCV in bits 31:28, the other bits 0. */
  nzcv(): I32 {
    const f = this.flags;
    if (f === null) {
      const packed = this.flagsFromCells();
      this.flags = { kind: FlagsKind.literal, a: packed, b: null };
      return packed;
    }
    if (f.kind === FlagsKind.literal) return f.a as I32;
    const n = this.shlBy(this.#negative(f), 31);
    const z = this.shlBy(this.#zero(f), 30);
    const nz = this.or(n, z);
    return f.b === null ? nz : this.or(nz, this.carryAndOverflow());
  }
  /** C and V in bits 29 and 28, the other bits 0. */
  protected carryAndOverflow(): I32 {
    const f = this.#known();
    switch (f.kind) {
      case FlagsKind.literal:
        return this.and(f.a as I32, this.i32(3 << 28));
      case FlagsKind.carry32:
        return f.b as I32;
      case FlagsKind.logic32:
      case FlagsKind.logic64:
        return this.i32(0);
      default:
        return this.or(this.shlBy(this.#carry(f), 29), this.shlBy(this.#overflow(f), 28));
    }
  }
  #known(): Flags {
    if (this.flags === null) this.nzcv();
    return this.flags as Flags;
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
  #packedBit(packed: Node, at: number): I32 {
    return this.and(this.shrUBy(packed as I32, at), this.i32(1));
  }
  #negative(f: Flags): I32 {
    if (f.kind === FlagsKind.literal) return this.shrUBy(f.a as I32, 31);
    const r = this.#result(f);
    return this.compare('ltS', r, this.int(r.type as Int, 0));
  }
  #zero(f: Flags): I32 {
    if (f.kind === FlagsKind.literal) return this.#packedBit(f.a, 30);
    if (f.kind === FlagsKind.sub32 || f.kind === FlagsKind.sub64)
      return this.compare('eq', f.a as Value<Int>, f.b as Value<Int>);
    return this.isZero(this.#result(f));
  }
  #carry(f: Flags): I32 {
    switch (f.kind) {
      case FlagsKind.literal:
        return this.#packedBit(f.a, 29);
      case FlagsKind.add32:
      case FlagsKind.add64:
        return this.compare('ltU', this.#result(f), f.a as Value<Int>);
      case FlagsKind.sub32:
      case FlagsKind.sub64:
        return this.compare('geU', f.a as Value<Int>, f.b as Value<Int>);
      case FlagsKind.carry32:
        return this.#packedBit(f.b as Node, 29);
      default:
        return this.i32(0);
    }
  }
  #overflow(f: Flags): I32 {
    const a = f.a as Value<Int>;
    const b = f.b as Value<Int>;
    switch (f.kind) {
      case FlagsKind.literal:
        return this.#packedBit(f.a, 28);
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
      case FlagsKind.carry32:
        return this.#packedBit(b, 28);
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
  protected flush(): void {
    while (this.dirty !== 0) {
      const n = 31 - Math.clz32(this.dirty & -this.dirty);
      this.dirty &= this.dirty - 1;
      const value = this.regs[n] as Node;
      this.node(value.type === 'i32' ? Op.setCell32 : Op.setCell64, 'none', value, null, null, cells.X + 8 * n);
    }
    if (this.flagsDirty) {
      const f = this.flags as Flags;
      this.setCell32(cells.FLAGS_KIND, this.i32(f.kind));
      this.#setFlagsCell(cells.FLAGS_A, f.a);
      if (f.b !== null) this.#setFlagsCell(cells.FLAGS_B, f.b);
      this.flagsDirty = false;
    }
  }
  #setFlagsCell(address: number, value: Node): void {
    this.setCell64(address, value.type === 'i32' ? this.extendU(value as I32) : (value as I64));
  }
}
