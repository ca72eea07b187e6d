import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface CliResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line as a process of its own, under a given Node, or of another build. */
export function hypertape(args: readonly string[], node = process.execPath, program = 'tools/cli.ts'): CliResult {
  const { status, stdout, stderr } = spawnSync(node, [program, ...args], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 2 ** 20,
  });
  return { status, stdout, stderr };
}

/** Statuses of a run that went as asked: to power-off, or to another end such as --max-icount. */
const RAN = [0, 3];

/** The same with --json. @throws where it failed, with what it said */
export function hypertapeJson(args: readonly string[], node?: string): { readonly [key: string]: unknown } {
  const { status, stdout, stderr } = hypertape([...args, '--json'], node);
  if (!RAN.includes(status ?? -1))
    throw new Error(`hypertape ${args.join(' ')}: status ${status}\n${stderr.slice(-2000)}`);
  return JSON.parse(stdout) as { readonly [key: string]: unknown };
}
