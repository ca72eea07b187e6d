import { flag, integer, list, nullable, octets, record } from '../../base/fields.ts';
import type { PlainMap } from '../../base/plain.ts';
import { copyState, putState, type Stateful } from '../../base/stateful.ts';
import type { Buffers, Chain } from './chain.ts';
import {
  CONTROL_BYTES,
  CONTROL_EVENT,
  controlMessage,
  resizeMessage,
  WINDOW_SIZE_MAX,
  type WindowSize,
} from './console-control.ts';
import type { Done, VirtioFunction } from './function.ts';
import { Malformed } from './malformed.ts';
import type { RequestKind } from './ports.ts';
import { QUEUE_MAX } from './split-queue.ts';

const DEVICE_ID = 3;
/** virtio 1.2, 5.3.3. */
const FEATURE = { size: 1n << 0n, multiport: 1n << 1n, emergencyWrite: 1n << 2n } as const;
/** virtio 1.2, 5.3.4. */
const CONFIG = { bytes: 12, cols: 0, rows: 2, ports: 4, emergencyWrite: 8 } as const;
/** Ports of a device, the console among them. */
export const PORTS_MAX = 16;
/** Of a port's name, in bytes. */
export const PORT_NAME_MAX = 64;
/** Queues: those of the first port, of control messages to and from the driver, and then two for each further port (5.3.2). */
const CONTROL = { receive: 2, send: 3 } as const;
/** The queue by which the driver is given a port's input. */
export const receiveQueue = (port: number): number => (port === 0 ? 0 : 2 * (port + 1));
/** And that of messages to it. */
export const MESSAGE_QUEUE = CONTROL.receive;
/** Input of a port that the driver has not taken yet: who has more keeps it. */
export const WAITING_BYTES_MAX = 64 * 1024;
/** Control messages that wait for buffers: while there are so many, none of the driver's is taken, each of which brings at most `PORTS_MAX`. */
const MESSAGES_MAX = 64;
/** Of one request; what a driver sends beyond is lost. */
const SENT_BYTES_MAX = 1 << 20;
/** So much is copied at once. */
const PIECE_BYTES = 1 << 16;
/** Of a console nobody has said the size of. */
const SIZE_DEFAULT: WindowSize = { cols: 80, rows: 24 };
const STATUS = { ok: 0, dropped: 1 } as const;
const LATENCY = { requestNs: 5000, byteNs: 10 } as const;

type PortState = {
  /** The driver has it in use, and the guest has it open; the console is always open. */
  ready: boolean;
  open: boolean;
  /** Input that the driver has no buffers for yet. */
  waiting: Uint8Array;
};
interface ConsoleState {
  /** What somebody has said that the console's size is. */
  size: WindowSize | null;
  /** Control messages to the driver, in their order. */
  messages: Uint8Array[];
  ports: PortState[];
}
const fields = (ports: number) =>
  record<ConsoleState>({
    size: nullable(record<WindowSize>({ cols: integer(0, WINDOW_SIZE_MAX), rows: integer(0, WINDOW_SIZE_MAX) })),
    messages: list(octets({ max: CONTROL_BYTES + PORT_NAME_MAX }), { max: MESSAGES_MAX + 1 }),
    ports: list(record<PortState>({ ready: flag, open: flag, waiting: octets({ max: WAITING_BYTES_MAX }) }), ports),
  });

/** Takes what the guest sends by a port, 0 being the console. */
export type PortSink = (port: number, bytes: Uint8Array) => void;

/** The console device (virtio 1.2, 5.3): the console, and as many named ports behind it as one likes. */
export class VirtioConsole implements VirtioFunction, Stateful {
  readonly name = 'virtio-console';
  readonly version = 1;
  readonly deviceId = DEVICE_ID;
  readonly features = FEATURE.size | FEATURE.multiport | FEATURE.emergencyWrite;
  readonly queues: readonly number[];
  readonly #names: readonly string[];
  readonly #send: PortSink;
  readonly #state: ConsoleState;

