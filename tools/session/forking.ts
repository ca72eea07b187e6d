import { basename } from 'node:path';
import { ExitStatus, Failure } from '../../src/base/failure.ts';
import type { TextWatches } from '../../src/base/text-watch.ts';
import { consoleNames } from '../../src/machine/ports-config.ts';
import type { CheckpointSpacing } from '../../src/replay/checkpoints.ts';
import { ForkSession } from '../../src/replay/fork.ts';
import { startOfTape } from '../../src/replay/rewrite.ts';
import { builtPages, writeStateTape } from '../../src/replay/state-tape.ts';
import { symbolOfRun } from '../../src/replay/symbols/run-symbols.ts';
import { imagesOfTape } from '../../src/replay/tape-images.ts';
import { machineOfTape } from '../../src/replay/version.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import type { Level } from '../../src/trace/events/index.ts';
import { disksFor, parseDisk } from './disk-options.ts';
import { parseEdit, type WantedEdit } from './edits.ts';
import { checkPorts, GuestOutputs, portsOfTape, type WantedPort } from './guest-outputs.ts';
import { withHostMemory } from './host-memory.ts';
import { InputScript } from './input-script.ts';
import { Interrupts } from './interrupts.ts';
import { LiveControl } from './live-control.ts';
import { Outputs } from './outputs.ts';
import { parsePlace } from './places.ts';
import { progress } from './progress.ts';
import { hostInformation, type Opened, type OpenedArgs, runOpened, seesIn } from './recording.ts';
import { divergenceLines } from './replay-report.ts';
import { Saving } from './saving.ts';
import { findPlace } from './seeking.ts';
import { runInSlices } from './slices.ts';
import { say } from './standard-output.ts';
import { consoleFile } from './terminal.ts';
import { momentText } from './units.ts';
import { symbolsFor, tellOtherKernel } from './viewer.ts';

/** Options of `fork`. */
export interface ForkArgs extends Omit<OpenedArgs, 'input'> {
  readonly tape: string;
  readonly at: string;
  readonly set?: readonly string[] | undefined;
  readonly appendInput?: string | undefined;
  readonly disk?: readonly string[] | undefined;
  readonly output: string;
  readonly symbols?: string | undefined;
  readonly level?: Level | undefined;
  readonly virtioConsole?: readonly string[] | undefined;
  readonly ctl?: string | undefined;
  readonly force: boolean;
}

/** Thrown where the way to the fork differs from the recording. */
class Differs extends Error {}

/** Follows a tape to a place, leaves it there with changes, and records what comes of it. */
export async function forkTape(args: ForkArgs, checkpoints: CheckpointSpacing | null): Promise<ExitStatus> {
  const place = parsePlace('--at', args.at);
  const outputs = new Outputs(args.force);
  outputs.reads(args.tape, 'the tape');
  outputs.reads(args.symbols, '--symbols');
  outputs.reads(args.appendInput, '--append-input');
  for (const disk of args.disk ?? []) outputs.reads(parseDisk(disk).file, 'a disk');
  outputs.writes(args.output, '--output');
  const console = consoleFile(args.console);
  if (console !== undefined) outputs.writes(console, '--console', { streams: true });
  const reader = TapeReader.open(args.tape);
  const ports = portsOfTape(args.virtioConsole, machineOfTape(reader.header, reader.path));
  checkPorts(ports, outputs);
  const symbols = symbolsFor(reader, args.symbols);
  tellOtherKernel(symbols);
  const wanted = (args.set ?? []).map((text) => parseEdit(text, reader, symbols));
  const script =
    args.appendInput === undefined
      ? null
      : new InputScript(args.appendInput, consoleNames(machineOfTape(reader.header, reader.path)));
  const found = findPlace(reader, place, symbols);
  // Behind an event is the next instruction: there is no other moment that every replay stops at.
  const at = momentOf(wanted, found.ordinal === undefined ? found.icount : found.icount + 1);
  try {
    return await runOpened({ ...args, input: args.appendInput }, args.output, (until) =>
      open(args, reader, { at, wanted, ports, checkpoints, script, until }),
    );
  } catch (error) {
    if (error instanceof Differs) return ExitStatus.finding;
    throw error;
  }
}

