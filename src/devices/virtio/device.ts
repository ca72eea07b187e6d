import { assert, must } from '../../base/assert.ts';
import type { Icount } from '../../base/brands.ts';
import type { Field } from '../../base/fields.ts';
import type { PlainMap } from '../../base/plain.ts';
import { copyState, putState, type Stateful } from '../../base/stateful.ts';
import type { AccessSize } from '../bus/mmio-bus.ts';
import type { Clock, DeadlineSource, DmaPort, IrqLine } from '../bus/ports.ts';
import type { VirtioFunction } from './function.ts';
import { Malformed } from './malformed.ts';
import type { VirtioObserver } from './ports.ts';
import type { RegisterSide } from './register-side.ts';
import type { Transport } from './registers.ts';
import {
  giveBack,
  isUsable,
  newQueue,
  placeLegacy,
  type QueueState,
  type RingFeatures,
  take,
  wantNotification,
} from './split-queue.ts';
import { INTERRUPT, newTransport, STATUS, type TransportState, transportFields } from './transport-state.ts';

/** Features of rings and transports (virtio 1.2, 6; the second is legacy: any framing of requests). */
const FEATURE = { indirect: 1n << 28n, anyLayout: 1n << 27n, eventIndex: 1n << 29n, version1: 1n << 32n } as const;
const LOW_32 = 0xffff_ffffn;
/** Data of requests that a device carries out before their time has come: of more it takes the next when one is given back. */
const BYTES_IN_FLIGHT_MAX = 64 * 2 ** 20;

/** What a device is joined to. */
export interface DevicePorts {
  /** Of its own on the board. */
  readonly name: string;
  readonly transport: Transport;
  readonly dma: DmaPort;
  readonly clock: Clock;
  readonly irq: IrqLine;
  /** Told of each interrupt by itself: of a queue's used buffers, or of the configuration. */
  readonly interrupted?: (by: number | 'config') => void;
  readonly observer: VirtioObserver;
  /** Takes buffers of a queue that is ready before the driver is (virtio 1.2, 2.1.2, says not to), as bhyve and QEMU do: FreeBSD's console driver waits for that. */
  readonly takesEarly?: true;
}

/**
 * A device of virtio 1.2, modern or legacy, with split queues, behind whichever transport. Requests are carried out in the
 * notification that brings them; the driver learns of it when the device's latency has passed, one after the other.
 */
export class VirtioDevice implements Stateful, DeadlineSource, RegisterSide {
  readonly name: string;
  readonly version = 1;
  readonly transport: Transport;
  readonly behind: VirtioFunction;
  readonly state: TransportState;
  readonly #ports: DevicePorts;
  readonly #fields: Field<TransportState>;
  /** Derived from the requests in flight: how many each queue has, and the data of all. */
  readonly #taken: { of: number[]; bytes: number };

  constructor(behind: VirtioFunction, ports: DevicePorts) {
    this.name = ports.name;
    this.transport = ports.transport;
    this.behind = behind;
    this.#ports = ports;
    this.state = newTransport(behind.queues.length);
    this.#fields = transportFields(behind.queues.length);
    this.#taken = { of: [], bytes: 0 };
    this.#setInFlight([]);
  }

  // --- configuration -------------------------------------------------------------------------------------------------
  /** The device's own configuration, by its fields' widths; zero beyond its end. */
  readConfig(offset: number, size: AccessSize): bigint {
    const config = this.behind.config();
    let value = 0n;
    for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(config[offset + i] ?? 0);
    return value;
  }
  writeConfig(offset: number, value: bigint): void {
    this.behind.writeConfig?.(offset, value);
  }

