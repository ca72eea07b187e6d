import { assert } from '../../base/assert.ts';
import { AccessFlags, MemorySize, memoryBytes, Op, Simd } from '../ir/ops.ts';
import type { Node, Type } from '../ir/types.ts';
import * as cells from '../state/cells.ts';
import { ExitReason } from '../state/codes.ts';
import { VOID_BLOCK, valueTypes, W } from './opcodes.ts';
import type { ByteWriter } from './writer.ts';

/** What a block's code refers to outside itself. */
export interface Linker {
  /** Function index of a helper, of a run-time import, or of the block at this offset of the page if it is in this module. */
  helper(number: number): number;
  readonly imports: { readonly jump: number; readonly load: number; readonly store: number; readonly runtime: number };
  blockInModule(offset: number): number | undefined;
  /** Table slot of the block at this offset of the page. */
  slot(offset: number): number;
}

export interface BlockIr {
  readonly nodes: readonly Node[];
  /** Offset in the page of every instruction. */
  readonly offsets: readonly number[];
  /** Offset behind the last instruction. */
  readonly endOffset: number;
}

const BUDGET = 0;
const PAGE_MASK = -4096;
const TLB_INDEX_SHIFT = 8;
const TLB_INDEX_MASK = (cells.TLB_ENTRIES - 1) << 4;

/**
 * Emits one block as a function (budget: i32) -> i32: takes the block's instructions off the budget, runs it, and goes on
 * to the next block by a tail call, or returns what is left of the budget with the reason in the cell EXIT_REASON.
 */
export class FunctionEmitter {
  readonly #out: ByteWriter;
  #linker!: Linker;
  #block!: BlockIr;
  #locals: number[] = [];
  /** Locals: the current context's number, and the offset in the TLB of the entry in question. */
  #context = -1;
  #tlbIndex = -1;
  #next: Node | undefined;

  constructor(out: ByteWriter) {
    this.#out = out;
  }

  /** Writes the body's instructions; returns the types of its locals (beyond the parameter), as value type bytes. */
  emit(block: BlockIr, linker: Linker): readonly number[] {
    this.#block = block;
    this.#linker = linker;
    this.#locals = [];
    this.#context = -1;
    this.#tlbIndex = -1;
    countUses(block.nodes);
    this.#prologue();
    const { nodes } = block;
    for (let i = 0; i < nodes.length; i++) {
      const node = nodes[i] as Node;
      this.#next = nodes[i + 1];
      if (node.op === Op.if) this.#materializeForArms(i);
      this.#effect(node);
    }
    this.#out.byte(W.end);
    return this.#locals;
  }

