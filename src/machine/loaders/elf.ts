import { hex } from '../../base/bits.ts';
import { Failure } from '../../base/failure.ts';
import { limits } from '../../base/limits.ts';

// ELF-64 object file format: header, program headers; ELF for the Arm 64-bit architecture (machine 183).
const IDENT = { class: 4, data: 5 } as const;
const CLASS_64 = 2;
const LITTLE_ENDIAN = 1;
const HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
const MACHINE = { arm: 40, aarch64: 183 } as const;
const TYPE = { executable: 2, dynamic: 3 } as const;
const PT_LOAD = 1;

/** Bytes to place at a guest-physical address, followed by zeros. */
export interface ElfSegment {
  readonly at: number;
  readonly bytes: Uint8Array;
  readonly memoryBytes: number;
}

export interface ElfImage {
  readonly kind: 'elf';
  readonly arch: 'arm64';
  readonly name: string;
  readonly segments: readonly ElfSegment[];
  readonly entry: number;
}

export const isElf = (bytes: Uint8Array): boolean =>
  bytes.length >= HEADER_BYTES / 4 && bytes[0] === 0x7f && String.fromCharCode(...bytes.subarray(1, 4)) === 'ELF';

/** @throws Failure when it is no AArch64 executable or is damaged */
export function parseElf(bytes: Uint8Array, name: string): ElfImage {
  const damaged = (what: string): Failure => new Failure(`${name}: damaged ELF: ${what}; build it again`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER_BYTES) throw damaged('its header is cut');
  const little = bytes[IDENT.data] === LITTLE_ENDIAN;
  const machine = view.getUint16(18, little);
  if (machine === MACHINE.arm) throw new Failure(`${name} is an ARMv7 ELF: ARMv7 guests are not supported yet`);
  if (machine !== MACHINE.aarch64)
    throw new Failure(
      `${name} is an ELF for machine ${machine}, not AArch64 (${MACHINE.aarch64}); build it for aarch64`,
    );
  if (bytes[IDENT.class] !== CLASS_64 || !little)
    throw new Failure(`${name} is an ELF of 32 bits or big-endian; build it as little-endian ELF64`);
  const type = view.getUint16(16, true);
  if (type !== TYPE.executable && type !== TYPE.dynamic)
    throw new Failure(`${name} is an ELF of type ${type}, no executable; link it first`);

  const u64 = (at: number, what: string): number => {
    const value = view.getBigUint64(at, true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER))
      throw new Failure(
        `${name}: ${what} ${hex(value)} is no physical address of the guest; give the kernel's Image instead`,
      );
    return Number(value);
  };
  const tableAt = u64(32, 'program headers at');
  const entryBytes = view.getUint16(54, true);
  const count = view.getUint16(56, true);
  if (entryBytes !== PROGRAM_HEADER_BYTES || tableAt + count * entryBytes > bytes.length)
    throw damaged('its program headers pass the end of the file');

  const entry = view.getBigUint64(24, true);
  let physicalEntry: number | undefined;
  const segments: ElfSegment[] = [];
  for (let header = tableAt; header < tableAt + count * entryBytes; header += entryBytes) {
    if (view.getUint32(header, true) !== PT_LOAD) continue;
    const fileAt = u64(header + 8, 'a segment at file offset');
    const virtual = view.getBigUint64(header + 16, true);
    const at = u64(header + 24, 'a segment at');
    const fileBytes = u64(header + 32, 'a segment of size');
    const memoryBytes = u64(header + 40, 'a segment of size');
    if (memoryBytes === 0) continue;
    if (fileAt + fileBytes > bytes.length) throw damaged(`the segment at ${hex(at)} passes the end of the file`);
    if (fileBytes > memoryBytes || memoryBytes > limits.imageBytesMax)
      throw damaged(`the segment at ${hex(at)} takes ${memoryBytes} bytes of memory and ${fileBytes} of the file`);
    segments.push({ at, bytes: bytes.subarray(fileAt, fileAt + fileBytes), memoryBytes });
    // The MMU is off at entry: the entry point is wanted where its segment lies physically.
    if (entry >= virtual && entry < virtual + BigInt(memoryBytes)) physicalEntry ??= at + Number(entry - virtual);
  }
  if (segments.length === 0) throw damaged('it has no segment to load');
  if (physicalEntry === undefined) throw damaged(`its entry point ${hex(entry)} lies in no segment`);
  return { kind: 'elf', arch: 'arm64', name, segments, entry: physicalEntry };
}
