import { Distribution, SampleBudget, type Summary } from './distribution.ts';
import type { InterruptLife, Raiser } from './interrupt-lives.ts';

/** What makes an interrupt conspicuous; all in nanoseconds of guest time, which are counts. */
export interface InterruptLimits {
  /** One that stands in a list register for longer when the tape ends is lost. */
  readonly lostNs: number;
  /** A storm is so many acknowledgements of one INTID, each at most so long after the one before. */
  readonly stormCount: number;
  readonly stormGapNs: number;
}
/** What is taken where nothing is said. */
export const interruptLimits: InterruptLimits = { lostNs: 10_000_000, stormCount: 32, stormGapNs: 10_000 };

/** A time in which an interrupt comes again and again. */
export interface Storm {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** One INTID, of one vCPU. */
export interface InterruptSummary {
  readonly intid: number;
  readonly vcpu: number;
  /** Who raised it, how often each. */
  readonly raisers: Readonly<Partial<Record<Raiser, number>>>;
  readonly raised: number;
  readonly placed: number;
  readonly acknowledged: number;
  readonly completed: number;
  /** From one to the next, in nanoseconds of guest time. */
  readonly raisedToPlaced: Summary;
  readonly placedToAcknowledged: Summary;
  readonly acknowledgedToCompleted: Summary;
  readonly raisedToAcknowledged: Summary;
  /** Its line fell, or rose and stayed high to the end, without that it was placed in a list register: the guest has not enabled it. */
  readonly ignored: number;
  /**
   * It stood in a list register, and its line fell before the guest acknowledged it; or it stands there for long when the tape ends;
   * or it is an SGI that was sent again while it was pending.
   */
  readonly lost: number;
  /** Acknowledged when its line had fallen again. */
  readonly spurious: number;
  /** How many there were, and the first of them. */
  readonly storms: { readonly count: number; readonly first: readonly Storm[] };
  /** When it was first lost, ignored or spurious. */
  readonly firstLostAt: number | undefined;
  readonly firstSpuriousAt: number | undefined;
}

const STORMS_MAX = 16;

class Tally {
  readonly intid: number;
  readonly vcpu: number;
  readonly raisers: Partial<Record<Raiser, number>> = {};
  raised = 0;
  placed = 0;
  acknowledged = 0;
  completed = 0;
  ignored = 0;
  lost = 0;
  spurious = 0;
  firstLostAt: number | undefined;
  firstSpuriousAt: number | undefined;
  readonly #limits: InterruptLimits;
  readonly #legs: readonly [Distribution, Distribution, Distribution, Distribution];
  #storms = 0;
  readonly #firstStorms: Storm[] = [];
  /** Acknowledgements that follow closely. */
  #run: { from: number; to: number; count: number } = { from: 0, to: Number.NEGATIVE_INFINITY, count: 0 };

  constructor(intid: number, vcpu: number, limits: InterruptLimits, budget: SampleBudget) {
    this.intid = intid;
    this.vcpu = vcpu;
    this.#limits = limits;
    const leg = (): Distribution => new Distribution(budget);
    this.#legs = [leg(), leg(), leg(), leg()];
  }

  add(life: InterruptLife): void {
    const { raiser, raisedAt, placedAt, acknowledgedAt, completedAt, fate, merged, endedAt } = life;
    this.raisers[raiser] = (this.raisers[raiser] ?? 0) + 1 + merged;
    this.raised += 1 + merged;
    if (placedAt !== undefined) this.placed++;
    const [toPlaced, toAcknowledged, toCompleted, whole] = this.#legs;
    span(toPlaced, raisedAt, placedAt);
    span(toAcknowledged, placedAt, acknowledgedAt);
    span(toCompleted, acknowledgedAt, completedAt);
    span(whole, raisedAt, acknowledgedAt);
    if (completedAt !== undefined) this.completed++;
    if (acknowledgedAt !== undefined) this.#taken(acknowledgedAt);
    else if (placedAt === undefined) this.ignored++;
    else if (fate === 'withdrawn' || endedAt - placedAt > this.#limits.lostNs) this.#lose(1, endedAt);
    if (merged > 0) this.#lose(merged, endedAt);
    if (life.isSpurious) {
      this.spurious++;
      this.firstSpuriousAt ??= acknowledgedAt;
    }
  }
  #lose(count: number, at: number): void {
    this.lost += count;
    this.firstLostAt ??= at;
  }
  #taken(at: number): void {
    this.acknowledged++;
    const run = this.#run;
    // Lives come in the order of their ends, which for one INTID is that of its acknowledgements.
    if (at - run.to <= this.#limits.stormGapNs) {
      run.to = at;
      run.count++;
      return;
    }
    this.#closeRun();
    this.#run = { from: at, to: at, count: 1 };
  }
  #closeRun(): void {
    if (this.#run.count < this.#limits.stormCount) return;
    this.#storms++;
    if (this.#firstStorms.length < STORMS_MAX) this.#firstStorms.push(this.#run);
  }

  summary(): InterruptSummary {
    this.#closeRun();
    this.#run = { from: 0, to: Number.NEGATIVE_INFINITY, count: 0 };
    const [raisedToPlaced, placedToAcknowledged, acknowledgedToCompleted, raisedToAcknowledged] = this.#legs.map(
      (leg) => leg.summary(),
    ) as [Summary, Summary, Summary, Summary];
    const { intid, vcpu, raisers, raised, placed, acknowledged, completed, ignored, lost, spurious } = this;
    return {
      intid,
      vcpu,
      raisers,
      raised,
      placed,
      acknowledged,
      completed,
      raisedToPlaced,
      placedToAcknowledged,
      acknowledgedToCompleted,
      raisedToAcknowledged,
      ignored,
      lost,
      spurious,
      storms: { count: this.#storms, first: this.#firstStorms },
      firstLostAt: this.firstLostAt,
      firstSpuriousAt: this.firstSpuriousAt,
    };
  }
}

/** Both known, and in this order. */
function span(leg: Distribution, from: number | undefined, to: number | undefined): void {
  if (from !== undefined && to !== undefined && to >= from) leg.add(to - from);
}

/** More INTIDs than any board has; what is beyond is left out. */
const ROWS_MAX = 1 << 11;

/** What became of interrupts, by INTID and vCPU. */
export function interruptSummaries(
  lives: Iterable<InterruptLife>,
  limits: InterruptLimits = interruptLimits,
): InterruptSummary[] {
  const budget = new SampleBudget();
  const tallies = new Map<string, Tally>();
  for (const life of lives) {
    const key = `${life.intid} ${life.vcpu}`;
    let tally = tallies.get(key);
    if (tally === undefined) {
      if (tallies.size === ROWS_MAX) continue;
      tally = new Tally(life.intid, life.vcpu, limits, budget);
      tallies.set(key, tally);
    }
    tally.add(life);
  }
  return [...tallies.values()].map((tally) => tally.summary()).sort((a, b) => a.intid - b.intid || a.vcpu - b.vcpu);
}
