import { helperNames, helpers as helperSignatures } from '../helpers/signatures.ts';
import { MemorySize, Op } from '../ir/ops.ts';
import type { Node, Type } from '../ir/types.ts';

const effects: ReadonlySet<number> = new Set([
  Op.cell8,
  Op.cell16,
  Op.cell32,
  Op.cell64,
  Op.icount,
  Op.setCell32,
  Op.setCell64,
  Op.load,
  Op.loadFurther,
  Op.store,
  Op.call,
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
]);
/** The helpers' types, by number. */
export const signatures = helperNames.map(
  (name) => helperSignatures[name] as { params: readonly Type[]; result: string },
);

/** Whether the evaluator knows all operations of a block: it has no vectors. Gives constants their values. */
export function isEvaluable(nodes: readonly Node[]): boolean {
  return nodes.every((node) => {
    if (node.type === 'v128') return false;
    if (node.op === Op.const32 || node.op === Op.const64) {
      node.lo = node.imm;
      node.hi = node.imm2;
      return true;
    }
    if (node.op === Op.call) return signatures[node.imm]?.params.every((type) => type !== 'v128') === true;
    if (node.op === Op.load || node.op === Op.store) return !touchesVector(node);
    return effects.has(node.op) || node.op === Op.select || node.op < Op.const32;
  });
}
const touchesVector = ({ imm: size, a, b }: Node): boolean =>
  size === MemorySize.b16 || size === MemorySize.pair16 || a?.type === 'v128' || b?.type === 'v128';
