import { bitsOf, count, type Field, flag, integer, list, record, u32, u64 } from '../../base/fields.ts';
import { newQueue, QUEUE_MAX, type QueueState, queueFields } from './split-queue.ts';

/** Device status (virtio 1.2, 2.1). */
export const STATUS = {
  acknowledge: 1,
  driver: 2,
  driverOk: 4,
  featuresOk: 8,
  needsReset: 64,
  failed: 128,
} as const;
const STATUS_MASK = 0xcf;

/** InterruptStatus (virtio 1.2, 4.2.2). */
export const INTERRUPT = { usedBuffer: 1, configChange: 2 } as const;

/** A request that was carried out, and that the driver does not know of yet. */
export type InFlight = {
  queue: number;
  head: number;
  written: number;
  status: number;
  /** Of data, as the driver asked for. */
  bytes: number;
  /** Virtual nanoseconds: when it was taken, and when it is given back. */
  since: bigint;
  due: bigint;
};

/** Everything that a transport holds. */
export interface TransportState {
  status: number;
  deviceFeaturesSel: number;
  driverFeaturesSel: number;
  driverFeatures: bigint;
  queueSel: number;
  interruptStatus: number;
  /** The interrupt's level. */
  line: boolean;
  generation: number;
  guestPageSize: number;
  /** The driver has put into memory what cannot be: nothing more is done until a reset. */
  isBroken: boolean;
  queues: QueueState[];
  /** In the order in which they are given back. */
  inFlight: InFlight[];
}

/** At reset. */
export const newTransport = (queues: number): TransportState => ({
  status: 0,
  deviceFeaturesSel: 0,
  driverFeaturesSel: 0,
  driverFeatures: 0n,
  queueSel: 0,
  interruptStatus: 0,
  line: false,
  generation: 0,
  guestPageSize: 0,
  isBroken: false,
  queues: Array.from({ length: queues }, newQueue),
  inFlight: [],
});

/** What a saved state may hold. */
export function transportFields(queues: number): Field<TransportState> {
  const inFlight = record<InFlight>(
    {
      queue: integer(0, queues - 1),
      head: integer(0, QUEUE_MAX - 1),
      written: u32,
      status: integer(0, 0xff),
      bytes: count,
      since: u64,
      due: u64,
    },
    ({ since, due }) => (due > since ? undefined : ['due', 'not behind its beginning']),
  );
  return record<TransportState>(
    {
      status: bitsOf(STATUS_MASK),
      deviceFeaturesSel: u32,
      driverFeaturesSel: u32,
      driverFeatures: u64,
      queueSel: u32,
      interruptStatus: integer(0, INTERRUPT.usedBuffer | INTERRUPT.configChange),
      line: flag,
      generation: u32,
      guestPageSize: u32,
      isBroken: flag,
      queues: list(queueFields, queues),
      inFlight: list(inFlight, { max: queues * QUEUE_MAX }),
    },
    (s) => {
      if (s.line !== (s.interruptStatus !== 0)) return ['line', 'not what the interrupt makes it'];
      if (s.inFlight.some((one, i) => i > 0 && one.due < (s.inFlight[i - 1] as InFlight).due))
        return ['inFlight', 'not in the order of their ends'];
      return s.inFlight.every(({ queue }) => s.queues[queue]?.ready)
        ? undefined
        : ['inFlight', 'of a queue that is not ready'];
    },
  );
}
