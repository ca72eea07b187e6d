import { Failure } from '../../base/failure.ts';
import { limits, MiB } from '../../base/limits.ts';

/** The 64-byte header (Linux Documentation/arch/arm64/booting.rst, "Call the kernel image"). */
const HEADER_BYTES = 64;
const AT = { textOffset: 8, imageSize: 16, flags: 24, magic: 56, peOffset: 60 } as const;
/** "ARM\x64". */
const MAGIC = 0x644d_5241;
/** What text_offset is taken for where image_size is 0, as before Linux 3.17. */
const OLD_TEXT_OFFSET = 0x8_0000;
/** PE/COFF: file header and section header fields (Microsoft PE format, "COFF File Header", "Section Table"). */
const PE = { sections: 6, optionalHeaderBytes: 20, optionalHeader: 24, sectionHeaderBytes: 40, rawSize: 16, rawAt: 20 };

/** A kernel in the form that boot loaders take: the file that a build calls `Image`. Sizes in bytes. */
export interface Arm64Image {
  readonly kind: 'arm64-image';
  readonly arch: 'arm64';
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Bytes from a 2 MiB aligned base to the image. */
  readonly textOffset: number;
  /** Memory that the kernel uses from its start, its BSS included. */
  readonly memoryBytes: number;
  readonly bigEndian: boolean;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** By its magic number (Linux Documentation/arch/arm64/booting.rst, "Call the kernel image"). */
export const isArm64Image = (bytes: Uint8Array): boolean =>
  bytes.length >= HEADER_BYTES && viewOf(bytes).getUint32(AT.magic, true) === MAGIC;

/** Memory that an image's header asks for; 0 where it does not tell. */
export const memoryOfArm64Image = (bytes: Uint8Array): number => Number(viewOf(bytes).getBigUint64(AT.imageSize, true));

/** How long the file must be for its EFI stub's sections to be whole; 0 where there is no EFI stub. */
function peFileBytes(view: DataView): number {
  const pe = view.getUint32(AT.peOffset, true);
  if (view.getUint16(0, true) !== 0x5a4d || pe + PE.optionalHeader > view.byteLength) return 0;
  const first = pe + PE.optionalHeader + view.getUint16(pe + PE.optionalHeaderBytes, true);
  let end = 0;
  for (let i = 0; i < view.getUint16(pe + PE.sections, true); i++) {
    const header = first + i * PE.sectionHeaderBytes;
    if (header + PE.sectionHeaderBytes > view.byteLength) return header + PE.sectionHeaderBytes;
    end = Math.max(end, view.getUint32(header + PE.rawAt, true) + view.getUint32(header + PE.rawSize, true));
  }
  return end;
}

/** @throws Failure when the header cannot be right or the file is cut */
export function parseArm64Image(bytes: Uint8Array, name: string): Arm64Image {
  const view = viewOf(bytes);
  const imageSize = view.getBigUint64(AT.imageSize, true);
  const textOffset = imageSize === 0n ? BigInt(OLD_TEXT_OFFSET) : view.getBigUint64(AT.textOffset, true);
  if (imageSize > BigInt(limits.imageBytesMax))
    throw new Failure(`${name}: its header asks for ${imageSize} bytes of memory; the image is damaged`);
  if (textOffset >= BigInt(2 * MiB))
    throw new Failure(`${name}: its header's text_offset ${textOffset} is not below 2 MiB; the image is damaged`);
  const whole = peFileBytes(view);
  if (bytes.length < whole)
    throw new Failure(`${name} is cut: ${bytes.length} of ${whole} bytes; fetch or build it again`);
  return {
    kind: 'arm64-image',
    arch: 'arm64',
    name,
    bytes,
    textOffset: Number(textOffset),
    memoryBytes: Math.max(bytes.length, Number(imageSize)),
    bigEndian: (view.getBigUint64(AT.flags, true) & 1n) !== 0n,
  };
}
