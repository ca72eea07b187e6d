import { basename } from 'node:path';
import { ExitStatus } from '../../src/base/failure.ts';
import { PRODUCER } from '../../src/library/producer.ts';
import { differencesOf } from '../comparing/differing.ts';
import { adviceOn, adviceText } from '../profiling/advice.ts';
import { readCosts } from '../profiling/costs.ts';
import { ProfiledTape } from '../profiling/profiled-tape.ts';
import { writeTo } from '../session/mem.ts';
import { numberOf } from '../session/numbers.ts';
import { Outputs } from '../session/outputs.ts';

import { printJson, say } from '../session/standard-output.ts';
import { bytesText, countText } from '../session/units.ts';
import { differenceDataOf } from './difference-data.ts';
import { reportPage } from './html.ts';
import type { Finding, ReportData } from './report-data.ts';
import { runDataOf } from './run-data.ts';

/** Options of `report`. */
export interface ReportArgs {
  readonly tape: string;
  readonly tape2?: string | undefined;
  readonly output: string;
  readonly title?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly vcpu?: string | undefined;
  readonly symbols?: string | undefined;
  readonly symbolsB?: string | undefined;
  readonly stacks: boolean;
  readonly costs?: string | undefined;
  readonly force: boolean;
  readonly json: boolean;
}

/** Stretches of differences that the timelines show. */
const REGIONS_MAX = 20_000;

/** In what two tapes differ; nothing of one alone. */
function differenceOf(tapes: readonly ProfiledTape[]): Pick<ReportData, 'difference'> {
  const [a, b] = tapes;
  if (a === undefined || b === undefined) return {};
  const symbols = { a: a.codeFiles.symbols, b: b.codeFiles.symbols };
  return { difference: differenceDataOf(differencesOf({ a: a.reader, b: b.reader }, symbols, REGIONS_MAX)) };
}

/** Writes the page. @throws Failure where a tape cannot be read, or the file cannot be written */
export function report({
  tape,
  tape2,
  output,
  title,
  from,
  to,
  vcpu,
  symbols,
  symbolsB,
  stacks,
  costs,
  force,
  json,
}: ReportArgs): ExitStatus {
  const outputs = new Outputs(force);
  const paths = tape2 === undefined ? [tape] : [tape, tape2];
  for (const path of paths) outputs.reads(path, 'a tape');
  outputs.reads(symbols, 'the symbols');
  outputs.reads(symbolsB, 'the symbols');
  outputs.reads(costs, 'the costs');
  outputs.writes(output, '-o');
  const options = { stacks, ...(costs === undefined ? {} : { costOf: readCosts('--costs', costs) }) };
  const only = vcpu === undefined ? {} : { vcpu: numberOf('--vcpu', vcpu) };
  const files = [symbols, symbolsB ?? symbols];
  const tapes = paths.map((path, i) => new ProfiledTape(path, { from, to, symbols: files[i], ...only }));
  const runs = tapes.map((one) => runDataOf(one, options));
  const data: ReportData = {
    title: title ?? paths.map((path) => basename(path)).join(' and '),
    producer: PRODUCER,
    command: `hypertape report ${paths.join(' ')} -o ${output}`,
    runs,
    findings: tapes.flatMap((one, n) => findingsOf(one, tapes.length === 1 ? '' : `${'AB'[n]}: `)),
    ...differenceOf(tapes),
  };
  const page = reportPage(data);
  writeTo(output, force, page);
  const exits = runs.reduce((sum, { exits: { at } }) => sum + at.length, 0);
  const bytes = page.reduce((sum, piece) => sum + piece.length, 0);
  if (json) printJson({ output, bytes, runs: runs.map(({ name, events }) => ({ name, events })) });
  else say(`${output}: ${bytesText(bytes)}, ${countText(exits)} exits; open it in a browser`);
  return ExitStatus.ok;
}

/** What rules of thumb say of a run. */
const findingsOf = (run: ProfiledTape, prefix: string): Finding[] =>
  adviceOn(run).map((one) => ({
    level: one.level,
    title: `${prefix}${one.title}`,
    text: one.text,
    advice: adviceText(one),
    ...(one.about === undefined ? {} : { about: one.about }),
  }));
