import { record, u64 } from '../../base/fields.ts';
import type { PlainMap } from '../../base/plain.ts';
import { Prng } from '../../base/prng.ts';
import type { Stateful } from '../../base/stateful.ts';
import type { Chain } from './chain.ts';
import type { Done, VirtioFunction } from './function.ts';
import { QUEUE_MAX } from './split-queue.ts';

const DEVICE_ID = 4;
/** So much a request gets at most, however large its buffers are; a driver asks again (virtio 1.2, 5.4.6). */
const BYTES_MAX = 64 * 1024;
const LATENCY_NS = 10_000;
/** 'virtio-r' in ASCII: other numbers than the boot's seeds, which are drawn from the machine's seed itself. */
const OWN_STREAM = 0x7669_7274_696f_2d72n;

const fields = record({ drawn: u64 });

/** The entropy device (virtio 1.2, 5.4): what it gives follows from the machine's seed. */
export class Entropy implements VirtioFunction, Stateful {
  readonly name = 'virtio-rng';
  readonly version = 1;
  readonly deviceId = DEVICE_ID;
  readonly features = 0n;
  readonly queues = [QUEUE_MAX];
  readonly #seed: bigint;
  /** Numbers of 64 bits drawn so far. */
  readonly #state = { drawn: 0n };

  constructor(seed: bigint) {
    this.#seed = seed ^ OWN_STREAM;
  }

  config(): Uint8Array {
    return new Uint8Array(0);
  }

  carryOut(_queue: number, { writable }: Chain): Done {
    const bytes = Math.min(writable.bytes, BYTES_MAX);
    writable.write(0, this.#draw(bytes));
    return { request: { kind: 'entropy', sector: 0n, bytes }, written: bytes, status: 0, latencyNs: LATENCY_NS };
  }

  #draw(bytes: number): Uint8Array {
    const { drawn } = this.#state;
    this.#state.drawn = drawn + BigInt(Math.ceil(bytes / 8));
    return Prng.at(this.#seed, drawn).bytes(bytes);
  }

  save(): PlainMap {
    return { drawn: this.#state.drawn };
  }
  restore(saved: PlainMap): void {
    Object.assign(this.#state, fields.read(saved, ''));
  }
}
