import { Failure } from '../base/failure.ts';
import { KiB } from '../base/limits.ts';
import { mpidr } from '../hyp/arm-common/affinity.ts';
import type { GuestArch } from './arch.ts';
import { type Board, type Range, ramOf } from './boards/board.ts';
import { boardByName } from './boards/index.ts';
import { cpuOf, type MachineConfig } from './config.ts';
import { decodeDeviceTree, encodeDeviceTree } from './fdt/blob.ts';
import { boardTree } from './fdt/board-tree.ts';
import { bootSeeds, type InitrdRange, withChosen } from './fdt/chosen.ts';
import { withMemory } from './fdt/memory.ts';
import { archOfFirmware } from './firmware.ts';
import { flashBank, flashSegments } from './flash-images.ts';
import { FREEBSD_DEFAULT } from './freebsd-config.ts';
import { type MachineImages, moduleRole } from './images.ts';
import { bootArguments } from './loaders/freebsd/boot-arguments.ts';
import type { FreebsdKernel } from './loaders/freebsd/kernel.ts';
import { type FreebsdBoot, freebsdPlan } from './loaders/freebsd/plan.ts';
import { type KernelImage, parseKernel, rawKernel } from './loaders/kernel.ts';
import { type BootPlan, firmwarePlan, type KernelPlace, placeKernel, plan } from './loaders/plan.ts';
import type { ImageFile } from './loaders/read-image.ts';
import { isHypervisor } from './loaders/xen.ts';

/** What a machine's images say of it by themselves. */
export interface GuestKind {
  readonly arch: GuestArch;
  /** Does it begin with a FreeBSD kernel, in the form that loader(8) loads? */
  readonly isFreebsd: boolean;
}

/**
 * The kind of machine that a kernel is for.
 * @throws Failure when the kernel is none, or is for another kind than `wanted`
 */
export function kindOf(images: MachineImages, wanted?: GuestArch): GuestKind {
  const firmware = images.get('firmware');
  if (firmware !== undefined) return { arch: archWithFirmware(firmware, wanted), isFreebsd: false };
  const { arch, name, kind } = parseKernel(images.first);
  if (wanted !== undefined && wanted !== arch)
    throw new Failure(`--arch ${wanted}: ${name} is a kernel for ${arch}; leave --arch out, or give another kernel`);
  return { arch, isFreebsd: kind === 'freebsd' };
}

function archWithFirmware(firmware: ImageFile, wanted: GuestArch | undefined): GuestArch {
  const arch = archOfFirmware(firmware);
  if (arch === undefined && wanted === undefined)
    throw new Failure(`${firmware.name}: its first instruction does not tell what it is for; give --arch`);
  if (arch !== undefined && wanted !== undefined && arch !== wanted)
    throw new Failure(`--arch ${wanted}: ${firmware.name} is firmware for ${arch}; leave --arch out, or give another`);
  return wanted ?? (arch as GuestArch);
}

/** What the machine is entered at: its firmware, as code at the begin of flash, or its kernel. */
function kernelOf({ arch, board, loadAddress, freebsd }: MachineConfig, images: MachineImages): KernelImage {
  const firmware = images.get('firmware');
  if (firmware !== undefined) return rawKernel(firmware, flashBank(boardByName(board), 0).base, arch);
  const kernel = images.first;
  if (loadAddress !== undefined) return rawKernel(kernel, loadAddress, arch);
  const parsed = freebsd === undefined ? parseKernel(kernel, 'by physical addresses') : parseKernel(kernel);
  if (parsed.arch !== arch) throw new Failure(`${kernel.name} is a kernel for ${parsed.arch}; the machine is ${arch}`);
  return parsed;
}

/** The kernel, and where its parts lie in guest memory at the start. @throws Failure where it is none */
export function placedKernel(config: MachineConfig, board: Board, images: MachineImages): PlacedKernel {
  const kernel = kernelOf(config, images);
  return { ...kernel, place: placeKernel(kernel, ramOf(board, config.memoryBytes)) };
}
/** The same of a kernel of whatever architecture. @throws Failure where it is none */
export function placedImage(images: MachineImages, ram: Range): PlacedKernel {
  const parsed = parseKernel(images.first);
  return { ...parsed, place: placeKernel(parsed, ram) };
}
/** A kernel with its place in guest memory. */
export type PlacedKernel = KernelImage & { readonly place: KernelPlace };

/** A board's tree takes less, and what is added to a given one. */
const DEVICE_TREE_ROOM = 64 * KiB;

/** The device tree that a zImage brings along. */
function appendedTree(kernel: KernelImage): ImageFile | undefined {
  if (kernel.kind !== 'zimage' || kernel.deviceTree === undefined) return undefined;
  return { name: `${kernel.name}: its appended device tree`, bytes: kernel.deviceTree };
}

const treeWithRam = (dtb: ImageFile, config: MachineConfig, board: Board): ReturnType<typeof withMemory> =>
  withMemory(decodeDeviceTree(dtb.bytes, dtb.name), ramOf(board, config.memoryBytes), dtb.name);

