import { basename } from 'node:path';
import type { StackTree } from '../../src/analysis/stack-tree.ts';
import { PRODUCER } from '../../src/library/producer.ts';
import { collapsedLines } from '../exporting/collapsed.ts';
import { linesAsPieces } from '../exporting/export-source.ts';
import { pprofBytes } from '../exporting/pprof.ts';
import { speedscopeParts } from '../exporting/speedscope.ts';
import { dimensionsOf } from '../profiling/dimensions.ts';
import { stacksOf } from '../profiling/flame.ts';
import { profileTape } from '../profiling/profile.ts';
import { ProfiledTape } from '../profiling/profiled-tape.ts';
import type { Exported, Put } from './exported.ts';

/** What exits are put together by: the guest's function, the class, what was asked. */
const BY = 'symbol,class,register';

function stacks({ args: { tape, from, until, symbols } }: Exported): StackTree {
  const profiled = new ProfiledTape(tape, { from, to: until, symbols });
  const by = dimensionsOf('--by', BY);
  return stacksOf(profileTape(profiled, by), 'exits', profiled.isImported ? 'nanoseconds' : 'guest instructions');
}

/** How often each stack exits, a line each. */
export function collapsed(exported: Exported, put: Put): void {
  for (const piece of linesAsPieces(collapsedLines(stacks(exported), 0))) put(piece);
}
/** With what ran before each exit, too. */
export function speedscope(exported: Exported, put: Put): void {
  for (const part of speedscopeParts(stacks(exported), basename(exported.args.tape), PRODUCER)) put(part);
}
/** Likewise. */
export function pprof(exported: Exported, put: Put): void {
  put(pprofBytes(stacks(exported), [`${basename(exported.args.tape)}, by ${PRODUCER}`]));
}
