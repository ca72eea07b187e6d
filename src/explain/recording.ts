import { must } from '../base/assert.ts';
import { Execution, type MemoryAccess } from '../core/dependence/execution.ts';
import type { InstructionLifter, LiftedInstruction } from '../core/dependence/lifted.ts';
import type { InstructionObserver, ObservedException, ObservedInstruction } from '../core/engine/observation.ts';
import * as cells from '../core/state/cells.ts';
import type { Exception } from '../core/state/exception.ts';
import type { CellReader } from '../core/state/pe-state.ts';
import { systemCellNames } from '../core/state/system-cells.ts';
import type { Machine } from '../machine/machine.ts';
import { compareMoments, type Moment, momentOf } from '../timeline/moment.ts';
import type { Stops } from '../timeline/stops.ts';
import type { Timeline } from '../timeline/timeline.ts';
import { EditKind, type EventDecl, edit, isEmitted, psci, type Stamp, vcpuTurn } from '../trace/events/index.ts';
import { type Descriptor, Tables, translatedAddress } from './tables.ts';

/** What of the CPU's cells is kept. */
const STATE_BYTES = Math.ceil((cells.SYSTEM + 8 * systemCellNames.length) / 8) * 8;
const STATE_WORDS = STATE_BYTES / 4;
/** States that there is room for at first. */
const STATES = 1 << 10;
const PAGE_MASK = 0xfffn;

/** An event that came while something was done. */
export interface SeenEvent {
  readonly ordinal: number;
  readonly decl: EventDecl;
  readonly fields: Stamp;
}

/** A load or store, with guest-physical addresses: -1 for what is no memory of the guest's. */
export interface RecordedAccess extends MemoryAccess {
  /** What a load found, of pieces in memory; of others 0. */
  readonly found: Uint8Array;
  /** What its pieces were translated by, where that was asked for. */
  readonly tables: readonly Descriptor[];
}

/** Memory that a device wrote, guest-physical, or the loader behind a reset; and what was done then, as the tape has it. */
export interface DeviceWrite {
  readonly pa: number;
  readonly bytes: number;
  readonly event: SeenEvent | undefined;
  readonly isLoader?: boolean;
}

interface Done {
  readonly icount: number;
  readonly pc: bigint;
  readonly vcpu: number;
  /** The states of its vCPU before and after, by number. */
  readonly before: number;
  readonly after: number;
  readonly events: readonly SeenEvent[];
  readonly deviceWrites: readonly DeviceWrite[];
}
/** An instruction, and what the hypervisor did for it. */
export interface RecordedInstruction extends Done {
  readonly kind: 'instruction';
  readonly opcode: number;
  readonly isa: ObservedInstruction['isa'];
  /** Guest-physical; -1 where it has none. */
  readonly pa: number;
  /** Null where its configuration was not known. */
  readonly lifted: LiftedInstruction | null;
  readonly accesses: readonly RecordedAccess[];
  readonly retired: boolean;
  /** What an address translation instruction went by. */
  readonly tables: readonly Descriptor[];
}
/** An exception that was taken to EL1 or PL1; of an instruction that raised it, which. */
export interface RecordedException extends Done {
  readonly kind: 'exception';
  readonly exception: Exception;
  readonly of?: RecordedInstruction;
}
/** What happened between two instructions: the hypervisor at work, a change from outside. */
export interface RecordedPause extends Done {
  readonly kind: 'pause';
  /** Another vCPU's call of the hypervisor did it: of that vCPU, and its state then. */
  readonly caller?: { readonly vcpu: number; readonly state: number; readonly event: SeenEvent };
}
/** Whatever was done. */
export type RecordedStep = RecordedInstruction | RecordedException | RecordedPause;
type Writable<T> = { -readonly [K in keyof T]: T[K] };

const NO_EVENTS: readonly SeenEvent[] = [];
const NO_WRITES: readonly DeviceWrite[] = [];
/** Events that devices tell of themselves by. */
const OF_DEVICE = /^virtio-/;
/** And what a reset is told by. */
const OF_RESET = /^suspend$/;
const NOWHERE: Stops = { arm: () => () => {} };

