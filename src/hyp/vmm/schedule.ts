import { count, flag, record, u64 } from '../../base/fields.ts';
import type { PlainMap } from '../../base/plain.ts';
import { Prng } from '../../base/prng.ts';
import type { Stateful } from '../../base/stateful.ts';

/** How the vCPUs of a VM take turns. */
export interface ScheduleConfig {
  readonly vcpus: number;
  /** Counts of a turn that nothing ends before. */
  readonly turnCounts: number;
  /** Absent: turns of `turnCounts`, one vCPU after the other. Else their order and lengths, up to that, are random. */
  readonly seed?: bigint;
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
 * may wake at any time (D1.6.1), so that no event of another has to be told to it.
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

  constructor(config: ScheduleConfig) {
    this.#config = config;
    this.#end = config.vcpus === 1 ? Number.POSITIVE_INFINITY : config.turnCounts;
    this.#random = new Prng(config.seed ?? 0n);
  }

  /** The count at which the present turn ends. */
  get end(): number {
    return this.#end;
  }

  /** A vCPU's turn begins. */
  begin(vcpu: number, now: number): void {
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
    return now >= this.#end;
  }
  /** Its end falls between an exclusive load and its store: true where it goes on for that. */
  hold(): boolean {
    if (this.#isHeld) return false;
    this.#isHeld = true;
    this.#end += TURN_FOR_EXCLUSIVE;
    return true;
  }

  /** The vCPU whose turn is next: another one that is runnable, undefined where there is none. */
  next(isRunnable: (vcpu: number) => boolean): number | undefined {
    const { vcpus, seed } = this.#config;
    const others: number[] = [];
    for (let i = 1; i < vcpus; i++) {
      const vcpu = (this.current + i) % vcpus;
      if (isRunnable(vcpu)) others.push(vcpu);
    }
    return seed === undefined || others.length < 2 ? others[0] : others[this.#below(others.length)];
  }

  save(): PlainMap {
    return { end: this.#end, isHeld: this.#isHeld, random: this.#random.state };
  }
  restore(saved: PlainMap): void {
    const { end, isHeld, random } = record({ end: count, isHeld: flag, random: u64 }).read(saved, '');
    this.#end = end;
    this.#isHeld = isHeld;
    this.#random = new Prng(random);
  }
}
