import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Compiled, it stands beside as JavaScript. */
const CLI = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? '../cli.ts' : '../cli.js', import.meta.url));
/** What is kept of a process's words: its JSON, and its last lines. */
const STDOUT_CHARS_MAX = 2 ** 24;
const STDERR_CHARS_MAX = 4096;

/** How a process of the command line ended. */
export interface SpawnedRun {
  /** Null: a signal ended it, or it could not be started. */
  readonly status: number | null;
  readonly signal: string | null;
  readonly json: Readonly<Record<string, unknown>> | undefined;
  /** Its last line for people. */
  readonly said: string;
}

function parsed(text: string): SpawnedRun['json'] {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

/** Processes of this command line, each by itself, so that what ends one ends no other. */
export class SpawnedRuns {
  readonly #children = new Set<ChildProcess>();

  /** Runs a verb with `--json`, its input empty. Never rejects. */
  run(args: readonly string[]): Promise<SpawnedRun> {
    const child = spawn(process.execPath, [...process.execArgv, CLI, ...args, '--json'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#children.add(child);
    let out = '';
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (out.length < STDOUT_CHARS_MAX) out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = `${said}${text}`.slice(-STDERR_CHARS_MAX);
    });
    return new Promise((resolve) => {
      const end = (status: number | null, signal: string | null, why?: string): void => {
        this.#children.delete(child);
        const lines = said.split('\n').filter((line) => line.trim() !== '');
        resolve({ status, signal, json: parsed(out), said: why ?? lines.at(-1) ?? '' });
      };
      child.on('error', (error) => end(null, null, error.message));
      child.on('close', end);
    });
  }
  /** Asks all of them to end. */
  stop(): void {
    for (const child of this.#children) child.kill('SIGTERM');
  }
}
