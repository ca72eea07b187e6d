import type { Node } from '../ir/types.ts';
import type { CodeWriter } from './code-writer.ts';
import { F64_PROMOTE, type HostOperation, type Width, wide } from './float-operations.ts';
import { hostFuses } from './host-fuses.ts';
import { W } from './opcodes.ts';
import type { ValueEmitter } from './value-emitter.ts';

/** 2^-900: the error of a lesser product may be below the least denormal. */
const PRODUCT_MIN = new Uint8Array(Float64Array.of(2 ** -900).buffer);

/** Puts a number on the stack. */
type Put = () => void;

/**
 * Emits whether the host's normal result of an operation is exact: then Arm's raises no flag (DDI 0487, FPRound). What helpers/as/float-exact.ts
 * finds out, where the operation stands.
 */
export class ExactnessEmitter {
  readonly #out: CodeWriter;
  readonly #values: ValueEmitter;

  constructor(out: CodeWriter, values: ValueEmitter) {
    this.#out = out;
    this.#values = values;
  }

  /** Of a sum, a difference, a product or a fused one; its bits are in a local. */
  test({ width, op }: HostOperation, operands: readonly Node[], result: number): void {
    const [x, y, z] = operands.map(
      (operand): Put =>
        () =>
          this.#number(operand, width),
    ) as [Put, Put, Put];
    const r: Put = () => this.#local(result, width);
    if (op === width.add) this.#isSum(width, x, y, r);
    else if (op === width.sub) {
      const minus: Put = () => {
        y();
        this.#out.byte(width.neg);
      };
      this.#isSum(width, x, minus, r);
    } else if (op === width.mul) {
      if (width === wide) this.#isProduct(x, y, r);
      else this.#isEqual(() => this.#product(x, y), r);
    } else if (width === wide) this.#isMulAdd(x, y, z, r);
    else this.#isNarrowMulAdd(x, y, z, r);
  }

  #number(node: Node, { from }: Width): void {
    this.#values.again(node);
    this.#out.byte(from);
  }
  #local(local: number, { from }: Width): void {
    this.#out.get(local);
    this.#out.byte(from);
  }
  #zero({ constant, bytes }: Width): void {
    this.#out.byte(constant);
    this.#out.raw(new Uint8Array(bytes));
  }
  #both(one: Put, other: Put): void {
    one();
    other();
    this.#out.byte(W.i32And);
  }
  /** Of singles, whose product is a double. */
  #product(x: Put, y: Put): void {
    this.#promoted(x);
    this.#promoted(y);
    this.#out.byte(wide.mul);
  }
  #promoted(x: Put): void {
    x();
    this.#out.byte(F64_PROMOTE);
  }
  /** A double is equal to a single. */
  #isEqual(x: Put, single: Put): void {
    x();
    this.#promoted(single);
    this.#out.byte(wide.eq);
  }
  /** Keeps a number while it is used. */
  #withNumber(width: Width, value: Put, use: (put: Put) => void): void {
    const { locals } = this.#values;
    const local = locals.take(width.type);
    value();
    this.#out.byte(width.to);
    this.#out.set(local);
    use(() => this.#local(local, width));
    locals.give(width.type, local);
  }

  /** x + y = s, where s is their rounded sum (Knuth's TwoSum). */
  #isSum(width: Width, x: Put, y: Put, s: Put): void {
    const out = this.#out;
    const less = (a: Put, b: Put): void => {
      a();
      b();
      out.byte(width.sub);
    };
    this.#withNumber(
      width,
      () => less(s, x),
      (t) => {
        less(x, () => less(s, t));
        less(y, t);
        out.byte(width.add);
        this.#zero(width);
        out.byte(width.eq);
      },
    );
  }
  /** x × y = p, where p is their rounded product: of doubles, where the host fuses. */
  #isProduct(x: Put, y: Put, p: Put): void {
    const out = this.#out;
    if (!hostFuses()) {
      out.i32(0);
      return;
    }
    this.#both(
      () => {
        p();
        out.byte(wide.abs);
        out.byte(wide.constant);
        out.raw(PRODUCT_MIN);
        out.byte(wide.ge);
      },
      () => {
        for (const factor of [x, y]) {
          factor();
          out.simd(wide.splat);
        }
        p();
        out.byte(wide.neg);
        out.simd(wide.splat);
        out.simd(wide.madd);
        out.simd(wide.lane);
        out.byte(0);
        this.#zero(wide);
        out.byte(wide.eq);
      },
    );
  }
  /** Of a product that has an error itself, the sum is hardly ever exact. */
  #isMulAdd(addend: Put, x: Put, y: Put, r: Put): void {
    const out = this.#out;
    const product: Put = () => {
      x();
      y();
      out.byte(wide.mul);
    };
    this.#withNumber(wide, product, (p) =>
      this.#both(
        () => this.#isProduct(x, y, p),
        () =>
          this.#both(
            () => {
              p();
              addend();
              out.byte(wide.add);
              r();
              out.byte(wide.eq);
            },
            () => this.#isSum(wide, p, addend, r),
          ),
      ),
    );
  }
  #isNarrowMulAdd(addend: Put, x: Put, y: Put, r: Put): void {
    const z: Put = () => this.#promoted(addend);
    this.#withNumber(
      wide,
      () => this.#product(x, y),
      (p) => {
        const sum: Put = () => {
          p();
          z();
          this.#out.byte(wide.add);
        };
        this.#withNumber(wide, sum, (s) =>
          this.#both(
            () => this.#isSum(wide, p, z, s),
            () => this.#isEqual(s, r),
          ),
        );
      },
    );
  }
}
