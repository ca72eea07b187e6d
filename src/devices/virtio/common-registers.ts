import type { RegisterFile } from '../bus/register-file.ts';
import { controls } from './controls.ts';
import type { RegisterSide } from './register-side.ts';
import { MAGIC, REGISTER, VENDOR } from './registers.ts';

const ALL = 0xffff_ffff;

/** Registers that both MMIO transports have (virtio 1.2, 4.2.2 and 4.2.4). QueueNotify is the transport's own: it tells who writes it. */
export const commonRegisters = {
  MagicValue: { at: REGISTER.MagicValue, mask: ALL, read: () => MAGIC },
  Version: { at: REGISTER.Version, mask: ALL, read: (t) => t.transport },
  DeviceID: { at: REGISTER.DeviceID, mask: ALL, read: (t) => t.behind.deviceId },
  VendorID: { at: REGISTER.VendorID, mask: ALL, read: () => VENDOR },
  DeviceFeatures: { at: REGISTER.DeviceFeatures, mask: ALL, ...controls.deviceFeatures },
  DeviceFeaturesSel: { at: REGISTER.DeviceFeaturesSel, mask: ALL, ...controls.deviceFeaturesSel },
  DriverFeatures: { at: REGISTER.DriverFeatures, mask: ALL, ...controls.driverFeatures },
  DriverFeaturesSel: { at: REGISTER.DriverFeaturesSel, mask: ALL, ...controls.driverFeaturesSel },
  QueueSel: { at: REGISTER.QueueSel, mask: ALL, ...controls.queueSel },
  QueueNumMax: { at: REGISTER.QueueNumMax, mask: ALL, read: (t) => t.selectedMax },
  QueueNum: { at: REGISTER.QueueNum, mask: ALL, ...controls.queueNum },
  InterruptStatus: { at: REGISTER.InterruptStatus, mask: ALL, ...controls.interruptStatus },
  InterruptACK: {
    at: REGISTER.InterruptACK,
    mask: ALL,
    write: (t, v) => {
      t.state.interruptStatus &= ~v;
    },
  },
  Status: { at: REGISTER.Status, mask: 0xff, ...controls.status },
} satisfies RegisterFile<RegisterSide>;
