import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NODE_OPTIONS } from '../../bin/node-settings.mjs';
import { CommandThread, type Finished } from './command-thread.fixture.ts';

/** For tests: the command line as its users meet it, under the options that the launcher starts it with. */

const CLI = fileURLToPath(new URL('../cli.ts', import.meta.url));
const TIMEOUT_MS = 60_000;

let thread: CommandThread | undefined;

/**
 * Runs a command of the command line to its end: in a thread that has run others before, where a process would take ten
 * times as long to load and optimise the same program again. What is the process's own (signals, its end, what V8 is told) is
 * for `hypertapeProcess`.
 */
export function hypertape(words: readonly string[], stdin = ''): Finished {
  // By `-`, standard input is a file: the process's, too.
  if (words.includes('-')) return hypertapeProcess(words, { stdin });
  thread ??= new CommandThread();
  try {
    return thread.run(words, stdin, TIMEOUT_MS);
  } catch (error) {
    thread = undefined;
    throw error;
  }
}

/** Of a process: what it reads, by which Node, of which build it is, and how long it may take (0: any time). */
export interface ProcessOptions {
  readonly stdin?: string;
  readonly node?: string | undefined;
  readonly program?: string | undefined;
  readonly timeoutMs?: number;
}

/** What Node is started with for a command line, as the launcher does it. */
export const nodeArguments = (args: readonly string[], program = CLI): string[] => [...NODE_OPTIONS, program, ...args];

/** The same in a process of its own. */
export function hypertapeProcess(args: readonly string[], options: ProcessOptions = {}): Finished {
  const { stdin = '', node = process.execPath, program = CLI, timeoutMs = TIMEOUT_MS } = options;
  const { status, stdout, stderr } = spawnSync(node, nodeArguments(args, program), {
    encoding: 'utf8',
    input: stdin,
    timeout: timeoutMs,
    maxBuffer: 64 * 1024 * 1024,
  });
  return { status, stdout, stderr };
}

/** The one JSON object that a command printed. */
export const jsonOf = (finished: Finished): Record<string, unknown> =>
  JSON.parse(finished.stdout) as Record<string, unknown>;

/** What a shell command that calls `"$@"` does to the command line. */
export function throughShell(script: string, args: readonly string[]): Finished {
  const command = [process.execPath, ...nodeArguments(args)];
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script, 'bash', ...command], {
    encoding: 'utf8',
    input: '',
    timeout: TIMEOUT_MS,
  });
  return { status, stdout, stderr };
}

/** A command that goes on until the test ends it. */
export class Running {
  readonly process: ChildProcess;
  readonly finished: Promise<Finished>;
  /** What it has printed so far. */
  readonly texts = { stdout: '', stderr: '' };

  constructor(args: readonly string[], stdin: 'ignore' | 'pipe' = 'ignore') {
    this.process = spawn(process.execPath, nodeArguments(args), {
      stdio: [stdin, 'pipe', 'pipe'],
      timeout: TIMEOUT_MS,
    });
    const { texts } = this;
    for (const name of ['stdout', 'stderr'] as const)
      this.process[name]?.setEncoding('utf8').on('data', (text: string) => {
        texts[name] += text;
      });
    this.finished = new Promise((resolve) => {
      this.process.on('close', (status) => resolve({ status, ...texts }));
    });
  }
  /** Resolves when the condition holds. */
  async until(condition: () => boolean): Promise<void> {
    const { process } = this;
    while (!condition() && process.exitCode === null && process.signalCode === null)
      await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A folder of its own for a test file's tapes. */
export class WorkFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'hypertape-test-'));
  file(name: string): string {
    return join(this.path, name);
  }
  write(name: string, data: string | Uint8Array): string {
    const path = this.file(name);
    writeFileSync(path, data);
    return path;
  }
  /** A guest of machine code: the options that run it. */
  code(name: string, words: readonly number[]): readonly string[] {
    return ['--kernel', this.write(name, new Uint8Array(Uint32Array.from(words).buffer)), '--load', '0x40080000'];
  }
  read(name: string): Buffer {
    return readFileSync(this.file(name));
  }
  remove(): void {
    rmSync(this.path, { recursive: true });
  }
}

/** Writes dots to the console for ever. */
export const dotsGuest: readonly number[] = [
  0xd2a12000, // mov  x0, #0x9000000
  0x528005c1, // mov  w1, #'.'
  0xb9000001, // str  w1, [x0]
  0x17ffffff, // b .-4
];

/** Writes one, and counts for ever. */
export const busyGuest: readonly number[] = [
  0xd2a12000, // mov  x0, #0x9000000
  0x528005c1, // mov  w1, #'.'
  0xb9000001, // str  w1, [x0]
  0x91000442, // 1: add x2, x2, #1
  0x17ffffff, // b 1b
];

/** Asks the firmware's version for ever, but seldom: its frames end by their icounts. */
export const slowGuest: readonly number[] = [
  0x52b08000, // 1: movz w0, #0x8400, lsl #16: PSCI_VERSION
  0xd4000002, // hvc #0
  0xd2a00041, // movz x1, #2, lsl #16
  0xf1000421, // 2: subs x1, x1, #1
  0x54ffffe1, // b.ne 2b
  0x17fffffb, // b 1b
];

/** The same without a pause, and with another random number in a register each time: events that no compression makes small. */
export const randomGuest: readonly number[] = [
  0xd28fe5a3, // movz x3, #0x7f2d
  0xf2a992a3, // movk x3, #0x4c95, lsl #16
  0xf2de85a3, // movk x3, #0xf42d, lsl #32
  0xf2eb0a23, // movk x3, #0x5851, lsl #48
  0x9b030c21, // 1: madd x1, x1, x3, x3
  0x52b08000, // movz w0, #0x8400, lsl #16: PSCI_VERSION
  0xd4000002, // hvc #0
  0x17fffffd, // b 1b
];

/** Waits for console input without any timer, echoes it, and powers off at "q". */
export const echoGuest: readonly number[] = [
  0xd2a12000, // mov  x0, #0x9000000
  0x52800a01, // mov  w1, #0x50: UARTIMSC, RXIM and RTIM
  0xb9003801, // str  w1, [x0, #0x38]
  0xd2a10002, // mov  x2, #0x8000000: the distributor
  0x52800241, // mov  w1, #0x12: ARE, EnableGrp1
  0xb9000041, // str  w1, [x2]
  0x52800041, // mov  w1, #2: SPI 33
  0xb9008441, // str  w1, [x2, #0x84]: GICD_IGROUPR1
  0xb9010441, // str  w1, [x2, #0x104]: GICD_ISENABLER1
  0xd2a10143, // mov  x3, #0x80a0000: the redistributor
  0xb900147f, // str  wzr, [x3, #0x14]: GICR_WAKER
  0xd2801e01, // mov  x1, #0xf0
  0xd5184601, // msr  ICC_PMR_EL1, x1
  0xd2800021, // mov  x1, #1
  0xd518cce1, // msr  ICC_IGRPEN1_EL1, x1
  0xd5033fdf, // isb
  0xd503207f, // 1: wfi
  0xb9401801, // 2: ldr w1, [x0, #0x18]: UARTFR
  0x3727ffc1, // tbnz w1, #4, 1b: RXFE
  0xb9400001, // ldr  w1, [x0]
  0xb9000001, // str  w1, [x0]
  0x7101c43f, // cmp  w1, #'q'
  0x54ffff61, // b.ne 2b
  0x52b08000, // movz w0, #0x8400, lsl #16
  0x72800100, // movk w0, #8: SYSTEM_OFF
  0xd4000002, // hvc  #0
];
