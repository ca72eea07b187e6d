import type { Register, RegisterFile } from '../bus/register-file.ts';
import { commonRegisters } from './common-registers.ts';
import { controls } from './controls.ts';
import type { RegisterSide } from './register-side.ts';
import { REGISTER } from './registers.ts';

const ALL = 0xffff_ffff;

/** There are no regions of shared memory: each has a length and a place of all ones. */
const none = (at: number): Register<RegisterSide> => ({ at, mask: ALL, read: () => ALL });

/** Registers of the modern transport (virtio 1.2, 4.2.2, "MMIO Device Register Layout"). */
export const modernRegisters = {
  ...commonRegisters,
  QueueReady: { at: REGISTER.QueueReady, mask: 1, ...controls.queueReady },
  QueueDescLow: { at: REGISTER.QueueDescLow, mask: ALL, ...controls.low('descriptors') },
  QueueDescHigh: { at: REGISTER.QueueDescHigh, mask: ALL, ...controls.high('descriptors') },
  QueueDriverLow: { at: REGISTER.QueueDriverLow, mask: ALL, ...controls.low('driver') },
  QueueDriverHigh: { at: REGISTER.QueueDriverHigh, mask: ALL, ...controls.high('driver') },
  QueueDeviceLow: { at: REGISTER.QueueDeviceLow, mask: ALL, ...controls.low('device') },
  QueueDeviceHigh: { at: REGISTER.QueueDeviceHigh, mask: ALL, ...controls.high('device') },
  SHMLenLow: none(REGISTER.SHMLenLow),
  SHMLenHigh: none(REGISTER.SHMLenHigh),
  SHMBaseLow: none(REGISTER.SHMBaseLow),
  SHMBaseHigh: none(REGISTER.SHMBaseHigh),
  ConfigGeneration: { at: REGISTER.ConfigGeneration, mask: ALL, ...controls.generation },
} satisfies RegisterFile<RegisterSide>;