  // --- features and status -------------------------------------------------------------------------------------------
  get features(): bigint {
    const rings = FEATURE.indirect | FEATURE.eventIndex;
    return this.behind.features | rings | (this.transport === 2 ? FEATURE.version1 : FEATURE.anyLayout);
  }
  featuresWord(select: number): number {
    return select > 1 ? 0 : Number((this.features >> BigInt(32 * select)) & LOW_32);
  }
  /** Settled features stay until a reset. */
  setDriverFeatures(select: number, value: number): void {
    const { state } = this;
    if (select > 1 || state.status & STATUS.featuresOk) return;
    const shift = BigInt(32 * select);
    state.driverFeatures = (state.driverFeatures & ~(LOW_32 << shift)) | (BigInt(value) << shift);
  }
  get #ring(): RingFeatures {
    const { driverFeatures } = this.state;
    return {
      indirect: (driverFeatures & FEATURE.indirect) !== 0n,
      eventIndex: (driverFeatures & FEATURE.eventIndex) !== 0n,
    };
  }

  /** A driver only adds bits (2.1.1); 0 is a reset. Features that are not on offer are not accepted, nor a modern driver without VERSION_1 (2.2.1, 6.1). */
  setStatus(value: number): void {
    if (value === 0) {
      this.#reset();
      return;
    }
    const { state } = this;
    const known = STATUS.acknowledge | STATUS.driver | STATUS.driverOk | STATUS.featuresOk | STATUS.failed;
    let added = value & known;
    if (this.transport === 1) added &= ~STATUS.featuresOk;
    else if (added & STATUS.featuresOk && !this.#acceptsFeatures()) added &= ~STATUS.featuresOk;
    state.status |= added;
  }
  #acceptsFeatures(): boolean {
    const { driverFeatures } = this.state;
    return (driverFeatures & ~this.features) === 0n && (driverFeatures & FEATURE.version1) !== 0n;
  }
  /** The size of its pages a driver of the legacy transport has said before (Linux drivers/virtio/virtio_mmio.c). */
  #reset(): void {
    this.behind.reset?.();
    const { line, guestPageSize } = this.state;
    Object.assign(this.state, newTransport(this.behind.queues.length), { line, guestPageSize });
    this.#setInFlight([]);
  }

  // --- queues --------------------------------------------------------------------------------------------------------
  get selected(): QueueState | undefined {
    return this.state.queues[this.state.queueSel];
  }
  get selectedMax(): number {
    return this.behind.queues[this.state.queueSel] ?? 0;
  }
  /** Changes the queue that QueueSel names, while it is not in use (4.2.2.2). */
  changeQueue(change: (queue: QueueState) => void): void {
    const queue = this.selected;
    if (queue !== undefined && !queue.ready) change(queue);
  }
  setQueueReady(value: number): void {
    const queue = this.selected;
    if (queue === undefined) return;
    if ((value & 1) === 0) this.#stopQueue(this.state.queueSel);
    else if (!queue.ready) this.#startQueue(queue);
  }
  setQueuePfn(value: number): void {
    const queue = this.selected;
    if (queue === undefined) return;
    this.#stopQueue(this.state.queueSel);
    if (value === 0) return;
    queue.pfn = value;
    placeLegacy(queue, this.state.guestPageSize);
    this.#startQueue(queue);
  }
  #startQueue(queue: QueueState): void {
    if (queue.num <= this.selectedMax && isUsable(queue)) queue.ready = true;
    else this.#break();
  }
  /** What it has in flight is never given back. Its size and places stay, but for the legacy transport's, whose PFN is 0 then. */
  #stopQueue(number: number): void {
    const { state } = this;
    const queue = must(state.queues[number], 'queue');
    Object.assign(queue, { ready: false, pfn: 0, next: newQueue().next, used: newQueue().used });
    this.#setInFlight(state.inFlight.filter((one) => one.queue !== number));
  }

  // --- requests ------------------------------------------------------------------------------------------------------
  /** The driver has made buffers of a queue available. */
  notified(number: number, vcpu: number): void {
    if (this.state.queues[number] === undefined) return;
    this.#ports.observer.kick(number, vcpu);
    this.#carefully(() => this.#serve(number, vcpu));
  }

  /** A driver of the legacy transport may use its queues before it is ready (virtio 1.2, 3.1.2). */
  get #isLive(): boolean {
    const { status, isBroken } = this.state;
    const isEarly = this.transport === 1 || this.#ports.takesEarly === true;
    return !isBroken && (isEarly || (status & STATUS.driverOk) !== 0);
  }
  #setInFlight(requests: TransportState['inFlight']): void {
    this.state.inFlight = requests;
    this.#taken.of = this.behind.queues.map(() => 0);
    this.#taken.bytes = 0;
    for (const request of requests) this.#count(request, 1);
  }
  #count({ queue, bytes }: TransportState['inFlight'][number], by: 1 | -1): void {
    (this.#taken.of[queue] as number) += by;
    this.#taken.bytes += by * bytes;
  }

  /** Carries out what a queue has, as far as there is room for it in flight. */
  #serve(number: number, vcpu: number): void {
    const { state } = this;
    const queue = must(state.queues[number], 'queue');
    const { clock, dma, observer } = this.#ports;
    if (!this.#isLive || !queue.ready) return;
    // A driver that makes a chain available again before it has it back would have ever more of them in flight.
    const isReady = (): boolean => this.behind.isReady?.(number) !== false;
    const hasRoom = (): boolean =>
      this.#taken.bytes < BYTES_IN_FLIGHT_MAX && (this.#taken.of[number] as number) < queue.num;
    while (isReady() && hasRoom()) {
      const chain = take(queue, dma, this.#ring);
      if (chain === undefined) break;
      const { request, written, status, latencyNs } = this.behind.carryOut(number, chain);
      assert(latencyNs >= 1, 'a request takes time');
      const now = clock.nanoseconds();
      const from = state.inFlight.at(-1)?.due ?? now;
      const { head } = chain;
      const due = from + BigInt(latencyNs);
      const taken = { queue: number, head, written, status, bytes: request.bytes, since: now, due };
      state.inFlight.push(taken);
      this.#count(taken, 1);
      observer.request(number, head, request, vcpu);
    }
    wantNotification(queue, dma, this.#ring);
  }

  nextDeadline(): Icount | undefined {
    const first = this.state.inFlight[0];
    return first === undefined ? undefined : this.#ports.clock.icountAt(first.due);
  }

  poll(): void {
    const { state } = this;
    const now = this.#ports.clock.nanoseconds();
    if (state.inFlight[0] === undefined || state.inFlight[0].due > now) return;
    this.#carefully(() => {
      for (let first = state.inFlight[0]; first !== undefined && first.due <= now; first = state.inFlight[0]) {
        state.inFlight.shift();
        this.#count(first, -1);
        this.#complete(first);
      }
      for (const number of state.queues.keys()) this.#serve(number, 0);
    });
    this.driveLine();
  }

  #complete({ queue: number, head, written, status, since, due }: TransportState['inFlight'][number]): void {
    const { dma, observer } = this.#ports;
    const isWanted = giveBack(must(this.state.queues[number], 'queue'), dma, head, written, this.#ring);
    observer.complete(number, head, status, written, due - since);
    if (isWanted) this.#interrupt(INTERRUPT.usedBuffer, number);
  }

  /** Whether what comes to a queue from outside would get into the guest's memory. */
  isReceiving(number: number): boolean {
    return this.#isLive && this.state.queues[number]?.ready === true;
  }
  /** Something came to the device from outside, which requests of a queue wait for. */
  arrived(number: number): void {
    this.#carefully(() => this.#serve(number, 0));
    this.driveLine();
  }

  /** The device's configuration has changed by itself: the driver is told (2.5, 4.2.2). */
  configChanged(): void {
    const { state } = this;
    state.generation = (state.generation + 1) >>> 0;
    if (state.status & STATUS.driverOk) this.#interrupt(INTERRUPT.configChange, 'config');
    this.driveLine();
  }

  #carefully(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      this.#break();
    }
  }
  /** The device needs a reset (2.1.2), which legacy drivers are not told of. */
  #break(): void {
    const { state } = this;
    state.isBroken = true;
    this.#setInFlight([]);
    if (this.transport === 1) return;
    state.status |= STATUS.needsReset;
    if (state.status & STATUS.driverOk) this.#interrupt(INTERRUPT.configChange, 'config');
  }

  #interrupt(status: number, by: number | 'config'): void {
    this.state.interruptStatus |= status;
    this.#ports.interrupted?.(by);
  }
  /** Drives the interrupt's line where its status has changed. */
  driveLine(): void {
    const { state } = this;
    const level = state.interruptStatus !== 0;
    if (level === state.line) return;
    state.line = level;
    this.#ports.irq.set(level);
  }

  // --- state ---------------------------------------------------------------------------------------------------------
  save(): PlainMap {
    return copyState(this.state);
  }
  restore(saved: PlainMap): void {
    putState(this.state, this.#fields, saved);
    this.#setInFlight(this.state.inFlight);
  }
}
