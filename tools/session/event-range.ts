import type { Stretch } from '../../src/analysis/event-set.ts';
import type { ReplaySymbols } from '../../src/replay/symbols/replay-symbols.ts';
import type { RecordedEvent } from '../../src/trace/codec/event-rows.ts';
import type { EventFilter, TapeReader } from '../../src/trace/codec/tape-reader.ts';
import type { Found } from './on-tape.ts';
import { parsePlace } from './places.ts';
import { findPlace } from './seeking.ts';

interface RangeArgs {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}
/** Events from one place to another, both included. */
export interface EventRange {
  /** What leaves out most of the others. */
  readonly filter: EventFilter;
  includes(event: RecordedEvent): boolean;
  /** The same for who reduces frames. */
  readonly stretch: Stretch;
}

/** What `--from` and `--to` name. @throws Failure where a place is none, or not on the tape */
export function eventRange(reader: TapeReader, args: RangeArgs, symbols: () => ReplaySymbols): EventRange {
  const [from, to] = (['from', 'to'] as const).map((option) => {
    const place = args[option];
    return place === undefined ? undefined : findPlace(reader, parsePlace(`--${option}`, place), symbols());
  });
  return {
    filter: { ...(from ? { from: from.icount } : {}), ...(to ? { to: to.icount } : {}) },
    includes: (event) => isWithin(event, from, to),
    stretch: {
      ...(from && (from.ordinal === undefined ? { from: from.icount } : { fromOrdinal: from.ordinal })),
      ...(to && { to: to.icount }),
      ...(to?.ordinal !== undefined && { toOrdinal: to.ordinal }),
    },
  };
}

function isWithin({ at, ordinal }: RecordedEvent, from: Found | undefined, to: Found | undefined): boolean {
  const isAfter = from === undefined || (from.ordinal === undefined ? at >= from.icount : ordinal >= from.ordinal);
  const isBefore = to === undefined || (to.ordinal === undefined ? at <= to.icount : ordinal <= to.ordinal);
  return isAfter && isBefore;
}
