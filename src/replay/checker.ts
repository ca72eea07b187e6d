import { must } from '../base/assert.ts';
import { hex } from '../base/bits.ts';
import type { EventCursor } from '../trace/codec/event-cursor.ts';
import type { RecordedEvent } from '../trace/codec/event-rows.ts';
import type { EventDecl, EventSink, FieldsOf, Level } from '../trace/events/index.ts';
import { eventOf, firstDifference, isOf, keptAt, lineOf, type TapeEvent } from '../trace/events/index.ts';
import { type Divergence, DivergenceFound } from './divergence.ts';
import { type SymbolAt, withSymbol } from './event-text.ts';

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
  /** At the next event to compare with. */
  readonly #tape: EventCursor;
  readonly #level: Level;
  readonly #machine: () => Watched;
  readonly #onExhausted: () => void;
  readonly #symbolAt: SymbolAt;
  /** Events of the tape that were compared, or lie before where the replay began: the number of the next one. */
  checked: number;

  /** @param from events of the tape before the next one */
  constructor(
    tape: EventCursor,
    level: Level,
    machine: () => Watched,
    onExhausted: () => void,
    symbolAt = nameless,
    from = 0,
  ) {
    this.#tape = tape;
    this.#level = level;
    this.#machine = machine;
    this.#onExhausted = onExhausted;
    this.#symbolAt = symbolAt;
    this.checked = from;
  }

  /** The tape holds no more events: nothing is left to compare with. */
  get exhausted(): boolean {
    return this.#tape.isAtEnd;
  }

  /** The next event of the tape. */
  get next(): RecordedEvent | undefined {
    return this.#tape.event;
  }
  /** Passes over the next event: it is taken from the tape, not compared. */
  pass(): void {
    this.checked++;
    this.#tape.advance();
    if (this.exhausted) this.#onExhausted();
  }

  emit<E extends EventDecl>(decl: E, fields: FieldsOf<E>): void {
    const tape = this.#tape;
    if (tape.isAtEnd || !keptAt(this.#level, decl)) return;
    if (!tape.is(decl, fields)) throw this.#difference(decl, fields);
    this.pass();
  }
  #difference<E extends EventDecl>(decl: E, fields: FieldsOf<E>): DivergenceFound {
    const recorded = must(this.next, 'event to compare with');
    const difference = isOf(decl, recorded) ? firstDifference(decl, recorded, fields) : undefined;
    if (difference === undefined)
      return this.#mismatch(recorded, fields.at, fields.vcpu, {
        what: 'event',
        recorded: this.#describe(recorded),
        replayed: this.#describe(eventOf(decl, fields)),
      });
    const { field, expected, actual } = difference;
    const sides = { what: `${decl.name}.${field}`, recorded: expected, replayed: actual };
    return this.#mismatch(recorded, fields.at, fields.vcpu, { ...sides, context: this.#describe(recorded) });
  }

  /** The replay has come to an end that the recording has not. */
  failEnd(replayed: string): DivergenceFound {
    const { icount } = this.#machine();
    const recorded = this.next;
    const sides = {
      what: 'end of the run',
      recorded: recorded ? this.#describe(recorded) : 'no more events',
      replayed,
    };
    return this.#mismatch(recorded, icount, 0, sides);
  }

  #mismatch(
    recorded: RecordedEvent | undefined,
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
