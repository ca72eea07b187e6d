// replay/: sessions that record and replay, the comparison, what a divergence says.

import { Failure } from '../base/failure.ts';
import type { StopPlace } from '../core/engine/stops.ts';

import { editOfFields } from '../machine/edits.ts';
import { shareTranslations } from '../machine/kept-translations.ts';
import { Machine, type MachineStop } from '../machine/machine.ts';
import type { MachineState } from '../machine/machine-state.ts';
import { stepInstruction } from '../machine/step.ts';
import { EventCursor } from '../trace/codec/event-cursor.ts';
import type { EventFrame, RecordedEvent } from '../trace/codec/event-rows.ts';
import type { EventFilter, Integrity, TapeReader } from '../trace/codec/tape-reader.ts';
import {
  consoleIn,
  type EventDecl,
  type EventSink,
  edit,
  externalIn,
  runEnd,
  type Stamp,
  type TapeEvent,
} from '../trace/events/index.ts';
import { EventChecker } from './checker.ts';
import { imageOfCheckpoint } from './checkpoints.ts';
import { type DiskSource, disksOfTape, type OnDiskPage, PageNotOnTape, toldBase } from './disks.ts';
import { type Divergence, DivergenceFound } from './divergence.ts';
import type { SymbolAt } from './event-text.ts';
import { EventCounter } from './record.ts';
import { imagesOfTape } from './tape-images.ts';
import { machineOfTape } from './version.ts';

/** What comes from outside. */
export type Input = Extract<RecordedEvent, { kind: 'console-in' | 'edit' | 'external-in' }>;
const INPUTS: ReadonlySet<string> = new Set([consoleIn.name, edit.name, externalIn.name] satisfies Input['kind'][]);
/** The last event of a run. */
export type RunEnd = Extract<TapeEvent, { kind: 'run-end' }>;

/**
 * Does the end say no more than that the recording went on up to there? `repair` writes such ends: nobody has seen the state of
 * the machine then.
 */
export const isOpenEnd = ({ stateHash }: RunEnd): boolean => stateHash === '';
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
const guestOutcomes: ReadonlySet<string> = new Set([
  'poweroff',
  'reset',
  'halt',
  'fault',
  'panic',
  'stuck',
] satisfies Ended['outcome'][]);

/** Whether a run ended where who recorded it decided: at its count. The guest's own end, and the last events of a cut tape, may follow theirs. */
export const isDecidedEnd = (end: RunEnd | undefined): boolean =>
  end !== undefined && !isOpenEnd(end) && !guestOutcomes.has(end.outcome);

/** Who watches a replay. */
export interface ReplayOptions {
  readonly consoleOut: (byte: number, console: number) => void;
  /** Names the functions in a divergence. */
  readonly symbolAt?: SymbolAt;
  /** Called after each event of the run, with the number of them that were compared so far. */
  readonly onEvent?: (checked: number, decl: EventDecl, fields: Stamp) => void;
  /** Leaves the tape's frames unread until they are needed: for who looks at some places, and verifies nothing. */
  readonly unverified?: boolean;
  /** Told of each page that the guest reads of what a disk began with. */
  readonly onDiskPage?: OnDiskPage;
  /** What its disks began with, for who will leave the tape. */
  readonly disks?: readonly DiskSource[];
}

/** Where a replay is. */
export interface ReplayState {
  readonly machine: MachineState;
  /** Number of the next event of the tape. */
  readonly ordinal: number;
  /** Root of the tree of digests over RAM, where the state comes from elsewhere and that is to be checked. */
  readonly root?: Uint8Array;
}

/** Re-runs the machine of a tape, feeding back its inputs and checking every event against it. */
export class ReplaySession {
  readonly machine: Machine;
  readonly counter: EventCounter;
  #checker: EventChecker;
  /** How the recording ended; undefined where the tape was cut off before. */
  readonly end: RunEnd | undefined;
  /** Instruction count at which the recording ends. */
  readonly lastIcount: number;
  /** How much of the tape is there. */
  readonly integrity: Integrity;
  /** Console input is read as it is needed: a tape may hold more of it than there is memory. */
  #inputs: Iterator<Input>;
  #input: Input | undefined;
  /** How far the machine may run at most. */
  readonly #bound: number;
  /** What must have been checked at the end; undefined where damage leaves out some. */
  readonly #eventsToCheck: number | undefined;
  readonly #path: string;
  readonly #reader: TapeReader;
  readonly #options: ReplayOptions;
  /** Whoever watches now. */
  onEvent: ReplayOptions['onEvent'];
  #stopRequested = false;
  #openEndPassed = false;
  /** Instructions that all its runs came to, wherever they were. */
  ran = 0;

