import { list, octets, record } from '../../base/fields.ts';
import type { PlainMap } from '../../base/plain.ts';
import type { Stateful } from '../../base/stateful.ts';
import type { Chain } from './chain.ts';
import type { Done, VirtioFunction } from './function.ts';
import { Malformed } from './malformed.ts';
import type { Transport } from './registers.ts';
import { QUEUE_MAX } from './split-queue.ts';

const DEVICE_ID = 1;
/** virtio 1.2, 5.1.3. */
const FEATURE = { mtu: 1n << 3n, mac: 1n << 5n, status: 1n << 16n } as const;
const LINK_UP = 1;
const MTU = 1500;
/** Destination, source, a VLAN's tag, type and payload, without the check sequence. */
export const FRAME_BYTES_MAX = MTU + 18;
/** Destination, source, type. */
export const FRAME_BYTES_MIN = 14;
/** Frames that the driver has no buffers for yet: who has more keeps them. */
const WAITING_MAX = 64;
/** virtio 1.2, 5.1.6; without VIRTIO_F_VERSION_1 and mergeable buffers there is no num_buffers. */
const HEADER_BYTES: { readonly [T in Transport]: number } = { 1: 10, 2: 12 };
const NUM_BUFFERS_AT = 10;
/** The queue of frames for the guest. */
export const RECEIVE = 0;
const STATUS = { ok: 0, dropped: 1 } as const;
/** A gigabit a second. */
const LATENCY = { frameNs: 5000, byteNs: 8 } as const;

const fields = record<{ waiting: Uint8Array[] }>({
  waiting: list(octets({ max: FRAME_BYTES_MAX }), { max: WAITING_MAX }),
});

/** Where frames go that the guest sends. */
export type FrameSink = (frame: Uint8Array) => void;

/** The network device (virtio 1.2, 5.1): a queue each way, no offloads, a link that is up. */
export class Net implements VirtioFunction, Stateful {
  readonly name = 'virtio-net';
  readonly version = 1;
  readonly deviceId = DEVICE_ID;
  readonly features = FEATURE.mtu | FEATURE.mac | FEATURE.status;
  readonly queues = [QUEUE_MAX, QUEUE_MAX];
  readonly #config: Uint8Array;
  readonly #headerBytes: number;
  readonly #send: FrameSink;
  readonly #state = { waiting: [] as Uint8Array[] };

  /** @param mac six bytes */
  constructor(mac: Uint8Array, transport: Transport, send: FrameSink) {
    this.#config = configOf(mac);
    this.#headerBytes = HEADER_BYTES[transport];
    this.#send = send;
  }

  config(): Uint8Array {
    return this.#config;
  }

  /** Whether it takes another frame now. */
  get hasRoom(): boolean {
    return this.#state.waiting.length < WAITING_MAX;
  }
  /** A frame from outside, which the transport is to be told of; there is room for it. */
  receive(frame: Uint8Array): void {
    this.#state.waiting.push(Uint8Array.from(frame));
  }

  reset(): void {
    this.#state.waiting = [];
  }

  /** A buffer for a frame waits until there is one. */
  isReady(queue: number): boolean {
    return queue !== RECEIVE || this.#state.waiting.length > 0;
  }

  carryOut(queue: number, chain: Chain): Done {
    return queue === RECEIVE ? this.#fill(chain) : this.#take(chain);
  }

  /** A frame for which the buffer is too small is lost, and the buffer is given back empty. */
  #fill({ writable }: Chain): Done {
    const [frame = new Uint8Array(0)] = this.#state.waiting;
    const bytes = this.#headerBytes + frame.length;
    const fits = writable.bytes >= bytes;
    if (fits) {
      const whole = new Uint8Array(bytes);
      if (this.#headerBytes > NUM_BUFFERS_AT) whole[NUM_BUFFERS_AT] = 1;
      whole.set(frame, this.#headerBytes);
      writable.write(0, whole);
    }
    this.#state.waiting.shift();
    return doneOf('receive', frame.length, fits ? STATUS.ok : STATUS.dropped, fits ? bytes : 0);
  }

  #take({ readable }: Chain): Done {
    const bytes = readable.bytes - this.#headerBytes;
    if (bytes < 0) throw new Malformed('a frame without its header');
    const isFrame = bytes >= FRAME_BYTES_MIN && bytes <= FRAME_BYTES_MAX;
    if (isFrame) this.#send(readable.read(this.#headerBytes, bytes));
    return doneOf('send', bytes, isFrame ? STATUS.ok : STATUS.dropped, 0);
  }

  save(): PlainMap {
    return { waiting: this.#state.waiting.map((frame) => Uint8Array.from(frame)) };
  }
  restore(saved: PlainMap): void {
    Object.assign(this.#state, fields.read(saved, ''));
  }
}

function doneOf(kind: 'send' | 'receive', bytes: number, status: number, written: number): Done {
  const carried = Math.min(bytes, FRAME_BYTES_MAX);
  const latencyNs = LATENCY.frameNs + LATENCY.byteNs * carried;
  return { request: { kind, sector: 0n, bytes }, written, status, latencyNs };
}

/** virtio 1.2, 5.1.4: address, status, one pair of queues, MTU. */
function configOf(mac: Uint8Array): Uint8Array {
  const config = new Uint8Array(12);
  const view = new DataView(config.buffer);
  config.set(mac);
  view.setUint16(6, LINK_UP, true);
  view.setUint16(8, 1, true);
  view.setUint16(10, MTU, true);
  return config;
}
