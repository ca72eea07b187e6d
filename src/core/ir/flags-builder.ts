import * as cells from '../state/cells.ts';
import { FlagsKind, FlagsOver } from '../state/codes.ts';
import { Op } from './ops.ts';
import { StateBuilder } from './state-builder.ts';
import type { I32, I64, Int, Node, Value } from './types.ts';

/** What NZCV follow from. */
interface Flags {
  /** null: as the cells say. */
  readonly kind: FlagsKind | null;
  readonly a: Node | null;
  readonly b: Node | null;
  /** Where not null, N and Z are those of this value, and C is this one, instead. */
  readonly nz: I32 | null;
  readonly c: I32 | null;
}
const AS_IN_CELLS: Flags = { kind: null, a: null, b: null, nz: null, c: null };
const FLAG_C = 1 << 29;
const FLAG_V = 1 << 28;

const isSame = (a: Node, b: Node): boolean =>
  a === b || (a.op === Op.const32 && b.op === Op.const32 && a.imm === b.imm);

/** The condition flags, kept as the operands they follow from until somebody asks. */
export abstract class FlagsBuilder extends StateBuilder {
  /** The flags as this block set or read them; null: as they are in the cells. */
  protected flags: Flags | null = null;
  /** They are not in their cells: some of them, or all. */
  protected flagsDirty = false;
  protected allFlagsDirty = false;

  /** NZCV packed, from the cells. */
  protected abstract flagsFromCells(): I32;

