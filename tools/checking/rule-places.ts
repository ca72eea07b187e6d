import type { Rule, Spot } from '../../src/analysis/rules/index.ts';
import { placesOf } from '../../src/analysis/rules/index.ts';
import { TextWatches } from '../../src/base/text-watch.ts';
import type { ReplaySymbols } from '../../src/replay/symbols/replay-symbols.ts';
import type { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { consoleOut, isConsole } from '../../src/trace/events/index.ts';
import { NotOnTape } from '../session/on-tape.ts';
import { type Place, parsePlace } from '../session/places.ts';
import { findPlace } from '../session/seeking.ts';

/** The places of a rule, understood. @throws Failure that names the rule */
function parsed(rule: Rule, file: string): [text: string, place: Place][] {
  return placesOf(rule).map((text) => [text, parsePlace(`${file}: rule ${JSON.stringify(rule.name)}:`, text)]);
}

/** All places that rules name, by their text. @throws Failure where one is none */
export const placesIn = (rules: readonly Rule[], file: string): ReadonlyMap<string, Place> =>
  new Map(rules.flatMap((rule) => parsed(rule, file)));

/** The event of the console's in which a text stands complete: what the tape tells by itself, where a replay tells the very byte. */
function findText(reader: TapeReader, text: string, { occurrence, offset }: Place): Spot | undefined {
  const watch = new TextWatches(text);
  let seen = 0;
  for (const frame of reader.eventFrames({ tags: new Set([consoleOut.tag]) })) {
    const table = frame.table(consoleOut);
    const devices = table?.column('device');
    for (const [row, bytes] of (table?.column('bytes') ?? []).entries()) {
      const device = devices?.[row] as number;
      if (!isConsole(device)) continue;
      for (const byte of bytes) {
        if (!watch.see(byte, device) || ++seen < occurrence) continue;
        const place = table?.rows[row] as number;
        const icount = (frame.at[place] as number) + offset;
        return offset === 0 ? { icount, ordinal: frame.firstOrdinal + place } : { icount };
      }
    }
  }
  return undefined;
}

/** Where the places are on a tape; undefined where it does not come there. */
export function spotsOf(
  reader: TapeReader,
  places: ReadonlyMap<string, Place>,
  symbols: () => ReplaySymbols,
): ReadonlyMap<string, Spot | undefined> {
  return new Map(
    [...places].map(([text, place]): [string, Spot | undefined] => {
      if (place.moment.kind === 'console') return [text, findText(reader, place.moment.text, place)];
      try {
        return [text, findPlace(reader, place, symbols())];
      } catch (error) {
        // Beyond the end, or never: that is what a rule may be about.
        if (error instanceof NotOnTape) return [text, undefined];
        throw error;
      }
    }),
  );
}
