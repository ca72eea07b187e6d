import { Failure } from '../base/failure.ts';
import { differenceFromParts, type Stateful } from '../base/stateful.ts';
import type { AccessSize } from '../devices/bus/mmio-bus.ts';
import { PRIVATE_INTIDS } from '../hyp/arm-common/vgic/model.ts';
import type { DeviceAnswers } from '../machine/answers.ts';
import { shareTranslations } from '../machine/kept-translations.ts';
import { type Look, Machine } from '../machine/machine.ts';
import { EventCursor } from '../trace/codec/event-cursor.ts';
import type { RecordedEvent } from '../trace/codec/event-rows.ts';
import type { Integrity, TapeReader } from '../trace/codec/tape-reader.ts';
import { type EventDecl, type EventSink, type FieldsOf, IrqSource, irqLine, stateHash } from '../trace/events/index.ts';
import { EventChecker } from './checker.ts';
import { imageOfCheckpoint } from './checkpoints.ts';
import { disksOfTape } from './disks.ts';
import { DivergenceFound } from './divergence.ts';
import type { SymbolAt } from './event-text.ts';
import {
  endOfTape,
  type Input,
  inputsFrom,
  isDecidedEnd,
  makeEdit,
  offerInput,
  type ReplayStop,
  type RunEnd,
  wholeEvents,
  wholeFrames,
} from './replay.ts';
import { imagesOfTape } from './tape-images.ts';
import { machineOfTape } from './version.ts';

/** Is the part the devices' or the outside's, or does it follow from them? A machine that answers from its tape has nothing to say of it. */
export const isOfDevices = ({ name }: Stateful): boolean =>
  !['cpu', 'tlb', 'clock', 'arm64', 'armv7', 'stage2', 'vgic', 'vtimer'].includes(name) &&
  !name.startsWith('list-registers');

/** What a checkpoint's comparison came to. */
export interface Compared {
  readonly icount: number;
  /** The first field that differs, or `memory`. */
  readonly difference: string;
}

/** Who watches. */
export interface DeviceTapeOptions {
  readonly consoleOut: (byte: number, console: number) => void;
  readonly symbolAt?: SymbolAt;
}

/**
 * Re-runs the CPU of a tape alone: what devices answered, the levels of their lines, how long the guest waited and what came from
 * outside is taken from the tape; no model of a device runs. The CPU is the whole processor with its timers and its GIC CPU interface, and
 * the hypervisor that fills the list registers: the tape says when an interrupt goes into one, not all
 * that ICH_LR<n>_EL2 or GICH_LR<n> hold (IHI 0069, 12.4; IHI 0048B, 5.3.9). All events that the
 * CPU makes are compared, and at checkpoints its state and memory.
 */
export class DeviceTapeSession {
  readonly machine: Machine;
  readonly checker: EventChecker;
  readonly end: RunEnd | undefined;
  readonly lastIcount: number;
  readonly integrity: Integrity;
  /** Events that were taken from the tape, not compared. */
  given = 0;
  /** Checkpoints that the CPU and memory were compared with. */
  compared = 0;
  /** The first checkpoint that was another. */
  difference: Compared | undefined;
  readonly #reader: TapeReader;
  readonly #inputs: Iterator<Input, undefined>;
  #input: Input | undefined;
  readonly #answers: Answers;

