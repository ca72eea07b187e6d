import type { RegisterSide } from './register-side.ts';
import { QUEUE_MAX, type QueueState } from './split-queue.ts';

const LOW_32 = 0xffff_ffffn;

/** Where a part of a queue lies. */
export type QueuePart = 'descriptors' | 'driver' | 'device';

/** A half of an address of the selected queue. */
const low = (of: QueuePart) => ({
  write: (t: RegisterSide, v: number) => t.changeQueue((q: QueueState) => void (q[of] = (q[of] & ~LOW_32) | BigInt(v))),
});
const high = (of: QueuePart) => ({
  write: (t: RegisterSide, v: number) =>
    t.changeQueue((q: QueueState) => void (q[of] = (q[of] & LOW_32) | (BigInt(v) << 32n))),
});

/** What registers of all transports do, wherever they lie and however wide they are (virtio 1.2, 4.1.4.3 and 4.2.2). */
export const controls = {
  deviceFeatures: { read: (t: RegisterSide) => t.featuresWord(t.state.deviceFeaturesSel) },
  deviceFeaturesSel: {
    write: (t: RegisterSide, v: number) => {
      t.state.deviceFeaturesSel = v;
    },
  },
  driverFeatures: { write: (t: RegisterSide, v: number) => t.setDriverFeatures(t.state.driverFeaturesSel, v) },
  driverFeaturesSel: {
    write: (t: RegisterSide, v: number) => {
      t.state.driverFeaturesSel = v;
    },
  },
  queueSel: {
    write: (t: RegisterSide, v: number) => {
      t.state.queueSel = v;
    },
  },
  queueNum: {
    write: (t: RegisterSide, v: number) =>
      t.changeQueue((q) => {
        // One that is too large makes a queue that cannot be.
        q.num = v <= QUEUE_MAX ? v : 0;
      }),
  },
  queueReady: {
    read: (t: RegisterSide) => (t.selected?.ready ? 1 : 0),
    write: (t: RegisterSide, v: number) => t.setQueueReady(v),
  },
  low,
  high,
  interruptStatus: { read: (t: RegisterSide) => t.state.interruptStatus },
  status: { read: (t: RegisterSide) => t.state.status, write: (t: RegisterSide, v: number) => t.setStatus(v) },
  generation: { read: (t: RegisterSide) => t.state.generation },
} as const;
