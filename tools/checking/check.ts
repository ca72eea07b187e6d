// checking/: the verb "check": rules held against tapes, and reports of them.

import { type Breach, evaluate, type Rule, readRules, type Verdict } from '../../src/analysis/rules/index.ts';
import { hex } from '../../src/base/bits.ts';
import { ExitStatus, Failure } from '../../src/base/failure.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { rawLine } from '../session/event-lines.ts';
import { eventNames, eventSymbols, guestSymbols } from '../session/event-symbols.ts';
import { writeTo } from '../session/mem.ts';
import { Outputs } from '../session/outputs.ts';
import { readText } from '../session/read-text.ts';
import { LineOutput, printJson } from '../session/standard-output.ts';
import { countText, momentText } from '../session/units.ts';
import { type Checked, junitText } from './junit.ts';
import { placesIn, spotsOf } from './rule-places.ts';

/** Options of `check`. */
export interface CheckArgs {
  readonly tapes: readonly string[];
  readonly rules: string;
  readonly junit?: string | undefined;
  readonly symbols?: string | undefined;
  readonly force: boolean;
  readonly json: boolean;
}

/** A file of rules is written by people. */
export const RULES_BYTES_MAX = 4 * 2 ** 20;
/** Breaches of a rule that are printed. */
const SHOWN = 5;

/** Holds rules against tapes. @throws Failure */
export function check({ tapes, rules: file, junit, symbols, force, json }: CheckArgs): ExitStatus {
  const outputs = new Outputs(force);
  for (const tape of tapes) outputs.reads(tape, 'a tape');
  outputs.reads(file, 'the rules');
  outputs.reads(symbols, 'the symbols');
  if (junit !== undefined) outputs.writes(junit, '--junit');
  const rules = readRules(readText('--rules', file, RULES_BYTES_MAX), file);
  const places = placesIn(rules, file);
  const checked = tapes.map((path) => checkTape(path, rules, places, symbols));
  if (junit !== undefined) writeTo(junit, force, [Buffer.from(junitText(file, checked))]);
  if (json) printJson({ ok: checked.every(isKept), rules: file, tapes: checked.map(jsonOf) });
  else print(checked);
  return checked.every(isKept) ? ExitStatus.ok : ExitStatus.finding;
}

/** Holds rules against one tape; `places` are those that the rules name. @throws Failure */
export function checkTape(
  path: string,
  rules: readonly Rule[],
  places: ReturnType<typeof placesIn>,
  symbols?: string,
): Checked {
  const reader = TapeReader.open(path);
  if (reader.header.level === 'inputs')
    throw new Failure(
      `${path}: it holds inputs only, and no exits; "hypertape retrace ${path} -o FULL.tape" makes a tape that has them`,
    );
  let found: { readonly symbols: ReturnType<typeof guestSymbols> } | undefined;
  const names = eventNames(reader, () => {
    found ??= { symbols: guestSymbols(reader, symbols)?.functions };
    return found.symbols;
  });
  const spots = spotsOf(reader, places, eventSymbols(reader, { symbols }).replaySymbols);
  const clocks = {
    isConcurrent: reader.header.machine.imported !== undefined,
    ...(reader.begin === undefined ? {} : { begin: reader.begin.icount }),
  };
  const verdicts = evaluate(reader, rules, spots, names, clocks);
  const symbolAt = (pc: bigint): string | undefined => {
    const place = names.symbolAt(pc);
    return place && `${place.name}+${hex(place.offset)}`;
  };
  return { tape: path, verdicts, lineOf: (breach) => lineOf(reader, symbolAt, breach) };
}

const isKept = ({ verdicts }: Checked): boolean => verdicts.every((one) => one.isKept);

/** Where a rule is broken, with the event that stands there. */
function lineOf(
  reader: TapeReader,
  symbolAt: (pc: bigint) => string | undefined,
  { ordinal, icount, vcpu, text }: Breach,
): string {
  if (ordinal === undefined) return `${text}, up to ${momentText(icount)}`;
  const where = `${text}: event ${ordinal}, ${momentText(icount)}, vcpu ${vcpu}`;
  for (const event of reader.events({ ordinal })) {
    const [, , , ...words] = rawLine(event, symbolAt).trim().split(/ +/);
    return `${where}: ${words.join(' ')}`;
  }
  return where;
}

function jsonOf({ tape, verdicts, lineOf: line }: Checked): object {
  return {
    tape,
    ok: verdicts.every((one) => one.isKept),
    rules: verdicts.map(({ rule: { name, why }, isKept: ok, text, broken, breaches }) => ({
      name,
      ok,
      text,
      ...(why === undefined ? {} : { why }),
      broken,
      breaches: breaches.map((breach) => ({
        ...(breach.ordinal === undefined ? {} : { event: breach.ordinal }),
        icount: breach.icount,
        vcpu: breach.vcpu,
        text: line(breach),
      })),
    })),
  };
}

function print(checked: readonly Checked[]): void {
  const out = new LineOutput();
  for (const { tape, verdicts, lineOf: line } of checked) {
    if (checked.length > 1) out.line(`==> ${tape} <==`);
    for (const verdict of verdicts) for (const text of linesOf(verdict, line)) out.line(text);
    const broken = verdicts.filter((one) => !one.isKept).length;
    out.line(`${verdicts.length - broken} of ${verdicts.length} rules are kept`);
  }
  out.flush();
}
function linesOf(
  { rule: { name, why }, isKept: ok, text, broken, breaches }: Verdict,
  line: Checked['lineOf'],
): string[] {
  if (ok) return [`ok      ${name}: ${text}`];
  const shown = breaches.slice(0, SHOWN);
  const left = broken - shown.length;
  return [
    `BROKEN  ${name}: ${text}`,
    ...(why === undefined ? [] : [`        ${why}`]),
    ...shown.map((breach) => `        ${line(breach)}`),
    ...(left > 0 ? [`        and ${countText(left)} more`] : []),
  ];
}
