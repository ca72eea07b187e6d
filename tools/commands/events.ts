import { must } from '../../src/base/assert.ts';
import { ExitStatus, Failure } from '../../src/base/failure.ts';
import { type SymbolAt, withSymbol } from '../../src/replay/event-text.ts';
import type { RecordedEvent } from '../../src/trace/codec/event-frame.ts';
import { type EventFilter, TapeReader } from '../../src/trace/codec/tape-reader.ts';
import {
  allEvents,
  bhyveExitNames,
  dumpLine,
  type EventDecl,
  eventByName,
  kvmClassNames,
  type TapeEvent,
  toJson,
} from '../../src/trace/events/index.ts';
import { command, commonExits } from '../session/command.ts';
import { eventSymbols } from '../session/event-symbols.ts';
import { numberOf, rangeOf } from '../session/numbers.ts';
import { LineOutput, say } from '../session/standard-output.ts';

export const events = command({
  command: 'events <tape>',
  describe: 'list the events of a tape',
  exits: { 0: 'listed, to the end of the tape or of what is whole of it', ...commonExits },
  builder: (yargs) =>
    yargs
      .positional('tape', { type: 'string', demandOption: true, describe: 'a tape that "record" wrote' })
      .option('class', {
        type: 'string',
        describe: "only these, comma-separated: events, or exits by bhyve's or KVM's name (mmio-read,WFx,DABT_LOW)",
      })
      .option('vcpu', { type: 'string', describe: 'only this vCPU' })
      .option('from', { type: 'string', describe: 'from this instruction count on' })
      .option('to', { type: 'string', describe: 'up to this instruction count' })
      .option('ipa', { type: 'string', describe: 'only accesses of this guest-physical address, or range A-B' })
      .option('intid', { type: 'string', describe: 'only this interrupt' })
      .option('symbol', { type: 'string', describe: 'only at a PC within this function of the guest' })
      .option('symbols', { type: 'string', describe: "the guest's symbols: an ELF or System.map" })
      .option('limit', { type: 'string', describe: 'no more than so many' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object a line' })
      .requiresArg(['class', 'vcpu', 'from', 'to', 'ipa', 'intid', 'symbol', 'symbols', 'limit']),
  handler: (args) => {
    const count = (option: 'vcpu' | 'from' | 'to' | 'intid' | 'limit'): number | undefined => {
      const text = args[option];
      return text === undefined ? undefined : numberOf(`--${option}`, text);
    };
    const filter = filterOf(args.class, count('vcpu'), count('from'), count('to'));
    const ipa = args.ipa === undefined ? undefined : rangeOf('--ipa', args.ipa);
    const intid = count('intid');
    const limit = count('limit') ?? Number.POSITIVE_INFINITY;
    const reader = TapeReader.open(args.tape);
    const { symbolAt, within } = eventSymbols(reader, args);
    const out = new LineOutput();
    let listed = 0;
    try {
      if (limit > 0)
        for (const event of reader.events(filter)) {
          if (ipa !== undefined && !touches(event, ipa)) continue;
          if (intid !== undefined && !('intid' in event && event.intid === intid)) continue;
          if (within !== undefined && !('pc' in event && within(event.pc))) continue;
          out.line(args.json ? jsonLine(event, symbolAt) : textLine(event, symbolAt));
          if (++listed >= limit) break;
        }
    } finally {
      out.flush();
    }
    const { integrity } = reader;
    if (listed < limit && !integrity.complete) say(`${args.tape}: ${integrity.summary}`);
    return ExitStatus.ok;
  },
});

const declarationOf = ({ kind }: RecordedEvent): EventDecl => must(eventByName(kind), 'declaration');

function jsonLine(event: RecordedEvent, symbolAt: SymbolAt): string {
  const symbol = 'pc' in event ? symbolAt(event.pc) : undefined;
  const fields = toJson(declarationOf(event), event as never);
  return JSON.stringify({ ordinal: event.ordinal, ...fields, ...(symbol === undefined ? {} : { symbol }) });
}
const textLine = (event: RecordedEvent, symbolAt: SymbolAt): string =>
  withSymbol(dumpLine(declarationOf(event), event as never), event, symbolAt);

function filterOf(
  classes: string | undefined,
  vcpu: number | undefined,
  from: number | undefined,
  to: number | undefined,
): EventFilter {
  return {
    ...(classes === undefined ? {} : { classes: classesOf(classes) }),
    ...(vcpu === undefined ? {} : { vcpu }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
}

function classesOf(text: string): ReadonlySet<string> {
  const kinds = allEvents.map((decl): string => decl.name);
  const exits = [...Object.values(bhyveExitNames), ...Object.values(kvmClassNames)];
  const known = new Set([...kinds, ...exits]);
  const wanted = text.split(',').map((name) => name.trim());
  const strange = wanted.find((name) => !known.has(name) && !/^(EC_0x[0-9a-f]{2}|EXIT_[0-9]+)$/.test(name));
  if (strange !== undefined)
    throw new Failure(
      `--class ${strange}: no such class; there are ${kinds.join(', ')}, and exits such as HYP or DABT_LOW`,
    );
  return new Set(wanted);
}

/** Does the event concern guest-physical memory in the range? */
function touches(event: TapeEvent, [low, high]: readonly [bigint, bigint]): boolean {
  if (event.kind === 'mmio-read' || event.kind === 'mmio-write')
    return event.ipa <= high && event.ipa + BigInt(event.size) > low;
  if (event.kind === 'stage2-map') return event.ipa <= high && event.ipa + BigInt(event.bytes) > low;
  return event.kind === 'vm-exit' && event.hpfar !== 0n && event.hpfar >= low && event.hpfar <= high;
}
