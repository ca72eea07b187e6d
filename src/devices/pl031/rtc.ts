import { flag, integer, nullable, record, u64, u32 as word } from '../../base/fields.ts';
import type { Clock, IrqLine } from '../bus/ports.ts';

const NS_PER_SECOND = 1_000_000_000n;
const u32 = (value: bigint): number => Number(BigInt.asUintN(32, value));

/** Everything a PL031 holds. */
export interface Pl031State {
  /** The counter at virtual time zero, in seconds. */
  offset: number;
  lr: number;
  mr: number;
  imsc: number;
  ris: number;
  /** Virtual nanoseconds at which the counter next meets RTCMR; null while no match is to come. */
  matchAtNs: bigint | null;
  /** RTCINTR's level. */
  line: boolean;
}

/** What a saved state may hold. */
export const pl031Fields = record<Pl031State>(
  {
    offset: word,
    lr: word,
    mr: word,
    imsc: integer(0, 1),
    ris: integer(0, 1),
    matchAtNs: nullable(u64),
    line: flag,
  },
  (s) => (s.line === ((s.ris & s.imsc) !== 0) ? undefined : ['line', 'not what the interrupt makes it']),
);

/** A PL031 with its ports. */
export interface Pl031 {
  readonly state: Pl031State;
  readonly clock: Clock;
  readonly irq: IrqLine;
}

/** The counter: seconds, modulo 2^32. */
export const counter = ({ state: s, clock }: Pl031): number =>
  u32(BigInt(s.offset) + clock.nanoseconds() / NS_PER_SECOND);

/** Puts RTCINTR on the line. */
export function driveLine({ state: s, irq }: Pl031): void {
  const level = (s.ris & s.imsc) !== 0;
  if (level === s.line) return;
  s.line = level;
  irq.set(level);
}

/** Raises the interrupt if the counter has met the match register by now. */
export function checkMatch({ state: s, clock }: Pl031): void {
  if (s.matchAtNs === null || clock.nanoseconds() < s.matchAtNs) return;
  s.matchAtNs = null;
  s.ris = 1;
}

/** Finds the next match after the match register or the counter was written; equal values match at once. */
function armMatch(r: Pl031): void {
  const seconds = u32(BigInt(r.state.mr - counter(r)));
  r.state.matchAtNs = (r.clock.nanoseconds() / NS_PER_SECOND + BigInt(seconds)) * NS_PER_SECOND;
  checkMatch(r);
}

/** A write of RTCMR (DDI 0224, 3.3.2). */
export function setMatch(r: Pl031, value: number): void {
  r.state.mr = value;
  armMatch(r);
}

/** A write of RTCLR sets the counter. */
export function loadCounter(r: Pl031, value: number): void {
  r.state.lr = value;
  r.state.offset = u32(BigInt(value) - r.clock.nanoseconds() / NS_PER_SECOND);
  armMatch(r);
}
