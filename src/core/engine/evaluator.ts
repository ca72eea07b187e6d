import { fromHalves, high32, low32 } from '../../base/bits.ts';
import { PAGE_BYTES } from '../../base/page.ts';
import { helperNames } from '../helpers/signatures.ts';
import {
  AccessFlags,
  accessInfo,
  alignmentBytes,
  elementBytes,
  MemorySize,
  memoryBytes,
  Op,
  type RuntimeCall,
} from '../ir/ops.ts';
import type { BlockIr, Node } from '../ir/types.ts';
import * as cells from '../state/cells.ts';
import { ExitReason } from '../state/codes.ts';
import type { Cpu } from '../system/cpu.ts';
import type { CodeCache } from './code-cache.ts';
import { signatures } from './evaluable.ts';
import { evaluatePure } from './evaluate-pure.ts';
import type { MemoryAccess } from './memory-access.ts';
import type { Architecture } from './ports.ts';

const OFFSET_MASK = PAGE_BYTES - 1;
/** From an address to the offset of its entry in the inline TLB, as translated code finds it (wasm/guest-memory.ts). */
const TLB_INDEX_SHIFT = 8;
const TLB_INDEX_MASK = (cells.TLB_ENTRIES - 1) << 4;

type Helper = (...args: (bigint | number)[]) => bigint | number;

/**
 * Executes the IR of a block, node by node: what the code made of it does, for blocks that run too seldom to be worth
 * translating, and as a reference for those that are.
 */
export class Evaluator {
  readonly #cpu: Cpu;
  readonly #arch: Architecture;
  readonly #memory: MemoryAccess;
  /** By number. */
  readonly #helpers: readonly Helper[];
  readonly #view: DataView;

  constructor(cpu: Cpu, arch: Architecture, memory: MemoryAccess, helpers: CodeCache['helpers']) {
    this.#cpu = cpu;
    this.#arch = arch;
    this.#memory = memory;
    this.#helpers = helperNames.map((name) => helpers[name] as unknown as Helper);
    this.#view = new DataView(cpu.memory.buffer);
  }

