// minimal/: the least of a run that still shows what it shows: turns that are made to end, and console input.

import { Failure } from '../../base/failure.ts';
import type { TurnEnd } from '../../hyp/vmm/schedule.ts';
import type { MachineConfig } from '../../machine/config.ts';
import type { MachineImages } from '../../machine/images.ts';
import type { Machine } from '../../machine/machine.ts';
import { type DiskSource, disksOfTape } from '../../replay/disks.ts';
import { type RunOptions, RunSession } from '../../replay/record.ts';
import { ReplaySession, type RunEnd } from '../../replay/replay.ts';
import { imagesOfTape } from '../../replay/tape-images.ts';
import { machineOfTape } from '../../replay/version.ts';
import type { TapeReader } from '../../trace/codec/tape-reader.ts';
import { consoleIn, type EventDecl, edit, externalIn, isEmitted, vcpuTurn } from '../../trace/events/index.ts';

/** A byte of console input, and the count at which it came. */
export interface Typed {
  readonly at: number;
  readonly byte: number;
}
/** What of a run may be left out. */
export interface Reducible {
  readonly turnEnds: readonly TurnEnd[];
  /** Counts of a turn that nothing ends before, where not those of the tape. */
  readonly turnCounts?: number | undefined;
  readonly typed: readonly Typed[];
}
/** A turn that ended, with where it did. */
export interface EndedTurn extends TurnEnd {
  readonly icount: number;
  readonly pc: bigint;
}

/** A tape's run as what a machine begins with, and what of it may be left out. */
export interface TapeRun extends Reducible {
  readonly config: MachineConfig;
  readonly images: MachineImages;
  readonly disks: readonly DiskSource[];
  readonly end: RunEnd;
}

/** Learns from events which turns ended, and what each vCPU had retired by then. */
class TurnLog {
  readonly turns: EndedTurn[] = [];
  readonly #retired: number[] = [];
  #since = 0;

