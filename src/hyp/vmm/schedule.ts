import { BadField, count, flag, integer, list, nullable, record, u64 } from '../../base/fields.ts';
import { limits } from '../../base/limits.ts';
import type { Plain, PlainMap } from '../../base/plain.ts';
import { Prng } from '../../base/prng.ts';
import type { Stateful } from '../../base/stateful.ts';

/** A turn that ends at a place in what its vCPU does, wherever others are by then. */
export interface TurnEnd {
  readonly vcpu: number;
  /** Instructions that the vCPU has retired by then: at least one, and more than at its last. */
  readonly at: number;
  /** Whose turn is next, where that one can run; else it is who comes next in order. */
  readonly to: number;
}

/** How the vCPUs of a VM take turns. */
export interface ScheduleConfig {
  readonly vcpus: number;
  /** Counts of a turn that nothing ends before. */
  readonly turnCounts: number;
  /** Absent: turns of `turnCounts`, one vCPU after the other. Else their order and lengths, up to that, are random. */
  readonly seed?: bigint;
  /** Turns that end where they would not by themselves, or go to another; of each vCPU in its order. Without a seed. */
  readonly turnEnds?: readonly TurnEnd[];
  /** Where those that could run only take exceptions, time passes for those that wait: behaviour `schedule@2`. */
  readonly hangs?: boolean;
}

/** Counts of a turn behind the moment at which it made another vCPU runnable. */
export const TURN_AFTER_WAKE = 2048;
/**
 * Counts that a turn is longer if it would end between an exclusive load and its store: none can then fail for ever, since the loop
 * that these are in is shorter (Arm ARM DDI 0487, B2.9.5).
 */
export const TURN_FOR_EXCLUSIVE = 128;

/**
 * Whose turn it is, and until when. With several vCPUs one runs at a time, so that memory is sequentially consistent: what they
 * come to depends on this alone. A turn ends at a count, or where its vCPU waits, yields or is off. One in WFE yields and stays runnable: it
 * may wake at any time (D1.6.1), so that events of others decide for it alone whether WFE traps.
 */
export class Schedule implements Stateful {
  readonly name = 'schedule';
  readonly version = 1;
  readonly #config: ScheduleConfig;
  /** Saved by Vm, as it stands in the states of machines of one vCPU too. */
  current = 0;
  /** The count at which the turn ends; none where there is one vCPU. */
  #end: number;
  /** It was made longer already. */
  #isHeld = false;
  #random: Prng;
  /** vCPUs that only take exceptions until another one has run, a bit each. */
  #hung = 0;
  readonly #forced: ForcedEnds | null;

  constructor(config: ScheduleConfig) {
    this.#config = config;
    this.#forced = config.turnEnds === undefined ? null : new ForcedEnds(config.vcpus, config.turnEnds);
    this.#end = config.vcpus === 1 ? Number.POSITIVE_INFINITY : config.turnCounts;
    this.#random = new Prng(config.seed ?? 0n);
  }

  /** The count at which the present turn ends. */
  get end(): number {
    return this.#forced === null ? this.#end : Math.min(this.#end, this.#forced.end(this.current));
  }

  /** A vCPU's turn begins. */
  begin(vcpu: number, now: number): void {
    this.#forced?.begins(this.current, vcpu, now);
    this.current = vcpu;
    this.#end = now + this.#length();
    this.#isHeld = false;
  }
  /** Lengths of all magnitudes alike: races hide between few instructions as well as between many. */
  #length(): number {
    const { turnCounts, seed } = this.#config;
    if (seed === undefined) return turnCounts;
    const magnitude = this.#below(Math.floor(Math.log2(turnCounts)) + 1);
    return Math.min(2 ** magnitude + this.#below(2 ** magnitude), turnCounts);
  }
  #below(bound: number): number {
    return Number(this.#random.next64() % BigInt(bound));
  }

