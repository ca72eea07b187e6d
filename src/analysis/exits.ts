import { must } from '../base/assert.ts';
import type { EventFrame, EventTable } from '../trace/codec/event-rows.ts';
import {
  type EventDecl,
  idleSkip,
  irqAck,
  irqInject,
  mmioRead,
  mmioWrite,
  psci,
  stage2Map,
  suspend,
  sysregRead,
  sysregWrite,
  vcpuTurn,
  vmExit,
  wfi,
} from '../trace/events/index.ts';
import type { Clocks, EventSet, Stretch } from './event-set.ts';
import { VcpuTime } from './vcpu-time.ts';

/** How far a vCPU had come since it left the guest before. */
export interface Sample {
  /** Icount, and number on the tape. */
  readonly at: number;
  readonly ordinal: number;
  readonly vcpu: number;
  /** Guest instructions that the vCPU retired since its previous exit; for its first, since the set begins. */
  readonly instructions: number;
  /** Virtual time likewise, in nanoseconds: with idle skips, and other vCPUs' turns. */
  readonly timeNs: number;
}

/** What a hypervisor did about an exit, in an event of its own: the first one that follows. */
export type Handled =
  | {
      readonly kind: 'mmio-read' | 'mmio-write';
      readonly ipa: bigint;
      /** Bytes. */
      readonly size: number;
      readonly value: bigint;
    }
  | { readonly kind: 'sysreg-read' | 'sysreg-write'; readonly encoding: number; readonly value: bigint }
  | { readonly kind: 'stage2-map'; readonly ipa: bigint; readonly bytes: number }
  | { readonly kind: 'psci'; readonly functionId: number; readonly result: bigint }
  | { readonly kind: 'wfi' | 'suspend' };

/** A VM exit (event `vm-exit`) with what followed from it. */
export interface Exit extends Sample {
  readonly pc: bigint;
  readonly bhyveExit: number;
  readonly kvmClass: number;
  readonly esr: number;
  readonly far: bigint;
  /** The faulting intermediate physical address, 0 where there is none. */
  readonly hpfar: bigint;
  readonly handled: Handled | undefined;
}

/** An interrupt that was placed in a list register (event `irq-inject`); its sample is that of the exit at which it was. */
export interface Injection extends Sample {
  readonly intid: number;
}

/** Whose samples are wanted. */
export interface SampleFilter extends Stretch, Clocks {
  readonly vcpu?: number;
}

interface Since {
  readonly instructions: number;
  readonly timeNs: number;
}

/** Events that tell how far each vCPU had come at its exits. */
export const clockEvents: readonly EventDecl[] = [vmExit, idleSkip, vcpuTurn, irqInject, irqAck];

/** Tells how far each vCPU had come at its exits; is shown all events in their order, at least `clockEvents`. */
export class ExitClock {
  readonly #time: VcpuTime;
  readonly #begin: number;
  /** By vCPU, at its previous exit. */
  readonly #instructions: number[] = [];
  readonly #at: number[] = [];

