import { icount } from '../../base/brands.ts';
import type { DmaPort } from '../bus/ports.ts';
import type { BlockStore } from './block.ts';
import { type DevicePorts, VirtioDevice } from './device.ts';
import type { VirtioFunction } from './function.ts';
import { MmioTransport } from './mmio-transport.ts';
import { REGISTER, type Transport } from './registers.ts';

/** Where memory begins, and its size. */
export const RAM = { base: 0x4000_0000n, bytes: 1 << 20 } as const;
export const FEATURES = { indirect: 1n << 28n, eventIndex: 1n << 29n, version1: 1n << 32n } as const;
/** Where the driver puts the parts of its one queue. */
const QUEUE_AT = 0x1000;
const LEGACY_PAGE = 4096;

/** Memory that devices read, and may not write to. */
export const FLASH = { base: 0n, bytes: 1 << 16 } as const;

/** Memory that is nowhere else. */
export class FakeMemory implements DmaPort {
  readonly bytes = new Uint8Array(RAM.bytes);
  readonly #flash = new Uint8Array(FLASH.bytes);
  #place(at: bigint, bytes: number): number | undefined {
    const from = Number(at - RAM.base);
    return from >= 0 && from + bytes <= RAM.bytes ? from : undefined;
  }
  read(at: bigint, bytes: number): Uint8Array | undefined {
    if (at + BigInt(bytes) <= FLASH.bytes) return this.#flash.subarray(Number(at), Number(at) + bytes);
    const from = this.#place(at, bytes);
    return from === undefined ? undefined : this.bytes.subarray(from, from + bytes);
  }
  write(at: bigint, bytes: Uint8Array): boolean {
    const from = this.#place(at, bytes.length);
    if (from !== undefined) this.bytes.set(bytes, from);
    return from !== undefined;
  }
}

/** A disk in memory. */
export class FakeStore implements BlockStore {
  readonly data: Uint8Array;
  isReadOnly = false;
  isBad = (_at: number, _bytes: number): boolean => false;
  constructor(bytes: number) {
    this.data = new Uint8Array(bytes);
    for (let i = 0; i < bytes; i++) this.data[i] = (i >> 9) ^ i;
  }
  get bytes(): number {
    return this.data.length;
  }
  read(at: number, bytes: number): Uint8Array | undefined {
    return this.isBad(at, bytes) ? undefined : this.data.slice(at, at + bytes);
  }
  write(at: number, bytes: Uint8Array): boolean {
    if (this.isBad(at, bytes.length)) return false;
    this.data.set(bytes, at);
    return true;
  }
  zero(at: number, bytes: number): boolean {
    this.data.fill(0, at, at + bytes);
    return true;
  }
  discard = this.zero;
  delayNs(): number {
    return 0;
  }
}

/** A buffer of a request: bytes for the device to read, or so many for it to write. */
export type Buffer = Uint8Array | number;
export interface Sent {
  readonly head: number;
  /** Where each buffer is. */
  readonly at: readonly number[];
}

/** What a transport makes otherwise. */
type Otherwise = Pick<DevicePorts, 'irq' | 'interrupted' | 'takesEarly'>;

/** A device with a driver that is as good as its caller. */
export class Driver {
  readonly memory = new FakeMemory();
  readonly device: VirtioDevice;
  readonly mmio: MmioTransport;
  readonly told: string[] = [];
  readonly levels: boolean[] = [];
  readonly num: number;
  now = 0;
  #features = 0n;
  #avail = 0;
  #seen = 0;
  #nextDescriptor = 0;
  #nextBuffer = 0x2_0000;

  constructor(
    behind: VirtioFunction,
    { transport = 2, num = 8, ...otherwise }: { transport?: Transport; num?: number } & Partial<Otherwise> = {},
  ) {
    this.num = num;
    this.device = new VirtioDevice(behind, {
      name: behind.name,
      transport,
      dma: this.memory,
      clock: {
        icount: () => icount(this.now),
        nanoseconds: () => BigInt(this.now),
        icountAt: (ns) => icount(Number(ns)),
      },
      irq: { set: (level) => void this.levels.push(level) },
      ...otherwise,
      observer: {
        kick: (queue, vcpu) => void this.told.push(`kick ${queue} of ${vcpu}`),
        request: (_queue, head, { kind, sector, bytes }) =>
          void this.told.push(`request ${head} ${kind} ${sector} ${bytes}`),
        complete: (_queue, head, status, written, ns) =>
          void this.told.push(`complete ${head} ${status} ${written} ${ns}`),
      },
    });
    this.mmio = new MmioTransport(this.device);
  }

  get(register: keyof typeof REGISTER): number {
    return Number(this.mmio.read(REGISTER[register], 4));
  }
  put(register: keyof typeof REGISTER, value: number): void {
    this.mmio.write(REGISTER[register], 4, BigInt(value >>> 0), 0);
  }
  get view(): DataView {
    return new DataView(this.memory.bytes.buffer);
  }

