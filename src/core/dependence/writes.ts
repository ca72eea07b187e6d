import { type HelperName, helperNames } from '../helpers/signatures.ts';
import { Op } from '../ir/ops.ts';
import type { Node } from '../ir/types.ts';
import * as cells from '../state/cells.ts';
import { operandsOf } from '../wasm/uses.ts';
import { type Execution, Reached } from './execution.ts';
import { flagSources } from './flag-writes.ts';
import { type HelperAccess, helperAccess, mayRaise } from './helper-accesses.ts';
import { runtimeWrites } from './runtime-writes.ts';
import { cellByte, FLAG, flagBit, isFlag, PC, registerByte } from './state-bytes.ts';
import { allBits, type Bits, type CellWrite, type WriteSource } from './types.ts';

const SETS: ReadonlyMap<number, number> = new Map([
  [Op.setCell8, 1],
  [Op.setCell16, 2],
  [Op.setCell32, 4],
  [Op.setCell64, 8],
  [Op.setCell128, 16],
]);
const FLAGS = [FLAG.n, FLAG.z, FLAG.c, FLAG.v] as const;

/** What an instruction wrote of the CPU's state, in the order in which it did. */
export class Writes {
  readonly #execution: Execution;
  readonly #writes: readonly CellWrite[];

  constructor(execution: Execution) {
    this.#execution = execution;
    const { nodes } = execution.lifted;
    this.#writes = nodes.flatMap((node, i) => {
      const reached = execution.reached[i] as number;
      return reached === Reached.no ? [] : this.#writesOf(node, i, reached === Reached.yes);
    });
  }

  #writesOf(node: Node, index: number, isCertain: boolean): CellWrite[] {
    const bytes = SETS.get(node.op);
    if (bytes !== undefined) {
      const sourcesOf: CellWrite['sourcesOf'] = (byte, mask) => [
        { node: node.a as Node, bits: BigInt(mask) << BigInt(8 * byte) },
      ];
      const own = { index, at: node.imm, bytes, isCertain, sourcesOf };
      return node.imm === cells.FLAGS_KIND ? this.#flags(index, isCertain) : [own];
    }
    switch (node.op) {
      case Op.call:
        return this.#called(node, index, isCertain);
      case Op.runtime:
        return runtimeWrites(node, this.#execution.state).map((write) => ({
          ...write,
          index,
          isCertain: isCertain && write.isCertain,
        }));
      case Op.branchTo:
        return [this.#jump(index, isCertain, (byte) => [{ node: node.a as Node, bits: 0xffn << BigInt(8 * byte) }])];
      case Op.branch:
        return [this.#jump(index, isCertain, () => [])];
      case Op.branchIf: {
        const condition = this.#execution.valueOf(node.a as Node);
        if (condition === 0n) return [];
        return [{ ...this.#jump(index, isCertain && condition !== undefined, () => []), under: node.a as Node }];
      }
      default:
        return [];
    }
  }
  #jump(index: number, isCertain: boolean, sourcesOf: CellWrite['sourcesOf']): CellWrite {
    return { index, at: PC, bytes: 8, isCertain, sourcesOf };
  }
  /** The cells that flags follow from are written one behind the other. */
  #flags(kind: number, isCertain: boolean): CellWrite[] {
    const { nodes } = this.#execution.lifted;
    const { sources, last } = flagSources(nodes, kind);
    return FLAGS.flatMap((at) => {
      const of = sources.get(at);
      return of === undefined ? [] : [{ index: last, at, bytes: 1, isCertain, sourcesOf: () => of }];
    });
  }
  #called(node: Node, index: number, isCertain: boolean): CellWrite[] {
    const name = helperNames[node.imm] as HelperName;
    const args = operandsOf(node);
    const access = helperAccess(
      name,
      args.map((arg) => Number(this.#execution.valueOf(arg) ?? 0n)),
    );
    const given = args.map((arg): WriteSource => ({ node: arg, bits: allBits[arg.type] }));
    const sourcesOf: CellWrite['sourcesOf'] = (byte) => [...given, ...readBy(access, byte)];
    const result = access.to ? [{ ...access.to, index, isCertain, sourcesOf }] : [];
    // Bits of FPSR are set, never cleared: Arm ARM DDI 0487, C5.2.9.
    if (!mayRaise(name)) return result;
    const raised = {
      index,
      at: cells.FPSR,
      bytes: 4,
      isCertain: false,
      sourcesOf: () => [...given, ...readBy(access)],
    };
    return [...result, raised];
  }

  /** The last write of a byte of a cell before a node. */
  lastOfCell(at: number, before = Number.POSITIVE_INFINITY): CellWrite | undefined {
    return this.#writes.findLast((write) => write.index < before && at >= write.at && at < write.at + write.bytes);
  }
  /** The last write of a register's byte, and which byte of it that is. */
  lastOf(register: number): { readonly write: CellWrite; readonly byte: number } | undefined {
    const at = isFlag(register) || register >= PC ? register : cellByte(this.#execution.state, register);
    const write = this.lastOfCell(at);
    return write && { write, byte: at - write.at };
  }
  /** Bytes of registers that it writes whatever it finds. */
  certain(): ReadonlySet<number> {
    const registers = new Set<number>();
    for (const { at, bytes, isCertain } of this.#writes) {
      if (!isCertain) continue;
      for (let byte = at; byte < at + bytes; byte++) {
        const register = isFlag(byte) || byte >= PC ? byte : registerByte(this.#execution.state, byte);
        if (register !== undefined) registers.add(register);
      }
    }
    return registers;
  }

  /** The conditions under which a node was reached. */
  conditionsOf(index: number): readonly Node[] {
    const open: Node[] = [];
    for (const { op, a } of this.#execution.lifted.nodes.slice(0, index)) {
      if (op === Op.if) open.push(a as Node);
      else if (op === Op.end) open.pop();
    }
    return open;
  }
}

/** What a helper reads for a byte of its result, or for all of it. */
function readBy({ from }: HelperAccess, byte?: number): WriteSource[] {
  return from.flatMap(({ at, bytes, lanes }) => {
    const lane = byte === undefined || lanes === undefined ? undefined : Math.floor(byte / lanes.to);
    const [first, count] = lane === undefined || lanes === undefined ? [0, bytes] : [lane * lanes.from, lanes.from];
    return Array.from({ length: count }, (_, n) => ({ cell: at + first + n, mask: 0xff }));
  });
}

/** The flags in bits 31:28 of a value, each with a mask of its byte. */
export const flagsIn = (bits: Bits): [register: number, mask: number][] =>
  FLAGS.filter((flag) => ((bits >> BigInt(flagBit(flag))) & 1n) !== 0n).map((flag) => [flag, 1]);
