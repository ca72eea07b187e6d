import { must } from '../base/assert.ts';
import { type EventSink, externalIn, externalOut } from '../trace/events/index.ts';

/** A device's side of what comes from outside. */
export interface Channel {
  /** Of its own in the machine, as `net-0`. */
  readonly name: string;
  /** Whether it takes these bytes now: what waits in it is bounded, and is its state. */
  takes(bytes: Uint8Array): boolean;
  /** So many bytes it takes now, where it takes a stream of them, in any pieces. */
  room?(): number;
  /** Takes them; it does. */
  receive(bytes: Uint8Array): void;
}

/** Who is given what the guest sends on a channel; the bytes are its own. */
export type OnSent = (channel: string, bytes: Uint8Array) => void;

/**
 * Where what comes from outside enters a machine, as frames do (virtio 1.2, 5.1.6) and what is typed at ports, stamped with its count and recorded; input of the UART has events of its own. It holds
 * nothing itself: what a device does not take yet stays with whoever offers it.
 */
export class Door {
  readonly #events: EventSink;
  readonly #icount: () => number;
  /** Derived from the configuration. */
  readonly #channels = new Map<string, Channel>();
  /** Derived by nobody: who listens, which nothing follows from. */
  onSent: OnSent = () => {};

  constructor(events: EventSink, icount: () => number) {
    this.#events = events;
    this.#icount = icount;
  }

  add(channel: Channel): void {
    this.#channels.set(channel.name, channel);
  }
  get channels(): readonly string[] {
    return [...this.#channels.keys()];
  }

  /** Whether there is such a channel, and it takes this now. */
  takes(channel: string, bytes: Uint8Array): boolean {
    return this.#channels.get(channel)?.takes(bytes) === true;
  }
  /** Of a stream of bytes: so many it takes now; none where there is no such channel. */
  room(channel: string): number {
    return this.#channels.get(channel)?.room?.() ?? 0;
  }
  /** Between two runs: something comes from outside, at the present count, that the channel takes. */
  offer(channel: string, bytes: Uint8Array): void {
    const to = must(this.#channels.get(channel), `channel ${channel}`);
    this.#events.emit(externalIn, { at: this.#icount(), vcpu: 0, channel, bytes: Uint8Array.from(bytes) });
    to.receive(bytes);
  }

  /** A device sends something. */
  send(channel: string, bytes: Uint8Array): void {
    this.#events.emit(externalOut, { at: this.#icount(), vcpu: 0, channel, bytes });
    this.onSent(channel, bytes);
  }
}
