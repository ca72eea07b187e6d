import type { EventFrame } from '../trace/codec/event-rows.ts';
import { idleSkip, irqAck, irqInject, timerFire, timerProgram, vcpuTurn } from '../trace/events/index.ts';
import { Distribution, SampleBudget, type Summary } from './distribution.ts';
import type { EventSet } from './event-set.ts';

/**
 * What kept a timer's interrupt from the guest, each for a part of the time between its deadline and its acknowledgement.
 * - `past`: its compare value had passed already when it was programmed.
 * - `disabled`: the timer was disabled or its interrupt masked (CNT<x>_CTL) at the deadline.
 * - `turn`: another vCPU was running.
 * - `idle`: virtual time jumped over it, to a later deadline.
 * - `hypervisor`: it was looked at late, for none of these reasons.
 * - `undelivered`: the GIC did not forward it: not enabled there, or no list register was free.
 * - `masked`: it stood in a list register, and the guest had interrupts masked, or one of a higher priority active.
 */
export type Delay = 'past' | 'disabled' | 'turn' | 'idle' | 'hypervisor' | 'undelivered' | 'masked';

/** One time that a timer fired. Icounts, which are nanoseconds. */
export interface TimerFiring {
  /** TimerId: 0 virtual, 1 physical, 2 of the hypervisor. */
  readonly timer: number;
  readonly intid: number;
  readonly vcpu: number;
  /** When it was programmed so that it would fire. */
  readonly programmedAt: number;
  /** The first count at which its condition is met. */
  readonly dueAt: number;
  readonly firedAt: number;
  /** Undefined where that did not come before it was programmed anew and fired again, or the end. */
  readonly placedAt: number | undefined;
  readonly acknowledgedAt: number | undefined;
  readonly delays: Readonly<Partial<Record<Delay, number>>>;
}

/** What became of a timer of one vCPU. */
export interface TimerSummary {
  readonly timer: number;
  readonly vcpu: number;
  readonly intid: number | undefined;
  /** Times that the guest has written to it, and that this made it fire at a moment to come. */
  readonly programmed: number;
  readonly armed: number;
  readonly fired: number;
  /** Programmed anew or stopped before it was due. */
  readonly cancelled: number;
  /** Due and armed, and it did not fire. */
  readonly lost: number;
  /** From the deadline to its fire, and to the acknowledgement; nanoseconds. */
  readonly late: Summary;
  readonly acknowledgedLate: Summary;
  /** How often each delay was part of it, its sum and its longest, in nanoseconds. */
  readonly delays: readonly {
    readonly delay: Delay;
    readonly count: number;
    readonly sumNs: number;
    readonly maxNs: number;
  }[];
}

/** What a timer's values mean. */
export interface TimerOptions {
  /** CNTFRQ_EL0, in Hz. */
  readonly counterHz: number;
  /** Icounts, both included: firings that were due between them are counted, and programming within. */
  readonly from?: number;
  readonly to?: number;
  readonly vcpu?: number;
}

/** CNT<x>_CTL: ENABLE and IMASK (Arm ARM DDI 0487, D17.11). */
const CTL_BITS = 0b11;
const CTL_ARMED = 0b01;

interface Timer {
  readonly timer: number;
  readonly vcpu: number;
  intid: number | undefined;
  ctl: number;
  cval: bigint;
  /** While it is armed and has not fired. */
  armed: { readonly at: number; readonly dueAt: number } | undefined;
  /** When the compare value was written. */
  cvalAt: number;
  firing: Firing | undefined;
  programmed: number;
  armings: number;
  fired: number;
  cancelled: number;
  lost: number;
  readonly late: Distribution;
  readonly acknowledgedLate: Distribution;
  readonly delays: Map<Delay, { count: number; sumNs: number; maxNs: number }>;
}
type Firing = { -readonly [K in keyof TimerFiring]: TimerFiring[K] };

/** vCPUs and timers that a forged tape may name. */
const TIMERS_MAX = 1024;

/**
 * Reduces a set's timers.
 * @param told is shown each firing when no more becomes of it
 * @throws Failure where the set is damaged
 */
export function timerSummaries(
  set: EventSet,
  options: TimerOptions,
  told?: (firing: TimerFiring) => void,
): TimerSummary[] {
  const timers = new Timers(options, told);
  for (const frame of set.eventFrames(options.to === undefined ? {} : { to: options.to })) timers.add(frame);
  return timers.end();
}

