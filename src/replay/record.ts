import type { MachineConfig } from '../machine/config.ts';
import { encodeConfig } from '../machine/config.ts';
import type { MachineImages } from '../machine/images.ts';
import { shareTranslations } from '../machine/kept-translations.ts';
import { type EndOfRun, Machine, type MachineStop } from '../machine/machine.ts';
import type { DiskInfo } from '../trace/codec/header.ts';
import { type TapeStart, TapeWriter } from '../trace/codec/tape-writer.ts';
import {
  discardEvents,
  type EventDecl,
  type EventSink,
  type FieldsOf,
  isEmitted,
  type Level,
  SuspendHow,
  suspend,
  type TapeEvent,
  vmExit,
} from '../trace/events/index.ts';
import { type CheckpointSpacing, makeCheckpoints } from './checkpoints.ts';
import { changedDisk, type DiskSource, KeptDiskPages, type OnDiskPage, toldBase } from './disks.ts';
import { FlightRecorder } from './flight-recorder.ts';
import { SEMANTICS_VERSION } from './version.ts';

/** So many exits at different places are kept, out of the first so many: what it takes to find a kernel that has moved. */
const EXITS_KEPT = 256;
const EXITS_LOOKED_AT = 50_000;

/** Numbers of classes: a byte on the tape. */
const CLASSES = 0x100;

/** What is counted of the events that pass, whether or not a tape keeps them. */
export class EventCounter implements EventSink {
  /** Where the events go on to. */
  next: EventSink;
  events = 0;
  readonly #byClass = new Float64Array(CLASSES);
  /** Some of the exits, by their PCs: who names functions finds out from them where the kernel is. */
  readonly exitsByPc = new Map<bigint, Extract<TapeEvent, { kind: 'vm-exit' }>>();
  /** Of all classes. */
  exits = 0;
  /** How often the machine was reset. */
  resets = 0;
  /** By vCPU. */
  readonly lastExits: (FieldsOf<typeof vmExit> | undefined)[] = [];

