import { ExitStatus, Failure } from '../../src/base/failure.ts';
import type { Divergence } from '../../src/replay/divergence.ts';
import { isOpenEnd, ReplaySession, type ReplayStop } from '../../src/replay/replay.ts';
import type { ReplaySymbols } from '../../src/replay/symbols/replay-symbols.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { withHostMemory } from './host-memory.ts';
import { Outputs } from './outputs.ts';
import { parsePlace } from './places.ts';
import { progress } from './progress.ts';
import { type PlaceWatch, watchFor } from './seeking.ts';
import { printJson, say } from './standard-output.ts';
import { ConsoleOutput, consoleFile } from './terminal.ts';
import { countText, momentText, secondsText } from './units.ts';
import { symbolsFor } from './viewer.ts';

/**
 * Counts between two looks at the progress and at signals, and the time that they may take: a guest of exits alone is a
 * thousand times slower than one that computes. Where a replay is cut changes nothing for the guest.
 */
const SLICE = { min: 2 ** 12, first: 2 ** 14, max: 2 ** 24 } as const;
const SLICE_MS = { min: 25, max: 100 } as const;
/** What ends a replay early, with what it found so far. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Options of `replay`. */
export interface ReplayArgs {
  readonly tape: string;
  readonly until?: string | undefined;
  readonly symbols?: string | undefined;
  readonly console: string;
  readonly force: boolean;
  readonly json: boolean;
}

/** Replays a tape, to its end or to a place, and says whether it is the same run. */
export async function replayTape(args: ReplayArgs): Promise<ExitStatus> {
  const place = args.until === undefined ? undefined : parsePlace('--until', args.until);
  const outputs = new Outputs(args.force);
  outputs.reads(args.tape, 'the tape');
  outputs.reads(args.symbols, '--symbols');
  const file = consoleFile(args.console);
  if (file !== undefined) outputs.writes(file, '--console', { streams: true });
  const reader = TapeReader.open(args.tape);
  const started = performance.now();
  const symbols = symbolsFor(reader, args.symbols);
  const watch = place && watchFor(reader, place, symbols);
  const output = new ConsoleOutput(args.console, args.json, args.force);
  const session = opened(output, () =>
    withHostMemory(Number(reader.header.machine.memoryBytes), () => sessionTo(watch, reader, output, symbols)),
  );
  const bar = progress('replaying', session.lastIcount, !output.isTerminal);
  let stop: Stop;
  try {
    stop = await runTo(watch, session, output, bar.update);
    bar.stop();
    output.endLine();
    output.close();
  } finally {
    bar.stop();
    output.keep();
  }
  const wallMs = performance.now() - started;
  if (args.json) printJson(jsonOf(session, stop, wallMs, symbols));
  if (stop.kind === 'divergence') {
    for (const line of divergenceLines(stop.divergence)) say(line);
    return ExitStatus.finding;
  }
  const { integrity, checker } = session;
  if (integrity.damagedFrames.length > 0)
    throw new Failure(
      `${args.tape} is ${integrity.summary}; ${countText(checker.checked)} events up to there are verified; record it again for the rest`,
    );
  const { kind } = stop;
  if (kind !== 'interrupted' && watch?.isReached() === false) throw watch.missed();
  if (!args.json || kind === 'cut') say(summaryOf(session, stop, wallMs, symbols));
  return kind === 'interrupted' ? ExitStatus.guest : ExitStatus.ok;
}

/** What is made for an output; where it cannot be, nothing is left. */
function opened<T>(output: ConsoleOutput, make: () => T): T {
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
  output: ConsoleOutput,
  symbols: ReplaySymbols,
): ReplaySession {
  const session: ReplaySession = new ReplaySession(reader, {
    consoleOut: (byte) => {
      output.write(byte);
      watch?.onByte(byte);
    },
    symbolAt: (pc) => symbols.text(pc, session.machine),
    ...(watch === undefined ? {} : { onEvent: watch.onEvent }),
  });
  watch?.attach(session, symbols);
  return session;
}

/** Why it stopped; `interrupted` by the user. */
type Stop = ReplayStop | { readonly kind: 'interrupted' };

