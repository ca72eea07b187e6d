import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Failure } from '../../src/base/failure.ts';
import type { Errand, Say } from '../../src/debug/monitor.ts';
import { withoutControls } from './standard-output.ts';

const CLI = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? '../cli.ts' : '../cli.js', import.meta.url));

/** Options of `fork` that a debugger may give, besides the new tape: none of them names a file. */
const OPTIONS = ['--set', '--until', '--max-icount', '--level', '--on-panic'] as const;
/** Longest time between two signs of life. */
export const SILENCE_MS_MAX = 500;
const USAGE = `monitor fork: give -o NAME for the new tape, and ${OPTIONS.join(', ')} as to "hypertape fork"`;

/** Whoever reaches the server may say so: what is written lies in the server's folder. @throws Failure */
export function checkNewFile(command: string, name: string): void {
  if (!/^\w[\w.-]*$/.test(name)) throw new Failure(`${command} ${name}: give the name of a file, without a path`);
}

/** The options of a line, as the command line takes them. @throws Failure where one of them is none */
export function forkOptions(line: string): string[] {
  const words = [...line.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) => word.replace(/["']/g, ''));
  const options: string[] = [];
  let output: string | undefined;
  for (let n = 0; n < words.length; n++) {
    const [, name = '', joined] = /^(--?[a-z-]+)(?:=([\s\S]*))?$/.exec(words[n] ?? '') ?? [];
    const value = joined ?? words[++n];
    if (value === undefined) throw new Failure(USAGE);
    if (name === '-o' || name === '--output') output = value;
    else if (OPTIONS.some((option) => option === name)) options.push(`${name}=${value}`);
    else throw new Failure(USAGE);
  }
  if (output === undefined) throw new Failure(USAGE);
  checkNewFile('monitor fork', output);
  return [`--output=${output}`, ...options];
}

/**
 * Forks a tape at a count, as the command line does, in a process of its own: the guest's console and how it ended are said as they come.
 * Who asks it to end gets a whole tape.
 */
export function fork(tape: string, icount: number, line: string, say: Say): Errand {
  const options = forkOptions(line);
  const child = spawn(process.execPath, [...process.execArgv, CLI, 'fork', tape, `--at=icount:${icount}`, ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // GDB takes a server that is silent for some seconds for a broken one.
  const alive = setInterval(() => say(''), SILENCE_MS_MAX);
  const done = new Promise<void>((finish) => {
    const resolve = (): void => {
      clearInterval(alive);
      finish();
    };
    let open = 3;
    const ended = (): void => {
      if (--open === 0) resolve();
    };
    for (const stream of [child.stdout, child.stderr]) byLines(stream, say, ended);
    child.on('error', (error) => {
      say(`monitor fork: ${error.message}\n`);
      resolve();
    });
    child.on('exit', ended);
  });
  return { done, interrupt: () => void child.kill('SIGTERM') };
}

function byLines(stream: NodeJS.ReadableStream, say: Say, ended: () => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = `${rest}${text}`.split('\n');
    rest = lines.pop() ?? '';
    if (lines.length > 0) say(lines.map((line) => `${withoutControls(line.replace(/\r$/, ''))}\n`).join(''));
  });
  stream.on('close', () => {
    if (rest !== '') say(`${withoutControls(rest)}\n`);
    ended();
  });
}
