import { cpus } from 'node:os';
import { ExitStatus, Failure } from '../../src/base/failure.ts';
import { TextWatches } from '../../src/base/text-watch.ts';
import { PRODUCER } from '../../src/library/producer.ts';
import { bhyveEndOf } from '../../src/library/vmmapi/statuses.ts';
import { bootNotes } from '../../src/machine/boot.ts';
import type { Outcome } from '../../src/machine/machine.ts';
import { consoleNames } from '../../src/machine/ports-config.ts';
import { type Recording, type RunOptions, RunSession, startOf } from '../../src/replay/record.ts';
import { builtPages, writeStateTape } from '../../src/replay/state-tape.ts';
import { symbolOfRun } from '../../src/replay/symbols/run-symbols.ts';
import type { TapeWriter } from '../../src/trace/codec/tape-writer.ts';
import { kvmClassName } from '../../src/trace/events/index.ts';
import { withBhyve } from './bhyve/machine.ts';
import { checkPorts, GuestOutputs, parsePorts, typedConsole } from './guest-outputs.ts';
import { type GuestRunResult, type RunGate, runGuest } from './guest-run.ts';
import { withHostMemory } from './host-memory.ts';
import { InputScript } from './input-script.ts';
import { Interrupts } from './interrupts.ts';
import { LiveControl } from './live-control.ts';
import { machineOf } from './machine-options.ts';
import { openPeer } from './net/open-peer.ts';
import type { NetPeer } from './net/peer.ts';
import { icountOf } from './numbers.ts';
import { Outputs } from './outputs.ts';
import { progress } from './progress.ts';
import type { RunArgs, TapeArgs } from './run-options.ts';
import { Saving } from './saving.ts';
import { printJson, say } from './standard-output.ts';
import { consoleFile, isInteractive, Keyboard } from './terminal.ts';
import { byCount, bytesText, countText, momentText, secondsText } from './units.ts';

/** About the machine that records, for people; nothing of it reaches the guest. */
export function hostInformation(): Record<string, string> {
  const processors = cpus();
  return {
    recorded: new Date().toISOString(),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    v8: process.versions.v8 ?? '',
    cpu: `${processors.length} × ${processors[0]?.model ?? 'unknown'}`,
  };
}

const tapeOf = (
  { path, level, reproducible, checkpoints, keepLast, referenceDisks }: TapeArgs,
  force: boolean,
): NonNullable<RunOptions['tape']> => ({
  path,
  level,
  producer: PRODUCER,
  force,
  ...(reproducible ? {} : { host: hostInformation() }),
  ...(checkpoints === null ? {} : { checkpoints }),
  ...(keepLast === undefined ? {} : { keepLast }),
  ...(referenceDisks ? { referenceDisks } : {}),
});

/** A run that is about to begin. */
export interface Opened {
  readonly session: Recording;
  readonly output: GuestOutputs;
  readonly script: InputScript | null;
  /** The console that what is typed goes to, by its number on the tape. */
  readonly typedTo?: number;
  /** The other end of its network, where somebody is there. */
  readonly peer?: NetPeer | null;
  readonly interrupts: Interrupts;
  readonly saving: Saving;
  /** The function that the guest is in, of a run that has ended. */
  readonly symbol: () => string | undefined;
  /** Who says when the guest runs. */
  readonly gate?: RunGate;
  /** Who asks and steers it. */
  readonly control?: LiveControl | null;
}
/** What of the options a run needs once it is opened. */
export type OpenedArgs = Pick<RunArgs, 'console' | 'input' | 'until' | 'maxIcount' | 'onPanic' | 'json'>;

/** Whether a port has shown what a script waits for. */
export const seesIn = (script: InputScript, bytes: Uint8Array, port: number): boolean =>
  // All of it is to be seen: the script may wait for the next text in it.
  bytes.reduce((seen, byte) => script.see(byte, port) || seen, false);

/** Reads all inputs, then makes the machine, and only then opens what is written. */
/** By itself: what a closure names lives as long as the others of its function do, and the options hold the images. */
const sessionOf = (options: RunOptions): RunSession =>
  withHostMemory(options.config.memoryBytes, () => new RunSession(options));

