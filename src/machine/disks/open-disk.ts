import type { BaseDisk } from './base-disk.ts';
import { Qcow2Disk } from './qcow2-disk.ts';
import { RawDisk } from './raw-disk.ts';

/** How a file holds a disk, by QEMU's names. */
export const diskFormats = ['raw', 'qcow2'] as const;
export type DiskFormat = (typeof diskFormats)[number];

/** The disk that a file holds. What the file says of itself is never looked at to find out how: a guest could have written it. @throws Failure */
export const openDisk = (path: string, format: DiskFormat): BaseDisk =>
  format === 'qcow2' ? new Qcow2Disk(path) : new RawDisk(path);
