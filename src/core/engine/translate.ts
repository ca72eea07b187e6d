import { PAGE_BYTES } from '../../base/page.ts';
import type { FrontEnd, InstructionReader } from '../decode/front-end.ts';
import type { Builder } from '../ir/builder.ts';
import { isDetached, type TranslationConfig } from '../ir/config.ts';
import type { BlockIr, Node } from '../ir/types.ts';
import { ExitReason } from '../state/codes.ts';
import { isEvaluable } from './evaluable.ts';
import { isObserved } from './observed-writers.ts';

/** A block's bound: long enough for straight code, short enough that a budget seldom ends in one. */
const INSTRUCTIONS_A_BLOCK = 64;
/** Instructions that a block may go beyond the bound, to end with an IT block; IT in one begins another, for as long as there are some. */
const INSTRUCTIONS_BEYOND = 4;
/**
 * The same in nodes, at the end of an instruction: an expression is no deeper than these, and what emits it calls itself for
 * each level. Compiled code has a third of them; one instruction, a hundred.
 */
export const NODES_A_BLOCK = 2048;
export const INSTRUCTIONS_A_BLOCK_MAX = INSTRUCTIONS_A_BLOCK + INSTRUCTIONS_BEYOND;
/** How far ahead of execution a translation goes within its page. At most REF_ENTRY_MASK + 1, the entries of a region. */
const BLOCKS_A_REGION_MAX = 96;

/**
 * Half of the blocks that direct jumps reach are never executed, and a third of the others once or twice (a boot of
 * Debian): so often a block is evaluated before it is translated.
 */
const EVALUATIONS = 4;

/**
 * Hot blocks wait for so many others, of any page, to share a module with, and a region with those of their page: what a module and its
 * instance cost is more than what a block does, and so is a function of its own to V8's compilers. Meanwhile they are evaluated, all
 * together at most so often.
 */
const WAITING_MAX = 128;
const WAITS_A_MODULE = 512;

/** A guest that comes to so many modules is worth the start of a thread that compiles further ones; small guests come to some forty. */
const MODULES_BEFORE_A_THREAD = 48;
/** So often the blocks of a module that is being compiled are evaluated, all together: then the run waits for it. */
const EVALUATIONS_A_MODULE = 4096;

/** How much is translated at once, and when: a matter of speed alone. Tests set other bounds, to see that a guest cannot tell. */
export class TranslationBounds {
  instructionsABlock = INSTRUCTIONS_A_BLOCK;
  blocksARegion = BLOCKS_A_REGION_MAX;
  /** 0 translates whatever direct jumps reach, at once. */
  evaluations = EVALUATIONS;
  waitingMax = WAITING_MAX;
  waitsAModule = WAITS_A_MODULE;
  modulesBeforeAThread = MODULES_BEFORE_A_THREAD;
  evaluationsAModule = EVALUATIONS_A_MODULE;
}

export interface LiftedBlock extends BlockIr {
  readonly nodes: Node[];
  readonly evaluable: boolean;
  /** It ends before an instruction of `endsBefore`, and would not without. */
  readonly cut: boolean;
}

/** Lifts the block at `offset` by a new builder; where `endsBefore` says so of an offset, no further. `observedAs`: the number that observed code tells. */
export function liftBlock(
  frontEnd: FrontEnd,
  ir: Builder,
  bounds: TranslationBounds,
  page: InstructionReader,
  offset: number,
  endsBefore?: (offset: number) => boolean,
  observedAs = 0,
): LiftedBlock {
  const { config } = ir;
  const max = config.single ? 1 : bounds.instructionsABlock;
  let cut = false;
  for (let count = 1; ; count++) {
    ir.begin(count === 1 ? offset : ir.next);
    if (isObserved(frontEnd, config, page, ir.offset, count === 1)) ir.observe(observedAs);
    if (frontEnd.lift(ir, page) === 'end') break;
    cut = endsBefore?.(ir.next) === true;
    const isLast =
      cut ||
      ir.next >= PAGE_BYTES ||
      count >= max + INSTRUCTIONS_BEYOND ||
      ir.nodes.length >= NODES_A_BLOCK ||
      !frontEnd.canStart(config, page, ir.next);
    if (ir.unfinished && (isLast || config.single)) {
      ir.exitAfter(ExitReason.reconsider);
      break;
    }
    if ((isLast || count >= max || isDetached(config)) && !ir.unfinished) {
      ir.branch(ir.next - ir.offset);
      break;
    }
  }
  const { nodes, offsets, next, targets } = ir;
  return { nodes, offsets, endOffset: next, targets, aarch32: config.aarch32, evaluable: isEvaluable(nodes), cut };
}

/**
 * The blocks of a page to be translated with those at `starts`: what is reached by direct jumps, by falling through
 * and by coming back from calls, nearest first taken, in the order of their offsets. `blockAt` lifts a block; undefined for
 * one to be left out.
 */
export function reachable(
  config: TranslationConfig,
  bounds: TranslationBounds,
  starts: readonly number[],
  blockAt: (offset: number) => LiftedBlock | undefined,
): LiftedBlock[] {
  const blocks: LiftedBlock[] = [];
  const seen = new Set(starts);
  const queue = [...starts];
  const max = config.single || isDetached(config) ? 1 : bounds.blocksARegion;
  for (let next = queue.shift(); next !== undefined && blocks.length < max; next = queue.shift()) {
    const block = blockAt(next);
    if (block === undefined) continue;
    blocks.push(block);
    for (const target of block.targets) {
      if (target < 0 || target >= PAGE_BYTES || seen.has(target)) continue;
      seen.add(target);
      queue.push(target);
    }
  }
  return blocks.sort((a, b) => (a.offsets[0] as number) - (b.offsets[0] as number));
}
