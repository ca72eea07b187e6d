import { gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { Failure } from '../../base/failure.ts';
import { parseKernel, rawKernel } from './kernel.ts';
import { elf, image, zboot, zImage } from './samples.ts';

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
    { at: 0x4008_0000, bytes: new Uint8Array(16).fill(0xaa), memoryBytes: 0x100 },
  ]);
});

test('raw code is whatever it is', () => {
  expect(rawKernel({ name: 'F', bytes: new Uint8Array([1]) }, 0x4000_0000)).toMatchObject({
    kind: 'raw',
    at: 0x4000_0000,
  });
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
  ['a zImage', zImage(), /is an ARMv7 zImage: ARMv7 guests are not supported yet/],
  ['an ARMv7 ELF', elf({ machine: 40, elfClass: 1 }), /is an ARMv7 ELF: ARMv7 guests are not supported yet/],
  ['an x86 ELF', elf({ machine: 62 }), /ELF for machine 62, not AArch64/],
  ['an object file', elf({ type: 1 }), /ELF of type 1, no executable/],
  ['a big-endian ELF', elf({ bigEndian: true }), /32 bits or big-endian/],
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
