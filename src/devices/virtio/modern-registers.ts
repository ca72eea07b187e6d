import type { Register, RegisterFile } from '../bus/register-file.ts';
import { commonRegisters } from './common-registers.ts';
import type { RegisterSide } from './register-side.ts';
import { REGISTER } from './registers.ts';
import type { QueueState } from './split-queue.ts';

const ALL = 0xffff_ffff;
const LOW_32 = 0xffff_ffffn;

/** The lower half of an address of the selected queue. */
const low = (at: number, of: 'descriptors' | 'driver' | 'device'): Register<RegisterSide> => ({
  at,
  mask: ALL,
  write: (t, v) => t.changeQueue((q: QueueState) => void (q[of] = (q[of] & ~LOW_32) | BigInt(v))),
});
const high = (at: number, of: 'descriptors' | 'driver' | 'device'): Register<RegisterSide> => ({
  at,
  mask: ALL,
  write: (t, v) => t.changeQueue((q: QueueState) => void (q[of] = (q[of] & LOW_32) | (BigInt(v) << 32n))),
});
/** There are no regions of shared memory: each has a length and a place of all ones. */
const none = (at: number): Register<RegisterSide> => ({ at, mask: ALL, read: () => ALL });

/** Registers of the modern transport (virtio 1.2, 4.2.2, "MMIO Device Register Layout"). */
export const modernRegisters = {
  ...commonRegisters,
  QueueReady: {
    at: REGISTER.QueueReady,
    mask: 1,
    read: (t) => (t.selected?.ready ? 1 : 0),
    write: (t, v) => t.setQueueReady(v),
  },
  QueueDescLow: low(REGISTER.QueueDescLow, 'descriptors'),
  QueueDescHigh: high(REGISTER.QueueDescHigh, 'descriptors'),
  QueueDriverLow: low(REGISTER.QueueDriverLow, 'driver'),
  QueueDriverHigh: high(REGISTER.QueueDriverHigh, 'driver'),
  QueueDeviceLow: low(REGISTER.QueueDeviceLow, 'device'),
  QueueDeviceHigh: high(REGISTER.QueueDeviceHigh, 'device'),
  SHMLenLow: none(REGISTER.SHMLenLow),
  SHMLenHigh: none(REGISTER.SHMLenHigh),
  SHMBaseLow: none(REGISTER.SHMBaseLow),
  SHMBaseHigh: none(REGISTER.SHMBaseHigh),
  ConfigGeneration: { at: REGISTER.ConfigGeneration, mask: ALL, read: (t) => t.state.generation },
} satisfies RegisterFile<RegisterSide>;
