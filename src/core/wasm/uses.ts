import { intOps, Op } from '../ir/ops.ts';
import type { Node } from '../ir/types.ts';

export const isConstant = (node: Node): boolean => node.op === Op.const32 || node.op === Op.const64;
/** Pure operations are emitted where they are used; the others in their place. */
const isPure = (node: Node): boolean => node.op < Op.cell8;

/** What a store writes, by ascending address. */
export const storedValues = ({ b, c, data }: Node): readonly Node[] =>
  data === null ? [b, c].filter((n) => n !== null) : (data as readonly Node[]);

/** The values a node takes. What is loaded behind another takes nothing: it names the load that makes it. */
export function operandsOf(node: Node): readonly Node[] {
  if (node.op === Op.call) return node.data as readonly Node[];
  if (node.op === Op.loadFurther) return [];
  if (node.op === Op.store) return [node.a as Node, ...storedValues(node)];
  return [node.a, node.b, node.c].filter((n) => n !== null);
}

/** The base and the constant that the address of an access is the sum of. The base of an address of 32 bits is an i32. */
export function addressOf(access: Node): { readonly base: Node; readonly offset: number } {
  let base = access.a as Node;
  let offset = 0;
  if (base.op === EXTEND_U) base = base.a as Node;
  for (;;) {
    const { op, a, b } = base;
    const sign = op === add || op === add64 ? 1 : op === sub || op === sub64 ? -1 : 0;
    if (sign === 0 || a === null || b === null || !isSmall(b)) break;
    if (Math.abs(offset + sign * b.imm) > OFFSET_MAX) break;
    offset += sign * b.imm;
    base = a;
  }
  return { base, offset };
}
const EXTEND_U = 0xad;
const [[add, add64], [sub, sub64]] = [intOps.add, intOps.sub];
/** WebAssembly adds it to a linear address: no further than HOST_MEMORY is from 0. */
export const OFFSET_MAX = 0x10_0000;
const isSmall = ({ op, imm, imm2 }: Node): boolean => op === Op.const32 || (op === Op.const64 && imm2 === imm >> 31);

/** The values that the code of a node takes: an access its address's base. */
export function emittedOperands(node: Node): readonly Node[] {
  if (node.op === Op.load) return [addressOf(node).base];
  if (node.op === Op.store) return [addressOf(node).base, ...storedValues(node)];
  return operandsOf(node);
}

/** Counts the uses that will be emitted: those by effects, and by pure values that are used themselves. */
export function countUses(nodes: readonly Node[]): void {
  for (const node of nodes) node.uses = 0;
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i] as Node;
    if (isPure(node) && node.uses === 0) continue;
    if (node.op === Op.loadFurther) continue;
    if (node.op === Op.call || node.op === Op.store)
      for (const value of (node.data ?? []) as readonly Node[]) value.uses++;
    if (node.op === Op.load || node.op === Op.store) addressOf(node).base.uses++;
    else if (node.a) node.a.uses++;
    if (node.b) node.b.uses++;
    if (node.c) node.c.uses++;
  }
}
