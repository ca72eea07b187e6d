// ir/: the intermediate representation of a block, and the builders that lifters talk to.

import { AssertionError, assert } from '../../base/assert.ts';
import { type HelperName, helperNumber, helpers } from '../helpers/signatures.ts';
import * as cells from '../state/cells.ts';
import { ExceptionCall, ExitReason } from '../state/codes.ts';
import { isDetached } from './config.ts';
import { FlagsBuilder } from './flags-builder.ts';
import { AccessFlags, MemorySize, Op, RuntimeCall, wordsSize } from './ops.ts';
import type { I32, I64, Node, Type, V128, Value } from './types.ts';

/** What a lifter says of control: go on with the next instruction, or the block is at its end. */
export type Flow = 'next' | 'end';

/** Builds the IR of one block: what lifters talk to. Values may be used any number of times, within their block. */
export class Builder extends FlagsBuilder {
  /** Offset behind the current instruction: set by the front end before it lifts. */
  next = 0;
  /** Offsets that the block's direct jumps go to. */
  readonly targets: number[] = [];

  /** Blocks do not end behind the current instruction: the next one depends on it (an IT block). */
  get unfinished(): boolean {
    return false;
  }

  /** The state is made exact in its cells, since this instruction may leave the block here: retired (`after`) or not. */
  protected leave(_after: boolean): void {
    this.flush();
  }

  // --- guest memory ----------------------------------------------------------------------------------------------------
  // A fault abandons the instruction: do all accesses that may fault before any write of state, write-back included.
  #load(type: Type, size: MemorySize, address: I64, flags: number): Node {
    this.leave(false);
    return this.node(Op.load, type, address, null, null, size, flags);
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
    return [first as Value<T>, this.node(Op.loadFurther, type, first, null, null, size) as Value<T>];
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
  /** Up to WORDS_MAX adjacent words, the one at the lowest address first. */
  loadWords(address: I64, count: number, flags = 0): I32[] {
    const size = wordsSize(count);
    const loaded = [this.#load('i32', size, address, flags)];
    while (loaded.length < count) loaded.push(this.node(Op.loadFurther, 'i32', loaded[0] as Node, null, null, size));
    return loaded as I32[];
  }
  #store(size: MemorySize, address: I64, a: Node | null, b: Node | null, flags: number): void {
    this.leave(false);
    this.node(Op.store, 'none', address, a, b, size, flags);
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
  storeWords(address: I64, values: readonly I32[], flags = 0): void {
    this.leave(false);
    const node = this.node(Op.store, 'none', address, null, null, wordsSize(values.length), flags);
    node.data = values;
  }
  /** Cache maintenance at an address: has no effect but its faults. */
  maintain(address: I64): void {
    this.#load('i32', MemorySize.b1, address, AccessFlags.maintenance);
  }
  /** Zeroes the aligned 64 bytes that the address lies in (DC ZVA). */
  zero64(address: I64): void {
    this.#store(MemorySize.zero64, address, null, null, 0);
  }

  // --- calls -----------------------------------------------------------------------------------------------------------
  /** A helper (`helpers/`). It may read and write vector registers, FPCR, FPSR and temporaries, nothing else of the state. */
  call(name: HelperName, ...args: Value[]): Value {
    const { params, result } = helpers[name] as { params: readonly Type[]; result: Type | 'none' };
    if (params.length !== args.length) throw new AssertionError(`${name} takes ${params.length} arguments`);
    for (let i = 0; i < args.length; i++) {
      const arg = args[i] as Value;
      if (arg.type !== params[i]) throw new AssertionError(`${name}: argument ${i} is ${arg.type}, not ${params[i]}`);
      arg.uses++;
    }
    const node = this.node(Op.call, result, null, null, null, helperNumber(name));
    node.data = args;
    return node as Value;
  }
  /** A call to the run time with exact state and count; it may abandon the instruction with an exception. */
  runtime(call: RuntimeCall, argument: number): void {
    this.leave(false);
    this.node(Op.runtime, 'none', null, null, null, call, argument);
    this.#forget();
  }
  /** Before an instruction, in observed code: with exact state. */
  observe(argument: number): void {
    // Nothing that the last instruction wrote is still to be seen in values alone.
    this.leave(true);
    this.node(Op.runtime, 'none', null, null, null, RuntimeCall.observe, argument);
    this.#forget();
  }
  /** The run time may have changed what this block holds in values. */
  #forget(): void {
    this.regs.fill(null);
    this.flags = null;
    this.spAligned = false;
  }
  protected flagsFromCells(): I32 {
    return this.call('nzcv') as I32;
  }

