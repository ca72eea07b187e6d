import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Failure } from '../../src/base/failure.ts';

/** Debian's GDB for other architectures. */
export const GDB = 'gdb-multiarch';
const TIMEOUT_MS = 1_800_000;

/** First line of `--version`; undefined where GDB is not installed. */
export function gdbVersion(): string | undefined {
  const { status, stdout } = spawnSync(GDB, ['--version'], { encoding: 'utf8' });
  return status === 0 ? /([0-9.]+[0-9])/.exec(stdout)?.[1] : undefined;
}

/** Where a session goes, by addresses of the guest's kernel. */
export interface ReversePlaces {
  /** A function that the guest calls once, late. */
  readonly late: bigint;
  /** One that it has called some time before. */
  readonly before: bigint;
  /** A variable that changes all the time. */
  readonly variable: bigint;
}

/** What is timed, in the order of the session. */
export const reverseSteps = [
  { name: 'forwards', what: 'continue, from the start to there' },
  { name: 'step', what: 'reverse-stepi' },
  { name: 'breakpoint', what: 'reverse-continue to a breakpoint' },
  { name: 'watchpoint', what: 'reverse-continue to a watchpoint' },
] as const;
/** One of them. */
export type ReverseStep = (typeof reverseSteps)[number]['name'];
/** Seconds that each took, as often as it was done. */
export type ReverseTimes = Readonly<Record<ReverseStep, readonly number[]>>;

const STEPS = 5;
/** GDB's own Python takes the time: what a user waits for. */
const commandsFor = (target: string, { late, before, variable }: ReversePlaces): string => `
import gdb, time
for line in ('set pagination off', 'set confirm off', 'set width 0', 'set remotetimeout 600'):
    gdb.execute(line)
gdb.execute('target remote ${target}')
def timed(name, command):
    begin = time.monotonic()
    gdb.execute(command, to_string=True)
    print('TIMED', name, time.monotonic() - begin, gdb.execute('p/x $pc', to_string=True).strip(), flush=True)
gdb.execute('hbreak *${late}')
timed('forwards', 'continue')
gdb.execute('delete')
for n in range(${STEPS}):
    timed('step', 'reverse-stepi')
gdb.execute('hbreak *${before}')
timed('breakpoint', 'reverse-continue')
gdb.execute('delete')
gdb.execute('watch *(unsigned int *) ${variable}')
timed('watchpoint', 'reverse-continue')
gdb.execute('delete')
# Not by killing what is served: a server that ends too soon is a fault.
gdb.execute('disconnect')
`;

/** Has GDB go backwards at a server. @throws Failure where it did not come to its end */
export async function reverseSession(target: string, places: ReversePlaces, script: string): Promise<ReverseTimes> {
  writeFileSync(script, commandsFor(target, places));
  const gdb = spawn(GDB, ['-nx', '-batch', '-x', script], { stdio: ['ignore', 'pipe', 'pipe'], timeout: TIMEOUT_MS });
  const [said, errors] = await Promise.all([text(gdb.stdout), text(gdb.stderr)]);
  return timesIn(said, places) ?? fail(`${GDB} at ${target}: ${`${said}\n${errors}`.trim().split('\n').at(-1)}`);
}
function fail(what: string): never {
  throw new Failure(`bench: ${what}`);
}

/** What a session printed; undefined where it did not come to its end, or to where it was to go. */
export function timesIn(said: string, { late, before }: ReversePlaces): ReverseTimes | undefined {
  const times = {
    forwards: [] as number[],
    step: [] as number[],
    breakpoint: [] as number[],
    watchpoint: [] as number[],
  };
  for (const [, name = '', seconds = '', pc = ''] of said.matchAll(
    /^TIMED (\w+) ([0-9.e-]+) \$\d+ = (0x[0-9a-f]+)$/gm,
  )) {
    if (!(name in times)) return undefined;
    const wanted = { forwards: late, breakpoint: before }[name];
    if (wanted !== undefined && BigInt(pc) !== wanted) return undefined;
    times[name as ReverseStep].push(Number(seconds));
  }
  const isWhole = times.step.length === STEPS && times.watchpoint.length === 1;
  return isWhole ? times : undefined;
}

/** The first line of a program's standard output that fits; what comes behind is read and let go. */
export function lineOf(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve) => {
    createInterface({ input: child.stdout as Readable }).on('line', (line) => {
      const found = pattern.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
}
