import type { Argv } from 'yargs';
import { ExitStatus } from '../../src/base/failure.ts';
import type { GuestArch } from '../../src/machine/arch.ts';
import type { SymbolAt } from '../../src/replay/event-text.ts';
import type { RecordedEvent } from '../../src/trace/codec/event-rows.ts';
import { type FrameFilter, TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { command, commonExits } from '../session/command.ts';
import { classesOf } from '../session/event-classes.ts';
import { EventTable, grouped, rawLine } from '../session/event-lines.ts';
import { eventRange } from '../session/event-range.ts';
import { EventSelection, type Selected } from '../session/event-selection.ts';
import { deviceRegisters, eventSymbols, portNames } from '../session/event-symbols.ts';
import { JsonLines } from '../session/json-lines.ts';
import { countOf, numberOf, rangeOf } from '../session/numbers.ts';
import { placeHelp } from '../session/places.ts';
import { LineOutput, say, withoutControls } from '../session/standard-output.ts';

const options = (yargs: Argv) =>
  yargs
    .positional('tapes', { type: 'string', demandOption: true, describe: 'tapes that "record" wrote' })
    .option('class', {
      type: 'string',
      describe: "only these, comma-separated: events, or exits by KVM's or bhyve's name (mmio-read,WFx,DABT_LOW)",
    })
    .option('vcpu', { type: 'string', describe: 'only this vCPU' })
    .option('from', { type: 'string', describe: placeHelp('from a place on') })
    .option('to', { type: 'string', describe: 'up to a place' })
    .option('ipa', { type: 'string', describe: 'only accesses of this guest-physical address, or range A-B' })
    .option('intid', { type: 'string', describe: 'only this interrupt' })
    .option('symbol', { type: 'string', describe: 'only at a PC within this function of the guest' })
    .option('symbols', { type: 'string', describe: "the guest's symbols: an ELF or System.map" })
    .option('limit', { type: 'string', describe: 'no more than so many lines' })
    .option('raw', { type: 'boolean', default: false, describe: "one line an event, in bhyve's and KVM's words" })
    .option('json', { type: 'boolean', default: false, describe: 'one JSON object an event, one a line' })
    .group(['from', 'to', 'class', 'vcpu', 'ipa', 'intid', 'symbol', 'limit'], 'What to list:')
    .group(['raw', 'json', 'symbols'], 'How:')
    .requiresArg(['class', 'vcpu', 'from', 'to', 'ipa', 'intid', 'symbol', 'symbols', 'limit']);

type Args = Awaited<ReturnType<ReturnType<typeof options>['parse']>>;

export const events = command({
  command: 'events <tapes..>',
  describe: 'list the events of tapes',
  exits: { 0: 'listed, to the end of the tape or of what is whole of it', ...commonExits },
  isReduction: true,
  lists: ['tapes'],
  builder: options,
  handler: (args) => {
    // yargs types what `..` collects as one.
    const paths = args.tapes as unknown as readonly string[];
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
  },
});

/** Lists one tape. */
function list(path: string, args: Args, wanted: Selected, out: LineOutput, isOneOfSeveral: boolean): void {
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
function selectedBy(args: Args): Selected {
  return {
    classes: args.class === undefined ? undefined : classesOf('--class', args.class),
    vcpu: args.vcpu === undefined ? undefined : numberOf('--vcpu', args.vcpu),
    ipa: args.ipa === undefined ? undefined : rangeOf('--ipa', args.ipa),
    intid: args.intid === undefined ? undefined : numberOf('--intid', args.intid),
  };
}
