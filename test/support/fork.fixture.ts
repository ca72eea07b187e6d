import type { Edit } from '../../src/machine/edits.ts';
import { ForkSession } from '../../src/replay/fork.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';

/** Changes of a run, by the counts at which they are made, ascending. */
export type Planted = readonly (readonly [at: number, edit: Edit])[];

/** A run that leaves another one with changes, on a tape of its own; up to a count, or to its end. */
export function plant(parent: TapeReader, path: string, planted: Planted, until = 1e9): TapeReader {
  const session = new ForkSession(parent, { path, force: false, checkpoints: null, consoleOut: () => {} });
  const [first, ...others] = planted;
  if (first === undefined) throw new Error('nothing is planted');
  while (session.machine.icount < first[0]) session.follow(first[0]);
  session.goLive([first[1]]);
  for (const [at, edit] of others) {
    session.machine.run(at);
    session.machine.edit(edit);
  }
  const stop = session.machine.run(until);
  session.finish(stop.kind === 'ended' ? stop.outcome : 'limit', 'ended');
  return TapeReader.open(path);
}
