// npm run demo [-- GUEST]: records a boot, replays it with every event checked, and tells what happened. Status 1 unless verified.
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Failure } from '../src/base/failure.ts';
import { OutputFile } from '../src/host/output-file.ts';
import { fetchGuest } from './guests/catalogue.ts';
import { bytesText, countText, secondsText } from './session/units.ts';

const EMBEDDED = 'demo-arm64';
const DEBIAN = 'debian-arm64';
/** Of a long console, the lines shown at its beginning and at its end. */
const HEAD_LINES = 12;
const TAIL_LINES = 6;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, '.cache/demo');
const shown = (path: string): string => relative(process.cwd(), path) || '.';
const say = (line = ''): void => void process.stdout.write(`${line}\n`);
const dim = (text: string): string => (process.stdout.isTTY ? `\x1b[2m${text}\x1b[0m` : text);

interface Ran {
  readonly wallMs: number;
  readonly mips: number;
  readonly icount: number;
  readonly instructions: number;
  readonly virtualNs: number;
  readonly outcome: string;
  readonly stateHash: string;
  readonly consoleSha256: string;
}
interface Recorded extends Ran {
  readonly exits: { readonly total: number; readonly byClass: Readonly<Record<string, number>> };
  readonly events: number;
  readonly tapeBytes: number;
  readonly tapeEventBytes: number;
}
interface Replayed extends Ran {
  readonly verified: boolean;
  readonly complete: boolean;
  readonly eventsChecked: number;
}

/** The guest to boot: Debian's kernel where it can be had. */
function chooseGuest(wanted: string | undefined): string {
  if (wanted !== undefined) {
    fetchGuest(wanted, say);
    return wanted;
  }
  try {
    fetchGuest(DEBIAN, say);
    return DEBIAN;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    say(`${DEBIAN} is not to be had here: ${error.message}`);
    say(`Instead of it: ${EMBEDDED}, the bare-metal guest that comes with hypertape.`);
    return EMBEDDED;
  }
}

/** Shows a console as it comes, but of a long one only its ends. */
class ConsoleView {
  readonly #held: string[] = [];
  #lines = 0;
  line(text: string): void {
    if (++this.#lines <= HEAD_LINES) say(dim(`  | ${text}`));
    else {
      this.#held.push(text);
      if (process.stdout.isTTY) process.stdout.write(dim(`\r  | … ${countText(this.#lines)} lines`));
    }
  }
  end(file: string): void {
    // A few lines more are sooner shown than announced.
    const tail = this.#held.length <= 2 * TAIL_LINES ? this.#held.length : TAIL_LINES;
    const left = this.#held.length - tail;
    if (process.stdout.isTTY) process.stdout.write('\r\x1b[K');
    if (left > 0) say(dim(`  | … ${left} lines, in ${shown(file)}`));
    for (const text of this.#held.slice(left)) say(dim(`  | ${text}`));
  }
}

/** Runs a verb with --json and returns its object; `onLine` takes its standard error, where the guest's console is. */
async function hypertape(
  args: readonly string[],
  onLine?: (line: string) => void,
): Promise<{ status: number; json: string }> {
  const child = spawn(process.execPath, [join(root, 'tools/cli.ts'), ...args, '--json'], {
    stdio: ['ignore', 'pipe', onLine ? 'pipe' : 'inherit'],
  });
  let json = '';
  child.stdout?.on('data', (data: Buffer) => {
    json += data.toString('utf8');
  });
  if (onLine && child.stderr) createInterface({ input: child.stderr }).on('line', onLine);
  // Whoever ends the demo ends what it runs, which has something to save.
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
  for (const signal of SIGNALS) process.on(signal, pass);
  const status = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 4));
  });
  for (const signal of SIGNALS) process.off(signal, pass);
  return { status, json };
}

async function record(guest: string, tape: string, consoleFile: string): Promise<Recorded | undefined> {
  const view = new ConsoleView();
  const file = OutputFile.create(consoleFile, { force: true, unfinished: 'console' });
  file.publish();
  let bytes = 0;
  const { status, json } = await hypertape(['record', '--guest', guest, '-o', tape, '--force'], (line) => {
    const text = Buffer.from(`${line}\n`);
    file.write(text, bytes);
    bytes += text.length;
    view.line(line);
  });
  file.finish();
  view.end(consoleFile);
  if (json === '') return undefined;
  const result = JSON.parse(json) as Recorded;
  if (status === 0) return result;
  say(`The guest did not power off: ${result.outcome}.`);
  say(`What was recorded is in ${shown(tape)}: npm run hypertape -- replay ${shown(tape)}`);
  return undefined;
}

const speed = ({ instructions, wallMs, mips }: Ran): string =>
  `${countText(instructions)} instructions in ${secondsText(wallMs)}, ${mips.toFixed(0)} MIPS`;

function tell(recorded: Recorded, replayed: Replayed, verified: boolean, tape: string, consoleFile: string): void {
  const { exits, events, tapeBytes, tapeEventBytes, virtualNs } = recorded;
  const width = Math.max(...Object.keys(exits.byClass).map((name) => name.length));
  say(`recorded   ${speed(recorded)} (${secondsText(virtualNs / 1e6)} of the guest's time)`);
  say(`replayed   ${speed(replayed)}`);
  say(`exits      ${countText(exits.total)}`);
  for (const [name, count] of Object.entries(exits.byClass))
    say(`             ${name.padEnd(width)} ${countText(count).padStart(10)}`);
  const each = (tapeEventBytes / Math.max(1, events)).toFixed(2);
  say(`events     ${countText(events)}, ${bytesText(tapeEventBytes)} on the tape: ${each} bytes each`);
  say(`tape       ${shown(tape)}, ${bytesText(tapeBytes)} with the guest's images and checkpoints`);
  say(`console    ${shown(consoleFile)}`);
  const { eventsChecked, complete, stateHash } = replayed;
  if (verified)
    say(
      `verified   the replay is identical: ${countText(eventsChecked)} events checked, state ${stateHash.slice(0, 16)}`,
    );
  else say(`NOT VERIFIED   ${countText(eventsChecked)} events checked, tape ${complete ? 'whole' : 'cut off'}`);
}

async function main(wanted: string | undefined): Promise<boolean> {
  mkdirSync(folder, { recursive: true });
  const guest = chooseGuest(wanted);
  const tape = join(folder, `${guest}.tape`);
  const consoleFile = join(folder, `${guest}.console.txt`);
  say(`Recording a boot of ${guest} under the emulated hypervisor:`);
  const recorded = await record(guest, tape, consoleFile);
  if (recorded === undefined) return false;
  say('Replaying it, every event checked:');
  const { status, json } = await hypertape(['replay', tape, '--console', 'none']);
  if (json === '') return false;
  const replayed = JSON.parse(json) as Replayed;
  const verified =
    status === 0 &&
    replayed.verified &&
    replayed.complete &&
    replayed.icount === recorded.icount &&
    replayed.stateHash === recorded.stateHash &&
    replayed.consoleSha256 === recorded.consoleSha256;
  tell(recorded, replayed, verified, tape, consoleFile);
  if (verified) {
    say();
    say(`Next: npm run hypertape -- events ${shown(tape)} --limit 20`);
    say(`      npm run hypertape -- info ${shown(tape)}`);
  }
  return verified;
}

try {
  process.exitCode = (await main(process.argv[2])) ? 0 : 1;
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  process.stderr.write(`demo: ${error.message}\n`);
  process.exitCode = error.status;
}