class Timers {
  readonly #options: TimerOptions;
  readonly #told: ((firing: TimerFiring) => void) | undefined;
  readonly #budget = new SampleBudget();
  readonly #timers = new Map<number, Timer>();
  /** Where virtual time jumped last, and each vCPU's last turn began. */
  #skip = { at: 0, to: 0 };
  readonly #turnAt: number[] = [];
  #last = 0;

  constructor(options: TimerOptions, told: ((firing: TimerFiring) => void) | undefined) {
    this.#options = options;
    this.#told = told;
  }

  add(frame: EventFrame): void {
    const { tags, at, vcpus, count } = frame;
    const programs = frame.table(timerProgram);
    const fires = frame.table(timerFire);
    const columns = {
      program: [programs?.column('timer'), programs?.column('ctl')] as const,
      cval: programs?.column('cval'),
      fire: [fires?.column('timer'), fires?.column('intid')] as const,
      placed: frame.table(irqInject)?.column('intid'),
      acknowledged: frame.table(irqAck)?.column('intid'),
      skip: frame.table(idleSkip)?.column('to'),
      turn: frame.table(vcpuTurn)?.column('to'),
    };
    const next = new Uint16Array(0x100);
    for (let place = 0; place < count; place++) {
      const tag = tags[place] as number;
      const row = next[tag] as number;
      next[tag] = row + 1;
      const when = at[place] as number;
      const vcpu = vcpus[place] as number;
      if (tag === timerProgram.tag) {
        const [timer, ctl] = columns.program.map((column) => column?.[row] as number) as [number, number];
        this.#program(timer, vcpu, when, ctl & CTL_BITS, columns.cval?.[row] as bigint);
      } else if (tag === timerFire.tag) {
        const [timer, intid] = columns.fire.map((column) => column?.[row] as number) as [number, number];
        this.#fire(timer, vcpu, when, intid);
      } else if (tag === irqInject.tag) this.#placed(columns.placed?.[row] as number, vcpu, when);
      else if (tag === irqAck.tag) this.#acknowledged(columns.acknowledged?.[row] as number, vcpu, when);
      else if (tag === idleSkip.tag) this.#skip = { at: when, to: columns.skip?.[row] as number };
      else if (tag === vcpuTurn.tag) this.#turnAt[columns.turn?.[row] as number] = when;
    }
    this.#last = Math.max(this.#last, frame.end);
  }

  end(): TimerSummary[] {
    const summaries: TimerSummary[] = [];
    for (const timer of this.#timers.values()) {
      this.#tell(timer);
      if (timer.armed !== undefined && timer.armed.dueAt < this.#last && this.#isWanted(timer, timer.armed.dueAt))
        timer.lost++;
      const { vcpu, intid, programmed, armings, fired, cancelled, lost, late, acknowledgedLate, delays } = timer;
      if (programmed === 0 && fired === 0) continue;
      summaries.push({
        timer: timer.timer,
        vcpu,
        intid,
        programmed,
        armed: armings,
        fired,
        cancelled,
        lost,
        late: late.summary(),
        acknowledgedLate: acknowledgedLate.summary(),
        delays: [...delays]
          .map(([delay, sums]) => ({ delay, ...sums }))
          .sort((a, b) => b.sumNs - a.sumNs || (a.delay < b.delay ? -1 : 1)),
      });
    }
    return summaries.sort((a, b) => a.vcpu - b.vcpu || a.timer - b.timer);
  }

  #isWanted({ vcpu }: Timer, at: number): boolean {
    const { from = 0, to = Number.POSITIVE_INFINITY, vcpu: only } = this.#options;
    return at >= from && at <= to && (only === undefined || only === vcpu);
  }

