// profiling/: the verb "profile": what its rows are, what they cost, and how they are shown.

import { basename } from 'node:path';
import { exitsOf, injectionsOf } from '../../src/analysis/exits.ts';
import { type Profile, profileChanges, profileOf } from '../../src/analysis/profile.ts';
import type { StackTree } from '../../src/analysis/stack-tree.ts';
import { ExitStatus, Failure } from '../../src/base/failure.ts';
import { PRODUCER } from '../../src/library/producer.ts';
import { collapsedLines } from '../exporting/collapsed.ts';
import { pprofBytes } from '../exporting/pprof.ts';
import { speedscopeParts } from '../exporting/speedscope.ts';
import { writeTo } from '../session/mem.ts';
import { countOf, numberOf } from '../session/numbers.ts';
import { Outputs } from '../session/outputs.ts';
import { jsonText, LineOutput, ReaderGone, say, withTabsAlone, writeAll } from '../session/standard-output.ts';
import { bytesText, countText } from '../session/units.ts';
import { adviceLines, adviceOn } from './advice.ts';
import { type CostOf, readCosts } from './costs.ts';
import {
  BY,
  type Dimension,
  dimensionsOf,
  INTID,
  keyOf,
  NO_SYMBOL,
  namesCode,
  type ProfileFormat,
  wantedBy,
  withLeaves,
} from './dimensions.ts';
import { stacksOf } from './flame.ts';
import { FRAME_SEPARATOR } from './keys.ts';
import { ProfiledTape } from './profiled-tape.ts';
import { changesTable, profileTable, type TableOptions } from './tables.ts';

/** Options of `profile`. */
export interface ProfileArgs {
  readonly tapes: readonly string[];
  readonly by: string;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly vcpu?: string | undefined;
  readonly costs?: string | undefined;
  readonly limit?: string | undefined;
  readonly histogram: boolean;
  readonly interrupts: boolean;
  readonly advice: boolean;
  readonly instructions: boolean;
  readonly replay: boolean;
  readonly format: ProfileFormat;
  readonly output?: string | undefined;
  readonly symbols?: string | undefined;
  readonly program?: readonly string[] | undefined;
  readonly force: boolean;
  readonly json: boolean;
}

const LIMIT = 40;

/** Profiles a tape, or tells what changed from one to the other. @throws Failure */
export async function profile(args: ProfileArgs): Promise<ExitStatus> {
  const { tapes, by, costs, vcpu, format, output } = args;
  const asked = dimensionsOf('--by', args.instructions ? BY : by);
  const dimensions = asked === INTID || format === 'table' ? asked : withLeaves(asked);
  const limit = args.limit === undefined ? LIMIT : countOf('--limit', args.limit);
  check(args, dimensions);
  const outputs = new Outputs(args.force);
  for (const tape of tapes) outputs.reads(tape, 'the tape');
  outputs.reads(args.symbols, 'the symbols');
  for (const program of args.program ?? []) outputs.reads(program, 'a program');
  outputs.reads(costs, 'the costs');
  if (output !== undefined) outputs.writes(output, '-o');
  const costOf = costs === undefined ? undefined : readCosts('--costs', costs);
  const { from, to, symbols, program: programs } = args;
  const opened = tapes.map((path) => {
    const only = vcpu === undefined ? undefined : numberOf('--vcpu', vcpu);
    return new ProfiledTape(path, { from, to, symbols, programs, vcpu: only });
  });
  const [first, second] = opened;
  if (first === undefined) throw new Failure('profile: give a tape');
  if (args.interrupts) {
    const { interruptLines, interruptProfile } = await import('./interrupts.ts');
    const found = interruptProfile(first);
    if (args.json) put(args, [jsonText({ tape: first.path, ...found })]);
    else put(args, interruptLines(first, found, args.histogram));
  } else if (args.instructions) {
    const { countInstructions, instructionDimensions, instructionTable } = await import('./instructions.ts');
    const wanted = by === BY ? instructionDimensions[0] : by;
    const { stacks, ...found } = countInstructions(first, wanted);
    if (args.json) put(args, [jsonText({ tape: first.path, by: wanted, ...found })]);
    else if (format === 'table') {
      const title = `${basename(first.path)}: instructions by ${wanted}`;
      put(args, [title, '', ...instructionTable(found, wanted, limit === 0 ? Number.POSITIVE_INFINITY : limit)]);
    } else showStacks(args, first, stacks, 0);
  } else if (format === 'stats') {
    const { bhyveStatLines, bhyveStats } = await import('./bhyve-stats.ts');
    put(args, bhyveStatLines(bhyveStats(first)));
  } else {
    const profiles = opened.map((tape) => profileTape(tape, dimensions, { costOf, replay: args.replay }));
    for (const [i, tape] of opened.entries()) for (const line of unnamedLines(tape, profiles[i] as Profile)) say(line);
    const what = dimensions === INTID ? 'interrupts' : 'exits';
    const options: TableOptions = {
      heading: dimensions === INTID ? 'INTID' : dimensions.map(({ heading }) => heading).join('; '),
      limit: limit === 0 ? Number.POSITIVE_INFINITY : limit,
      histogram: args.histogram,
      unit: first.isImported ? 'nanoseconds' : 'guest instructions',
      what,
    };
    const [a, b] = profiles;
    if (a !== undefined && b !== undefined && second !== undefined) compare(args, [first, second], [a, b], options);
    else if (a !== undefined) show(args, first, a, options);
  }
  for (const { path, reader } of opened) if (!reader.integrity.complete) say(`${path}: ${reader.integrity.summary}`);
  return ExitStatus.ok;
}

