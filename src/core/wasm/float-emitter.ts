import type { HelperName } from '../helpers/signatures.ts';
import { helperNumber } from '../helpers/signatures.ts';
import { Op } from '../ir/ops.ts';
import type { Node, Type } from '../ir/types.ts';
import * as cells from '../state/cells.ts';
import type { CodeWriter } from './code-writer.ts';
import { ExactnessEmitter } from './exactness-emitter.ts';
import { type HostOperation, narrow, type Width, wide } from './float-operations.ts';
import { hostFuses } from './host-fuses.ts';
import { valueTypes, W } from './opcodes.ts';
import type { ValueEmitter } from './value-emitter.ts';

/** FPCR.RMode and FPCR.FZ; FPSR.IXC. Arm ARM DDI 0487, C5.2.8 and C5.2.10. */
const FZ = 1 << 24;
const RMODE_FZ = (3 << 22) | FZ;
const IXC = 1 << 4;

const rows: readonly (readonly [HelperName, Width, number | null])[] = [
  ['f32Add', narrow, 0x92],
  ['f32Sub', narrow, 0x93],
  ['f32Mul', narrow, 0x94],
  ['f32Div', narrow, 0x95],
  ['f64Add', wide, 0xa0],
  ['f64Sub', wide, 0xa1],
  ['f64Mul', wide, 0xa2],
  ['f64Div', wide, 0xa3],
  ['f32MulAdd', narrow, null],
  ['f64MulAdd', wide, null],
];
const operations = new Map<number, HostOperation>(
  rows.map(([name, width, op]) => [helperNumber(name), { width, op }] as const),
);

/** (a, b, signalling, fpcr). */
const comparisons = new Map<number, Width>([
  [helperNumber('f32Compare'), narrow],
  [helperNumber('f64Compare'), wide],
]);

/**
 * Emits calls of floating-point helpers, with the case before them that is nearly every one: to nearest, nothing flushed, inexactness
 * known already or none, a normal result. There the host's operation is Arm's, and no flag changes: what the helpers try first themselves
 * (helpers/as/float-arithmetic.ts). Of comparisons: no NaN, nothing flushed.
 */
export class FloatEmitter {
  readonly #out: CodeWriter;
  readonly #values: ValueEmitter;
  readonly #exactness: ExactnessEmitter;

  constructor(out: CodeWriter, values: ValueEmitter) {
    this.#out = out;
    this.#values = values;
    this.#exactness = new ExactnessEmitter(out, values);
  }

  /** Emits a call, and leaves its result on the stack; false where it is none of these. */
  call(node: Node, helper: () => number): boolean {
    const compared = comparisons.get(node.imm);
    if (compared !== undefined) return this.#compare(node, compared, helper);
    const operation = operations.get(node.imm);
    if (operation === undefined || (operation.op === null && !hostFuses())) return false;
    const args = node.data as readonly Node[];
    const control = args.at(-1) as Node;
    if (control.op === Op.const32 && (control.imm & RMODE_FZ) !== 0) return false;
    const [out, values] = [this.#out, this.#values];
    for (const arg of args) values.ready(arg);
    const { type } = operation.width;
    const result = values.locals.take(type);
    this.#operate(operation, args.slice(0, -1));
    out.tee(result);
    this.#isPlain(type);
    this.#isLikeHost(control);
    out.byte(W.i32And);
    // Inexactness is known, or there is none.
    out.cell(W.i32Load, cells.FPSR);
    out.i32(IXC);
    out.byte(W.i32And);
    if (operation.op !== operation.width.div) {
      out.openMostly(valueTypes.i32);
      out.i32(1);
      out.byte(W.else);
      this.#exactness.test(operation, args.slice(0, -1), result);
      out.end();
    } else {
      out.i32(0);
      out.byte(W.i32Ne);
    }
    out.byte(W.i32And);
    out.openMostly(valueTypes[type]);
    out.get(result);
    out.byte(W.else);
    for (const arg of args) values.again(arg);
    out.call(helper());
    out.end();
    values.locals.give(type, result);
    for (const arg of args) values.used(arg);
    return true;
  }

  /** NZCV in bits 31:28: N is less, Z equal, C not less. */
  #compare(node: Node, width: Width, helper: () => number): boolean {
    const args = node.data as readonly Node[];
    const [a, b, , control] = args as [Node, Node, Node, Node];
    if (control.op === Op.const32 && (control.imm & FZ) !== 0) return false;
    const [out, values] = [this.#out, this.#values];
    for (const arg of args) values.ready(arg);
    const test = (which: 'eq' | 'lt' | 'le' | 'ge'): void => {
      for (const operand of [a, b]) {
        values.again(operand);
        out.byte(width.from);
      }
      out.byte(width[which]);
    };
    const shifted = (which: 'eq' | 'lt' | 'le' | 'ge', by: number): void => {
      test(which);
      out.i32(by);
      out.byte(W.i32Shl);
    };
    test('le');
    test('ge');
    out.byte(W.i32Or);
    values.again(control);
    out.i32(FZ);
    out.byte(W.i32And);
    out.byte(W.i32Eqz);
    out.byte(W.i32And);
    out.openMostly(valueTypes.i32);
    shifted('lt', 31);
    shifted('eq', 30);
    out.byte(W.i32Or);
    shifted('ge', 29);
    out.byte(W.i32Or);
    out.byte(W.else);
    for (const arg of args) values.again(arg);
    out.call(helper());
    out.end();
    for (const arg of args) values.used(arg);
    return true;
  }

  #operate({ width, op }: HostOperation, operands: readonly Node[]): void {
    const out = this.#out;
    // A fused one has its addend first here, and last on the host.
    for (const operand of op === null ? [...operands.slice(1), operands[0] as Node] : operands) {
      this.#values.again(operand);
      out.byte(width.from);
      if (op === null) out.simd(width.splat);
    }
    if (op === null) {
      out.simd(width.madd);
      out.simd(width.lane);
      out.byte(0);
    } else out.byte(op);
    out.byte(width.to);
  }

  /** Whether the value on the stack is a normal number, and not of the least exponent: one of that may have been rounded up to it. */
  #isPlain(type: Type): void {
    const out = this.#out;
    if (type === 'i64') {
      out.i64(1);
      out.byte(W.i64Shl);
      out.byte(W.i64Const);
      out.sleb64(0, 2 << 21);
      out.byte(W.i64Sub);
      out.byte(W.i64Const);
      out.sleb64(0, (0x7ff - 2) << 21);
      out.byte(W.i64LtU);
    } else {
      out.i32(1);
      out.byte(W.i32Shl);
      out.i32(2 << 24);
      out.byte(W.i32Sub);
      out.i32((0xff - 2) << 24);
      out.byte(W.i32LtU);
    }
  }
  /** Whether rounding and flushing are the host's. */
  #isLikeHost(control: Node): void {
    const out = this.#out;
    this.#values.again(control);
    out.i32(RMODE_FZ);
    out.byte(W.i32And);
    out.byte(W.i32Eqz);
  }
}
