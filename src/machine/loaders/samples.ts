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

/** An ARMv7 zImage's beginning. */
export function zImage(): Uint8Array {
  const bytes = new Uint8Array(64);
  new DataView(bytes.buffer).setUint32(0x24, 0x016f_2818, true);
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
