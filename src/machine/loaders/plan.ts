import { unreachable } from '../../base/assert.ts';
import { alignUp, hex } from '../../base/bits.ts';
import { type Ipa, ipa } from '../../base/brands.ts';
import { Failure } from '../../base/failure.ts';
import { limits, MiB } from '../../base/limits.ts';
import { PAGE_BYTES } from '../../base/page.ts';
import type { GuestArch } from '../arch.ts';
import type { Range } from '../boards/board.ts';
import { deviceTreeBytesMax } from '../fdt/blob.ts';
import type { InitrdRange } from '../fdt/chosen.ts';
import type { Arm64Image } from './arm64-image.ts';
import { freebsdBase } from './freebsd/kernel.ts';
import type { KernelImage } from './kernel.ts';
import { type ImageFile, mebibytes } from './read-image.ts';

/** Bytes to put into guest RAM, followed by zeros, or into flash. */
export interface Segment {
  readonly what:
    | 'kernel'
    | 'initrd'
    | 'device tree'
    | 'firmware'
    | "firmware's variables"
    | 'symbols'
    | 'module'
    | 'environment'
    | 'metadata';
  readonly ipa: Ipa;
  readonly bytes: Uint8Array;
  readonly zeroFillBytes: number;
}

/** What to put where before the first instruction, and the registers the boot vCPU starts with. */
export interface BootPlan {
  readonly arch: GuestArch;
  readonly segments: readonly Segment[];
  /** Of ARMv7, bit 0 says that it is T32 code. */
  readonly entry: Ipa;
  readonly dtbIpa: Ipa;
  /** X0..X3, or R0..R3. */
  readonly x0: bigint;
  readonly x1: bigint;
  readonly x2: bigint;
  readonly x3: bigint;
}

/** The guest's images, as they are known before they have a place. */
export interface BootImages {
  readonly kernel: KernelImage;
  readonly initrd?: ImageFile;
  /** Makes the device tree once the initrd has its place. Called once. */
  readonly deviceTree: (initrd: InitrdRange | undefined) => Uint8Array;
  /** Where the device tree goes, if its place is not to be found. */
  readonly deviceTreeAt?: number;
}

/** An Image starts at a 2 MiB aligned base plus text_offset; the device tree's 2 MiB must not be shared (booting.rst). */
const BLOCK_BYTES = 2 * MiB;
/** A kernel with a smaller text_offset goes 2 MiB above RAM's base, as the well-known `virt` machine's loader does. */
const TEXT_OFFSET_MIN = 4096;
/** A zImage's place from RAM's base, as the well-known `virt` machine's loader has it. */
const ZIMAGE_OFFSET = 0x1_0000;
/** Where initrd and device tree go from: out of the way of a kernel that unpacks itself or grows. */
const UPPER_OFFSET_MAX = 128 * MiB;

interface BootRules {
  /** Where initrd and device tree must end, from RAM's base. */
  readonly foundBytesMax: number;
  readonly registers: (dtb: bigint) => Pick<BootPlan, 'x0' | 'x1' | 'x2' | 'x3'>;
}
const bootRules: { readonly [A in GuestArch]: BootRules } = {
  /** Linux Documentation/arch/arm64/booting.rst: x0 is the device tree, x1..x3 are 0. */
  arm64: {
    foundBytesMax: Number.POSITIVE_INFINITY,
    registers: (dtb) => ({ x0: dtb, x1: 0n, x2: 0n, x3: 0n }),
  },
  /**
   * Linux Documentation/arch/arm/booting.rst: r0 is 0, r1 the machine type, here none, r2 the device tree, which lies in
   * low memory: 760 MiB with vmalloc's default size.
   */
  armv7: {
    foundBytesMax: 760 * MiB,
    registers: (dtb) => ({ x0: 0n, x1: 0xffff_ffffn, x2: dtb, x3: 0n }),
  },
};

