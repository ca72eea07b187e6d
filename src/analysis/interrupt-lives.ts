import type { EventFrame } from '../trace/codec/event-rows.ts';
import { IrqSource, irqAck, irqEoi, irqInject, irqLine, sgi } from '../trace/events/index.ts';
import type { EventSet } from './event-set.ts';

/** Who raised an interrupt; `level`: its line was still high when the guest had completed it; `unknown`: nothing on the tape. */
export type Raiser = 'device' | 'timer' | 'guest' | 'maintenance' | 'monitor' | 'message' | 'sgi' | 'level' | 'unknown';

/**
 * How an interrupt ended.
 * - `completed`: the guest has acknowledged and completed it.
 * - `acknowledged`: it is not completed, by the end or before the guest acknowledged it again.
 * - `withdrawn`: its line fell before the guest acknowledged it.
 * - `pending`: it is still waiting at the end.
 */
export type Fate = 'completed' | 'acknowledged' | 'withdrawn' | 'pending';

/** One occurrence of an interrupt, from what raised it to its completion; all moments are icounts, which are nanoseconds. */
export interface InterruptLife {
  readonly intid: number;
  /** The vCPU that it went to. */
  readonly vcpu: number;
  readonly raiser: Raiser;
  /** Undefined where the tape does not tell. */
  readonly raisedAt: number | undefined;
  /** Placed in a list register: from here on the guest can take it. */
  readonly placedAt: number | undefined;
  readonly acknowledgedAt: number | undefined;
  readonly completedAt: number | undefined;
  readonly fate: Fate;
  /** Raised so many times more while it was pending: SGIs that became one. */
  readonly merged: number;
  /** The guest acknowledged it when its line had fallen again: it found nothing to do. */
  readonly isSpurious: boolean;
  /** When it came to its end, or was last seen. */
  readonly endedAt: number;
}

/** What lives depend on beside the events. */
export interface GicOptions {
  /** vCPUs that an SGI to all others goes to. */
  readonly vcpus?: number;
  /** Under GICv2 an interrupt that two vCPUs send is pending twice (Arm IHI 0048, 2.2.1). */
  readonly version?: 2 | 3;
}

/** INTIDs below are each vCPU's own; those below 16 are software's (Arm IHI 0069, 2.2.1). */
const FIRST_SHARED = 32;
const FIRST_PPI = 16;
/** A board has some hundred, each vCPU 32 of its own; what a forged tape has beyond is left out. */
const KEYS_MAX = 1 << 14;
const VCPUS_MAX = 32;

const raisers: Readonly<Record<number, Raiser>> = {
  [IrqSource.device]: 'device',
  [IrqSource.timer]: 'timer',
  [IrqSource.guest]: 'guest',
  [IrqSource.maintenance]: 'maintenance',
  [IrqSource.monitor]: 'monitor',
  [IrqSource.message]: 'message',
};

type Open = { -readonly [K in keyof InterruptLife]: InterruptLife[K] };

/** One INTID, of a vCPU if it is private. */
interface Line {
  readonly intid: number;
  isHigh: boolean;
  /** Its line fell while it was pending, or at the count at which it rose: a pulse, which is an edge. */
  fellAt: number | undefined;
  roseAt: number;
  pending: Open | undefined;
  active: Open | undefined;
  /** Raised when one was pending already: by GICv2's other senders. */
  readonly waiting: { readonly at: number; readonly sender: number }[];
  sender: number;
  /** `irq-inject` tells of the first placement alone, until the guest acknowledges it (FORMAT.md). */
  isPlaced: boolean;
  completedAt: number | undefined;
}

/**
 * The lives of a set's interrupts in the order in which they end. One that its line raises while the guest has it active is another
 * life. An acknowledgement of no interrupt (INTID 1023) is no event, so none of these.
 * @throws Failure where the set is damaged
 */
export function* interruptLives(set: EventSet, options: GicOptions = {}): Generator<InterruptLife> {
  const lives = new Lives(options);
  for (const frame of set.eventFrames()) yield* lives.of(frame);
  yield* lives.end();
}

class Lives {
  readonly #vcpus: number;
  readonly #version: 2 | 3;
  readonly #lines = new Map<number, Line>();
  #last = 0;

  constructor({ vcpus = 1, version = 3 }: GicOptions) {
    this.#vcpus = Math.min(vcpus, VCPUS_MAX);
    this.#version = version;
  }

  *of(frame: EventFrame): Generator<InterruptLife> {
    const { tags, at, vcpus, count } = frame;
    this.#last = Math.max(this.#last, frame.end);
    const [lines, sgis] = [frame.table(irqLine), frame.table(sgi)];
    const [levels, sources] = [lines?.column('level'), lines?.column('source')];
    const [targets, modes] = [sgis?.column('targets'), sgis?.column('mode')];
    const intids: (Float64Array | undefined)[] = [];
    for (const decl of [irqLine, irqInject, irqAck, irqEoi, sgi]) intids[decl.tag] = frame.table(decl)?.column('intid');
    const next = new Uint16Array(0x100);
    for (let place = 0; place < count; place++) {
      const tag = tags[place] as number;
      const row = next[tag] as number;
      next[tag] = row + 1;
      const intid = intids[tag]?.[row];
      if (intid === undefined) continue;
      const when = at[place] as number;
      const vcpu = vcpus[place] as number;
      let ended: InterruptLife | undefined;
      if (tag === sgi.tag) this.#send(intid, vcpu, when, targets?.[row] as number, modes?.[row] as number);
      else {
        const line = this.#line(intid, vcpu);
        if (line === undefined) continue;
        if (tag === irqLine.tag)
          ended = this.#level(line, vcpu, when, levels?.[row] as number, sources?.[row] as number);
        else if (tag === irqInject.tag) ended = this.#place(line, vcpu, when);
        else if (tag === irqAck.tag) ended = this.#acknowledge(line, vcpu, when);
        else ended = this.#complete(line, when);
      }
      if (ended !== undefined) yield ended;
    }
  }