  constructor(clocks: Clocks) {
    this.#time = new VcpuTime(clocks);
    this.#begin = clocks.begin ?? 0;
  }
  /** `row` of the events of this tag. Undefined where it is no exit. */
  see(frame: EventFrame, tag: number, row: number, at: number, vcpu: number): Since | undefined {
    if (tag === vmExit.tag) return this.#exit(vcpu, at);
    if (tag === irqInject.tag || tag === irqAck.tag) this.#time.awake(at);
    if (tag === idleSkip.tag) this.#time.skip(at, frame.table(idleSkip)?.column('to')[row] as number);
    if (tag === vcpuTurn.tag) {
      const turns = frame.table(vcpuTurn);
      this.#time.turn(at, turns?.column('from')[row] as number, turns?.column('to')[row] as number);
    }
    return undefined;
  }
  #exit(vcpu: number, at: number): Since {
    this.#time.awake(at);
    const instructions = this.#time.instructions(vcpu, at);
    // A forged tape may go back in time.
    const since = {
      instructions: Math.max(0, instructions - (this.#instructions[vcpu] ?? 0)),
      timeNs: Math.max(0, at - (this.#at[vcpu] ?? this.#begin)),
    };
    this.#instructions[vcpu] = instructions;
    this.#at[vcpu] = at;
    return since;
  }
}

/** Whether an event is one that a filter leaves. */
function wantedBy({
  from = 0,
  to = Number.POSITIVE_INFINITY,
  fromOrdinal = 0,
  toOrdinal = Number.POSITIVE_INFINITY,
  vcpu: only,
}: SampleFilter): (at: number, ordinal: number, vcpu: number) => boolean {
  return (at, ordinal, vcpu) =>
    at >= from && at <= to && ordinal >= fromOrdinal && ordinal <= toOrdinal && (only === undefined || vcpu === only);
}

/** From the beginning, since what came before tells how far a vCPU had come; up to the end of the stretch. */
const framesUpTo = (set: EventSet, { to }: Stretch): Iterable<EventFrame> =>
  set.eventFrames(to === undefined ? {} : { to });

/**
 * The exits of a set of events in their order. Their fields are read from the columns of their frame when they are asked for: one that is
 * kept keeps its frame.
 * @throws Failure where the set is damaged, also from an exit's fields
 */
export function* exitsOf(set: EventSet, filter: SampleFilter = {}): Generator<Exit> {
  const clock = new ExitClock(filter);
  const isWanted = wantedBy(filter);
  /** What was done about it comes next, perhaps in the next frame. */
  let open: FrameExit | undefined;
  for (const frame of framesUpTo(set, filter)) {
    const { tags, at, vcpus, count, firstOrdinal } = frame;
    const exits = frame.table(vmExit);
    const next = new Uint16Array(0x100);
    for (let place = 0; place < count; place++) {
      const tag = tags[place] as number;
      const row = next[tag] as number;
      next[tag] = row + 1;
      const when = at[place] as number;
      const vcpu = vcpus[place] as number;
      if (open !== undefined) {
        if (open.vcpu === vcpu && HANDLED[tag] === 1) open.followedBy(frame, tag, row, when);
        yield open;
        open = undefined;
      }
      const since = clock.see(frame, tag, row, when, vcpu);
      if (since === undefined || exits === undefined || !isWanted(when, firstOrdinal + place, vcpu)) continue;
      open = new FrameExit(exits, row, when, firstOrdinal + place, vcpu, since);
    }
  }
  if (open !== undefined) yield open;
}

class FrameExit implements Exit {
  readonly at: number;
  readonly ordinal: number;
  readonly vcpu: number;
  readonly instructions: number;
  readonly timeNs: number;
  readonly #exits: EventTable<typeof vmExit>;
  readonly #row: number;
  #next: { readonly frame: EventFrame; readonly tag: number; readonly row: number; readonly at: number } | undefined;

  constructor(
    exits: EventTable<typeof vmExit>,
    row: number,
    at: number,
    ordinal: number,
    vcpu: number,
    { instructions, timeNs }: Since,
  ) {
    this.#exits = exits;
    this.#row = row;
    this.at = at;
    this.ordinal = ordinal;
    this.vcpu = vcpu;
    this.instructions = instructions;
    this.timeNs = timeNs;
  }
  /** The event that comes next on its vCPU. */
  followedBy(frame: EventFrame, tag: number, row: number, at: number): void {
    this.#next = { frame, tag, row, at };
  }

  get pc(): bigint {
    return this.#exits.column('pc')[this.#row] as bigint;
  }
  get bhyveExit(): number {
    return this.#exits.column('bhyveExit')[this.#row] as number;
  }
  get kvmClass(): number {
    return this.#exits.column('kvmClass')[this.#row] as number;
  }
  get esr(): number {
    return this.#exits.column('esr')[this.#row] as number;
  }
  get far(): bigint {
    return this.#exits.column('far')[this.#row] as bigint;
  }
  get hpfar(): bigint {
    return this.#exits.column('hpfar')[this.#row] as bigint;
  }
  get handled(): Handled | undefined {
    const next = this.#next;
    if (next === undefined) return undefined;
    const { frame, tag, row, at } = next;
    // A WFI counts as executed when the guest begins to wait, one instruction behind its exit.
    if (tag === wfi.tag) return frame.table(wfi)?.column('pc')[row] === this.pc ? { kind: wfi.name } : undefined;
    return at === this.at ? handledBy(frame, tag, row) : undefined;
  }
}

/** By tag: events that tell what was done about an exit. */
const HANDLED = new Uint8Array(0x100);
for (const { tag } of [mmioRead, mmioWrite, sysregRead, sysregWrite, stage2Map, psci, suspend, wfi]) HANDLED[tag] = 1;

function handledBy(frame: EventFrame, tag: number, row: number): Handled | undefined {
  switch (tag) {
    case mmioRead.tag:
    case mmioWrite.tag: {
      const decl = tag === mmioRead.tag ? mmioRead : mmioWrite;
      const table = must(frame.table<typeof mmioRead | typeof mmioWrite>(decl), 'a table');
      return {
        kind: decl.name,
        ipa: table.column('ipa')[row] as bigint,
        size: table.column('size')[row] as number,
        value: table.column('value')[row] as bigint,
      };
    }
    case sysregRead.tag:
    case sysregWrite.tag: {
      const decl = tag === sysregRead.tag ? sysregRead : sysregWrite;
      const table = must(frame.table<typeof sysregRead | typeof sysregWrite>(decl), 'a table');
      const [encoding, value] = [table.column('encoding')[row] as number, table.column('value')[row] as bigint];
      return { kind: decl.name, encoding, value };
    }
    case stage2Map.tag: {
      const table = must(frame.table(stage2Map), 'a table');
      const [ipa, bytes] = [table.column('ipa')[row] as bigint, table.column('bytes')[row] as number];
      return { kind: stage2Map.name, ipa, bytes };
    }
    case psci.tag: {
      const table = must(frame.table(psci), 'a table');
      const [functionId, result] = [table.column('functionId')[row] as number, table.column('result')[row] as bigint];
      return { kind: psci.name, functionId, result };
    }
    default:
      return { kind: suspend.name };
  }
}

/** The interrupts that were placed in list registers. @throws Failure where the set is damaged */
export function* injectionsOf(set: EventSet, filter: SampleFilter = {}): Generator<Injection> {
  const clock = new ExitClock(filter);
  const isWanted = wantedBy(filter);
  /** By vCPU, of its last exit. */
  const last: Since[] = [];
  for (const frame of framesUpTo(set, filter)) {
    const { tags, at, vcpus, count, firstOrdinal } = frame;
    const intids = frame.table(irqInject)?.column('intid');
    const next = new Uint16Array(0x100);
    for (let place = 0; place < count; place++) {
      const tag = tags[place] as number;
      const row = next[tag] as number;
      next[tag] = row + 1;
      const when = at[place] as number;
      const vcpu = vcpus[place] as number;
      const since = clock.see(frame, tag, row, when, vcpu);
      if (since !== undefined) last[vcpu] = since;
      if (tag !== irqInject.tag || !isWanted(when, firstOrdinal + place, vcpu)) continue;
      const { instructions, timeNs } = last[vcpu] ?? { instructions: 0, timeNs: 0 };
      const intid = intids?.[row] as number;
      yield { at: when, ordinal: firstOrdinal + place, vcpu, instructions, timeNs, intid };
    }
  }
}
