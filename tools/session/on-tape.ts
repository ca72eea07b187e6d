import { Failure } from '../../src/base/failure.ts';
import type { EventFilter, TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { inClasses, irqAck, type TapeEvent } from '../../src/trace/events/index.ts';
import type { Moment, Place } from './places.ts';
import { momentText } from './units.ts';

/** A place by count; `ordinal` where it is an event. */
export interface Found {
  readonly icount: number;
  readonly ordinal?: number;
}

/** A place that a tape does not come to. */
export class NotOnTape extends Failure {}

/** The one line that says that a place is not on a tape, and how far the tape goes. */
export const notFound = ({ wanted, occurrence }: Place, seen: number, last: number): NotOnTape => {
  const far = `it ends at ${momentText(last)}`;
  if (seen > 0) return new NotOnTape(`${wanted}: not #${occurrence} on the tape but only ${seen}; ${far}`);
  return new NotOnTape(`${wanted}: not on the tape; ${far}`);
};

/** Finds a place by what stands on the tape; undefined where only a replay can. @throws Failure where it is not there */
export function findOnTape(reader: TapeReader, place: Place): Found | undefined {
  const last = reader.icounts?.last ?? 0;
  const { moment, offset } = place;
  const at = (icount: number): Found => within(place, icount + offset, last);
  switch (moment.kind) {
    case 'icount':
      return at(moment.icount);
    case 'end':
      return at(last);
    case 'event':
    case 'exit':
    case 'irq': {
      if (moment.kind !== 'event' && reader.header.level === 'inputs') return undefined;
      let seen = 0;
      for (const event of reader.events(filterOf(moment))) {
        if (!fits(moment, event, event.ordinal)) continue;
        if (++seen < place.occurrence) continue;
        // A replay can stop behind an exit, but an interrupt is acknowledged in the midst of a run.
        const isExit = moment.kind !== 'irq' && offset === 0;
        return isExit ? { icount: event.at, ordinal: event.ordinal } : at(event.at);
      }
      throw notFound(place, seen, last);
    }
    default:
      return undefined;
  }
}

/** What leaves out most events that the place does not name. */
function filterOf(moment: Moment): EventFilter {
  if (moment.kind === 'event') return { ordinal: moment.ordinal };
  return { classes: moment.kind === 'exit' ? moment.classes : new Set([irqAck.name]) };
}

/** Is the event one that the place names? */
export function fits(moment: Moment, event: TapeEvent, ordinal: number): boolean {
  if (moment.kind === 'event') return ordinal === moment.ordinal;
  if (moment.kind === 'exit') return inClasses(event, moment.classes);
  return moment.kind === 'irq' && event.kind === 'irq-ack' && event.intid === moment.intid;
}

/** A count that lies on the tape. @throws Failure */
export function within(place: Place, icount: number, last: number): Found {
  if (icount < 0) throw new Failure(`${place.wanted}: that is before the tape begins`);
  if (icount > last) throw notFound(place, 0, last);
  return { icount };
}
