import { expect, it } from 'vitest';
import { Prng } from '../base/prng.ts';
import { StretchPlan, type Task } from './stretch-plan.ts';
import type { Reached, StretchResult } from './stretches.ts';

/** A tape as the plan meets it: what its checkpoints are, and where its run ends. */
interface Tape {
  readonly stretches: number;
  /** By checkpoint: what the machine is there; 'run' is the run itself, 'lost' cannot be restored. */
  readonly checkpoints: readonly (string | undefined)[];
  /** The stretch in which the run differs from the recording. */
  readonly differsIn: number;
}

const below = (random: Prng, bound: number): number => Number(random.next64() % BigInt(bound));
const reachedAt = (checked: number): Reached => ({
  ...{ checked, icount: checked, instructions: checked, pc: 0n },
  lines: [],
});

/** A machine that goes from state to state: of the run, or of a checkpoint that is not of it. */
class Runner {
  state = 'run';
  readonly #tape: Tape;
  readonly #random: Prng;
  constructor(tape: Tape, random: Prng) {
    this.#tape = tape;
    this.#random = random;
  }
  run({ stretch, from }: Task): StretchResult | { kind: 'failed'; error: string } {
    const { checkpoints, differsIn, stretches } = this.#tape;
    if (from !== null) {
      const state = from === 0 ? 'run' : checkpoints[from];
      if (state === undefined) return { kind: 'unusable', what: 'lost' };
      this.state = state;
    }
    const isRun = this.state === 'run';
    const reached = reachedAt(stretch + 1);
    if (isRun && stretch === differsIn) return { kind: 'stop', stop: { kind: 'cut', summary: 'here' }, reached };
    if (!isRun && below(this.#random, 4) === 0) {
      // A state that is not of the run may lead anywhere, to where the run is too.
      const end = below(this.#random, 3);
      if (end === 0) return { kind: 'failed', error: 'forged' };
      if (end === 1) return { kind: 'stop', stop: { kind: 'cut', summary: 'forged' }, reached };
      this.state = 'run';
    }
    if (stretch === stretches - 1) return { kind: 'stop', stop: { kind: isRun ? 'end' : 'place' }, reached };
    const next = checkpoints[stretch + 1] ?? 'run';
    return this.state === next ? { kind: 'equal', reached } : { kind: 'differs', what: 'it', reached };
  }
}

function tapeOf(random: Prng): Tape {
  const stretches = 1 + below(random, 20);
  const bad = below(random, 4);
  const checkpoints = Array.from({ length: stretches }, (_, n) => {
    if (below(random, 6) >= bad) return 'run';
    return below(random, 3) === 0 ? undefined : `other ${below(random, 2) === 0 ? n : ''}`;
  });
  return { stretches, checkpoints, differsIn: below(random, 2) === 0 ? below(random, stretches) : stretches };
}

/** Runs a plan to its outcome, the workers' answers in any order. */
function play(tape: Tape, count: number, random: Prng) {
  const plan = new StretchPlan<string>(
    Array.from({ length: tape.stretches }, (_, n) => ({ icount: n, cost: 1 + below(random, 100) })),
    count,
  );
  const runners = Array.from({ length: count }, () => new Runner(tape, random));
  const busy = new Map<number, Task>();
  let left = count;
  let tasks = 0;
  const refused: number[] = [];
  while (plan.outcome === undefined) {
    for (const { worker, task } of plan.assign()) busy.set(worker, task);
    const at = [...busy][below(random, busy.size)];
    if (at === undefined) throw new Error('nobody has anything to do, and nothing is decided');
    const [worker, task] = at;
    busy.delete(worker);
    if (left > 1 && below(random, 40) === 0) {
      plan.leave(worker);
      left--;
    } else plan.report(worker, (runners[worker] as Runner).run(task));
    refused.push(...plan.takeRefused().map(({ checkpoint }) => checkpoint + 1));
    tasks++;
  }
  return { outcome: plan.outcome, refused, tasks };
}

it('comes to the end of the run, whoever is late and whatever its checkpoints are', () => {
  const random = new Prng(7n);
  const outcomes = new Map<string, number>();
  for (let n = 0; n < 3000; n++) {
    const tape = tapeOf(random);
    const { outcome, refused, tasks } = play(tape, 1 + below(random, 5), random);
    const last = Math.min(tape.differsIn, tape.stretches - 1);
    const kind = tape.differsIn < tape.stretches ? 'cut' : 'end';
    expect(outcome, `tape ${n}`).toMatchObject({ kind: 'stop', stop: { kind }, reached: { checked: last + 1 } });
    if (outcome.kind === 'stop' && outcome.stop.kind === 'cut') expect(outcome.stop.summary).toBe('here');
    // Each that is not of the run is named once, where the run comes to it; no other one ever is.
    const others = tape.checkpoints.flatMap((state, at) => (at > 0 && state !== 'run' ? [at] : []));
    expect(new Set(refused).size).toBe(refused.length);
    for (const at of refused) expect(others, `tape ${n}`).toContain(at);
    for (const at of others)
      if (at <= last && tape.checkpoints[at] !== undefined) expect(refused, `tape ${n}`).toContain(at);
    expect(tasks).toBeLessThan(12 * tape.stretches + 20);
    outcomes.set(kind, (outcomes.get(kind) ?? 0) + 1);
  }
  expect(Math.min(...outcomes.values())).toBeGreaterThan(500);
});

it('gives the second worker the second half by cost, and then what is left of it', () => {
  const stretches = [1, 1, 1, 1, 4, 4, 4].map((cost, icount) => ({ icount, cost }));
  const plan = new StretchPlan(stretches, 2);
  expect(plan.assign()).toEqual([
    { worker: 0, task: { stretch: 0, from: 0 } },
    { worker: 1, task: { stretch: 5, from: 5 } },
  ]);
  const equal = (worker: number, stretch: number) =>
    plan.report(worker, { kind: 'equal', reached: reachedAt(stretch + 1) });
  equal(1, 5);
  expect(plan.assign()).toEqual([{ worker: 1, task: { stretch: 6, from: null } }]);
  plan.report(1, { kind: 'stop', stop: { kind: 'end' }, reached: reachedAt(7) });
  expect(plan.outcome).toBeUndefined();
  expect(plan.assign()).toEqual([{ worker: 1, task: { stretch: 4, from: 4 } }]);
  for (const stretch of [0, 1, 2, 3]) {
    equal(0, stretch);
    plan.assign();
  }
  expect(plan.reached?.checked).toBe(4);
  equal(1, 4);
  expect(plan.outcome).toMatchObject({ stop: { kind: 'end' }, reached: { checked: 7 } });
});