  see(decl: EventDecl, fields: unknown, { icount, instructions, pc }: Pick<Machine, 'icount' | 'instructions' | 'pc'>) {
    if (!isEmitted(vcpuTurn, decl, fields)) return;
    const { from, to } = fields;
    const at = (this.#retired[from] ?? 0) + instructions - this.#since;
    // A turn without an instruction ends by itself.
    if (at > (this.#retired[from] ?? 0)) this.turns.push({ vcpu: from, at, to, icount, pc });
    this.#retired[from] = at;
    this.#since = instructions;
  }
}

/**
 * Replays a tape, and learns what its machine was made of and what happened to it.
 * @throws Failure where it does not tell all of its run from the reset on, or has changes from outside in it
 */
export function runOfTape(reader: TapeReader): TapeRun {
  const { path, header } = reader;
  const config = machineOfTape(header, path);
  if (reader.begin !== undefined)
    throw new Failure(`${path}: it begins in the middle of a run; give a tape that was recorded without --keep-last`);
  const log = new TurnLog();
  const typed: Typed[] = [];
  const session: ReplaySession = new ReplaySession(reader, {
    consoleOut: () => {},
    onEvent: (_, decl, fields) => {
      log.see(decl, fields, session.machine);
      if (isEmitted(edit, decl, fields)) throw new Failure(`${path}: its run was changed from outside (fork)`);
      if (isEmitted(externalIn, decl, fields))
        throw new Failure(
          `${path}: its guest was sent something by ${fields.channel}, a network or a port, and only console input can be left out; give a tape without`,
        );
      if (isEmitted(consoleIn, decl, fields)) for (const byte of fields.bytes) typed.push({ at: fields.at, byte });
    },
  });
  const stop = session.run(Number.POSITIVE_INFINITY);
  if (stop.kind !== 'end' || session.end === undefined)
    throw new Failure(`${path}: it does not replay to its end; "hypertape replay ${path}" says why`);
  const bases = disksOfTape(reader, config.disks ?? []);
  const disks = bases.map((base, i): DiskSource => {
    const { file = '', format } = header.disks?.[i] ?? {};
    return { base, file, format: format === 'qcow2' ? 'qcow2' : 'raw' };
  });
  return { config, images: imagesOfTape(reader, config), disks, end: session.end, turnEnds: log.turns, typed };
}

/** How a run is tried. */
export interface TrialOptions extends Pick<RunOptions, 'tape'> {
  /** It goes no farther; where it comes there, its outcome is `limit`. */
  readonly maxIcount: number;
  /** Takes the console; true where the run is to end here, as `until`. */
  readonly see?: (byte: number, console: number) => boolean;
  /** Names the function that the guest is in at its end, for the reason on the tape. */
  readonly nameEnd?: (outcome: string, session: RunSession) => string | undefined;
}
/** What a run came to. */
export interface Trial {
  readonly outcome: string;
  readonly reason: string;
  readonly turns: readonly EndedTurn[];
}

/** The machine of a tape with other turns and other input. */
function sessionOf({ config, images, disks }: TapeRun, { turnEnds, turnCounts }: Reducible, options: TrialOptions) {
  const { scheduleSeed: _, turnEnds: __, ...rest } = config;
  const plain = turnCounts === undefined ? rest : { ...rest, turnCounts };
  const forced = turnEnds.map(({ vcpu, at, to }) => ({ vcpu, at, to }));
  let seen = false;
  const session: RunSession = new RunSession({
    config: forced.length === 0 ? plain : { ...plain, turnEnds: forced },
    images,
    disks,
    consoleOut: (byte, console) => {
      if (options.see?.(byte, console) !== true) return;
      seen = true;
      session.machine.requestStop();
    },
    ...(options.tape ? { tape: options.tape } : {}),
  });
  return { session, isSeen: () => seen };
}

/** Runs it from its reset to its end. @throws Failure where it asks for what is not on the tape */
export function tryRun(run: TapeRun, what: Reducible, options: TrialOptions): Trial {
  const { session, isSeen } = sessionOf(run, what, options);
  const { machine, counter } = session;
  const log = new TurnLog();
  const { next } = counter;
  counter.next = {
    emit: (decl, fields) => {
      log.see(decl, fields, machine);
      next.emit(decl, fields);
    },
  };
  try {
    const { outcome, reason } = runToEnd(session, what.typed, options.maxIcount, isSeen);
    const symbol = options.nameEnd?.(outcome, session);
    const told = symbol === undefined ? reason : `${reason} ${symbol}`;
    session.finish(outcome, told);
    return { outcome, reason: told, turns: log.turns };
  } catch (error) {
    session.writer?.abort();
    throw error;
  }
}

function runToEnd(
  session: RunSession,
  typed: readonly Typed[],
  maxIcount: number,
  isSeen: () => boolean,
): Pick<Trial, 'outcome' | 'reason'> {
  const { machine } = session;
  for (let i = 0; ; ) {
    const due = dueAt(typed, i, machine);
    if (due > 0) machine.input(Uint8Array.from(typed.slice(i, i + due), ({ byte }) => byte));
    i += due;
    const comes = typed[i]?.at;
    const until = comes === undefined || comes > machine.icount ? comes : machine.icount + FULL_COUNTS;
    const stop = session.run(Math.min(maxIcount, until ?? Number.POSITIVE_INFINITY));
    if (isSeen()) return { outcome: 'until', reason: 'the console showed the text' };
    if (machine.icount >= maxIcount) return { outcome: 'limit', reason: `${maxIcount} instructions are reached` };
    if (stop.kind !== 'ended') continue;
    if (stop.waiting === undefined || comes === undefined || machine.inputRoom === 0) return stop;
    if (stop.waiting === 'idle' && comes > machine.icount) machine.passTime(comes);
  }
}

/** So long a guest that takes no more input runs before it is asked again. */
const FULL_COUNTS = 65_536;

/** So many bytes from the i-th on come now, and at once. */
function dueAt(typed: readonly Typed[], i: number, { icount, inputRoom }: Machine): number {
  const first = typed[i];
  if (first === undefined || first.at > icount) return 0;
  let due = 0;
  while (due < inputRoom && typed[i + due]?.at === first.at) due++;
  return due;
}
