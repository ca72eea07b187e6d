import { closeSync, constants, openSync } from 'node:fs';
import { basename } from 'node:path';
import { ExitStatus, Failure } from '../../src/base/failure.ts';
import { systemError } from '../../src/host/system-error.ts';
import type { GuestArch } from '../../src/machine/arch.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { eventRange } from '../session/event-range.ts';
import { deviceRegisters, eventSymbols } from '../session/event-symbols.ts';
import { writeTo } from '../session/mem.ts';
import { isStream, Outputs } from '../session/outputs.ts';
import { similarTo } from '../session/similar.ts';
import { printJson, ReaderGone, say, writeAll } from '../session/standard-output.ts';
import { bytesText, countText } from '../session/units.ts';
import type { ExportSource, Pieces } from './export-source.ts';
import { type FormatName, formatNames, formats } from './formats.ts';

/** Options of `export`. */
export interface ExportArgs {
  readonly tape: string;
  readonly to: string;
  readonly output: string;
  readonly from?: string | undefined;
  readonly until?: string | undefined;
  readonly symbols?: string | undefined;
  readonly force: boolean;
  readonly json: boolean;
}

/** More vCPUs than any machine has, so many that an imported trace may have. */
const VCPUS_MAX = 256;

/** Writes a tape's events in another format. @throws Failure */
export async function exportEvents(args: ExportArgs): Promise<ExitStatus> {
  const { tape, output, force, json } = args;
  const format = formatOf(args.to);
  const outputs = new Outputs(force);
  outputs.reads(tape, 'the tape');
  outputs.reads(args.symbols, 'the symbols');
  outputs.writes(output, '-o', { streams: true });
  const reader = TapeReader.open(tape);
  const { symbolAt, replaySymbols } = eventSymbols(reader, { symbols: args.symbols });
  const range = eventRange(reader, { from: args.from, to: args.until }, replaySymbols);
  const { header } = reader;
  const make = await formats[format].load();
  let events = 0;
  const source: ExportSource = {
    title: basename(tape),
    header,
    vcpus: Math.min(VCPUS_MAX, Number(header.machine.vcpus ?? 1)),
    names: {
      symbolAt,
      registerAt: deviceRegisters(reader),
      isArmv7: header.machine.arch === ('armv7' satisfies GuestArch),
    },
    *events() {
      events = 0;
      for (const event of reader.events(range.filter)) {
        if (!range.includes(event)) continue;
        events++;
        yield event;
      }
    },
  };
  const bytes = write(output, force, make(source));
  const { integrity } = reader;
  if (!integrity.complete) say(`${tape}: ${integrity.summary}`);
  if (json) printJson({ output, to: format, events, bytes });
  else say(`${output}: ${bytesText(bytes)}, ${format} of ${countText(events)} events`);
  return ExitStatus.ok;
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

/** Writes all pieces to a file, or to a pipe or device as they come. How many bytes they were. */
function write(path: string, force: boolean, pieces: Pieces): number {
  let bytes = 0;
  function* counted(): Generator<Uint8Array> {
    for (const piece of pieces) {
      const data = typeof piece === 'string' ? Buffer.from(piece, 'utf8') : piece;
      bytes += data.length;
      yield data;
    }
  }
  if (isStream(path)) stream(path, counted());
  else writeTo(path, force, counted());
  return bytes;
}
function stream(path: string, pieces: Iterable<Uint8Array>): void {
  let fd: number;
  try {
    fd = openSync(path, constants.O_WRONLY);
  } catch (error) {
    throw new Failure(`cannot write ${path}: ${systemError(error)}; choose another place`);
  }
  try {
    for (const piece of pieces) if (!writeAll(fd, piece, path)) throw new ReaderGone();
  } finally {
    closeSync(fd);
  }
}