  #local(type: Type): number {
    this.#locals.push(valueTypes[type]);
    return this.#locals.length;
  }

  // --- small pieces ------------------------------------------------------------------------------------------------
  #i32(value: number): void {
    this.#out.byte(W.i32Const);
    this.#out.sleb(value);
  }
  #get(local: number): void {
    this.#out.byte(W.localGet);
    this.#out.uleb(local);
  }
  #set(local: number): void {
    this.#out.byte(W.localSet);
    this.#out.uleb(local);
  }
  #tee(local: number): void {
    this.#out.byte(W.localTee);
    this.#out.uleb(local);
  }
  #memory(op: number, offset: number): void {
    this.#out.byte(op);
    this.#out.uleb(0);
    this.#out.uleb(offset);
  }
  #simdMemory(op: number, offset: number): void {
    this.#out.byte(W.simd);
    this.#out.uleb(op);
    this.#out.uleb(0);
    this.#out.uleb(offset);
  }
  #call(index: number): void {
    this.#out.byte(W.call);
    this.#out.uleb(index);
  }
  #setCell32(address: number, value: number): void {
    this.#i32(0);
    this.#i32(value);
    this.#memory(W.i32Store, address);
  }
  /** The budget as it was before instruction `at` of this block. */
  #budgetBefore(at: number): void {
    this.#get(BUDGET);
    const left = this.#block.offsets.length - at;
    if (left !== 0) {
      this.#i32(left);
      this.#out.byte(W.i32Add);
    }
  }
  #leave(reason: number, offset: number, at: number): void {
    this.#setCell32(cells.PC_OFFSET, offset);
    this.#setCell32(cells.EXIT_REASON, reason);
    this.#budgetBefore(at);
    this.#out.byte(W.return);
  }

  #prologue(): void {
    const { offsets } = this.#block;
    this.#get(BUDGET);
    this.#i32(offsets.length);
    this.#out.byte(W.i32Sub);
    this.#tee(BUDGET);
    this.#i32(0);
    this.#out.byte(W.i32LtS);
    this.#out.byte(W.if);
    this.#out.byte(VOID_BLOCK);
    this.#leave(ExitReason.budget, offsets[0] as number, 0);
    this.#out.byte(W.end);
  }

  // --- values ------------------------------------------------------------------------------------------------------
  /** Puts a value on the stack. */
  #value(node: Node): void {
    if (node.local >= 0) {
      this.#get(node.local);
      return;
    }
    this.#operation(node);
    if (node.uses > 1 && !isConstant(node)) {
      node.local = this.#local(node.type as Type);
      this.#tee(node.local);
    }
  }
  /** Makes sure that the value is in a local, for pieces that name it several times. */
  #inLocal(node: Node): number {
    if (node.local < 0) {
      this.#operation(node);
      node.local = this.#local(node.type as Type);
      this.#set(node.local);
    }
    return node.local;
  }
  #operation(node: Node): void {
    const { op } = node;
    const out = this.#out;
    switch (op) {
      case Op.const32:
        this.#i32(node.imm);
        return;
      case Op.const64:
        out.byte(W.i64Const);
        out.sleb64(node.imm, node.imm2);
        return;
      case Op.const128:
        out.byte(W.simd);
        out.uleb(W.v128Const);
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
      out.byte(W.simd);
      out.uleb(code);
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
    const visit = (node: Node | null): void => {
      if (node === null || node.local >= 0 || made.has(node)) return;
      if (node.uses > 1) this.#inLocal(node);
      else for (const operand of [node.a, node.b, node.c]) visit(operand);
    };
    for (const node of made) {
      if (isPure(node) && node.uses === 0) continue;
      for (const operand of [node.a, node.b, node.c]) visit(operand);
      if (node.op === Op.call) for (const arg of node.data as readonly Node[]) visit(arg);
    }
  }

  // --- effects -----------------------------------------------------------------------------------------------------
  #effect(node: Node): void {
    const out = this.#out;
    switch (node.op) {
      case Op.cell8:
      case Op.cell16:
      case Op.cell32:
      case Op.cell64:
      case Op.cell128:
        if (node.uses === 0) return;
        this.#i32(0);
        this.#loadCell(node.op, node.imm);
        node.local = this.#local(node.type as Type);
        this.#set(node.local);
        return;
      case Op.setCell32:
      case Op.setCell64:
      case Op.setCell128:
        this.#i32(0);
        this.#value(node.a as Node);
        if (node.op === Op.setCell128) this.#simdMemory(W.v128Store, node.imm);
        else this.#memory(node.op === Op.setCell64 ? W.i64Store : W.i32Store, node.imm);
        return;
      case Op.load:
        this.#guestLoad(node);
        return;
      case Op.store:
        this.#guestStore(node);
        return;
      case Op.call:
        for (const arg of node.data as readonly Node[]) this.#value(arg);
        this.#call(this.#linker.helper(node.imm));
        if (node.type === 'none') return;
        if (node.uses === 0) out.byte(W.drop);
        else {
          node.local = this.#local(node.type);
          this.#set(node.local);
        }
        return;
      case Op.runtime:
        this.#setCell32(cells.PC_OFFSET, this.#block.offsets[node.at] as number);
        this.#i32((node.imm << 24) | node.imm2);
        this.#budgetBefore(node.at);
        this.#call(this.#linker.imports.runtime);
        this.#abandonIf(node);
        // It may have changed the context.
        this.#context = -1;
        return;
      case Op.if:
        this.#value(node.a as Node);
        out.byte(W.if);
        out.byte(VOID_BLOCK);
        return;
      case Op.else:
        out.byte(W.else);
        this.#context = -1;
        return;
      case Op.end:
        out.byte(W.end);
        this.#context = -1;
        return;
      case Op.exitIf:
        this.#value(node.a as Node);
        out.byte(W.if);
        out.byte(VOID_BLOCK);
        this.#leave(node.imm, this.#offsetAfter(node), node.at + 1);
        out.byte(W.end);
        return;
      case Op.exitAtIf:
        this.#value(node.a as Node);
        out.byte(W.if);
        out.byte(VOID_BLOCK);
        this.#setCell32(cells.EXIT_ARGUMENT, node.imm2);
        this.#leave(node.imm, this.#block.offsets[node.at] as number, node.at);
        out.byte(W.end);
        return;
      case Op.exitAt:
        this.#setCell32(cells.EXIT_ARGUMENT, node.imm2);
        this.#leave(node.imm, this.#block.offsets[node.at] as number, node.at);
        return;
      case Op.exitAfter:
        this.#setCell32(cells.EXIT_ARGUMENT, node.imm2);
        this.#leave(node.imm, this.#offsetAfter(node), node.at + 1);
        return;
      case Op.branch:
        this.#branch(node.imm);
        return;
      case Op.branchIf:
        this.#value(node.a as Node);
        out.byte(W.if);
        out.byte(VOID_BLOCK);
        this.#branch(node.imm);
        out.byte(W.end);
        this.#branch(this.#block.endOffset);
        return;
      case Op.branchTo:
        this.#get(BUDGET);
        this.#value(node.a as Node);
        out.byte(W.returnCall);
        out.uleb(this.#linker.imports.jump);
        return;
    }
  }
  #offsetAfter(node: Node): number {
    return node.at + 1 < this.#block.offsets.length
      ? (this.#block.offsets[node.at + 1] as number)
      : this.#block.endOffset;
  }
  #loadCell(op: number, address: number): void {
    switch (op) {
      case Op.cell8:
        this.#memory(W.i32Load8U, address);
        return;
      case Op.cell16:
        this.#memory(W.i32Load16U, address);
        return;
      case Op.cell32:
        this.#memory(W.i32Load, address);
        return;
      case Op.cell64:
        this.#memory(W.i64Load, address);
        return;
      default:
        this.#simdMemory(W.v128Load, address);
    }
  }

  // --- jumps -------------------------------------------------------------------------------------------------------
  #branch(offset: number): void {
    const out = this.#out;
    if (offset >= 0 && offset < 4096) {
      const inModule = this.#linker.blockInModule(offset);
      if (inModule !== undefined) {
        this.#get(BUDGET);
        out.byte(W.returnCall);
        out.uleb(inModule);
        return;
      }
      this.#setCell32(cells.PC_OFFSET, offset);
      this.#get(BUDGET);
      this.#i32(this.#linker.slot(offset));
      out.byte(W.returnCallIndirect);
      out.uleb(0);
      out.uleb(0);
      return;
    }
    this.#get(BUDGET);
    this.#i32(0);
    this.#memory(W.i64Load, cells.PC_BASE);
    out.byte(W.i64Const);
    out.sleb64(offset, offset >> 31);
    out.byte(W.i64Add);
    out.byte(W.returnCall);
    out.uleb(this.#linker.imports.jump);
  }

  // --- guest memory ------------------------------------------------------------------------------------------------
  /** Leaves the index of the address's TLB entry in a local and 1 on the stack if the entry maps it in the current context. */
  #tlbCheck(node: Node, table: number): void {
    const out = this.#out;
    const bytes = memoryBytes[node.imm] as number;
    const address = this.#inLocal(node.a as Node);
    if (this.#tlbIndex < 0) this.#tlbIndex = this.#local('i32');
    let context = this.#context;
    if (node.imm2 & AccessFlags.unprivileged) context = -1;
    else if (context < 0) {
      context = this.#context = this.#local('i64');
      this.#i32(0);
      this.#memory(W.i64Load, cells.CONTEXT);
      this.#set(context);
    }
    this.#get(address);
    out.byte(W.i64Const);
    out.sleb(TLB_INDEX_SHIFT);
    out.byte(W.i64ShrU);
    out.byte(W.i32WrapI64);
    this.#i32(TLB_INDEX_MASK);
    out.byte(W.i32And);
    this.#tee(this.#tlbIndex);
    this.#memory(W.i64Load, table);
    this.#get(address);
    // The last byte must lie in the page too.
    if (bytes > 1) {
      out.byte(W.i64Const);
      out.sleb(bytes - 1);
      out.byte(W.i64Add);
    }
    out.byte(W.i64Const);
    out.sleb(PAGE_MASK);
    out.byte(W.i64And);
    if (context >= 0) this.#get(context);
    else {
      this.#i32(0);
      this.#memory(W.i64Load, cells.CONTEXT_UNPRIVILEGED);
    }
    out.byte(W.i64Or);
    out.byte(W.i64Eq);
    this.#alignmentCheck(node, address);
  }
  /** The tag's low bits hold the context, so alignment is a check of its own: ANDs it to the 1 or 0 on the stack. */
  #alignmentCheck(node: Node, address: number): void {
    const bytes = memoryBytes[node.imm] as number;
    const low = node.imm2 & AccessFlags.aligned ? Math.min(bytes, 16) - 1 : node.imm2 & AccessFlags.wordAligned ? 3 : 0;
    if (low === 0) return;
    const out = this.#out;
    this.#get(address);
    out.byte(W.i32WrapI64);
    this.#i32(low);
    out.byte(W.i32And);
    out.byte(W.i32Eqz);
    out.byte(W.i32And);
  }
  #linearAddress(address: number, table: number): void {
    this.#get(address);
    this.#out.byte(W.i32WrapI64);
    this.#get(this.#tlbIndex);
    this.#memory(W.i32Load, table + 8);
    this.#out.byte(W.i32Add);
  }
  #slowCall(node: Node, target: number): void {
    this.#i32(0);
    this.#get((node.a as Node).local);
    this.#memory(W.i64Store, cells.ARG_ADDRESS);
    this.#i32((node.imm | (node.imm2 << 4) | ((this.#block.offsets[node.at] as number) << 8)) >>> 0);
    this.#budgetBefore(node.at);
    this.#call(target);
    this.#abandonIf(node);
  }
  /** Returns if the run time left 1 on the stack: the instruction is abandoned, not retired. */
  #abandonIf(node: Node): void {
    this.#out.byte(W.if);
    this.#out.byte(VOID_BLOCK);
    this.#budgetBefore(node.at);
    this.#out.byte(W.return);
    this.#out.byte(W.end);
  }
  #guestLoad(node: Node): void {
    const out = this.#out;
    const second = this.#next?.op === Op.loadSecond ? this.#next : undefined;
    this.#tlbCheck(node, cells.TLB_READ);
    const type = node.type as Type;
    node.local = this.#local(type);
    if (second) second.local = this.#local(type);
    const address = (node.a as Node).local;
    out.byte(W.if);
    out.byte(VOID_BLOCK);
    this.#linearAddress(address, cells.TLB_READ);
    if (second) this.#tee(this.#tlbIndex);
    this.#rawLoad(node.imm, 0);
    this.#set(node.local);
    if (second) {
      this.#get(this.#tlbIndex);
      this.#rawLoad(node.imm, (memoryBytes[node.imm] as number) >> 1);
      this.#set(second.local);
    }
    out.byte(W.else);
    this.#slowCall(node, this.#linker.imports.load);
    this.#i32(0);
    this.#rawLoad(node.imm, cells.RESULT);
    this.#set(node.local);
    if (second) {
      this.#i32(0);
      this.#rawLoad(node.imm, cells.RESULT + ((memoryBytes[node.imm] as number) >> 1));
      this.#set(second.local);
    }
    out.byte(W.end);
  }
  #rawLoad(size: number, offset: number): void {
    switch (size) {
      case MemorySize.b1:
        this.#memory(W.i32Load8U, offset);
        return;
      case MemorySize.b2:
        this.#memory(W.i32Load16U, offset);
        return;
      case MemorySize.b4:
      case MemorySize.pair4:
        this.#memory(W.i32Load, offset);
        return;
      case MemorySize.b8:
      case MemorySize.pair8:
        this.#memory(W.i64Load, offset);
        return;
      default:
        this.#simdMemory(W.v128Load, offset);
    }
  }
  #guestStore(node: Node): void {
    const out = this.#out;
    const first = node.b ? this.#inLocal(node.b) : -1;
    const second = node.c ? this.#inLocal(node.c) : -1;
    const half = (memoryBytes[node.imm] as number) >> 1;
    this.#tlbCheck(node, cells.TLB_WRITE);
    out.byte(W.if);
    out.byte(VOID_BLOCK);
    this.#linearAddress((node.a as Node).local, cells.TLB_WRITE);
    if (node.imm === MemorySize.zero64) {
      this.#set(this.#tlbIndex);
      for (let i = 0; i < 64; i += 16) {
        this.#get(this.#tlbIndex);
        out.byte(W.simd);
        out.uleb(W.v128Const);
        for (let j = 0; j < 16; j++) out.byte(0);
        this.#simdMemory(W.v128Store, i);
      }
    } else {
      if (second >= 0) this.#tee(this.#tlbIndex);
      this.#get(first);
      this.#rawStore(node.imm, 0);
      if (second >= 0) {
        this.#get(this.#tlbIndex);
        this.#get(second);
        this.#rawStore(node.imm, half);
      }
    }
    out.byte(W.else);
    if (first >= 0) {
      this.#i32(0);
      this.#get(first);
      this.#rawStore(node.imm, cells.ARG_VALUE);
    }
    if (second >= 0) {
      this.#i32(0);
      this.#get(second);
      this.#rawStore(node.imm, cells.ARG_VALUE + half);
    }
    this.#slowCall(node, this.#linker.imports.store);
    out.byte(W.end);
  }
  #rawStore(size: number, offset: number): void {
    switch (size) {
      case MemorySize.b1:
        this.#memory(W.i32Store8, offset);
        return;
      case MemorySize.b2:
        this.#memory(W.i32Store16, offset);
        return;
      case MemorySize.b4:
      case MemorySize.pair4:
        this.#memory(W.i32Store, offset);
        return;
      case MemorySize.b8:
      case MemorySize.pair8:
        this.#memory(W.i64Store, offset);
        return;
      default:
        this.#simdMemory(W.v128Store, offset);
    }
  }
}

const isConstant = (node: Node): boolean => node.op === Op.const32 || node.op === Op.const64;
const isPure = (node: Node): boolean => node.op < Op.cell8;

/** Counts the uses that will be emitted: those by effects, and by pure values that are used themselves. */
function countUses(nodes: readonly Node[]): void {
  for (const node of nodes) node.uses = 0;
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i] as Node;
    if (isPure(node) && node.uses === 0) continue;
    if (node.a) node.a.uses++;
    if (node.b) node.b.uses++;
    if (node.c) node.c.uses++;
    if (node.op === Op.call) for (const arg of node.data as readonly Node[]) arg.uses++;
  }
}
