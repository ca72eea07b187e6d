import { AccessFlags, ALIGNMENT, alignmentBytes, MemorySize, memoryBytes, Op } from '../ir/ops.ts';
import type { Node } from '../ir/types.ts';
import { addressOf } from './uses.ts';

/** Bytes from the first of a group to its last: the more, the oftener they are not all in one page. */
export const SPAN_MAX = 256;

/**
 * Accesses off one base, all loads or all stores, between which nothing can change what the TLB says of their page: registers saved
 * in a frame (AAPCS64, IHI 0055), members of a structure, a copy's steps.
 */
export interface AccessGroup {
  readonly base: Node;
  readonly op: number;
  /** Bytes that the addresses of all are to be a multiple of. */
  readonly alignment: number;
  /** Nesting of arms that the first of them is in. */
  readonly depth: number;
  readonly first: Node;
  last: Node;
  /** Offsets from the base: of the lowest byte, and of the one behind the highest. */
  low: number;
  high: number;
  /** Holds the linear address of the lowest byte, or 0 if the TLB did not map them all. */
  local: number;
}

const NONE: ReadonlyMap<Node, AccessGroup> = new Map();

/** The groups of a block, of at least two accesses each, by these. */
export function accessGroups(nodes: readonly Node[]): ReadonlyMap<Node, AccessGroup> {
  let groups: Map<Node, AccessGroup> | undefined;
  let open: AccessGroup[] = [];
  let depth = 0;
  for (const node of nodes) {
    const { op } = node;
    if (op === Op.load || op === Op.store) {
      const group = isGrouped(node) ? join(node, depth, open) : undefined;
      if (group === undefined) continue;
      groups ??= new Map();
      groups.set(group.first, group);
      groups.set(node, group);
    } else if (op === Op.runtime) open = [];
    else if (op === Op.if) depth++;
    else if (op === Op.else || op === Op.end) {
      open = open.filter((group) => group.depth < depth);
      if (op === Op.end) depth--;
    }
  }
  return groups ?? NONE;
}

/** The group that an access makes with those before it, if any. */
function join(node: Node, depth: number, open: AccessGroup[]): AccessGroup | undefined {
  const { base, offset } = addressOf(node);
  const end = offset + (memoryBytes[node.imm] as number);
  const alignment = alignmentBytes(node.imm2, memoryBytes[node.imm] as number);
  const at = open.findIndex(
    (group) =>
      group.base === base &&
      group.op === node.op &&
      group.alignment === alignment &&
      (offset - group.low) % alignment === 0,
  );
  const known = open[at];
  if (known) {
    const low = Math.min(known.low, offset);
    const high = Math.max(known.high, end);
    if (high - low <= SPAN_MAX) {
      Object.assign(known, { low, high, last: node });
      return known;
    }
    open.splice(at, 1);
  }
  open.push({ base, op: node.op, alignment, depth, first: node, last: node, low: offset, high: end, local: -1 });
  return undefined;
}

/** Those that `find` of the run time's module looks up: at the current level, of values that it is given. */
const isGrouped = ({ op, imm, imm2 }: Node): boolean =>
  (imm2 & (AccessFlags.unprivileged | AccessFlags.maintenance)) === 0 &&
  (alignmentBytes(imm2, memoryBytes[imm] as number) === 1 || (imm2 & ALIGNMENT) === AccessFlags.wordAligned) &&
  imm !== MemorySize.zero64 &&
  (op === Op.load || imm < MemorySize.zero64);
