import type { RegisterFile } from '../bus/register-file.ts';
import type { RegisterSide } from './register-side.ts';
import { MAGIC, REGISTER, VENDOR } from './registers.ts';
import { QUEUE_MAX } from './split-queue.ts';

const ALL = 0xffff_ffff;

/** Registers that both transports have (virtio 1.2, 4.2.2 and 4.2.4). QueueNotify is the transport's own: it tells who writes it. */
export const commonRegisters = {
  MagicValue: { at: REGISTER.MagicValue, mask: ALL, read: () => MAGIC },
  Version: { at: REGISTER.Version, mask: ALL, read: (t) => t.transport },
  DeviceID: { at: REGISTER.DeviceID, mask: ALL, read: (t) => t.behind.deviceId },
  VendorID: { at: REGISTER.VendorID, mask: ALL, read: () => VENDOR },
  DeviceFeatures: {
    at: REGISTER.DeviceFeatures,
    mask: ALL,
    read: (t) => t.featuresWord(t.state.deviceFeaturesSel),
  },
  DeviceFeaturesSel: {
    at: REGISTER.DeviceFeaturesSel,
    mask: ALL,
    write: (t, v) => {
      t.state.deviceFeaturesSel = v;
    },
  },
  DriverFeatures: {
    at: REGISTER.DriverFeatures,
    mask: ALL,
    write: (t, v) => t.setDriverFeatures(t.state.driverFeaturesSel, v),
  },
  DriverFeaturesSel: {
    at: REGISTER.DriverFeaturesSel,
    mask: ALL,
    write: (t, v) => {
      t.state.driverFeaturesSel = v;
    },
  },
  QueueSel: {
    at: REGISTER.QueueSel,
    mask: ALL,
    write: (t, v) => {
      t.state.queueSel = v;
    },
  },
  QueueNumMax: { at: REGISTER.QueueNumMax, mask: ALL, read: (t) => t.selectedMax },
  QueueNum: {
    at: REGISTER.QueueNum,
    mask: ALL,
    write: (t, v) =>
      t.changeQueue((q) => {
        // One that is too large makes a queue that cannot be.
        q.num = v <= QUEUE_MAX ? v : 0;
      }),
  },
  InterruptStatus: { at: REGISTER.InterruptStatus, mask: ALL, read: (t) => t.state.interruptStatus },
  InterruptACK: {
    at: REGISTER.InterruptACK,
    mask: ALL,
    write: (t, v) => {
      t.state.interruptStatus &= ~v;
    },
  },
  Status: { at: REGISTER.Status, mask: 0xff, read: (t) => t.state.status, write: (t, v) => t.setStatus(v) },
} satisfies RegisterFile<RegisterSide>;
