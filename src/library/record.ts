import { TextWatches } from '../base/text-watch.ts';
import { MachineImages, modulePaths } from '../machine/images.ts';
import type { EndOfRun, MachineStop, Outcome } from '../machine/machine.ts';
import { type GivenConfig, wholeConfig } from '../machine/whole-config.ts';
import type { CheckpointSpacing } from '../replay/checkpoints.ts';
import { openDisks, type WantedDisk } from '../replay/disks.ts';
import { type RunOptions, RunSession } from '../replay/record.ts';
import { kvmClassName, type Level } from '../trace/events/index.ts';
import { PRODUCER } from './producer.ts';

/** Something that is typed at the guest's console. */
export interface ConsoleStep {
  /** Waits until the console has shown this text; typed at once where it is left out. */
  readonly expect?: string;
  /** As it is: a line ends with `\n`. */
  readonly send: string;
}

/** A guest, its machine, and the tape of its run. */
export interface GuestOptions {
  /** Paths: an arm64 Image (plain, gzip, EFI zboot), an ARMv7 zImage, an ELF, a FreeBSD kernel, or a raw image with `machine.loadAddress`. */
  readonly kernel?: string;
  /** What the guest begins with instead, which finds the kernel by fw_cfg, and the variables that it keeps: images of flash. */
  readonly firmware?: string;
  readonly vars?: string;
  readonly initrd?: string;
  readonly dtb?: string;
  /** Of a FreeBSD kernel: paths of what `machine.freebsd.modules` describes, in the same order. */
  readonly modules?: readonly string[];
  /** What of the machine is not the default: 512 MiB of RAM, one vCPU, board `virt`, the kernel's architecture. */
  readonly machine?: Omit<GivenConfig, 'disks'>;
  readonly disks?: readonly WantedDisk[];
  /** Where the tape is written; none for a mere run. */
  readonly tape?: string;
  /** Replace an older file of that name. */
  readonly force?: boolean;
  /** `exits` (default): every exit; `inputs`: what a replay needs. */
  readonly level?: Level;
  /** Where checkpoints are made on the tape: `by cost` is the default. */
  readonly checkpoints?: CheckpointSpacing | 'none';
  /** Is given what the guest says on its UART, console 0, and on a virtio console, console 1. */
  readonly onConsole?: (byte: number, console: number) => void;
}

/** A guest, and how it is run. */
export interface RecordOptions extends GuestOptions {
  readonly input?: readonly ConsoleStep[];
  /** Ends the run where the console shows this text. */
  readonly until?: string;
  /** Ends it after so many instructions. */
  readonly maxIcount?: number;
}

/** How a run went. */
export interface RecordResult {
  readonly outcome: Outcome | 'until' | 'limit';
  readonly reason: string;
  /** Instructions retired, and idle time in nanoseconds beside them. */
  readonly icount: number;
  readonly instructions: number;
  readonly events: number;
  /** By KVM's names (`DABT_LOW`). */
  readonly exits: ReadonlyMap<string, number>;
  readonly stateHash: string;
  readonly consoleSha256: string;
}

/** What is typed, and when. */
class Typist {
  readonly #steps: ConsoleStep[];
  #watch: TextWatches | undefined;
  #rest = new Uint8Array(0);

  constructor(steps: readonly ConsoleStep[]) {
    this.#steps = [...steps];
    this.#look();
  }
  #look(): void {
    const expected = this.#steps[0]?.expect;
    this.#watch = expected === undefined || expected === '' ? undefined : new TextWatches(expected);
  }
  /** Takes a byte of the console; true where something is to be typed now. */
  see(byte: number, console: number): boolean {
    if (this.#watch?.see(byte, console) !== true) return false;
    this.#watch = undefined;
    return true;
  }
  get hasSome(): boolean {
    return this.#rest.length > 0 || (this.#steps.length > 0 && this.#watch === undefined);
  }
  /** What is to be typed now, at most so many bytes. */
  take(room: number): Uint8Array {
    if (this.#rest.length === 0) {
      this.#rest = new TextEncoder().encode(this.#steps.shift()?.send);
      this.#look();
    }
    const now = this.#rest.subarray(0, room);
    this.#rest = this.#rest.subarray(room);
    return now;
  }
}

const tapeOf = ({ tape, level, force, checkpoints }: GuestOptions): NonNullable<RunOptions['tape']> | undefined =>
  tape === undefined
    ? undefined
    : {
        path: tape,
        level: level ?? 'exits',
        producer: PRODUCER,
        force: force ?? false,
        ...(checkpoints === 'none' ? {} : { checkpoints: checkpoints ?? 'by cost' }),
      };

/** A machine for a guest, before its first run. @throws Failure of one line where there is none, or its tape cannot be written */
export function openSession(options: GuestOptions, consoleOut: (byte: number, console: number) => void): RunSession {
  const { kernel, initrd, dtb, firmware, vars, modules = [] } = options;
  const images = MachineImages.read({ kernel, initrd, dtb, firmware, vars, ...modulePaths(modules) });
  const { configs, sources } = openDisks(options.disks ?? []);
  const config = wholeConfig(images, { ...options.machine, disks: configs });
  const tape = tapeOf(options);
  return new RunSession({
    config,
    images,
    disks: sources,
    consoleOut,
    ...(tape === undefined ? {} : { tape }),
  });
}

/**
 * Runs a guest from its reset to its end, onto a tape or not, as fast as it goes: nothing of the host reaches it, so that the same options
 * give the same tape, the part that says who recorded it aside.
 * @throws Failure of one line where there is no such machine, or the tape cannot be written
 */
export function record(options: RecordOptions): RecordResult {
  const { onConsole, maxIcount = Number.POSITIVE_INFINITY } = options;
  const until = options.until === undefined ? undefined : new TextWatches(options.until);
  const typist = new Typist(options.input ?? []);
  const consoleOut = (byte: number, console: number): void => {
    onConsole?.(byte, console);
    const isShown = until?.see(byte, console) === true;
    if (typist.see(byte, console) || isShown) session.machine.requestStop();
  };
  const session = openSession(options, consoleOut);
  try {
    const { outcome, reason } = runToEnd(session, typist, until, maxIcount);
    return resultOf(session, outcome, reason, session.finish(outcome, reason));
  } catch (error) {
    session.writer?.abort();
    throw error;
  }
}

function runToEnd(
  session: RunSession,
  typist: Typist,
  until: TextWatches | undefined,
  maxIcount: number,
): Pick<RecordResult, 'outcome' | 'reason'> {
  const { machine } = session;
  for (;;) {
    while (typist.hasSome && machine.inputRoom > 0) machine.input(typist.take(machine.inputRoom));
    const stop: MachineStop = session.run(maxIcount);
    if (until?.found === true) return { outcome: 'until', reason: 'the console showed the text' };
    if (stop.kind === 'ended' && !(stop.waiting !== undefined && typist.hasSome && machine.inputRoom > 0)) return stop;
    if (machine.icount >= maxIcount) return { outcome: 'limit', reason: `${maxIcount} instructions are reached` };
  }
}

function resultOf(
  { machine, counter }: RunSession,
  outcome: RecordResult['outcome'],
  reason: string,
  { stateHash, consoleSha256 }: EndOfRun,
): RecordResult {
  const exits = new Map([...counter.exitsByClass].map(([code, count]) => [kvmClassName(code), count]));
  const { icount, instructions } = machine;
  return { outcome, reason, icount, instructions, events: counter.events, exits, stateHash, consoleSha256 };
}
