import type { InstructionObserver, ObservedException, ObservedInstruction } from '../core/engine/observation.ts';
import type { OutsideWriter, WatchHit, WatchRange } from '../core/engine/watchpoints.ts';
import type { ObservedInstructions } from '../core/ir/config.ts';
import type { Machine } from '../machine/machine.ts';
import { edit, psci } from '../trace/events/index.ts';
import { NOWHERE } from './stops.ts';
import type { Timeline } from './timeline.ts';

/** A write of memory or of a register: when, by which instruction, and what it changed. */
export interface Write {
  readonly icount: number;
  readonly pc: bigint;
  readonly before: bigint;
  readonly after: bigint;
  /** `cpu`: the instruction, an exception that it ended in, or what the hypervisor emulated for it. */
  readonly by: 'cpu' | OutsideWriter;
  /** Which one of several vCPUs did it; none of what came from outside. */
  readonly vcpu?: number;
  /** Of a write of memory: all bytes that it wrote, by guest-physical address. */
  readonly pa?: number;
  readonly va?: bigint;
  readonly bytes?: number;
}

/** Guest-physical bytes. */
export type Bytes = Omit<WatchRange, 'kind'>;

/** A register as it can be looked at, at every instruction of its vCPU, which is the one that is loaded then. */
export interface WatchedRegister {
  /** Whose it is; 0, where it is not said. */
  readonly vcpu?: number;
  /** Which instructions may write it; all, where it is not said. */
  readonly writers?: ObservedInstructions;
  read(): bigint;
  /** Whether an instruction writes it whatever it finds: a write of the value that is there is one too. */
  isWritten?(at: ObservedInstruction): boolean;
  /** Whether an exception to EL1 or PL1 does, likewise. */
  isWrittenBy?(taken: ObservedException): boolean;
  /** Where the CPU has it at the moment (`core/state/cells.ts`): the hypervisor may write there too. */
  cell?(): number;
}

/** Instructions that are looked at first for the last write of a register, and how many times as many next. */
const WINDOW = { first: 2 ** 12, grows: 16 } as const;

const toWrite = (of: readonly Bytes[]): WatchRange[] => of.map((bytes) => ({ ...bytes, kind: 'write' }));
const vcpuOf = ({ cpu, vm }: Machine): Pick<Write, 'vcpu'> => (vm.vcpus.length > 1 ? { vcpu: cpu.loaded } : {});
const writeOf = ({ icount, pc, before, after, by, pa, va, bytes }: WatchHit, machine: Machine): Write => ({
  ...{ icount, pc, before, after, by, pa, bytes },
  ...(by === 'cpu' ? vcpuOf(machine) : {}),
  ...(va === undefined ? {} : { va }),
});

/**
 * The last write of any of these bytes before the timeline's moment, which it stays at. Undefined where there was none since the
 * tape begins. One pass over the stretch that is gone back, at full speed but for what is watched.
 */
export function lastMemoryWrite(timeline: Timeline, of: readonly Bytes[]): Write | undefined {
  return backHere(timeline, (end) => {
    let last: Write | undefined;
    const hit = timeline.run('backwards', {
      arm: (session, found) => {
        session.machine.watch(toWrite(of), (access) => {
          if (access.icount >= end) return;
          last = writeOf(access, session.machine);
          found({ kind: 'watchpoint', which: 0, at: access.icount });
        });
        return () => session.machine.watch([], () => {});
      },
    });
    return hit.kind === 'watchpoint' ? last : undefined;
  });
}

/** All writes of these bytes from a count up to the timeline's moment, in their order; `told` ends it with false. */
export function memoryWrites(
  timeline: Timeline,
  of: readonly Bytes[],
  from: number,
  told: (write: Write) => boolean,
): void {
  backHere(timeline, (end) => {
    timeline.seek(from);
    let isDone = false;
    timeline.run(
      'forwards',
      {
        arm: (session, found) => {
          session.machine.watch(toWrite(of), (hit) => {
            if (isDone || hit.icount >= end) return;
            isDone = !told(writeOf(hit, session.machine));
            if (isDone) found({ kind: 'watchpoint', which: 0 });
          });
          return () => session.machine.watch([], () => {});
        },
      },
      end,
    );
  });
}

/** The last write of a register before the timeline's moment, which it stays at; undefined where there was none. */
export function lastRegisterWrite(timeline: Timeline, register: WatchedRegister): Write | undefined {
  return backHere(timeline, (end) => {
    let to = end;
    for (let window: number = WINDOW.first; to > timeline.first; window *= WINDOW.grows) {
      const from = beginOf(timeline, end, window);
      let last: Write | undefined;
      observeWrites(timeline, register, from, to, (write) => {
        last = write;
      });
      if (last !== undefined) return last;
      to = from;
    }
    return undefined;
  });
}

