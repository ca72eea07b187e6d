import { hex } from '../base/bits.ts';
import type { EventDecl, EventSink, FieldsOf, Level } from '../trace/events/index.ts';
import { dumpLine, eventByName, firstDifference, keptAt, type TapeEvent } from '../trace/events/index.ts';
import { type Divergence, DivergenceFound } from './divergence.ts';

type Recorded = TapeEvent & { readonly ordinal: number };

/** Compares each event of a replay with the one on the tape, as it comes; throws DivergenceFound at the first mismatch. */
export class EventChecker implements EventSink {
  readonly #tape: Iterator<Recorded>;
  readonly #level: Level;
  readonly #pc: () => bigint;
  checked = 0;
  /** The tape holds no more events: nothing is left to compare with. */
  exhausted = false;

  constructor(tape: Iterable<Recorded>, level: Level, pc: () => bigint) {
    this.#tape = tape[Symbol.iterator]();
    this.#level = level;
    this.#pc = pc;
  }

  emit<E extends EventDecl>(decl: E, fields: FieldsOf<E>): void {
    if (this.exhausted || !keptAt(this.#level, decl)) return;
    const next = this.#tape.next();
    if (next.done) {
      this.exhausted = true;
      return;
    }
    const recorded = next.value;
    if (recorded.kind !== decl.name) {
      throw this.#mismatch(recorded, fields, 'event', lineOf(recorded), dumpLine(decl, fields).trim());
    }
    const difference = firstDifference(decl, recorded as never, fields);
    if (difference !== undefined) {
      const { field, expected, actual } = difference;
      throw this.#mismatch(recorded, fields, `${decl.name}.${field}`, expected, actual);
    }
    this.checked++;
  }

  #mismatch(
    recorded: Recorded,
    { at, vcpu }: { readonly at: number; readonly vcpu: number },
    what: string,
    recordedSide: string,
    replayedSide: string,
  ): DivergenceFound {
    const divergence: Divergence = {
      event: recorded.ordinal,
      at,
      vcpu,
      pc: hex(this.#pc()),
      what,
      recorded: recordedSide,
      replayed: replayedSide,
    };
    return new DivergenceFound(divergence);
  }
}

function lineOf(event: TapeEvent): string {
  const decl = eventByName(event.kind);
  return decl === undefined ? event.kind : dumpLine(decl, event as never).trim();
}