  *end(): Generator<InterruptLife> {
    for (const { active, pending, fellAt } of this.#lines.values()) {
      if (active !== undefined) yield ended(active, 'acknowledged', this.#last);
      if (pending !== undefined) yield ended(pending, fellAt === undefined ? 'pending' : 'withdrawn', this.#last);
    }
  }

  #line(intid: number, vcpu: number): Line | undefined {
    const key = intid < FIRST_SHARED ? vcpu * FIRST_SHARED + intid : 0x1_0000 + intid;
    let line = this.#lines.get(key);
    if (line === undefined && this.#lines.size < KEYS_MAX) {
      line = {
        intid,
        isHigh: false,
        fellAt: undefined,
        roseAt: -1,
        pending: undefined,
        active: undefined,
        waiting: [],
        sender: 0,
        isPlaced: false,
        completedAt: undefined,
      };
      this.#lines.set(key, line);
    }
    return line;
  }

  #level(line: Line, vcpu: number, at: number, level: number, source: number): InterruptLife | undefined {
    if (source === IrqSource.message) {
      if (line.pending !== undefined) line.pending.merged++;
      else {
        const life = this.#raise(line, vcpu, at, 'message');
        if (line.isPlaced) life.placedAt = at;
      }
      return undefined;
    }
    const was = line.isHigh;
    line.isHigh = level !== 0;
    if (was === line.isHigh) return undefined;
    if (!line.isHigh) {
      // A pulse leaves an edge pending.
      if (line.pending !== undefined && at > line.roseAt) line.fellAt = at;
      return undefined;
    }
    // What fell before it was taken is over now that it rises again.
    const { pending } = line;
    const over = pending && ended(pending, 'withdrawn', line.fellAt ?? at);
    line.roseAt = at;
    const life = this.#raise(line, vcpu, at, raisers[source] ?? 'unknown');
    if (line.isPlaced) life.placedAt = at;
    return over;
  }

  #raise(line: Line, vcpu: number, raisedAt: number | undefined, raiser: Raiser): Open {
    line.fellAt = undefined;
    line.pending = {
      intid: line.intid,
      vcpu,
      raiser,
      raisedAt,
      placedAt: undefined,
      acknowledgedAt: undefined,
      completedAt: undefined,
      fate: 'pending',
      merged: 0,
      isSpurious: false,
      endedAt: raisedAt ?? 0,
    };
    return line.pending;
  }

  #send(intid: number, sender: number, at: number, targets: number, mode: number): void {
    if (intid >= FIRST_PPI) return;
    for (let vcpu = 0; vcpu < this.#vcpus; vcpu++) {
      const isListed = vcpu < VCPUS_MAX && ((targets >>> vcpu) & 1) === 1;
      const isTarget = mode === 0 ? isListed : mode === 1 ? vcpu !== sender : vcpu === sender;
      const line = isTarget ? this.#line(intid, vcpu) : undefined;
      if (line === undefined) continue;
      const { pending } = line;
      if (pending === undefined) {
        this.#raise(line, vcpu, at, 'sgi');
        line.sender = sender;
      } else if (
        this.#version === 2 &&
        line.sender !== sender &&
        !line.waiting.some((other) => other.sender === sender)
      )
        line.waiting.push({ at, sender });
      else pending.merged++;
    }
  }

  #place(line: Line, vcpu: number, at: number): InterruptLife | undefined {
    const { pending } = line;
    line.isPlaced = true;
    if (pending !== undefined && pending.placedAt === undefined) {
      pending.placedAt = at;
      pending.vcpu = vcpu;
      return undefined;
    }
    // Taken back and placed again, by what the tape does not tell.
    const over = pending && ended(pending, 'withdrawn', at);
    const [first] = line.waiting.splice(0, 1);
    if (first !== undefined) line.sender = first.sender;
    const [raisedAt, raiser] = first
      ? ([first.at, 'sgi'] as const)
      : line.isHigh
        ? ([line.completedAt ?? line.roseAt, 'level'] as const)
        : ([undefined, 'unknown'] as const);
    this.#raise(line, vcpu, raisedAt, raiser).placedAt = at;
    return over;
  }

  #acknowledge(line: Line, vcpu: number, at: number): InterruptLife | undefined {
    const over = line.active && ended(line.active, 'acknowledged', at);
    const life = line.pending ?? this.#raise(line, vcpu, undefined, 'unknown');
    life.acknowledgedAt = at;
    life.isSpurious = line.fellAt !== undefined;
    line.isPlaced = false;
    line.active = life;
    line.pending = undefined;
    line.fellAt = undefined;
    return over;
  }

  #complete(line: Line, at: number): InterruptLife | undefined {
    const { active } = line;
    line.completedAt = at;
    line.active = undefined;
    if (active === undefined) return undefined;
    active.completedAt = at;
    return ended(active, 'completed', at);
  }
}

const ended = (life: Open, fate: Fate, endedAt: number): InterruptLife => Object.assign(life, { fate, endedAt });
