import type { Chain } from './chain.ts';
import type { RequestTold } from './ports.ts';

/** A request that was carried out. What it wrote to memory is there; the driver learns of it later. */
export interface Done {
  readonly request: RequestTold;
  /** Bytes from the beginning of the writable buffers that were written. */
  readonly written: number;
  /** The device's own word for how it went; 0: well. */
  readonly status: number;
  /** How long the device takes, in nanoseconds, at least 1. */
  readonly latencyNs: number;
}

/** What stands behind a transport: a device of some kind (virtio 1.2, 5). */
export interface VirtioFunction {
  /** Of its kind, as `virtio-blk`. */
  readonly name: string;
  readonly deviceId: number;
  /** Features of its own, without those of transport and rings. */
  readonly features: bigint;
  /** For each queue how many descriptors it can have: a power of two. */
  readonly queues: readonly number[];
  /** The device's configuration, as the driver reads it. */
  config(): Uint8Array;
  /** The driver writes a number to the configuration, which lies `offset` bytes behind its beginning; where it is left out, nothing comes of it. */
  writeConfig?(offset: number, value: bigint): void;
  /** Whether the next request of a queue can be carried out; where it is left out, each can. Who changes that tells the transport (`arrived`). */
  isReady?(queue: number): boolean;
  /** The driver resets the device. */
  reset?(): void;
  /** Carries a request out. @throws Malformed where it is none; nothing was written to memory then */
  carryOut(queue: number, chain: Chain): Done;
}
