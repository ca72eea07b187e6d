// bvmconsole/: bhyve's console port.

import { integer, record } from '../../base/fields.ts';
import type { PlainMap } from '../../base/plain.ts';
import { copyState, putState, type Stateful } from '../../base/stateful.ts';
import type { AccessSize, MmioDevice } from '../bus/mmio-bus.ts';
import type { ByteSink } from '../bus/ports.ts';

/** What a 16-bit read gives, for a driver to find the device by: 'b' << 8 | 'v'. */
const SIGNATURE = 0x6276n;
const NOTHING = -1;
const stateFields = record({ received: integer(NOTHING, 0xff) });
const NOTHING_READ = 0xffff_ffffn;

/** What it is joined to. */
export interface BvmConsolePorts {
  readonly sink: ByteSink;
}

/**
 * bhyve's debugging console, one register without an interrupt (FreeBSD sys/dev/bvm, usr.sbin/bhyve/bvmconsole): a 16-bit
 * read gives the signature, a 32-bit read the next character or all ones, a write prints its low byte.
 */
export class BvmConsole implements MmioDevice, Stateful {
  readonly name = 'bvmconsole';
  readonly version = 1;
  readonly size = 4;
  readonly #sink: ByteSink;
  /** The character to be read next, or NOTHING. */
  readonly #state = { received: NOTHING };

  constructor({ sink }: BvmConsolePorts) {
    this.#sink = sink;
  }

  read(offset: number, size: AccessSize): bigint {
    if (offset !== 0) return 0n;
    if (size === 2) return SIGNATURE;
    if (size !== 4) return 0n;
    const { received } = this.#state;
    this.#state.received = NOTHING;
    return received === NOTHING ? NOTHING_READ : BigInt(received);
  }

  write(offset: number, _size: AccessSize, value: bigint): void {
    if (offset === 0) this.#sink.write(Number(value & 0xffn));
  }

  registerName(): string {
    return 'data';
  }

  /** How many characters `receive` takes now without loss. */
  rxRoom(): number {
    return this.#state.received === NOTHING ? 1 : 0;
  }

  /** It has no interrupt. */
  interruptsOnInput(): boolean {
    return false;
  }

  /** A character for the guest to read. */
  receive(byte: number): void {
    this.#state.received = byte;
  }

  save(): PlainMap {
    return copyState(this.#state);
  }
  restore(saved: PlainMap): void {
    putState(this.#state, stateFields, saved);
  }
}
