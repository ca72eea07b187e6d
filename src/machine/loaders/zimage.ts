import { hex } from '../../base/bits.ts';
import { Failure } from '../../base/failure.ts';
import { KiB, MiB } from '../../base/limits.ts';
import { isDeviceTree } from '../fdt/blob.ts';
import { isHypervisor } from './xen.ts';

/** The header of an ARM kernel that unpacks itself (Linux arch/arm/boot/compressed/head.S). */
const AT = { magic: 0x24, start: 0x28, end: 0x2c, magic2: 0x34, tags: 0x38 } as const;
const HEADER_BYTES = 0x3c;
const MAGIC = 0x016f_2818;
/** The second magic says that there is a table of tags. */
const MAGIC_TAGS = 0x4545_4545;
/** The tag with the sizes of the kernel within: header, and where its fields lie (arch/arm/boot/compressed/vmlinux.lds.S). */
const KERNEL_SIZE_TAG = 0x5a53_4c4b;
const TAG = { words: 0, id: 4, sizeAt: 8, bssBytes: 12, textOffset: 16 } as const;
const TAG_HEADER_BYTES = 8;
const TAGS_MAX = 16;

/** What kexec reckons with where the image does not say (kexec-tools, kexec-zImage-arm.c); within bounds. */
const UNPACKED_RATIO = 5;
const UNPACKED_BYTES_MAX = 64 * MiB;
const TEXT_OFFSET = 0x8000;
/** The unpacker's heap, stack and BSS. */
const UNPACKER_BYTES = 128 * KiB;
/** The kernel is found by rounding the program counter down to this. */
const PHYSICAL_ALIGN = 128 * MiB;

/** An ARM kernel that unpacks itself. Sizes and offsets in bytes. */
export interface ZImage {
  readonly kind: 'zimage';
  readonly arch: 'armv7';
  readonly name: string;
  /** Without the device tree that may stand behind it. */
  readonly bytes: Uint8Array;
  /** The device tree that is appended to the image (Linux arch/arm/Kconfig, ARM_APPENDED_DTB). */
  readonly deviceTree?: Uint8Array;
  /** Memory from RAM's base that unpacking takes: the kernel, and the image that has moved itself out of its way. */
  readonly unpackBytes: number;
  /** Where the kernel comes to lie, from RAM's base, and how long it is. */
  readonly textOffset: number;
  readonly inflatedBytes: number;
  /** Its BSS behind it; 0 where an old kernel's header does not tell. */
  readonly bssBytes: number;
}

interface KernelSizes {
  readonly textOffset: number;
  readonly inflatedBytes: number;
  readonly bssBytes: number;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** In either byte order: one of them is refused by `parseZImage`. */
export const isZImage = (bytes: Uint8Array): boolean =>
  bytes.length >= HEADER_BYTES && [true, false].some((little) => viewOf(bytes).getUint32(AT.magic, little) === MAGIC);

/** @throws Failure when the header cannot be right, the file is cut, or it is an old big-endian kernel */
export function parseZImage(bytes: Uint8Array, name: string): ZImage {
  const view = viewOf(bytes);
  if (view.getUint32(AT.magic, true) !== MAGIC)
    throw new Failure(`${name} is a zImage in big-endian order; build a little-endian kernel`);
  const zImageBytes = view.getUint32(AT.end, true) - view.getUint32(AT.start, true);
  if (zImageBytes < HEADER_BYTES)
    throw new Failure(`${name}: its header gives the zImage ${zImageBytes} bytes; the image is damaged`);
  // Xen's header counts its BSS (xen/arch/arm/arm32/head.S): its file is shorter, and whole.
  if (zImageBytes > bytes.length && !isHypervisor(bytes))
    throw new Failure(`${name} is cut: ${bytes.length} of ${zImageBytes} bytes; fetch or build it again`);
  const sizes = kernelSizes(view, zImageBytes, name);
  const unpackBytes = sizes.textOffset + sizes.inflatedBytes + Math.max(sizes.bssBytes, zImageBytes + UNPACKER_BYTES);
  if (unpackBytes > PHYSICAL_ALIGN)
    throw new Failure(`${name}: its header asks for ${unpackBytes} bytes to unpack to; the image is damaged`);
  const behind = bytes.subarray(zImageBytes);
  return {
    kind: 'zimage',
    arch: 'armv7',
    name,
    unpackBytes,
    textOffset: sizes.textOffset,
    inflatedBytes: sizes.inflatedBytes,
    bssBytes: sizes.bssBytes,
    ...(isDeviceTree(behind) ? { bytes: bytes.subarray(0, zImageBytes), deviceTree: behind } : { bytes }),
  };
}

/** What the table of tags says of the kernel within, or else a guess. */
function kernelSizes(view: DataView, zImageBytes: number, name: string): KernelSizes {
  const inflatedBytes = Math.min(UNPACKED_RATIO * zImageBytes, UNPACKED_BYTES_MAX);
  const guess = { textOffset: TEXT_OFFSET, inflatedBytes, bssBytes: 0 };
  if (view.getUint32(AT.magic2, true) !== MAGIC_TAGS) return guess;
  const word = (at: number): number => {
    if (at + 4 > zImageBytes) throw new Failure(`${name}: its tags pass its end at ${hex(at)}; the image is damaged`);
    return view.getUint32(at, true);
  };
  let at = word(AT.tags);
  for (let n = 0; n < TAGS_MAX; n++) {
    const words = word(at + TAG.words);
    if (words === 0) break;
    if (word(at + TAG.id) === KERNEL_SIZE_TAG) {
      const has = (field: number): boolean => field < 4 * words;
      return {
        inflatedBytes: word(word(at + TAG.sizeAt)),
        bssBytes: word(at + TAG.bssBytes),
        textOffset: has(TAG.textOffset) ? word(at + TAG.textOffset) : TEXT_OFFSET,
      };
    }
    at += Math.max(TAG_HEADER_BYTES, 4 * words);
  }
  return guess;
}
