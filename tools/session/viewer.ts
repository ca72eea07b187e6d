import { Failure } from '../../src/base/failure.ts';
import { GuestView } from '../../src/inspect/guest-view.ts';
import { readImage } from '../../src/machine/loaders/read-image.ts';
import { ReplaySession } from '../../src/replay/replay.ts';
import { ReplaySymbols } from '../../src/replay/symbols/replay-symbols.ts';
import { symbolsOfTape } from '../../src/replay/symbols/tape-symbols.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { withHostMemory } from './host-memory.ts';
import type { Place } from './places.ts';
import { watchFor } from './seeking.ts';

/** The guest's symbols: of a file, which is read at once, or of the tape's own kernel. */
export function symbolsFor(reader: TapeReader, path: string | undefined): ReplaySymbols {
  if (path === undefined) return new ReplaySymbols(reader, () => symbolsOfTape(reader));
  const found = symbolsOfTape(reader, readImage(path));
  return new ReplaySymbols(reader, () => found);
}

/** A guest at a place of its tape. */
export interface At {
  readonly view: GuestView;
  /** `symbol+0x10`, as far as there are symbols. */
  readonly symbolAt: (pc: bigint) => string | undefined;
  /** How long the way there took. */
  readonly seekMs: number;
}

/** A tape, and a machine that goes from place to place of it. */
export class Viewer {
  readonly #reader: TapeReader;
  readonly #symbols: ReplaySymbols;

  /** `symbols`: the file of `--symbols`. @throws Failure where one of them cannot be read */
  constructor(path: string, symbols: string | undefined) {
    this.#reader = TapeReader.open(path);
    this.#symbols = symbolsFor(this.#reader, symbols);
  }

  /** Goes to a place. What was seen of another is of no use then. @throws Failure where it is not on the tape */
  go(place: Place): At {
    const started = performance.now();
    const reader = this.#reader;
    const watch = watchFor(reader, place, this.#symbols);
    const session = withHostMemory(
      Number(reader.header.machine.memoryBytes),
      () => new ReplaySession(reader, { consoleOut: watch.onByte, onEvent: watch.onEvent }),
    );
    watch.attach(session, this.#symbols);
    while (!watch.isReached()) {
      const stop = session.run(watch.until);
      if (stop.kind === 'divergence')
        throw new Failure(
          `${place.wanted}: the replay on the way there differs from the recording at event ${stop.divergence.event}; "hypertape replay ${reader.path}" tells how`,
        );
      if (stop.kind !== 'place' && !watch.isReached()) throw watch.missed();
    }
    const { machine } = session;
    const seekMs = performance.now() - started;
    return { view: new GuestView(machine), symbolAt: (pc) => this.#symbols.text(pc, machine), seekMs };
  }
}