/** @throws Failure where options do not go together */
function check(
  { tapes, format, json, output, costs, histogram, by, interrupts, instructions, advice, vcpu, replay }: ProfileArgs,
  dimensions: readonly Dimension[] | typeof INTID,
): void {
  const isOther = format !== 'table' || costs !== undefined || tapes.length > 1 || by !== BY;
  if (interrupts && isOther)
    throw new Failure('--interrupts: is a table of its own, of one tape; leave --by, --costs and --format out');
  if (instructions && (interrupts || histogram || costs !== undefined || vcpu !== undefined || format === 'stats'))
    throw new Failure('--instructions: goes with --by, --from, --to and --format alone, and not with --format stats');
  if (instructions && tapes.length > 1) throw new Failure('--instructions: counts those of one tape; give one');
  if (advice && (interrupts || instructions || tapes.length > 1 || format !== 'table'))
    throw new Failure('--advice: goes with the table of one tape, or with --json');
  if (replay && (interrupts || instructions || dimensions === INTID || !namesCode(dimensions)))
    throw new Failure('--replay: names code, and goes with --by symbol or pc');
  if (tapes.length > 2) throw new Failure(`profile: ${tapes.length} tapes; give one, or two that are to be compared`);
  if (json && format !== 'table') throw new Failure(`--json: goes with no --format ${format}; leave one of them out`);
  if (tapes.length === 2 && !['table', 'collapsed'].includes(format))
    throw new Failure(`--format ${format}: two tapes are compared as a table, as collapsed stacks, or with --json`);
  if (dimensions === INTID && costs !== undefined)
    throw new Failure(`--costs: weighs exits, and --by ${by} counts interrupts; leave one of them out`);
  if (histogram && (tapes.length > 1 || format !== 'table'))
    throw new Failure('--histogram: goes with the table of one tape; --json has it always');
  if (format === 'pprof' && output === undefined && process.stdout.isTTY)
    throw new Failure('--format pprof: no text for a terminal; give -o FILE');
}

/** How a tape is profiled. */
interface ProfileOptions {
  readonly costOf?: CostOf | undefined;
  /** Code is named by a replay, which knows modules and programs too. */
  readonly replay?: boolean;
}

