import { count, flag, integer, record } from '../../base/fields.ts';
import type { PlainMap } from '../../base/plain.ts';
import type { Stateful } from '../../base/stateful.ts';
import {
  type EventDecl,
  type FieldsOf,
  isEmitted,
  mmioRead,
  mmioWrite,
  psci,
  stateHash,
  sysregRead,
  sysregWrite,
  vmExit,
  wfi,
} from '../../trace/events/index.ts';
import { type Activity, PanicWords } from './panic-words.ts';
import { type Circle, type RepeatingMachine, RepeatProof } from './repeat.ts';

/** What the watch asks of the machine. */
export interface WatchedMachine extends RepeatingMachine, Activity {
  /** The guest waits for an interrupt: time passes, and nothing else. */
  idles(): boolean;
  /** vCPUs beside the one that is looked at: whether one runs, else whether one waits. */
  others(): 'run' | 'wait' | 'off';
  /** The count at which something of the machine's own comes next: a timer, a device. Infinity where nothing will. */
  deadline(): number;
  /** Whether something from outside would interrupt the guest. */
  inputInterrupts(): boolean;
  /** Whether something from outside could get into memory. */
  mayReceive(): boolean;
  /** Whether it is the console's device that answers at this guest-physical address, or one that tells the time. */
  deviceAt(ipa: bigint): 'console' | 'clock' | undefined;
  restoreCounts(looks: number, el0Exceptions: number): void;
}

/** What was found of a guest that makes no progress. */
export type Finding =
  /** The console's words, and no progress behind them. */
  | { readonly kind: 'panic'; readonly told: string }
  /** It goes round in a circle that nothing ends; or that only what comes from outside can end. */
  | { readonly kind: 'stuck' | 'polling'; readonly period: number };

/** A guest is looked at after so many counts, or exits, in which it did nothing but run and exit. */
const COUNTS = { first: 2 ** 20, max: 2 ** 32 } as const;
const EXITS = { first: 2 ** 12, max: 2 ** 22 } as const;
const stateFields = record({
  quiet: flag,
  exits: count,
  nextAt: count,
  counts: integer(COUNTS.first, COUNTS.max),
  exitsMax: integer(EXITS.first, EXITS.max),
  looks: count,
  el0Exceptions: count,
});

/** What an event says of the guest: all but exits that change nothing are progress. */
const Said = { progress: 0, nothing: 1, access: 2, exit: 3, wait: 4 } as const;
const TAG_MAX = 255;
/** By tag. A WFI that is not trapped ends the run too, without an exit. */
const saidBy = new Uint8Array(TAG_MAX + 1);
for (const { tag } of [mmioWrite, sysregWrite, psci, stateHash]) saidBy[tag] = Said.nothing;
for (const { tag } of [mmioRead, sysregRead]) saidBy[tag] = Said.access;
saidBy[vmExit.tag] = Said.exit;
saidBy[wfi.tag] = Said.wait;

/**
 * Finds out that the guest makes no progress: that it has panicked, or goes in a circle for ever. Where it looks depends on the
 * guest's run alone, so that a replay finds the same in the same place.
 */
