import { hex } from '../base/bits.ts';
import type { EventDecl, EventSink, FieldsOf, Level } from '../trace/events/index.ts';
import { eventOf, firstDifference, isOf, keptAt, lineOf, type TapeEvent } from '../trace/events/index.ts';
import { type Divergence, DivergenceFound } from './divergence.ts';
import { type SymbolAt, withSymbol } from './event-text.ts';

type Recorded = TapeEvent & { readonly ordinal: number };

/** What a checker asks of the machine that it watches, to tell a difference in the guest's terms. */
export interface Watched {
  readonly icount: number;
  readonly pc: bigint;
  /** Device and register at a guest-physical address. */
  registerAt(ipa: bigint): string | undefined;
}
const nameless: SymbolAt = () => undefined;

/** Compares each event of a replay with the one on the tape, as it comes; throws DivergenceFound at the first mismatch. */
export class EventChecker implements EventSink {
  readonly #tape: Iterator<Recorded>;
  readonly #level: Level;
  readonly #machine: () => Watched;
  readonly #onExhausted: () => void;
  readonly #symbolAt: SymbolAt;
  /** The next event to compare with. */
  #next: Recorded | undefined;
  /** Events of the tape that were compared, or lie before where the replay began: the number of the next one. */
  checked: number;

  /** @param from events of the tape before those given */
  constructor(
    tape: Iterable<Recorded>,
    level: Level,
    machine: () => Watched,
    onExhausted: () => void,
    symbolAt = nameless,
    from = 0,
  ) {
    this.#tape = tape[Symbol.iterator]();
    this.#level = level;
    this.#machine = machine;
    this.#onExhausted = onExhausted;
    this.#symbolAt = symbolAt;
    this.checked = from;
    this.#advance();
  }

  /** The tape holds no more events: nothing is left to compare with. */
  get exhausted(): boolean {
    return this.#next === undefined;
  }

  /** The next event of the tape. */
  get next(): Recorded | undefined {
    return this.#next;
  }
  /** Passes over the next event: it is taken from the tape, not compared. */
  pass(): void {
    this.checked++;
    this.#advance();
    if (this.exhausted) this.#onExhausted();
  }

  emit<E extends EventDecl>(decl: E, fields: FieldsOf<E>): void {
    const recorded = this.#next;
    if (recorded === undefined || !keptAt(this.#level, decl)) return;
    if (!isOf(decl, recorded))
      throw this.#mismatch(recorded, fields.at, fields.vcpu, {
        what: 'event',
        recorded: this.#describe(recorded),
        replayed: this.#describe(eventOf(decl, fields)),
      });
    const difference = firstDifference(decl, recorded, fields);
    if (difference !== undefined) {
      const { field, expected, actual } = difference;
      const sides = { what: `${decl.name}.${field}`, recorded: expected, replayed: actual };
      throw this.#mismatch(recorded, fields.at, fields.vcpu, { ...sides, context: this.#describe(recorded) });
    }
    this.pass();
  }

  /** The replay has come to an end that the recording has not. */
  failEnd(replayed: string): DivergenceFound {
    const { icount } = this.#machine();
    const recorded = this.#next;
    const sides = {
      what: 'end of the run',
      recorded: recorded ? this.#describe(recorded) : 'no more events',
      replayed,
    };
    return this.#mismatch(recorded, icount, 0, sides);
  }

  #advance(): void {
    const next = this.#tape.next();
    this.#next = next.done === true ? undefined : next.value;
  }

  #mismatch(
    recorded: Recorded | undefined,
    at: number,
    vcpu: number,
    sides: Pick<Divergence, 'what' | 'recorded' | 'replayed' | 'context'>,
  ): DivergenceFound {
    const event = recorded?.ordinal ?? this.checked;
    const { pc } = this.#machine();
    const symbol = this.#symbolAt(pc);
    return new DivergenceFound({ event, at, vcpu, pc: hex(pc), ...(symbol ? { symbol } : {}), ...sides });
  }

  /** The event on one line, with the function and the device register that it names. */
  #describe(event: TapeEvent): string {
    const line = withSymbol(cut(lineOf(event).trim()), event, this.#symbolAt);
    const register = 'ipa' in event ? this.#machine().registerAt(event.ipa) : undefined;
    return register === undefined ? line : `${line} (${register})`;
  }
}

/** A person reads no more of an event: its bytes may be a quarter of a mebibyte. */
const LINE_CHARACTERS_MAX = 2000;
const cut = (line: string): string =>
  line.length <= LINE_CHARACTERS_MAX
    ? line
    : `${line.slice(0, LINE_CHARACTERS_MAX)}… (${line.length - LINE_CHARACTERS_MAX} more characters)`;