/** The profile of a tape's exits, or interrupts. @throws Failure where the tape is damaged */
export function profileTape(
  tape: ProfiledTape,
  by: readonly Dimension[] | typeof INTID,
  { costOf, replay = false }: ProfileOptions = {},
): Profile {
  if (by === INTID) return profileOf(injectionsOf(tape.reader, tape.filter), { keyOf: ({ intid }) => String(intid) });
  const wanted = wantedBy(by, replay || (tape.codeFiles.programs ?? []).length > 0);
  if (wanted !== undefined) tape.replay(wanted);
  try {
    return profileOf(exitsOf(tape.reader, tape.filter), { keyOf: keyOf(tape, by), ...(costOf && { costOf }) });
  } finally {
    tape.endReplay();
  }
}

/** What is to be said of exits that no name was found for. */
function unnamedLines(tape: ProfiledTape, { rows, total }: Profile): string[] {
  if (tape.namesByReplay) return [];
  const count = rows.reduce(
    (sum, row) => (row.key.split(FRAME_SEPARATOR).includes(NO_SYMBOL) ? sum + row.count : sum),
    0,
  );
  if (count === 0) return [];
  const how = tape.isImported ? '' : '; --replay names those of its modules, with --program F those of programs too';
  return [`${tape.path}: ${countText(count)} of ${countText(total)} exits are of no function of the kernel${how}`];
}

function show(args: ProfileArgs, tape: ProfiledTape, found: Profile, options: TableOptions): void {
  const { format, json, by } = args;
  const { what, unit } = options;
  if (json) {
    const more = args.advice ? { advice: adviceOn(tape) } : {};
    put(args, [jsonText({ tape: tape.path, by, ...found, ...more })]);
    return;
  }
  if (format === 'table') {
    put(args, [
      `${basename(tape.path)}: ${what}${args.vcpu === undefined ? '' : ` of vCPU ${args.vcpu}`} by ${by}`,
      '',
      ...profileTable(found, options),
      ...(args.advice ? ['', ...adviceLines(adviceOn(tape))] : []),
    ]);
    return;
  }
  const stacks = stacksOf(found, what, unit, (frame) => tape.frame(frame));
  showStacks(args, tape, stacks, found.costNs === undefined ? 0 : stacks.values.length - 1);
}

/** Flame graphs. `value`: the number of what collapsed lines have, which is one value alone. */
function showStacks(args: ProfileArgs, tape: ProfiledTape, stacks: StackTree, value: number): void {
  const { format } = args;
  const name = basename(tape.path);
  if (format === 'collapsed') put(args, collapsedLines(stacks, value));
  else if (format === 'speedscope') put(args, [[...speedscopeParts(stacks, name, PRODUCER)].join('').trimEnd()]);
  else putBytes(args, pprofBytes(stacks, [`${name}, by ${PRODUCER}`]));
}

function compare(
  args: ProfileArgs,
  [first, second]: readonly [ProfiledTape, ProfiledTape],
  [a, b]: readonly [Profile, Profile],
  options: TableOptions,
): void {
  const changes = profileChanges(a, b);
  if (args.json) {
    const sides = { a: { tape: first.path, total: a.total }, b: { tape: second.path, total: b.total } };
    put(args, [jsonText({ by: args.by, total: a.total, ...sides, rows: changes })]);
  } else if (args.format === 'collapsed')
    put(
      args,
      changes.map(({ key, a: before, b: after }) => `${key} ${before?.count ?? 0} ${after?.count ?? 0}`),
    );
  else {
    const names = `A ${first.path}, B ${second.path}: ${options.what} by ${args.by}`;
    put(args, [names, '', ...changesTable([a, b], changes, options)]);
  }
}

/** Lines, to the file that was asked for, or to standard output. */
function put(args: ProfileArgs, lines: Iterable<string>): void {
  if (args.output === undefined) {
    const out = new LineOutput();
    for (const line of lines) out.painted(withTabsAlone(line));
    out.flush();
  } else putBytes(args, Buffer.from([...lines, ''].map(withTabsAlone).join('\n'), 'utf8'));
}
function putBytes({ output, force }: ProfileArgs, bytes: Uint8Array): void {
  if (output === undefined) {
    if (!writeAll(1, bytes, 'standard output')) throw new ReaderGone();
    return;
  }
  writeTo(output, force, [bytes]);
  say(`${output}: ${bytesText(bytes.length)}`);
}
