import type { Argv } from 'yargs';
import { ExitStatus } from '../../src/base/failure.ts';
import type { GuestArch } from '../../src/machine/arch.ts';
import type { RecordedEvent } from '../../src/trace/codec/event-frame.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { inClasses, type TapeEvent } from '../../src/trace/events/index.ts';
import { command, commonExits } from '../session/command.ts';
import { classesOf } from '../session/event-classes.ts';
import { EventTable, type Group, grouped, jsonLine, rawLine } from '../session/event-lines.ts';
import { eventRange } from '../session/event-range.ts';
import { deviceRegisters, eventSymbols } from '../session/event-symbols.ts';
import { countOf, numberOf, rangeOf } from '../session/numbers.ts';
import { placeHelp } from '../session/places.ts';
import { LineOutput, say } from '../session/standard-output.ts';

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
  lists: ['tapes'],
  builder: options,
  handler: (args) => {
    // yargs types what `..` collects as one.
    const paths = args.tapes as unknown as readonly string[];
    const wanted = filterOf(args);
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
function list(
  path: string,
  args: Args,
  wanted: (event: TapeEvent) => boolean,
  out: LineOutput,
  isOneOfSeveral: boolean,
): void {
  const limit = args.limit === undefined ? Number.POSITIVE_INFINITY : countOf('--limit', args.limit);
  const reader = TapeReader.open(path);
  const { symbolAt, within, replaySymbols } = eventSymbols(reader, args);
  const range = eventRange(reader, args, replaySymbols);
  const isShown = (event: RecordedEvent): boolean =>
    range.includes(event) && wanted(event) && (within === undefined || ('pc' in event && within(event.pc)));
  const names = {
    symbolAt,
    registerAt: deviceRegisters(reader),
    isArmv7: reader.header.machine.arch === ('armv7' satisfies GuestArch),
  };
  const events = reader.events(range.filter);
  let listed = 0;
  const put = (line: () => void): boolean => {
    if (listed >= limit) return false;
    line();
    return ++listed < limit;
  };
  if (args.json || args.raw) {
    const tape = isOneOfSeveral ? { tape: path } : {};
    for (const event of events) {
      if (!isShown(event)) continue;
      const line = args.json ? jsonLine(event, names, tape) : rawLine(event, symbolAt);
      if (!put(() => out.line(line))) break;
    }
  } else {
    const table = new EventTable(names);
    out.painted(table.header);
    for (const group of grouped(events)) {
      if (!(group as readonly RecordedEvent[]).some(isShown)) continue;
      if (!put(() => out.painted(table.line(group as Group)))) break;
    }
  }
  const { integrity } = reader;
  if (listed < limit && !integrity.complete) say(`${path}: ${integrity.summary}`);
}

/** What the options leave of the events, but for places and functions. @throws Failure where one of them is none */
function filterOf(args: Args): (event: TapeEvent) => boolean {
  const classes = args.class === undefined ? undefined : classesOf('--class', args.class);
  const vcpu = args.vcpu === undefined ? undefined : numberOf('--vcpu', args.vcpu);
  const ipa = args.ipa === undefined ? undefined : rangeOf('--ipa', args.ipa);
  const intid = args.intid === undefined ? undefined : numberOf('--intid', args.intid);
  return (event) =>
    (classes === undefined || inClasses(event, classes)) &&
    (vcpu === undefined || event.vcpu === vcpu) &&
    (ipa === undefined || touches(event, ipa)) &&
    (intid === undefined || ('intid' in event && event.intid === intid));
}

/** Does the event concern guest-physical memory in the range? */
function touches(event: TapeEvent, [low, high]: readonly [bigint, bigint]): boolean {
  if (event.kind === 'mmio-read' || event.kind === 'mmio-write')
    return event.ipa <= high && event.ipa + BigInt(event.size) > low;
  if (event.kind === 'stage2-map') return event.ipa <= high && event.ipa + BigInt(event.bytes) > low;
  return event.kind === 'vm-exit' && event.hpfar !== 0n && event.hpfar >= low && event.hpfar <= high;
}
