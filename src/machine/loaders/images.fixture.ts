/** Small kernel files for tests. */

const IMAGE_BYTES = 0x1000;

export interface ImageFields {
  readonly textOffset?: bigint;
  readonly imageSize?: bigint;
  readonly flags?: bigint;
  /** With an EFI stub whose one section reaches the file's end. */
  readonly pe?: boolean;
}

/** An arm64 Image of 4 KiB. */
export function image({
  textOffset = 0n,
  imageSize = 0x3000n,
  flags = 0xan,
  pe = false,
}: ImageFields = {}): Uint8Array {
  const bytes = new Uint8Array(IMAGE_BYTES);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(8, textOffset, true);
  view.setBigUint64(16, imageSize, true);
  view.setBigUint64(24, flags, true);
  bytes.set([0x41, 0x52, 0x4d, 0x64], 56);
  if (pe) {
    view.setUint16(0, 0x5a4d, true);
    view.setUint32(60, 64, true);
    view.setUint16(64 + 6, 1, true);
    view.setUint16(64 + 20, 0, true);
    view.setUint32(64 + 24 + 16, IMAGE_BYTES - 0x400, true);
    view.setUint32(64 + 24 + 20, 0x400, true);
  }
  return bytes;
}

/** An EFI zboot image around `payload`. */
export function zboot(compression: string, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(64 + payload.length + 16);
  const view = new DataView(bytes.buffer);
  bytes.set(Buffer.from('MZ\0\0zimg'));
  view.setUint32(8, 64, true);
  view.setUint32(12, payload.length, true);
  bytes.set(Buffer.from(compression), 24);
  bytes.set(payload, 64);
  return bytes;
}

export interface ZImageFields {
  readonly magic?: number;
  readonly end?: number;
  /** Where the tags begin; 0 where the header names none. */
  readonly tagsAt?: number;
  readonly tags?: readonly number[];
}
/** The words of a tag that says: 0x300 bytes of BSS, text_offset 0x8000, and the unpacked size at `sizeAt`. */
export const kernelSizeTag = (sizeAt: number): number[] => [6, 0x5a53_4c4b, sizeAt, 0x300, 0x8000, 0x1_0000, 0];
/** Where `zImage` has the unpacked size, and what it is. */
export const ZIMAGE_SIZE_AT = 0x7fb;
export const ZIMAGE_INFLATED_BYTES = 0x12_3456;

/** An ARMv7 zImage of 2 KiB. */
export function zImage(fields: ZImageFields = {}): Uint8Array {
  const { magic = 0x016f_2818, end = 0x800, tagsAt = 0x100, tags = kernelSizeTag(ZIMAGE_SIZE_AT) } = fields;
  const bytes = new Uint8Array(0x800);
  const view = new DataView(bytes.buffer);
  view.setUint32(0x24, magic, true);
  view.setUint32(0x2c, end, true);
  if (tagsAt !== 0) view.setUint32(0x34, 0x4545_4545, true);
  view.setUint32(0x38, tagsAt, true);
  if (tagsAt !== 0 && tagsAt < 0x400)
    for (const [i, word] of tags.entries()) view.setUint32(tagsAt + 4 * i, word, true);
  view.setUint32(ZIMAGE_SIZE_AT, ZIMAGE_INFLATED_BYTES, true);
  return bytes;
}

export interface ElfFields {
  readonly machine?: number;
  readonly elfClass?: number;
  readonly bigEndian?: boolean;
  readonly type?: number;
  readonly entry?: bigint;
  readonly virtual?: bigint;
  readonly physical?: bigint;
  readonly memoryBytes?: bigint;
  readonly segmentType?: number;
}

/** An ELF64 of one segment: 16 bytes of 0xaa at 0x4008_0000. */
export function elf(fields: ElfFields = {}): Uint8Array {
  const { machine = 183, elfClass = 2, bigEndian = false, type = 2, segmentType = 1 } = fields;
  const { virtual = 0x4008_0000n, physical = 0x4008_0000n, entry = virtual, memoryBytes = 0x100n } = fields;
  const bytes = new Uint8Array(64 + 56 + 16);
  const view = new DataView(bytes.buffer);
  const little = !bigEndian;
  bytes.set([0x7f, 0x45, 0x4c, 0x46, elfClass, little ? 1 : 2, 1]);
  view.setUint16(16, type, little);
  view.setUint16(18, machine, little);
  view.setBigUint64(24, entry, little);
  view.setBigUint64(32, 64n, little);
  view.setUint16(54, 56, little);
  view.setUint16(56, 1, little);
  view.setUint32(64, segmentType, little);
  view.setBigUint64(64 + 8, 120n, little);
  view.setBigUint64(64 + 16, virtual, little);
  view.setBigUint64(64 + 24, physical, little);
  view.setBigUint64(64 + 32, 16n, little);
  view.setBigUint64(64 + 40, memoryBytes, little);
  bytes.fill(0xaa, 120);
  return bytes;
}

/** An ARMv7 ELF32, linked at 0xc008_0000: 16 bytes of 0xaa at 0x4008_0000, again for each segment. */
export function elf32({ entry = 0xc008_0000, cut = 0, machine = 40, segments = 1 } = {}): Uint8Array {
  const bytes = new Uint8Array(52 + 32 * segments + 16 - cut);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  view.setUint16(16, 2, true);
  view.setUint16(18, machine, true);
  view.setUint32(24, entry, true);
  view.setUint32(28, 52, true);
  view.setUint16(42, 32, true);
  view.setUint16(44, segments, true);
  for (let n = 0; n < segments; n++) {
    const program = [1, 52 + 32 * segments, 0xc008_0000 + 0x100 * n, 0x4008_0000 + 0x100 * n, 16, 0x100];
    for (const [i, word] of program.entries()) view.setUint32(52 + 32 * n + 4 * i, word, true);
  }
  bytes.fill(0xaa, 52 + 32 * segments);
  return bytes;
}
