import { Failure } from '../../base/failure.ts';
import { limits } from '../../base/limits.ts';
import { SECTOR_BYTES } from '../../base/sector.ts';
import type { BlockLatency } from '../../devices/virtio/block.ts';

/** What VIRTIO_BLK_T_GET_ID has room for (virtio 1.2, 5.2.6). */
const SERIAL_CHARACTERS_MAX = 20;
const LATENCY_NS_MAX = 10 ** 12;

/** How a disk fails, by a seed: which sectors are bad, and which requests take longer. */
export type DiskFault = {
  readonly seed: number;
  /** Of 2^32 sectors so many are bad. */
  readonly bad: number;
  /** Of 2^32 requests so many are slow, and by how much. */
  readonly slow: number;
  readonly slowNs: number;
};

/** A disk as its guest sees it, without what it holds. */
export type DiskConfig = BlockLatency & {
  readonly bytes: number;
  readonly readOnly: boolean;
  /** What the guest knows it by: up to 20 characters of ASCII. */
  readonly serial: string;
  readonly fault?: DiskFault;
};

/** What a disk takes where nothing is said: 50 µs a request, and a nanosecond a byte. */
export const LATENCY_DEFAULT: BlockLatency = { requestNs: 50_000, kibNs: 1024 };

/** Refuses what no disk can be. @throws Failure */
export function checkDisks(disks: readonly DiskConfig[]): void {
  const refuse = (what: string): never => {
    throw new Failure(`--disk: ${what}`);
  };
  if (disks.length > limits.disksMax) refuse(`at most ${limits.disksMax} disks`);
  for (const { bytes, serial, requestNs, kibNs, fault } of disks) {
    if (!Number.isSafeInteger(bytes) || bytes <= 0 || bytes > limits.diskBytesMax || bytes % SECTOR_BYTES !== 0)
      refuse(`a disk has whole sectors of ${SECTOR_BYTES} bytes, and at least one of them`);
    if (!/^[\x20-\x7e]*$/.test(serial) || serial.length > SERIAL_CHARACTERS_MAX)
      refuse(`serial: up to ${SERIAL_CHARACTERS_MAX} characters of ASCII`);
    for (const ns of [requestNs, kibNs, fault?.slowNs ?? 0])
      if (!Number.isSafeInteger(ns) || ns < 0 || ns > LATENCY_NS_MAX) refuse('a latency of 0 to 1000 s');
    for (const share of [fault?.bad ?? 0, fault?.slow ?? 0, fault?.seed ?? 0])
      if (!Number.isSafeInteger(share) || share < 0 || share > 2 ** 32) refuse('a share of 0 to 1, a seed of 32 bits');
  }
}

const numbers = ['bytes', 'requestNs', 'kibNs'] as const;
const faultNumbers = ['seed', 'bad', 'slow', 'slowNs'] as const;

function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
function hasNumbers(value: unknown, keys: readonly string[]): value is { readonly [key: string]: unknown } {
  return isRecord(value) && keys.every((key) => typeof value[key] === 'number');
}

/** Disks of a tape's header; undefined where they are none. */
export function decodeDisks(value: unknown): DiskConfig[] | undefined {
  if (!Array.isArray(value) || value.length > limits.disksMax) return undefined;
  const disks: DiskConfig[] = [];
  for (const one of value as readonly unknown[]) {
    if (!hasNumbers(one, numbers) || typeof one.serial !== 'string' || typeof one.readOnly !== 'boolean')
      return undefined;
    if (one.fault !== undefined && !hasNumbers(one.fault, faultNumbers)) return undefined;
    const { bytes, requestNs, kibNs, readOnly, serial, fault } = one as unknown as DiskConfig;
    const own = fault && { seed: fault.seed, bad: fault.bad, slow: fault.slow, slowNs: fault.slowNs };
    disks.push({ bytes, readOnly, serial, requestNs, kibNs, ...(own ? { fault: own } : {}) });
  }
  return disks;
}