/** All that a guest did in a short stretch of its run, each step with the whole state of its vCPU before and behind it. */
export class Recording {
  /** The count at which it begins. */
  readonly from: number;
  readonly steps: readonly RecordedStep[];
  readonly #states: Uint32Array;
  /** By vCPU: the state that it begins with. */
  readonly #begin: readonly number[];

  /** `withTables`: accesses with the descriptors that they were translated by. */
  constructor(timeline: Timeline, lifter: InstructionLifter, from: number, to: Moment, withTables = false) {
    timeline.seek(from);
    this.from = timeline.now.icount;
    const recorder = new Recorder(timeline.machine, lifter, to, withTables);
    recorder.run(timeline);
    this.steps = recorder.steps;
    this.#states = recorder.states;
    this.#begin = recorder.begin;
  }

  /** The state of a vCPU before a step, by number; that at the end before one behind all. */
  stateBefore(step: number, vcpu: number): number {
    const last = this.steps.findLastIndex((one, at) => at < step && one.vcpu === vcpu);
    return last < 0 ? must(this.#begin[vcpu], 'a vCPU') : must(this.steps[last], 'a step').after;
  }

  state(number: number): CellReader {
    const at = number * STATE_WORDS;
    const states = this.#states;
    return { get32: (cell) => states[at + (cell >>> 2)] as number };
  }
  /** What an instruction did, as far as its IR tells. */
  executionOf({ lifted, before, pc }: RecordedInstruction): Execution | null {
    return lifted && new Execution(lifted, this.state(before), pc, Number(pc & PAGE_MASK));
  }
}

class Recorder {
  readonly steps: RecordedStep[] = [];
  states = new Uint32Array(STATES * STATE_WORDS);
  #count = 0;
  readonly #machine: Machine;
  readonly #lifter: InstructionLifter;
  readonly #end: Moment;
  readonly #tables: Tables;
  readonly #withTables: boolean;
  begin: readonly number[] = [];
  /** By vCPU: the state known last. */
  readonly #lasts: number[] = [];
  #open: Writable<RecordedInstruction> | null = null;
  #events: SeenEvent[] = [];
  #deviceWrites: DeviceWrite[] = [];
  #isDone = false;

  constructor(machine: Machine, lifter: InstructionLifter, end: Moment, withTables: boolean) {
    this.#machine = machine;
    this.#tables = new Tables(machine);
    this.#withTables = withTables;
    this.#lifter = lifter;
    this.#end = end;
  }

  run(timeline: Timeline): void {
    const { session } = timeline;
    const machine = this.#machine;
    const outer = session.onEvent;
    session.onEvent = (checked, decl, fields) => {
      outer?.(checked, decl, fields);
      if (this.#isDone) return;
      if (decl.tag === vcpuTurn.tag) this.#turn();
      else this.#events.push({ ordinal: checked - 1, decl, fields: { ...fields } });
    };
    const observer: InstructionObserver = {
      before: (at) => this.#before(at),
      after: () => this.#after(),
      exception: (taken) => this.#exception(taken),
      changed: (pa, bytes, by) => {
        if (by === 'edit' || this.#isDone) return;
        const told = by === 'dma' ? OF_DEVICE : OF_RESET;
        const event = this.#events.findLast(({ decl }) => told.test(decl.name));
        this.#deviceWrites.push({ pa, bytes, event, ...(by === 'loader' ? { isLoader: true } : {}) });
      },
    };
    const { cpu, vm } = machine;
    for (const { id } of vm.vcpus) this.#lasts[id] = cpu.peek(id, () => this.#keep());
    this.begin = [...this.#lasts];
    machine.observe(observer);
    try {
      // Exceptions come behind the first moment of their count.
      const { icount, exceptions } = this.#end;
      timeline.run('forwards', NOWHERE, exceptions > 0 ? icount + 1 : icount);
    } finally {
      machine.observe(null);
      session.onEvent = outer;
    }
    if (!this.#isDone) this.#finish();
  }

  get #vcpu(): number {
    return this.#machine.cpu.loaded;
  }
  get #last(): number {
    return this.#lasts[this.#vcpu] ?? -1;
  }
  set #last(state: number) {
    this.#lasts[this.#vcpu] = state;
  }
  /** The state as it is, which is kept once where it is the one known last. */
  #keep(): number {
    const { u32 } = this.#machine.cpu.cpu;
    if (this.#last >= 0 && this.#isSame(u32, this.#last)) return this.#last;
    if ((this.#count + 1) * STATE_WORDS > this.states.length) {
      const grown = new Uint32Array(2 * this.states.length);
      grown.set(this.states);
      this.states = grown;
    }
    this.states.set(u32.subarray(0, STATE_WORDS), this.#count * STATE_WORDS);
    return this.#count++;
  }
  #isSame(u32: Uint32Array, number: number): boolean {
    const at = number * STATE_WORDS;
    for (let i = 0; i < STATE_WORDS; i++) if (this.states[at + i] !== u32[i]) return false;
    return true;
  }
  #takeEvents(): readonly SeenEvent[] {
    const events = this.#events;
    if (events.length === 0) return NO_EVENTS;
    this.#events = [];
    return events;
  }
  #takeDeviceWrites(): readonly DeviceWrite[] {
    const writes = this.#deviceWrites;
    if (writes.length === 0) return NO_WRITES;
    this.#deviceWrites = [];
    return writes;
  }
  get #now(): Moment {
    return momentOf(this.#machine);
  }