/** Stretches of so many counts may as well be longer, where that spares the way to where they begin. */
const LONG = 2 ** 20;
/** Where a stretch of so many counts, or some more, begins. */
export function beginOf(timeline: Timeline, end: number, counts: number): number {
  const begin = Math.max(timeline.first, end - counts);
  return counts < LONG ? begin : timeline.stateBefore(begin);
}

/** All writes of a register from a count up to the timeline's moment, in their order; none is told behind a false. */
export function registerWrites(
  timeline: Timeline,
  register: WatchedRegister,
  from: number,
  told: (write: Write) => boolean,
): void {
  backHere(timeline, (end) => {
    let goesOn = true;
    observeWrites(timeline, register, from, end, (write) => {
      if (goesOn) goesOn = told(write);
    });
  });
}

/** Who may have written a register since it was looked at last. */
interface Suspect {
  readonly icount: number;
  readonly pc: bigint;
  /** It does, whatever it finds. */
  readonly writes: boolean;
  /** An exception that the hypervisor was called by. */
  readonly isTaken?: true;
}

/** Looks at a register between all instructions of a stretch that its vCPU executes. */
function observeWrites(
  timeline: Timeline,
  register: WatchedRegister,
  from: number,
  to: number,
  told: (write: Write) => void,
): void {
  timeline.seek(from);
  const { machine, session } = timeline;
  const { vcpu = 0 } = register;
  const isLoaded = (): boolean => machine.cpu.loaded === vcpu;
  const read = (): bigint => machine.cpu.peek(vcpu, () => register.read());
  let value = read();
  let at: Suspect | undefined;
  let last: Suspect | undefined;
  /** The hypervisor has written it for the instruction at hand. */
  let isGiven = false;
  /** Who called the hypervisor last, whichever vCPU it was. */
  let caller: Pick<Write, 'icount' | 'pc' | 'vcpu'> | undefined;
  const look = (hasRetired: boolean): void => {
    const now = register.read();
    if (at !== undefined && (now !== value || isGiven || (at.writes && hasRetired))) {
      last = at;
      told({ icount: at.icount, pc: at.pc, before: value, after: now, by: 'cpu', ...vcpuOf(machine) });
    }
    value = now;
    at = undefined;
    isGiven = false;
  };
  const outer = session.onEvent;
  session.onEvent = (checked, decl, fields) => {
    outer?.(checked, decl, fields);
    const isCall = decl.tag === psci.tag && !isLoaded();
    if (decl.tag !== edit.tag && !isCall) return;
    const now = read();
    if (now !== value) {
      const by = isCall
        ? { icount: fields.at, pc: machine.pc, vcpu: fields.vcpu, ...caller, by: 'cpu' as const }
        : { icount: fields.at, pc: machine.pc, by: 'edit' as const };
      told({ ...by, before: value, after: now });
      // Whatever its vCPU did last has not written that.
      at = undefined;
    }
    value = now;
    isGiven = false;
  };
  machine.cpu.onGeneral = (cell) => {
    isGiven ||= isLoaded() && cell === register.cell?.();
  };
  const observer: InstructionObserver = {
    after: () => {
      if (isLoaded()) look(true);
    },
    before: (next) => {
      if (!isLoaded()) return;
      look(false);
      at = { icount: next.icount, pc: next.pc, writes: register.isWritten?.(next) === true };
    },
    exception: (taken) => {
      const { icount, pc, exception } = taken;
      if (exception.target === 2) caller = { icount, pc, ...vcpuOf(machine) };
      if (!isLoaded()) return;
      if (exception.target === 2) {
        if (at?.isTaken) look(false);
        at ??= { icount, pc, writes: false, isTaken: true };
        return;
      }
      // The exception's own writes are its instruction's, which has written nothing else unless it retired by it, and was told of then.
      const isTold = last !== undefined && last.icount === icount && last.pc === pc;
      at = { icount, pc, writes: !isTold && register.isWrittenBy?.(taken) === true };
      look(true);
    },
    entered: () => {
      // What the hypervisor has made of it.
      if (isLoaded() && at?.isTaken) look(false);
    },
  };
  machine.observe(observer, register.writers);
  try {
    timeline.run('forwards', NOWHERE, to);
  } finally {
    machine.observe(null);
    machine.cpu.onGeneral = null;
    session.onEvent = outer;
  }
  machine.cpu.peek(vcpu, () => look(false));
}

/** Does something elsewhere on the timeline, and comes back. */
function backHere<Result>(timeline: Timeline, what: (end: number) => Result): Result {
  const end = timeline.now.icount;
  try {
    return what(end);
  } finally {
    timeline.seek(end);
  }
}
