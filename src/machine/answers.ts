import type { AccessSize, MmioDevice } from '../devices/bus/mmio-bus.ts';
import type { GicFrames } from '../hyp/arm-common/vgic/gic-frames.ts';
import type { Placed } from './boards/devices.ts';

/** Who answers instead of a machine's devices: they are asked nothing then, told nothing, and no time of theirs is due. */
export interface DeviceAnswers {
  /** What a read gives, right before its event. */
  read(size: AccessSize): bigint;
  /** A write was made, behind its event. */
  wrote(): void;
  /** As `DeadlineSource`. */
  poll(): void;
  /** The count at which it is to be polled next; `isWaiting`: the guest waits for an interrupt, and time passes up to there as a whole. */
  nextDeadline(isWaiting: boolean): number | undefined;
}

/** In the place of a device that is not asked. */
const answering = (device: MmioDevice, answers: DeviceAnswers): MmioDevice => ({
  name: device.name,
  size: device.size,
  registerName: (offset) => device.registerName?.(offset),
  nameAt: (offset) => device.nameAt?.(offset),
  read: (_offset, bytes) => answers.read(bytes),
  write: () => answers.wrote(),
});

/** In the place of one that reaches memory, or turns the power: no answer does that, so it does it, and is answered for all the same. */
const answeredFor = (device: MmioDevice, answers: DeviceAnswers): MmioDevice => ({
  ...answering(device, answers),
  write: (offset, bytes, value, vcpu) => {
    device.write(offset, bytes, value, vcpu);
    answers.wrote();
  },
});

/** The same of one whose next transfer begins where its data was read to. */
const readOnByItself = (device: MmioDevice, answers: DeviceAnswers): MmioDevice => ({
  ...answeredFor(device, answers),
  read: (offset, bytes, vcpu) => {
    device.read(offset, bytes, vcpu);
    return answers.read(bytes);
  },
});

/** In the place of devices that are not asked. */
export const answeringDevices = (placed: readonly Placed[], answers: DeviceAnswers) =>
  placed.map(({ at, device }) => {
    if (device.reachesMemory) return { at, device: readOnByItself(device, answers) };
    return { at, device: device.turnsPower ? answeredFor(device, answers) : answering(device, answers) };
  });

/** Frames of an interrupt controller whose reads are answered. What the guest writes (IHI 0069, 12.9) is the hypervisor's to know: it fills the list registers. */
export function answeringFrames(gic: GicFrames, answers: DeviceAnswers): GicFrames {
  const frame = (device: MmioDevice): MmioDevice => answeredFor(device, answers);
  return { distributor: frame(gic.distributor), redistributors: gic.redistributors.map(frame) };
}
