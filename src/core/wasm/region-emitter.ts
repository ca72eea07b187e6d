import { PAGE_BYTES } from '../../base/page.ts';
import { isPureHelper } from '../helpers/signatures.ts';
import { Op } from '../ir/ops.ts';
import type { BlockIr, Node } from '../ir/types.ts';
import * as cells from '../state/cells.ts';
import { AccessEmitter } from './access-emitter.ts';
import { loadCell, storeCell } from './cell-access.ts';
import type { CodeWriter } from './code-writer.ts';
import { FloatEmitter } from './float-emitter.ts';
import { W } from './opcodes.ts';
import { ABANDONED, INFO_BITS, type Linker } from './runtime-functions.ts';
import { countUses } from './uses.ts';
import { ValueEmitter } from './value-emitter.ts';

/** Parameters of every region, and how many. */
const BUDGET = 0;
const ENTRY = 1;
const PARAMETERS = 2;

/**
 * Emits blocks of one page as one function (budget, entry) -> budget left. Entry n starts at block n. Each block first takes its
 * instructions off the budget. Jumps within the region are branches: back by way of a loop around all of it, which goes in by
 * entry anew. Others are tail calls: to the region that a cell of BLOCK_REFS names, or through the jump cache; and to `jump` where that knows nothing.
 */
export class RegionEmitter {
  readonly #out: CodeWriter;
  readonly #values: ValueEmitter;
  readonly #accesses: AccessEmitter;
  readonly #floats: FloatEmitter;
  #linker!: Linker;
  #numbers = new Map<number, number>();
  // The block being emitted.
  #block!: BlockIr;
  #number = 0;
  /** How many there are in the region, and whether a loop is around them. */
  #blocks = 0;
  #isLoop = false;
  /** Local of the address that jumps beyond the page go to; -1 before the first. */
  #address = -1;
  /** WebAssembly blocks open within this block's code: ifs, and the loop around it if it jumps to itself. */
  #depth = 0;
  #loops = false;
  /** Index of the node being emitted. */
  #index = 0;

  constructor(out: CodeWriter) {
    this.#out = out;
    this.#values = new ValueEmitter(out, PARAMETERS);
    this.#accesses = new AccessEmitter(out, this.#values, BUDGET);
    this.#floats = new FloatEmitter(out, this.#values);
  }

