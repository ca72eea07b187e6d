/** What a request is, as a trace tells it (virtio 1.2, 5.1.6, 5.2.6, 5.3.6 and 5.4.6). */
export type RequestKind =
  | 'unknown'
  | 'read'
  | 'write'
  | 'flush'
  | 'discard'
  | 'write-zeroes'
  | 'get-id'
  | 'entropy'
  | 'send'
  | 'receive'
  | 'control';

/** A request that a device takes from a queue. */
export interface RequestTold {
  readonly kind: RequestKind;
  /** Where on the disk, in sectors of 512 bytes; 0 where that means nothing. */
  readonly sector: bigint;
  /** Of data, as the driver asked for. */
  readonly bytes: number;
}

/** Who is told of what a device does. */
export interface VirtioObserver {
  kick(queue: number, vcpu: number): void;
  request(queue: number, head: number, request: RequestTold, vcpu: number): void;
  /** @param status the device's own word for how it went, 0 for well; `latencyNs` since it was taken */
  complete(queue: number, head: number, status: number, written: number, latencyNs: bigint): void;
}
