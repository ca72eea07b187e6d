// replay/: sessions that record and replay, the comparison, what a divergence says.

import { Failure } from '../base/failure.ts';
import { type ImageRole, imageRoles, MachineImages } from '../machine/images.ts';
import { Machine, type MachineStop } from '../machine/machine.ts';
import type { Integrity, TapeReader } from '../trace/codec/tape-reader.ts';
import { type EventDecl, type EventSink, runEnd, type Stamp, type TapeEvent } from '../trace/events/index.ts';
import { EventChecker } from './checker.ts';
import { type Divergence, DivergenceFound } from './divergence.ts';
import type { SymbolAt } from './event-text.ts';
import { EventCounter } from './record.ts';
import { machineOfTape } from './version.ts';

type ConsoleIn = Extract<TapeEvent, { kind: 'console-in' }>;
type RunEnd = Extract<TapeEvent, { kind: 'run-end' }>;
type Ended = Extract<MachineStop, { kind: 'ended' }>;

/** Why a replay stopped. */
export type ReplayStop =
  | { readonly kind: 'end' }
  /** The tape was cut off or damaged: replayed and checked up to its last whole frame. */
  | { readonly kind: 'cut'; readonly summary: string }
  /** The place asked for is reached. */
  | { readonly kind: 'place' }
  | { readonly kind: 'divergence'; readonly divergence: Divergence };

const PLACE: ReplayStop = { kind: 'place' };

/** Outcomes that come from the guest itself; the others are decided by who records. */
const guestOutcomes: ReadonlySet<string> = new Set(['poweroff', 'reset', 'halt', 'fault'] satisfies Ended['outcome'][]);

/** Who watches a replay. */
export interface ReplayOptions {
  readonly consoleOut: (byte: number) => void;
  /** Names the functions in a divergence. */
  readonly symbolAt?: SymbolAt;
  /** Called after each event of the run, with the number of them that were compared so far. */
  readonly onEvent?: (checked: number, decl: EventDecl, fields: Stamp) => void;
}

/** Re-runs the machine of a tape, feeding back its inputs and checking every event against it. */
export class ReplaySession {
  readonly machine: Machine;
  readonly counter: EventCounter;
  readonly checker: EventChecker;
  /** How the recording ended; undefined where the tape was cut off before. */
  readonly end: RunEnd | undefined;
  /** Instruction count at which the recording ends. */
  readonly lastIcount: number;
  /** How much of the tape is there. */
  readonly integrity: Integrity;
  readonly #inputs: ConsoleIn[] = [];
  /** How far the machine may run at most. */
  readonly #bound: number;
  #stopRequested = false;

  constructor(reader: TapeReader, options: ReplayOptions) {
    const { header, path } = reader;
    const config = machineOfTape(header, path);
    let end: RunEnd | undefined;
    let damaged = false;
    // What lies behind damage cannot be replayed, so the list of inputs ends there too.
    try {
      for (const event of reader.events({ classes: new Set(['console-in', 'run-end']) })) {
        if (event.kind === 'console-in') this.#inputs.push(event);
        else if (event.kind === 'run-end') end = event;
      }
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      damaged = true;
    }
    this.end = end;
    // Damage inside a frame shows only when the frame is read.
    this.integrity = damaged ? reader.verify() : reader.integrity;
    this.lastIcount = end?.at ?? this.integrity.replayableTo;
    // The guest's own end and the last events of a cut tape may follow their count without another instruction.
    this.#bound = end === undefined || guestOutcomes.has(end.outcome) ? this.lastIcount + 1 : this.lastIcount;
    const images = new MachineImages(
      reader.images.map((image) => {
        if (!imageRoles.includes(image.name as ImageRole))
          throw new Failure(`${path}: an image called ${JSON.stringify(image.name)}; a newer hypertape knows it`);
        return { role: image.name as ImageRole, name: `${path}: ${image.name}`, bytes: image.read() };
      }),
    );
    this.checker = new EventChecker(
      wholeEvents(reader),
      header.level,
      () => this.machine,
      () => this.machine.requestStop(),
      options.symbolAt,
    );
    this.counter = new EventCounter(withCallback(this.checker, options.onEvent));
    this.machine = new Machine({ config, images, events: this.counter, consoleOut: options.consoleOut });
  }

  /** The last run ended because of `requestStop`. */
  get stopped(): boolean {
    return this.#stopRequested;
  }
  /** To be called from within a run (from `consoleOut` or `onEvent`): stops it at the end of the exit at hand. */
  requestStop(): void {
    this.#stopRequested = true;
    this.machine.requestStop();
  }

  /** Stops runs when the guest is about to execute one of these instructions, by guest-physical address (`Machine.stopBefore`). */
  stopBefore(addresses: readonly number[], told: () => void = () => this.requestStop()): void {
    this.machine.stopBefore(addresses, told);
  }

  /**
   * Replays up to an instruction count, or to the end of the tape. Time that a guest without any deadline spends waiting
   * for input passes as a whole, even beyond `until`.
   */
  run(until = Number.POSITIVE_INFINITY): ReplayStop {
    this.#stopRequested = false;
    try {
      return this.#run(until);
    } catch (error) {
      if (error instanceof DivergenceFound) return { kind: 'divergence', divergence: error.divergence };
      throw error;
    }
  }

  #run(until: number): ReplayStop {
    const { machine, checker } = this;
    while (!checker.exhausted) {
      const input = this.#inputs[0];
      const target = Math.min(until, this.#bound, input?.at ?? Number.POSITIVE_INFINITY);
      const stop = machine.run(target);
      const isWaiting = stop.kind === 'ended' && stop.waiting === true && input !== undefined;
      if (isWaiting && input.at > machine.icount) machine.passTime(input.at);
      if (checker.exhausted) break;
      if (stop.kind === 'ended' && !isWaiting) return this.#ended(stop);
      if (input !== undefined && machine.icount >= input.at) {
        this.#inputs.shift();
        machine.input(input.bytes);
      } else if (machine.icount >= this.#bound) return this.#atBound();
      else if (this.#stopRequested || machine.icount >= until) return PLACE;
    }
    return this.end === undefined ? { kind: 'cut', summary: this.integrity.summary } : { kind: 'end' };
  }

  /** The machine ended by itself: as the recording did, or there is a difference. */
  #ended({ outcome, reason }: Ended): ReplayStop {
    const { machine, checker, end } = this;
    if (end === undefined || machine.icount !== end.at) throw checker.failEnd(`${outcome}: ${reason}`);
    // The reason is told for people, and may be worded anew; the outcome is checked.
    return this.#finish(outcome, end.reason);
  }

  /** As far as the recording went, the machine has not ended by itself. */
  #atBound(): ReplayStop {
    const { end, checker } = this;
    if (end === undefined || guestOutcomes.has(end.outcome)) throw checker.failEnd('the guest runs on');
    return this.#finish(end.outcome, end.reason);
  }

  #finish(outcome: string, reason: string): ReplayStop {
    this.counter.emit(runEnd, this.machine.end(outcome, reason));
    return { kind: 'end' };
  }
}

/** The events up to the first damage or the end. */
function* wholeEvents(reader: TapeReader): ReturnType<TapeReader['events']> {
  try {
    yield* reader.events();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
  }
}

const withCallback = (checker: EventChecker, onEvent: ReplayOptions['onEvent']): EventSink =>
  onEvent === undefined
    ? checker
    : {
        emit: (decl, fields) => {
          checker.emit(decl, fields);
          onEvent(checker.checked, decl, fields);
        },
      };
