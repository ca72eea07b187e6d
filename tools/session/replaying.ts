import { ExitStatus, Failure } from '../../src/base/failure.ts';
import { readImage } from '../../src/machine/loaders/read-image.ts';
import type { Divergence } from '../../src/replay/divergence.ts';
import { ReplaySession, type ReplayStop } from '../../src/replay/replay.ts';
import { ReplaySymbols } from '../../src/replay/symbols/replay-symbols.ts';
import { symbolsOfTape } from '../../src/replay/symbols/tape-symbols.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { TextWatch } from './guest-run.ts';
import { withHostMemory } from './host-memory.ts';
import { type Place, parsePlace } from './place.ts';
import { progress } from './progress.ts';
import { printJson, say } from './standard-output.ts';
import { ConsoleOutput } from './terminal.ts';
import { countText, secondsText } from './units.ts';

/** Counts between two looks at the progress. */
const SLICE = 16_000_000;

export interface ReplayArgs {
  readonly tape: string;
  readonly until?: string | undefined;
  readonly symbols?: string | undefined;
  readonly console: string;
  readonly json: boolean;
}

/** Replays a tape, to its end or to a place, and says whether it is the same run. */
export function replayTape(args: ReplayArgs): ExitStatus {
  const place = args.until === undefined ? undefined : parsePlace(args.until);
  const reader = TapeReader.open(args.tape);
  const started = performance.now();
  const symbols = symbolsFor(reader, args.symbols);
  const output = new ConsoleOutput(args.console, args.json);
  const session = withHostMemory(Number(reader.header.machine.memoryBytes), () =>
    sessionTo(place, reader, output, symbols),
  );
  const bar = progress('replaying', session.lastIcount, !output.isTerminal);
  let stop: ReplayStop;
  try {
    stop = runTo(place?.kind === 'icount' ? place.icount : Number.POSITIVE_INFINITY, session, output, bar.update);
  } finally {
    bar.stop();
    output.endLine();
    output.close();
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
  if (place !== undefined && stop.kind !== 'place' && place.kind !== 'icount')
    throw new Failure(`--until ${args.until}: the tape ends at icount ${session.lastIcount} without it`);
  if (!args.json || stop.kind === 'cut') say(summaryOf(session, stop, wallMs, symbols));
  return ExitStatus.ok;
}

/** The guest's symbols: of a file, which is read at once, or of the tape's own kernel. */
function symbolsFor(reader: TapeReader, path: string | undefined): ReplaySymbols {
  if (path === undefined) return new ReplaySymbols(reader, () => symbolsOfTape(reader));
  const found = symbolsOfTape(reader, readImage(path));
  return new ReplaySymbols(reader, () => found);
}

function sessionTo(
  place: Place | undefined,
  reader: TapeReader,
  output: ConsoleOutput,
  symbols: ReplaySymbols,
): ReplaySession {
  const watch = place?.kind === 'console' ? new TextWatch(place.text) : undefined;
  const events = place?.kind === 'event' ? place.ordinal + 1 : Number.POSITIVE_INFINITY;
  const session: ReplaySession = new ReplaySession(reader, {
    consoleOut: (byte) => {
      output.write(byte);
      if (watch?.see(byte)) session.requestStop();
    },
    symbolAt: (pc) => symbols.text(pc, session.machine),
    ...(Number.isFinite(events)
      ? {
          onEvent: (checked: number) => {
            if (checked === events) session.requestStop();
          },
        }
      : {}),
  });
  if (place?.kind === 'symbol') symbols.stopAt(place.name, session, `--until symbol:${place.name}`);
  return session;
}

function runTo(
  until: number,
  session: ReplaySession,
  output: ConsoleOutput,
  tick: (icount: number, instructions: number) => void,
): ReplayStop {
  for (;;) {
    const { machine } = session;
    const target = Math.min(until, machine.icount + SLICE);
    const stop = session.run(target);
    output.flush();
    tick(machine.icount, machine.instructions);
    if (stop.kind !== 'place' || session.stopped || machine.icount >= until) return stop;
  }
}

function jsonOf(session: ReplaySession, stop: ReplayStop, wallMs: number, symbols: ReplaySymbols): object {
  const { machine, checker, end, integrity } = session;
  const symbol = stop.kind === 'place' ? symbols.text(machine.pc, machine) : undefined;
  const found = stop.kind === 'divergence' ? { verified: false, divergence: stop.divergence } : { verified: true };
  return {
    ...found,
    complete: integrity.complete,
    stop: stop.kind,
    ...(stop.kind === 'end' && end ? { outcome: end.outcome, reason: end.reason } : {}),
    eventsChecked: checker.checked,
    icount: machine.icount,
    ...(stop.kind === 'place' ? { pc: `0x${machine.pc.toString(16)}` } : {}),
    ...(symbol === undefined ? {} : { symbol }),
    instructions: machine.instructions,
    virtualNs: Number(machine.virtualNs),
    wallMs: Math.round(wallMs * 10) / 10,
    mips: Math.round(machine.instructions / 10 / wallMs) / 100,
    ...(stop.kind === 'end' && end ? { stateHash: end.stateHash, consoleSha256: end.consoleSha256 } : {}),
  };
}

function summaryOf(session: ReplaySession, stop: ReplayStop, wallMs: number, symbols: ReplaySymbols): string {
  const { machine, checker, end } = session;
  const mips = (machine.instructions / 1e3 / wallMs).toFixed(1);
  const checked = `${countText(checker.checked)} events verified, ${countText(machine.instructions)} instructions in ${secondsText(wallMs)} (${mips} MIPS)`;
  if (stop.kind === 'end') return `identical to the recording, to its end (${end?.outcome}): ${checked}`;
  if (stop.kind === 'cut')
    return `the tape is ${session.integrity.summary}; identical to the recording as far as it goes: ${checked}`;
  const place = pcText(`0x${machine.pc.toString(16)}`, symbols.text(machine.pc, machine));
  return `stopped at icount ${machine.icount}, ${place}: ${checked}`;
}

const pcText = (pc: string, symbol: string | undefined): string =>
  symbol === undefined ? `pc ${pc}` : `pc ${pc} ${symbol}`;

const divergenceLines = (d: Divergence): string[] => [
  `hypertape: the replay differs from the recording at event ${d.event}, icount ${d.at}, vCPU ${d.vcpu}, ${pcText(d.pc, d.symbol)}: ${d.what}`,
  `  recorded: ${d.recorded}`,
  `  replayed: ${d.replayed}`,
];