  /** Up to the point where the device is asked what it has. */
  negotiate(wanted: bigint): number {
    this.#features = wanted;
    for (const value of [0, 1, 3]) this.put('Status', value);
    for (const select of [0, 1]) {
      this.put('DriverFeaturesSel', select);
      this.put('DriverFeatures', Number((wanted >> BigInt(32 * select)) & 0xffff_ffffn));
    }
    this.put('Status', 11);
    return this.get('Status');
  }
  /** All that a driver does before its first request. */
  start(wanted = FEATURES.version1): this {
    this.negotiate(wanted);
    this.setUpQueue();
    this.put('Status', this.get('Status') | 4);
    return this;
  }
  setUpQueue(): void {
    this.#avail = 0;
    this.#seen = 0;
    this.memory.bytes.fill(0, QUEUE_AT, QUEUE_AT + 0x4000);
    this.put('QueueSel', 0);
    this.put('QueueNum', this.num);
    if (this.device.transport === 1) {
      this.put('GuestPageSize', LEGACY_PAGE);
      this.put('QueueAlign', LEGACY_PAGE);
      this.put('QueuePFN', Number(RAM.base) / LEGACY_PAGE + QUEUE_AT / LEGACY_PAGE);
      return;
    }
    const address = (at: number): number => Number(RAM.base) + at;
    this.put('QueueDescLow', address(this.descriptorsAt));
    this.put('QueueDriverLow', address(this.availAt));
    this.put('QueueDeviceLow', address(this.usedAt));
    this.put('QueueReady', 1);
  }
  /** As if so many requests had come and gone. */
  skipTo(index: number): void {
    const [queue] = this.device.state.queues;
    Object.assign(queue ?? {}, { next: index, used: index });
    this.#avail = index;
    this.#seen = index;
    this.view.setUint16(this.availAt + 2, index, true);
    this.view.setUint16(this.usedAt + 2, index, true);
    this.view.setUint16(this.availAt + 4 + 2 * this.num, index, true);
  }
  readonly descriptorsAt = QUEUE_AT;
  get availAt(): number {
    return QUEUE_AT + 16 * this.num;
  }
  get usedAt(): number {
    const end = this.availAt + 2 * (3 + this.num);
    return Math.ceil(end / LEGACY_PAGE) * LEGACY_PAGE;
  }
  get usedIndex(): number {
    return this.view.getUint16(this.usedAt + 2, true);
  }
  usedEntry(index: number): { readonly head: number; readonly written: number } {
    const at = this.usedAt + 4 + 8 * (index % this.num);
    return { head: this.view.getUint32(at, true), written: this.view.getUint32(at + 4, true) };
  }

  descriptor(number: number, at: bigint, bytes: number, flags: number, next = 0, table = this.descriptorsAt): void {
    const { view } = this;
    const place = table + 16 * number;
    view.setBigUint64(place, at, true);
    view.setUint32(place + 8, bytes, true);
    view.setUint16(place + 12, flags, true);
    view.setUint16(place + 14, next, true);
  }
  /** Makes a chain that begins with a descriptor available. */
  offer(head: number): void {
    const { view } = this;
    view.setUint16(this.availAt + 4 + 2 * (this.#avail % this.num), head, true);
    this.#avail = (this.#avail + 1) & 0xffff;
    view.setUint16(this.availAt + 2, this.#avail, true);
  }
  place(bytes: number): number {
    if (this.#nextBuffer + bytes > RAM.bytes) this.#nextBuffer = 0x2_0000;
    const at = this.#nextBuffer;
    this.#nextBuffer += (bytes + 15) & ~15;
    return at;
  }
  /** A request of these buffers, in the ring or in an indirect table. */
  send(buffers: readonly Buffer[], indirect = (this.#features & FEATURES.indirect) !== 0n): Sent {
    const at = buffers.map((buffer) => {
      const place = this.place(typeof buffer === 'number' ? buffer : buffer.length);
      if (typeof buffer !== 'number') this.memory.bytes.set(buffer, place);
      return place;
    });
    const table = indirect ? this.place(16 * buffers.length) : this.descriptorsAt;
    const first = this.#nextDescriptor;
    const number = (i: number): number => (indirect ? i : (first + i) % this.num);
    buffers.forEach((buffer, i) => {
      const isLast = i === buffers.length - 1;
      const flags = (typeof buffer === 'number' ? 2 : 0) | (isLast ? 0 : 1);
      const bytes = typeof buffer === 'number' ? buffer : buffer.length;
      this.descriptor(number(i), RAM.base + BigInt(at[i] as number), bytes, flags, number(i + 1), table);
    });
    if (indirect) this.descriptor(first, RAM.base + BigInt(table), 16 * buffers.length, 4);
    this.#nextDescriptor = (first + (indirect ? 1 : buffers.length)) % this.num;
    this.offer(first);
    return { head: first, at };
  }
  notify(queue: number, vcpu: number): void {
    this.mmio.write(REGISTER.QueueNotify, 4, BigInt(queue), vcpu);
  }
  kick(vcpu = 0): void {
    this.notify(0, vcpu);
  }
  /** Lets so much time pass, polling when something is due, and not before. */
  pass(ns: number): void {
    const until = this.now + ns;
    for (let due = this.device.nextDeadline(); due !== undefined && due <= until; due = this.device.nextDeadline()) {
      this.now = Math.max(this.now, due);
      this.device.poll();
    }
    this.now = until;
    this.device.poll();
  }
  /** What was given back since this was asked last. */
  takeUsed(): { readonly head: number; readonly written: number }[] {
    const entries = [];
    for (; this.#seen !== this.usedIndex; this.#seen = (this.#seen + 1) & 0xffff)
      entries.push(this.usedEntry(this.#seen));
    return entries;
  }
  bytesAt(at: number, bytes: number): Uint8Array {
    return this.memory.bytes.slice(at, at + bytes);
  }
}

/** The header of a block request. */
export function blockHeader(type: number, sector: bigint): Uint8Array {
  const header = new Uint8Array(16);
  const view = new DataView(header.buffer);
  view.setUint32(0, type, true);
  view.setBigUint64(8, sector, true);
  return header;
}
