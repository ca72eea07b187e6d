import type { VirtioFunction } from './function.ts';
import type { Transport } from './registers.ts';
import type { QueueState } from './split-queue.ts';
import type { TransportState } from './transport-state.ts';

/** A transport as its registers see it (virtio 1.2, 4.2.2). */
export interface RegisterSide {
  readonly transport: Transport;
  readonly behind: VirtioFunction;
  readonly state: TransportState;
  /** 32 bits of the features on offer. */
  featuresWord(select: number): number;
  setDriverFeatures(select: number, value: number): void;
  setStatus(value: number): void;
  /** The queue that QueueSel names, where there is one. */
  readonly selected: QueueState | undefined;
  readonly selectedMax: number;
  /** Changes that queue, while it is not in use. */
  changeQueue(change: (queue: QueueState) => void): void;
  setQueueReady(value: number): void;
  setQueuePfn(value: number): void;
}