export class ProgressWatch implements Stateful {
  readonly name = 'progress';
  readonly version = 1;
  readonly hashed = false;
  readonly #machine: WatchedMachine;
  readonly #panic = new PanicWords();
  readonly #state = {
    /** Nothing but exits since the last look; and how many. */
    quiet: true,
    exits: 0,
    nextAt: COUNTS.first as number,
    counts: COUNTS.first as number,
    exitsMax: EXITS.first as number,
  };
  readonly #proof = new RepeatProof();

  constructor(machine: WatchedMachine) {
    this.#machine = machine;
  }

  /** An event of the machine. */
  saw<E extends EventDecl>(decl: E, fields: FieldsOf<E>): void {
    switch (saidBy[decl.tag]) {
      case Said.progress:
        this.#progress();
        break;
      case Said.wait:
        this.#panic.idle();
        this.#exit();
        break;
      case Said.exit:
        this.#exit();
        break;
      case Said.access:
        if (this.#proof.active) this.#sawAccess(decl, fields);
        break;
    }
  }
  #exit(): void {
    this.#state.exits++;
    this.#proof.exit();
  }
  #sawAccess(decl: EventDecl, fields: object): void {
    // What is trapped may be a counter.
    if (decl.tag === sysregRead.tag) this.#proof.abandon();
    if (!isEmitted(mmioRead, decl, fields)) return;
    const device = this.#machine.deviceAt(fields.ipa);
    if (device === 'clock') this.#proof.abandon();
    else if (device === 'console') this.#proof.readConsole();
  }
  /** A byte of the console. */
  sawByte(byte: number): void {
    this.#progress();
    this.#panic.see(byte, this.#machine);
  }
  #progress(): void {
    const s = this.#state;
    s.quiet = false;
    s.exits = 0;
    this.#proof.abandon();
  }

  /** So many exits without progress: `look` wants to be called at the end of the exit at hand. */
  get due(): boolean {
    return this.#state.exits >= this.#state.exitsMax && !this.#proof.active;
  }
  /** Where a run is to stop for `look`. */
  get nextAt(): number {
    if (this.#proof.active) return this.#machine.icount + 1;
    return Math.min(this.#state.nextAt, this.#panic.dueAt);
  }

  /** Between two instructions, at `nextAt` or when `due`; harmless at other times. */
  look(): Finding | undefined {
    const { icount } = this.#machine;
    if (icount >= this.#panic.dueAt) {
      const told = this.#panic.verdict(this.#machine);
      if (told !== undefined) return { kind: 'panic', told };
    }
    if (this.#proof.active) return this.#proceed();
    const s = this.#state;
    if (icount < s.nextAt && !this.due) return undefined;
    if (s.quiet && !this.#machine.idles()) this.#begin();
    s.quiet = true;
    s.exits = 0;
    s.nextAt = (Math.floor(icount / s.counts) + 1) * s.counts;
    return undefined;
  }
  #begin(): void {
    this.#proof.begin(this.#machine);
    // Proofs that fail become rare: a guest that computes for long pays for a few.
    this.#lookAgainAfter(2 * this.#state.counts, 2 * this.#state.exitsMax);
  }
  #lookAgainAfter(counts: number, exits: number): void {
    this.#state.counts = Math.min(counts, COUNTS.max);
    this.#state.exitsMax = Math.min(exits, EXITS.max);
  }
  #proceed(): Finding | undefined {
    if (this.#machine.idles()) {
      this.#progress();
      return undefined;
    }
    const result = this.#proof.step(this.#machine);
    return typeof result === 'string' ? undefined : this.#found(result);
  }
  #found({ period, isDeaf, polls }: Circle): Finding | undefined {
    const machine = this.#machine;
    // Another one could end it; and what wakes one that waits is among the machine's deadlines.
    const others = machine.others();
    if (others === 'run') return undefined;
    const mayReceive = machine.mayReceive();
    if (isDeaf && others === 'off' && !mayReceive) return { kind: 'stuck', period };
    if (machine.deadline() !== Number.POSITIVE_INFINITY) return undefined;
    if (!polls && !mayReceive && (machine.interruptsMasked() || !machine.inputInterrupts()))
      return { kind: 'stuck', period };
    this.#lookAgainAfter(COUNTS.first, EXITS.first);
    return { kind: 'polling', period };
  }

  /** What the guest that cannot go on said last. */
  get lastWords(): { readonly panic?: string; readonly halted: boolean } {
    const panic = this.#panic.said(this.#machine);
    return { ...(panic === undefined ? {} : { panic }), halted: this.#panic.saidHalt };
  }
  /** The words of a panic on the console, whatever came of them. */
  get toldPanic(): string | undefined {
    return this.#panic.told;
  }

  get parts(): readonly Stateful[] {
    return [this, this.#panic, this.#proof];
  }
  save(): PlainMap {
    const { looks, el0Exceptions } = this.#machine;
    return { ...this.#state, looks: looks(), el0Exceptions };
  }
  restore(saved: PlainMap): void {
    const { looks, el0Exceptions, ...rest } = stateFields.read(saved, '');
    Object.assign(this.#state, rest);
    this.#machine.restoreCounts(looks, el0Exceptions);
  }
}