interface Placed {
  readonly at: number;
  readonly bytes: Uint8Array;
  readonly memoryBytes: number;
}

/** Where a kernel's parts go. */
export interface KernelPlace {
  readonly parts: readonly Placed[];
  readonly entry: number;
  /** Where a zImage puts the kernel within. */
  readonly unpackedAt?: number;
}

/**
 * Where a kernel goes in `ram`, by the rules of its kind; an ELF and a raw image say it themselves. Guest-physical addresses.
 */
export function placeKernel(kernel: KernelImage, ram: Range): KernelPlace {
  const one = (at: number, memoryBytes: number, bytes: Uint8Array): KernelPlace => ({
    parts: [{ at, bytes, memoryBytes: Math.max(bytes.length, memoryBytes) }],
    entry: at,
  });
  switch (kernel.kind) {
    case 'elf':
      return { parts: kernel.segments, entry: kernel.entry };
    case 'raw':
      return one(kernel.at, 0, kernel.bytes);
    case 'zimage':
      return {
        ...one(ram.base + ZIMAGE_OFFSET, kernel.unpackBytes - ZIMAGE_OFFSET, kernel.bytes),
        unpackedAt: ram.base + kernel.textOffset,
      };
    case 'freebsd': {
      const physical = (virtual: bigint): number => freebsdBase(ram.base) + Number(virtual - kernel.virtualBase);
      const parts = kernel.segments.map(({ virtual, ...part }) => ({ ...part, at: physical(virtual) }));
      return { parts, entry: physical(kernel.entry) };
    }
    case 'arm64-image':
      return one(arm64ImageAt(kernel, ram), kernel.memoryBytes, kernel.bytes);
    default:
      return unreachable(kernel, 'kernel');
  }
}

function arm64ImageAt({ textOffset }: Arm64Image, ram: Range): number {
  const base = alignUp(ram.base, BLOCK_BYTES) + (textOffset < TEXT_OFFSET_MIN ? BLOCK_BYTES : 0);
  return base + textOffset;
}

/** The free places of RAM, by what is taken so far. */
class Layout {
  readonly #ram: Range;
  /** End of what is found a place. */
  readonly #foundEnd: number;
  readonly #taken: { readonly from: number; readonly to: number; readonly what: string }[] = [];
  constructor(ram: Range, foundBytesMax: number) {
    this.#ram = ram;
    this.#foundEnd = ram.base + Math.min(ram.size, foundBytesMax);
  }