  constructor(next: EventSink) {
    this.next = next;
  }
  /** Those that there were, by class in the order of their numbers. */
  get exitsByClass(): ReadonlyMap<number, number> {
    return new Map([...this.#byClass.entries()].filter(([, exits]) => exits > 0));
  }
  emit<E extends EventDecl>(decl: E, fields: FieldsOf<E>): void {
    this.events++;
    if (isEmitted(vmExit, decl, fields)) {
      const { kvmClass, pc } = fields;
      this.lastExits[fields.vcpu] = fields;
      if (++this.exits <= EXITS_LOOKED_AT && this.exitsByPc.size < EXITS_KEPT && !this.exitsByPc.has(pc))
        this.exitsByPc.set(pc, { kind: vmExit.name, ...fields });
      (this.#byClass[kvmClass] as number)++;
    } else if (isEmitted(suspend, decl, fields) && fields.how === SuspendHow.RESET) this.resets++;
    this.next.emit(decl, fields);
  }
}

/** Keeps what a machine emits while it is built. */
class HeldEvents implements EventSink {
  readonly #held: ((to: EventSink) => void)[] = [];
  emit<E extends EventDecl>(decl: E, fields: FieldsOf<E>): void {
    this.#held.push((to) => to.emit(decl, fields));
  }
  release(to: EventSink): void {
    for (const emit of this.#held) emit(to);
  }
}

/** What is run, and whether it is recorded. */
export interface RunOptions {
  readonly config: MachineConfig;
  readonly images: MachineImages;
  /** What the disks of the configuration begin with, in their order. */
  readonly disks?: readonly DiskSource[];
  readonly consoleOut: (byte: number, console: number) => void;
  /** The tape to write; none for a mere run. */
  readonly tape?: {
    readonly path: string;
    readonly level: Level;
    /** The program and its version, for the header. */
    readonly producer: string;
    /** Replace an older file, once this one is finished. */
    readonly force?: boolean;
    /** About the host; left out of a reproducible tape. */
    readonly host?: Record<string, string>;
    /** Where checkpoints are made; none where it is left out. */
    readonly checkpoints?: CheckpointSpacing;
    /** So many counts of the run's end are kept in memory, and written when it has ended. */
    readonly keepLast?: number;
    /** Of what the guest reads of its disks the tape has digests alone. */
    readonly referenceDisks?: boolean;
  };
}

/** A run that goes on live, whatever it began with. */
export interface Recording {
  readonly machine: Machine;
  readonly counter: EventCounter;
  /** Null: no tape is written. */
  readonly writer: TapeWriter | null;
  /** Ends the run: the last events, the final hashes, and the end of the tape. */
  finish(outcome: string, reason: string): EndOfRun;
}

/** Where it lies is told of a disk that a replay needs alone: tapes of the same run are the same wherever it lay. */
const infoOf = ({ file, format }: DiskSource, isNeeded: boolean): DiskInfo => ({
  file: isNeeded ? file : (file.split(/[/\\]/).at(-1) ?? ''),
  format,
  embedded: !isNeeded,
});

/** What the tape of a run begins with. */
export const startOf = (
  tape: Omit<NonNullable<RunOptions['tape']>, 'path'>,
  { config, images, disks = [] }: Pick<RunOptions, 'config' | 'images' | 'disks'>,
): TapeStart => ({
  semantics: SEMANTICS_VERSION,
  level: tape.level,
  producer: tape.producer,
  machine: encodeConfig(config),
  images: images.files.map(({ role, bytes }) => ({ name: role, data: bytes })),
  ...(disks.length === 0 ? {} : { disks: disks.map((disk) => infoOf(disk, tape.referenceDisks === true)) }),
  ...(tape.host ? { host: tape.host } : {}),
});

/**
 * Writes what a recorder has kept, images among it. By itself: what a closure names lives as long as any closure of its function, and
 * of other runs the images are not to.
 */
const keptWriter =
  (recorder: FlightRecorder, pages: KeptDiskPages, tape: NonNullable<RunOptions['tape']>, options: RunOptions) =>
  (end: EndOfRun): TapeWriter =>
    recorder.write(tape.path, startOf(tape, options), { force: tape.force ?? false }, end, (writer) =>
      pages.write(writer),
    );

/** A run of a machine from its reset on, with or without a tape. */
export class RunSession implements Recording {
  readonly machine: Machine;
  readonly counter: EventCounter;
  /** Null without a tape, and before there is one. */
  writer: TapeWriter | null = null;
  /** Makes the tape of what a flight recorder has kept. */
  readonly #writeKept: ((end: EndOfRun) => TapeWriter) | null = null;

  constructor(options: RunOptions) {
    const { config, images, tape, disks = [] } = options;
    let onPage: OnDiskPage = () => {};
    // The tape comes after the machine: what no machine can be made of leaves no tape, and an older one in peace.
    const early = new HeldEvents();
    this.counter = new EventCounter(early);
    this.machine = new Machine({
      config,
      images,
      disks: disks.map(({ base }, n) => toldBase(base, n, (disk, page, bytes) => onPage(disk, page, bytes))),
      events: this.counter,
      consoleOut: options.consoleOut,
    });
    shareTranslations(this.machine, images);
    let events: EventSink = discardEvents;
    if (tape?.keepLast !== undefined) {
      const recorder = new FlightRecorder(this.machine, tape.keepLast, tape.level);
      const pages = new KeptDiskPages(disks);
      onPage = (disk, page, bytes) => pages.see(disk, page, bytes);
      this.#writeKept = keptWriter(recorder, pages, tape, options);
      events = recorder;
    } else if (tape) {
      const writer = TapeWriter.create(tape.path, startOf(tape, options), { force: tape.force ?? false });
      this.writer = writer;
      onPage = (disk, page, bytes) => {
        if (!writer.diskPage(disk, page, bytes)) throw changedDisk(disks[disk]?.file ?? '', page);
      };
      if (tape.checkpoints) makeCheckpoints(this, writer, tape.checkpoints);
      events = writer;
    }
    this.counter.next = events;
    early.release(events);
  }

  /** Runs on until the instruction count, or until the machine stops by itself. */
  run(until: number): MachineStop {
    return this.machine.run(until);
  }

  finish(outcome: string, reason: string): EndOfRun {
    const end = this.machine.end(outcome, reason);
    // The end is an event too, which the writer puts on the tape itself.
    this.counter.events++;
    if (this.#writeKept) this.writer = this.#writeKept(end);
    else this.writer?.finish(end);
    return end;
  }
}
