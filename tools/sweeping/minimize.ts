import { ExitStatus, Failure } from '../../src/base/failure.ts';
import { fewest } from '../../src/explain/minimal/fewest.ts';
import { type EndedTurn, type Reducible, runOfTape, type TapeRun, tryRun } from '../../src/explain/minimal/trial.ts';
import { TURN_ENDS_MAX } from '../../src/hyp/vmm/schedule.ts';
import { PRODUCER } from '../../src/library/producer.ts';
import { TURN_MAX } from '../../src/machine/config.ts';
import { symbolOfRun } from '../../src/replay/symbols/run-symbols.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { guestSymbols } from '../session/event-symbols.ts';
import { withHostMemory } from '../session/host-memory.ts';
import { Interrupts } from '../session/interrupts.ts';
import { countOf } from '../session/numbers.ts';
import { Outputs } from '../session/outputs.ts';
import { hostInformation } from '../session/recording.ts';
import { print, printJson, say } from '../session/standard-output.ts';
import { countText, secondsText } from '../session/units.ts';
import { type Shown, shownBy } from './shown.ts';
import { showProgress } from './status-line.ts';

/** Options of `minimize`. */
export interface MinimizeArgs {
  readonly tape: string;
  readonly output: string;
  readonly rules?: string | undefined;
  readonly until?: string | undefined;
  readonly runs: string;
  readonly reproducible: boolean;
  readonly force: boolean;
  readonly json: boolean;
}

const placed: ReadonlySet<string> = new Set(['fault', 'panic', 'stuck']);

/** Finds the least that still shows what a tape shows, and records that. @throws Failure */
export async function minimize(args: MinimizeArgs): Promise<ExitStatus> {
  const { tape, output, force } = args;
  const runsMax = countOf('--runs', args.runs);
  const outputs = new Outputs(force);
  outputs.reads(tape, 'the tape');
  outputs.reads(args.rules, 'the rules');
  outputs.writes(output, '--output');
  const started = performance.now();
  const reader = TapeReader.open(tape);
  const run = withHostMemory(Number(reader.header.machine.memoryBytes), () => runOfTape(reader));
  const shown = shownBy(tape, run, args);
  const search = new Search(run, shown, runsMax);
  try {
    await search.go();
  } finally {
    shown.close();
  }
  if (search.least === undefined)
    throw new Failure(
      `${tape}: ${search.ended ?? 'its turns and its input alone do not show it'}; nothing was written (${shown.what})`,
    );
  const turns = write(args, reader.header.level, run, search.least, shown);
  reader.close();
  tell(args, run, { ...search.least, turns, runs: search.runs, ended: search.ended, what: shown.what, started });
  return ExitStatus.ok;
}

/** Thrown where no more runs are to be tried. */
class Enough extends Error {}

/** Tries runs with fewer and fewer turns that are made to end, and then with less input. */
class Search {
  /** The least so far that shows it. */
  least: Reducible | undefined;
  runs = 0;
  /** Why it ended before it was done. */
  ended: string | undefined;
  readonly #run: TapeRun;
  readonly #shown: Shown;
  readonly #runsMax: number;
  readonly #interrupts = new Interrupts();

  constructor(run: TapeRun, shown: Shown, runsMax: number) {
    this.#run = run;
    this.#shown = shown;
    this.#runsMax = runsMax;
  }

