import { type Beside, besideEachOther } from '../analysis/beside.ts';
import { firstKind, kindOfEvents } from '../analysis/difference-kind.ts';
import { givenDifferences } from '../analysis/disks.ts';
import { firstDifferentEvents } from '../analysis/events-in-order.ts';
import type { DifferenceKind, HeaderDifference } from '../analysis/headers.ts';
import type { RegisterAt } from '../machine/register-names.ts';
import type { RecordedEvent } from '../trace/codec/event-rows.ts';
import type { TapeReader } from '../trace/codec/tape-reader.ts';
import { eventByTag, keptAt, stateHash } from '../trace/events/index.ts';
import type { NamesOfSide } from './code-of-both.ts';

type Both<T> = Readonly<Record<'a' | 'b', T>>;

/** In what two tapes differ. */
export interface Differences {
  /** What the machines began with. */
  readonly headers: readonly HeaderDifference[];
  /** The first events that differ; of a side that has ended, or where none do, nothing. */
  readonly rows: Both<RecordedEvent | undefined>;
  /** The first hashes of the whole state that do. */
  readonly hashes: Both<{ readonly event: number; readonly icount: number } | undefined>;
  /** What kind of thing differed first. */
  readonly kind: DifferenceKind;
  /** Behind it, event by event of the same code. */
  readonly beside: Beside;
}

/** What events name, and how much is listed. */
export interface DifferenceOptions {
  /** Asked for once something differs. */
  readonly names: () => Both<NamesOfSide>;
  readonly registerAt: RegisterAt;
  /** How many stretches of differences are listed. */
  readonly regions: number;
}

/** In what two tapes differ; undefined where they are of the same run. @throws Failure where one is damaged */
export function differences(
  readers: Both<TapeReader>,
  options: DifferenceOptions,
): (Differences & { readonly names: Both<NamesOfSide> }) | undefined {
  const { a, b } = readers;
  const headers = givenDifferences(a, b);
  const isWanted = keptByBoth(readers);
  const first = firstDifferentEvents(a.eventFrames(), b.eventFrames(), isWanted);
  if (first === undefined && headers.every(({ what }) => what === 'producer')) return undefined;
  const names = options.names();
  const { registerAt, regions } = options;
  const beside = besideEachOther(a.eventFrames(), b.eventFrames(), {
    codeAt: { a: names.a.codeAt, b: names.b.codeAt },
    functionAt: { a: names.a.functionAt, b: names.b.functionAt },
    registerAt,
    isWanted,
    isTimed: [a, b].every(({ header }) => header.machine.imported === undefined),
    regions,
  });
  const rows = { a: first?.a?.in.event(first.a.place), b: first?.b?.in.event(first.b.place) };
  const kind = firstKind(headers, () => kindOfEvents(rows.a, rows.b));
  return { headers, rows, hashes: firstHashes(readers), kind, beside, names };
}

/** Of tapes of different levels only what both hold can be compared. */
function keptByBoth({ a, b }: Both<TapeReader>): (tag: number) => boolean {
  return (tag) => {
    const decl = eventByTag(tag);
    return [a, b].every(({ header }) => decl === undefined || keptAt(header.level, decl));
  };
}

function firstHashes({ a, b }: Both<TapeReader>): Differences['hashes'] {
  const filter = { tags: new Set([stateHash.tag]) };
  const different = firstDifferentEvents(a.eventFrames(filter), b.eventFrames(filter), (tag) => tag === stateHash.tag);
  const hash = (side: 'a' | 'b'): Differences['hashes']['a'] => {
    const at = different?.[side];
    return at && { event: at.in.frame.firstOrdinal + at.place, icount: at.in.frame.at[at.place] as number };
  };
  return { a: hash('a'), b: hash('b') };
}
