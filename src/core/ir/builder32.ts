import { assert } from '../../base/assert.ts';
import { Fpexc } from '../fields/coprocessor-access.ts';
import { nextIt } from '../fields/psr.ts';
import { isPureHelper } from '../helpers/signatures.ts';
import * as cells from '../state/cells.ts';
import { ExceptionCall, ExitReason } from '../state/codes.ts';
import { Builder, type Flow } from './builder.ts';
import { Op, type RuntimeCall } from './ops.ts';
import type { I32, I64, Node, V128 } from './types.ts';

/** CPSR.Q and the lowest bit of CPSR.GE. */
const Q_SHIFT = 27;
const GE_SHIFT = 16;
const FPSCR_STRIDE_LEN = 0x0037_0000;
/** The cell's value is not known. */
const UNKNOWN = -1;

/** Beside values, what reads cells, and helpers that only read. */
const isEffect = ({ op, imm }: Node): boolean => op > Op.cell128 && !(op === Op.call && isPureHelper(imm));

/**
 * Builds the IR of AArch32 blocks. R0..R14 are 32-bit values within the block. Offsets of T32 instructions are odd: bit 0 is
 * the instruction set, as it is in a target of BX.
 */
export class Builder32 extends Builder {
  /** ITSTATE at the current instruction, and behind it. */
  #it = 0;
  #itAfter = this.config.it;
  /** What the cell ITSTATE holds here. */
  #itCell = this.config.it;
  /** FPSCR.{Stride,Len} are known to be 0. */
  #scalar = false;
  /** FPEXC.EN is known to be 1, or does not count. */
  #fpEnabled = !this.config.fpexc;

