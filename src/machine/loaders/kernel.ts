// loaders/: kernels in the forms that they come in, and where they and what goes with them lie.

import { hex } from '../../base/bits.ts';
import { Failure } from '../../base/failure.ts';
import { limits } from '../../base/limits.ts';
import type { GuestArch } from '../arch.ts';
import { type Arm64Image, isArm64Image, parseArm64Image } from './arm64-image.ts';
import { type ElfImage, parseElf } from './elf.ts';
import { isElf } from './elf-file.ts';
import { type FreebsdKernel, parseFreebsd } from './freebsd/kernel.ts';
import { type ImageFile, mebibytes } from './read-image.ts';
import { unpack } from './unpack.ts';
import { isZboot, unpackZboot } from './zboot.ts';
import { isZImage, parseZImage, type ZImage } from './zimage.ts';

/** Bytes that are entered at their first one. */
export interface RawImage {
  readonly kind: 'raw';
  readonly arch: GuestArch;
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly at: number;
}

/** Whatever can be booted. */
export type KernelImage = Arm64Image | ZImage | ElfImage | FreebsdKernel | RawImage;

type Elfs = 'by kind' | 'by physical addresses';

const startsWith = (bytes: Uint8Array, ...magic: readonly number[]): boolean => magic.every((b, i) => bytes[i] === b);

/** Packings that kernels are met in and that are not unpacked here, by their magic numbers, as file(1) knows them. */
const OTHER_PACKINGS: readonly { readonly name: string; readonly tool: string; readonly magic: readonly number[] }[] = [
  { name: 'xz', tool: 'unxz', magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a] },
  { name: 'bzip2', tool: 'bunzip2', magic: [0x42, 0x5a, 0x68] },
  { name: 'lz4', tool: 'unlz4', magic: [0x04, 0x22, 0x4d, 0x18] },
  { name: 'lz4', tool: 'unlz4', magic: [0x02, 0x21, 0x4c, 0x18] },
  { name: 'lzma', tool: 'unlzma', magic: [0x5d, 0x00, 0x00] },
  { name: 'lzo', tool: 'lzop -d', magic: [0x89, 0x4c, 0x5a, 0x4f] },
];

/** A kernel that is not packed, or undefined. */
function parsePlain(bytes: Uint8Array, name: string, elfs: Elfs): KernelImage | undefined {
  if (isArm64Image(bytes)) return parseArm64Image(bytes, name);
  if (isElf(bytes)) return (elfs === 'by kind' && parseFreebsd(bytes, name)) || parseElf(bytes, name);
  if (isZImage(bytes)) return parseZImage(bytes, name);
  return undefined;
}

/** By magic number: gzip (RFC 1952, 2.3.1), Zstandard (RFC 8878, 3.1.1), EFI zboot. */
function unpackOnce(bytes: Uint8Array, name: string): Uint8Array {
  if (startsWith(bytes, 0x1f, 0x8b)) return unpack(bytes, 'gzip', name);
  if (startsWith(bytes, 0x28, 0xb5, 0x2f, 0xfd)) return unpack(bytes, 'zstd', name);
  if (isZboot(bytes)) return unpackZboot(bytes, name);
  const other = OTHER_PACKINGS.find((p) => startsWith(bytes, ...p.magic));
  if (other) throw new Failure(`${name} is packed with ${other.name}; unpack it first (${other.tool})`);
  return bytes;
}

/**
 * Finds out from its content what a kernel file is: an arm64 `Image` (plain, gzip, zstd, EFI zboot), an
 * ARMv7 zImage, or an ELF of either, which may be a FreeBSD kernel.
 * @param elfs what to make of a FreeBSD kernel's ELF: tapes from before those were known have it as any other
 * @throws Failure when it is none, is damaged, or needs what is not supported
 */
export function parseKernel({ name, bytes }: ImageFile, elfs: Elfs = 'by kind'): KernelImage {
  if (bytes.length > limits.imageBytesMax)
    throw new Failure(`${name}: ${mebibytes(bytes.length)} is too large for a kernel`);
  // A gzip file may hold an EFI zboot image, which holds the Image: two layers, no more.
  const once = unpackOnce(bytes, name);
  const twice = unpackOnce(once, name);
  const kernel = parsePlain(twice, name, elfs);
  if (kernel) return kernel;
  const first = [...twice.subarray(0, 8)].map((b) => b.toString(16).padStart(2, '0')).join(' ');
  throw new Failure(
    `${name} is no arm64 Image, zImage or ELF: ${twice === bytes ? '' : 'unpacked, '}first bytes are ` +
      `${first || '(none)'}; give a kernel, or --load ADDR to run it as raw code`,
  );
}

/** A file to be entered at `at`, whatever it holds. @throws Failure when no instruction can lie there */
export function rawKernel({ name, bytes }: ImageFile, at: number, arch: GuestArch): RawImage {
  if (at % 4 !== 0) throw new Failure(`--load ${hex(at)}: code lies at a multiple of 4; give one`);
  return { kind: 'raw', arch, name, bytes, at };
}