  /** What is told now is no longer of the stretch. */
  #isBeyond(isIncluded: boolean): boolean {
    const order = compareMoments(this.#now, this.#end);
    if (!this.#isDone && (order > 0 || (order === 0 && !isIncluded))) this.#finish();
    return this.#isDone;
  }
  #finish(): void {
    // What the hypervisor has emulated is told of when the guest goes on.
    if (this.#open !== null && this.#now.icount > this.#open.icount) this.#after();
    this.#isDone = true;
    this.#giveUp();
    this.#pause(this.#keep());
  }
  /** The instruction at hand did not retire. */
  #giveUp(): void {
    if (this.#open === null) return;
    this.#open.after = this.#open.before;
    this.#open = null;
  }
  #pause(state: number): void {
    if (state === this.#last && this.#events.length === 0 && this.#deviceWrites.length === 0) return;
    const { icount, pc } = this.#now;
    const before = this.#last;
    const events = this.#takeEvents();
    this.steps.push({
      ...{ kind: 'pause', icount, pc, vcpu: this.#vcpu, before, after: state },
      ...{ events, deviceWrites: this.#takeDeviceWrites() },
    });
    this.#last = state;
    this.#others(events, before);
  }
  /** A call may have done something to other vCPUs: it turns them on. So may a change from outside. */
  #others(events: readonly SeenEvent[], state: number): void {
    const event = events.findLast(({ decl }) => decl.tag === psci.tag);
    const caller = event && { vcpu: this.#vcpu, state, event };
    const edits = events.filter(
      ({ decl, fields }) => isEmitted(edit, decl, fields) && fields.what === EditKind.register,
    );
    const { cpu, vm } = this.#machine;
    for (const { id } of vm.vcpus) {
      const own = edits.filter(({ fields }) => fields.vcpu === id);
      if (id === this.#vcpu || (caller === undefined && own.length === 0)) continue;
      cpu.peek(id, () => {
        const [before, after] = [this.#last, this.#keep()];
        if (after === before) return;
        const { icount, pc } = this.#now;
        const done = { icount, pc, vcpu: id, before, after, events: own, deviceWrites: NO_WRITES };
        this.steps.push({ kind: 'pause', ...done, ...(caller === undefined ? {} : { caller }) });
        this.#last = after;
      });
    }
  }
  /** The turn of the vCPU ends that is still loaded. */
  #turn(): void {
    if (this.#isBeyond(true)) return;
    this.#giveUp();
    this.#pause(this.#keep());
  }

  #before(at: ObservedInstruction): void {
    if (this.#isBeyond(false)) return;
    this.#giveUp();
    this.#pause(this.#keep());
    const { icount, pc, opcode, isa, pa } = at;
    const { cpu, architecture } = this.#machine.cpu;
    const config = cpu.configStale ? null : architecture.refresh();
    const lifted = config && this.#lifter.of({ opcode, offset: Number(pc & PAGE_MASK), config });
    const before = this.#last;
    const accesses = lifted?.touchesMemory ? this.#accesses(lifted, pc) : [];
    const tables = lifted?.translates ? this.#translation(lifted, pc) : [];
    this.#open = {
      ...{
        kind: 'instruction',
        icount,
        pc,
        vcpu: this.#vcpu,
        opcode,
        isa,
        pa,
        lifted,
        accesses,
        tables,
        before,
        after: before,
      },
      ...{ events: [], deviceWrites: NO_WRITES, retired: false },
    };
    this.steps.push(this.#open);
  }
  #accesses(lifted: LiftedInstruction, pc: bigint): RecordedAccess[] {
    const { cpu, architecture } = this.#machine.cpu;
    const execution = new Execution(lifted, cpu, pc, Number(pc & PAGE_MASK));
    const found = execution.accesses((lo, hi, access) => architecture.mmu.probe(lo, hi, access));
    return found.map((access) => {
      const pieces = access.pieces.map((piece) => ({ ...piece, pa: this.#guestPhysical(piece.pa) }));
      const parts = pieces.map(({ pa, bytes }) => {
        const there = pa < 0 ? undefined : this.#machine.vm.memory.view(pa, bytes);
        return there?.slice() ?? new Uint8Array(bytes);
      });
      const tables = this.#withTables ? pieces.flatMap(({ va }) => this.#tables.of(va)) : [];
      return { ...access, pieces, found: Buffer.concat(parts), tables };
    });
  }
  #translation(lifted: LiftedInstruction, pc: bigint): readonly Descriptor[] {
    const { cpu } = this.#machine.cpu;
    const va = translatedAddress(new Execution(lifted, cpu, pc, Number(pc & PAGE_MASK)));
    return va === undefined ? [] : this.#tables.of(va);
  }
  #guestPhysical(hostPa: number): number {
    const segment = this.#machine.vm.memory.segments.find((s) => hostPa >= s.pa && hostPa < s.pa + s.bytes);
    return hostPa < 0 || segment === undefined ? -1 : segment.ipa + (hostPa - segment.pa);
  }

  #after(): void {
    if (this.#isDone || this.#open === null) return;
    const open = this.#open;
    this.#open = null;
    open.after = this.#last = this.#keep();
    open.retired = true;
    open.events = this.#takeEvents();
    open.deviceWrites = this.#takeDeviceWrites();
    this.#others(open.events, open.before);
  }

  #exception({ exception, icount, pc }: ObservedException): void {
    if (this.#isBeyond(true)) return;
    const last = this.steps.at(-1);
    // What calls for an exception has retired by it, and was told of when that was taken.
    const caller =
      exception.returnOffset !== 0 && last?.kind === 'instruction' && last.icount === icount && last.vcpu === this.#vcpu
        ? last
        : undefined;
    if (caller !== undefined) {
      this.#events.unshift(...caller.events);
      Object.assign(caller satisfies RecordedInstruction, { after: caller.before, events: [] });
      this.#last = caller.before;
    }
    // What the hypervisor makes of it is seen when the guest goes on.
    if (exception.target === 2) return;
    const raiser = caller ?? (this.#open !== null && this.#open.pc === pc ? this.#open : undefined);
    this.#giveUp();
    const before = raiser?.before ?? this.#last;
    const after = this.#keep();
    const events = this.#takeEvents();
    this.steps.push({
      ...{ kind: 'exception', icount, pc, vcpu: this.#vcpu, before, after, exception },
      ...{ events, deviceWrites: this.#takeDeviceWrites() },
      ...(raiser === undefined ? {} : { of: must(raiser, 'instruction') }),
    });
    this.#last = after;
  }
}
