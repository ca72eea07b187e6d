import { assert } from '../base/assert.ts';
import type { DeadlineSource } from '../devices/bus/ports.ts';
import { restoreState, type Saved, saveState } from '../devices/bus/saved.ts';
import { consoleOut, type EventSink } from '../trace/events/index.ts';

/** The receiving side of a UART. */
export interface ConsolePort {
  rxRoom(): number;
  receive(byte: number): void;
}

const NEWLINE = 0x0a;
/** A console line without an end is put on the tape in pieces of this size. */
const LINE_BYTES_MAX = 256;
/** Input that the guest has not taken yet; who has more keeps it until there is room. */
const WAITING_BYTES_MAX = 64 * 1024;
const DEVICE = 0;
const VERSION = 1;

/**
 * The guest's console between its UART and the outside: output goes out byte by byte and on the tape line by line; input
 * waits until the UART has room, so that a burst arrives whole and in order.
 */
export class Console implements DeadlineSource {
  readonly #events: EventSink;
  readonly #out: (byte: number) => void;
  readonly #now: () => number;
  #port: ConsolePort | undefined;
  readonly #state = { line: [] as number[], waiting: [] as number[] };

  constructor(events: EventSink, now: () => number, out: (byte: number) => void) {
    this.#events = events;
    this.#now = now;
    this.#out = out;
  }
  attach(port: ConsolePort): void {
    this.#port = port;
  }

  /** A byte that the guest sent. */
  write(byte: number): void {
    this.#out(byte);
    const { line } = this.#state;
    line.push(byte);
    if (byte === NEWLINE || line.length === LINE_BYTES_MAX) this.flush();
  }
  /** Puts an unfinished line on the tape. */
  flush(): void {
    const { line } = this.#state;
    if (line.length === 0) return;
    this.#events.emit(consoleOut, { at: this.#now(), vcpu: 0, device: DEVICE, bytes: Uint8Array.from(line) });
    line.length = 0;
  }

  /** So many bytes `input` takes at present. */
  get inputRoom(): number {
    return WAITING_BYTES_MAX - this.#state.waiting.length;
  }
  /** Bytes from outside, for the guest to read. */
  input(bytes: Uint8Array): void {
    assert(bytes.length <= this.inputRoom, 'no more input than there is room for');
    // One by one: a call takes only so many arguments.
    for (const byte of bytes) this.#state.waiting.push(byte);
    this.poll();
  }
  /** Nothing becomes due by time alone: room appears when the guest reads, which is an exit. */
  nextDeadline(): undefined {
    return undefined;
  }
  poll(): void {
    const { waiting } = this.#state;
    const port = this.#port;
    if (waiting.length === 0 || port === undefined) return;
    const count = Math.min(waiting.length, port.rxRoom());
    for (const byte of waiting.splice(0, count)) port.receive(byte);
  }

  save(): Saved {
    return saveState('console', VERSION, this.#state);
  }
  restore(saved: Saved): void {
    restoreState('console', VERSION, this.#state, saved);
  }
}
