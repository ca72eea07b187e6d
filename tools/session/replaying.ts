import { ExitStatus, Failure } from '../../src/base/failure.ts';
import { ReplaySession } from '../../src/replay/replay.ts';
import type { ReplaySymbols } from '../../src/replay/symbols/replay-symbols.ts';
import { machineOfTape } from '../../src/replay/version.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { checkPorts, GuestOutputs, portsOfTape } from './guest-outputs.ts';
import { withHostMemory } from './host-memory.ts';
import { Interrupts } from './interrupts.ts';
import { Outputs } from './outputs.ts';
import { parsePlace } from './places.ts';
import { progress } from './progress.ts';
import { divergenceLines, jsonOf, type ReplayEnds, type Replayed, type Stop, summaryOf } from './replay-report.ts';
import { replayByDevicesOfTape } from './replaying-devices.ts';
import { replayInParallel, whySerially, workersOf } from './replaying-parallel.ts';
import { type PlaceWatch, watchFor } from './seeking.ts';
import { runInSlices } from './slices.ts';
import { printJson, say } from './standard-output.ts';
import { consoleFile } from './terminal.ts';
import { countText, momentText } from './units.ts';
import { symbolsFor, tellOtherKernel } from './viewer.ts';

/** Options of `replay`. */
export interface ReplayArgs {
  readonly tape: string;
  readonly until?: string | undefined;
  readonly parallel?: string | undefined;
  readonly devices?: 'tape' | undefined;
  readonly symbols?: string | undefined;
  readonly console: string;
  readonly virtioConsole?: readonly string[] | undefined;
  readonly force: boolean;
  readonly json: boolean;
}

/** Replays a tape, to its end or to a place, and says whether it is the same run. */
export async function replayTape(args: ReplayArgs): Promise<ExitStatus> {
  const place = args.until === undefined ? undefined : parsePlace('--until', args.until);
  const workers = workersOf(args.parallel);
  if (place !== undefined && args.parallel !== undefined)
    throw new Failure('--parallel verifies a tape to its end; leave out --parallel or --until');
  if (args.devices !== undefined && (place !== undefined || args.parallel !== undefined))
    throw new Failure(
      '--devices tape replays a tape to its end, by one CPU; leave out --until and --parallel, or --devices',
    );
  const outputs = new Outputs(args.force);
  outputs.reads(args.tape, 'the tape');
  outputs.reads(args.symbols, '--symbols');
  const file = consoleFile(args.console);
  if (file !== undefined) outputs.writes(file, '--console', { streams: true });
  const reader = TapeReader.open(args.tape);
  const config = machineOfTape(reader.header, reader.path);
  const ports = portsOfTape(args.virtioConsole, config);
  checkPorts(ports, outputs);
  const started = performance.now();
  const symbols = symbolsFor(reader, args.symbols);
  tellOtherKernel(symbols);
  const watch = place && watchFor(reader, place, symbols);
  const interrupts = new Interrupts();
  const output = new GuestOutputs(args, config, ports);
  const to = { output, interrupts };
  let replayed: Replayed;
  try {
    if (args.devices !== undefined) replayed = await replayByDevicesOfTape(reader, symbols, to);
    else replayed = (await inParallel(workers, args, reader, to)) ?? (await serially(reader, watch, symbols, to));
    output.endLine();
    output.close();
  } finally {
    interrupts.close();
    output.keep();
  }
  const wallMs = performance.now() - started;
  if (args.json) printJson(jsonOf(replayed, wallMs));
  const { stop, integrity, checked } = replayed;
  if (stop.kind === 'divergence') {
    for (const line of divergenceLines(stop.divergence)) say(line);
    return ExitStatus.finding;
  }
  const { difference } = replayed.answered ?? {};
  if (difference !== undefined) {
    const { icount, difference: what } = difference;
    say(
      `hypertape: the CPU is not at the checkpoint of ${momentText(icount)}: ${what} differs; it replays the same events`,
    );
    return ExitStatus.finding;
  }
  if (integrity.damagedFrames.length > 0)
    throw new Failure(
      `${args.tape} is ${integrity.summary}; ${countText(checked)} events up to there are verified; record it again for the rest`,
    );
  const { kind } = stop;
  if (kind !== 'interrupted' && watch?.isReached() === false) throw watch.missed();
  if (!args.json || kind === 'cut') say(summaryOf(replayed, wallMs));
  return kind === 'interrupted' ? ExitStatus.guest : ExitStatus.ok;
}

/** By so many threads; undefined where there is only one, or the tape is not one for several. */
async function inParallel(
  workers: number,
  { symbols }: ReplayArgs,
  reader: TapeReader,
  to: ReplayEnds,
): Promise<Replayed | undefined> {
  if (workers === 1) return undefined;
  const why = whySerially(reader);
  if (why !== undefined) {
    say(why);
    return undefined;
  }
  const replayed = await replayInParallel({ reader, symbols, workers }, to);
  if (replayed === undefined) say(`${reader.path} is not whole: it is replayed serially`);
  return replayed;
}

async function serially(
  reader: TapeReader,
  watch: PlaceWatch | undefined,
  symbols: ReplaySymbols,
  { output, interrupts }: ReplayEnds,
): Promise<Replayed> {
  const session = opened(output, () =>
    withHostMemory(Number(reader.header.machine.memoryBytes), () => sessionTo(watch, reader, output, symbols)),
  );
  const bar = progress('replaying', session.lastIcount, !output.isTerminal);
  let stop: Stop;
  try {
    stop = await runInSlices(session, {
      interrupts,
      tick: (...at) => {
        output.check();
        bar.update(...at);
      },
      ...(watch === undefined ? {} : { until: () => watch.until, isReached: () => watch.isReached() }),
    });
  } finally {
    bar.stop();
  }
  const { machine, checker, end, integrity } = session;
  const { icount, instructions, pc } = machine;
  const isMidway = stop.kind === 'place' || stop.kind === 'interrupted';
  const symbol = isMidway ? symbols.text(pc, machine) : undefined;
  return { stop, end, integrity, checked: checker.checked, icount, instructions, pc, symbol };
}

/** What is made for an output; where it cannot be, nothing is left. */
function opened<T>(output: GuestOutputs, make: () => T): T {
  try {
    return make();
  } catch (error) {
    output.discard();
    throw error;
  }
}

function sessionTo(
  watch: PlaceWatch | undefined,
  reader: TapeReader,
  output: GuestOutputs,
  symbols: ReplaySymbols,
): ReplaySession {
  const session: ReplaySession = new ReplaySession(reader, {
    consoleOut: (byte, console) => {
      output.write(byte, console);
      watch?.onByte(byte, console);
    },
    symbolAt: (pc) => symbols.text(pc, session.machine),
    ...(watch === undefined ? {} : { onEvent: watch.onEvent }),
  });
  session.machine.door.onSent = (channel, bytes) => void output.sent(channel, bytes);
  watch?.attach(session, symbols);
  return session;
}
