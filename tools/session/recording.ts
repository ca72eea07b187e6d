import { cpus } from 'node:os';
import { ExitStatus, Failure } from '../../src/base/failure.ts';
import { RunSession } from '../../src/replay/record.ts';
import { kvmClassName } from '../../src/trace/events/index.ts';
import { type GuestRunResult, runGuest, TextWatch } from './guest-run.ts';
import { withHostMemory } from './host-memory.ts';
import { InputScript } from './input-script.ts';
import { machineOf } from './machine-options.ts';
import { icountOf } from './numbers.ts';
import { PRODUCER } from './producer.ts';
import { progress } from './progress.ts';
import type { RunArgs, TapeArgs } from './run-options.ts';
import { printJson, say } from './standard-output.ts';
import { ConsoleOutput, isInteractive, Keyboard } from './terminal.ts';
import { byCount, bytesText, countText, momentText, secondsText } from './units.ts';

/** About the machine that records, for people; nothing of it reaches the guest. */
function hostInformation(): Record<string, string> {
  const processors = cpus();
  return {
    recorded: new Date().toISOString(),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    v8: process.versions.v8 ?? '',
    cpu: `${processors.length} × ${processors[0]?.model ?? 'unknown'}`,
  };
}

function newSession(args: RunArgs, tape: TapeArgs | null, consoleOut: (byte: number) => void): RunSession {
  const { config, images } = machineOf(args, isInteractive(args));
  const host = tape?.reproducible ? {} : { host: hostInformation() };
  return withHostMemory(
    config.memoryBytes,
    () =>
      new RunSession({
        config,
        images,
        consoleOut,
        ...(tape ? { tape: { path: tape.path, level: tape.level, producer: PRODUCER, ...host } } : {}),
      }),
  );
}

/** Standard input as the guest's keyboard, where nothing else says what is typed. */
function keyboardFor(args: RunArgs, output: ConsoleOutput): Keyboard | null {
  if (args.input !== undefined) return null;
  // On a terminal it is the guest's only where its console is there too; a Ctrl-C then is the guest's.
  if (process.stdin.isTTY && !output.isTerminal) return null;
  return new Keyboard();
}

/** Runs the guest that the options describe, onto a tape or not, and says how it went. */
export async function runMachine(args: RunArgs, tape: TapeArgs | null): Promise<ExitStatus> {
  const maxIcount = args.maxIcount === undefined ? Number.POSITIVE_INFINITY : icountOf('--max-icount', args.maxIcount);
  if (args.until === '') throw new Failure('--until: give the text to wait for');
  const until = args.until === undefined ? null : new TextWatch(args.until);
  const script = args.input === undefined ? null : new InputScript(args.input);
  const started = performance.now();
  const output = new ConsoleOutput(args.console, args.json);
  const session = newSession(args, tape, (byte) => {
    output.write(byte);
    const shown = until?.see(byte) === true;
    const answered = script?.see(byte) === true;
    if (shown || answered) session.machine.requestStop();
  });
  const keyboard = keyboardFor(args, output);
  const total = Number.isFinite(maxIcount) ? maxIcount : undefined;
  const bar = progress(tape ? 'recording' : 'running', total, !output.isTerminal);
  try {
    if (keyboard?.isTerminal) say('Ctrl-A x leaves');
    keyboard?.open();
    const tick = (): void => bar.update(session.machine.icount, session.machine.instructions);
    const result = await runGuest(session, until, { keyboard, script, maxIcount, output, tick });
    const end = session.finish(result.outcome, result.reason);
    bar.stop();
    output.endLine();
    const wallMs = performance.now() - started;
    if (args.json) printJson(jsonOf(session, result, wallMs, end));
    else for (const line of summaryOf(session, result, wallMs)) say(line);
    const isMissed = until !== null && !until.found && result.outcome !== 'interrupted';
    if (isMissed)
      say(`--until ${args.until}: the console never showed it, up to ${momentText(session.machine.icount)}`);
    const isAsWanted = result.outcome === 'until' || (result.outcome === 'poweroff' && !isMissed);
    return isAsWanted ? ExitStatus.ok : ExitStatus.guest;
  } catch (error) {
    session.writer?.abort();
    throw error;
  } finally {
    bar.stop();
    keyboard?.close();
    output.close();
  }
}

const exitsByName = (session: RunSession): [string, number][] =>
  byCount(new Map([...session.counter.exitsByClass].map(([code, count]) => [kvmClassName(code), count])));
const mipsOf = (session: RunSession, wallMs: number): number => session.machine.instructions / 1e3 / wallMs;

function jsonOf(
  session: RunSession,
  result: GuestRunResult,
  wallMs: number,
  end: { readonly stateHash: string; readonly consoleSha256: string },
): object {
  const { machine, counter, writer } = session;
  const classes = exitsByName(session);
  return {
    outcome: result.outcome,
    reason: result.reason,
    icount: machine.icount,
    instructions: machine.instructions,
    virtualNs: Number(machine.virtualNs),
    wallMs: Math.round(wallMs * 10) / 10,
    mips: Math.round(mipsOf(session, wallMs) * 100) / 100,
    exits: { total: classes.reduce((sum, [, count]) => sum + count, 0), byClass: Object.fromEntries(classes) },
    events: counter.events,
    tapeBytes: writer?.stats.tapeBytes ?? 0,
    tapeEventBytes: writer?.stats.eventBytes ?? 0,
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
    stateHash: end.stateHash,
    consoleSha256: end.consoleSha256,
  };
}

const CLASSES_SHOWN = 6;

function summaryOf(session: RunSession, result: GuestRunResult, wallMs: number): string[] {
  const { machine, counter, writer } = session;
  const classes = exitsByName(session);
  const total = classes.reduce((sum, [, count]) => sum + count, 0);
  const shown = classes.slice(0, CLASSES_SHOWN).map(([name, count]) => `${name} ${countText(count)}`);
  if (classes.length > CLASSES_SHOWN) shown.push('…');
  const lines = [
    `${result.outcome}: ${result.reason}`,
    `${countText(machine.instructions)} instructions in ${secondsText(wallMs)} (${mipsOf(session, wallMs).toFixed(1)} MIPS), ${secondsText(machine.icount / 1e6)} of the guest's time`,
    `${countText(total)} exits: ${shown.join(', ')}`,
  ];
  if (writer === null) return lines;
  const { tapeBytes, eventBytes, events } = writer.stats;
  const each = (eventBytes / Math.max(1, events)).toFixed(2);
  return [
    ...lines,
    `${writer.path}: ${bytesText(tapeBytes)}, of which ${countText(events)} events in ${bytesText(eventBytes)} (${each} bytes each)${events < counter.events ? `, out of ${countText(counter.events)} seen` : ''}`,
  ];
}
