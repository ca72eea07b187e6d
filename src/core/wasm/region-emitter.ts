import { assert } from '../../base/assert.ts';
import { PAGE_BYTES } from '../../base/page.ts';
import { isPureHelper } from '../helpers/signatures.ts';
import { AccessFlags, accessInfo, elementBytes, MemorySize, Op, Simd } from '../ir/ops.ts';
import type { Node, Type } from '../ir/types.ts';
import * as cells from '../state/cells.ts';
import { ExitReason } from '../state/codes.ts';
import { loadCell, storeCell } from './cell-access.ts';
import { type CodeWriter, Locals } from './code-writer.ts';
import { type AccessLocals, linearAddress, rawLoad, rawStore, tlbCheck, zero64 } from './guest-memory.ts';
import { valueTypes, W } from './opcodes.ts';
import { countUses, isConstant, operandsOf, storedValues } from './uses.ts';

/** What a region's code refers to outside itself, by function index. */
export interface Linker {
  helper(number: number): number;
  readonly imports: { readonly jump: number; readonly load: number; readonly store: number; readonly runtime: number };
  /** The region's own function. */
  readonly self: number;
  /** Address of the cell of BLOCK_REFS for the block at this offset of the page. */
  refCell(offset: number): number;
}

export interface BlockIr {
  /** Addresses have 32 bits. */
  readonly aarch32: boolean;
  readonly nodes: readonly Node[];
  /** Offset in the page of every instruction. */
  readonly offsets: readonly number[];
  /** Offset behind the last instruction. */
  readonly endOffset: number;
}

/** Parameters of every region, and how many. */
const BUDGET = 0;
const ENTRY = 1;
const PARAMETERS = 2;

/**
 * Emits blocks of one page as one function (budget, entry) -> budget left. Entry n starts at block n. Each block takes its
 * instructions off the budget first. Jumps forward within the region are branches; others are tail calls: to this
 * function, to the region that a cell of BLOCK_REFS names, or through the jump cache.
 */
export class RegionEmitter {
  readonly #out: CodeWriter;
  #linker!: Linker;
  #numbers = new Map<number, number>();
  #locals = new Locals(PARAMETERS);
  // The block being emitted.
  #block!: BlockIr;
  #number = 0;
  /** WebAssembly blocks open within this block's code: ifs, and the loop around it if it jumps to itself. */
  #depth = 0;
  #loops = false;
  #context = -1;
  #entry = -1;
  /** Index of the node being emitted. */
  #index = 0;

  constructor(out: CodeWriter) {
    this.#out = out;
  }

  /** Writes the body; `blocks` by ascending offset. Returns the types of its locals, as value type bytes. */
  emit(blocks: readonly BlockIr[], linker: Linker): readonly number[] {
    this.#linker = linker;
    this.#locals = new Locals(PARAMETERS);
    this.#numbers = new Map(blocks.map((b, i) => [b.offsets[0] as number, i]));
    const out = this.#out;
    if (blocks.length > 1) {
      for (let i = 0; i < blocks.length; i++) out.open(W.block);
      out.get(ENTRY);
      out.byte(W.brTable);
      out.uleb(blocks.length - 1);
      for (let i = 0; i < blocks.length; i++) out.uleb(i);
      for (const [i, block] of blocks.entries()) {
        out.end();
        this.#emitBlock(block, i);
      }
    } else this.#emitBlock(blocks[0] as BlockIr, 0);
    out.byte(W.unreachable);
    out.end();
    return this.#locals.types;
  }

