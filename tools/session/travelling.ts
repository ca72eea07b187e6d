import { TextWatches } from '../../src/base/text-watch.ts';
import type { ReplaySymbols } from '../../src/replay/symbols/replay-symbols.ts';
import { eventStops } from '../../src/timeline/event-stops.ts';
import type { Stops } from '../../src/timeline/stops.ts';
import { Timeline } from '../../src/timeline/timeline.ts';
import type { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { consoleOut, isConsole, type TapeEvent } from '../../src/trace/events/index.ts';
import { withHostMemory } from './host-memory.ts';
import { findOnTape, fits, notFound, within } from './on-tape.ts';
import type { Moment, Place } from './places.ts';

type ConsoleMoment = Extract<Moment, { kind: 'console' }>;

/** A tape's run that goes from place to place, by what the tape tells of them and else by the shortest run that finds them. */
export class Traveller {
  readonly timeline: Timeline;
  readonly #reader: TapeReader;
  readonly #symbols: ReplaySymbols;
  #onByte: ((byte: number, console: number) => void) | undefined;

  /** @throws Failure where there is no machine to be made of the tape */
  constructor(reader: TapeReader, symbols: ReplaySymbols) {
    this.#reader = reader;
    this.#symbols = symbols;
    this.timeline = withHostMemory(
      Number(reader.header.machine.memoryBytes),
      () => new Timeline(reader, { consoleOut: (byte, console) => this.#onByte?.(byte, console) }),
    );
  }

  /** Goes to a place: the guest is about to execute what comes next there. @throws Failure where it is not on the tape */
  go(place: Place): void {
    const { timeline } = this;
    const found = findOnTape(this.#reader, place);
    if (found?.ordinal !== undefined) timeline.seekEvent(found.ordinal);
    else if (found !== undefined) timeline.seek(found.icount);
    else {
      this.#run(place);
      if (place.offset !== 0)
        timeline.seek(within(place, timeline.machine.icount + place.offset, timeline.last).icount);
    }
  }

  /** Runs to what the tape does not tell the place of. */
  #run(place: Place): void {
    const { moment } = place;
    switch (moment.kind) {
      case 'console':
        this.#toText(place, moment);
        return;
      case 'symbol':
        this.timeline.seek(this.timeline.first);
        this.#toNth(place, 0, (seen) => this.#symbolStops(moment.name, place.wanted, seen));
        return;
      default:
        this.timeline.seek(this.timeline.first);
        this.#toNth(place, 0, (seen) => ({
          arm: (session, found) => {
            const fitting = eventStops((decl, fields) =>
              fits(moment, { kind: decl.name, ...fields } as TapeEvent, -1) ? 0 : undefined,
            );
            return fitting.arm(session, (what) => {
              if (seen()) found(what);
            });
          },
        }));
    }
  }

  /**
   * The tape has what the console said, a piece an event: the stretch before the event in which the text is complete is all that is
   * to be run. What a tape was cut off from may have been said too, and of inputs alone nothing is known.
   */
  #toText(place: Place, { text }: ConsoleMoment): void {
    const reader = this.#reader;
    const watch = new TextWatches(text);
    let seen = 0;
    let before: number | undefined;
    const ahead = new TextWatches(text);
    for (const event of reader.events({ classes: new Set([consoleOut.name]), damage: 'skip' })) {
      if (event.kind !== consoleOut.name || !isConsole(event.device)) continue;
      let count = seen;
      for (const byte of event.bytes) if (ahead.see(byte, event.device)) count++;
      if (count >= place.occurrence) {
        this.#toNextText(place, watch, seen, before);
        return;
      }
      for (const byte of event.bytes) watch.see(byte, event.device);
      seen = count;
      before = event.ordinal;
    }
    const { level } = reader.header;
    if (level !== 'inputs' && reader.integrity.complete) throw notFound(place, seen, this.timeline.last);
    this.#toNextText(place, watch, seen, before);
  }
  /** `watch` has seen all that the console said up to an event. */
  #toNextText(place: Place, watch: TextWatches, seen: number, before: number | undefined): void {
    const { timeline } = this;
    if (before === undefined) timeline.seek(timeline.first);
    else timeline.seekEvent(before);
    this.#toNth(place, seen, (count) => ({
      arm: (_session, found) => {
        this.#onByte = (byte, console) => {
          if (watch.see(byte, console) && count()) found({ kind: 'event', which: 0 });
        };
        return () => {
          this.#onByte = undefined;
        };
      },
    }));
  }

  /** `count` counts another one, and says whether it is the one that is wanted. */
  #toNth(place: Place, before: number, stops: (count: () => boolean) => Stops): void {
    const { timeline } = this;
    let seen = before;
    const hit = timeline.run(
      'forwards',
      stops(() => ++seen === place.occurrence),
    );
    if (hit.kind !== 'event') throw notFound(place, seen, timeline.last);
  }

  #symbolStops(name: string, wanted: string, count: () => boolean): Stops {
    return {
      arm: (session, found) => {
        this.#symbols.stopAt(name, session, wanted, () => {
          if (count()) found({ kind: 'event', which: 0 });
        });
        return () => session.stopBefore([]);
      },
    };
  }
}
