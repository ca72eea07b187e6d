import { assert } from '../base/assert.ts';
import { type Icount, icount } from '../base/brands.ts';
import { BadField, count, record } from '../base/fields.ts';
import type { PlainMap } from '../base/plain.ts';
import type { Stateful } from '../base/stateful.ts';
import type { PeState, SystemCounter } from '../core/state/pe-state.ts';
import type { Clock } from '../devices/bus/ports.ts';

const NS_PER_S = 1_000_000_000;

const stateFields = record({ skipped: count });

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** As an instruction count; one that no run reaches, 104 days, is infinite. */
const countOf = (at: bigint): number => (at > BigInt(Number.MAX_SAFE_INTEGER) ? Number.POSITIVE_INFINITY : Number(at));

/**
 * Virtual time: the one place where instruction counts become nanoseconds and counter ticks. One count is one
 * nanosecond, as under QEMU's `-icount shift=0`; an idle CPU skips counts up to its next deadline.
 */
export class MachineClock implements Clock, Stateful {
  readonly name = 'clock';
  readonly version = 1;
  /** Derived: whose count it is. */
  #cpu: PeState | undefined;
  /** Counts that were skipped while idle: the rest are retired instructions. */
  skipped = 0;

  attach(cpu: PeState): void {
    this.#cpu = cpu;
  }
  icount(): Icount {
    return icount(this.#cpu?.icount ?? 0);
  }
  nanoseconds(): bigint {
    return BigInt(this.icount());
  }
  icountAt(nanoseconds: bigint): Icount {
    return icount(countOf(nanoseconds));
  }
  /** Instructions retired so far. */
  instructions(): number {
    return this.icount() - this.skipped;
  }
  /** Lets time pass to `until` without an instruction. */
  skipTo(until: number): void {
    const now = this.icount();
    assert(until >= now && this.#cpu !== undefined, 'time does not go back');
    this.skipped += until - now;
    this.#cpu.icount = until;
  }

  /** The count itself is the CPU's. */
  save(): PlainMap {
    return { skipped: this.skipped };
  }
  restore(saved: PlainMap): void {
    const { skipped } = stateFields.read(saved, '');
    if (skipped > this.icount()) throw new BadField('skipped', 'more than has passed');
    this.skipped = skipped;
  }
}

/** Products of a count, at most 2^53, with so many ticks have 63 bits. */
const TICKS_INLINE_MAX = 2 ** 10;

/** The generic timer's counter of a frequency in Hz, which 10^9 need not be a multiple of. */
export function systemCounter(frequency: number): SystemCounter {
  const common = gcd(NS_PER_S, frequency);
  const rate = { ticks: frequency / common, counts: NS_PER_S / common };
  const ticks = BigInt(rate.ticks);
  const counts = BigInt(rate.counts);
  return {
    frequency,
    ...(rate.ticks <= TICKS_INLINE_MAX ? { rate } : {}),
    countAt: (at) => (BigInt(at) * ticks) / counts,
    icountAt: (count) => countOf((count * counts + ticks - 1n) / ticks),
  };
}