  /** Runs the whole block, or to where it is left. On return the count and PC are exact, as is the reason given. */
  run(block: BlockIr): ExitReason {
    const cpu = this.#cpu;
    const { nodes, offsets } = block;
    const start = cpu.icount;
    for (let i = 0; i < nodes.length; i++) {
      const node = nodes[i] as Node;
      // Before the cases, which are compared one by one.
      if (node.op < Op.const32) {
        evaluatePure(node);
        continue;
      }
      switch (node.op) {
        case Op.const32:
        case Op.const64:
        case Op.loadFurther:
        case Op.end:
          break;
        case Op.cell8:
          node.lo = cpu.u8[node.imm] as number;
          break;
        case Op.cell16:
          node.lo = (cpu.u8[node.imm] as number) | ((cpu.u8[node.imm + 1] as number) << 8);
          break;
        case Op.cell32:
          node.lo = cpu.i32[node.imm >>> 2] as number;
          break;
        case Op.cell64:
          node.lo = cpu.i32[node.imm >>> 2] as number;
          node.hi = cpu.i32[(node.imm >>> 2) + 1] as number;
          break;
        case Op.setCell64:
          cpu.i32[(node.imm >>> 2) + 1] = (node.a as Node).hi;
          cpu.i32[node.imm >>> 2] = (node.a as Node).lo;
          break;
        case Op.setCell32:
          cpu.i32[node.imm >>> 2] = (node.a as Node).lo;
          break;
        case Op.load:
        case Op.store: {
          const at = start + node.at;
          const isStore = node.op === Op.store;
          if (isStore ? this.#store(node, block, at) : this.#load(i, block, at)) break;
          return cpu.get32(cells.EXIT_REASON) as ExitReason;
        }
        case Op.call:
          this.#call(node);
          break;
        case Op.icount:
          node.lo = (start + node.at) | 0;
          node.hi = Math.floor((start + node.at) / 2 ** 32);
          break;
        case Op.runtime:
          this.#stand(block, start + node.at, node.at);
          if (this.#arch.runtime(node.imm as RuntimeCall, node.imm2)) return ExitReason.abandoned;
          break;
        case Op.if:
          if ((node.a as Node).lo === 0) i = skipArm(nodes, i);
          break;
        case Op.else:
          // The arm before it was taken.
          i = skipArm(nodes, i);
          break;
        case Op.exitIf:
          if ((node.a as Node).lo === 0) break;
          return this.#leave(node.imm, start + node.at + 1, offsetAfter(block, node));
        case Op.exitAtIf:
          if ((node.a as Node).lo === 0) break;
          cpu.set32(cells.EXIT_ARGUMENT, node.imm2);
          return this.#leave(node.imm, start + node.at, offsets[node.at] as number);
        case Op.exitAt:
          cpu.set32(cells.EXIT_ARGUMENT, node.imm2);
          return this.#leave(node.imm, start + node.at, offsets[node.at] as number);
        case Op.exitAfter:
          cpu.set32(cells.EXIT_ARGUMENT, node.imm2);
          return this.#leave(node.imm, start + node.at + 1, offsetAfter(block, node));
        case Op.branch:
          return this.#jumpInReach(block, node.imm, start);
        case Op.branchIf:
          return this.#jumpInReach(block, (node.a as Node).lo !== 0 ? node.imm : block.endOffset, start);
        case Op.branchTo: {
          const { lo, hi } = node.a as Node;
          return this.#jump(lo, hi, start + offsets.length);
        }
        default:
          evaluatePure(node);
      }
    }
    throw new Error('a block ends with a jump or an exit');
  }

  /** PC and count stand at the instruction, for the run time. */
  #stand({ offsets }: BlockIr, icount: number, at: number): void {
    this.#cpu.icount = icount;
    this.#cpu.set32(cells.PC_OFFSET, offsets[at] as number);
  }
  #leave(reason: number, icount: number, offset: number): ExitReason {
    this.#cpu.icount = icount;
    this.#cpu.set32(cells.PC_OFFSET, offset);
    return reason as ExitReason;
  }
  /** To an offset from the page, which may lie beyond it. */
  #jumpInReach({ offsets, aarch32 }: BlockIr, offset: number, start: number): ExitReason {
    const cpu = this.#cpu;
    const icount = start + offsets.length;
    if (offset >= 0 && offset < PAGE_BYTES) return this.#leave(ExitReason.lookup, icount, offset);
    const lo = cpu.get32(cells.PC_BASE) + offset;
    const carry = lo > 0xffff_ffff ? 1 : lo < 0 ? -1 : 0;
    return this.#jump(lo | 0, aarch32 ? 0 : cpu.get32(cells.PC_BASE + 4) + carry, icount);
  }
  #jump(lo: number, hi: number, icount: number): ExitReason {
    this.#cpu.set32(cells.PC_BASE, lo & ~OFFSET_MASK);
    this.#cpu.set32(cells.PC_BASE + 4, hi);
    return this.#leave(ExitReason.lookup, icount, lo & OFFSET_MASK);
  }

  #call(node: Node): void {
    const helper = this.#helpers[node.imm] as Helper;
    const { params, result } = signatures[node.imm] as (typeof signatures)[number];
    const args = node.data as readonly Node[];
    // Most are of the flags.
    const value = args.length === 0 ? helper() : helper(...args.map((arg, i) => argumentOf(arg, params[i] === 'i64')));
    if (result === 'i64') {
      node.lo = low32(value as bigint) | 0;
      node.hi = high32(value as bigint) | 0;
    } else if (result === 'i32') node.lo = (value as number) | 0;
  }

  /** Linear address of an access that the inline TLB maps, else -1: as translated code looks it up. */
  #find(table: number, node: Node, bytes: number): number {
    const { u32 } = this.#cpu;
    const { lo, hi } = node.a as Node;
    if ((lo & OFFSET_MASK) + bytes > PAGE_BYTES || (lo & (alignmentBytes(node.imm2, bytes) - 1)) !== 0) return -1;
    const entry = (table + ((lo >>> TLB_INDEX_SHIFT) & TLB_INDEX_MASK)) >>> 2;
    const contextCell = node.imm2 & AccessFlags.unprivileged ? cells.CONTEXT_UNPRIVILEGED : cells.CONTEXT;
    const tag = ((lo & ~OFFSET_MASK) | (u32[contextCell >>> 2] as number)) >>> 0;
    if (u32[entry] !== tag || u32[entry + 1] !== hi >>> 0) return -1;
    return (lo + (u32[entry + 2] as number)) >>> 0;
  }
  /** The slow path of an access; false where the instruction is abandoned. */
  #slow(node: Node, block: BlockIr, icount: number, store: boolean): boolean {
    const { lo, hi } = node.a as Node;
    this.#cpu.set32(cells.ARG_ADDRESS, lo);
    this.#cpu.set32(cells.ARG_ADDRESS + 4, hi);
    this.#stand(block, icount, node.at);
    const info = accessInfo(node.imm, node.imm2, 0);
    return (store ? this.#memory.store(info) : this.#memory.load(info)) === 0;
  }

  #load(index: number, block: BlockIr, icount: number): boolean {
    const { nodes } = block;
    const node = nodes[index] as Node;
    let from = this.#find(cells.TLB_READ, node, memoryBytes[node.imm] as number);
    if (from < 0) {
      if (!this.#slow(node, block, icount, false)) return false;
      from = cells.RESULT;
    }
    const view = this.#view;
    switch (node.imm) {
      case MemorySize.b1:
        node.lo = view.getUint8(from);
        break;
      case MemorySize.b2:
        node.lo = view.getUint16(from, true);
        break;
      case MemorySize.b8:
      case MemorySize.pair8:
        node.hi = view.getInt32(from + 4, true);
        node.lo = view.getInt32(from, true);
        break;
      default:
        node.lo = view.getInt32(from, true);
    }
    const step = elementBytes[node.imm] as number;
    for (let i = index + 1; nodes[i]?.op === Op.loadFurther; i++) {
      const further = nodes[i] as Node;
      from += step;
      further.lo = view.getInt32(from, true);
      if (step === 8) further.hi = view.getInt32(from + 4, true);
    }
    return true;
  }

  #store(node: Node, block: BlockIr, icount: number): boolean {
    const bytes = memoryBytes[node.imm] as number;
    if (node.imm === MemorySize.zero64) {
      const inBlock = this.#find(cells.TLB_WRITE, node, 1);
      if (inBlock < 0) return this.#slow(node, block, icount, true);
      const start = inBlock - (inBlock % bytes);
      this.#cpu.u8.fill(0, start, start + bytes);
      return true;
    }
    const found = this.#find(cells.TLB_WRITE, node, bytes);
    let to = found < 0 ? cells.ARG_VALUE : found;
    const view = this.#view;
    const step = elementBytes[node.imm] as number;
    const { b, c, data } = node;
    if (data === null) {
      put(view, to, step, b as Node);
      if (c !== null) put(view, to + step, step, c);
    } else
      for (const value of data as readonly Node[]) {
        put(view, to, step, value);
        to += step;
      }
    return found >= 0 || this.#slow(node, block, icount, true);
  }
}

function put(view: DataView, to: number, step: number, { lo, hi }: Node): void {
  if (step === 1) view.setUint8(to, lo);
  else if (step === 2) view.setUint16(to, lo, true);
  else view.setInt32(to, lo, true);
  if (step === 8) view.setInt32(to + 4, hi, true);
}

const argumentOf = ({ lo, hi }: Node, isWide: boolean): bigint | number => (isWide ? fromHalves(lo, hi) : lo);

const offsetAfter = ({ offsets, endOffset }: BlockIr, node: Node): number => offsets[node.at + 1] ?? endOffset;

/** Index of the `else` or `end` that ends the arm which the node at `from` opens. */
function skipArm(nodes: readonly Node[], from: number): number {
  let depth = 0;
  for (let i = from + 1; i < nodes.length; i++) {
    const { op } = nodes[i] as Node;
    if (op === Op.if) depth++;
    else if (op === Op.end && depth-- === 0) return i;
    else if (op === Op.else && depth === 0 && (nodes[from] as Node).op === Op.if) return i;
  }
  return nodes.length;
}
