// comparing/: two tapes beside each other: what differs, and from which instruction on.

import { besideEachOther } from '../../src/analysis/beside.ts';
import { firstKind, kindOfEvents } from '../../src/analysis/difference-kind.ts';
import { givenDifferences } from '../../src/analysis/disks.ts';
import { firstDifferentEvents } from '../../src/analysis/events-in-order.ts';
import { ExitStatus } from '../../src/base/failure.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { eventByTag, keptAt, stateHash } from '../../src/trace/events/index.ts';
import type { GuestNames } from '../session/event-lines.ts';
import { deviceRegisters, portNames } from '../session/event-symbols.ts';
import { countOf } from '../session/numbers.ts';
import { LineOutput, printJson } from '../session/standard-output.ts';
import { type CodeNames, codeNames } from './code-names.ts';
import { differenceJson, type FoundDifferences } from './difference-json.ts';
import { differenceLines, sameLines } from './difference-lines.ts';
import { type Both, eachSide, SIDES } from './sides.ts';

/** Options of `diff`. */
export interface DiffArgs {
  readonly a: string;
  readonly b: string;
  readonly limit: string;
  readonly context: string;
  readonly symbols?: string | undefined;
  readonly symbolsB?: string | undefined;
  readonly json: boolean;
}

/** Tells in what two tapes differ. @throws Failure */
export function diffTapes(args: DiffArgs): ExitStatus {
  const limit = countOf('--limit', args.limit) || Number.MAX_SAFE_INTEGER;
  const context = countOf('--context', args.context);
  const readers = eachSide((side) => TapeReader.open(args[side]));
  const found = differencesOf(readers, { a: args.symbols, b: args.symbolsB ?? args.symbols }, limit);
  if (found === undefined) {
    const headers = givenDifferences(readers.a, readers.b);
    if (args.json) printJson({ identical: true, headers });
    else show(sameLines(readers, headers));
    return ExitStatus.ok;
  }
  if (args.json) printJson(differenceJson(found));
  else show(differenceLines(found, context));
  return ExitStatus.finding;
}

/**
 * In what two tapes differ; undefined where they are of the same run.
 * @param symbols files of the guests' symbols
 * @param limit how many stretches of differences are listed
 * @throws Failure
 */
export function differencesOf(
  readers: Both<TapeReader>,
  symbols: Both<string | undefined>,
  limit: number,
): FoundDifferences | undefined {
  const headers = givenDifferences(readers.a, readers.b);
  const isWanted = keptByBoth(readers);
  const first = firstDifferentEvents(readers.a.eventFrames(), readers.b.eventFrames(), isWanted);
  if (first === undefined && headers.every(({ what }) => what === 'producer')) return undefined;
  const names = codeNames({ reader: readers.a, symbols: symbols.a }, { reader: readers.b, symbols: symbols.b });
  const registerAt = deviceRegisters(readers.a);
  const beside = besideEachOther(readers.a.eventFrames(), readers.b.eventFrames(), {
    codeAt: { a: names.a.codeAt, b: names.b.codeAt },
    functionAt: { a: names.a.functionAt, b: names.b.functionAt },
    registerAt,
    isWanted,
    isTimed: SIDES.every((side) => readers[side].header.machine.imported === undefined),
    regions: limit,
  });
  const rows = eachSide((side) => {
    const at = first?.[side];
    return at?.in.event(at.place);
  });
  const hashes = firstHashes(readers);
  return {
    ...{ readers, headers, rows, hashes, beside, registerAt, limit },
    kind: firstKind(headers, () => kindOfEvents(rows.a, rows.b)),
    guests: eachSide((side) => guestNames(readers[side], names[side])),
  };
}

function show(lines: Iterable<string>): void {
  const out = new LineOutput();
  for (const line of lines) out.painted(line);
  out.flush();
}

/** Of tapes of different levels only what both hold can be compared. */
function keptByBoth(readers: Both<TapeReader>): (tag: number) => boolean {
  return (tag) => {
    const decl = eventByTag(tag);
    return SIDES.every((side) => decl === undefined || keptAt(readers[side].header.level, decl));
  };
}

/** The first hashes of the whole state that are not the same. */
function firstHashes(readers: Both<TapeReader>): Both<{ readonly event: number; readonly icount: number } | undefined> {
  const isHash = (tag: number): boolean => tag === stateHash.tag;
  const filter = { tags: new Set([stateHash.tag]) };
  const different = firstDifferentEvents(readers.a.eventFrames(filter), readers.b.eventFrames(filter), isHash);
  return eachSide((side) => {
    const at = different?.[side];
    return at && { event: at.in.frame.firstOrdinal + at.place, icount: at.in.frame.at[at.place] as number };
  });
}

const guestNames = (reader: TapeReader, { textAt }: CodeNames): GuestNames => ({
  symbolAt: textAt,
  registerAt: deviceRegisters(reader),
  portAt: portNames(reader),
  isArmv7: reader.header.machine.arch === 'armv7',
});
