import { basename } from 'node:path';
import { ExitStatus } from '../../src/base/failure.ts';
import { PRODUCER } from '../../src/library/producer.ts';
import { adviceOn, adviceText } from '../profiling/advice.ts';
import { readCosts } from '../profiling/costs.ts';
import { ProfiledTape } from '../profiling/profiled-tape.ts';
import { writeTo } from '../session/mem.ts';
import { numberOf } from '../session/numbers.ts';
import { Outputs } from '../session/outputs.ts';

import { printJson, say } from '../session/standard-output.ts';
import { bytesText, countText } from '../session/units.ts';
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
  readonly stacks: boolean;
  readonly costs?: string | undefined;
  readonly force: boolean;
  readonly json: boolean;
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
  stacks,
  costs,
  force,
  json,
}: ReportArgs): ExitStatus {
  const outputs = new Outputs(force);
  const paths = tape2 === undefined ? [tape] : [tape, tape2];
  for (const path of paths) outputs.reads(path, 'a tape');
  outputs.reads(symbols, 'the symbols');
  outputs.reads(costs, 'the costs');
  outputs.writes(output, '-o');
  const options = { stacks, ...(costs === undefined ? {} : { costOf: readCosts('--costs', costs) }) };
  const only = vcpu === undefined ? {} : { vcpu: numberOf('--vcpu', vcpu) };
  const profiled = paths.map((path) => new ProfiledTape(path, { from, to, symbols, ...only }));
  const runs = profiled.map((one) => runDataOf(one, options));
  const data: ReportData = {
    title: title ?? paths.map((path) => basename(path)).join(' and '),
    producer: PRODUCER,
    command: `hypertape report ${paths.join(' ')} -o ${output}`,
    runs,
    findings: profiled.flatMap((one, n) => findingsOf(one, profiled.length === 1 ? '' : `${'AB'[n]}: `)),
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