  /** Takes a fixed place. @throws Failure where it does not lie in RAM or is taken */
  take(from: number, bytes: number, what: string): void {
    const to = from + bytes;
    if (from < this.#ram.base || to > this.#end)
      throw new Failure(
        `${what} at ${hex(from)}..${hex(to)} does not fit in RAM at ${hex(this.#ram.base)}..${hex(this.#end)}; ${this.#advice(from, to)}`,
      );
    const other = this.#taken.find((t) => from < t.to && t.from < to);
    if (other) throw new Failure(`${what} at ${hex(from)}..${hex(to)} overlaps ${other.what}`);
    this.#taken.push({ from, to, what });
  }

  /** Takes the first free place: from the upper offset upwards, then behind what lies lower, at last from RAM's base. */
  find(bytes: number, align: number, what: string): number {
    const upper = this.#ram.base + Math.min(this.#ram.size / 2, UPPER_OFFSET_MAX);
    const ends = this.#taken.map((t) => t.to).sort((a, b) => a - b);
    const candidates = [upper, ...ends.filter((end) => end > upper), ...ends, this.#ram.base];
    for (const candidate of candidates) {
      const from = alignUp(candidate, align);
      const to = from + bytes;
      if (to > this.#foundEnd || this.#taken.some((t) => from < t.to && t.from < to)) continue;
      this.#taken.push({ from, to, what });
      return from;
    }
    const room = this.#foundEnd - this.#ram.base;
    const advice = room < this.#ram.size ? 'the kernel sees no more this early' : 'give more --memory';
    throw new Failure(`${what} of ${mebibytes(bytes)} has no room in ${mebibytes(room)}; ${advice}`);
  }

  /** For what lies partly or wholly outside of RAM. */
  #advice(from: number, to: number): string {
    const { base } = this.#ram;
    if (from < base) return `RAM begins at ${hex(base)} on this board: give an image made for it, or another --board`;
    const wanted = to - base;
    return wanted > limits.ramBytesMax
      ? `give an image made for this board, whose RAM ends at ${hex(base + limits.ramBytesMax)} at most`
      : `give --memory ${Math.ceil(wanted / MiB)}M or more`;
  }

  get #end(): number {
    return this.#ram.base + this.#ram.size;
  }
}

/**
 * Where everything goes and how the boot vCPU starts. Computes only; nothing is written.
 * @throws Failure when something has no room
 */
export function plan(images: BootImages, ram: Range): BootPlan {
  const { kernel, initrd } = images;
  const { parts, entry } = placeKernel(kernel, ram);
  const rules = bootRules[kernel.arch];
  const layout = new Layout(ram, rules.foundBytesMax);
  const segments: Segment[] = [];
  const add = (what: Segment['what'], { at, bytes, memoryBytes }: Placed): void => {
    segments.push({ what, ipa: ipa(BigInt(at)), bytes, zeroFillBytes: memoryBytes - bytes.length });
  };
  for (const part of parts) {
    layout.take(part.at, part.memoryBytes, `${kernel.name}: the kernel`);
    add('kernel', part);
  }

  let range: InitrdRange | undefined;
  if (initrd) {
    const start = layout.find(initrd.bytes.length, PAGE_BYTES, `${initrd.name}: the initrd`);
    range = { start, end: start + initrd.bytes.length };
    add('initrd', { at: start, bytes: initrd.bytes, memoryBytes: initrd.bytes.length });
  }

  const tree = treeSegment(images.deviceTree(range), images.deviceTreeAt, layout);
  return {
    arch: kernel.arch,
    segments: [...segments, tree],
    entry: ipa(BigInt(entry)),
    dtbIpa: tree.ipa,
    ...rules.registers(tree.ipa),
  };
}

/** The device tree at its place, or where there is one. */
function treeSegment(bytes: Uint8Array, at: number | undefined, layout: Layout): Segment {
  if (bytes.length > deviceTreeBytesMax)
    throw new Failure(`the device tree has ${bytes.length} bytes; Linux takes at most ${deviceTreeBytesMax}`);
  if (at !== undefined) layout.take(at, bytes.length, 'the device tree');
  const place = at ?? layout.find(BLOCK_BYTES, BLOCK_BYTES, 'the device tree');
  return { what: 'device tree', ipa: ipa(BigInt(place)), bytes, zeroFillBytes: 0 };
}

/** What firmware finds: itself in flash, and the device tree. */
export interface FirmwareImages {
  readonly arch: GuestArch;
  /** Its first byte is the first instruction's. */
  readonly flash: readonly [Segment, ...Segment[]];
  readonly deviceTree: (initrd: undefined) => Uint8Array;
  readonly deviceTreeAt?: number;
}

/** A machine that begins with its firmware, as the well-known `virt` machine's: no register says anything. @throws Failure */
export function firmwarePlan({ arch, flash, deviceTree, deviceTreeAt }: FirmwareImages, ram: Range): BootPlan {
  const layout = new Layout(ram, Number.POSITIVE_INFINITY);
  const tree = treeSegment(deviceTree(undefined), deviceTreeAt, layout);
  const entry = flash[0].ipa;
  return { arch, segments: [...flash, tree], entry, dtbIpa: tree.ipa, x0: 0n, x1: 0n, x2: 0n, x3: 0n };
}