  /** @throws Failure where the tape has no exits, or there is no machine to be made of it */
  constructor(reader: TapeReader, options: DeviceTapeOptions) {
    const { header, path } = reader;
    if (header.level !== 'exits')
      throw new Failure(
        `${path} holds inputs alone, not what devices answered; make a full tape with "hypertape retrace"`,
      );
    this.#reader = reader;
    const config = machineOfTape(header, path);
    this.integrity = reader.verify();
    if (this.integrity.unknownEvents > 0)
      throw new Failure(`${path}: it has events that this hypertape does not know; replay it with ${header.producer}`);
    this.end = endOfTape(reader);
    this.lastIcount = this.end?.at ?? this.integrity.replayableTo;
    this.#inputs = inputsFrom(reader, 0) as Iterator<Input, undefined>;
    this.#input = this.#inputs.next().value;
    this.checker = new EventChecker(
      new EventCursor(wholeFrames(reader)),
      header.level,
      () => this.machine,
      () => this.machine.requestStop(),
      options.symbolAt,
    );
    this.#answers = new Answers(this, linesOf(reader), options.consoleOut);
    const events: EventSink = { emit: (decl, fields) => this.#take(decl, fields) };
    const images = imagesOfTape(reader, config);
    this.machine = new Machine({
      config,
      images,
      disks: disksOfTape(reader, config.disks ?? []),
      events,
      consoleOut: options.consoleOut,
      answers: this.#answers,
    });
    shareTranslations(this.machine, images);
    if (reader.begin !== undefined) {
      const { parts } = reader.checkpoint(0);
      this.machine.restoreAll({ parts, memory: imageOfCheckpoint(reader, 0, this.machine.ram.image()) });
    }
    this.machine.lookAt(this.#checkpointsFrom(reader.begin === undefined ? 0 : 1));
  }

  #take<E extends EventDecl>(decl: E, fields: FieldsOf<E>): void {
    const { checker } = this;
    // A hash is over the devices too: only that it is due there is the CPU's.
    const isHash = (decl as EventDecl) === stateHash && checker.next?.kind === 'state-hash';
    if (isHash && checker.next?.at === fields.at) this.pass();
    else checker.emit(decl, fields);
    this.#answers.saw(decl, fields);
  }
  /** Takes the next event from the tape. */
  pass(): void {
    this.given++;
    this.checker.pass();
  }

  /** Replays up to an instruction count, or to the end of the tape. */
  run(until: number): ReplayStop {
    try {
      return this.#run(until);
    } catch (error) {
      if (error instanceof DivergenceFound) return { kind: 'divergence', divergence: error.divergence };
      throw error;
    }
  }
  #run(until: number): ReplayStop {
    const { machine, checker, lastIcount } = this;
    for (;;) {
      // One that begins where it ends has nothing to run.
      if (isDecidedEnd(this.end) && machine.icount >= lastIcount && this.#isAtEnd()) return this.#finish();
      // The guest's own end follows its count without another instruction.
      const bound = machine.icount < lastIcount ? lastIcount : lastIcount + 1;
      const stop = machine.run(Math.min(until, bound, this.#input?.at ?? Number.POSITIVE_INFINITY));
      this.#answers.poll();
      if (this.#isAtEnd()) return this.#finish();
      const { next } = checker;
      if (next === undefined) return { kind: 'cut', summary: this.integrity.summary };
      if (this.#input?.ordinal === next.ordinal && machine.icount >= next.at) this.#give(this.#input);
      else if (stop.kind === 'ended') throw checker.failEnd(`${stop.outcome}: ${stop.reason}`);
      else if (machine.icount > lastIcount) throw checker.failEnd('the guest runs on');
      else if (machine.icount >= until) return { kind: 'place' };
      else if (this.#input !== undefined && machine.icount >= this.#input.at)
        throw checker.failEnd(`event ${this.#input.ordinal} comes from outside`);
    }
  }
  #isAtEnd(): boolean {
    const { machine, checker, lastIcount } = this;
    // The last lines of a virtio console's ports are told at the end.
    if (checker.next?.kind === 'console-out' && machine.icount >= lastIcount) machine.endLines();
    return checker.next?.kind === 'run-end' && checker.next.at === machine.icount;
  }
  #finish(): ReplayStop {
    this.pass();
    return { kind: 'end' };
  }
  #give(input: Input): void {
    this.#input = this.#inputs.next().value;
    if (input.kind === 'edit') makeEdit(this.machine, input, this.#reader.path);
    else if (input.kind === 'external-in') offerInput(this.machine, input, this.#reader.path);
    else this.pass();
    this.#answers.poll();
  }

  /** Compares with each checkpoint from this one on. */
  #checkpointsFrom(first: number): Look {
    const { checkpoints } = this.#reader;
    let number = first;
    const placeOf = () => ({ icount: checkpoints[number]?.icount ?? Number.POSITIVE_INFINITY });
    const look = {
      at: placeOf(),
      look: () => {
        this.#compare(number++);
        look.at = placeOf();
      },
    };
    return look;
  }
  #compare(number: number): void {
    const { icount } = this.machine;
    this.compared++;
    const difference = this.#differenceAt(number);
    if (difference !== undefined) this.difference ??= { icount, difference };
  }
  #differenceAt(number: number): string | undefined {
    const { machine } = this;
    const { parts, root, icount, ordinal } = this.#reader.checkpoint(number);
    if (machine.icount !== icount || this.checker.checked !== ordinal) return 'its place';
    const kept = machine.parts.flatMap((part, n) => (isOfDevices(part) ? [] : [{ part, saved: parts[n] }]));
    const difference = differenceFromParts(
      kept.map(({ part }) => part),
      kept.map(({ saved }) => saved ?? null),
    );
    if (difference !== undefined) return difference;
    return Buffer.compare(root, machine.ram.hash().root) === 0 ? undefined : 'memory';
  }
}

const isOfDevice = ({ source }: { readonly source: number }): boolean =>
  source === IrqSource.device || source === IrqSource.message;

/** The changes of devices' lines, and their messages. */
function* linesOf(reader: TapeReader): Generator<RecordedEvent> {
  for (const event of wholeEvents(reader, { classes: new Set([irqLine.name]) }))
    if (event.kind === 'irq-line' && isOfDevice(event)) yield event;
}

/** What the devices did, in the order of the tape. */
class Answers implements DeviceAnswers {
  readonly #session: DeviceTapeSession;
  readonly #lines: Iterator<RecordedEvent, undefined>;
  readonly #consoleOut: DeviceTapeOptions['consoleOut'];
  #line: RecordedEvent | undefined;
  /** The guest waits up to there, when it waits. */
  #idleTo = 0;

  constructor(session: DeviceTapeSession, lines: Iterator<RecordedEvent>, consoleOut: DeviceTapeOptions['consoleOut']) {
    this.#session = session;
    this.#lines = lines as Iterator<RecordedEvent, undefined>;
    this.#consoleOut = consoleOut;
    this.#line = this.#lines.next().value;
  }

  read(size: AccessSize): bigint {
    this.poll();
    const { next } = this.#session.checker;
    // Another event there is the divergence that comparing the read's own will tell.
    if (next?.kind !== 'mmio-read') return 0n;
    this.#session.given++;
    return BigInt.asUintN(8 * size, next.value);
  }
  wrote(): void {
    this.poll();
  }

  /** Does what devices did at this point of the tape. */
  poll(): void {
    const { checker, machine } = this.#session;
    for (;;) {
      const { next } = checker;
      if (next === undefined || next.at > machine.icount) return;
      // What a virtio console sends it tells itself: it runs.
      if (next.kind === 'console-out' && next.device === 0) {
        for (const byte of next.bytes) this.#consoleOut(byte, 0);
        this.#session.pass();
      } else if (!this.#drives(next) && !this.#catchesUp(next)) return;
    }
  }
  #drives(next: RecordedEvent): boolean {
    if (next.kind !== 'irq-line' || !isOfDevice(next)) return false;
    const { checker, machine } = this.#session;
    const { vgic } = machine.hypervisor;
    if (next.intid >= vgic.intids) return false;
    this.#session.given++;
    if (next.source === IrqSource.message) {
      if (next.intid < PRIVATE_INTIDS) return false;
      vgic.deliverMessage(next.intid);
    } else vgic.setLine(0, next.intid, next.level === 1, IrqSource.device);
    // A line that has this level already tells nothing: the next event will be another.
    return checker.next !== next;
  }

  /** Before a device's line changes the hypervisor looks at what the guest has done by then, which may show that a timer's has fallen. */
  #catchesUp(next: RecordedEvent): boolean {
    const { checker, machine } = this.#session;
    if (next.kind !== 'irq-line' || this.#nextLine()?.at !== machine.icount) return false;
    machine.hypervisor.vgic.catchUp();
    return checker.next !== next;
  }

  nextDeadline(isWaiting: boolean): number | undefined {
    const { checker, machine } = this.#session;
    const now = machine.icount;
    const { next } = checker;
    if (isWaiting) {
      const to = next?.kind === 'idle-skip' ? next.to : this.#idleTo;
      return to > now ? to : undefined;
    }
    const line = this.#nextLine();
    return line !== undefined && line.at > now ? line.at : undefined;
  }
  /** The next change of a line by a device, whatever events come before it. */
  #nextLine(): RecordedEvent | undefined {
    while (this.#line !== undefined && this.#line.ordinal < this.#session.checker.checked)
      this.#line = this.#lines.next().value;
    return this.#line;
  }

  /** An event has passed. */
  saw(decl: EventDecl, fields: object): void {
    if (decl.name === 'idle-skip' && 'to' in fields) this.#idleTo = Number(fields.to);
  }
}
