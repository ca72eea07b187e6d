import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRules } from '../../src/analysis/rules/index.ts';
import { Failure } from '../../src/base/failure.ts';
import { TextWatches } from '../../src/base/text-watch.ts';
import { type Reducible, type TapeRun, type Trial, tryRun } from '../../src/explain/minimal/trial.ts';
import { PRODUCER } from '../../src/library/producer.ts';
import { PageNotOnTape } from '../../src/replay/disks.ts';
import { checkTape, RULES_BYTES_MAX } from '../checking/check.ts';
import { placesIn } from '../checking/rule-places.ts';
import { withHostMemory } from '../session/host-memory.ts';
import { readText } from '../session/read-text.ts';

/** Outcomes that whoever records decides, or that are none to look for. */
const NO_FINDING: ReadonlySet<string> = new Set(['poweroff', 'until', 'interrupted']);
/** A run with other turns takes longer, but not for ever. */
const LONGER = 4;
const LONGER_COUNTS = 1_000_000;

/** What is looked for in runs. */
export interface Shown {
  /** For a person. */
  readonly what: string;
  /** No run goes farther. */
  readonly maxIcount: number;
  /** What a run comes to, where it shows it. */
  readonly by: (what: Reducible) => Trial | undefined;
  close(): void;
}

/** A reason without what differs from run to run: places, counts. */
const sameReason = (reason: string): string =>
  reason.replace(/,? at icount .*$/, '').replace(/0x[0-9a-f]+|[0-9][0-9,._]*/g, '#');

/** What a tape's run shows: by rules that it breaks, a text that it never showed, or how it ended. @throws Failure where it shows nothing */
export function shownBy(
  path: string,
  run: TapeRun,
  { rules, until }: { readonly rules?: string | undefined; readonly until?: string | undefined },
): Shown {
  if (rules !== undefined && until !== undefined)
    throw new Failure('--rules and --until exclude each other; give one of them');
  const { outcome, reason, at } = run.end;
  const maxIcount = outcome === 'limit' ? at : at * LONGER + LONGER_COUNTS;
  if (rules !== undefined) return brokenRule(path, run, rules, maxIcount);
  if (until === undefined && NO_FINDING.has(outcome))
    throw new Failure(
      `${path}: its run ended by ${outcome}, which is no finding; say with --rules or --until what it shows`,
    );
  const isSame = (trial: Trial): boolean =>
    trial.outcome === outcome && (outcome === 'limit' || sameReason(trial.reason) === sameReason(reason));
  const by = (what: Reducible): Trial | undefined => {
    const watch = until === undefined ? undefined : new TextWatches(until);
    const see = watch && ((byte: number, console: number) => watch.see(byte, console));
    const trial = tried(run, what, { maxIcount, ...(see ? { see } : {}) });
    return trial !== undefined && isSame(trial) ? trial : undefined;
  };
  const text = until === undefined ? '' : `${JSON.stringify(until)} is never shown, and `;
  return { what: `${text}${outcome}: ${reason}`, maxIcount, by, close: () => {} };
}

function tried(run: TapeRun, what: Reducible, options: Parameters<typeof tryRun>[2]): Trial | undefined {
  try {
    return withHostMemory(run.config.memoryBytes, () => tryRun(run, what, options));
  } catch (error) {
    // It read of a disk what the tape's run did not: nobody knows what comes of that.
    if (error instanceof PageNotOnTape) return undefined;
    throw error;
  }
}

/** The rules that a tape breaks: each run is recorded, and held against them. */
function brokenRule(path: string, run: TapeRun, file: string, maxIcount: number): Shown {
  const rules = readRules(readText('--rules', file, RULES_BYTES_MAX), file);
  const places = placesIn(rules, file);
  const brokenBy = (tape: string): string[] =>
    checkTape(tape, rules, places).verdicts.flatMap(({ isKept, rule }) => (isKept ? [] : [rule.name]));
  const wanted = brokenBy(path);
  if (wanted.length === 0) throw new Failure(`${path}: it breaks no rule of ${file}`);
  const folder = mkdtempSync(join(tmpdir(), 'hypertape-minimize-'));
  const tape = { path: join(folder, 'trial.tape'), level: 'exits', producer: PRODUCER, force: true } as const;
  const by = (what: Reducible): Trial | undefined => {
    const trial = tried(run, what, { maxIcount, tape });
    if (trial === undefined) return undefined;
    const broken = brokenBy(tape.path);
    return wanted.every((name) => broken.includes(name)) ? trial : undefined;
  };
  const close = (): void => rmSync(folder, { recursive: true, force: true });
  return { what: `breach: ${wanted.join(', ')}`, maxIcount, by, close };
}
