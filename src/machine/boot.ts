import type { Board } from './boards/board.ts';
import type { MachineConfig } from './config.ts';
import { decodeDeviceTree, encodeDeviceTree } from './fdt/blob.ts';
import { boardTree } from './fdt/board-tree.ts';
import { bootSeeds, withChosen } from './fdt/chosen.ts';
import type { MachineImages } from './images.ts';
import { parseKernel, rawKernel } from './loaders/kernel.ts';
import { type BootPlan, plan } from './loaders/plan.ts';

/** Where the guest's images go and how it is entered. @throws Failure where an image is none or has no room */
export function bootPlan(
  config: MachineConfig,
  board: Board,
  images: MachineImages,
  affinities: readonly number[],
): BootPlan {
  const file = images.get('kernel');
  const initrd = images.get('initrd');
  const dtb = images.get('dtb');
  if (!file) throw new Error('images always have a kernel');
  const seeds = bootSeeds(config.entropySeed);
  return plan(
    {
      kernel: config.loadAddress === undefined ? parseKernel(file) : rawKernel(file, config.loadAddress),
      ...(initrd ? { initrd } : {}),
      ...('deviceTreeOffset' in board && board.deviceTreeOffset !== undefined
        ? { deviceTreeOffset: board.deviceTreeOffset }
        : {}),
      deviceTree: (range) => {
        const chosen = { bootArgs: config.append, seeds, ...(range ? { initrd: range } : {}) };
        if (dtb) return encodeDeviceTree(withChosen(decodeDeviceTree(dtb.bytes, dtb.name), chosen));
        const { memoryBytes: ramBytes, gicVersion } = config;
        return encodeDeviceTree(boardTree(board, { ramBytes, affinities, gicVersion, chosen }));
      },
    },
    { base: board.ramBase, size: config.memoryBytes },
  );
}
