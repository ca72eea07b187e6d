import { Driver, FEATURES, RAM } from './driver.fixture.ts';
import type { VirtioFunction } from './function.ts';
import { REGISTER, type Transport } from './registers.ts';

const QUEUES_AT = 0x1000;
/** Of each queue: its rings as the legacy transport has them. */
const QUEUE_BYTES = 0x2000;
const LEGACY_PAGE = 4096;

/** A device with a driver of all its queues, of which each request is one buffer. */
export class QueuesDriver {
  readonly one: Driver;
  readonly #avail: number[] = [];
  readonly #seen: number[] = [];

  constructor(behind: VirtioFunction, transport: Transport = 2) {
    this.one = new Driver(behind, { transport });
  }
  get device() {
    return this.one.device;
  }
  get mmio() {
    return this.one.mmio;
  }

  /** All that a driver does before its first request. */
  start(wanted = 0n): this {
    const { one } = this;
    one.put('Status', 0);
    one.negotiate(one.device.transport === 2 ? wanted | FEATURES.version1 : wanted);
    if (one.device.transport === 1) one.put('GuestPageSize', LEGACY_PAGE);
    for (const queue of one.device.behind.queues.keys()) this.setUp(queue);
    one.put('Status', one.get('Status') | 4);
    return this;
  }
  setUp(queue: number): void {
    const { one } = this;
    const at = this.ringsOf(queue);
    this.#avail[queue] = 0;
    this.#seen[queue] = 0;
    one.memory.bytes.fill(0, at, at + QUEUE_BYTES);
    one.put('QueueSel', queue);
    one.put('QueueNum', one.num);
    const address = Number(RAM.base) + at;
    if (one.device.transport === 1) {
      one.put('QueueAlign', LEGACY_PAGE);
      one.put('QueuePFN', address / LEGACY_PAGE);
      return;
    }
    one.put('QueueDescLow', address);
    one.put('QueueDriverLow', address + 16 * one.num);
    one.put('QueueDeviceLow', address + LEGACY_PAGE);
    one.put('QueueReady', 1);
  }
  ringsOf(queue: number): number {
    return QUEUES_AT + QUEUE_BYTES * queue;
  }

  /** Makes a buffer available: bytes for the device, or so many for it to write. Tells where it is. */
  offer(queue: number, buffer: Uint8Array | number): number {
    const { one } = this;
    const bytes = typeof buffer === 'number' ? buffer : buffer.length;
    const at = 0x8_0000 + one.place(bytes);
    if (typeof buffer !== 'number') one.memory.bytes.set(buffer, at);
    const index = this.#avail[queue] as number;
    const head = index % one.num;
    const rings = this.ringsOf(queue);
    one.descriptor(head, RAM.base + BigInt(at), bytes, typeof buffer === 'number' ? 2 : 0, 0, rings);
    const avail = rings + 16 * one.num;
    one.view.setUint16(avail + 4 + 2 * head, head, true);
    this.#avail[queue] = index + 1;
    one.view.setUint16(avail + 2, index + 1, true);
    return at;
  }
  kick(queue: number): void {
    this.one.mmio.write(REGISTER.QueueNotify, 4, BigInt(queue), 0);
  }
  /** Sends bytes by a queue. */
  send(queue: number, bytes: Uint8Array): void {
    this.offer(queue, bytes);
    this.kick(queue);
    this.one.pass(1e6);
    this.given(queue);
  }
  /** What was written to each buffer that was given back by a queue since this was asked last. */
  given(queue: number): Uint8Array[] {
    const { one } = this;
    const rings = this.ringsOf(queue);
    const used = rings + LEGACY_PAGE;
    const all: Uint8Array[] = [];
    for (; this.#seen[queue] !== one.view.getUint16(used + 2, true); (this.#seen[queue] as number)++) {
      const entry = used + 4 + 8 * ((this.#seen[queue] as number) % one.num);
      const at = Number(one.view.getBigUint64(rings + 16 * one.view.getUint32(entry, true), true) - RAM.base);
      all.push(one.bytesAt(at, one.view.getUint32(entry + 4, true)));
    }
    return all;
  }
}
