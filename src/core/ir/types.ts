import type { ValueType } from '../helpers/signature.ts';

/** Types of IR values: those of WebAssembly. */
export type Type = ValueType;

/**
 * A node of a block: a value, or an effect in its place. Nodes stand in program order; pure ones are emitted where they
 * are used. One shape for all nodes, so that V8 keeps access to it monomorphic.
 */
export class Node {
  op: number;
  type: Type | 'none';
  a: Node | null;
  b: Node | null;
  c: Node | null;
  /** Immediate: a constant's low half, a cell's address, a lane, a size. */
  imm: number;
  /** A constant's high half, or further flags. */
  imm2: number;
  /** Index of the instruction in its block. */
  at: number;
  /** Rare further data: shuffle lanes, call arguments. */
  data: Uint8Array | readonly Node[] | null = null;
  uses = 0;
  /** WebAssembly local that holds the value once it is emitted into one, else -1. */
  local = -1;
  /** The value, where the block is evaluated: the low and the high 32 bits, with sign. A constant has its own from the beginning. */
  lo: number;
  hi: number;
  constructor(
    op: number,
    type: Type | 'none',
    a: Node | null,
    b: Node | null,
    c: Node | null,
    imm: number,
    imm2: number,
    at: number,
  ) {
    this.op = op;
    this.type = type;
    this.a = a;
    this.b = b;
    this.c = c;
    this.imm = imm;
    this.imm2 = imm2;
    this.at = at;
    this.lo = imm;
    this.hi = imm2;
  }
}

/** A block that was lifted. */
export interface BlockIr {
  /** Addresses have 32 bits. */
  readonly aarch32: boolean;
  readonly nodes: readonly Node[];
  /** Offset in the page of every instruction. */
  readonly offsets: readonly number[];
  /** Offset behind the last instruction. */
  readonly endOffset: number;
  /** Offsets that its direct jumps go to, and those behind its calls. */
  readonly targets: readonly number[];
}

declare const valueType: unique symbol;
/** A value of the given type, as lifters see it. */
export type Value<T extends Type = Type> = Node & { readonly [valueType]: T };
export type I32 = Value<'i32'>;
export type I64 = Value<'i64'>;
export type V128 = Value<'v128'>;
export type Int = 'i32' | 'i64';
