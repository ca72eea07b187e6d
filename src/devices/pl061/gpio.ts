import { bitsOf, count, flag, nullable, record } from '../../base/fields.ts';
import type { IrqLine } from '../bus/ports.ts';

const LINES = 0xff;
const octet = bitsOf(LINES);

/** Everything a PL061 holds, a bit a line. */
export interface Pl061State {
  /** What the guest drives its outputs with. */
  out: number;
  /** The levels of the inputs from outside. */
  in: number;
  dir: number;
  is: number;
  ibe: number;
  iev: number;
  ie: number;
  /** Edges seen and not cleared. */
  edges: number;
  afsel: number;
  /** Instruction count at which the power key is let go; null while it is up. */
  releaseAt: number | null;
  /** GPIOINTR's level. */
  line: boolean;
}

/** What a saved state may hold. */
export const pl061Fields = record<Pl061State>(
  {
    out: octet,
    in: octet,
    dir: octet,
    is: octet,
    ibe: octet,
    iev: octet,
    ie: octet,
    edges: octet,
    afsel: octet,
    releaseAt: nullable(count),
    line: flag,
  },
  (s) => (s.line === ((rawStatus(s) & s.ie) !== 0) ? undefined : ['line', 'not what the interrupts make it']),
);

/** A PL061 with its port. */
export interface Pl061 {
  readonly state: Pl061State;
  readonly irq: IrqLine;
}

/** The level of each line: what the guest drives, of inputs what comes from outside. */
export const levels = (s: Pl061State): number => (s.out & s.dir) | (s.in & ~s.dir);

/** GPIORIS: edges that were seen, and levels that are there (DDI 0190, "Interrupt control"). */
export const rawStatus = (s: Pl061State): number => (s.edges & ~s.is) | (s.is & ~(levels(s) ^ s.iev) & LINES);

/** Puts GPIOINTR on the line. */
export function driveLine({ state: s, irq }: Pl061): void {
  const level = (rawStatus(s) & s.ie) !== 0;
  if (level === s.line) return;
  s.line = level;
  irq.set(level);
}

/** Something changes the levels: edges are noted where the line is looked at for them. */
export function change(g: Pl061, doIt: (state: Pl061State) => void): void {
  const { state: s } = g;
  const before = levels(s);
  doIt(s);
  const now = levels(s);
  const wanted = s.ibe | ~(now ^ s.iev);
  s.edges |= (before ^ now) & wanted & ~s.is & LINES;
  driveLine(g);
}

/** A write of GPIOIC. */
export function clear({ state: s }: Pl061, lines: number): void {
  s.edges &= ~lines;
}
