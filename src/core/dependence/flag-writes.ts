import { must } from '../../base/assert.ts';
import { Op } from '../ir/ops.ts';
import type { Node } from '../ir/types.ts';
import * as cells from '../state/cells.ts';
import { FlagsKind, FlagsOver } from '../state/codes.ts';
import { FLAG, flagBit } from './state-bytes.ts';
import { allBits } from './types.ts';

interface NodeBits {
  readonly node: Node;
  readonly bits: bigint;
}
const whole = (node: Node): NodeBits => ({ node, bits: allBits[node.type] });
const bitOf = (node: Node, bit: number): NodeBits => ({ node, bits: 1n << BigInt(bit) });

/** N Z C V in bits 31:28: Arm ARM DDI 0487, C5.2.10. Cells of the lazy flags that are written behind FLAGS_KIND. */
const GROUP: ReadonlySet<number> = new Set([cells.FLAGS_A, cells.FLAGS_B, cells.FLAGS_NZ, cells.FLAGS_C]);

/**
 * What each of the flags follows from that a write of FLAGS_KIND and the cells behind it set (`FlagsBuilder.flush`), and the last
 * node of these writes. Flags that stay as they are are left out.
 */
export function flagSources(
  nodes: readonly Node[],
  kindAt: number,
): { readonly sources: ReadonlyMap<number, readonly NodeBits[]>; readonly last: number } {
  const written = new Map<number, Node>();
  let last = kindAt;
  for (let i = kindAt + 1; i < nodes.length; i++) {
    const { op, imm, a } = nodes[i] as Node;
    const isSet = op === Op.setCell32 || op === Op.setCell64;
    if (isSet && !GROUP.has(imm)) break;
    if (!isSet) continue;
    written.set(imm, a as Node);
    last = i;
  }
  const value = (nodes[kindAt] as Node).a as Node;
  // A constant, or what was there with bits of FlagsOver added.
  const isWhole = value.op === Op.const32;
  const code = isWhole ? value.imm : must(value.b, 'bits of FlagsOver').imm;
  const sources = isWhole ? byKind(code & 7, written) : new Map<number, readonly NodeBits[]>();
  if (code & FlagsOver.nz) {
    const nz = must(written.get(cells.FLAGS_NZ), 'N and Z');
    sources.set(FLAG.n, [bitOf(nz, 31)]);
    sources.set(FLAG.z, [whole(nz)]);
  }
  if (code & FlagsOver.c) sources.set(FLAG.c, [bitOf(must(written.get(cells.FLAGS_C), 'C'), 0)]);
  return { sources, last };
}

function byKind(kind: number, written: ReadonlyMap<number, Node>): Map<number, readonly NodeBits[]> {
  const a = must(written.get(cells.FLAGS_A), 'operand of the flags');
  const b = written.get(cells.FLAGS_B);
  const flags = [FLAG.n, FLAG.z, FLAG.c, FLAG.v];
  switch (kind) {
    case FlagsKind.literal:
      return new Map(flags.map((flag) => [flag, [bitOf(a, flagBit(flag))]]));
    case FlagsKind.logic32:
    case FlagsKind.logic64:
      return new Map<number, readonly NodeBits[]>([
        [FLAG.n, [bitOf(a, kind === FlagsKind.logic32 ? 31 : 63)]],
        [FLAG.z, [whole(a)]],
        [FLAG.c, []],
        [FLAG.v, []],
      ]);
    default: {
      const operands = [whole(a), whole(must(b, 'operand of the flags'))];
      return new Map(flags.map((flag) => [flag, operands]));
    }
  }
}