  /** Writes the body; `blocks` by ascending offset. Returns the types of its locals, as value type bytes. */
  emit(blocks: readonly BlockIr[], linker: Linker): readonly number[] {
    this.#linker = linker;
    this.#values.begin();
    this.#numbers = new Map(blocks.map((b, i) => [b.offsets[0] as number, i]));
    const out = this.#out;
    this.#blocks = blocks.length;
    this.#isLoop = false;
    this.#address = -1;
    // Around all: jumps beyond the page go to its end.
    out.open(W.block);
    if (blocks.length > 1) {
      const loops = blocks.some(({ targets }, i) => targets.some((offset) => (this.#numbers.get(offset) ?? i) < i));
      this.#isLoop = loops;
      if (loops) out.open(W.loop);
      for (let i = 0; i < blocks.length; i++) out.open(W.block);
      out.get(ENTRY);
      out.byte(W.brTable);
      out.uleb(blocks.length - 1);
      for (let i = 0; i < blocks.length; i++) out.uleb(i);
      for (const [i, block] of blocks.entries()) {
        out.end();
        this.#emitBlock(block, i);
      }
      out.byte(W.unreachable);
      if (loops) out.end();
    } else this.#emitBlock(blocks[0] as BlockIr, 0);
    out.byte(W.unreachable);
    out.end();
    if (this.#address < 0) out.byte(W.unreachable);
    else {
      out.jumpByCache(BUDGET, this.#address, this.#values.locals.take('i32'));
      out.get(BUDGET);
      out.get(this.#address);
      out.returnCall(this.#linker.imports.jump);
    }
    out.end();
    return this.#values.locals.types;
  }

  #emitBlock(block: BlockIr, number: number): void {
    const { nodes } = block;
    this.#block = block;
    this.#number = number;
    this.#depth = 0;
    this.#loops = block.targets.includes(block.offsets[0] as number);
    countUses(nodes);
    this.#accesses.begin(block, this.#linker);
    if (this.#loops) {
      this.#out.open(W.loop);
      this.#depth = 1;
    }
    this.#prologue();
    for (let i = 0; i < nodes.length; i++) {
      const node = nodes[i] as Node;
      this.#index = i;
      if (node.op === Op.if) this.#values.materializeForArms(nodes, i);
      this.#effect(node);
    }
    if (this.#loops) this.#out.end();
    this.#accesses.end();
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
    out.openSeldom();
    out.get(BUDGET);
    out.i32((offsets[0] as number) | (offsets.length << INFO_BITS));
    out.returnCall(this.#linker.imports.spent);
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
        this.#values.keep(node);
        return;
      case Op.icount:
        if (node.uses === 0) return;
        out.cell(W.i64Load, cells.SLICE_END);
        this.#budgetBefore(node.at);
        out.byte(W.i64ExtendI32U);
        out.byte(W.i64Sub);
        this.#values.keep(node);
        return;
      case Op.setCell8:
      case Op.setCell16:
      case Op.setCell32:
      case Op.setCell64:
      case Op.setCell128:
        out.i32(0);
        this.#values.value(node.a as Node);
        storeCell(out, node.op, node.imm);
        return;
      case Op.load:
        this.#accesses.load(node, this.#loadedBehind());
        return;
      case Op.store:
        this.#accesses.store(node);
        return;
      case Op.call:
        this.#call(node);
        return;
      case Op.runtime:
        out.setCell32(cells.PC_OFFSET, this.#offsetOf(node));
        out.i32((node.imm << 24) | node.imm2);
        this.#budgetBefore(node.at);
        out.call(this.#linker.imports.runtime);
        out.open(W.if);
        out.i32(ABANDONED);
        out.byte(W.return);
        out.end();
        // It may have changed the context.
        this.#accesses.forgetContext();
        return;
      case Op.if:
        this.#values.value(node.a as Node);
        this.#openIf();
        return;
      case Op.else:
        out.byte(W.else);
        this.#accesses.forgetContext();
        return;
      case Op.end:
        this.#closeIf();
        this.#accesses.forgetContext();
        return;
      case Op.exitIf:
        this.#values.value(node.a as Node);
        this.#openIf(true);
        this.#leave(node.imm, this.#offsetAfter(node), node.at + 1);
        this.#closeIf();
        return;
      case Op.exitAtIf:
        this.#values.value(node.a as Node);
        this.#openIf(true);
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
        this.#values.value(node.a as Node);
        this.#openIf();
        this.#branch(node.imm);
        this.#closeIf();
        this.#branch(this.#block.endOffset);
        return;
      case Op.branchTo:
        this.#values.value(node.a as Node);
        this.#jump();
        return;
    }
  }
  /** By itself: each call of a function with a closure in it makes room for what that takes along. */
  #call(node: Node): void {
    if (node.uses === 0 && isPureHelper(node.imm)) return;
    if (!this.#floats.call(node, () => this.#linker.helper(node.imm))) {
      for (const arg of node.data as readonly Node[]) this.#values.value(arg);
      this.#out.call(this.#linker.helper(node.imm));
    }
    if (node.type !== 'none') this.#values.keep(node);
  }
  /** The nodes of what the load being emitted loads behind its first value. */
  #loadedBehind(): readonly Node[] {
    const { nodes } = this.#block;
    const first = this.#index + 1;
    let end = first;
    while (nodes[end]?.op === Op.loadFurther) end++;
    return nodes.slice(first, end);
  }
  #openIf(isSeldom = false): void {
    if (isSeldom) this.#out.openSeldom();
    else this.#out.open(W.if);
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
        // The loop is outside the blocks that are still open.
        out.i32(number);
        out.set(ENTRY);
        out.branch(this.#depth + this.#blocks - this.#number - 1);
      }
    } else if (offset >= 0 && offset < PAGE_BYTES) {
      const packed = this.#accesses.scratch();
      out.setCell32(cells.PC_OFFSET, offset);
      out.cell(W.i32Load, this.#linker.refCell(offset));
      out.set(packed);
      out.jumpByRef(BUDGET, packed);
    } else {
      out.cell(W.i64Load, cells.PC_BASE);
      out.i64(offset);
      out.byte(W.i64Add);
      if (this.#block.aarch32) {
        out.byte(W.i32WrapI64);
        out.byte(W.i64ExtendI32U);
      }
      this.#jump();
    }
  }
  /** To the address on the stack, by the jump cache: of each region by an indirect jump of its own, since processors predict these by their places. */
  #jump(): void {
    if (this.#address < 0) this.#address = this.#values.locals.take('i64');
    this.#out.set(this.#address);
    this.#out.branch(this.#depth + this.#blocks - this.#number - 1 + (this.#isLoop ? 1 : 0));
  }
}
