import { gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { Failure } from '../../base/failure.ts';
import { encodeDeviceTree } from '../fdt/blob.ts';
import { node } from '../fdt/tree.ts';
import {
  elf,
  elf32,
  image,
  kernelSizeTag,
  ZIMAGE_INFLATED_BYTES,
  ZIMAGE_SIZE_AT,
  type ZImageFields,
  zboot,
  zImage,
} from './images.fixture.ts';
import { parseKernel, rawKernel } from './kernel.ts';

const parse = (bytes: Uint8Array) => parseKernel({ name: 'F', bytes });

test.each([
  ['plain', image()],
  ['gzip', gzipSync(image())],
  ['zstd', zstdCompressSync(image())],
  ['EFI zboot with gzip', zboot('gzip', gzipSync(image()))],
  ['EFI zboot with zstd', zboot('zstd22', zstdCompressSync(image()))],
  ['gzip of an EFI zboot', gzipSync(zboot('zstd', zstdCompressSync(image())))],
])('an arm64 Image is found: %s', (_, bytes) => {
  const kernel = parse(bytes);
  expect(kernel).toMatchObject({ kind: 'arm64-image', arch: 'arm64', name: 'F', textOffset: 0, memoryBytes: 0x3000 });
  expect(kernel.kind === 'arm64-image' && Buffer.compare(kernel.bytes, image())).toBe(0);
});

test('header fields: text_offset, flags, and image_size 0 of old kernels', () => {
  expect(parse(image({ textOffset: 0x8_0000n, flags: 1n }))).toMatchObject({ textOffset: 0x8_0000, bigEndian: true });
  expect(parse(image({ imageSize: 0n, textOffset: 5n }))).toMatchObject({ textOffset: 0x8_0000, memoryBytes: 0x1000 });
});

test('an ELF gives its segments at their physical addresses and the entry there', () => {
  const kernel = parse(elf({ virtual: 0xffff_8000_0000_0000n, entry: 0xffff_8000_0000_0004n }));
  expect(kernel).toMatchObject({ kind: 'elf', entry: 0x4008_0004 });
  expect(kernel.kind === 'elf' && kernel.segments).toEqual([
    {
      at: 0x4008_0000,
      virtual: 0xffff_8000_0000_0000n,
      bytes: new Uint8Array(16).fill(0xaa),
      memoryBytes: 0x100,
    },
  ]);
});

test('an ARMv7 ELF gives the same; bit 0 of its entry, which says T32, stays', () => {
  const bytes = new Uint8Array(16).fill(0xaa);
  const segments = [{ at: 0x4008_0000, virtual: 0xc008_0000n, bytes, memoryBytes: 0x100 }];
  const entry = (virtual: number) => parse(elf32({ entry: virtual }));
  expect(entry(0xc008_0008)).toMatchObject({ kind: 'elf', arch: 'armv7', name: 'F', segments, entry: 0x4008_0008 });
  expect(entry(0xc008_0009)).toMatchObject({ entry: 0x4008_0009 });
});

test('a zImage tells how much memory it takes to unpack itself', () => {
  const expected = 0x8000 + ZIMAGE_INFLATED_BYTES + 0x800 + 0x2_0000;
  expect(parse(zImage())).toMatchObject({ kind: 'zimage', arch: 'armv7', name: 'F', unpackBytes: expected });
  const unpackBytes = (fields: ZImageFields): number => {
    const kernel = parse(zImage(fields));
    return kernel.kind === 'zimage' ? kernel.unpackBytes : 0;
  };
  const foreign = [3, 0x1234_5678, 0, ...kernelSizeTag(ZIMAGE_SIZE_AT)];
  expect(unpackBytes({ tags: foreign })).toBe(expected);
  // An older tag, without text_offset.
  const [, ...rest] = kernelSizeTag(ZIMAGE_SIZE_AT).slice(0, 4);
  expect(unpackBytes({ tags: [4, ...rest] })).toBe(expected);
});

test.each([
  ['no tags', zImage({ tagsAt: 0 })],
  ['no tag of sizes', zImage({ tags: [2, 0x1234_5678] })],
])('a zImage with %s is taken to unpack to five times its size', (_, bytes) => {
  expect(parse(bytes)).toMatchObject({ unpackBytes: 0x8000 + 5 * 0x800 + 0x800 + 0x2_0000 });
});

test('a device tree behind a zImage is told apart from it', () => {
  const tree = encodeDeviceTree({ reservations: [], bootCpu: 0, root: node('', { model: 'm' }) });
  const appended = parse(Buffer.concat([zImage(), tree]));
  expect(appended.kind === 'zimage' && Uint8Array.from(appended.deviceTree ?? [])).toEqual(tree);
  expect(appended.kind === 'zimage' && appended.bytes.length).toBe(0x800);
  const other = parse(Buffer.concat([zImage(), new Uint8Array(64)]));
  expect(other.kind === 'zimage' && [other.deviceTree, other.bytes.length]).toEqual([undefined, 0x840]);
});

test("a Xen hypervisor's zImage is whole, though its header counts its BSS", () => {
  const xen = zImage({ end: 0x900, tagsAt: 0 });
  xen.set(Buffer.from('Xen version %d.%d'), 0x400);
  const kernel = parse(xen);
  expect(kernel.kind === 'zimage' && kernel.bytes.length).toBe(0x800);
});

test('every single damaged byte of a zImage is read or refused, never a fault of ours', () => {
  const whole = zImage();
  for (let at = 0x20; at < 0x120; at++) {
    const copy = whole.slice();
    copy[at] = (copy[at] ?? 0) ^ 0xff;
    try {
      parse(copy);
    } catch (error) {
      expect(error).toBeInstanceOf(Failure);
    }
  }
});

test('raw code is whatever it is, for the machine that is wanted', () => {
  const file = { name: 'F', bytes: new Uint8Array([1]) };
  expect(rawKernel(file, 0x4000_0000, 'armv7')).toMatchObject({ kind: 'raw', arch: 'armv7', at: 0x4000_0000 });
  expect(() => rawKernel(file, 0x4000_0002, 'arm64')).toThrow(/--load 0x40000002: code lies at a multiple of 4/);
});

const cutGzip = gzipSync(image()).subarray(0, 40);
const mapped = (bytes: Uint8Array, at: number, ...values: readonly number[]): Uint8Array => {
  const copy = Uint8Array.from(bytes);
  copy.set(values, at);
  return copy;
};

test.each([
  ['nothing', new Uint8Array(0), /no arm64 Image, zImage or ELF: first bytes are \(none\)/],
  [
    'text',
    Buffer.from('#!/bin/sh\n'),
    /no arm64 Image, zImage or ELF: first bytes are 23 21 2f 62 69 6e 2f 73; give a kernel/,
  ],
  ['packed text', gzipSync(Buffer.from('hello')), /unpacked, first bytes are 68 65 6c 6c 6f/],
  ['a big-endian zImage', zImage({ magic: 0x1828_6f01 }), /a zImage in big-endian order/],
  ['a cut zImage', zImage({ end: 0x900 }), /is cut: 2048 of 2304 bytes/],
  ['a zImage that ends before it begins', zImage({ end: 0 }), /gives the zImage 0 bytes; the image is damaged/],
  ['a zImage with tags outside', zImage({ tagsAt: 0xffff_fffc }), /tags pass its end at 0xfffffffc/],
  ['a zImage with its size outside', zImage({ tags: kernelSizeTag(0x7fe) }), /tags pass its end at 0x7fe/],
  [
    'a huge zImage',
    zImage({ tags: [6, 0x5a53_4c4b, 0x100, 0x7fff_ffff, 0, 0] }),
    /asks for 2147483653 bytes to unpack/,
  ],
  ['an ARMv7 ELF64', elf({ machine: 40 }), /of another width or byte order; build it for arm, little-endian ELF32/],
  [
    'an AArch64 ELF32',
    elf32({ machine: 183 }),
    /of another width or byte order; build it for aarch64, little-endian ELF64/,
  ],
  ['a cut ARMv7 ELF', elf32({ cut: 1 }), /segment at 0x40080000 passes the end/],
  [
    'an ARMv7 ELF entered within an A32 instruction',
    elf32({ entry: 0xc008_0002 }),
    /entry point 0xc0080002 is no multiple of 4/,
  ],
  ['an ELF of countless segments', elf32({ segments: 60_000 }), /it has more than 1024 segments/],
  ['an x86 ELF', elf({ machine: 62 }), /ELF for machine 62, not for arm \(40\) or aarch64 \(183\)/],
  ['an object file', elf({ type: 1 }), /ELF of type 1, no executable/],
  ['a big-endian ELF', elf({ bigEndian: true }), /of another width or byte order/],
  ['a cut ELF header', elf().subarray(0, 40), /damaged ELF: its header is cut/],
  ['a cut program header', elf().subarray(0, 100), /program headers pass the end/],
  ['a cut ELF segment', elf().subarray(0, 125), /segment at 0x40080000 passes the end/],
  ['a segment larger in the file', elf({ memoryBytes: 1n }), /takes 1 bytes of memory and 16 of the file/],
  ['a huge segment', elf({ memoryBytes: 1n << 40n }), /bytes of memory/],
  ['no segment', elf({ segmentType: 4 }), /no segment to load/],
  ['an entry point outside', elf({ entry: 0n }), /entry point 0x0 lies in no segment/],
  ['an ELF linked at virtual addresses', elf({ physical: 0xffff_8000_0000_0000n }), /give the kernel's Image instead/],
  ['a huge image_size', image({ imageSize: 1n << 60n }), /asks for 1152921504606846976 bytes/],
  ['a huge text_offset', image({ textOffset: 1n << 50n }), /text_offset 1125899906842624 is not below 2 MiB/],
  ['a cut Image', image({ pe: true }).subarray(0, 0x800), /is cut: 2048 of 4096 bytes/],
  ['cut gzip', cutGzip, /gzip data is damaged or cut/],
  ['damaged zstd', mapped(zstdCompressSync(image()), 8, 0xff, 0xff, 0xff, 0xff), /zstd data is damaged or cut/],
  ['xz', Buffer.from('\xfd7zXZ\0\0\0', 'latin1'), /packed with xz; unpack it first \(unxz\)/],
  ['a zboot of lz4', zboot('lz4', new Uint8Array(8)), /packed with 'lz4'; gzip and zstd/],
  ['a zboot of control characters', zboot('\x1b[2J', new Uint8Array(8)), /packed with '\?\[2J'/],
  ['a cut zboot', zboot('gzip', gzipSync(image())).subarray(0, 80), /payload ends at \d+ of 80 bytes/],
  [
    'a zboot of a zboot of a zboot',
    zboot('gzip', gzipSync(zboot('gzip', gzipSync(zboot('gzip', new Uint8Array(1)))))),
    /no arm64 Image/,
  ],
])('refused with one line: %s', (_, bytes, message) => {
  expect(() => parse(bytes)).toThrow(Failure);
  expect(() => parse(bytes)).toThrow(message);
  expect(() => parse(bytes)).toThrow(/^F[ -~]*$/);
});

test('a whole Image with an EFI stub is taken', () => {
  expect(parse(image({ pe: true }))).toMatchObject({ kind: 'arm64-image' });
});
