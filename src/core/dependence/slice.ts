import { must } from '../../base/assert.ts';
import { type HelperName, helperNames, helpers } from '../helpers/signatures.ts';
import { elementBytes, MemorySize, Op } from '../ir/ops.ts';
import type { Node } from '../ir/types.ts';
import { operandsOf, storedValues } from '../wasm/uses.ts';
import { demandOf } from './demand.ts';
import type { Execution, MemoryAccess } from './execution.ts';
import { helperAccess } from './helper-accesses.ts';
import type { Outside } from './register-functions.ts';
import { registerByte } from './state-bytes.ts';
import { allBits, type Bits, type CellWrite, Kind } from './types.ts';
import { flagsIn, Writes } from './writes.ts';

const KINDS = [Kind.data, Kind.address, Kind.control] as const;

/** What some bytes that an instruction wrote follow from, as it was before: by kind. */
export interface Inputs {
  /** By byte of a register (state-bytes.ts), the bits of it. */
  readonly registers: readonly [Map<number, number>, Map<number, number>, Map<number, number>];
  /** By access, the bytes of it that were loaded, from its start. */
  readonly loads: readonly [Loaded, Loaded, Loaded];
  /** What is no state of the CPU. */
  readonly outside: readonly [Set<Outside>, Set<Outside>, Set<Outside>];
}
type Loaded = Map<MemoryAccess, Set<number>>;

/** Looks back through one instruction's IR, from what it wrote to what that is made of (dependencies: Arm ARM DDI 0487, B2.3.2). */
export class Slice {
  readonly inputs: Inputs = {
    registers: [new Map(), new Map(), new Map()],
    loads: [new Map(), new Map(), new Map()],
    outside: [new Set(), new Set(), new Set()],
  };
  readonly #execution: Execution;
  readonly #accesses: readonly MemoryAccess[];
  readonly #writes: Writes;
  /** Bits wanted of each node's value, by kind. */
  readonly #wanted: readonly [Bits[], Bits[], Bits[]];

  constructor(execution: Execution, accesses: readonly MemoryAccess[], writes = new Writes(execution)) {
    this.#execution = execution;
    this.#accesses = accesses;
    this.#writes = writes;
    const nothing = (): Bits[] => execution.lifted.nodes.map(() => 0n);
    this.#wanted = [nothing(), nothing(), nothing()];
  }

  /** Of bits of a register's byte. False where the IR does not write it. */
  ofRegister(register: number, mask = 0xff): boolean {
    const last = this.#writes.lastOf(register);
    if (last === undefined) return false;
    this.#want(Kind.data, last.write, last.byte, mask);
    if (!last.write.isCertain) this.#leaf(Kind.data, register, mask);
    return true;
  }
  /** Of a byte of a cell by which the run time is given something. */
  ofCell(at: number, mask = 0xff): void {
    this.#cell(Kind.data, this.#execution.lifted.nodes.length, at, mask);
  }
  /** Of bytes that a store of it wrote, from the access's start. */
  ofStore(access: MemoryAccess, bytes: Iterable<number>): void {
    const node = must(this.#execution.lifted.nodes[access.index], 'a store');
    this.#node(Kind.address, node.a as Node, allBits.i64);
    this.#under(access.index);
    if (node.imm === MemorySize.zero64) return;
    const values = storedValues(node);
    const step = elementBytes[node.imm] as number;
    for (const byte of bytes)
      this.#node(
        Kind.data,
        must(values[Math.floor(byte / step)], 'a stored value'),
        0xffn << BigInt(8 * (byte % step)),
      );
  }
  /** Of where an access goes: of an exception that tells of it. */
  ofAddress(access: MemoryAccess): void {
    this.#node(Kind.data, must(this.#execution.lifted.nodes[access.index], 'an access').a as Node, allBits.i64);
  }

  /** To be called once all that is asked about has been named. */
  finish(): Inputs {
    const { nodes } = this.#execution.lifted;
    for (let i = nodes.length - 1; i >= 0; i--)
      for (const kind of KINDS) {
        const bits = this.#wanted[kind][i] as Bits;
        if (bits !== 0n) this.#operands(kind, i, nodes[i] as Node, bits);
      }
    return this.inputs;
  }

  #node(kind: Kind, node: Node, bits: Bits): void {
    const i = must(this.#execution.lifted.indexOf.get(node), 'a node of the instruction');
    const wanted = this.#wanted[kind];
    wanted[i] = (wanted[i] as Bits) | (bits & allBits[node.type]);
  }
  /** What decides whether a node is reached. */
  #under(index: number): void {
    for (const condition of this.#writes.conditionsOf(index)) this.#node(Kind.control, condition, allBits.i32);
  }

