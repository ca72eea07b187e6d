import { assert } from './assert.ts';

/** Bytes. */
export const KiB = 1024;
/** Bytes. */
export const MiB = 1024 * KiB;
/** Bytes. */
export const GiB = 1024 * MiB;

/** Every bound of the project, with the relations that hold between them asserted below. */
export const limits = {
  /** Guest RAM that fits with the CPU's own tables in one WebAssembly memory. */
  ramBytesMax: 3 * GiB,
  ramBytesMin: 16 * MiB,
  /** All banks of a machine's flash, which lie in that memory too. */
  flashBytesMax: 128 * MiB,
  vcpusMax: 8,
  /**
   * Exceptions in a row, of whatever level, without an instruction retired. One instruction may fault a few times, for each page of
   * its accesses and of their translation tables; a guest whose exception vectors lie in no memory would fault for ever.
   */
  exceptionsWithoutProgressMax: 1000,
  /** A kernel, initrd or device tree image read from disk. */
  imageBytesMax: 1 * GiB,
  /** All images of one machine: they are in memory beside its RAM. */
  imagesTotalBytesMax: 1 * GiB + 512 * MiB,
  /** What a compressed kernel may unpack to. */
  unpackedImageBytesMax: 512 * MiB,
  /** Segments of an ELF; a kernel has a handful. */
  elfSegmentsMax: 1024,
  commandLineBytesMax: 2048,
  /** Disks of one machine, and the size of one: far beyond any file system's files, so that places are exact numbers. */
  disksMax: 16,
  diskBytesMax: 1024 * 1024 * GiB,
  /** Pages of 4 KiB that a guest may have written to on all its disks, 2 GiB: they are in memory. */
  overlayPagesMax: 2 ** 19,
  /** Names in a kernel's own table; a large kernel has a quarter of a million. */
  kernelSymbolsMax: 4 * 1024 * 1024,
} as const;

assert(limits.unpackedImageBytesMax <= limits.imageBytesMax, 'an unpacked kernel is an image');
assert(limits.imageBytesMax < limits.ramBytesMax, 'images must fit in RAM');
assert(limits.imageBytesMax <= limits.imagesTotalBytesMax, 'the largest image may stand alone');
