import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { nodeArguments } from '../../tools/session/command-line.fixture.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const GDB = 'gdb-multiarch';
/** GDB waits for answers for ever. */
const GDB_MS_MAX = 120_000;

/** Debian's GDB for other architectures. Tests that need it are left out, with a notice, where it is not installed. */
export const hasGdb = ((): boolean => {
  const found = spawnSync(GDB, ['--version'], { stdio: 'ignore' }).status === 0;
  if (!found) console.log(`${GDB} is not installed: its sessions are not tested; apt-get install ${GDB}`);
  return found;
})();

/** A `hypertape gdb` that listens. */
export interface Served {
  readonly host: string;
  readonly port: number;
  readonly process: ChildProcess;
  /** What it has said on standard error. */
  readonly said: () => string;
}

/** Starts a server with these arguments in a folder, and ends it with the test. */
export async function serve(args: readonly string[], cwd = root): Promise<Served> {
  const server = spawn(process.execPath, nodeArguments(['gdb', ...args]), {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  server.stderr.on('data', (data: Buffer) => {
    said += data.toString();
  });
  onTestFinished(async () => {
    if (server.exitCode !== null) return;
    const gone = once(server, 'exit');
    server.kill('SIGTERM');
    await gone;
  });
  for await (const line of createInterface(server.stdout)) {
    const [, host, port] = /^listening on (.*):([0-9]+)$/.exec(line) ?? [];
    if (host !== undefined) return { host, port: Number(port), process: server, said: () => said };
  }
  throw new Error(`the server ended: ${said}`);
}

/** Runs GDB's commands on a program, if there is one, behind `target remote`; what it prints. */
export async function gdbSays(target: string, program: string, commands: readonly string[]): Promise<string> {
  const all = ['set pagination off', 'set confirm off', 'set width 0', `target remote ${target}`, ...commands];
  const args = ['-nx', '-batch', ...all.flatMap((command) => ['-ex', command]), ...(program === '' ? [] : [program])];
  // One pipe for both of its outputs: of two it is not told which came first.
  const gdb = spawn('sh', ['-c', 'exec "$0" "$@" 2>&1', GDB, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: GDB_MS_MAX,
  });
  let text = '';
  gdb.stdout.on('data', (data: Buffer) => {
    text += data.toString();
  });
  await once(gdb, 'close');
  return text;
}

/** The counts that `monitor where` told, in their order. */
export const countsIn = (text: string): number[] =>
  [...text.matchAll(/icount ([0-9,]+) \(/g)].map(([, count]) => Number(count?.replaceAll(',', '')));