  constructor(reader: TapeReader, options: ReplayOptions) {
    const { header, path } = reader;
    this.#path = path;
    this.#reader = reader;
    this.#options = options;
    const config = machineOfTape(header, path);
    this.integrity = options.unverified === true ? reader.integrity : reader.verify();
    if (this.integrity.unknownEvents > 0)
      throw new Failure(
        `${path}: ${this.integrity.unknownEvents} of its events are of kinds that this hypertape does not know; replay it with ${header.producer}`,
      );
    this.#eventsToCheck = this.integrity.damagedFrames.length > 0 ? undefined : reader.eventCount;
    const end = endOfTape(reader);
    this.end = end;
    this.lastIcount = end?.at ?? this.integrity.replayableTo;
    // Without another instruction.
    this.#bound = isDecidedEnd(end) ? this.lastIcount : this.lastIcount + 1;
    const images = imagesOfTape(reader, config);
    this.#inputs = inputsFrom(reader, 0);
    this.#nextInput();
    this.#checker = this.#checkerFrom(0);
    this.onEvent = options.onEvent;
    this.counter = new EventCounter(this.#checked(this.#checker));
    const { onDiskPage } = options;
    const disks = disksOfTape(reader, config.disks ?? [], options.disks);
    this.machine = new Machine({
      config,
      images,
      disks: onDiskPage ? disks.map((base, n) => toldBase(base, n, onDiskPage)) : disks,
      events: this.counter,
      consoleOut: options.consoleOut,
    });
    shareTranslations(this.machine, images);
    if (reader.begin !== undefined) this.#begin();
  }

  /** The tape begins at its first checkpoint. */
  #begin(): void {
    const { parts, ordinal, root } = this.#reader.checkpoint(0);
    const memory = imageOfCheckpoint(this.#reader, 0, this.machine.ram.image());
    this.restore({ machine: { parts, memory }, ordinal, root });
  }

  get checker(): EventChecker {
    return this.#checker;
  }
  #checkerFrom(ordinal: number): EventChecker {
    const { end } = this;
    const reader = this.#reader;
    const leftOut = end !== undefined && isOpenEnd(end) ? runEnd.tag : undefined;
    return new EventChecker(
      new EventCursor(wholeFrames(reader, ordinal), ordinal, leftOut),
      reader.header.level,
      () => this.machine,
      () => this.machine.requestStop(),
      this.#options.symbolAt,
      ordinal,
    );
  }