  #setFlags(kind: FlagsKind, a: Node, b: Node | null): void {
    this.flags = { kind, a, b, nz: null, c: null };
    this.flagsDirty = true;
    this.allFlagsDirty = true;
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
  /** N and Z of the result; C is `carry` (0 or 1), or stays as it was; V stays. */
  setFlagsLogic32(result: I32, carry?: I32): void {
    const { kind, a, b, c } = this.flags ?? AS_IN_CELLS;
    this.flags = { kind, a, b, nz: result, c: carry ?? c };
    this.flagsDirty = true;
  }
  /** NZCV from bits 31:28 of a value; its other bits must be 0. */
  setNzcv(packed: I32): void {
    this.#setFlags(FlagsKind.literal, packed, null);
  }
  /**
   * The flags as they are now where the condition holds, else as they were. False, with nothing done, where these do not follow from operands
   * alike.
   */
  protected chooseFlags(condition: I32, before: Flags | null): boolean {
    const now = this.flags;
    if (now === null || before === null || now.kind === null || now.kind !== before.kind) return false;
    if ([now.nz, now.c, before.nz, before.c].some((part) => part !== null)) return false;
    this.#setFlags(
      now.kind,
      this.#choose(condition, now.a, before.a) as Node,
      this.#choose(condition, now.b, before.b),
    );
    return true;
  }
  #choose(condition: I32, now: Node | null, before: Node | null): Node | null {
    if (now === null || before === null || isSame(now, before)) return now;
    return this.select(condition, now as Value<Int>, before as Value<Int>) as Node;
  }
  /** NZCV in bits 31:28, the other bits 0. */
  nzcv(): I32 {
    const f = this.#known();
    if (f.kind === FlagsKind.literal && f.nz === null) return f.a as I32;
    const nz = this.or(this.shlBy(this.#negative(), 31), this.shlBy(this.#zero(), 30));
    if (f.kind === FlagsKind.literal) {
      const kept = this.and(f.a as I32, this.i32(f.c === null ? FLAG_C | FLAG_V : FLAG_V));
      return this.or(nz, f.c === null ? kept : this.or(kept, this.shlBy(f.c, 29)));
    }
    if (f.b === null && f.c === null) return nz;
    return this.or(nz, this.or(this.shlBy(this.carry(), 29), this.shlBy(this.#overflow(), 28)));
  }
  /** The flags with all that they follow from. */
  #known(): Flags & { readonly kind: FlagsKind; readonly a: Node } {
    const { kind, nz, c } = this.flags ?? AS_IN_CELLS;
    if (kind === null) this.flags = { kind: FlagsKind.literal, a: this.flagsFromCells(), b: null, nz, c };
    return this.flags as Flags & { readonly kind: FlagsKind; readonly a: Node };
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
  #negative(): I32 {
    const nz = this.flags?.nz;
    if (nz) return this.compare('ltS', nz, this.i32(0));
    const f = this.#known();
    if (f.kind === FlagsKind.literal) return this.shrUBy(f.a as I32, 31);
    const r = this.#result(f);
    return this.compare('ltS', r, this.int(r.type as Int, 0));
  }
  #zero(): I32 {
    const nz = this.flags?.nz;
    if (nz) return this.isZero(nz);
    const f = this.#known();
    if (f.kind === FlagsKind.literal) return this.#packedBit(f.a, 30);
    if (f.kind === FlagsKind.sub32 || f.kind === FlagsKind.sub64)
      return this.compare('eq', f.a as Value<Int>, f.b as Value<Int>);
    return this.isZero(this.#result(f));
  }
  /** The carry flag, 0 or 1. */
  carry(): I32 {
    const c = this.flags?.c;
    if (c) return c;
    const f = this.#known();
    switch (f.kind) {
      case FlagsKind.literal:
        return this.#packedBit(f.a, 29);
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
  #overflow(): I32 {
    const f = this.#known();
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
      default:
        return this.i32(0);
    }
  }
  /** ConditionHolds(c), 0 or 1. Arm ARM DDI 0487, C1.2.4. */
  condition(c: number): I32 {
    if (c >= 14) return this.i32(1);
    const holds = this.#conditionPair(c >> 1);
    return c & 1 ? this.isZero(holds) : holds;
  }
  #conditionPair(pair: number): I32 {
    switch (pair) {
      case 0:
        return this.#zero();
      case 1:
        return this.carry();
      case 2:
        return this.#negative();
      case 3:
        return this.#overflow();
    }
    const f = this.#known();
    const a = f.a as Value<Int>;
    const b = f.b as Value<Int>;
    const sub = f.nz === null && (f.kind === FlagsKind.sub32 || f.kind === FlagsKind.sub64);
    const logic = f.nz === null && (f.kind === FlagsKind.logic32 || f.kind === FlagsKind.logic64);
    switch (pair) {
      case 4:
        if (sub) return this.compare('gtU', a, b);
        return this.and(this.carry(), this.isZero(this.#zero()));
      case 5:
        if (sub) return this.compare('geS', a, b);
        if (logic) return this.compare('geS', a, this.int(a.type as Int, 0));
        return this.compare('eq', this.#negative(), this.#overflow());
      default:
        if (sub) return this.compare('gtS', a, b);
        if (logic) return this.compare('gtS', a, this.int(a.type as Int, 0));
        return this.and(this.compare('eq', this.#negative(), this.#overflow()), this.isZero(this.#zero()));
    }
  }

  /** Writes what is held in values back to the cells, so that the state is exact here. */
  protected flush(): void {
    while (this.dirty !== 0) {
      const n = 31 - Math.clz32(this.dirty & -this.dirty);
      this.dirty &= this.dirty - 1;
      const value = this.config.aarch32 ? (this.regs[n] as Node) : this.xsp(n);
      this.node(value.type === 'i32' ? Op.setCell32 : Op.setCell64, 'none', value, null, null, cells.X + 8 * n);
    }
    if (this.flagsDirty) this.#flushFlags(this.flags as Flags);
    this.flagsDirty = false;
    this.allFlagsDirty = false;
  }
  #flushFlags({ kind, a, b, nz, c }: Flags): void {
    const over = (nz === null ? 0 : FlagsOver.nz) | (c === null ? 0 : FlagsOver.c);
    if (this.allFlagsDirty) {
      this.setCell32(cells.FLAGS_KIND, this.i32((kind as FlagsKind) | over));
      this.#setFlagsCell(cells.FLAGS_A, a as Node);
      if (b !== null) this.#setFlagsCell(cells.FLAGS_B, b);
    } else this.setCell32(cells.FLAGS_KIND, this.or(this.cell32(cells.FLAGS_KIND), this.i32(over)));
    if (nz !== null) this.setCell32(cells.FLAGS_NZ, nz);
    if (c !== null) this.setCell32(cells.FLAGS_C, c);
  }
  #setFlagsCell(address: number, value: Node): void {
    this.setCell64(address, value.type === 'i32' ? this.extendU(value as I32) : (value as I64));
  }
}
