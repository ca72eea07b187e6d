import type { EventFrame, EventTable } from '../trace/codec/event-frame.ts';
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

/** The exits of a set of events in their order. @throws Failure where it is damaged */
export function* exitsOf(set: EventSet, filter: SampleFilter = {}): Generator<Exit> {
  const clock = new ExitClock(filter);
  const isWanted = wantedBy(filter);
  /** What was done about it comes next, perhaps in the next frame. */
  let open: Writable<Exit> | undefined;
  for (const frame of framesUpTo(set, filter)) {
    const { tags, at, vcpus, count, firstOrdinal } = frame;
    const exits = frame.table(vmExit);
    const pc = exits?.column('pc');
    const bhyveExit = exits?.column('bhyveExit');
    const kvmClass = exits?.column('kvmClass');
    const esr = exits?.column('esr');
    const far = exits?.column('far');
    const hpfar = exits?.column('hpfar');
    const handledOf = handlers(frame);
    const next = new Uint16Array(0x100);
    for (let place = 0; place < count; place++) {
      const tag = tags[place] as number;
      const row = next[tag] as number;
      next[tag] = row + 1;
      const when = at[place] as number;
      const vcpu = vcpus[place] as number;
      if (open !== undefined) {
        if (open.vcpu === vcpu) open.handled = handledOf[tag]?.(row, when, open);
        yield open;
        open = undefined;
      }
      const since = clock.see(frame, tag, row, when, vcpu);
      if (since === undefined || !isWanted(when, firstOrdinal + place, vcpu)) continue;
      open = {
        at: when,
        ordinal: firstOrdinal + place,
        vcpu,
        instructions: since.instructions,
        timeNs: since.timeNs,
        pc: pc?.[row] as bigint,
        bhyveExit: bhyveExit?.[row] as number,
        kvmClass: kvmClass?.[row] as number,
        esr: esr?.[row] as number,
        far: far?.[row] as bigint,
        hpfar: hpfar?.[row] as bigint,
        handled: undefined,
      };
    }
  }
  if (open !== undefined) yield open;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** What an event of a frame says about the exit before it; by tag. */
type Handler = (row: number, at: number, exit: Exit) => Handled | undefined;

function handlers(frame: EventFrame): readonly (Handler | undefined)[] {
  const byTag: Handler[] = [];
  const define = <E extends EventDecl>(decl: E, make: (table: EventTable<E>) => (row: number) => Handled): void => {
    const table = frame.table(decl);
    if (table === undefined) return;
    const handled = make(table);
    byTag[decl.tag] = (row, at, exit) => (at === exit.at ? handled(row) : undefined);
  };
  for (const decl of [mmioRead, mmioWrite])
    define(decl, (table) => {
      const [ipa, size, value] = [table.column('ipa'), table.column('size'), table.column('value')];
      return (row) => ({
        kind: decl.name,
        ipa: ipa[row] as bigint,
        size: size[row] as number,
        value: value[row] as bigint,
      });
    });
  for (const decl of [sysregRead, sysregWrite])
    define(decl, (table) => {
      const [encoding, value] = [table.column('encoding'), table.column('value')];
      return (row) => ({ kind: decl.name, encoding: encoding[row] as number, value: value[row] as bigint });
    });
  define(stage2Map, (table) => {
    const [ipa, bytes] = [table.column('ipa'), table.column('bytes')];
    return (row) => ({ kind: stage2Map.name, ipa: ipa[row] as bigint, bytes: bytes[row] as number });
  });
  define(psci, (table) => {
    const [functionId, result] = [table.column('functionId'), table.column('result')];
    return (row) => ({ kind: psci.name, functionId: functionId[row] as number, result: result[row] as bigint });
  });
  define(suspend, () => () => ({ kind: suspend.name }));
  // A WFI counts as executed when the guest begins to wait, one instruction behind its exit.
  const waits = frame.table(wfi)?.column('pc');
  if (waits !== undefined)
    byTag[wfi.tag] = (row, _at, exit) => (waits[row] === exit.pc ? { kind: wfi.name } : undefined);
  return byTag;
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
