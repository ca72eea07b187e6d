// comparing/: two tapes beside each other: what differs, and from which instruction on.

import { givenDifferences } from '../../src/analysis/disks.ts';
import { ExitStatus } from '../../src/base/failure.ts';
import { codeOfBoth, type NamesOfSide } from '../../src/explain/code-of-both.ts';
import { differences } from '../../src/explain/differences.ts';
import { symbolsByReplay } from '../../src/replay/symbols/replay-symbols.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import type { GuestNames } from '../session/event-lines.ts';
import { deviceRegisters, portNames } from '../session/event-symbols.ts';
import { withHostMemory } from '../session/host-memory.ts';
import { countOf } from '../session/numbers.ts';
import { LineOutput, printJson } from '../session/standard-output.ts';
import { differenceJson, type FoundDifferences } from './difference-json.ts';
import { differenceLines, sameLines } from './difference-lines.ts';
import { type Both, eachSide } from './sides.ts';

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
  const registerAt = deviceRegisters(readers.a);
  const names = (): Both<NamesOfSide> =>
    codeOfBoth({ reader: readers.a, symbols: symbols.a }, { reader: readers.b, symbols: symbols.b }, (reader, read) =>
      withHostMemory(Number(reader.header.machine.memoryBytes), () => symbolsByReplay(reader, read)),
    );
  const found = differences(readers, { names, registerAt, regions: limit });
  if (found === undefined) return undefined;
  const guests = eachSide((side) => guestNames(readers[side], found.names[side]));
  return { ...found, readers, registerAt, limit, guests };
}

function show(lines: Iterable<string>): void {
  const out = new LineOutput();
  for (const line of lines) out.painted(line);
  out.flush();
}

const guestNames = (reader: TapeReader, { textAt }: NamesOfSide): GuestNames => ({
  symbolAt: textAt,
  registerAt: deviceRegisters(reader),
  portAt: portNames(reader),
  isArmv7: reader.header.machine.arch === 'armv7',
});