  /** @param names of the ports behind the console, fewer than `PORTS_MAX`, each of at most `PORT_NAME_MAX` bytes */
  constructor(names: readonly string[], send: PortSink) {
    this.#names = names;
    this.#send = send;
    const ports = 1 + names.length;
    this.queues = Array.from({ length: 2 * (1 + ports) }, () => QUEUE_MAX);
    this.#state = {
      size: null,
      messages: [],
      ports: Array.from({ length: ports }, () => ({ ready: false, open: false, waiting: new Uint8Array(0) })),
    };
  }

  config(): Uint8Array {
    const config = new Uint8Array(CONFIG.bytes);
    const view = new DataView(config.buffer);
    const { cols, rows } = this.#state.size ?? SIZE_DEFAULT;
    view.setUint16(CONFIG.cols, cols, true);
    view.setUint16(CONFIG.rows, rows, true);
    view.setUint32(CONFIG.ports, this.#state.ports.length, true);
    return config;
  }
  /** A character of the console's, without any queue (5.3.4). */
  writeConfig(offset: number, value: bigint): void {
    if (offset === CONFIG.emergencyWrite) this.#send(0, Uint8Array.of(Number(value & 0xffn)));
  }

  // --- what comes from outside -----------------------------------------------------------------------------------------
  /** So many bytes a port takes now. */
  room(port: number): number {
    return WAITING_BYTES_MAX - (this.#state.ports[port]?.waiting.length ?? WAITING_BYTES_MAX);
  }
  /** Input for a port, no more than there is room for; the transport is to be told of the port's queue. */
  receive(port: number, bytes: Uint8Array): void {
    const it = this.#state.ports[port];
    if (it !== undefined) it.waiting = joined(it.waiting, bytes);
  }
  /** The console has another size, in characters: the transport is to be told that the configuration has changed, and of the queue of messages. */
  resize(size: WindowSize): void {
    this.#state.size = size;
    if (this.#state.ports[0]?.ready) this.#tellSize();
  }
  #tellSize(): void {
    const { messages, size } = this.#state;
    if (size === null) return;
    const message = resizeMessage(size);
    // Only the last one counts of several that wait.
    const waiting = messages.findIndex((one) => one[4] === CONTROL_EVENT.resize);
    if (waiting >= 0) messages[waiting] = message;
    else if (messages.length <= MESSAGES_MAX) messages.push(message);
  }

  // --- requests --------------------------------------------------------------------------------------------------------
  /** What is waiting stays: it is not the driver's yet. */
  reset(): void {
    this.#state.messages = [];
    for (const port of this.#state.ports) Object.assign(port, { ready: false, open: false });
  }

  isReady(queue: number): boolean {
    const { messages } = this.#state;
    if (queue === CONTROL.receive) return messages.length > 0;
    if (queue === CONTROL.send) return messages.length <= MESSAGES_MAX - PORTS_MAX;
    const { port, sends } = portOf(queue);
    const it = this.#state.ports[port];
    return sends || (it !== undefined && it.waiting.length > 0 && (port === 0 || it.open));
  }

  carryOut(queue: number, { readable, writable }: Chain): Done {
    if (queue === CONTROL.receive) return this.#giveMessage(writable);
    if (queue === CONTROL.send) return this.#takeMessage(readable);
    const { port, sends } = portOf(queue);
    return sends ? this.#take(port, readable) : this.#fill(port, writable);
  }

  #take(port: number, readable: Buffers): Done {
    const bytes = Math.min(readable.bytes, SENT_BYTES_MAX);
    for (let done = 0; done < bytes; done += PIECE_BYTES)
      this.#send(port, readable.read(done, Math.min(PIECE_BYTES, bytes - done)));
    return doneOf('send', readable.bytes, 0, bytes === readable.bytes ? STATUS.ok : STATUS.dropped);
  }
  #fill(port: number, writable: Buffers): Done {
    const it = this.#state.ports[port] as PortState;
    const bytes = Math.min(it.waiting.length, writable.bytes);
    writable.write(0, it.waiting.subarray(0, bytes));
    it.waiting = it.waiting.slice(bytes);
    return doneOf('receive', bytes, bytes);
  }

  /** A message for which the buffer is too small is lost, and the buffer is given back empty. */
  #giveMessage(writable: Buffers): Done {
    const [message = new Uint8Array(0)] = this.#state.messages;
    const fits = writable.bytes >= message.length;
    if (fits) writable.write(0, message);
    this.#state.messages.shift();
    return doneOf('control', message.length, fits ? message.length : 0, fits ? STATUS.ok : STATUS.dropped);
  }
  /** What the driver says (5.3.6.2), and what follows from it. What it says of a port that there is not means nothing. */
  #takeMessage(readable: Buffers): Done {
    if (readable.bytes < CONTROL_BYTES) throw new Malformed('a control message that is too short');
    const view = new DataView(readable.read(0, CONTROL_BYTES).buffer);
    const [port, event, value] = [view.getUint32(0, true), view.getUint16(4, true), view.getUint16(6, true)];
    const { messages, ports } = this.#state;
    const it = ports[port];
    const isOn = value === 1;
    let isKnown = it !== undefined;
    if (event === CONTROL_EVENT.deviceReady) {
      isKnown = true;
      if (isOn) for (const n of ports.keys()) messages.push(controlMessage(n, CONTROL_EVENT.portAdd, 1));
    } else if (event === CONTROL_EVENT.portReady && it !== undefined) {
      it.ready = isOn;
      if (isOn) this.#introduce(port);
    } else if (event === CONTROL_EVENT.portOpen && it !== undefined) it.open = isOn;
    else isKnown = false;
    return doneOf('control', readable.bytes, 0, isKnown ? STATUS.ok : STATUS.dropped);
  }
  /** Tells the driver what a port is. Its other end is always there, so that what a guest sees does not depend on who listens. */
  #introduce(port: number): void {
    const { messages } = this.#state;
    const name = this.#names[port - 1];
    if (name === undefined) {
      messages.push(controlMessage(port, CONTROL_EVENT.consolePort, 1));
      this.#tellSize();
    } else messages.push(controlMessage(port, CONTROL_EVENT.portName, 1, name));
    messages.push(controlMessage(port, CONTROL_EVENT.portOpen, 1));
  }

  save(): PlainMap {
    const { size, messages, ports } = this.#state;
    return copyState<{ size: WindowSize | null; messages: Uint8Array[]; ports: PortState[] }>({
      size,
      messages,
      ports,
    });
  }
  restore(saved: PlainMap): void {
    putState(this.#state, fields(this.#state.ports.length), saved);
  }
}

/** Which port a queue is of, and whether the guest sends by it; not of control messages. */
const portOf = (queue: number): { readonly port: number; readonly sends: boolean } => ({
  port: queue < CONTROL.receive ? 0 : (queue >> 1) - 1,
  sends: (queue & 1) === 1,
});

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

function doneOf(kind: RequestKind, bytes: number, written: number, status: number = STATUS.ok): Done {
  const latencyNs = LATENCY.requestNs + LATENCY.byteNs * Math.min(bytes, SENT_BYTES_MAX);
  return { request: { kind, sector: 0n, bytes }, written, status, latencyNs };
}