  /** The vCPU whose turn it is made another one runnable. */
  madeRunnable(now: number): void {
    this.#end = Math.min(this.#end, now + TURN_AFTER_WAKE);
  }
  /** It waits for what others may do. */
  yields(now: number): void {
    if (this.#config.vcpus === 1) return;
    this.#end = Math.min(this.#end, now);
    this.#isHeld = true;
  }
  isOver(now: number): boolean {
    return now >= this.end;
  }
  /** The vCPU whose turn it is waits, or goes on: what passes meanwhile is none of its instructions. */
  waits(now: number): void {
    this.#forced?.waits(this.current, now);
  }
  goesOn(now: number): void {
    this.#forced?.goesOn(now);
  }
  /** Its end falls between an exclusive load and its store: true where it goes on for that. */
  hold(now: number): boolean {
    if (this.#isHeld || (this.#forced?.end(this.current) ?? now + 1) <= now) return false;
    this.#isHeld = true;
    this.#end += TURN_FOR_EXCLUSIVE;
    return true;
  }

  /** Whether vCPUs may hang. */
  get hangs(): boolean {
    return this.#config.hangs ?? false;
  }
  hang(vcpu: number): void {
    this.#hung |= 1 << vcpu;
  }
  isHung(vcpu: number): boolean {
    return ((this.#hung >>> vcpu) & 1) === 1;
  }
  /** Another one runs, which could change what they take exceptions for. */
  unhang(): void {
    this.#hung = 0;
  }

  /** The vCPU whose turn is next: another one that is runnable, undefined where there is none. */
  next(isRunnable: (vcpu: number) => boolean, now: number): number | undefined {
    const { vcpus, seed } = this.#config;
    const others: number[] = [];
    for (let i = 1; i < vcpus; i++) {
      const vcpu = (this.current + i) % vcpus;
      if (isRunnable(vcpu)) others.push(vcpu);
    }
    // Of one that waits the turn ends when another can run.
    const forced = others.length === 0 ? undefined : this.#forced?.take(this.current, now);
    if (forced !== undefined && others.includes(forced)) return forced;
    return seed === undefined || others.length < 2 ? others[0] : others[this.#below(others.length)];
  }

  save(): PlainMap {
    const forced = this.#forced === null ? {} : { forced: this.#forced.save() };
    const hung = this.hangs ? { hung: this.#hung } : {};
    return { end: this.#end, isHeld: this.#isHeld, random: this.#random.state, ...hung, ...forced };
  }
  restore(saved: PlainMap): void {
    const { forced, hung = 0, ...rest } = saved;
    const { end, isHeld, random } = record({ end: count, isHeld: flag, random: u64 }).read(rest, '');
    if (this.#forced !== null) this.#forced.restore(forced);
    else if (forced !== undefined) throw new BadField('forced', 'not of this machine');
    this.#hung = integer(0, this.hangs ? 2 ** this.#config.vcpus - 1 : 0).read(hung, 'hung');
    this.#end = end;
    this.#isHeld = isHeld;
    this.#random = new Prng(random);
  }
}

/** Where turns are made to end: each vCPU has a list, of which it goes through one after the other. */
class ForcedEnds {
  /** By vCPU. */
  readonly #ends: readonly (readonly TurnEnd[])[];
  /** By vCPU: so many of its list are behind it. */
  #passed: number[];
  /** By vCPU: instructions that it retired, those since `since` aside. */
  #retired: number[];
  /** The count from which on the vCPU whose turn it is runs; null while it waits. */
  #since: number | null = 0;

  constructor(vcpus: number, ends: readonly TurnEnd[]) {
    this.#ends = Array.from({ length: vcpus }, (_, id) => ends.filter(({ vcpu }) => vcpu === id));
    this.#passed = this.#ends.map(() => 0);
    this.#retired = this.#ends.map(() => 0);
  }

  #retiredBy(vcpu: number, now: number): number {
    return (this.#retired[vcpu] as number) + (this.#since === null ? 0 : now - this.#since);
  }
  #nextOf(vcpu: number): TurnEnd | undefined {
    return this.#ends[vcpu]?.[this.#passed[vcpu] as number];
  }
  #pass(vcpu: number): void {
    this.#passed[vcpu] = (this.#passed[vcpu] as number) + 1;
  }
  /** The count at which the present turn ends for it. */
  end(current: number): number {
    const next = this.#nextOf(current);
    return next === undefined || this.#since === null
      ? Number.POSITIVE_INFINITY
      : this.#since + next.at - (this.#retired[current] as number);
  }
  /** The vCPU that follows by the list, where it has an end here. */
  take(current: number, now: number): number | undefined {
    const retired = this.#retiredBy(current, now);
    for (;;) {
      const next = this.#nextOf(current);
      if (next === undefined || next.at > retired) return undefined;
      this.#pass(current);
      if (next.at === retired) return next.to;
    }
  }
  begins(before: number, vcpu: number, now: number): void {
    this.waits(before, now);
    this.#since = now;
    // What it went by, and where no other could run: each turn has an instruction.
    const retired = this.#retired[vcpu] as number;
    for (let next = this.#nextOf(vcpu); next !== undefined && next.at <= retired; next = this.#nextOf(vcpu))
      this.#pass(vcpu);
  }
  waits(current: number, now: number): void {
    this.#retired[current] = this.#retiredBy(current, now);
    this.#since = null;
  }
  goesOn(now: number): void {
    this.#since ??= now;
  }

  save(): PlainMap {
    return { passed: [...this.#passed], retired: [...this.#retired], since: this.#since };
  }
  restore(saved: Plain | undefined): void {
    const each = list(count, this.#ends.length);
    const fields = record({ passed: each, retired: each, since: nullable(count) });
    const { passed, retired, since } = fields.read(saved, 'forced');
    if (passed.some((done, vcpu) => done > (this.#ends[vcpu] as readonly TurnEnd[]).length))
      throw new BadField('forced.passed', 'more than there are');
    this.#passed = passed;
    this.#retired = retired;
    this.#since = since;
  }
}

/** So many a machine takes: a schedule that was made short has few. */
export const TURN_ENDS_MAX = 4096;

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** The list of a header as a list of its own; undefined where it is none. */
export function decodeTurnEnds(value: unknown): TurnEnd[] | undefined {
  if (!Array.isArray(value) || value.length > TURN_ENDS_MAX) return undefined;
  const ends: TurnEnd[] = [];
  for (const one of value as readonly unknown[]) {
    if (typeof one !== 'object' || one === null) return undefined;
    const { vcpu, at, to } = one as { readonly [key: string]: unknown };
    if (!isCount(vcpu) || !isCount(at) || !isCount(to)) return undefined;
    ends.push({ vcpu, at, to });
  }
  return ends;
}

/** What of a machine its list has to do with. */
interface ScheduledMachine {
  readonly vcpus: number;
  readonly scheduleSeed?: bigint;
  readonly turnEnds?: readonly TurnEnd[];
}
/** What is wrong with a machine's list; undefined where nothing is. */
export function turnEndsProblem({ vcpus, scheduleSeed, turnEnds }: ScheduledMachine): string | undefined {
  if (turnEnds === undefined) return undefined;
  if (vcpus === 1) return 'turn ends: one vCPU takes no turns';
  if (scheduleSeed !== undefined) return 'turn ends: turns from a seed have their own';
  if (turnEnds.length > TURN_ENDS_MAX) return `turn ends: ${turnEnds.length}, of at most ${TURN_ENDS_MAX}`;
  const last = Array.from({ length: limits.vcpusMax }, () => 0);
  for (const { vcpu, at, to } of turnEnds) {
    if (vcpu >= vcpus || to >= vcpus || vcpu === to) return `turn ends: from vCPU ${vcpu} to vCPU ${to} of ${vcpus}`;
    if (at <= (last[vcpu] as number)) return `turn ends: those of vCPU ${vcpu} are not in its order`;
    last[vcpu] = at;
  }
  return undefined;
}
