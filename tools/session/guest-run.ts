import type { TextWatches } from '../../src/base/text-watch.ts';
import type { Ended, MachineStop, Outcome } from '../../src/machine/machine.ts';
import type { Recording } from '../../src/replay/record.ts';
import { ConsoleInputs } from './console-inputs.ts';
import type { GuestOutputs } from './guest-outputs.ts';
import type { InputScript } from './input-script.ts';
import type { Interrupts } from './interrupts.ts';
import type { NetPeer } from './net/peer.ts';
import type { Keyboard } from './terminal.ts';
import { countText } from './units.ts';

/**
 * The guest runs so long between looks at the outside. In counts that follow the host's speed: where the runs are cut
 * changes nothing for the guest.
 */
const SLICE_MS = { min: 5, max: 30 } as const;
const SLICE = { min: 2 ** 12, first: 2 ** 17, max: 2 ** 24 } as const;
const NS_PER_MS = 1e6;
/** Longest nap of an idle guest on a terminal, so that its clock does not race ahead of the person at the keyboard, or of its network's other end. */
const NAP_MS_MAX = 50;

/** Who says when the guest runs, beside its end: a debugger. */
export interface RunGate {
  readonly mayRun: boolean;
  /** It wants the run to end. */
  readonly ends: boolean;
  /** The guest is no more. */
  exited(reason: string): void;
}
/** Who looks at the guest and steers it between two pieces of its run, and may hold it: whoever has its control socket. */
export interface RunControl {
  /** Somebody waits for an answer. */
  readonly hasSome: boolean;
  /** The guest stands still. */
  readonly holds: boolean;
  /** Answers: what the guest has come to in that, and the end of the run, where that is asked for. */
  attend(): { readonly stop?: MachineStop; readonly end?: GuestRunResult };
  /** Why a run has this outcome, where it was asked for. */
  reasonOf(outcome: Outcome): string | undefined;
}
/** How often the gate is looked at while the guest stands still. */
const GATE_NAP_MS = 5;

/** How a guest is run. */
export interface GuestRunOptions {
  readonly keyboard: Keyboard | null;
  readonly script: InputScript | null;
  /** The console that both go to, by its number on the tape; the UART where it is left out. */
  readonly typedTo?: number;
  /** The other end of its network. */
  readonly peer?: NetPeer | null;
  readonly maxIcount: number;
  /** Whether a guest that has panicked runs on. */
  readonly panicGoesOn?: boolean;
  readonly output: Pick<GuestOutputs, 'flush' | 'failure'>;
  readonly interrupts: Interrupts;
  readonly gate?: RunGate | undefined;
  readonly control?: RunControl | undefined;
  /** Called at every look at the outside, also while the guest waits. */
  readonly tick: (icount: number) => void;
}
/** How a run went. */
export interface GuestRunResult {
  readonly outcome: Outcome | 'until' | 'limit' | 'interrupted';
  readonly reason: string;
}

