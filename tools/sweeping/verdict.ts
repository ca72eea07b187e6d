import { readRules } from '../../src/analysis/rules/index.ts';
import { Failure } from '../../src/base/failure.ts';
import { RULES_BYTES_MAX } from '../checking/check.ts';
import { readText } from '../session/read-text.ts';
import type { SpawnedRun, SpawnedRuns } from './spawned-run.ts';

/** Outcomes of a run, as `record --json` says them. */
export const outcomes = ['poweroff', 'reset', 'halt', 'until', 'limit', 'fault', 'panic', 'stuck'] as const;

/** How one run went. */
export interface Judged {
  /** The run's, `breach`, or `crash` where hypertape itself ended. */
  readonly outcome: string;
  readonly reason: string;
  readonly icount: number | undefined;
  readonly isFinding: boolean;
}

/** What is a finding. */
export interface Criterion {
  readonly rules?: string | undefined;
  readonly expectExit?: ReadonlySet<string> | undefined;
}

/** @throws Failure where what the options ask for cannot be */
export function criterionOf(args: {
  readonly rules?: string | undefined;
  readonly until?: string | undefined;
  readonly expectExit?: string | undefined;
}): Criterion {
  const given = [args.rules, args.until, args.expectExit].filter((one) => one !== undefined);
  if (given.length > 1) throw new Failure('--rules, --until and --expect-exit exclude each other; give one of them');
  if (args.rules === '-') throw new Failure('--rules -: it is read for each run; give a file');
  if (args.rules !== undefined) readRules(readText('--rules', args.rules, RULES_BYTES_MAX), args.rules);
  const expected = args.expectExit?.split(',');
  const unknown = expected?.find((name) => !(outcomes as readonly string[]).includes(name));
  if (unknown !== undefined) throw new Failure(`--expect-exit ${unknown}: give some of ${outcomes.join(',')}`);
  return { rules: args.rules, ...(expected === undefined ? {} : { expectExit: new Set(expected) }) };
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/**
 * Judges a recording that ended; with rules, its tape is checked.
 * @throws Failure where the options are such that no run can be
 */
export async function judge(
  run: SpawnedRun,
  tape: string,
  { rules, expectExit }: Criterion,
  processes: SpawnedRuns,
): Promise<Judged> {
  const crashed = crashOf(run);
  if (crashed !== undefined) return crashed;
  const { status, json = {} } = run;
  const outcome = text(json.outcome);
  const icount = typeof json.icount === 'number' ? json.icount : undefined;
  const judged = { outcome, reason: text(json.reason), icount };
  if (expectExit !== undefined) return { ...judged, isFinding: !expectExit.has(outcome) };
  if (rules === undefined) return { ...judged, isFinding: status !== 0 };
  const checked = await processes.run(['check', tape, '--rules', rules]);
  const failed = crashOf(checked);
  if (failed !== undefined) return failed;
  if (checked.status === 0) return { ...judged, isFinding: false };
  return { outcome: 'breach', reason: brokenRules(checked.json), icount, isFinding: true };
}

/** A process that told nothing: hypertape itself failed, or was killed. @throws Failure for wrong usage, which all runs have in common */
function crashOf({ status, signal, json, said }: SpawnedRun): Judged | undefined {
  if (json !== undefined && status !== null && status !== 4) return undefined;
  const line = said.replace(/^hypertape: /, '');
  if (status === 2) throw new Failure(line);
  const how = signal === null ? `status ${status ?? 'unknown'}` : signal;
  return { outcome: 'crash', reason: `hypertape ended by ${how}: ${line}`, icount: undefined, isFinding: true };
}

function brokenRules(json: SpawnedRun['json']): string {
  const tapes = (json?.tapes ?? []) as readonly {
    readonly rules: readonly { name: string; ok: boolean; text: string }[];
  }[];
  const broken = tapes.flatMap(({ rules }) => rules.filter(({ ok }) => !ok));
  return broken.map(({ name, text: what }) => `${name}: ${what}`).join('; ');
}
