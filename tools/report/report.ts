import { basename } from 'node:path';
import { ExitStatus } from '../../src/base/failure.ts';
import { PRODUCER } from '../../src/library/producer.ts';
import type { GuestArch } from '../../src/machine/arch.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { deviceRegisters, eventSymbols } from '../session/event-symbols.ts';
import { writeTo } from '../session/mem.ts';
import { Outputs } from '../session/outputs.ts';

import { printJson, say } from '../session/standard-output.ts';
import { bytesText, countText } from '../session/units.ts';
import { reportPage } from './html.ts';
import type { ReportData, RunData } from './report-data.ts';
import { runDataOf } from './run-data.ts';

/** Options of `report`. */
export interface ReportArgs {
  readonly tape: string;
  readonly tape2?: string | undefined;
  readonly output: string;
  readonly title?: string | undefined;
  readonly symbols?: string | undefined;
  readonly force: boolean;
  readonly json: boolean;
}

function readRun(path: string, symbols: string | undefined): RunData {
  const reader = TapeReader.open(path);
  const { symbolAt } = eventSymbols(reader, { symbols });
  return runDataOf(reader, {
    functionAt: (pc) => symbolAt(pc)?.replace(/\+0x[0-9a-f]+$/, ''),
    registerAt: deviceRegisters(reader),
    isArmv7: reader.header.machine.arch === ('armv7' satisfies GuestArch),
  });
}

/** Writes the page. @throws Failure where a tape cannot be read, or the file cannot be written */
export function report({ tape, tape2, output, title, symbols, force, json }: ReportArgs): ExitStatus {
  const outputs = new Outputs(force);
  const paths = tape2 === undefined ? [tape] : [tape, tape2];
  for (const path of paths) outputs.reads(path, 'a tape');
  outputs.writes(output, '-o');
  const runs = paths.map((path) => readRun(path, symbols));
  const data: ReportData = {
    title: title ?? paths.map((path) => basename(path)).join(' and '),
    producer: PRODUCER,
    command: `hypertape report ${paths.join(' ')} -o ${output}`,
    runs,
    findings: [],
  };
  const page = reportPage(data);
  writeTo(output, force, page);
  const exits = runs.reduce((sum, { exits: { at } }) => sum + at.length, 0);
  const bytes = page.reduce((sum, piece) => sum + piece.length, 0);
  if (json) printJson({ output, bytes, runs: runs.map(({ name, events }) => ({ name, events })) });
  else say(`${output}: ${bytesText(bytes)}, ${countText(exits)} exits; open it in a browser`);
  return ExitStatus.ok;
}
