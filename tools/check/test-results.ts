import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { projectRoot } from './sources.ts';

/** What Vitest's JSON reporter writes of a run, as far as it is asked for here. */
export interface TestRun {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
      /** Milliseconds, of one that was run. */
      readonly duration?: number;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** What the reporter has in place of the message where a test took longer than it may. */
const TIMED_OUT = 'Error: STACK_TRACE_ERROR';
const firstLine = (text: string | undefined): string => text?.split('\n', 1)[0] ?? '';

/** Each test that failed, and each file that could not be run, by its full name, with the first line of what it said. */
export function failuresOf({ testResults }: TestRun): string[] {
  const lines: string[] = [];
  for (const { name, status, message, assertionResults } of testResults) {
    const file = relative(projectRoot, name);
    const failed = assertionResults.filter((test) => test.status === 'failed');
    for (const { ancestorTitles, title, duration = 0, failureMessages } of failed) {
      const why = firstLine(failureMessages[0]);
      const told = why === TIMED_OUT ? `timed out after ${Math.round(duration / 1000)} s` : why;
      lines.push(`${[file, ...ancestorTitles, title].join(' > ')}: ${told}`);
    }
    if (status === 'failed' && (failed.length === 0 || message !== '')) lines.push(`${file}: ${firstLine(message)}`);
  }
  return lines;
}

/** What is to be said of runs in the end, and whether nothing was left out of them. */
export function summaryOf(runs: readonly TestRun[]): { readonly lines: readonly string[]; readonly skipped: number } {
  const sum = (count: (run: TestRun) => number): number => runs.reduce((total, run) => total + count(run), 0);
  const skipped = sum((run) => run.numPendingTests + run.numTodoTests);
  return {
    lines: [
      ...runs.flatMap(failuresOf).map((line) => `FAILED ${line}`),
      `${sum((run) => run.numPassedTests)} passed, ${sum((run) => run.numFailedTests)} failed, ${skipped} skipped`,
    ],
    skipped,
  };
}

// FOLDER RUNS: the reports in a folder, which are to be of so many runs, none of which skipped a test.
if (import.meta.main) {
  const [folder = '', expected] = process.argv.slice(2);
  const runs = readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as TestRun);
  const { lines, skipped } = summaryOf(runs);
  process.stdout.write(`\n${lines.join('\n')}\n`);
  process.exitCode = runs.length === Number(expected) && skipped === 0 ? 0 : 1;
}
