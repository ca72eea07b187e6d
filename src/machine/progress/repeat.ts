import { count, flag, integer, list, octets, record, u32, u64 } from '../../base/fields.ts';
import type { PlainMap } from '../../base/plain.ts';
import { copyState, putState, type Stateful } from '../../base/stateful.ts';

/** What a proof looks at: a machine between two instructions of its guest. */
export interface RepeatingMachine {
  readonly icount: number;
  readonly pc: bigint;
  /** The general-purpose registers as they lie there: a quick look before a whole one. */
  generalRegisters(): ArrayLike<number> & Iterable<number>;
  /** A digest of all state but time and memory. */
  stateDigest(): Uint8Array;
  /** A digest of all memory that the guest has touched. */
  memoryDigest(): Uint8Array;
  /** PSTATE or CPSR masks IRQ and FIQ. */
  interruptsMasked(): boolean;
  /** How often the guest has looked at what changes without an instruction: counters, timers, pending interrupts. */
  looks(): number;
}

/** A circle in which the guest goes round. */
export interface Circle {
  /** Instructions of one round. */
  readonly period: number;
  /** Interrupts were masked throughout, and no exit showed the guest anything. */
  readonly isDeaf: boolean;
  /** A round reads the console's registers. */
  readonly polls: boolean;
}

/** Instructions of the longest circle that is looked for. */
const PERIOD_MAX = 2 ** 12;

const DIGEST_BYTES = 32;
/** X0 to X30 and SP, in halves. */
const REGISTER_HALVES = 64;

interface ProofState {
  active: boolean;
  from: number;
  pc: bigint;
  registers: number[];
  digest: Uint8Array;
  /** 0 until the state has come again; from then on the next round is watched with its memory. */
  period: number;
  memory: Uint8Array;
  looks: number;
  masked: boolean;
  exits: number;
  polls: boolean;
}
const digest = octets({ max: DIGEST_BYTES });
const stateFields = record<ProofState>({
  active: flag,
  from: count,
  pc: u64,
  registers: list(u32, { max: REGISTER_HALVES }),
  digest,
  period: integer(0, PERIOD_MAX),
  memory: digest,
  looks: count,
  masked: flag,
  exits: count,
  polls: flag,
});
const nothing = new Uint8Array(0);
const isEqual = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/**
 * Proves that a guest goes in a circle: the whole state after some instruction equals an earlier one, memory included, and in
 * between the guest saw nothing that changes with time. What it does next it has done before. It is told of each instruction
 * and each exit; all of it is a function of the guest's run alone.
 */
export class RepeatProof implements Stateful {
  readonly name = 'repeat-proof';
  readonly version = 1;
  readonly hashed = false;
  readonly #state: ProofState = {
    active: false,
    from: 0,
    pc: 0n,
    registers: [],
    digest: nothing,
    period: 0,
    memory: nothing,
    looks: 0,
    masked: true,
    exits: 0,
    polls: false,
  };

  get active(): boolean {
    return this.#state.active;
  }
  /** Looks for a circle from here on. */
  begin(machine: RepeatingMachine): void {
    this.#watch(machine, 0, nothing);
  }
  /** The guest has made progress, or has seen what changes with time. */
  abandon(): void {
    this.#state.active = false;
  }
  #watch(machine: RepeatingMachine, period: number, memory: Uint8Array): void {
    Object.assign(this.#state, {
      active: true,
      from: machine.icount,
      pc: machine.pc,
      registers: [...machine.generalRegisters()],
      digest: Uint8Array.from(machine.stateDigest()),
      period,
      memory: Uint8Array.from(memory),
      looks: machine.looks(),
      masked: machine.interruptsMasked(),
      exits: 0,
      polls: false,
    });
  }

  /** The guest left to the hypervisor. */
  exit(): void {
    this.#state.exits++;
  }
  /** The guest read a register of the console's device. */
  readConsole(): void {
    this.#state.polls = true;
  }

  /** After an instruction. `failed`: the guest goes on to new states, as far as was looked. */
  step(machine: RepeatingMachine): Circle | 'failed' | 'on' {
    const s = this.#state;
    const round = machine.icount - s.from;
    if (round === 0) return 'on';
    s.masked &&= machine.interruptsMasked();
    const isFirst = s.period === 0;
    if (isFirst && round > PERIOD_MAX) return this.#failed();
    if (isFirst && !this.#isBack(machine)) return 'on';
    if (isFirst) {
      this.#watch(machine, round, machine.memoryDigest());
      return 'on';
    }
    if (round < s.period) return 'on';
    if (round > s.period || machine.looks() !== s.looks || !this.#isBack(machine)) return this.#failed();
    if (!isEqual(machine.memoryDigest(), s.memory)) return this.#failed();
    s.active = false;
    return { period: s.period, isDeaf: s.masked && s.exits === 0, polls: s.polls };
  }
  #failed(): 'failed' {
    this.#state.active = false;
    return 'failed';
  }
  #isBack(machine: RepeatingMachine): boolean {
    const { pc, registers, digest } = this.#state;
    if (machine.pc !== pc) return false;
    const now = machine.generalRegisters();
    return registers.every((value, i) => value === now[i]) && isEqual(machine.stateDigest(), digest);
  }

  save(): PlainMap {
    return copyState(this.#state);
  }
  restore(saved: PlainMap): void {
    putState(this.#state, stateFields, saved);
  }
}