async function openRun(args: RunArgs, tape: TapeArgs | null, until: TextWatches | null): Promise<Opened> {
  const outputs = new Outputs(args.force);
  if (tape !== null) outputs.writes(tape.path, '--output');
  const console = consoleFile(args.console);
  if (console !== undefined) outputs.writes(console, '--console', { streams: true });
  outputs.reads(args.input, '--input');
  const ports = parsePorts(args.virtioConsole);
  checkPorts(ports, outputs);
  const { config, images, disks } = machineOf(args, isInteractive(args));
  for (const { file } of disks) outputs.reads(file, 'a disk');
  for (const { name, role } of images.files) outputs.reads(name, `the guest's ${role}`);
  const script = args.input === undefined ? null : new InputScript(args.input, consoleNames(config));
  const peer = await openPeer(args.net, args.netMac);

  const interrupts = new Interrupts();
  let output: GuestOutputs | undefined;
  let session: RunSession;
  let control: LiveControl | null = null;
  const consoleOut = (byte: number, console: number): void => {
    output?.write(byte, console);
    const shown = until?.see(byte, console) === true;
    const answered = script?.see(byte, console) === true;
    if (shown || answered) session.machine.requestStop();
  };
  try {
    output = new GuestOutputs(args, config, ports);
    if (args.ctl !== undefined) control = await LiveControl.open(args.ctl);
    session = sessionOf({ config, images, disks, consoleOut, ...(tape ? { tape: tapeOf(tape, args.force) } : {}) });
  } catch (error) {
    output?.discard();
    interrupts.close();
    peer?.close();
    await control?.close();
    throw error;
  }
  control?.attach(session, (path) => writeCheckpoint(session, path, args, tape));
  session.machine.door.onSent = (channel, bytes) => {
    const port = output.sent(channel, bytes);
    if (port === undefined) peer?.send(bytes);
    else if (script !== null && seesIn(script, bytes, port)) session.machine.requestStop();
  };
  for (const note of bootNotes(config, images)) say(note);
  const saving = new Saving(session.writer);
  interrupts.onPipe = () => saving.now();
  // The kernel is read again for its symbols, rather than kept while the guest runs.
  const symbol = (): string | undefined => {
    const again = machineOf(args, isInteractive(args));
    return symbolOfRun(session, again.config, again.images);
  };
  return {
    session,
    output,
    script,
    typedTo: typedConsole(ports, config),
    peer,
    saving,
    interrupts,
    symbol,
    control,
  };
}

/** The machine as it is, on a tape of its own. Kernel and the like are read again, rather than kept while the guest runs. @throws Failure */
function writeCheckpoint(session: Recording, path: string, args: RunArgs, tape: TapeArgs | null): void {
  const { config, images, disks } = machineOf(args, isInteractive(args));
  const { reproducible = false } = tape ?? {};
  const start = startOf(
    { level: 'exits', producer: PRODUCER, ...(reproducible ? {} : { host: hostInformation() }) },
    { config, images, disks },
  );
  writeStateTape(session, path, start, builtPages(config, images, session.machine.ram));
}

/** Outcomes of which the reason ends with the place where the guest is. */
const placed: ReadonlySet<string> = new Set(['fault', 'panic', 'stuck'] satisfies Outcome[]);

/** The same with the function that the guest is in. */
function withSymbol(result: GuestRunResult, symbolOf: Opened['symbol']): GuestRunResult {
  if (!placed.has(result.outcome)) return result;
  try {
    const symbol = symbolOf();
    return symbol === undefined ? result : { ...result, reason: `${result.reason} ${symbol}` };
  } catch (error) {
    // The files may be gone by now; the run must not be lost for it.
    if (!(error instanceof Failure)) throw error;
    return result;
  }
}

/** Standard input as the guest's keyboard, where nothing else says what is typed. */
function keyboardFor(args: OpenedArgs, output: GuestOutputs): Keyboard | null {
  if (args.input !== undefined) return null;
  // On a terminal it is the guest's only where its console is there too; a Ctrl-C then is the guest's.
  if (process.stdin.isTTY && !output.isTerminal) return null;
  return new Keyboard();
}

/** Who joins a run: is given the session before it begins. */
export type RunCompanion = (session: Recording) => RunGate;

/** Runs the guest that the options describe, onto a tape or not, and says how it went. */
export async function runMachine(given: RunArgs, tape: TapeArgs | null, companion?: RunCompanion): Promise<ExitStatus> {
  const args = withBhyve(given, say);
  return runOpened(args, tape?.path, async (until) => {
    const opened = await openRun(args, tape, until);
    return companion === undefined ? opened : { ...opened, gate: companion(opened.session) };
  });
}

