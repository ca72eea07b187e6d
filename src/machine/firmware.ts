import type { GuestMemory } from '../hyp/vmm/memory.ts';
import type { GuestArch } from './arch.ts';
import type { DevicePorts } from './boards/devices.ts';
import { dmaOf } from './boards/virtio.ts';
import type { MachineConfig } from './config.ts';
import type { MachineImages } from './images.ts';
import type { ImageFile } from './loaders/read-image.ts';

/** What a machine's devices are joined to for its firmware. */
export function firmwarePorts(
  { memoryBytes, vcpus, append }: MachineConfig,
  images: MachineImages,
  memory: GuestMemory,
): Pick<DevicePorts, 'handover' | 'fwCfg'> {
  const hasFirmware = images.get('firmware') !== undefined;
  const kernel = images.get('kernel')?.bytes;
  const initrd = images.get('initrd')?.bytes;
  return {
    handover: hasFirmware ? 'reset' : 'firmware',
    fwCfg: {
      contents: {
        ramBytes: memoryBytes,
        vcpus,
        // A kernel that is there already nobody needs to ask for.
        ...(hasFirmware && kernel ? { kernel, commandLine: append } : {}),
        ...(hasFirmware && initrd ? { initrd } : {}),
      },
      dma: dmaOf(memory),
    },
  };
}

/** The architecture of firmware, by its first instruction, which is a branch over its header; undefined where it is none. */
export function archOfFirmware({ bytes }: ImageFile): GuestArch | undefined {
  const last = bytes[3] ?? 0;
  // Arm ARM DDI 0487: B of A64 (C6.2, bits 31:26 are 000101), B of A32 (F5.1) with condition AL.
  if (last >>> 2 === 0b000101) return 'arm64';
  return last === 0xea ? 'armv7' : undefined;
}
