import { flag, integer, record, u32, u64 } from '../../base/fields.ts';
import type { DmaPort } from '../bus/ports.ts';
import { type Chain, chainAt } from './chain.ts';
import { Malformed } from './malformed.ts';

/** Descriptors of a queue at most. */
export const QUEUE_MAX = 256;
const DESCRIPTOR_BYTES = 16n;
const AVAIL_NO_INTERRUPT = 1;
const INDEX_MASK = 0xffff;

/** A split virtqueue: where its parts are, and how far the device is (virtio 1.2, 2.7). */
export type QueueState = {
  /** Descriptors, a power of two. */
  num: number;
  ready: boolean;
  /** Guest-physical addresses: descriptor table, available ring, used ring. */
  descriptors: bigint;
  driver: bigint;
  device: bigint;
  /** QueueAlign and QueuePFN, of the legacy transport. */
  align: number;
  pfn: number;
  /** Index of the next available entry to take, and of the next used one to write; modulo 2^16. */
  next: number;
  used: number;
};

const index = integer(0, INDEX_MASK);
/** What a saved state may hold. */
export const queueFields = record<QueueState>(
  {
    num: integer(0, QUEUE_MAX),
    ready: flag,
    descriptors: u64,
    driver: u64,
    device: u64,
    align: u32,
    pfn: u32,
    next: index,
    used: index,
  },
  (q) => (q.ready && !isUsable(q) ? ['ready', 'a queue that cannot be'] : undefined),
);

/** A queue at reset. */
export const newQueue = (): QueueState => ({
  num: 0,
  ready: false,
  descriptors: 0n,
  driver: 0n,
  device: 0n,
  align: 0,
  pfn: 0,
  next: 0,
  used: 0,
});

/** Can a queue of such a size and in such places be? (2.7: sizes are powers of two; alignments of the parts) */
export const isUsable = ({ num, descriptors, driver, device }: QueueState): boolean =>
  num > 0 && (num & (num - 1)) === 0 && descriptors % 16n === 0n && driver % 2n === 0n && device % 4n === 0n;

/** Puts the parts of a queue where the legacy transport has them (2.7.2): one behind the other, the used ring aligned. */
export function placeLegacy(q: QueueState, pageBytes: number): void {
  const { num, align } = q;
  const alignment = BigInt(Math.max(align, 1));
  q.descriptors = BigInt(q.pfn) * BigInt(pageBytes);
  q.driver = q.descriptors + DESCRIPTOR_BYTES * BigInt(num);
  const end = q.driver + BigInt(2 * (3 + num));
  q.device = ((end + alignment - 1n) / alignment) * alignment;
}

/** Which of the ring's features were negotiated. */
export interface RingFeatures {
  readonly indirect: boolean;
  readonly eventIndex: boolean;
}

function word(dma: DmaPort, at: bigint): number {
  const raw = dma.read(at, 2);
  if (raw === undefined) throw new Malformed('a ring that is no memory');
  return (raw[0] as number) | ((raw[1] as number) << 8);
}
function put(dma: DmaPort, at: bigint, bytes: Uint8Array): void {
  if (!dma.write(at, bytes)) throw new Malformed('a ring that is no memory');
}
const wordBytes = (value: number): Uint8Array => Uint8Array.of(value, value >> 8);

/** The next chain that the driver made available; undefined where there is none. @throws Malformed */
export function take(q: QueueState, dma: DmaPort, { indirect }: RingFeatures): Chain | undefined {
  const ahead = (word(dma, q.driver + 2n) - q.next) & INDEX_MASK;
  if (ahead === 0) return undefined;
  if (ahead > q.num) throw new Malformed('more available entries than the queue has');
  const head = word(dma, q.driver + 4n + BigInt(2 * (q.next % q.num)));
  const chain = chainAt(dma, { at: q.descriptors, descriptors: q.num }, head, indirect);
  q.next = (q.next + 1) & INDEX_MASK;
  return chain;
}

/** Says up to where entries were taken: the driver notifies again for what comes behind (2.7.10). @throws Malformed */
export function wantNotification(q: QueueState, dma: DmaPort, { eventIndex }: RingFeatures): void {
  if (eventIndex) put(dma, q.device + 4n + BigInt(8 * q.num), wordBytes(q.next));
}

/**
 * Gives a chain back, with how many bytes of it were written (2.7.8).
 * @returns whether the driver wants to be interrupted (2.7.7)
 * @throws Malformed
 */
export function giveBack(
  q: QueueState,
  dma: DmaPort,
  head: number,
  written: number,
  { eventIndex }: RingFeatures,
): boolean {
  const element = new Uint8Array(8);
  const view = new DataView(element.buffer);
  view.setUint32(0, head, true);
  view.setUint32(4, written, true);
  put(dma, q.device + 4n + BigInt(8 * (q.used % q.num)), element);
  const used = (q.used + 1) & INDEX_MASK;
  put(dma, q.device + 2n, wordBytes(used));
  q.used = used;
  if (!eventIndex) return (word(dma, q.driver) & AVAIL_NO_INTERRUPT) === 0;
  // The one that this entry is of: between the old index and the new one lies no other.
  return word(dma, q.driver + 4n + BigInt(2 * q.num)) === ((used - 1) & INDEX_MASK);
}
