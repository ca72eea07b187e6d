import { assert } from '../../base/assert.ts';
import { AccessFlags, accessInfo, alignmentBytes, elementBytes, MemorySize, memoryBytes, Op } from '../ir/ops.ts';
import type { BlockIr, Node, Type } from '../ir/types.ts';
import * as cells from '../state/cells.ts';
import { type AccessGroup, accessGroups, SPAN_MAX } from './access-groups.ts';
import type { CodeWriter } from './code-writer.ts';
import { linearAddress, rawLoad, rawStore, tlbCheck, zero64 } from './guest-memory.ts';
import { VOID_BLOCK, valueTypes, W } from './opcodes.ts';
import { ABANDONED, INFO_BITS, type Linker, storeFunction } from './runtime-functions.ts';
import { addressOf, emittedOperands, storedValues } from './uses.ts';
import type { ValueEmitter } from './value-emitter.ts';

const tables = { [Op.load]: cells.TLB_READ, [Op.store]: cells.TLB_WRITE } as const;

/**
 * Whether an access tells so many bytes to WebAssembly, which adds no negative ones, as lying beyond its linear address: they are taken off
 * the address of a result.
 */
const isBeyond = (offset: number): boolean => offset >= 0 && offset <= cells.RESULT;
assert(isBeyond(SPAN_MAX), 'all of a group');

/** An access about to be emitted. */
interface Emitted {
  readonly node: Node;
  readonly base: Node;
  /** From the base to the first byte. */
  readonly offset: number;
  readonly group: AccessGroup | undefined;
  /** Holds the linear address of the base, or of a group's lowest byte. */
  readonly linear: number;
  /** From there to the first byte of the access. */
  readonly beyond: number;
}

/**
 * Emits loads and stores, as QEMU does: inline where the TLB maps them, by a function of the run time where not. Accesses that are a group are
 * looked up together, with the first of them.
 */
export class AccessEmitter {
  readonly #out: CodeWriter;
  readonly #values: ValueEmitter;
  readonly #budget: number;
  #block!: BlockIr;
  #linker!: Linker;
  #groups: ReadonlyMap<Node, AccessGroup> = new Map();
  /** Those whose first access is emitted, and whose last is not. */
  #live: AccessGroup[] = [];
  /** Locals that hold the context, as far as it was read. */
  readonly #context = { i32: -1, i64: -1 };
  #scratch = -1;

  constructor(out: CodeWriter, values: ValueEmitter, budget: number) {
    this.#out = out;
    this.#values = values;
    this.#budget = budget;
  }

