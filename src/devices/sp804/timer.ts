import { bitsOf, type Field, flag, integer, list, nullable, record, u32, u64 } from '../../base/fields.ts';
import type { Clock, IrqLine } from '../bus/ports.ts';

/** TimerXControl bits. Facts here are the SP804 manual's (Arm DDI 0271, "Timer control register" and "Operation"). */
export const CONTROL = {
  enable: 1 << 7,
  periodic: 1 << 6,
  interrupt: 1 << 5,
  prescale: 3 << 2,
  size32: 1 << 1,
  oneShot: 1 << 0,
} as const;
const PRESCALE_SHIFT = 2;
/** TIMCLK cycles of one count, by TimerPre; the undefined encoding acts as the last. */
const PRESCALERS = [1n, 16n, 256n, 256n] as const;
const NS_PER_SECOND = 1_000_000_000n;

/** One of the two counters. What it shows follows from these and the time alone, so that no poll leaves a trace. */
export type TimerState = {
  control: number;
  /** What a periodic counter goes on from: the last write of TimerXLoad or TimerXBGLoad. */
  load: number;
  /** The counter at `since`. */
  count: number;
  /** The TIMCLK cycle of the last write that began a new count. */
  since: bigint;
  /** The TIMCLK cycle at which the raw interrupt rises, or rose; null where no zero is to come. */
  zeroAt: bigint | null;
};

/** Everything an SP804 holds. */
export interface Sp804State {
  timers: [TimerState, TimerState];
  /** TimerITCR and TimerITOP. */
  itcr: number;
  itop: number;
  /** TIMINTC's level. */
  line: boolean;
}

const timerFields = record<TimerState>({
  control: bitsOf(0xef),
  load: u32,
  count: u32,
  since: u64,
  zeroAt: nullable(u64),
});
/** What a saved state may hold. */
export const sp804Fields = record<Sp804State>({
  timers: list(timerFields, 2) as Field<TimerState[]> as Field<Sp804State['timers']>,
  itcr: integer(0, 1),
  itop: integer(0, 3),
  line: flag,
});

/** An SP804 with its ports. */
export interface Sp804 {
  readonly state: Sp804State;
  readonly clock: Clock;
  readonly irq: IrqLine;
  readonly timclkHz: bigint;
}

/** A timer at reset: counting is off, the interrupt enabled (DDI 0271, table 3-1). */
export const newTimer = (): TimerState => ({
  control: CONTROL.interrupt,
  load: 0,
  count: 0xffff_ffff,
  since: 0n,
  zeroAt: null,
});

/** TIMCLK cycles since reset. */
const cycles = ({ clock, timclkHz }: Sp804): bigint => (clock.nanoseconds() * timclkHz) / NS_PER_SECOND;
/** The first nanosecond of a TIMCLK cycle. */
const nanosecondsAt = ({ timclkHz }: Sp804, cycle: bigint): bigint =>
  (cycle * NS_PER_SECOND + timclkHz - 1n) / timclkHz;

const prescaler = (t: TimerState): bigint => PRESCALERS[(t.control & CONTROL.prescale) >> PRESCALE_SHIFT] as bigint;
/** The bits that count: a 16-bit counter leaves the upper half of its register alone. */
const width = (t: TimerState): number => (t.control & CONTROL.size32 ? 0xffff_ffff : 0xffff);
const counting = (t: TimerState, value: number): number => (value & width(t)) >>> 0;
const still = (t: TimerState, value: number): number => (value & ~width(t)) >>> 0;

/** Counts from one zero to the next; null for a counter that halts there. */
function period(t: TimerState): bigint | null {
  if (t.control & CONTROL.oneShot) return null;
  // A load of 0 is below the valid minimum: each count meets zero.
  return BigInt(t.control & CONTROL.periodic ? counting(t, t.load) || 1 : width(t) + 1);
}

