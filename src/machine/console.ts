import { assert } from '../base/assert.ts';
import { octets, record } from '../base/fields.ts';
import type { PlainMap } from '../base/plain.ts';
import { Sha256, type Sha256State, sha256State } from '../base/sha256.ts';
import type { Stateful } from '../base/stateful.ts';
import type { DeadlineSource } from '../devices/bus/ports.ts';
import { consoleOut, type EventSink } from '../trace/events/index.ts';
import { ConsoleLine, LINE_BYTES_MAX, type UnfinishedLine } from './console-line.ts';

/** The receiving side of a UART. */
export interface ConsolePort {
  rxRoom(): number;
  interruptsOnInput(): boolean;
  receive(byte: number): void;
}

/** Input that the guest has not taken yet; who has more keeps it until there is room. */
const WAITING_BYTES_MAX = 64 * 1024;
const DEVICE = 0;
const stateFields = record<{ line: Uint8Array; waiting: Uint8Array; digest: Sha256State }>({
  line: octets({ max: LINE_BYTES_MAX - 1 }),
  waiting: octets({ max: WAITING_BYTES_MAX }),
  digest: sha256State,
});

/**
 * The guest's console between its UART and the outside: output goes out byte by byte and on the tape line by line; input
 * waits until the UART has room, so that a burst arrives whole and in order.
 */
export class Console implements DeadlineSource, Stateful {
  readonly name = 'console';
  readonly version = 1;
  readonly #events: EventSink;
  readonly #out: (byte: number, console: number) => void;
  /** The present count. */
  readonly now: () => number;
  /** Derived from the configuration. */
  #port: ConsolePort | undefined;
  readonly #state = { line: new ConsoleLine(), waiting: [] as number[] };
  readonly #digest = new Sha256();

  constructor(events: EventSink, now: () => number, out: (byte: number, console: number) => void) {
    this.#events = events;
    this.now = now;
    this.#out = out;
  }
  attach(port: ConsolePort): void {
    this.#port = port;
  }

  /** A byte that the guest sent. */
  write(byte: number): void {
    this.#digest.add(byte);
    this.#out(byte, DEVICE);
    this.#tell(this.#state.line.add(byte));
  }
  /** Puts an unfinished line on the tape. */
  flush(): void {
    this.#tell(this.#state.line.take());
  }
  #tell(bytes: Uint8Array | undefined): void {
    if (bytes !== undefined) this.#events.emit(consoleOut, { at: this.now(), vcpu: 0, device: DEVICE, bytes });
  }
  /** Another console of the guest has said this: it goes out and into the digest likewise, as it comes. */
  alsoSaid(bytes: Uint8Array, console: number): void {
    for (const byte of bytes) {
      this.#digest.add(byte);
      this.#out(byte, console);
    }
  }

  /** What has been sent of a line that is not on the tape yet. */
  get line(): UnfinishedLine {
    return { console: DEVICE, bytes: this.#state.line.bytes };
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

  /** SHA-256 of all output so far, other consoles' included, in hexadecimal. */
  sha256(): string {
    return this.#digest.hex();
  }

  save(): PlainMap {
    const { line, waiting } = this.#state;
    return { line: line.bytes, waiting: Uint8Array.from(waiting), digest: { ...this.#digest.save() } };
  }
  restore(saved: PlainMap): void {
    const { line, waiting, digest } = stateFields.read(saved, '');
    this.#digest.restore(digest);
    this.#state.line.bytes = line;
    this.#state.waiting = Array.from(waiting);
  }
}
