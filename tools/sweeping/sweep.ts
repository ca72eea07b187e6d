// sweeping/: the verb "sweep": many recordings that differ in a seed or an option, and what was found in them.

import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { ExitStatus, Failure } from '../../src/base/failure.ts';
import { makeFolder } from '../../src/host/files.ts';
import { systemError } from '../../src/host/system-error.ts';
import { Interrupts } from '../session/interrupts.ts';
import { countOf } from '../session/numbers.ts';
import { LineOutput, printJson } from '../session/standard-output.ts';
import { byCount, countText, secondsText } from '../session/units.ts';
import { type Plan, type PlannedRun, planOf } from './plan.ts';
import { SpawnedRuns } from './spawned-run.ts';
import { showProgress } from './status-line.ts';
import { type Criterion, criterionOf, type Judged, judge } from './verdict.ts';

/** Options of `sweep`. */
export interface SweepArgs {
  readonly seeds?: string | undefined;
  readonly vary?: readonly string[] | undefined;
  readonly rules?: string | undefined;
  readonly until?: string | undefined;
  readonly expectExit?: string | undefined;
  readonly jobs?: string | undefined;
  readonly keep: string;
  readonly output: string;
  readonly json: boolean;
}

/** Options of `record` that a sweep gives itself. */
const OURS = ['-o', '--output', '--json', '--console', '--force'];
const JOBS_MAX = 256;
const SIGNALS_LOOKED_AT_MS = 50;
/** Findings that are printed. */
const SHOWN = 40;

interface Found extends Judged {
  readonly run: PlannedRun;
  /** Undefined: there are more findings than tapes are kept. */
  readonly tape: string | undefined;
}

/** Makes the recordings, and says what they came to. @throws Failure */
export async function sweep(args: SweepArgs, record: readonly string[]): Promise<ExitStatus> {
  const plan = planOf(args.seeds, args.vary ?? []);
  const criterion = criterionOf(args);
  const jobs = args.jobs === undefined ? availableParallelism() : countOf('--jobs', args.jobs);
  if (jobs < 1 || jobs > JOBS_MAX) throw new Failure(`--jobs ${jobs}: between 1 and ${JOBS_MAX}`);
  const keep = countOf('--keep', args.keep);
  checkRecord(record, plan, args.until !== undefined);
  makeEmptyFolder(args.output);
  const options = [...record, ...(args.until === undefined ? [] : ['--until', args.until])];
  const sweeping = new Sweeping(plan, { options, criterion, keep, folder: args.output });
  const started = performance.now();
  const isInterrupted = await sweeping.run(jobs);
  const wallMs = Math.round(performance.now() - started);
  if (args.json) printJson(sweeping.json(wallMs));
  else sweeping.print(wallMs);
  if (sweeping.found.length > 0) return ExitStatus.finding;
  if (isInterrupted) throw new Failure(`interrupted after ${sweeping.done} of ${plan.length} runs, without a finding`);
  return ExitStatus.ok;
}

function checkRecord(record: readonly string[], plan: Plan, hasUntil: boolean): void {
  if (record.length === 0)
    throw new Failure('what is to be recorded? give the options of "record" behind --, as in -- --guest demo-arm64');
  const refused = [...OURS, ...plan.varied, ...(hasUntil ? ['--until'] : [])];
  const bad = refused.find((name) => record.some((word) => word === name || word.startsWith(`${name}=`)));
  if (bad !== undefined) throw new Failure(`${bad} behind --: the sweep gives each run its own; leave it out`);
}

/** An empty folder: a sweep replaces nothing. */
function makeEmptyFolder(path: string): void {
  try {
    makeFolder(path);
    if (readdirSync(path).length === 0) return;
  } catch (error) {
    throw new Failure(`cannot write to the folder ${path}: ${systemError(error)}; choose another place`);
  }
  throw new Failure(`--output ${path}: there is something in that folder already; give a new one`);
}

interface SweepOptions {
  readonly options: readonly string[];
  readonly criterion: Criterion;
  /** So many tapes of findings at most. */
  readonly keep: number;
  readonly folder: string;
}

class Sweeping {
  readonly found: Found[] = [];
  done = 0;
  readonly #outcomes = new Map<string, number>();
  readonly #plan: Plan;
  readonly #options: SweepOptions;
  readonly #processes = new SpawnedRuns();
  #next = 0;
  #kept = 0;
  #ends = false;

  constructor(plan: Plan, options: SweepOptions) {
    this.#plan = plan;
    this.#options = options;
  }

