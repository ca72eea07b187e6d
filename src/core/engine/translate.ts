import type { Decoder } from '../decode/decoder.ts';
import { extract } from '../decode/decoder.ts';
import { Builder } from '../ir/builder.ts';
import type { TranslationConfig } from '../ir/config.ts';
import { Op } from '../ir/ops.ts';
import { ExceptionCall } from '../state/codes.ts';
import type { BlockIr } from '../wasm/region-emitter.ts';

const PAGE_BYTES = 4096;
/** A block's bound: long enough for straight code, short enough that a budget seldom ends in one. */
export const INSTRUCTIONS_A_BLOCK_MAX = 64;
/** How far ahead of execution a translation goes within its page. At most REF_ENTRY_MASK + 1, the entries of a region. */
const BLOCKS_A_REGION_MAX = 96;

/** How much is translated at once: a matter of speed alone. Tests set less, to see that a guest cannot tell. */
export class TranslationBounds {
  instructionsABlock = INSTRUCTIONS_A_BLOCK_MAX;
  blocksARegion = BLOCKS_A_REGION_MAX;
}

/** Reads the instruction at an offset of the page being translated. */
export type FetchWord = (offset: number) => number;

/** Lifts the block at `offset`. */
export function liftBlock(
  decoder: Decoder,
  config: TranslationConfig,
  bounds: TranslationBounds,
  fetch: FetchWord,
  offset: number,
): BlockIr {
  const ir = new Builder(config);
  const max = config.single ? 1 : bounds.instructionsABlock;
  let at = offset;
  for (let count = 0; ; ) {
    ir.begin(at);
    const flow = liftInstruction(decoder, config, ir, fetch(at));
    at += 4;
    if (flow === 'end') break;
    if (++count === max || at === PAGE_BYTES) {
      ir.branch(4);
      break;
    }
  }
  return { nodes: ir.nodes, offsets: ir.offsets, endOffset: at };
}

function liftInstruction(decoder: Decoder, config: TranslationConfig, ir: Builder, word: number): 'next' | 'end' {
  if (config.illegal) return ir.exception(ExceptionCall.illegalState);
  const row = decoder.decode(word);
  if (row === null) return ir.undefined();
  if (row.group.fp && config.fpTrap !== 0) return ir.exception(ExceptionCall.fpTrap, config.fpTrap);
  return row.lift(ir as never, extract(row, word) as never);
}

/**
 * The blocks of a page that can be reached from `offset` by direct jumps, by falling through, and by coming back from
 * calls, nearest first taken, in the order of their offsets.
 */
export function liftReachable(
  decoder: Decoder,
  config: TranslationConfig,
  bounds: TranslationBounds,
  fetch: FetchWord,
  offset: number,
  isTranslated: (offset: number) => boolean,
): BlockIr[] {
  const blocks: BlockIr[] = [];
  const seen = new Set([offset]);
  const queue = [offset];
  const max = config.single ? 1 : bounds.blocksARegion;
  for (let next = queue.shift(); next !== undefined && blocks.length < max; next = queue.shift()) {
    const ir = liftBlock(decoder, config, bounds, fetch, next);
    blocks.push(ir);
    for (const target of successors(ir, fetch)) {
      if (target < 0 || target >= PAGE_BYTES || seen.has(target) || isTranslated(target)) continue;
      seen.add(target);
      queue.push(target);
    }
  }
  return blocks.sort((a, b) => (a.offsets[0] as number) - (b.offsets[0] as number));
}

/** BL and BLR: what they call mostly returns behind them. */
const isCall = (word: number): boolean =>
  (word & 0xfc00_0000) >>> 0 === 0x9400_0000 || (word & 0xffff_fc1f) >>> 0 === 0xd63f_0000;

function successors(ir: BlockIr, fetch: FetchWord): number[] {
  const last = ir.nodes.at(-1);
  const targets: number[] = [];
  if (last?.op === Op.branchIf) targets.push(ir.endOffset);
  else if (isCall(fetch(ir.endOffset - 4))) targets.push(ir.endOffset);
  if (last?.op === Op.branch || last?.op === Op.branchIf) targets.push(last.imm);
  return targets;
}
