import { must } from '../../base/assert.ts';
import { fromHalves } from '../../base/bits.ts';
import { PAGE_BYTES } from '../../base/page.ts';
import { evaluatePure } from '../engine/evaluate-pure.ts';
import { readNzcv } from '../exception/pstate.ts';
import { helperNames } from '../helpers/signatures.ts';
import { AccessFlags, MemorySize, memoryBytes, Op, Simd } from '../ir/ops.ts';
import type { Node } from '../ir/types.ts';
import { Access } from '../mmu/access.ts';
import * as cells from '../state/cells.ts';
import type { CellReader } from '../state/pe-state.ts';
import { operandsOf } from '../wasm/uses.ts';
import type { LiftedInstruction } from './lifted.ts';

/** Whether a node was executed: where a condition is not known, perhaps. */
export const Reached = { no: 0, yes: 1, perhaps: 2 } as const;

/** A part of an access that lies in one page: of the host's physical memory, or where that has none. */
export interface AccessPiece {
  readonly va: bigint;
  readonly bytes: number;
  /** -1: no translation. */
  readonly pa: number;
}
/** A load or store of an instruction. */
export interface MemoryAccess {
  /** Its node. */
  readonly index: number;
  readonly isStore: boolean;
  /** Ascending. Without any where the address is not known. */
  readonly pieces: readonly AccessPiece[];
}

/** Translates an address for an access of the guest's as the guest would: -1 where that faults. */
export type Probe = (vaLo: number, vaHi: number, access: number) => number;

const mostOf = (a: number, b: number): number => (a === Reached.yes || b === Reached.yes ? Reached.yes : a || b);
/** How what stands behind is reached, if it would have been so, where the instruction was left before. */
const unlessLeft = (way: number, left: number): number => {
  if (way === Reached.no || left === Reached.yes) return Reached.no;
  return left === Reached.perhaps ? Reached.perhaps : way;
};

/**
 * What an instruction did at a moment, as far as that follows from the state before it: which of its nodes were executed, and the
 * values of 32 and 64 bits that need no memory and no vectors. Nothing is changed.
 */
export class Execution {
  readonly lifted: LiftedInstruction;
  readonly state: CellReader;
  readonly reached: Uint8Array;
  readonly #known: Uint8Array;
  readonly #lo: Int32Array;
  readonly #hi: Int32Array;
  /** What the instruction itself has written of the cells, by byte: -1 for what is not known. */
  readonly #written = new Map<number, number>();

  constructor(lifted: LiftedInstruction, state: CellReader, pc: bigint, offset: number) {
    const count = lifted.nodes.length;
    this.lifted = lifted;
    this.state = state;
    this.reached = new Uint8Array(count);
    this.#known = new Uint8Array(count);
    this.#lo = new Int32Array(count);
    this.#hi = new Int32Array(count);
    // The code's page, whatever the state says: after a branch PC may stand as an offset beyond its page.
    const base = BigInt.asUintN(64, pc - BigInt(offset & ~1));
    for (let i = 0; i < 8; i++) this.#written.set(cells.PC_BASE + i, Number((base >> BigInt(8 * i)) & 0xffn));
    this.#run();
  }