  /** True where the user ended it before all runs were made. */
  async run(jobs: number): Promise<boolean> {
    const interrupts = new Interrupts();
    const watch = setInterval(() => interrupts.requested && this.#end(), SIGNALS_LOOKED_AT_MS);
    try {
      const workers = Array.from({ length: Math.min(jobs, this.#plan.length) }, () => this.#work(interrupts));
      const ended = await Promise.allSettled(workers);
      const failed = ended.find((one) => one.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    } finally {
      clearInterval(watch);
      interrupts.close();
      showProgress('');
    }
    this.found.sort((a, b) => (a.run.name < b.run.name ? -1 : 1));
    return this.done < this.#plan.length;
  }
  #end(): void {
    this.#ends = true;
    this.#processes.stop();
  }

  async #work(interrupts: Interrupts): Promise<void> {
    try {
      while (!this.#ends && this.#next < this.#plan.length) await this.#one(this.#plan.at(this.#next++), interrupts);
    } catch (error) {
      // What no run can be made of, or a full disk: the others would come to the same.
      this.#end();
      throw error;
    }
  }
  async #one(run: PlannedRun, interrupts: Interrupts): Promise<void> {
    const { folder, options, criterion } = this.#options;
    const tape = join(folder, `${run.name}.tape`);
    const args = ['record', ...run.options, ...options, '--console', 'none', '--output', tape];
    try {
      const spawned = await this.#processes.run(args);
      if (this.#ends || interrupts.requested) return;
      const judged = await judge(spawned, tape, criterion, this.#processes);
      if (this.#ends || interrupts.requested) return;
      this.#count(run, judged, tape);
    } finally {
      rmSync(tape, { force: true });
    }
  }
  #count(run: PlannedRun, judged: Judged, tape: string): void {
    const { outcome } = judged;
    this.done++;
    this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + 1);
    if (judged.isFinding) this.found.push({ run, ...judged, tape: this.#keep(run, outcome, tape) });
    showProgress(
      `sweep: ${countText(this.done)} of ${countText(this.#plan.length)} runs, ${countText(this.found.length)} findings`,
    );
  }
  #keep(run: PlannedRun, outcome: string, tape: string): string | undefined {
    if (this.#kept >= this.#options.keep || !existsSync(tape)) return undefined;
    const kept = join(this.#options.folder, `${run.name}-${outcome}.tape`);
    if (existsSync(kept)) throw new Failure(`cannot write ${kept}: it is there already; give a folder of its own`);
    renameSync(tape, kept);
    this.#kept++;
    return kept;
  }

  json(wallMs: number): object {
    return {
      planned: this.#plan.length,
      runs: this.done,
      outcomes: Object.fromEntries(byCount(this.#outcomes)),
      findings: this.found.map(({ run, outcome, reason, icount, tape }) => {
        const { seed, ...what } = run.what;
        return {
          run: run.name,
          ...(seed === undefined ? {} : { seed: seed <= Number.MAX_SAFE_INTEGER ? Number(seed) : seed }),
          ...what,
          outcome,
          reason,
          ...(icount === undefined ? {} : { icount }),
          ...(tape === undefined ? {} : { tape }),
        };
      }),
      wallMs,
    };
  }
  print(wallMs: number): void {
    const out = new LineOutput();
    const width = Math.max(7, ...[...this.#outcomes.keys()].map((name) => name.length));
    out.line(`${'outcome'.padEnd(width)}  ${'runs'.padStart(8)}`);
    for (const [name, count] of byCount(this.#outcomes))
      out.line(`${name.padEnd(width)}  ${countText(count).padStart(8)}`);
    const shown = this.found.slice(0, SHOWN);
    for (const { run, outcome, reason, icount, tape } of shown) {
      const at = icount === undefined ? '' : ` at icount ${countText(icount)}`;
      out.line(`${run.name}: ${outcome}${at}: ${reason}${tape === undefined ? '' : `; ${tape}`}`);
    }
    if (this.found.length > SHOWN) out.line(`and ${countText(this.found.length - SHOWN)} more (--json has all)`);
    const ofAll = this.done < this.#plan.length ? ` of ${countText(this.#plan.length)}` : '';
    out.line(
      `${countText(this.found.length)} findings in ${countText(this.done)}${ofAll} runs, ${secondsText(wallMs)}` +
        (this.found.length > this.#kept ? `; tapes kept: ${countText(this.#kept)} (--keep)` : ''),
    );
    out.flush();
  }
}
