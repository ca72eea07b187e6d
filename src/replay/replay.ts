import { Failure } from '../base/failure.ts';
import { decodeConfig } from '../machine/config.ts';
import { type ImageRole, imageRoles, MachineImages } from '../machine/images.ts';
import { Machine, type MachineStop } from '../machine/machine.ts';
import type { TapeReader } from '../trace/codec/tape-reader.ts';
import { runEnd, type TapeEvent } from '../trace/events/index.ts';
import { EventChecker } from './checker.ts';
import { type Divergence, DivergenceFound } from './divergence.ts';
import { EventCounter } from './record.ts';
import { SEMANTICS_VERSION } from './version.ts';

type ConsoleIn = Extract<TapeEvent, { kind: 'console-in' }>;
type RunEnd = Extract<TapeEvent, { kind: 'run-end' }>;

/** Why a replay stopped. */
export type ReplayStop =
  | { readonly kind: 'end' }
  /** The tape was cut off or damaged: replayed and checked up to its last whole frame. */
  | { readonly kind: 'cut'; readonly summary: string }
  /** The place asked for is reached. */
  | { readonly kind: 'place' }
  | { readonly kind: 'divergence'; readonly divergence: Divergence };

export interface ReplayOptions {
  readonly consoleOut: (byte: number) => void;
}

/** Re-runs the machine of a tape, feeding back its inputs and checking every event against it. */
export class ReplaySession {
  readonly machine: Machine;
  readonly counter: EventCounter;
  readonly checker: EventChecker;
  readonly #inputs: ConsoleIn[] = [];
  readonly end: RunEnd | undefined;
  /** Instruction count at which the recording ends. */
  readonly lastIcount: number;
  readonly #reader: TapeReader;

  constructor(reader: TapeReader, options: ReplayOptions) {
    const { header, path } = reader;
    this.#reader = reader;
    if (header.semantics !== SEMANTICS_VERSION)
      throw new Failure(
        `${path}: recorded with semantics version ${header.semantics}, this program has ${SEMANTICS_VERSION}; replay it with ${header.producer}`,
      );
    let end: RunEnd | undefined;
    // What lies behind damage cannot be replayed, so the list of inputs ends there too.
    try {
      for (const event of reader.events({ classes: new Set(['console-in', 'run-end']) })) {
        if (event.kind === 'console-in') this.#inputs.push(event);
        else if (event.kind === 'run-end') end = event;
      }
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
    }
    this.end = end;
    this.lastIcount = end?.at ?? reader.integrity.replayableTo;
    const config = decodeConfig(header.machine, path);
    const images = new MachineImages(
      reader.images.map((image) => {
        if (!imageRoles.includes(image.name as ImageRole))
          throw new Failure(`${path}: an image called ${JSON.stringify(image.name)}; a newer hypertape knows it`);
        return { role: image.name as ImageRole, name: `${path}: ${image.name}`, bytes: image.read() };
      }),
    );
    this.checker = new EventChecker(wholeEvents(reader), header.level, () => this.machine.pc);
    this.counter = new EventCounter(this.checker);
    this.machine = new Machine({ config, images, events: this.counter, consoleOut: options.consoleOut });
  }

  /** Replays up to an instruction count, or to the end of the tape. */
  run(until = Number.POSITIVE_INFINITY): ReplayStop {
    const limit = Math.min(until, this.lastIcount);
    try {
      for (;;) {
        const input = this.#inputs[0];
        const stop = this.#runTo(Math.min(limit, input?.at ?? Number.POSITIVE_INFINITY));
        if (input !== undefined && this.machine.icount >= input.at && input.at <= limit) {
          this.#inputs.shift();
          this.machine.input(input.bytes);
        } else if (stop.kind !== 'count' || this.machine.icount >= limit) break;
      }
      if (this.machine.icount < this.lastIcount || until < this.lastIcount) return { kind: 'place' };
      return this.#finish();
    } catch (error) {
      if (error instanceof DivergenceFound) return { kind: 'divergence', divergence: error.divergence };
      throw error;
    }
  }

  #runTo(until: number): MachineStop {
    return this.machine.run(until);
  }

  #finish(): ReplayStop {
    if (this.end === undefined) return { kind: 'cut', summary: this.#reader.integrity.summary };
    this.counter.emit(runEnd, this.machine.end(this.end.outcome, this.end.reason));
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