/** Where the fork is: at the place, unless a change is of a moment behind it. @throws Failure */
function momentOf(wanted: readonly WantedEdit[], place: number): number {
  const moments = new Set(wanted.map(({ at }) => Math.max(at ?? place, place)));
  const [at = place] = moments;
  if (moments.size > 1)
    throw new Failure(
      `--set: changes of ${moments.size} moments, ${[...moments].join(' and ')}; fork with the first, and fork the new tape with the next`,
    );
  for (const { at: own } of wanted)
    if (own !== undefined && own < place)
      throw new Failure(`--set: icount ${own} lies before --at, which is icount ${place}`);
  return at;
}

interface Opening {
  readonly at: number;
  readonly wanted: readonly WantedEdit[];
  readonly ports: readonly WantedPort[] | undefined;
  readonly checkpoints: CheckpointSpacing | null;
  readonly script: InputScript | null;
  readonly until: TextWatches | null;
}

async function open(
  args: ForkArgs,
  reader: TapeReader,
  { at, wanted, ports, checkpoints, script, until }: Opening,
): Promise<Opened> {
  const config = machineOfTape(reader.header, reader.path);
  const interrupts = new Interrupts();
  let output: GuestOutputs | undefined;
  let control: LiveControl | null = null;
  const consoleOut = (byte: number, console: number): void => {
    output?.write(byte, console);
    const shown = until?.see(byte, console) === true;
    const answered = script?.see(byte, console) === true;
    if (shown || answered) fork.machine.requestStop();
  };
  const disks = disksFor(args.disk ?? [], config.disks ?? []);
  const options = {
    path: args.output,
    force: args.force,
    checkpoints,
    consoleOut,
    ...(args.level === undefined ? {} : { level: args.level }),
    disks,
    host: { ...hostInformation(), parent: `${basename(args.tape)} up to icount ${at}` },
  };
  let fork: ForkSession;
  try {
    output = new GuestOutputs(args, config, ports);
    if (args.ctl !== undefined) control = await LiveControl.open(args.ctl);
    fork = withHostMemory(Number(reader.header.machine.memoryBytes), () => new ForkSession(reader, options));
  } catch (error) {
    output?.discard();
    interrupts.close();
    await control?.close();
    throw error;
  }
  const saving = new Saving(fork.writer);
  interrupts.onPipe = () => saving.now();
  try {
    await follow(fork, at, args, interrupts);
    fork.goLive(wanted.flatMap(({ edits }) => edits(fork.machine)));
    for (const { input } of wanted) if (input !== undefined) type(fork, input);
  } catch (error) {
    fork.discard();
    output.discard();
    interrupts.close();
    await control?.close();
    throw error;
  }
  fork.machine.door.onSent = (channel, bytes) => {
    const port = output.sent(channel, bytes);
    if (port !== undefined && script !== null && seesIn(script, bytes, port)) fork.machine.requestStop();
  };
  control?.attach(fork, (path) => {
    const start = { ...startOfTape(reader), level: fork.writer.header.level, host: options.host };
    writeStateTape(fork, path, start, builtPages(config, imagesOfTape(reader, config), fork.machine.ram));
  });
  const symbol = (): string | undefined => symbolOfRun(fork, config, imagesOfTape(reader, config));
  return { session: fork, output, script, saving, interrupts, symbol, control };
}

function type({ machine }: ForkSession, input: Buffer): void {
  if (input.length > machine.inputRoom)
    throw new Failure(`--set input: the guest takes ${machine.inputRoom} bytes there; give the rest by --append-input`);
  machine.input(input);
}

/** The way to the fork, each event checked. */
async function follow(fork: ForkSession, at: number, args: ForkArgs, interrupts: Interrupts): Promise<void> {
  const { machine } = fork;
  if (machine.icount >= at) return;
  const bar = progress('following', at, true);
  try {
    const session = { machine, run: (until: number) => fork.follow(until) };
    const stop = await runInSlices(session, { interrupts, tick: bar.update, until: () => at });
    if (stop.kind === 'interrupted') throw new Failure('interrupted; no tape was made');
    if (stop.kind === 'divergence') {
      for (const line of divergenceLines(stop.divergence)) say(line);
      throw new Differs();
    }
    if (stop.kind !== 'place')
      throw new Failure(`--at ${args.at}: the guest has ended there, at ${momentText(machine.icount)}; fork before`);
  } finally {
    bar.stop();
  }
}
