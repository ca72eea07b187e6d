import type { Failure } from '../../src/base/failure.ts';
import { TextWatches } from '../../src/base/text-watch.ts';
import type { ReplaySession } from '../../src/replay/replay.ts';
import type { ReplaySymbols } from '../../src/replay/symbols/replay-symbols.ts';
import type { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import type { EventDecl, Stamp, TapeEvent } from '../../src/trace/events/index.ts';
import { type Found, findOnTape, fits, notFound } from './on-tape.ts';
import type { Place } from './places.ts';
import { Traveller } from './travelling.ts';

export type { Found } from './on-tape.ts';

/** Watches a replay for a place, and stops it there: at an instruction count, or when an event or a text has come. */
export class PlaceWatch {
  readonly #place: Place;
  readonly #text: TextWatches | undefined;
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
    if (found === undefined && place.moment.kind === 'console') this.#text = new TextWatches(place.moment.text);
  }
  /** Before the session runs. @throws Failure where the place's function is none */
  attach(session: ReplaySession, symbols: ReplaySymbols): void {
    this.#session = session;
    const { moment, wanted } = this.#place;
    if (moment.kind === 'symbol' && this.#icount === undefined)
      symbols.stopAt(moment.name, session, wanted, () => this.#see());
  }
  /** For the session's options. */
  readonly onByte = (byte: number, console: number): void => {
    if (this.#text?.see(byte, console)) this.#see();
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

/** Finds a place on the tape, or else by a run that nobody sees. @throws Failure where it is not there */
export function findPlace(reader: TapeReader, place: Place, symbols: ReplaySymbols): Found {
  const found = findOnTape(reader, place);
  if (found !== undefined) return found;
  const traveller = new Traveller(reader, symbols);
  traveller.go(place);
  return { icount: traveller.timeline.machine.icount };
}
