import { hypertapeProcess } from '../../tools/session/command-line.fixture.ts';
import type { Finished } from '../../tools/session/command-thread.fixture.ts';

/** Runs the command line as a process of its own for as long as it takes, under a given Node, or of another build. */
export const hypertape = (args: readonly string[], node?: string, program?: string): Finished =>
  hypertapeProcess(args, { node, program, timeoutMs: 0 });

/** Statuses of a run that went as asked: to power-off, or to another end such as --max-icount. */
const RAN = [0, 3];

/** The same with --json. @throws where it failed, with what it said */
export function hypertapeJson(args: readonly string[], node?: string): { readonly [key: string]: unknown } {
  const { status, stdout, stderr } = hypertape([...args, '--json'], node);
  if (!RAN.includes(status ?? -1))
    throw new Error(`hypertape ${args.join(' ')}: status ${status}\n${stderr.slice(-2000)}`);
  return JSON.parse(stdout) as { readonly [key: string]: unknown };
}