  #emitBlock(block: BlockIr, number: number): void {
    const { nodes } = block;
    this.#block = block;
    this.#number = number;
    this.#context = -1;
    this.#entry = -1;
    this.#depth = 0;
    this.#loops = jumpsToItself(block);
    countUses(nodes);
    if (this.#loops) {
      this.#out.open(W.loop);
      this.#depth = 1;
    }
    this.#prologue();
    for (let i = 0; i < nodes.length; i++) {
      const node = nodes[i] as Node;
      this.#index = i;
      if (node.op === Op.if) this.#materializeForArms(i);
      this.#effect(node);
    }
    if (this.#loops) this.#out.end();
    this.#forgetContext();
    if (this.#entry >= 0) this.#locals.give('i32', this.#entry);
  }

  // --- budget and leaving --------------------------------------------------------------------------------------------
  #prologue(): void {
    const out = this.#out;
    const { offsets } = this.#block;
    out.get(BUDGET);
    out.i32(offsets.length);
    out.byte(W.i32Sub);
    out.tee(BUDGET);
    out.i32(0);
    out.byte(W.i32LtS);
    out.open(W.if);
    this.#leave(ExitReason.budget, offsets[0] as number, 0);
    out.end();
  }
  /** The budget as it was before instruction `at` of this block. */
  #budgetBefore(at: number): void {
    this.#out.get(BUDGET);
    const left = this.#block.offsets.length - at;
    if (left === 0) return;
    this.#out.i32(left);
    this.#out.byte(W.i32Add);
  }
  #leave(reason: number, offset: number, at: number): void {
    this.#out.setCell32(cells.PC_OFFSET, offset);
    this.#out.setCell32(cells.EXIT_REASON, reason);
    this.#budgetBefore(at);
    this.#out.byte(W.return);
  }
  #offsetOf(node: Node): number {
    return this.#block.offsets[node.at] as number;
  }
  #offsetAfter(node: Node): number {
    return this.#block.offsets[node.at + 1] ?? this.#block.endOffset;
  }

  // --- values ----------------------------------------------------------------------------------------------------------
  /** Puts a value on the stack. Its local, if it has one, is free again after the last use. */
  #value(node: Node): void {
    if (node.local >= 0) {
      this.#out.get(node.local);
      this.#used(node);
      return;
    }
    this.#operation(node);
    if (node.uses > 1 && !isConstant(node)) {
      node.local = this.#locals.take(node.type as Type);
      this.#out.tee(node.local);
      this.#used(node);
    }
  }
  /** One of the uses of a value in a local is emitted. */
  #used(node: Node): void {
    if (--node.uses === 0) this.#locals.give(node.type as Type, node.local);
  }
  /** Makes sure that the value is in a local, for pieces that name it several times; `#used` ends that. */
  #inLocal(node: Node): number {
    if (node.local < 0) {
      this.#operation(node);
      node.local = this.#locals.take(node.type as Type);
      this.#out.set(node.local);
    }
    return node.local;
  }
  /** Puts the value on the stack into a local of the node's own, unless nobody wants it. */
  #keep(node: Node): void {
    if (node.uses === 0) {
      this.#out.byte(W.drop);
      return;
    }
    node.local = this.#locals.take(node.type as Type);
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
    if (node.a) this.#value(node.a);
    if (node.b) this.#value(node.b);
    if (node.c) this.#value(node.c);
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
  #materializeForArms(from: number): void {
    const { nodes } = this.#block;
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
      if (node.uses > 1) this.#inLocal(node);
      else for (const operand of operandsOf(node)) visit(operand);
    };
    for (const node of made) for (const operand of operandsOf(node)) visit(operand);
  }

  // --- effects -----------------------------------------------------------------------------------------------------------
  #effect(node: Node): void {
    const out = this.#out;
    switch (node.op) {
      case Op.cell8:
      case Op.cell16:
      case Op.cell32:
      case Op.cell64:
      case Op.cell128:
        if (node.uses === 0) return;
        out.i32(0);
        loadCell(out, node.op, node.imm);
        this.#keep(node);
        return;
      case Op.icount:
        if (node.uses === 0) return;
        out.cell(W.i64Load, cells.SLICE_END);
        this.#budgetBefore(node.at);
        out.byte(W.i64ExtendI32U);
        out.byte(W.i64Sub);
        this.#keep(node);
        return;
      case Op.setCell8:
      case Op.setCell16:
      case Op.setCell32:
      case Op.setCell64:
      case Op.setCell128:
        out.i32(0);
        this.#value(node.a as Node);
        storeCell(out, node.op, node.imm);
        return;
      case Op.load:
        this.#guestLoad(node);
        return;
      case Op.store:
        this.#guestStore(node);
        return;
      case Op.call:
        if (node.uses === 0 && isPureHelper(node.imm)) return;
        for (const arg of node.data as readonly Node[]) this.#value(arg);
        out.call(this.#linker.helper(node.imm));
        if (node.type !== 'none') this.#keep(node);
        return;
      case Op.runtime:
        out.setCell32(cells.PC_OFFSET, this.#offsetOf(node));
        out.i32((node.imm << 24) | node.imm2);
        this.#budgetBefore(node.at);
        out.call(this.#linker.imports.runtime);
        this.#abandonIf(node);
        // It may have changed the context.
        this.#forgetContext();
        return;
      case Op.if:
        this.#value(node.a as Node);
        this.#openIf();
        return;
      case Op.else:
        out.byte(W.else);
        this.#forgetContext();
        return;
      case Op.end:
        this.#closeIf();
        this.#forgetContext();
        return;
      case Op.exitIf:
        this.#value(node.a as Node);
        this.#openIf();
        this.#leave(node.imm, this.#offsetAfter(node), node.at + 1);
        this.#closeIf();
        return;
      case Op.exitAtIf:
        this.#value(node.a as Node);
        this.#openIf();
        out.setCell32(cells.EXIT_ARGUMENT, node.imm2);
        this.#leave(node.imm, this.#offsetOf(node), node.at);
        this.#closeIf();
        return;
      case Op.exitAt:
        out.setCell32(cells.EXIT_ARGUMENT, node.imm2);
        this.#leave(node.imm, this.#offsetOf(node), node.at);
        return;
      case Op.exitAfter:
        out.setCell32(cells.EXIT_ARGUMENT, node.imm2);
        this.#leave(node.imm, this.#offsetAfter(node), node.at + 1);
        return;
      case Op.branch:
        this.#branch(node.imm);
        return;
      case Op.branchIf:
        this.#value(node.a as Node);
        this.#openIf();
        this.#branch(node.imm);
        this.#closeIf();
        this.#branch(this.#block.endOffset);
        return;
      case Op.branchTo:
        out.get(BUDGET);
        this.#value(node.a as Node);
        out.returnCall(this.#linker.imports.jump);
        return;
    }
  }
  #openIf(): void {
    this.#out.open(W.if);
    this.#depth++;
  }
  #closeIf(): void {
    this.#out.end();
    this.#depth--;
  }

  // --- jumps -------------------------------------------------------------------------------------------------------------
  #branch(offset: number): void {
    const out = this.#out;
    const number = this.#numbers.get(offset);
    if (number !== undefined) {
      if (number > this.#number) out.branch(this.#depth + number - this.#number - 1);
      else if (number === this.#number) out.branch(this.#depth - 1);
      else {
        out.get(BUDGET);
        out.i32(number);
        out.returnCall(this.#linker.self);
      }
    } else if (offset >= 0 && offset < PAGE_BYTES) {
      const packed = this.#entryLocal();
      out.setCell32(cells.PC_OFFSET, offset);
      out.cell(W.i32Load, this.#linker.refCell(offset));
      out.set(packed);
      out.jumpByRef(BUDGET, packed);
    } else {
      out.get(BUDGET);
      out.cell(W.i64Load, cells.PC_BASE);
      out.i64(offset);
      out.byte(W.i64Add);
      if (this.#block.aarch32) {
        out.byte(W.i32WrapI64);
        out.byte(W.i64ExtendI32U);
      }
      out.returnCall(this.#linker.imports.jump);
    }
  }

  // --- guest memory ------------------------------------------------------------------------------------------------------
  #entryLocal(): number {
    if (this.#entry < 0) this.#entry = this.#locals.take('i32');
    return this.#entry;
  }
  #forgetContext(): void {
    if (this.#context >= 0) this.#locals.give('i64', this.#context);
    this.#context = -1;
  }
  #access(node: Node): AccessLocals {
    const address = this.#inLocal(node.a as Node);
    const entry = this.#entryLocal();
    if (node.imm2 & AccessFlags.unprivileged)
      return { address, entry, context: -1, contextCell: cells.CONTEXT_UNPRIVILEGED };
    if (this.#context < 0) {
      this.#context = this.#locals.take('i64');
      this.#out.cell(W.i64Load, cells.CONTEXT);
      this.#out.set(this.#context);
    }
    return { address, entry, context: this.#context, contextCell: cells.CONTEXT };
  }
  #slowCall(node: Node, address: number, target: number): void {
    const out = this.#out;
    out.i32(0);
    out.get(address);
    out.memory(W.i64Store, cells.ARG_ADDRESS);
    out.i32(accessInfo(node.imm, node.imm2, this.#offsetOf(node)));
    this.#budgetBefore(node.at);
    out.call(target);
    this.#abandonIf(node);
  }
  /** Returns if the run time left 1 on the stack: the instruction is abandoned, not retired. */
  #abandonIf(node: Node): void {
    this.#out.open(W.if);
    this.#budgetBefore(node.at);
    this.#out.byte(W.return);
    this.#out.end();
  }
  /** The values that a load makes: its own, and those of the nodes behind it. */
  #loadedValues(node: Node): Node[] {
    const values = [node];
    for (let i = this.#index + 1; this.#block.nodes[i]?.op === Op.loadFurther; i++)
      values.push(this.#block.nodes[i] as Node);
    return values;
  }
  #guestLoad(node: Node): void {
    const out = this.#out;
    const size = node.imm;
    const step = elementBytes[size] as number;
    const values = this.#loadedValues(node);
    const at = this.#access(node);
    tlbCheck(out, size, node.imm2, cells.TLB_READ, at);
    // All get locals even if one is not wanted: a fault is.
    for (const value of values) value.local = this.#locals.take(value.type as Type);
    out.open(W.if);
    linearAddress(out, cells.TLB_READ, at);
    if (values.length > 1) out.set(at.entry);
    for (const [i, value] of values.entries()) {
      if (values.length > 1) out.get(at.entry);
      rawLoad(out, size, step * i);
      out.set(value.local);
    }
    out.byte(W.else);
    this.#slowCall(node, at.address, this.#linker.imports.load);
    for (const [i, value] of values.entries()) {
      out.i32(0);
      rawLoad(out, size, cells.RESULT + step * i);
      out.set(value.local);
    }
    out.end();
    this.#used(node.a as Node);
    for (const made of values) if (made.uses === 0) this.#locals.give(made.type as Type, made.local);
  }
  #guestStore(node: Node): void {
    const out = this.#out;
    const size = node.imm;
    const step = elementBytes[size] as number;
    const values = storedValues(node).map((value) => this.#inLocal(value));
    const at = this.#access(node);
    tlbCheck(out, size, node.imm2, cells.TLB_WRITE, at);
    out.open(W.if);
    linearAddress(out, cells.TLB_WRITE, at);
    if (values.length !== 1) out.set(at.entry);
    if (size === MemorySize.zero64) zero64(out, at.entry);
    for (const [i, local] of values.entries()) {
      if (values.length > 1) out.get(at.entry);
      out.get(local);
      rawStore(out, size, step * i);
    }
    out.byte(W.else);
    for (const [i, local] of values.entries()) {
      out.i32(0);
      out.get(local);
      rawStore(out, size, cells.ARG_VALUE + step * i);
    }
    this.#slowCall(node, at.address, this.#linker.imports.store);
    out.end();
    for (const operand of operandsOf(node)) this.#used(operand);
  }
}

function jumpsToItself({ nodes, offsets, endOffset }: BlockIr): boolean {
  const last = nodes.at(-1);
  const start = offsets[0] as number;
  if (last?.op === Op.branch) return last.imm === start;
  return last?.op === Op.branchIf && (last.imm === start || endOffset === start);
}
