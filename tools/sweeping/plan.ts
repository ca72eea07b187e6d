import { Failure } from '../../src/base/failure.ts';
import { timerPolicies } from '../../src/hyp/arm-common/vtimer.ts';
import { bigOf } from '../session/numbers.ts';
import { readText } from '../session/read-text.ts';

/** What differs from run to run: a seed in one place or both, the timer policy, the command line. */
const SEEDED = ['schedule', 'entropy'] as const;
type Seeded = (typeof SEEDED)[number];
const OPTION_OF: Readonly<Record<Seeded, string>> = { schedule: '--schedule-seed', entropy: '--entropy-seed' };
const RUNS_MAX = 1_000_000;
const APPEND_BYTES_MAX = 2 ** 20;
const VARY = 'schedule, entropy, policy or append=FILE';

/** A run of a sweep. */
export interface PlannedRun {
  /** Of its tape, without an ending. */
  readonly name: string;
  /** What it has of its own, for people and for JSON. */
  readonly what: { readonly seed?: bigint; readonly policy?: string; readonly append?: string };
  /** Options of `record`. */
  readonly options: readonly string[];
}

/** One way in which runs differ: so many of them. */
interface Axis {
  readonly length: number;
  readonly at: (i: number) => PlannedRun;
}

/** The runs of a sweep, made as they are needed: every value of each axis with every one of the others. */
export class Plan {
  readonly #axes: readonly Axis[];
  readonly length: number;
  /** Options of `record` that the runs have each their own of. */
  readonly varied: readonly string[];

  constructor(axes: readonly Axis[], varied: readonly string[]) {
    this.#axes = axes;
    this.varied = varied;
    this.length = axes.reduce((product, { length }) => product * length, 1);
    if (this.length > RUNS_MAX)
      throw new Failure(`--seeds: ${this.length} runs; a sweep has at most ${RUNS_MAX}, so give fewer at a time`);
  }
  at(i: number): PlannedRun {
    const parts: PlannedRun[] = [];
    for (let rest = i, a = 0; a < this.#axes.length; a++) {
      const axis = this.#axes[a] as Axis;
      parts.push(axis.at(rest % axis.length));
      rest = Math.floor(rest / axis.length);
    }
    return {
      name: parts.map(({ name }) => name).join('-'),
      what: Object.assign({}, ...parts.map(({ what }) => what)) as PlannedRun['what'],
      options: parts.flatMap(({ options }) => options),
    };
  }
}

function seedsOf(text: string, into: readonly Seeded[]): Axis {
  const [first, last, ...more] = text.split('..');
  if (first === undefined || last === undefined || more.length > 0)
    throw new Failure(`--seeds ${text}: give the first and the last, as in --seeds 1..64`);
  const from = bigOf('--seeds', first);
  const to = bigOf('--seeds', last);
  if (to < from) throw new Failure(`--seeds ${text}: the last is less than the first`);
  return {
    length: Number(to - from) + 1,
    at: (i) => {
      const seed = from + BigInt(i);
      return { name: `seed-${seed}`, what: { seed }, options: into.flatMap((one) => [OPTION_OF[one], String(seed)]) };
    },
  };
}

const policies: Axis = {
  length: timerPolicies.length,
  at: (i) => {
    const policy = timerPolicies[i] as string;
    return { name: policy, what: { policy }, options: ['--timer-policy', policy] };
  },
};

function appendsOf(path: string): Axis {
  const option = '--vary append=';
  if (path === '' || path === '-') throw new Failure(`${option}${path}: give a file with a command line a line`);
  const lines = readText(option, path, APPEND_BYTES_MAX)
    .split(/\r?\n/)
    .map((append, i) => ({ append, number: i + 1 }))
    .filter(({ append }) => !/^\s*(#|$)/.test(append));
  if (lines.length === 0) throw new Failure(`${option}${path}: it has no line; give a command line on each`);
  return {
    length: lines.length,
    at: (i) => {
      const { append, number } = lines[i] as (typeof lines)[number];
      return { name: `line-${number}`, what: { append }, options: [`--append=${append}`] };
    },
  };
}

/** The runs that the options ask for: by default schedules differ. @throws Failure */
export function planOf(seeds: string | undefined, vary: readonly string[]): Plan {
  const seeded = new Set<Seeded>();
  const axes: Axis[] = [];
  const varied: string[] = [];
  for (const word of vary.length > 0 ? vary : ['schedule']) {
    const into = SEEDED.find((one) => one === word);
    const path = /^append=(.*)$/s.exec(word)?.[1];
    if (into !== undefined && !seeded.has(into)) {
      seeded.add(into);
      varied.push(OPTION_OF[into]);
    } else if (word === 'policy' && !axes.includes(policies)) {
      axes.push(policies);
      varied.push('--timer-policy');
    } else if (path !== undefined && !varied.includes('--append')) {
      axes.push(appendsOf(path));
      varied.push('--append');
    } else throw new Failure(`--vary ${word}: give ${VARY}, each at most once`);
  }
  if (seeded.size === 0 && seeds !== undefined)
    throw new Failure('--seeds: nothing has a seed; give --vary schedule or --vary entropy too, or leave --seeds out');
  if (seeded.size === 0) return new Plan(axes, varied);
  if (seeds === undefined) throw new Failure('missing: --seeds; give the first and the last, as in --seeds 1..64');
  return new Plan([...axes, seedsOf(seeds, [...seeded])], varied);
}
