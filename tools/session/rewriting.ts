import { ExitStatus, Failure } from '../../src/base/failure.ts';
import { type RewriteOptions, RewriteSession } from '../../src/replay/rewrite.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { withHostMemory } from './host-memory.ts';
import { Interrupts } from './interrupts.ts';
import { Outputs } from './outputs.ts';
import { progress } from './progress.ts';
import { divergenceLines, type Stop } from './replay-report.ts';
import { runInSlices } from './slices.ts';
import { printJson, say } from './standard-output.ts';
import { bytesText, countText, secondsText } from './units.ts';

/** Options of a verb that replays a tape into a new one. */
export interface RewriteArgs {
  readonly tape: string;
  /** The new tape; in place of the old one where it is left out. */
  readonly output?: string | undefined;
  readonly force: boolean;
  readonly json: boolean;
}

/** Replays a tape into a new one, and says how it went. `what` is done to it, for the progress. */
export async function rewriteTape(
  what: string,
  { tape, output, force, json }: RewriteArgs,
  options: (reader: TapeReader) => Omit<RewriteOptions, 'path' | 'force'>,
): Promise<ExitStatus> {
  const outputs = new Outputs(force);
  if (output !== undefined) {
    outputs.reads(tape, 'the tape');
    outputs.writes(output, '--output');
  }
  const reader = TapeReader.open(tape);
  const started = performance.now();
  const wanted = { ...options(reader), path: output ?? tape, force: force || output === undefined };
  const interrupts = new Interrupts();
  const rewrite = withHostMemory(Number(reader.header.machine.memoryBytes), () => new RewriteSession(reader, wanted));
  const { session, writer } = rewrite;
  const bar = progress(what, session.lastIcount, true);
  let stop: Stop;
  try {
    const sliced = { machine: session.machine, run: (until: number) => rewrite.run(until) };
    stop = await runInSlices(sliced, { interrupts, tick: bar.update });
    if (stop.kind === 'interrupted')
      throw new Failure(`interrupted; ${output === undefined ? `${tape} is as it was` : 'no tape was made'}`);
  } finally {
    bar.stop();
    rewrite.discard();
    interrupts.close();
  }
  reader.close();
  if (stop.kind === 'divergence') {
    if (json) printJson({ verified: false, divergence: stop.divergence });
    for (const line of divergenceLines(stop.divergence)) say(line);
    return ExitStatus.finding;
  }
  const { checkpoints, checkpointBytes, events, tapeBytes } = writer.stats;
  const wallMs = Math.round((performance.now() - started) * 10) / 10;
  if (json) printJson({ path: wanted.path, verified: true, events, checkpoints, checkpointBytes, tapeBytes, wallMs });
  else
    say(
      `${wanted.path}: ${bytesText(tapeBytes)}, of which ${countText(checkpoints)} checkpoints in ${bytesText(checkpointBytes)}; ${countText(events)} events, verified against ${tape} in ${secondsText(wallMs)}`,
    );
  return ExitStatus.ok;
}