  /** Its value, unsigned; undefined where it is not known. */
  valueOf(node: Node): bigint | undefined {
    const i = this.lifted.indexOf.get(node) as number;
    if (this.#known[i] === 0) return undefined;
    const lo = this.#lo[i] as number;
    return node.type === 'i64' ? fromHalves(lo, this.#hi[i] as number) : BigInt(lo >>> 0);
  }

  #run(): void {
    const { nodes } = this.lifted;
    /** The arms that are open: how their `if` was reached, and its condition. */
    const arms: { readonly outer: number; readonly condition: boolean | undefined }[] = [];
    let way: number = Reached.yes;
    /** Whether the instruction was left before what stands here. */
    let left: number = Reached.no;
    for (const [i, node] of nodes.entries()) {
      switch (node.op) {
        case Op.if: {
          this.reached[i] = way;
          const condition = this.#truth(node.a as Node);
          arms.push({ outer: way, condition });
          way = this.#under(way, condition);
          continue;
        }
        case Op.else: {
          const { outer, condition } = must(arms.at(-1), 'an open arm');
          way = unlessLeft(this.#under(outer, condition === undefined ? undefined : !condition), left);
          continue;
        }
        case Op.end:
          way = unlessLeft(must(arms.pop(), 'an open arm').outer, left);
          continue;
      }
      this.reached[i] = way;
      if (way === Reached.no) continue;
      this.#evaluate(i, node, way);
      if (node.op < Op.exitIf) continue;
      const isConditional = node.op === Op.exitAtIf || node.op === Op.exitIf;
      left = mostOf(left, this.#under(way, isConditional ? this.#truth(node.a as Node) : true));
      way = unlessLeft(way, left);
    }
  }
  #under(way: number, condition: boolean | undefined): number {
    if (way === Reached.no || condition === false) return Reached.no;
    return condition === undefined ? Reached.perhaps : way;
  }
  #truth(node: Node): boolean | undefined {
    const value = this.valueOf(node);
    return value === undefined ? undefined : value !== 0n;
  }

  #evaluate(i: number, node: Node, way: number): void {
    const { op, imm } = node;
    if (op >= Op.cell8 && op <= Op.cell64) this.#readCell(i, imm, [1, 2, 4, 8][op - Op.cell8] as number);
    else if (op >= Op.setCell8 && op <= Op.setCell128) this.#writeCell(node, way);
    else if (op === Op.const32 || op === Op.const64) this.#set(i, imm, node.imm2);
    else if (op === Op.call) {
      if (helperNames[imm] === 'nzcv') this.#set(i, readNzcv(this.state) | 0, 0);
    } else if (op === Op.runtime) this.#forgetResults();
    else if (op === Op.select) this.#select(i, node);
    else if (op < Simd) this.#compute(i, node);
  }
  #set(i: number, lo: number, hi: number): void {
    this.#known[i] = 1;
    this.#lo[i] = lo;
    this.#hi[i] = hi;
  }
  #compute(i: number, node: Node): void {
    for (const operand of operandsOf(node)) {
      const at = this.lifted.indexOf.get(operand) as number;
      if (this.#known[at] === 0) return;
      operand.lo = this.#lo[at] as number;
      operand.hi = this.#hi[at] as number;
    }
    evaluatePure(node);
    this.#set(i, node.lo, node.hi);
  }
  #select(i: number, { a, b, c, type }: Node): void {
    const condition = this.#truth(c as Node);
    if (condition === undefined || type === 'v128') return;
    const from = this.lifted.indexOf.get((condition ? a : b) as Node) as number;
    if (this.#known[from] !== 0) this.#set(i, this.#lo[from] as number, this.#hi[from] as number);
  }
  #readCell(i: number, at: number, bytes: number): void {
    const halves = [0, 0];
    for (let n = 0; n < bytes; n++) {
      const byte = this.#written.get(at + n) ?? (this.state.get32((at + n) & ~3) >>> (8 * ((at + n) & 3))) & 0xff;
      if (byte < 0) return;
      halves[n >>> 2] = (halves[n >>> 2] as number) | (byte << (8 * (n & 3)));
    }
    this.#set(i, halves[0] as number, halves[1] as number);
  }
  #writeCell({ op, imm, a }: Node, way: number): void {
    const bytes = [1, 2, 4, 8, 16][op - Op.setCell8] as number;
    const value = this.valueOf(a as Node);
    for (let n = 0; n < bytes; n++) {
      const isKnown = value !== undefined && way === Reached.yes;
      this.#written.set(imm + n, isKnown ? Number((value >> BigInt(8 * n)) & 0xffn) : -1);
    }
  }
  /** What the run time answers is not worked out here; it may have changed anything. */
  #forgetResults(): void {
    for (let n = 0; n < 8; n++) this.#written.set(cells.RESULT + n, -1);
  }

  /** Loads and stores that were executed, in their order; cache maintenance is none. */
  accesses(probe: Probe): readonly MemoryAccess[] {
    const { nodes } = this.lifted;
    return nodes.flatMap((node, index) => {
      const isStore = node.op === Op.store;
      if ((!isStore && node.op !== Op.load) || this.reached[index] === Reached.no) return [];
      if (node.imm2 & AccessFlags.maintenance) return [];
      const access =
        (isStore ? Access.write : Access.read) | (node.imm2 & AccessFlags.unprivileged ? Access.unprivileged : 0);
      return [{ index, isStore, pieces: this.#pieces(node, access, probe) }];
    });
  }
  /** What DC ZVA zeroes is aligned, wherever in it the address is: Arm ARM DDI 0487, DC ZVA. */
  #pieces(node: Node, access: number, probe: Probe): AccessPiece[] {
    const bytes = memoryBytes[node.imm] as number;
    const given = this.valueOf(node.a as Node);
    if (given === undefined) return [];
    const start = node.imm === MemorySize.zero64 ? given & -BigInt(bytes) : given;
    const inFirst = Math.min(bytes, PAGE_BYTES - Number(start & BigInt(PAGE_BYTES - 1)));
    const piece = (va: bigint, count: number): AccessPiece => ({
      va,
      bytes: count,
      pa: probe(Number(va & 0xffff_ffffn), Number(va >> 32n), access),
    });
    const first = piece(start, inFirst);
    if (inFirst === bytes) return [first];
    return [first, piece(BigInt.asUintN(64, start + BigInt(inFirst)), bytes - inFirst)];
  }
}