  // --- control ---------------------------------------------------------------------------------------------------------
  /** Effects under a condition. Values made inside an arm must not be used outside it, nor may arms write X registers or flags. */
  if(condition: I32, then: () => void, otherwise?: () => void): void {
    this.flush();
    this.node(Op.if, 'none', condition, null, null);
    this.#arm(then);
    if (otherwise) {
      this.node(Op.else, 'none', null, null, null);
      this.#arm(otherwise);
    }
    this.node(Op.end, 'none', null, null, null);
    assert(this.dirty === 0 && !this.flagsDirty, 'no register or flag written in an arm');
  }
  /** What an arm reads first is known in that arm only. */
  #arm(body: () => void): void {
    const regs = this.regs.slice();
    const flags = this.flags;
    const spAligned = this.spAligned;
    body();
    this.spAligned = spAligned;
    for (const [n, value] of regs.entries()) this.regs[n] = value;
    this.flags = flags;
  }
  /** An instruction under a condition: unlike an `if`'s arm it may write registers and flags, and leave the block. */
  conditional(condition: I32, body: () => Flow): Flow {
    this.flush();
    this.node(Op.if, 'none', condition, null, null);
    const regs = this.regs.slice();
    const { flags, spAligned } = this;
    const flow = body();
    this.flush();
    this.node(Op.end, 'none', null, null, null);
    // What the arm wrote, or was the first to read, is known in the cells alone; where it left, that is as it never was.
    const left = flow === 'end';
    for (const [n, value] of regs.entries()) this.regs[n] = left || this.regs[n] === value ? value : null;
    this.flags = left || this.flags === flags ? flags : null;
    this.spAligned = spAligned && (left || this.spAligned);
    return flow;
  }
  /**
   * The whole of an instruction under a condition: where it leaves the block, the other case goes on with the next one, by way
   * of the run loop where that cannot begin a block as jumps find it.
   */
  skipUnless(condition: I32, body: () => Flow): Flow {
    const { nodes } = this;
    const start = nodes.length;
    // Whatever else stands between, the arm is a jump alone if it is the only node behind the `if`.
    const flow = this.conditional(condition, body);
    if (flow === 'next') return 'next';
    if (this.unfinished) return this.exitAfter(ExitReason.reconsider);
    const opened = nodes.findIndex((node, i) => i >= start && node.op === Op.if);
    const jump = nodes[opened + 1] as Node;
    if (jump.op === Op.branch && nodes.length === opened + 3) {
      this.withdraw(opened);
      return this.branchIf(condition, jump.imm - this.offset);
    }
    return this.branch(this.next - this.offset);
  }
  /** What is called mostly returns behind the current instruction: translation goes on there too. */
  returnsHere(): void {
    this.targets.push(this.next);
  }
  /** Address of the current instruction plus a constant. */
  pc(plus = 0): I64 {
    return this.add(this.cell64(cells.PC_BASE), this.i64(this.offset + plus));
  }
  /** Jump by a displacement from the current instruction. */
  branch(displacement: number): 'end' {
    if (isDetached(this.config)) return this.branchTo(this.pc(displacement));
    this.leave(true);
    this.targets.push(this.offset + displacement);
    this.node(Op.branch, 'none', null, null, null, this.offset + displacement);
    return 'end';
  }
  /** Jump by a displacement if the condition holds, else to the next instruction. */
  branchIf(condition: I32, displacement: number): 'end' {
    if (isDetached(this.config)) {
      this.conditional(condition, () => this.branch(displacement));
      return this.branch(this.next - this.offset);
    }
    this.leave(true);
    this.targets.push(this.next, this.offset + displacement);
    this.node(Op.branchIf, 'none', condition, null, null, this.offset + displacement);
    return 'end';
  }
  /** Jump to an address in a register; alignment is checked at the target. */
  branchTo(target: I64): 'end' {
    this.leave(true);
    this.node(Op.branchTo, 'none', target, null, null);
    return 'end';
  }
  /** Leave at the current instruction, which is not retired. */
  exitAt(reason: ExitReason, argument = 0): 'end' {
    this.leave(false);
    this.node(Op.exitAt, 'none', null, null, null, reason, argument);
    return 'end';
  }
  /** Leave after the current instruction, which is retired. */
  exitAfter(reason: ExitReason, argument = 0): 'end' {
    this.leave(true);
    this.node(Op.exitAfter, 'none', null, null, null, reason, argument);
    return 'end';
  }
  /** Leave after the current instruction if the condition holds, else go on in the block. */
  exitAfterIf(condition: I32, reason: ExitReason): void {
    this.leave(true);
    this.node(Op.exitIf, 'none', condition, null, null, reason);
  }
  /** Leave at the current instruction, which is not retired, if the condition holds, else go on in it. */
  exitAtIf(condition: I32, reason: ExitReason, argument = 0): void {
    this.leave(false);
    this.node(Op.exitAtIf, 'none', condition, null, null, reason, argument);
  }
  /** SP alignment fault if SP is not a multiple of 16: before a load or store with base SP. Arm ARM DDI 0487, CheckSPAlignment. */
  checkSpAlignment(): void {
    if (this.spAligned) return;
    const misaligned = this.and(this.wsp(31), this.i32(15));
    this.exitAtIf(misaligned, ExitReason.call, ExceptionCall.spAlignment << 16);
    this.spAligned = true;
  }
  exception(call: (typeof ExceptionCall)[keyof typeof ExceptionCall], imm16 = 0): 'end' {
    return this.exitAt(ExitReason.call, (call << 16) | imm16);
  }
  undefined(): 'end' {
    return this.exception(ExceptionCall.undefined);
  }
}