  async go(): Promise<void> {
    const { turnEnds, typed } = this.#run;
    try {
      // Plain turns may show it too. The tape's may be longer than theirs, since they begin anew where no other vCPU can run.
      const shows =
        (await this.#shows({ turnEnds: [], typed })) ||
        (await this.#shows({ turnEnds, typed })) ||
        (await this.#shows({ turnEnds, typed, turnCounts: TURN_MAX }));
      if (!shows) return;
      const { turnEnds: forced, turnCounts } = this.least as Reducible;
      const fewer = await fewest(forced, (some) => this.#shows({ turnEnds: some, typed, turnCounts }));
      await fewest(typed, (some) => this.#shows({ turnEnds: fewer, typed: some, turnCounts }));
    } catch (error) {
      if (!(error instanceof Enough)) throw error;
    } finally {
      this.#interrupts.close();
      showProgress('');
    }
  }

  async #shows(what: Reducible): Promise<boolean> {
    // Signals come between two runs.
    await new Promise((resolve) => setImmediate(resolve));
    if (this.#interrupts.requested) this.ended = 'interrupted';
    else if (this.runs >= this.#runsMax) this.ended = `${countText(this.runs)} runs are made (--runs)`;
    if (this.ended !== undefined) throw new Enough();
    this.runs++;
    const isShown = this.#shown.by(what) !== undefined;
    if (isShown && !(sizeOf(what) > sizeOf(this.least ?? what))) this.least = what;
    const { turnEnds, typed } = this.least ?? this.#run;
    const left = `${countText(turnEnds.length)} turn ends, ${countText(typed.length)} bytes of input`;
    showProgress(`minimize: ${left}, after ${countText(this.runs)} runs`);
    return isShown;
  }
}
const sizeOf = ({ turnEnds, typed }: Reducible): number => turnEnds.length + typed.length;

/** Records the run; gives the turns that were made to end, as they did. */
function write(
  args: MinimizeArgs,
  level: 'inputs' | 'exits',
  run: TapeRun,
  least: Reducible,
  shown: Shown,
): EndedTurn[] {
  const { turnEnds } = least;
  if (turnEnds.length > TURN_ENDS_MAX)
    throw new Failure(
      `${args.tape}: ${countText(turnEnds.length)} turn ends are left, and a tape takes ${countText(TURN_ENDS_MAX)}; give more --runs`,
    );
  const { turns } = withHostMemory(run.config.memoryBytes, () =>
    tryRun(run, least, {
      maxIcount: shown.maxIcount,
      tape: {
        path: args.output,
        level,
        producer: PRODUCER,
        force: args.force,
        checkpoints: 'by cost',
        ...(args.reproducible ? {} : { host: hostInformation() }),
      },
      nameEnd: (outcome, session) => (placed.has(outcome) ? symbolOfRun(session, run.config, run.images) : undefined),
    }),
  );
  const isForced = ({ vcpu, at, to }: EndedTurn): boolean =>
    turnEnds.some((one) => one.vcpu === vcpu && one.at === at && one.to === to);
  return turns.filter(isForced);
}

interface Told extends Reducible {
  readonly turns: readonly EndedTurn[];
  readonly runs: number;
  readonly ended: string | undefined;
  readonly what: string;
  readonly started: number;
}

function tell({ output, json }: MinimizeArgs, run: TapeRun, told: Told): void {
  const { turnEnds, typed, turns, runs, ended, what, started } = told;
  const wallMs = Math.round(performance.now() - started);
  const made = TapeReader.open(output);
  const symbols = guestSymbols(made, undefined)?.functions;
  const places = turns.map((turn) => {
    const symbol = symbols?.text(turn.pc);
    return { ...turn, ...(symbol === undefined ? {} : { symbol }) };
  });
  made.close();
  const before = { turnEnds: run.turnEnds.length, inputBytes: run.typed.length };
  const after = { turnEnds: turnEnds.length, inputBytes: typed.length };
  const isLeast = ended === undefined;
  if (json) {
    printJson({ tape: output, shows: what, isLeast, runs, before, after, turnEnds: places, wallMs });
    return;
  }
  if (!isLeast) say(`${ended}: it may go with less`);
  print(
    what,
    `${output}: turn ends: ${countText(after.turnEnds)} of ${countText(before.turnEnds)}, bytes of console input: ${countText(after.inputBytes)} of ${countText(before.inputBytes)}; runs: ${countText(runs)}, ${secondsText(wallMs)}`,
    ...places.map(
      ({ vcpu, at, to, icount, pc, symbol }) =>
        `  vCPU ${vcpu} has retired ${countText(at)}, then vCPU ${to} runs: icount ${countText(icount)}, pc 0x${pc.toString(16)}${symbol === undefined ? '' : ` ${symbol}`}`,
    ),
  );
}