/** Runs what `open` makes to its end, and says how it went. `path`: where its tape is to be. */
export async function runOpened(
  args: OpenedArgs,
  path: string | undefined,
  open: (until: TextWatches | null) => Opened | Promise<Opened>,
): Promise<ExitStatus> {
  const maxIcount = args.maxIcount === undefined ? Number.POSITIVE_INFINITY : icountOf('--max-icount', args.maxIcount);
  if (args.until === '') throw new Failure('--until: give the text to wait for');
  const until = args.until === undefined ? null : new TextWatches(args.until);
  const started = performance.now();
  const {
    session,
    output,
    script,
    typedTo = 0,
    peer = null,
    saving,
    interrupts,
    symbol,
    gate,
    control = null,
  } = await open(until);
  const { writer } = session;
  const keyboard = keyboardFor(args, output);
  const total = Number.isFinite(maxIcount) ? maxIcount : undefined;
  const bar = progress(writer !== null ? 'recording' : 'running', total, !output.isTerminal);
  try {
    if (keyboard?.isTerminal) say('Ctrl-A x leaves');
    if (writer !== null && writer.path !== path) say(`recording to ${writer.path} until it is finished`);
    keyboard?.open();
    const tick = (): void => {
      saving.tick();
      bar.update(session.machine.icount, session.machine.instructions);
    };
    const panicGoesOn = args.onPanic === 'continue';
    const options = {
      keyboard,
      script,
      typedTo,
      peer,
      maxIcount,
      panicGoesOn,
      output,
      interrupts,
      gate,
      control: control ?? undefined,
      tick,
    };
    const result = withSymbol(await runGuest(session, until, options), symbol);
    gate?.exited(result.reason);
    const end = session.finish(result.outcome, result.reason);
    bar.stop();
    output.endLine();
    output.close();
    const wallMs = performance.now() - started;
    if (args.json) printJson(jsonOf(session, result, wallMs, end));
    else for (const line of summaryOf(session, result, wallMs)) say(line);
    const isMissed = until !== null && !until.found && result.outcome !== 'interrupted';
    if (isMissed)
      say(`--until ${args.until}: the console never showed it, up to ${momentText(session.machine.icount)}`);
    const isAsWanted = result.outcome === 'until' || (result.outcome === 'poweroff' && !isMissed);
    return isAsWanted ? ExitStatus.ok : ExitStatus.guest;
  } catch (error) {
    keepWhatIsThere(writer, output);
    throw error;
  } finally {
    bar.stop();
    keyboard?.close();
    peer?.close();
    interrupts.close();
    await control?.close();
  }
}

/** After a failure: what was recorded stays, and its name is said. */
function keepWhatIsThere(writer: TapeWriter | null, output: GuestOutputs): void {
  output.keep();
  if (writer === null) return;
  const wasOpen = writer.isOpen;
  try {
    writer.abort();
  } catch (error) {
    // The failure that came first is the one to be told.
    if (!(error instanceof Failure)) throw error;
  }
  if (wasOpen || writer.isFinished) say(`${writer.path} holds what was recorded`);
}

const exitsByName = (session: Recording): [string, number][] =>
  byCount(new Map([...session.counter.exitsByClass].map(([code, count]) => [kvmClassName(code), count])));
const mipsOf = (session: Recording, wallMs: number): number => session.machine.instructions / 1e3 / wallMs;

function jsonOf(
  session: Recording,
  result: GuestRunResult,
  wallMs: number,
  end: { readonly stateHash: string; readonly consoleSha256: string },
): object {
  const { machine, counter, writer } = session;
  const classes = exitsByName(session);
  return {
    outcome: result.outcome,
    reason: result.reason,
    bhyve: bhyveEndOf(result.outcome, machine.vm.suspended !== null),
    ...(machine.config.reboot ? { reboots: counter.resets } : {}),
    icount: machine.icount,
    instructions: machine.instructions,
    virtualNs: Number(machine.virtualNs),
    wallMs: Math.round(wallMs * 10) / 10,
    mips: Math.round(mipsOf(session, wallMs) * 100) / 100,
    exits: { total: classes.reduce((sum, [, count]) => sum + count, 0), byClass: Object.fromEntries(classes) },
    events: counter.events,
    tapeBytes: writer?.stats.tapeBytes ?? 0,
    tapeEventBytes: writer?.stats.eventBytes ?? 0,
    checkpoints: writer?.stats.checkpoints ?? 0,
    checkpointBytes: writer?.stats.checkpointBytes ?? 0,
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
    stateHash: end.stateHash,
    consoleSha256: end.consoleSha256,
  };
}

const CLASSES_SHOWN = 6;

function summaryOf(session: Recording, result: GuestRunResult, wallMs: number): string[] {
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
  const { tapeBytes, eventBytes, events, checkpoints, checkpointBytes } = writer.stats;
  const each = (eventBytes / Math.max(1, events)).toFixed(2);
  const seen = events < counter.events ? `, out of ${countText(counter.events)} seen` : '';
  const made = checkpoints === 0 ? '' : `, and ${countText(checkpoints)} checkpoints in ${bytesText(checkpointBytes)}`;
  return [
    ...lines,
    `${writer.path}: ${bytesText(tapeBytes)}, of which ${countText(events)} events in ${bytesText(eventBytes)} (${each} bytes each)${seen}${made}`,
  ];
}