  /** Bits of a byte of what a node wrote. */
  #want(kind: Kind, write: CellWrite, byte: number, mask: number): void {
    this.#under(write.index);
    if (write.under) this.#node(Kind.control, write.under, allBits.i32);
    for (const source of write.sourcesOf(byte, mask)) {
      if ('node' in source) this.#node(kind, source.node, source.bits);
      else if ('outside' in source) this.inputs.outside[kind].add(source.outside);
      else {
        const isAddress = source.isAddress && kind === Kind.data;
        this.#cell(isAddress ? Kind.address : kind, write.index, source.cell, source.mask);
      }
    }
  }
  /** Bits of a byte of a cell, as it was before a node. */
  #cell(kind: Kind, before: number, at: number, mask: number): void {
    if (mask === 0) return;
    const write = this.#writes.lastOfCell(at, before);
    if (write !== undefined) {
      this.#want(kind, write, at - write.at, mask);
      if (write.isCertain) return;
    }
    const register = registerByte(this.#execution.state, at);
    if (register !== undefined) this.#leaf(kind, register, mask);
  }
  #leaf(kind: Kind, register: number, mask: number): void {
    const registers = this.inputs.registers[kind];
    registers.set(register, (registers.get(register) ?? 0) | mask);
  }

  #operands(kind: Kind, i: number, node: Node, bits: Bits): void {
    const { op, imm } = node;
    if (op >= Op.cell8 && op <= Op.cell128) this.#bytes(bits, (byte, mask) => this.#cell(kind, i, imm + byte, mask));
    else if (op === Op.icount) this.inputs.outside[kind].add('clock');
    else if (op === Op.load) this.#loaded(kind, node, 0, bits);
    else if (op === Op.loadFurther) this.#loadedFurther(kind, i, node, bits);
    else if (op === Op.select) this.#selected(kind, node, bits);
    else if (op === Op.call) this.#called(kind, i, node);
    else if (op < Op.const32) {
      const { a, b, c } = demandOf(node, bits, (operand) => this.#execution.valueOf(operand));
      if (a) this.#node(kind, node.a as Node, a);
      if (b) this.#node(kind, node.b as Node, b);
      if (c) this.#node(kind, node.c as Node, c);
    }
  }
  #bytes(bits: Bits, told: (byte: number, mask: number) => void): void {
    for (let byte = 0, rest = bits; rest !== 0n; byte++, rest >>= 8n) {
      const mask = Number(rest & 0xffn);
      if (mask !== 0) told(byte, mask);
    }
  }

  #loaded(kind: Kind, node: Node, from: number, bits: Bits): void {
    const { lifted } = this.#execution;
    const index = must(lifted.indexOf.get(node), 'a load');
    this.#node(kind === Kind.control ? kind : Kind.address, node.a as Node, allBits.i64);
    const access = this.#accesses.find((one) => one.index === index);
    if (access === undefined) return;
    const loads = this.inputs.loads[kind];
    const bytes = loads.get(access) ?? new Set();
    loads.set(access, bytes);
    this.#bytes(bits, (byte) => bytes.add(from + byte));
  }
  #loadedFurther(kind: Kind, i: number, node: Node, bits: Bits): void {
    const { nodes } = this.#execution.lifted;
    const load = node.a as Node;
    const nth = i - must(this.#execution.lifted.indexOf.get(load), 'a load');
    if (nodes[i - nth] === load) this.#loaded(kind, load, nth * (elementBytes[load.imm] as number), bits);
  }

  #selected(kind: Kind, { a, b, c }: Node, bits: Bits): void {
    this.#node(Kind.control, c as Node, allBits.i32);
    const condition = this.#execution.valueOf(c as Node);
    if (condition !== 0n) this.#node(kind, a as Node, bits);
    if (condition === undefined || condition === 0n) this.#node(kind, b as Node, bits);
  }

  /** The result of a helper. */
  #called(kind: Kind, i: number, node: Node): void {
    const name = helperNames[node.imm] as HelperName;
    if (name === 'nzcv') {
      const bits = this.#wanted[kind][i] as Bits;
      for (const [register, mask] of flagsIn(bits)) this.#leaf(kind, register, mask);
      return;
    }
    const args = operandsOf(node);
    const values = args.map((arg) => Number(this.#execution.valueOf(arg) ?? 0n));
    const addresses = new Set(helperAccess(name, values).from.map(({ at }) => at));
    for (const [n, arg] of args.entries()) {
      const isAddress =
        helpers[name].params[n] === 'i32' && addresses.has(values[n] as number) && arg.op === Op.const32;
      if (!isAddress) this.#node(kind, arg, allBits[arg.type]);
    }
    for (const { at, bytes } of helperAccess(name, values).from)
      for (let byte = 0; byte < bytes; byte++) this.#cell(kind, i, at + byte, 0xff);
  }
}
