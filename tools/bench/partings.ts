// npm run bench:bisect -- A B...: what it takes to find where each of the tapes B parts from A, beside a search in lock step. That
// one is run from a little before, and what it would take from the tapes' beginning is told by its rate.
import { findParting, partingOptions } from '../../src/explain/bisect.ts';
import { Pair } from '../../src/explain/pair.ts';
import { Timeline } from '../../src/timeline/timeline.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { countText } from '../session/units.ts';
import { inLockStep } from './lock-step.ts';

/** So many counts before what is found lock step begins. */
const BEFORE = 500;
const SECONDS_PER_HOUR = 3600;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const countsOf = (reader: TapeReader): number => (reader.icounts?.last ?? 0) - (reader.icounts?.first ?? 0);

function bench(pathOfA: string, pathOfB: string): void {
  const [a, b] = [pathOfA, pathOfB].map((path) => TapeReader.open(path)) as [TapeReader, TapeReader];
  const longer = Math.max(countsOf(a), countsOf(b));
  const [began, before] = [performance.now(), process.cpuUsage()];
  const options = partingOptions(a, b);
  const pair = new Pair(new Timeline(a), new Timeline(b));
  const found = findParting(pair, options);
  const [wallS, cpu] = [(performance.now() - began) / 1000, process.cpuUsage(before)];
  const cpuS = (cpu.user + cpu.system) / 1e6;
  say(`${pathOfB}, ${countText(a.checkpoints.length)} and ${countText(b.checkpoints.length)} checkpoints`);
  say(`  ${wallS.toFixed(1)} s, of a processor ${cpuS.toFixed(1)} s`);
  const share = (pair.ran / longer).toFixed(3);
  say(`  ${countText(pair.ran)} instructions run again, ${share} of the longer tape, which has ${countText(longer)}`);
  if (found.kind === 'same' || found.kind === 'semantics') {
    say(`  found: ${found.kind}`);
    return;
  }
  say(`  found: ${found.kind} ${countText(found.icount)}`);
  const last = found.since.at(-1)?.at ?? 0;
  const step = inLockStep(a, b, Math.max(last, found.icount - BEFORE), 2 * BEFORE);
  const rate = step.steps / step.seconds;
  const hours = (found.icount - pair.a.timeline.first) / rate / SECONDS_PER_HOUR;
  const where = step.icount === undefined ? 'nothing' : countText(step.icount);
  say(
    `  in lock step: ${where}; ${countText(Math.round(rate))} instructions a second of a processor, ${hours.toFixed(1)} h from the beginning`,
  );
}

const [a, ...others] = process.argv.slice(2);
if (a === undefined || others.length === 0) {
  process.stderr.write('give a tape, and others to look for where they part from it\n');
  process.exitCode = 2;
} else for (const b of others) bench(a, b);
