// disks/: a guest's disks: what they begin with, what the guest has written, and how they fail.

import { PAGE_BYTES } from '../../base/page.ts';
import { sha256 } from '../../host/digests.ts';

/** What a disk holds before its guest writes to it. It never changes. */
export interface BaseDisk {
  /** A multiple of 512 (virtio 1.2, 5.2.4). */
  readonly bytes: number;
  /**
   * 4 KiB of it by their number, not to be kept or changed; null where they are all zero. The last may reach beyond the end, zero there.
   * @throws Failure where they cannot be had
   */
  page(number: number): Uint8Array | null;
}

/** By what a page is known: its SHA-256. */
export const pageDigest = (bytes: Uint8Array): Uint8Array => sha256(bytes);

/** A page of a disk from what there is of it: null where that is all zero, and zeros behind its end. */
export function zeroOrBytes(read: Uint8Array): Uint8Array | null {
  if (read.every((byte) => byte === 0)) return null;
  if (read.length === PAGE_BYTES) return read;
  const page = new Uint8Array(PAGE_BYTES);
  page.set(read);
  return page;
}
