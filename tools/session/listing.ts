import { ExitStatus } from '../../src/base/failure.ts';
import type { GuestArch } from '../../src/machine/arch.ts';
import type { SymbolAt } from '../../src/replay/event-text.ts';
import type { RecordedEvent } from '../../src/trace/codec/event-rows.ts';
import { type FrameFilter, TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { classesOf } from './event-classes.ts';
import { EventTable, grouped, rawLine } from './event-lines.ts';
import { eventRange } from './event-range.ts';
import { EventSelection, type Selected } from './event-selection.ts';
import { deviceRegisters, eventSymbols, portNames } from './event-symbols.ts';
import { JsonLines } from './json-lines.ts';
import { countOf, numberOf, rangeOf } from './numbers.ts';
import { LineOutput, say, withoutControls } from './standard-output.ts';

/** What to list of tapes, and how. */
interface ListingArgs {
  readonly class?: string | undefined;
  readonly vcpu?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly ipa?: string | undefined;
  readonly intid?: string | undefined;
  readonly symbol?: string | undefined;
  readonly symbols?: string | undefined;
  readonly limit?: string | undefined;
  readonly raw: boolean;
  readonly json: boolean;
}

/** Lists the events of tapes, one after the other. @throws Failure where an option or a tape is none */
export function listEvents(paths: readonly string[], args: ListingArgs): ExitStatus {
  const wanted = selectedBy(args);
  const out = new LineOutput();
  try {
    for (const path of paths) {
      if (paths.length > 1 && !args.json) out.line(`==> ${path} <==`);
      list(path, args, wanted, out, paths.length > 1);
    }
  } finally {
    out.flush();
  }
  return ExitStatus.ok;
}

/** Lists one tape. */
function list(path: string, args: ListingArgs, wanted: Selected, out: LineOutput, isOneOfSeveral: boolean): void {
  const limit = args.limit === undefined ? Number.POSITIVE_INFINITY : countOf('--limit', args.limit);
  const reader = TapeReader.open(path);
  const { symbolAt, within, replaySymbols } = eventSymbols(reader, args);
  const { stretch, filter } = eventRange(reader, args, replaySymbols);
  const selection = new EventSelection({ ...wanted, ...stretch, within });
  const names = {
    symbolAt,
    registerAt: deviceRegisters(reader),
    portAt: portNames(reader),
    isArmv7: reader.header.machine.arch === ('armv7' satisfies GuestArch),
  };
  let lines: Iterable<string>;
  if (args.json) lines = jsonLines(reader, selection, new JsonLines(names, isOneOfSeveral ? { tape: path } : {}));
  else if (args.raw) lines = rawLines(reader, selection, symbolAt);
  else {
    const table = new EventTable(names);
    out.painted(table.header);
    lines = tableLines(reader, selection, filter, table);
  }
  let listed = 0;
  if (limit > 0)
    for (const line of lines) {
      out.painted(line);
      if (++listed >= limit) break;
    }
  const { integrity } = reader;
  if (listed < limit && !integrity.complete) say(`${path}: ${integrity.summary}`);
}

function* jsonLines(reader: TapeReader, selection: EventSelection, json: JsonLines): Generator<string> {
  for (const frame of reader.eventFrames(selection.filter)) yield* json.linesOf(frame, selection.see(frame));
}

function* rawLines(reader: TapeReader, selection: EventSelection, symbolAt: SymbolAt): Generator<string> {
  for (const frame of reader.eventFrames(selection.filter)) {
    const shown = selection.see(frame);
    for (const event of frame.events((place) => shown[place] === 1)) yield withoutControls(rawLine(event, symbolAt));
  }
}

/** An exit is shown with what was done about it where either is wanted. */
function* tableLines(
  reader: TapeReader,
  selection: EventSelection,
  range: FrameFilter,
  table: EventTable,
): Generator<string> {
  const events = function* (): Generator<RecordedEvent> {
    for (const frame of reader.eventFrames(range)) {
      selection.see(frame);
      yield* frame.events();
    }
  };
  for (const group of grouped(events()))
    if ((group as readonly RecordedEvent[]).some((event) => selection.has(event))) yield table.line(group);
}

/** For all options but places and functions. @throws Failure where one of them is none */
function selectedBy(args: ListingArgs): Selected {
  return {
    classes: args.class === undefined ? undefined : classesOf('--class', args.class),
    vcpu: args.vcpu === undefined ? undefined : numberOf('--vcpu', args.vcpu),
    ipa: args.ipa === undefined ? undefined : rangeOf('--ipa', args.ipa),
    intid: args.intid === undefined ? undefined : numberOf('--intid', args.intid),
  };
}