  begin(block: BlockIr, linker: Linker): void {
    this.#block = block;
    this.#linker = linker;
    this.#groups = accessGroups(block.nodes);
    this.#live = [];
  }
  end(): void {
    this.forgetContext();
    if (this.#scratch >= 0) this.#values.locals.give('i32', this.#scratch);
    this.#scratch = -1;
  }
  /** A local for use in one place at a time. */
  scratch(): number {
    if (this.#scratch < 0) this.#scratch = this.#values.locals.take('i32');
    return this.#scratch;
  }
  /** The context may be another from here on, or is known in an arm alone. */
  forgetContext(): void {
    for (const type of ['i32', 'i64'] as const) {
      if (this.#context[type] >= 0) this.#values.locals.give(type, this.#context[type]);
      this.#context[type] = -1;
    }
  }

  /** `further`: the nodes of what is loaded behind the first value. */
  load(node: Node, further: readonly Node[]): void {
    const out = this.#out;
    const step = elementBytes[node.imm] as number;
    const values = [node, ...further];
    const { locals } = this.#values;
    const at = this.#begin(node);
    const only = values.length === 1;
    // All get locals even if one is not wanted: a fault is.
    for (const value of values) value.local = locals.take(value.type as Type);
    out.openMostly(valueTypes.i32);
    this.#found(at);
    out.get(at.linear);
    out.byte(W.else);
    this.#missed(at);
    this.#slow(at, this.#linker.imports.load, () => undefined);
    const from = this.scratch();
    out.tee(from);
    out.byte(W.i32Eqz);
    this.#abandonIf();
    out.get(from);
    if (at.beyond > 0) {
      // As if it were from the linear address that the TLB gives.
      out.i32(at.beyond);
      out.byte(W.i32Sub);
    }
    out.end();
    if (!only) out.set(from);
    for (const [i, value] of values.entries()) {
      if (!only) out.get(from);
      rawLoad(out, node.imm, at.beyond + step * i);
      out.set(value.local);
    }
    this.#done(at);
    for (const made of values) if (made.uses === 0) locals.give(made.type as Type, made.local);
  }

  store(node: Node): void {
    const out = this.#out;
    const size = node.imm;
    const step = elementBytes[size] as number;
    const stored = storedValues(node);
    for (const value of stored) this.#values.ready(value);
    const at = this.#begin(node);
    out.openMostly(VOID_BLOCK);
    this.#found(at);
    if (size === MemorySize.zero64) zero64(out, at.linear, at.beyond);
    for (const [i, value] of stored.entries()) {
      out.get(at.linear);
      this.#values.again(value);
      rawStore(out, size, at.beyond + step * i);
    }
    out.byte(W.else);
    this.#missed(at);
    const name = storeFunction(size);
    const values = (): void => {
      for (const value of stored) this.#values.again(value);
    };
    if (name === 'store')
      for (const [i, value] of stored.entries()) {
        out.i32(0);
        this.#values.again(value);
        rawStore(out, size, cells.ARG_VALUE + step * i);
      }
    this.#slow(at, this.#linker.imports[name], name === 'store' ? () => undefined : values);
    this.#abandonIf();
    out.end();
    this.#done(at);
  }

  /** Leaves on the stack whether the access is mapped. */
  #begin(node: Node): Emitted {
    const { base, offset } = addressOf(node);
    this.#values.inLocal(base);
    const group = this.#groups.get(node);
    if (group === undefined) {
      this.#check(node, base, offset, node.imm === MemorySize.zero64 ? 1 : (memoryBytes[node.imm] as number));
      return { node, base, offset, group, linear: this.scratch(), beyond: isBeyond(offset) ? offset : 0 };
    }
    if (group.first === node) {
      group.local = this.#values.locals.take('i32');
      this.#check(node, base, group.low, group.high - group.low);
    } else this.#out.get(group.local);
    return { node, base, offset, group, linear: group.local, beyond: offset - group.low };
  }
  #check(node: Node, base: Node, offset: number, bytes: number): void {
    const context = this.#contextOf(node, base.type === 'i32' ? 'i32' : 'i64');
    const alignment = alignmentBytes(node.imm2, memoryBytes[node.imm] as number);
    tlbCheck(this.#out, tables[node.op as 0x2020], this.scratch(), { base, offset, bytes, alignment, context });
  }
  #contextOf(node: Node, type: 'i32' | 'i64'): () => void {
    const out = this.#out;
    const load = type === 'i32' ? W.i32Load : W.i64Load;
    if (node.imm2 & AccessFlags.unprivileged) return () => out.cell(load, cells.CONTEXT_UNPRIVILEGED);
    if (this.#context[type] < 0) {
      this.#context[type] = this.#values.locals.take(type);
      out.cell(load, cells.CONTEXT);
      out.set(this.#context[type]);
    }
    return () => out.get(this.#context[type]);
  }
  /** In the arm of what is mapped: the linear address into its local. */
  #found({ node, base, offset, group, linear }: Emitted): void {
    if (group !== undefined && group.first !== node) return;
    const plus = group?.low ?? (isBeyond(offset) ? 0 : offset);
    linearAddress(this.#out, tables[node.op as 0x2020], this.scratch(), base, plus);
    this.#out.set(linear);
  }
  /** In the other arm: what the TLB says of any page may change. */
  #missed({ node, group }: Emitted): void {
    for (const live of group?.first === node ? [...this.#live, group] : this.#live) {
      if (live === group && group.first !== node) continue;
      this.#out.i32(0);
      this.#out.set(live.local);
    }
  }
  #slow({ node, base, offset }: Emitted, target: number, values: () => void): void {
    const out = this.#out;
    out.get(base.local);
    if (base.type === 'i32') {
      if (offset !== 0) {
        out.i32(offset);
        out.byte(W.i32Add);
      }
      out.byte(W.i64ExtendI32U);
    } else if (offset !== 0) {
      out.i64(offset);
      out.byte(W.i64Add);
    }
    values();
    const { offsets } = this.#block;
    const info = accessInfo(node.imm, node.imm2, offsets[node.at] as number);
    out.i32(info | ((offsets.length - node.at) << INFO_BITS));
    out.get(this.#budget);
    out.call(target);
  }
  #abandonIf(): void {
    const out = this.#out;
    out.open(W.if);
    out.i32(ABANDONED);
    out.byte(W.return);
    out.end();
  }
  #done({ node, group }: Emitted): void {
    for (const operand of emittedOperands(node)) this.#values.used(operand);
    if (group === undefined) return;
    if (group.first === node) this.#live.push(group);
    if (group.last === node) {
      this.#live = this.#live.filter((live) => live !== group);
      this.#values.locals.give('i32', group.local);
    }
  }
}
