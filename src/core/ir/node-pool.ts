import { Node, type Type } from './types.ts';

/**
 * Nodes to be used again. Most blocks are executed a few times and then never more: before V8 would find their nodes to be garbage, it has
 * copied them into its old generation. (QEMU's TCG keeps operations that were freed in a list likewise.)
 */
export class NodePool {
  /** The first `#count` of them: an array that grew is not to shrink. */
  readonly #spare: Node[] = [];
  #count = 0;

  take(
    op: number,
    type: Type | 'none',
    a: Node | null,
    b: Node | null,
    c: Node | null,
    imm: number,
    imm2: number,
    at: number,
  ): Node {
    if (this.#count === 0) return new Node(op, type, a, b, c, imm, imm2, at);
    const node = this.#spare[--this.#count] as Node;
    node.op = op;
    node.type = type;
    node.a = a;
    node.b = b;
    node.c = c;
    node.imm = imm;
    node.imm2 = imm2;
    node.at = at;
    node.data = null;
    node.uses = 0;
    node.local = -1;
    node.lo = imm;
    node.hi = imm2;
    return node;
  }

  /** Takes the nodes from an index on, to which nothing may refer any more, out of their array. */
  give(nodes: Node[], from = 0): void {
    for (let i = nodes.length - 1; i >= from; i--) this.#spare[this.#count++] = nodes[i] as Node;
    nodes.length = from;
  }
}