  // --- IT blocks -------------------------------------------------------------------------------------------------------
  /** Starts an instruction with its ITSTATE. */
  beginIt(it: number): void {
    this.#it = it;
    this.#itAfter = nextIt(it);
    if (it === 0) this.#syncIt(0);
  }
  /** The IT instruction: what follows it is conditional. */
  startIt(it: number): void {
    this.#itAfter = it;
  }
  /** ITSTATE of the current instruction: its condition in bits 7:4. */
  get it(): number {
    return this.#it;
  }
  /** Within an IT block: 16-bit data processing leaves the flags alone. */
  get inIt(): boolean {
    return this.#it !== 0;
  }
  /** ITSTATE of the instruction to come. */
  get itAfter(): number {
    return this.#itAfter;
  }
  override get unfinished(): boolean {
    return this.#itAfter !== 0;
  }
  #syncIt(it: number): void {
    if (this.#itCell === it) return;
    this.setCell32(cells.ITSTATE, this.i32(it));
    this.#itCell = it;
  }
  protected override leave(after: boolean): void {
    super.leave(after);
    if (this.config.thumb) this.#syncIt(after ? this.#itAfter : this.#it);
  }
  override conditional(condition: I32, body: () => 'next' | 'end'): 'next' | 'end' {
    const itCell = this.#itCell;
    const itAfter = this.#itAfter;
    const scalar = this.#scalar;
    const fpEnabled = this.#fpEnabled;
    const flow = super.conditional(condition, body);
    this.#itAfter = itAfter;
    if (flow === 'end') this.#itCell = itCell;
    else if (this.#itCell !== itCell) this.#itCell = UNKNOWN;
    this.#scalar = scalar && (flow === 'end' || this.#scalar);
    this.#fpEnabled = fpEnabled && (flow === 'end' || this.#fpEnabled);
    return flow;
  }
  /**
   * An instruction under a condition, where it does nothing but compute registers, or flags that follow from operands as those before it: it
   * is worked out in any case, and registers and flags take its values or keep theirs. False where it does more: then nothing has happened here.
   */
  computeIf(condition: I32, body: () => Flow): boolean {
    const { nodes, targets, dirty, flags, flagsDirty, allFlagsDirty } = this;
    const [start, jumps] = [nodes.length, targets.length];
    const [itAfter, itCell] = [this.#itAfter, this.#itCell];
    const regs = this.regs.slice();
    const onlyComputes = body() === 'next' && nodes.findLastIndex(isEffect) < start;
    if (onlyComputes && (this.flags === flags || !this.flagsDirty || this.chooseFlags(condition, flags))) {
      for (const [n, old] of regs.entries()) if (this.regs[n] !== old) this.#choose(n, condition, old);
      return true;
    }
    targets.length = jumps;
    [this.#itAfter, this.#itCell] = [itAfter, itCell];
    for (const [n, old] of regs.entries()) this.regs[n] = old;
    Object.assign(this, { dirty, flags, flagsDirty, allFlagsDirty });
    this.withdraw(start);
    return false;
  }
  /** Rn as it was written, or as it was before; what was only read stays as it is. */
  #choose(n: number, condition: I32, old: Node | null): void {
    if ((this.dirty & (1 << n)) === 0) return;
    const before = old ?? this.cell32(cells.X + 8 * n);
    this.regs[n] = this.select(condition, this.regs[n] as I32, before as I32);
  }

  // --- registers -------------------------------------------------------------------------------------------------------
  /** Rn of the current mode; 15 is the PC as instructions read it: 8 bytes on, 4 in T32. */
  r(n: number): I32 {
    if (n === 15) return this.#pcPlus((this.offset & ~1) + (this.config.thumb ? 4 : 8));
    const known = this.regs[n];
    if (known) return known as I32;
    const node = this.node(Op.cell32, 'i32', null, null, null, cells.X + 8 * n);
    this.regs[n] = node;
    return node as I32;
  }
  /** Writes Rn. Jumps are made otherwise: where R15 is a destination that is UNPREDICTABLE, nothing is written. */
  setR(n: number, value: I32): void {
    assert(n < 16 && value.type === 'i32', 'R0..R14 hold 32 bits');
    if (n === 15) return;
    this.regs[n] = value as Node;
    this.dirty |= 1 << n;
  }
  #pcPlus(offset: number): I32 {
    return this.add(this.cell32(cells.PC_BASE), this.i32(offset));
  }
  /** Align(PC, 4), the base of literals, plus a constant. */
  pcAligned(plus = 0): I32 {
    return this.#pcPlus((((this.offset & ~1) + (this.config.thumb ? 4 : 8)) & ~3) + plus);
  }
  /** What BL and BLX leave in LR: the address of the next instruction, with bit 0 set in T32. */
  link(): I32 {
    return this.#pcPlus(this.next);
  }
  /** An address of memory. */
  address(value: I32): I64 {
    return this.extendU(value);
  }
  /** Q flag: set where the condition holds, else as it was. */
  setQIf(condition: I32): void {
    this.setCell32(cells.CPSR_Q, this.or(this.cell32(cells.CPSR_Q), this.shlBy(condition, Q_SHIFT)));
  }
  /** GE[3:0], in bits 3:0. */
  ge(): I32 {
    return this.shrUBy(this.cell32(cells.CPSR_GE), GE_SHIFT);
  }
  setGe(value: I32): void {
    this.setCell32(cells.CPSR_GE, this.shlBy(value, GE_SHIFT));
  }

  // --- jumps -----------------------------------------------------------------------------------------------------------
  // A jump ends an IT block. That it is not the last instruction there is UNPREDICTABLE.
  override branch(displacement: number): 'end' {
    this.#itAfter = 0;
    return super.branch(displacement);
  }
  override branchIf(condition: I32, displacement: number): 'end' {
    this.#itAfter = 0;
    return super.branchIf(condition, displacement);
  }
  override branchTo(target: I64): 'end' {
    this.#itAfter = 0;
    return super.branchTo(target);
  }
  /** BranchWritePC: stays in the instruction set. */
  branchWritePc(target: I32): 'end' {
    const { thumb } = this.config;
    const address = thumb ? this.or(target, this.i32(1)) : this.and(target, this.i32(~3));
    return this.branchTo(this.extendU(address));
  }
  /** BXWritePC: bit 0 selects T32. A target with bits 1:0 of 0b10 is UNPREDICTABLE: here it faults, misaligned, when it is fetched. */
  bxWritePc(target: I32): 'end' {
    return this.branchTo(this.extendU(target));
  }
  /** LoadWritePC. */
  loadWritePc(target: I32): 'end' {
    return this.bxWritePc(target);
  }
  /** ALUWritePC. */
  aluWritePc(target: I32): 'end' {
    return this.config.thumb ? this.branchWritePc(target) : this.bxWritePc(target);
  }
  /** CPSR becomes the mode's SPSR and PC the target: the run time does it, and counts the instruction. */
  exceptionReturn(target: I32): 'end' {
    this.setCell32(cells.ARG_VALUE, target);
    return this.exitAt(ExitReason.eret);
  }

  // --- S, D and Q registers, as the lanes of V0..V15 that they are ---------------------------------------------------
  s(n: number): I32 {
    return this.cell32(cells.V + 4 * n);
  }
  d(n: number): I64 {
    return this.cell64(cells.V + 8 * n);
  }
  q(n: number): V128 {
    return this.cell128(cells.V + 16 * n);
  }
  setS(n: number, value: I32): void {
    this.setCell32(cells.V + 4 * n, value);
  }
  setD(n: number, value: I64): void {
    this.setCell64(cells.V + 8 * n, value);
  }
  setQ(n: number, value: V128): void {
    this.setCell128(cells.V + 16 * n, value);
  }
  /** Without VFP's short vectors (MVFR0) its data processing is UNDEFINED unless FPSCR.{Stride,Len} are 0. Arm ARM DDI 0406C, B4.1.58. */
  checkScalar(): void {
    if (this.#scalar) return;
    const lengths = this.and(this.cell32(cells.FPCR), this.i32(FPSCR_STRIDE_LEN));
    this.exitAtIf(lengths, ExitReason.call, ExceptionCall.undefined << 16);
    this.#scalar = true;
  }
  /** FP instructions are refused while FPEXC.EN is 0: asked once a block, before the first of them. DDI 0406C, CheckVFPEnabled. */
  checkFpEnabled(): void {
    if (this.#fpEnabled) return;
    const enabled = this.and(this.cell32(cells.FPEXC), this.i32(Fpexc.en));
    this.exitAtIf(this.isZero(enabled), ExitReason.call, ExceptionCall.undefined << 16);
    this.#fpEnabled = true;
  }
  override setCell32(address: number, value: I32): void {
    if (address === cells.FPCR) this.#scalar = false;
    if (address === cells.FPEXC) this.#fpEnabled = !this.config.fpexc;
    super.setCell32(address, value);
  }
  override runtime(call: RuntimeCall, argument: number): void {
    this.#scalar = false;
    super.runtime(call, argument);
  }
  /** Addresses for helpers that work in place. */
  sAddress(n: number): I32 {
    return this.i32(cells.V + 4 * n);
  }
  dAddress(n: number): I32 {
    return this.i32(cells.V + 8 * n);
  }
}
