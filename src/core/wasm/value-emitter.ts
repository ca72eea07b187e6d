import { assert } from '../../base/assert.ts';
import { Op, Simd } from '../ir/ops.ts';
import type { Node, Type } from '../ir/types.ts';
import { type CodeWriter, Locals } from './code-writer.ts';
import { valueTypes, W } from './opcodes.ts';
import { emittedOperands, isConstant } from './uses.ts';

/** Emits the values of a block: on the stack where they are used, or into a local if that is often. */
export class ValueEmitter {
  readonly #out: CodeWriter;
  readonly #parameters: number;
  locals: Locals;

  /** @param parameters of the function, which come before its locals */
  constructor(out: CodeWriter, parameters: number) {
    this.#out = out;
    this.#parameters = parameters;
    this.locals = new Locals(parameters);
  }
  /** Starts another function. */
  begin(): void {
    this.locals = new Locals(this.#parameters);
  }

  /** Puts a value on the stack. Its local, if it has one, is free again after the last use. */
  value(node: Node): void {
    if (node.local >= 0) {
      this.#out.get(node.local);
      this.used(node);
      return;
    }
    this.#operation(node);
    if (node.uses > 1 && !isConstant(node)) {
      node.local = this.locals.take(node.type as Type);
      this.#out.tee(node.local);
      this.used(node);
    }
  }
  /** One of the uses of a value in a local is emitted. */
  used(node: Node): void {
    if (--node.uses === 0 && node.local >= 0) this.locals.give(node.type as Type, node.local);
  }
  /** Makes sure that the value is in a local, for pieces that name it several times; `used` ends that. */
  inLocal(node: Node): number {
    if (node.local < 0) {
      this.#operation(node);
      node.local = this.locals.take(node.type as Type);
      this.#out.set(node.local);
    }
    return node.local;
  }
  /** Readies a value to be named several times by `again`; `used` ends that. */
  ready(node: Node): void {
    if (!isConstant(node)) this.inLocal(node);
  }
  again(node: Node): void {
    if (node.local >= 0) this.#out.get(node.local);
    else this.#operation(node);
  }
  /** Puts the value on the stack into a local of the node's own, unless nobody wants it. */
  keep(node: Node): void {
    if (node.uses === 0) {
      this.#out.byte(W.drop);
      return;
    }
    node.local = this.locals.take(node.type as Type);
    this.#out.set(node.local);
  }
  #operation(node: Node): void {
    const { op } = node;
    const out = this.#out;
    switch (op) {
      case Op.const32:
        out.i32(node.imm);
        return;
      case Op.const64:
        out.byte(W.i64Const);
        out.sleb64(node.imm, node.imm2);
        return;
      case Op.const128:
        out.simd(W.v128Const);
        out.raw(node.data as Uint8Array);
        return;
    }
    assert(op < Op.const32 || op === Op.select, 'effects are emitted in their place');
    if (node.a) this.value(node.a);
    if (node.b) this.value(node.b);
    if (node.c) this.value(node.c);
    if (op === Op.select) {
      if (node.type === 'v128') {
        out.byte(W.selectTyped);
        out.uleb(1);
        out.byte(valueTypes.v128);
      } else out.byte(W.select);
    } else if (op >= Simd) {
      const code = op - Simd;
      out.simd(code);
      if (node.data) out.raw(node.data as Uint8Array);
      else if (code >= 21 && code <= 34) out.byte(node.imm);
    } else out.byte(op);
  }

  /** Values made before an `if` and used in its arms as well as elsewhere must exist on every path. */
  materializeForArms(nodes: readonly Node[], from: number): void {
    const made = new Set<Node>();
    let depth = 0;
    for (let i = from + 1; ; i++) {
      const node = nodes[i] as Node;
      if (node.op === Op.if) depth++;
      else if (node.op === Op.end && --depth < 0) break;
      made.add(node);
    }
    const visit = (node: Node): void => {
      if (node.local >= 0 || made.has(node) || node.uses === 0) return;
      if (node.uses > 1) this.inLocal(node);
      else for (const operand of emittedOperands(node)) visit(operand);
    };
    for (const node of made) for (const operand of emittedOperands(node)) visit(operand);
  }
}
