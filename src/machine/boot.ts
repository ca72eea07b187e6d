import { Failure } from '../base/failure.ts';
import { mpidr } from '../hyp/arm-common/affinity.ts';
import type { GuestArch } from './arch.ts';
import type { Board, Range } from './boards/board.ts';
import { boardByName } from './boards/index.ts';
import { cpuOf, type MachineConfig } from './config.ts';
import { decodeDeviceTree, encodeDeviceTree } from './fdt/blob.ts';
import { boardTree } from './fdt/board-tree.ts';
import { bootSeeds, withChosen } from './fdt/chosen.ts';
import { withMemory } from './fdt/memory.ts';
import type { MachineImages } from './images.ts';
import { type KernelImage, parseKernel, rawKernel } from './loaders/kernel.ts';
import { type BootPlan, type KernelPlace, placeKernel, plan } from './loaders/plan.ts';
import type { ImageFile } from './loaders/read-image.ts';
import { isHypervisor } from './loaders/xen.ts';

/**
 * The kind of machine that a kernel is for.
 * @throws Failure when the kernel is none, or is for another kind than `wanted`
 */
export function archOf(images: MachineImages, wanted?: GuestArch): GuestArch {
  const { arch, name } = parseKernel(images.kernel);
  if (wanted !== undefined && wanted !== arch)
    throw new Failure(`--arch ${wanted}: ${name} is a kernel for ${arch}; leave --arch out, or give another kernel`);
  return arch;
}

function kernelOf({ arch, loadAddress }: MachineConfig, { kernel }: MachineImages): KernelImage {
  if (loadAddress !== undefined) return rawKernel(kernel, loadAddress, arch);
  const parsed = parseKernel(kernel);
  if (parsed.arch !== arch) throw new Failure(`${kernel.name} is a kernel for ${parsed.arch}; the machine is ${arch}`);
  return parsed;
}

/** The kernel, and where its parts lie in guest memory at the start. @throws Failure where it is none */
export function placedKernel(config: MachineConfig, board: Board, images: MachineImages): PlacedKernel {
  const kernel = kernelOf(config, images);
  return { ...kernel, place: placeKernel(kernel, ramOf(config, board)) };
}
/** The same of a kernel of whatever architecture. @throws Failure where it is none */
export function placedImage({ kernel }: MachineImages, ram: Range): PlacedKernel {
  const parsed = parseKernel(kernel);
  return { ...parsed, place: placeKernel(parsed, ram) };
}
/** A kernel with its place in guest memory. */
export type PlacedKernel = KernelImage & { readonly place: KernelPlace };

/** The device tree that a zImage brings along. */
function appendedTree(kernel: KernelImage): ImageFile | undefined {
  if (kernel.kind !== 'zimage' || kernel.deviceTree === undefined) return undefined;
  return { name: `${kernel.name}: its appended device tree`, bytes: kernel.deviceTree };
}

const ramOf = (config: MachineConfig, board: Board): Range => ({ base: board.ramBase, size: config.memoryBytes });
const treeWithRam = (dtb: ImageFile, config: MachineConfig, board: Board): ReturnType<typeof withMemory> =>
  withMemory(decodeDeviceTree(dtb.bytes, dtb.name), ramOf(config, board), dtb.name);

/** What somebody who boots these images is to know before, a line each. @throws Failure as `bootPlan` */
export function bootNotes(config: MachineConfig, images: MachineImages): readonly string[] {
  const kernel = kernelOf(config, images);
  const dtb = images.get('dtb') ?? appendedTree(kernel);
  const { note } = dtb ? treeWithRam(dtb, config, boardByName(config.board)) : {};
  const isLinux = (kernel.kind === 'arm64-image' || kernel.kind === 'zimage') && !isHypervisor(kernel.bytes);
  const notes = note === undefined ? [] : [note];
  if (isLinux && images.get('initrd') === undefined)
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
  const initrd = images.get('initrd');
  const dtb = images.get('dtb') ?? appendedTree(kernel);
  const seeds = bootSeeds(config.entropySeed);
  return plan(
    {
      kernel,
      ...(initrd ? { initrd } : {}),
      ...('deviceTreeOffset' in board && board.deviceTreeOffset !== undefined
        ? { deviceTreeOffset: board.deviceTreeOffset }
        : {}),
      deviceTree: (range) => {
        const chosen = { bootArgs: config.append, seeds, ...(range ? { initrd: range } : {}) };
        if (dtb) return encodeDeviceTree(withChosen(treeWithRam(dtb, config, board).tree, chosen));
        const { arch, memoryBytes: ramBytes, gicVersion } = config;
        return encodeDeviceTree(
          boardTree(board, { arch, cpu: cpuOf(config).name, ramBytes, affinities, gicVersion, chosen }),
        );
      },
    },
    ramOf(config, board),
  );
}
