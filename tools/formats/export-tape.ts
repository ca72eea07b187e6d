import { basename } from 'node:path';
import { interruptLives } from '../../src/analysis/interrupt-lives.ts';
import { ExitStatus, Failure } from '../../src/base/failure.ts';
import type { GuestArch } from '../../src/machine/arch.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import type { ExportSource } from '../exporting/export-source.ts';
import { eventRange } from '../session/event-range.ts';
import { deviceRegisters, eventSymbols, portNames } from '../session/event-symbols.ts';
import { Outputs } from '../session/outputs.ts';
import { similarTo } from '../session/similar.ts';
import { printJson, say } from '../session/standard-output.ts';
import { bytesText, countText } from '../session/units.ts';
import type { ExportArgs } from './exported.ts';
import { type FormatName, formatNames, formats } from './formats.ts';
import { PieceOutput } from './piece-output.ts';

/** More vCPUs than any machine has, so many that an imported trace may have. */
const VCPUS_MAX = 256;

/** Writes a tape in another format. @throws Failure; nothing of the file is left then */
export async function exportTape(args: ExportArgs): Promise<ExitStatus> {
  const { tape, output, force, json } = args;
  const format = formatOf(args.to);
  const outputs = new Outputs(force);
  outputs.reads(tape, 'the tape');
  outputs.reads(args.symbols, 'the symbols');
  for (const program of args.program ?? []) outputs.reads(program, 'a program');
  outputs.writes(output, '-o', { streams: true });
  if (args.table !== undefined && format !== 'parquet')
    throw new Failure(`--table ${args.table}: goes with --to parquet, and not with --to ${format}`);
  if (args.memory && format !== 'tarmac')
    throw new Failure(`--memory: goes with --to tarmac, and not with --to ${format}`);
  const reader = TapeReader.open(tape);
  let events: number | undefined;
  const make = await formats[format].load();
  const out = new PieceOutput(output, force);
  try {
    const source = (): ExportSource => sourceOf(reader, args, (count) => (events = count));
    await make({ args, reader, source }, (piece) => out.put(piece));
    out.finish();
  } catch (error) {
    out.discard();
    throw error;
  }
  const { bytes } = out;
  const { integrity } = reader;
  if (!integrity.complete) say(`${tape}: ${integrity.summary}`);
  if (json) printJson({ output, to: format, ...(events === undefined ? {} : { events }), bytes });
  else say(`${output}: ${bytesText(bytes)}, ${format}${events === undefined ? '' : ` of ${countText(events)} events`}`);
  return ExitStatus.ok;
}

function sourceOf(reader: TapeReader, args: ExportArgs, counted: (events: number) => void): ExportSource {
  const { header } = reader;
  const { symbolAt, replaySymbols } = eventSymbols(reader, { symbols: args.symbols });
  const range = eventRange(reader, { from: args.from, to: args.until }, replaySymbols);
  const said = header.machine.vcpus;
  // A forged header may say anything.
  const vcpus = typeof said === 'number' && Number.isInteger(said) && said > 0 ? Math.min(VCPUS_MAX, said) : 1;
  return {
    title: basename(args.tape),
    header,
    vcpus,
    names: {
      symbolAt,
      registerAt: deviceRegisters(reader),
      portAt: portNames(reader),
      isArmv7: header.machine.arch === ('armv7' satisfies GuestArch),
    },
    *events() {
      let events = 0;
      for (const event of reader.events(range.filter)) {
        if (!range.includes(event)) continue;
        events++;
        yield event;
      }
      counted(events);
    },
    *interrupts() {
      const { from = 0, to = Number.MAX_SAFE_INTEGER } = range.filter;
      const version = header.machine.gicVersion === 2 ? 2 : 3;
      for (const life of interruptLives(reader, { vcpus, version })) {
        const first = life.raisedAt ?? life.placedAt ?? life.acknowledgedAt ?? life.endedAt;
        if (first >= from && first <= to) yield life;
      }
    },
  };
}

function formatOf(text: string): FormatName {
  const found = formatNames.find((name) => name === text);
  if (found !== undefined) return found;
  const similar = similarTo(text, formatNames);
  const isPlace = /^([a-z]+:|[0-9]|end)/.test(text);
  const advice = isPlace
    ? 'a stretch ends with --until; --to takes a format: '
    : similar === undefined
      ? 'give '
      : `did you mean ${similar}? there are `;
  throw new Failure(`--to ${text}: no such format; ${advice}${formatNames.join(', ')}`);
}