/** TimerXValue at a TIMCLK cycle. */
function valueAt(t: TimerState, cycle: bigint): number {
  if (!(t.control & CONTROL.enable)) return t.count;
  // The prescaler runs freely: it divides TIMCLK, not the time since the counter was written.
  const counts = cycle / prescaler(t) - t.since / prescaler(t);
  const left = BigInt(counting(t, t.count)) - counts;
  if (left > 0n) return still(t, t.count) + Number(left);
  const every = period(t);
  if (every === null) return still(t, t.count);
  const past = Number(-left % every);
  // The count that meets zero shows a periodic counter's load already.
  if (t.control & CONTROL.periodic) return counting(t, t.load) === 0 ? t.load : t.load - past;
  return still(t, t.count) + (past === 0 ? 0 : Number(every) - past);
}

/** The TIMCLK cycle of the next zero after `since`. */
function nextZero(t: TimerState): bigint | null {
  if (!(t.control & CONTROL.enable)) return null;
  const counts = counting(t, t.count) === 0 ? period(t) : BigInt(counting(t, t.count));
  return counts === null ? null : (t.since / prescaler(t) + counts) * prescaler(t);
}

const hasRisen = (t: TimerState, cycle: bigint): boolean => t.zeroAt !== null && cycle >= t.zeroAt;

/** Begins a count at the present value, before something changes how the counter goes on. */
function settle(s: Sp804, t: TimerState): bigint {
  const now = cycles(s);
  t.count = valueAt(t, now);
  t.since = now;
  return now;
}

/** Finds the next zero after such a change; an interrupt that has risen stays. */
function rearm(t: TimerState, now: bigint): void {
  if (!hasRisen(t, now)) t.zeroAt = nextZero(t);
}

/** TimerXValue now. */
export const value = (s: Sp804, t: TimerState): number => valueAt(t, cycles(s));

/** TimerXRIS: the count has met zero since it was cleared. */
export const rawInterrupt = (s: Sp804, t: TimerState): number => (hasRisen(t, cycles(s)) ? 1 : 0);

/** TimerXMIS: the same, if the interrupt is enabled. */
export const maskedInterrupt = (s: Sp804, t: TimerState): number =>
  t.control & CONTROL.interrupt ? rawInterrupt(s, t) : 0;

/** A write of TimerXLoad restarts the count from it; 0 raises the interrupt at once. */
export function setLoad(s: Sp804, t: TimerState, load: number): void {
  const now = settle(s, t);
  t.load = load;
  t.count = load;
  if (counting(t, load) !== 0) rearm(t, now);
  else if (t.control & CONTROL.enable && !hasRisen(t, now)) t.zeroAt = now;
}

/** A write of TimerXBGLoad takes effect when the counter next meets zero. */
export function setBackgroundLoad(s: Sp804, t: TimerState, load: number): void {
  settle(s, t);
  t.load = load;
}

/** A write of TimerXControl; the count goes on from where it is. */
export function setControl(s: Sp804, t: TimerState, control: number): void {
  const now = settle(s, t);
  t.control = control;
  rearm(t, now);
}

/** A write of TimerXIntClr, whatever is written. */
export function clearInterrupt(s: Sp804, t: TimerState): void {
  settle(s, t);
  t.zeroAt = nextZero(t);
}

/** Puts TIMINTC on the line: both timers' interrupts, or what the integration test registers say. */
export function driveLine(s: Sp804): void {
  const { state } = s;
  const level = state.itcr ? state.itop !== 0 : state.timers.some((t) => maskedInterrupt(s, t) !== 0);
  if (level === state.line) return;
  state.line = level;
  s.irq.set(level);
}

/** The nanosecond at which the next unmasked interrupt rises; undefined while none is to come. A masked one needs none: reads find it. */
export function nextInterruptNs(s: Sp804): bigint | undefined {
  const now = cycles(s);
  let next: bigint | undefined;
  for (const t of s.state.timers) {
    if (!(t.control & CONTROL.interrupt) || t.zeroAt === null || t.zeroAt <= now) continue;
    if (next === undefined || t.zeroAt < next) next = t.zeroAt;
  }
  return next === undefined ? undefined : nanosecondsAt(s, next);
}
