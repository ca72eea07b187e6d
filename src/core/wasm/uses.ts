import { Op } from '../ir/ops.ts';
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

/** Counts the uses that will be emitted: those by effects, and by pure values that are used themselves. */
export function countUses(nodes: readonly Node[]): void {
  for (const node of nodes) node.uses = 0;
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i] as Node;
    if (isPure(node) && node.uses === 0) continue;
    if (node.op === Op.loadFurther) continue;
    if (node.op === Op.call || node.op === Op.store)
      for (const value of (node.data ?? []) as readonly Node[]) value.uses++;
    if (node.a) node.a.uses++;
    if (node.b) node.b.uses++;
    if (node.c) node.c.uses++;
  }
}