  #timer(number: number, vcpu: number): Timer | undefined {
    const key = vcpu * 0x100 + number;
    let timer = this.#timers.get(key);
    if (timer === undefined && this.#timers.size < TIMERS_MAX) {
      const [late, acknowledgedLate] = [new Distribution(this.#budget), new Distribution(this.#budget)];
      timer = {
        timer: number,
        vcpu,
        intid: undefined,
        ctl: 0,
        cval: 0n,
        armed: undefined,
        cvalAt: 0,
        firing: undefined,
        programmed: 0,
        armings: 0,
        fired: 0,
        cancelled: 0,
        lost: 0,
        late,
        acknowledgedLate,
        delays: new Map(),
      };
      this.#timers.set(key, timer);
    }
    return timer;
  }

  /** The first count at which the counter is at `cval`; the counter counts from 0 at reset. */
  #dueAt(cval: bigint): number {
    const hz = BigInt(this.#options.counterHz);
    const due = (cval * 1_000_000_000n + hz - 1n) / hz;
    return due > BigInt(Number.MAX_SAFE_INTEGER) ? Number.POSITIVE_INFINITY : Number(due);
  }

  #program(number: number, vcpu: number, at: number, ctl: number, cval: bigint): void {
    const timer = this.#timer(number, vcpu);
    if (timer === undefined) return;
    const isWanted = this.#isWanted(timer, at);
    if (isWanted) timer.programmed++;
    const isSame = ctl === timer.ctl && cval === timer.cval;
    if (cval !== timer.cval) timer.cvalAt = at;
    timer.ctl = ctl;
    timer.cval = cval;
    if (isSame) return;
    if (timer.armed !== undefined) {
      if (timer.armed.dueAt < at && isWanted) timer.lost++;
      else if (isWanted) timer.cancelled++;
      timer.armed = undefined;
    }
    if (ctl !== CTL_ARMED) return;
    timer.armed = { at, dueAt: this.#dueAt(cval) };
    if (isWanted) timer.armings++;
  }

  #fire(number: number, vcpu: number, firedAt: number, intid: number): void {
    const timer = this.#timer(number, vcpu);
    if (timer === undefined) return;
    this.#tell(timer);
    timer.intid = intid;
    const { armed } = timer;
    timer.armed = undefined;
    if (!this.#isWanted(timer, firedAt)) return;
    timer.fired++;
    // The tape began when it was armed already.
    if (armed === undefined) return;
    const { at: programmedAt, dueAt } = armed;
    const delays: Partial<Record<Delay, number>> = {};
    if (timer.cvalAt > dueAt) delays.past = timer.cvalAt - dueAt;
    const set = Math.max(dueAt, timer.cvalAt);
    if (programmedAt > set) delays.disabled = programmedAt - set;
    const could = Math.max(dueAt, programmedAt);
    if (firedAt > could) delays[this.#why(vcpu, could, firedAt)] = firedAt - could;
    timer.late.add(Math.max(0, firedAt - dueAt));
    timer.firing = {
      timer: number,
      intid,
      vcpu,
      programmedAt,
      dueAt,
      firedAt,
      placedAt: undefined,
      acknowledgedAt: undefined,
      delays,
    };
  }

  /** Why it did not fire when it could have. */
  #why(vcpu: number, could: number, firedAt: number): Delay {
    const turn = this.#turnAt[vcpu];
    if (turn !== undefined && turn > could && turn <= firedAt) return 'turn';
    return this.#skip.at <= could && this.#skip.to > could ? 'idle' : 'hypervisor';
  }

  #placed(intid: number, vcpu: number, at: number): void {
    for (const { firing } of this.#of(intid, vcpu)) {
      if (firing.placedAt !== undefined) continue;
      firing.placedAt = at;
      if (at > firing.firedAt) Object.assign(firing.delays, { undelivered: at - firing.firedAt });
    }
  }
  #acknowledged(intid: number, vcpu: number, at: number): void {
    for (const { timer, firing } of this.#of(intid, vcpu)) {
      firing.acknowledgedAt = at;
      const from = firing.placedAt ?? firing.firedAt;
      if (at > from) Object.assign(firing.delays, { masked: at - from });
      timer.acknowledgedLate.add(Math.max(0, at - firing.dueAt));
      this.#tell(timer);
    }
  }
  *#of(intid: number, vcpu: number): Generator<{ readonly timer: Timer; readonly firing: Firing }> {
    for (const timer of this.#timers.values())
      if (timer.vcpu === vcpu && timer.intid === intid && timer.firing !== undefined)
        yield { timer, firing: timer.firing };
  }

  /** No more becomes of the last firing. */
  #tell(timer: Timer): void {
    const { firing, delays } = timer;
    if (firing === undefined) return;
    timer.firing = undefined;
    for (const [delay, ns] of Object.entries(firing.delays) as [Delay, number][]) {
      const sums = delays.get(delay) ?? { count: 0, sumNs: 0, maxNs: 0 };
      delays.set(delay, { count: sums.count + 1, sumNs: sums.sumNs + ns, maxNs: Math.max(sums.maxNs, ns) });
    }
    this.#told?.(firing);
  }
}
