import type { FrontEnd } from '../decode/front-end.ts';
import type { TranslationConfig } from '../ir/config.ts';
import { Op } from '../ir/ops.ts';
import type { Node } from '../ir/types.ts';
import { ExceptionCall, ExitReason } from '../state/codes.ts';

/** What lifters read of a configuration; the rest decides traps of other classes. */
const el1 = { el: 1, sctlr: 0, aarch32: true, thumb: false, it: 0, straddle: -1, single: false, bigEndian: false };

/** The IR of a few instructions at PL1, as one block: words of A32, or halfwords of T32. */
export function lifted(
  frontEnd: FrontEnd,
  units: readonly number[],
  config: Partial<TranslationConfig> = {},
): readonly Node[] {
  const ir = frontEnd.builder({ ...(el1 as TranslationConfig), ...config });
  const unit = (bytes: number) => (offset: number) => units[offset / bytes] as number;
  const { thumb } = ir.config;
  const end = units.length * (thumb ? 2 : 4);
  ir.next = thumb ? 1 : 0;
  do ir.begin(ir.next);
  while (frontEnd.lift(ir, { word: unit(4), half: unit(2) }) === 'next' && ir.next < end);
  return ir.nodes;
}

export const operations = (nodes: readonly Node[], op: number): readonly Node[] => nodes.filter((n) => n.op === op);

export const isUndefined = (nodes: readonly Node[]): boolean =>
  operations(nodes, Op.exitAt).some((n) => n.imm === ExitReason.call && n.imm2 === ExceptionCall.undefined << 16);
