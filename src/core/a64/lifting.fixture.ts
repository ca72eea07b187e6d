import { must } from '../../base/assert.ts';
import { Decoder, extract } from '../decode/decoder.ts';
import { Builder } from '../ir/builder.ts';
import type { TranslationConfig } from '../ir/config.ts';
import type { Node } from '../ir/types.ts';
import { a64Classes } from './index.ts';

const decoder = new Decoder(a64Classes);

/** What lifters read of a configuration; the rest decides traps of other classes. */
const el1 = { el: 1, sctlr: 0, single: false } as TranslationConfig;

/** The IR of a few instructions at EL1, as one block. */
export function lifted(words: readonly number[], config: Partial<TranslationConfig> = {}): readonly Node[] {
  const ir = new Builder({ ...el1, ...config });
  for (const [i, word] of words.entries()) {
    const row = must(decoder.decode(word >>> 0), `encoding ${word.toString(16)}`);
    ir.begin(4 * i);
    row.lift(ir as never, extract(row, word) as never);
  }
  return ir.nodes;
}

export const operations = (nodes: readonly Node[], op: number): readonly Node[] => nodes.filter((n) => n.op === op);
