import { Failure } from '../../src/base/failure.ts';
import type { ReplaySession } from '../../src/replay/replay.ts';
import type { ReplaySymbols } from '../../src/replay/symbols/replay-symbols.ts';
import { Timeline } from '../../src/timeline/timeline.ts';
import type { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { type EventDecl, inClasses, type Stamp, type TapeEvent } from '../../src/trace/events/index.ts';
import { withHostMemory } from './host-memory.ts';
import type { Place } from './places.ts';
import { TextWatch } from './text-watch.ts';
import { momentText } from './units.ts';

/** A place by count; `ordinal` where it is an event. */
export interface Found {
  readonly icount: number;
  readonly ordinal?: number;
}

/** The one line that says that a place is not on a tape, and how far the tape goes. */
export const notFound = ({ wanted, occurrence }: Place, seen: number, last: number): Failure => {
  const far = `it ends at ${momentText(last)}`;
  if (seen > 0) return new Failure(`${wanted}: not #${occurrence} on the tape but only ${seen}; ${far}`);
  return new Failure(`${wanted}: not on the tape; ${far}`);
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
      for (const event of reader.events()) {
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

/** Is the event one that the place names? */
function fits(moment: Place['moment'], event: TapeEvent, ordinal: number): boolean {
  if (moment.kind === 'event') return ordinal === moment.ordinal;
  if (moment.kind === 'exit') return inClasses(event, moment.classes);
  return moment.kind === 'irq' && event.kind === 'irq-ack' && event.intid === moment.intid;
}

/** Watches a replay for a place, and stops it there: at an instruction count, or when an event or a text has come. */
export class PlaceWatch {
  readonly #place: Place;
  readonly #text: TextWatch | undefined;
  /** So many events are to be checked; where the place is one of them. */
  readonly #events: number | undefined;
  /** Its instruction count, once it is known. */
  #icount: number | undefined;
  #seen = 0;
  /** When the event came that is the place. */
  #eventAt: number | undefined;
  #session: ReplaySession | undefined;

  /** `found` where the place is known by count. */
  constructor(place: Place, found: Found | undefined) {
    this.#place = place;
    if (found?.ordinal !== undefined) this.#events = found.ordinal + 1;
    else this.#icount = found?.icount;
    if (found === undefined && place.moment.kind === 'console') this.#text = new TextWatch(place.moment.text);
  }
  /** Before the session runs. @throws Failure where the place's function is none */
  attach(session: ReplaySession, symbols: ReplaySymbols): void {
    this.#session = session;
    const { moment, wanted } = this.#place;
    if (moment.kind === 'symbol' && this.#icount === undefined)
      symbols.stopAt(moment.name, session, wanted, () => this.#see());
  }
  /** For the session's options. */
  readonly onByte = (byte: number): void => {
    if (this.#text?.see(byte)) this.#see();
  };
  readonly onEvent = (checked: number, decl: EventDecl, fields: Stamp): void => {
    if (this.#events !== undefined) {
      if (checked === this.#events) this.#session?.requestStop();
    } else if (this.#icount === undefined && fits(this.#place.moment, { kind: decl.name, ...fields } as TapeEvent, -1))
      this.#see(fields.at);
  };

  /** The count to run to next; infinite while that is not known. */
  get until(): number {
    return this.#icount ?? Number.POSITIVE_INFINITY;
  }
  /** After each run: whether the replay is there. */
  isReached(): boolean {
    const session = this.#session as ReplaySession;
    if (this.#events !== undefined) return session.checker.checked >= this.#events;
    if (this.#icount === undefined && this.#found)
      this.#icount = (this.#eventAt ?? session.machine.icount) + this.#place.offset;
    return this.#icount !== undefined && session.machine.icount >= this.#icount;
  }
  /** The replay has ended without it. */
  missed(): Failure {
    return notFound(this.#place, this.#found ? 0 : this.#seen, (this.#session as ReplaySession).lastIcount);
  }
  get #found(): boolean {
    return this.#seen >= this.#place.occurrence;
  }
  #see(eventAt?: number): void {
    if (this.#found || ++this.#seen < this.#place.occurrence) return;
    this.#eventAt = eventAt;
    this.#session?.requestStop();
  }
}

/** How a replay comes to a place: by count where that is known, or has to be since it lies before a moment. @throws Failure */
export function watchFor(reader: TapeReader, place: Place, symbols: ReplaySymbols): PlaceWatch {
  const isFoundTooLate = place.offset < 0 || place.moment.kind === 'irq';
  return new PlaceWatch(place, isFoundTooLate ? findPlace(reader, place, symbols) : findOnTape(reader, place));
}

/** Finds a place on the tape, or else by a replay that nobody sees. @throws Failure where it is not there */
export function findPlace(reader: TapeReader, place: Place, symbols: ReplaySymbols): Found {
  const found = findOnTape(reader, place);
  if (found !== undefined) return found;
  const { wanted, offset } = place;
  const watch = new PlaceWatch({ ...place, offset: 0 }, undefined);
  const { session } = withHostMemory(
    Number(reader.header.machine.memoryBytes),
    () => new Timeline(reader, { consoleOut: watch.onByte }),
  );
  session.onEvent = watch.onEvent;
  watch.attach(session, symbols);
  const stop = session.run();
  if (stop.kind === 'divergence')
    throw new Failure(
      `${wanted}: the replay on the way there differs from the recording at event ${stop.divergence.event}; "hypertape replay ${reader.path}" tells how`,
    );
  if (!watch.isReached()) throw watch.missed();
  return within(place, watch.until + offset, session.lastIcount);
}

/** A count that lies on the tape. @throws Failure */
function within(place: Place, icount: number, last: number): Found {
  if (icount < 0) throw new Failure(`${place.wanted}: that is before the tape begins`);
  if (icount > last) throw notFound(place, 0, last);
  return { icount };
}