/** What somebody who boots these images is to know before, a line each. @throws Failure as `bootPlan` */
export function bootNotes(config: MachineConfig, images: MachineImages): readonly string[] {
  if (images.get('firmware') !== undefined) return [];
  const kernel = kernelOf(config, images);
  const dtb = images.get('dtb') ?? appendedTree(kernel);
  const { note } = dtb ? treeWithRam(dtb, config, boardByName(config.board)) : {};
  const notes = note === undefined ? [] : [note];
  const mayBeLinux = kernel.kind === 'arm64-image' || kernel.kind === 'zimage';
  // Last, since all of the kernel is read for it.
  if (mayBeLinux && images.get('initrd') === undefined && !isHypervisor(kernel.bytes))
    notes.push(
      `${kernel.name}: no --initrd: Linux will look for a root file system, and panic unless the kernel has one built in`,
    );
  return notes;
}

/** Affinity fields of each vCPU's MPIDR, as the device tree has them. */
export const affinitiesOf = (vcpus: number): number[] =>
  Array.from({ length: vcpus }, (_, i) => Number(mpidr(i) & 0xff_ffffn));

/**
 * Where the guest's images go and how it is entered (Linux Documentation/arch/arm64/booting.rst, Documentation/arch/arm/booting.rst).
 * @throws Failure where an image is none or has no room
 */
export function bootPlan(
  config: MachineConfig,
  board: Board,
  images: MachineImages,
  affinities: readonly number[],
): BootPlan {
  const kernel = kernelOf(config, images);
  const dtb = images.get('dtb') ?? appendedTree(kernel);
  const seeds = bootSeeds(config.entropySeed);
  const deviceTree = (range: InitrdRange | undefined): Uint8Array => {
    const chosen = { bootArgs: config.append, seeds, ...(range ? { initrd: range } : {}) };
    if (dtb) return encodeDeviceTree(withChosen(treeWithRam(dtb, config, board).tree, chosen));
    const { arch, memoryBytes: ramBytes, gicVersion } = config;
    const { name: cpu, model } = cpuOf(config);
    const pmu = model.pmu ? { pmu: model.pmu.version } : {};
    return encodeDeviceTree(boardTree(board, { arch, cpu, ramBytes, affinities, gicVersion, chosen, ...pmu }));
  };
  const { deviceTreeOffset } = board;
  const ram = ramOf(board, config.memoryBytes);
  const fixed = deviceTreeOffset === undefined ? undefined : ram.base + deviceTreeOffset;
  const deviceTreeAt = config.dtbAt ?? fixed;
  const place = deviceTreeAt === undefined ? {} : { deviceTreeAt };
  const [first, ...rest] = flashSegments(board, images);
  if (first?.what === 'firmware')
    return firmwarePlan({ arch: config.arch, flash: [first, ...rest], deviceTree, ...place }, ram);
  if (kernel.kind === 'freebsd') {
    const planned = freebsdPlan(freebsdBoot(kernel, config, images, deviceTree(undefined)), ram);
    return { ...planned, segments: [...planned.segments, ...(first ? [first, ...rest] : [])] };
  }
  const initrd = images.get('initrd');
  const planned = plan({ kernel, ...(initrd ? { initrd } : {}), ...place, deviceTree }, ram);
  return { ...planned, segments: [...planned.segments, ...(first ? [first, ...rest] : [])] };
}

function freebsdBoot(
  kernel: FreebsdKernel,
  { append, freebsd = FREEBSD_DEFAULT }: MachineConfig,
  images: MachineImages,
  deviceTree: Uint8Array,
): FreebsdBoot {
  const { flags, environment } = freebsd;
  const args = [...(flags === '' ? [] : [`-${flags}`]), ...(append === '' ? [] : [append])].join(' ');
  const modules = freebsd.modules.map((module, n) => {
    const image = images.get(moduleRole(n));
    if (image === undefined) throw new Failure(`the module ${module.file} has no image; the tape is damaged`);
    return { ...module, name: image.name, bytes: image.bytes };
  });
  return { kernel, modules, args, told: bootArguments(args, environment), deviceTree };
}

/**
 * Where the device tree goes of who says nothing: at RAM's base, as the well-known `virt` machine has it for what is no Linux kernel,
 * where a raw kernel or an ELF leaves it free; undefined where it is found a place. @throws Failure where the kernel is none
 */
export function deviceTreeDefault(config: MachineConfig, images: MachineImages): number | undefined {
  const board = boardByName(config.board);
  const { deviceTreeOffset } = board;
  const { base: ramBase } = ramOf(board, config.memoryBytes);
  if (images.get('firmware') !== undefined) return ramBase;
  const kernel = placedKernel(config, board, images);
  if ((kernel.kind !== 'raw' && kernel.kind !== 'elf') || deviceTreeOffset !== undefined) return undefined;
  const end = ramBase + DEVICE_TREE_ROOM + (images.get('dtb')?.bytes.length ?? 0);
  const isFree = kernel.place.parts.every(({ at, memoryBytes }) => at >= end || at + memoryBytes <= ramBase);
  return isFree ? ramBase : undefined;
}