async function runTo(
  watch: PlaceWatch | undefined,
  session: ReplaySession,
  output: ConsoleOutput,
  tick: (icount: number, instructions: number) => void,
): Promise<Stop> {
  const { machine } = session;
  let interrupted = false;
  let slice: number = SLICE.first;
  const onSignal = (): void => {
    interrupted = true;
  };
  for (const signal of SIGNALS) process.once(signal, onSignal);
  try {
    for (;;) {
      const started = performance.now();
      const stop = session.run(Math.min(watch?.until ?? Number.POSITIVE_INFINITY, machine.icount + slice));
      const took = performance.now() - started;
      if (took > SLICE_MS.max) slice = Math.max(SLICE.min, slice / 2);
      else if (took < SLICE_MS.min) slice = Math.min(SLICE.max, slice * 2);
      output.flush();
      if (output.failure !== null) throw output.failure;
      tick(machine.icount, machine.instructions);
      if (stop.kind !== 'place' || watch?.isReached()) return stop;
      await new Promise((resolve) => setImmediate(resolve));
      if (interrupted) return { kind: 'interrupted' };
    }
  } finally {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  }
}

function jsonOf(session: ReplaySession, stop: Stop, wallMs: number, symbols: ReplaySymbols): object {
  const { machine, checker, end, integrity } = session;
  const symbol = isMidway(stop) ? symbols.text(machine.pc, machine) : undefined;
  return {
    // Of the tape, all of it: who stops midway knows nothing of the rest.
    verified: stop.kind !== 'divergence' && !isMidway(stop) && integrity.damagedFrames.length === 0,
    ...(stop.kind === 'divergence' ? { divergence: stop.divergence } : {}),
    complete: integrity.complete,
    stop: stop.kind,
    ...(stop.kind === 'end' && end ? { outcome: end.outcome, reason: end.reason } : {}),
    eventsChecked: checker.checked,
    icount: machine.icount,
    ...(isMidway(stop) ? { pc: `0x${machine.pc.toString(16)}` } : {}),
    ...(symbol === undefined ? {} : { symbol }),
    instructions: machine.instructions,
    virtualNs: Number(machine.virtualNs),
    wallMs: Math.round(wallMs * 10) / 10,
    mips: Math.round(machine.instructions / 10 / wallMs) / 100,
    ...(stop.kind === 'end' && end && !isOpenEnd(end)
      ? { stateHash: end.stateHash, consoleSha256: end.consoleSha256 }
      : {}),
  };
}

function summaryOf(session: ReplaySession, stop: Stop, wallMs: number, symbols: ReplaySymbols): string {
  const { machine, checker, end } = session;
  const mips = (machine.instructions / 1e3 / wallMs).toFixed(1);
  const checked = `${countText(checker.checked)} events verified, ${countText(machine.instructions)} instructions in ${secondsText(wallMs)} (${mips} MIPS)`;
  if (stop.kind === 'end' && end && isOpenEnd(end))
    return `identical to the recording as far as it was saved (${end.outcome}; its final state is not known): ${checked}`;
  if (stop.kind === 'end') return `identical to the recording, to its end (${end?.outcome}): ${checked}`;
  if (stop.kind === 'cut')
    return `the tape is ${session.integrity.summary}; identical to the recording as far as it goes: ${checked}`;
  const place = pcText(`0x${machine.pc.toString(16)}`, symbols.text(machine.pc, machine));
  const how = stop.kind === 'interrupted' ? 'interrupted' : 'stopped';
  return `${how} at ${momentText(machine.icount)}, ${place}: ${checked}`;
}

const isMidway = ({ kind }: Stop): boolean => kind === 'place' || kind === 'interrupted';

const pcText = (pc: string, symbol: string | undefined): string =>
  symbol === undefined ? `pc ${pc}` : `pc ${pc} ${symbol}`;

/** What is told of a divergence. */
export const divergenceLines = (d: Divergence): string[] => [
  `hypertape: the replay differs from the recording at event ${d.event}, icount ${d.at}, vCPU ${d.vcpu}, ${pcText(d.pc, d.symbol)}: ${d.what}`,
  `  recorded: ${d.recorded}`,
  `  replayed: ${d.replayed}`,
];
