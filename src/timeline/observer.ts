import type { InstructionObserver, ObservedException, ObservedInstruction } from '../core/engine/observation.ts';
import type { WatchHit } from '../core/engine/watchpoints.ts';
import type { Machine } from '../machine/machine.ts';
import type { ReplaySession } from '../replay/replay.ts';
import type { EventDecl, Stamp } from '../trace/events/index.ts';
import type { Timeline } from './timeline.ts';

/** The guest as an observer may look at it, at the moment that it is told of. */
export interface GuestLook {
  /** Whose turn it is. */
  readonly vcpu: number;
  /** By its name in the manual (`x0`, `sp`, `TTBR1_EL1`); undefined where there is none of that name. */
  register(name: string): bigint | undefined;
  /** Bytes at a virtual address; fewer where there is no memory. */
  memory(va: bigint, bytes: number): Uint8Array;
  /** `function+0x10` for a virtual address of code, as far as there are symbols. */
  symbolAt(va: bigint): string | undefined;
  /** The instruction in the assembler's words, or its encoding. */
  text(at: ObservedInstruction): string;
}

/**
 * Who observes a stretch of a tape. All methods are optional, and what nobody observes costs nothing: with `functions` alone the guest
 * runs at full speed between them. Nothing may change the guest.
 */
export interface TraceObserver {
  /** Functions by name: `called` is told each time that the guest is about to execute the first instruction of one. */
  readonly functions?: readonly string[];
  /** The guest stands at the beginning of the stretch. */
  start?(guest: GuestLook): void;
  /** An instruction is about to be executed. The object stands for the next one afterwards: copy what is kept. */
  before?(at: ObservedInstruction): void;
  /** It has retired: its results are in the registers. */
  after?(at: ObservedInstruction): void;
  /**
   * Memory was read or written (not a device's registers): told before `after` of the instruction that did it, of a pair each half.
   * Each access takes a way of its own then: a stretch is run a hundred times slower.
   */
  accessed?(access: WatchHit): void;
  /** An exception was taken, to EL1 or to the hypervisor (target 2). */
  exception?(taken: ObservedException): void;
  called?(name: string, at: { readonly icount: number; readonly pc: bigint }): void;
  /** The guest made an event of the tape. */
  event?(decl: EventDecl, fields: Stamp, ordinal: number): void;
  /** The guest stands at the end of the stretch. */
  end?(): void;
}

/** Runs the guest from the timeline's moment to a count, and tells observers. */
export function observeStretch(
  timeline: Timeline,
  to: number,
  observers: readonly TraceObserver[],
  guest: GuestLook,
  addressesOf: (name: string) => readonly bigint[],
): void {
  const { session, machine } = timeline;
  const entries = observers.flatMap((observer) =>
    (observer.functions ?? []).flatMap((name) => addressesOf(name).map((va) => ({ observer, name, va }))),
  );
  for (const observer of observers) observer.start?.(guest);
  const undoEvents = tellEvents(session, observers);
  const instructions = instructionObserver(observers);
  if (instructions !== null) machine.observe(instructions);
  const undoWatch = watchAll(machine, observers);
  try {
    timeline.run(
      'forwards',
      {
        arm: (told) => {
          if (entries.length === 0) return () => {};
          told.stopBefore(entries, () => {
            const { icount, pc } = machine;
            if (icount >= to) return;
            for (const { observer, name, va } of entries) if (va === pc) observer.called?.(name, { icount, pc });
          });
          return () => told.stopBefore([], () => {});
        },
      },
      to,
    );
  } finally {
    machine.observe(null);
    undoWatch();
    undoEvents();
  }
  for (const observer of observers) observer.end?.();
}

function instructionObserver(observers: readonly TraceObserver[]): InstructionObserver | null {
  const before = observers.filter((observer) => observer.before !== undefined);
  const after = observers.filter((observer) => observer.after !== undefined);
  const exception = observers.filter((observer) => observer.exception !== undefined);
  if (before.length + after.length + exception.length === 0) return null;
  return {
    before: (at) => {
      for (const observer of before) observer.before?.(at);
    },
    after: (at) => {
      for (const observer of after) observer.after?.(at);
    },
    exception: (taken) => {
      for (const observer of exception) observer.exception?.(taken);
    },
  };
}

function watchAll(machine: Machine, observers: readonly TraceObserver[]): () => void {
  const told = observers.filter((observer) => observer.accessed !== undefined);
  if (told.length === 0) return () => {};
  const all = machine.vm.memory.segments.map(({ ipa, bytes }) => ({ pa: ipa, bytes, kind: 'access' }) as const);
  machine.watch(all, (access) => {
    for (const observer of told) observer.accessed?.(access);
  });
  return () => machine.watch([], () => {});
}

function tellEvents(session: ReplaySession, observers: readonly TraceObserver[]): () => void {
  const told = observers.filter((observer) => observer.event !== undefined);
  if (told.length === 0) return () => {};
  const outer = session.onEvent;
  session.onEvent = (checked, decl, fields) => {
    outer?.(checked, decl, fields);
    for (const observer of told) observer.event?.(decl, fields, checked - 1);
  };
  return () => {
    session.onEvent = outer;
  };
}
