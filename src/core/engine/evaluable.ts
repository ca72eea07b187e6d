import { helperNames, helpers as helperSignatures } from '../helpers/signatures.ts';
import { MemorySize, Op } from '../ir/ops.ts';
import type { Node, Type } from '../ir/types.ts';

/** Behind all operations. */
const OPS = 1 << 14;
/** How an operation is looked at: not at all where it is unknown here, or by what it is made of. */
const Kind = { unknown: 0, known: 1, access: 2, call: 3 } as const;
const kinds = new Uint8Array(OPS);
kinds.fill(Kind.known, 0, Op.const32);
for (const op of [
  Op.const32,
  Op.const64,
  Op.select,
  Op.cell8,
  Op.cell16,
  Op.cell32,
  Op.cell64,
  Op.icount,
  Op.setCell32,
  Op.setCell64,
  Op.loadFurther,
  Op.runtime,
  Op.if,
  Op.else,
  Op.end,
  Op.exitIf,
  Op.exitAtIf,
  Op.exitAt,
  Op.exitAfter,
  Op.branch,
  Op.branchIf,
  Op.branchTo,
])
  kinds[op] = Kind.known;
kinds[Op.load] = Kind.access;
kinds[Op.store] = Kind.access;
kinds[Op.call] = Kind.call;
/** The helpers' types, by number. */
export const signatures = helperNames.map(
  (name) => helperSignatures[name] as { params: readonly Type[]; result: string },
);

const isPlain = signatures.map(({ params }) => params.every((type) => type !== 'v128'));

/** Whether the evaluator knows all operations of a block: it has no vectors. */
export function isEvaluable(nodes: readonly Node[]): boolean {
  for (const node of nodes) {
    if (node.type === 'v128') return false;
    const kind = kinds[node.op];
    if (kind === Kind.known) continue;
    if (kind === Kind.unknown || kind === undefined) return false;
    if (kind === Kind.access ? touchesVector(node) : isPlain[node.imm] !== true) return false;
  }
  return true;
}
const touchesVector = ({ imm: size, a, b }: Node): boolean =>
  size === MemorySize.b16 || size === MemorySize.pair16 || a?.type === 'v128' || b?.type === 'v128';