  #checked(checker: EventChecker): EventSink {
    return {
      emit: (decl, fields) => {
        checker.emit(decl, fields);
        this.onEvent?.(checker.checked, decl, fields);
      },
    };
  }

  /** Where the replay is, between two runs. */
  save(): ReplayState {
    return { machine: this.machine.saveAll(), ordinal: this.#checker.checked };
  }
  /**
   * Puts the replay elsewhere on its tape, before or behind where it is.
   * @throws Failure where the state is no state of the tape's machine; until another restore the session is of no use then
   */
  restore({ machine, ordinal, root }: ReplayState): void {
    this.machine.restoreAll(machine);
    if (root !== undefined && Buffer.compare(root, this.machine.ram.hash().root) !== 0)
      throw new Failure(
        `${this.#path}: the memory of a checkpoint is not the one it names; its tape replays without it`,
      );
    this.#inputs = inputsFrom(this.#reader, ordinal);
    this.#nextInput();
    this.#checker = this.#checkerFrom(ordinal);
    this.counter.next = this.#checked(this.#checker);
    this.#openEndPassed = false;
  }
  /** When the next input comes; undefined where none does. */
  get nextInputAt(): number | undefined {
    return this.#input?.at;
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

  /** Replays one instruction of the guest (`stepInstruction` of machine/). */
  step(): ReplayStop {
    return stepInstruction(this);
  }

  /** Stops runs when the guest is about to execute one of these instructions (`Machine.stopBefore`). */
  stopBefore(places: readonly StopPlace[], told: () => void = () => this.requestStop()): void {
    this.machine.stopBefore(places, told);
  }

  /**
   * Replays up to an instruction count, or to the end of the tape. Time that a guest without any deadline spends waiting
   * for input passes as a whole, even beyond `until`.
   */
  run(until = Number.POSITIVE_INFINITY): ReplayStop {
    this.#stopRequested = false;
    const from = this.machine.instructions;
    try {
      return this.#run(until);
    } catch (error) {
      if (error instanceof DivergenceFound) return { kind: 'divergence', divergence: error.divergence };
      // The frame of its pages is lost with what came behind it.
      if (error instanceof PageNotOnTape && this.end === undefined)
        return { kind: 'cut', summary: this.integrity.summary };
      throw error;
    } finally {
      this.ran += this.machine.instructions - from;
    }
  }

  #run(until: number): ReplayStop {
    const { machine, checker } = this;
    while (!checker.exhausted) {
      const input = this.#input;
      const target = Math.min(until, this.#bound, input?.at ?? Number.POSITIVE_INFINITY);
      const stop = machine.run(target);
      // Where the guest may go on, whoever recorded it decided.
      const ended = stop.kind === 'ended' && (!stop.goesOn || this.#isRecorded(stop)) ? stop : undefined;
      const isWaiting = ended?.waiting === 'idle' && input !== undefined;
      if (isWaiting && input.at > machine.icount) machine.passTime(input.at);
      if (checker.exhausted) break;
      const isDue = input !== undefined && machine.icount >= input.at;
      // Of a guest that has ended, or is to, something may have been asked still.
      if (ended && !isWaiting && !isDue) return this.#ended(ended);
      if (isDue) {
        this.#nextInput();
        this.#give(input);
      } else if (machine.icount >= this.#bound) return this.#atBound();
      else if (this.#stopRequested || machine.icount >= until) return PLACE;
    }
    return this.#checkedAll();
  }

  /** Does to the machine what was done to the recording's. */
  #give(input: Input): void {
    const { machine } = this;
    if (input.kind === 'edit') makeEdit(machine, input, this.#path);
    else if (input.kind === 'external-in') offerInput(machine, input, this.#path);
    else if (input.bytes.length <= machine.inputRoom) machine.input(input.bytes);
    else throw damagedEvent(this.#path, input.ordinal, 'brings more console input than any recording has waiting');
  }

  /** All events were compared: nothing of the tape is left out where it is called verified. */
  #checkedAll(): ReplayStop {
    const { checker } = this;
    if (this.end === undefined) return { kind: 'cut', summary: this.integrity.summary };
    if (isOpenEnd(this.end)) this.#passOpenEnd();
    if (this.#eventsToCheck !== undefined && checker.checked !== this.#eventsToCheck)
      throw checker.failEnd(`${checker.checked} of ${this.#eventsToCheck} events were checked`);
    return { kind: 'end' };
  }

  /** Of an open end there is nothing to compare: the machine has come to it. */
  #passOpenEnd(): void {
    if (this.#openEndPassed) return;
    this.#openEndPassed = true;
    this.checker.checked++;
  }
  #nextInput(): void {
    const next = this.#inputs.next();
    this.#input = next.done === true ? undefined : next.value;
  }

  /** The machine ended by itself: as the recording did, or there is a difference. */
  #ended({ outcome, reason }: Ended): ReplayStop {
    const { machine, checker, end } = this;
    if (end === undefined || isOpenEnd(end) || machine.icount !== end.at)
      throw checker.failEnd(`${outcome}: ${reason}`);
    // The reason is told for people, and may be worded anew; the outcome is checked.
    return this.#finish(outcome, end.reason);
  }

  #isRecorded({ outcome }: Ended): boolean {
    return this.end?.outcome === outcome && this.end.at === this.machine.icount;
  }

  /** As far as the recording went, the machine has not ended by itself. */
  #atBound(): ReplayStop {
    const { end, checker } = this;
    if (end === undefined || isOpenEnd(end) || guestOutcomes.has(end.outcome))
      throw checker.failEnd('the guest runs on');
    return this.#finish(end.outcome, end.reason);
  }

  #finish(outcome: string, reason: string): ReplayStop {
    this.counter.emit(runEnd, this.machine.end(outcome, reason));
    return this.#checkedAll();
  }
}

/** An event of a tape that no recording can have made, though its checksums are right. */
const damagedEvent = (path: string, ordinal: number, what: string): Failure =>
  new Failure(`${path}: event ${ordinal} ${what}; the tape is damaged`);

/** Makes a change that was made from outside to the recording's machine. @throws Failure where it cannot be made to any */
export function makeEdit(machine: Machine, edit: Extract<Input, { kind: 'edit' }>, path: string): void {
  try {
    machine.edit(editOfFields(edit));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw damagedEvent(path, edit.ordinal, `is an edit that cannot be made (${error.message})`);
  }
}

/** Gives a device what came to the recording's from outside. @throws Failure where no machine could have taken it */
export function offerInput({ door }: Machine, input: Extract<Input, { kind: 'external-in' }>, path: string): void {
  const { channel, bytes, ordinal } = input;
  if (!door.takes(channel, bytes)) throw damagedEvent(path, ordinal, `brings what ${channel} does not take`);
  door.offer(channel, bytes);
}

/** How the recording ended, where the tape is whole up to there. */
export function endOfTape(reader: TapeReader): RunEnd | undefined {
  for (const event of wholeEvents(reader, { classes: new Set([runEnd.name]) }))
    if (event.kind === 'run-end') return event;
  return undefined;
}

/** What came from outside, from an event on. */
export function* inputsFrom(reader: TapeReader, ordinal: number): Generator<Input> {
  for (const event of wholeEvents(reader, { classes: INPUTS, ordinal }))
    if (event.kind === 'console-in' || event.kind === 'edit' || event.kind === 'external-in') yield event;
}

/** The frames from that of an event on, up to the first damage or the end. */
export function* wholeFrames(reader: TapeReader, ordinal = 0): Generator<EventFrame> {
  try {
    for (const frame of reader.eventFrames({ ordinal })) {
      frame.check();
      yield frame;
    }
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
  }
}

/** The events up to the first damage or the end. */
export function* wholeEvents(reader: TapeReader, filter: EventFilter = {}): Generator<RecordedEvent> {
  try {
    yield* reader.events(filter);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
  }
}
