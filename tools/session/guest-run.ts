import type { RunSession } from '../../src/replay/record.ts';
import type { InputScript } from './input-script.ts';
import type { ConsoleOutput, Keyboard } from './terminal.ts';
import { countText } from './units.ts';

/**
 * The guest runs so long between looks at the outside. In counts that follow the host's speed: where the runs are cut
 * changes nothing for the guest.
 */
const SLICE_MS = { min: 5, max: 30 } as const;
const SLICE = { min: 2 ** 12, first: 2 ** 17, max: 2 ** 24 } as const;
const NS_PER_MS = 1e6;
/** Longest nap of an idle guest on a terminal, so that its clock does not race ahead of the person at the keyboard. */
const NAP_MS_MAX = 50;

export interface GuestRunOptions {
  readonly keyboard: Keyboard | null;
  readonly script: InputScript | null;
  readonly maxIcount: number;
  readonly output: ConsoleOutput;
  readonly tick: (icount: number) => void;
}
export interface GuestRunResult {
  readonly outcome: 'poweroff' | 'reset' | 'halt' | 'until' | 'limit' | 'fault' | 'interrupted';
  readonly reason: string;
}

/** Looks for text in the console as it comes. */
export class TextWatch {
  readonly #text: Buffer;
  #seen = Buffer.alloc(0);
  found = false;
  constructor(text: string) {
    this.#text = Buffer.from(text, 'utf8');
  }
  /** True when the text is complete with this byte. */
  see(byte: number): boolean {
    this.#seen = Buffer.concat([this.#seen, Uint8Array.of(byte)]).subarray(-this.#text.length);
    if (!this.#seen.equals(this.#text)) return false;
    this.#seen = Buffer.alloc(0);
    this.found = true;
    return true;
  }
}

/** Runs the guest to its end, with what comes from keyboard and script. */
export async function runGuest(
  session: RunSession,
  until: TextWatch | null,
  options: GuestRunOptions,
): Promise<GuestRunResult> {
  const { machine } = session;
  const { keyboard, script, maxIcount, output } = options;
  let interrupted = false;
  let slice: number = SLICE.first;
  const onSignal = (): void => {
    interrupted = true;
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  /** The guest waits for what only comes from outside: brings it there, unless nothing will ever come. */
  const somethingToCome = async (): Promise<boolean> => {
    const at = script?.nextAt ?? Number.POSITIVE_INFINITY;
    if (at <= maxIcount && at !== Number.POSITIVE_INFINITY) {
      if (at > machine.icount) machine.passTime(at);
      return true;
    }
    while (keyboard !== null && !keyboard.ended && !keyboard.left && !interrupted && !keyboard.typed)
      await keyboard.wait(NAP_MS_MAX);
    return interrupted || keyboard?.left === true || keyboard?.typed === true;
  };
  try {
    for (;;) {
      const started = performance.now();
      const from = machine.icount;
      const instructions = machine.instructions;
      const stop = machine.run(Math.min(from + slice, maxIcount, script?.nextAt ?? Number.POSITIVE_INFINITY));
      const took = performance.now() - started;
      if (took > SLICE_MS.max) slice = Math.max(SLICE.min, slice / 2);
      else if (took < SLICE_MS.min) slice = Math.min(SLICE.max, slice * 2);
      output.flush();
      options.tick(machine.icount);
      if (until?.found) return { outcome: 'until', reason: 'the console showed the text' };
      if (stop.kind === 'ended') {
        const { outcome, reason } = stop;
        if (!stop.waiting || !(await somethingToCome())) return { outcome, reason };
      }
      const send = script?.due(machine.icount);
      if (send !== undefined && send.length > 0) machine.input(send);
      if (machine.icount >= maxIcount)
        return { outcome: 'limit', reason: `--max-icount ${countText(maxIcount)} is reached` };
      await new Promise((resolve) => setImmediate(resolve));
      if (interrupted || keyboard?.left) return { outcome: 'interrupted', reason: 'stopped by the user' };
      const typed = keyboard?.take();
      if (typed !== undefined && typed.length > 0) machine.input(typed);
      else if (keyboard?.isTerminal && machine.instructions - instructions < (machine.icount - from) / 2) {
        const ahead = (machine.icount - from) / NS_PER_MS - (performance.now() - started);
        if (ahead > 1) await keyboard.wait(Math.min(ahead, NAP_MS_MAX));
      }
    }
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}