/** Runs the guest to its end, with what comes from keyboard and script. */
export async function runGuest(
  session: Pick<Recording, 'machine'>,
  until: TextWatches | null,
  options: GuestRunOptions,
): Promise<GuestRunResult> {
  const { machine } = session;
  const { keyboard, script, typedTo = 0, peer = null, maxIcount, output, interrupts, control } = options;
  const inputs = new ConsoleInputs(machine, typedTo);
  let slice: number = SLICE.first;
  /** Where the next step of the script is due; it waits while the guest has not read what came before. */
  const scriptAt = (): number => {
    const at = script?.nextAt ?? Number.POSITIVE_INFINITY;
    return at > machine.icount || inputs.room(script?.to) > 0 ? at : Number.POSITIVE_INFINITY;
  };
  /** And where anything is, as far as that is known by count. */
  const dueAt = (): number => Math.min(scriptAt(), peer?.nextAt(machine) ?? Number.POSITIVE_INFINITY);
  const isAwaited = (): boolean =>
    (keyboard !== null && !keyboard.ended && !keyboard.left) || peer?.isLive === true || control !== undefined;
  const hasCome = (): boolean =>
    keyboard?.typed === true || keyboard?.left === true || peer?.hasSome === true || control?.hasSome === true;
  const wait = (milliseconds: number): Promise<void> =>
    Promise.race([
      ...(keyboard === null ? [] : [keyboard.wait(milliseconds)]),
      ...(peer?.isLive ? [peer.wait(milliseconds)] : []),
      ...(control === undefined ? [] : [nap(Math.min(milliseconds, GATE_NAP_MS))]),
    ]);
  /** The guest waits for what only comes from outside: brings it there, unless nothing will ever come. */
  const somethingToCome = async (waiting: Ended['waiting']): Promise<boolean> => {
    const at = dueAt();
    if (at <= maxIcount && at !== Number.POSITIVE_INFINITY) {
      if (at > machine.icount && waiting === 'idle') machine.passTime(at);
      return true;
    }
    // A guest that waits, and has not read what it has, is not waiting for more.
    if (inputs.room() === 0 && peer === null && control === undefined) return interrupts.requested;
    while (isAwaited() && !interrupts.requested && !hasCome()) {
      await wait(NAP_MS_MAX);
      options.tick(machine.icount);
    }
    return interrupts.requested || hasCome();
  };
  for (;;) {
    const early = await whileHeld(machine, options);
    if (early?.end !== undefined) return early.end;
    const started = performance.now();
    const from = machine.icount;
    const instructions = machine.instructions;
    const stop = early?.stop ?? machine.run(Math.min(from + slice, maxIcount, dueAt()));
    const took = performance.now() - started;
    if (took > SLICE_MS.max) slice = Math.max(SLICE.min, slice / 2);
    else if (took < SLICE_MS.min) slice = Math.min(SLICE.max, slice * 2);
    // First what must not be lost: a console may take its time.
    options.tick(machine.icount);
    output.flush();
    if (until?.found) return { outcome: 'until', reason: 'the console showed the text' };
    if (output.failure !== null) return { outcome: 'interrupted', reason: 'its console could not be written' };
    if (stop.kind === 'ended') {
      const { outcome, reason, waiting } = stop;
      const goesOn = waiting ? await somethingToCome(waiting) : stop.goesOn === true && options.panicGoesOn === true;
      if (!goesOn) return { outcome, reason: control?.reasonOf(outcome) ?? reason };
    }
    for (let more = true; more; ) {
      const { to } = script ?? {};
      const send = script?.due(machine.icount, inputs.room(to)) ?? [];
      more = send.length > 0;
      if (more) inputs.give(Uint8Array.from(send), to);
    }
    const size = script?.resizes(machine.icount);
    if (size !== undefined) inputs.resize(size);
    if (script?.presses(machine.icount)) machine.edit({ kind: 'power-key' });
    if (machine.icount >= maxIcount)
      return { outcome: 'limit', reason: `--max-icount ${countText(maxIcount)} is reached` };
    await new Promise((resolve) => setImmediate(resolve));
    if (interrupts.requested || keyboard?.left) return { outcome: 'interrupted', reason: 'stopped by the user' };
    const typed = keyboard?.take(inputs.room());
    peer?.give(machine);
    if (typed !== undefined && typed.length > 0) inputs.give(typed);
    else if (
      (keyboard?.isTerminal || peer?.isLive) &&
      machine.instructions - instructions < (machine.icount - from) / 2
    ) {
      const ahead = (machine.icount - from) / NS_PER_MS - (performance.now() - started);
      if (ahead > 1) await wait(Math.min(ahead, NAP_MS_MAX));
    }
  }
}

const nap = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Answers who asks, and lets the guest stand still as long as somebody holds it. */
async function whileHeld(
  machine: Recording['machine'],
  { gate, control, keyboard, interrupts, tick }: GuestRunOptions,
): Promise<ReturnType<RunControl['attend']> | undefined> {
  for (;;) {
    const answered = control?.hasSome ? control.attend() : undefined;
    if (answered?.stop !== undefined || answered?.end !== undefined) return answered;
    if (gate?.mayRun !== false && control?.holds !== true) return undefined;
    await nap(GATE_NAP_MS);
    tick(machine.icount);
    if (interrupts.requested || keyboard?.left)
      return { end: { outcome: 'interrupted', reason: 'stopped by the user' } };
    if (gate?.ends) return { end: { outcome: 'interrupted', reason: 'ended by the debugger' } };
  }
}
