import { controls, type QueuePart } from './controls.ts';
import type { RegisterSide } from './register-side.ts';

const LOW_32 = 0xffff_ffffn;

/** The common configuration as the PCI transport has it beside what all transports have. */
export interface PciSide {
  readonly device: RegisterSide;
  configVector: number;
  /** Of the queue that queue_select names; one that cannot be is none. */
  queueVector: number;
  /** A reset takes the vectors too. */
  setStatus(value: number): void;
}

/** A field, accessed as wide as it is (virtio 1.2, 4.1.3.1). */
interface CommonField {
  readonly name: string;
  readonly at: number;
  readonly bytes: 1 | 2 | 4;
  readonly read: (t: PciSide) => number;
  readonly write?: (t: PciSide, value: number) => void;
}

/** The address of a part of the selected queue, in two halves. */
const address = (name: string, at: number, of: QueuePart): CommonField[] => [
  {
    name,
    at,
    bytes: 4,
    read: ({ device }) => Number((device.selected?.[of] ?? 0n) & LOW_32),
    write: ({ device }, v) => controls.low(of).write(device, v),
  },
  {
    name,
    at: at + 4,
    bytes: 4,
    read: ({ device }) => Number((device.selected?.[of] ?? 0n) >> 32n),
    write: ({ device }, v) => controls.high(of).write(device, v),
  },
];

/** Fields of the common configuration (virtio 1.2, 4.1.4.3), in their order. */
const commonFields: readonly CommonField[] = [
  {
    name: 'device_feature_select',
    at: 0x00,
    bytes: 4,
    read: ({ device }) => device.state.deviceFeaturesSel,
    write: ({ device }, v) => controls.deviceFeaturesSel.write(device, v),
  },
  { name: 'device_feature', at: 0x04, bytes: 4, read: ({ device }) => controls.deviceFeatures.read(device) },
  {
    name: 'driver_feature_select',
    at: 0x08,
    bytes: 4,
    read: ({ device }) => device.state.driverFeaturesSel,
    write: ({ device }, v) => controls.driverFeaturesSel.write(device, v),
  },
  {
    name: 'driver_feature',
    at: 0x0c,
    bytes: 4,
    read: ({ device: { state } }) =>
      state.driverFeaturesSel > 1 ? 0 : Number((state.driverFeatures >> BigInt(32 * state.driverFeaturesSel)) & LOW_32),
    write: ({ device }, v) => controls.driverFeatures.write(device, v),
  },
  {
    name: 'config_msix_vector',
    at: 0x10,
    bytes: 2,
    read: (t) => t.configVector,
    write: (t, v) => {
      t.configVector = v;
    },
  },
  { name: 'num_queues', at: 0x12, bytes: 2, read: ({ device }) => device.behind.queues.length },
  {
    name: 'device_status',
    at: 0x14,
    bytes: 1,
    read: ({ device }) => controls.status.read(device),
    write: (t, v) => t.setStatus(v),
  },
  { name: 'config_generation', at: 0x15, bytes: 1, read: ({ device }) => controls.generation.read(device) & 0xff },
  {
    name: 'queue_select',
    at: 0x16,
    bytes: 2,
    read: ({ device }) => device.state.queueSel,
    write: ({ device }, v) => controls.queueSel.write(device, v),
  },
  {
    name: 'queue_size',
    at: 0x18,
    bytes: 2,
    // The largest, until the driver has said another.
    read: ({ device }) => device.selected?.num || device.selectedMax,
    write: ({ device }, v) => controls.queueNum.write(device, v),
  },
  {
    name: 'queue_msix_vector',
    at: 0x1a,
    bytes: 2,
    read: (t) => t.queueVector,
    write: (t, v) => {
      t.queueVector = v;
    },
  },
  {
    name: 'queue_enable',
    at: 0x1c,
    bytes: 2,
    read: ({ device }) => controls.queueReady.read(device),
    // A driver writes 1 alone; a queue of the size that it has read need not be told its size.
    write: ({ device }, v) => {
      if (v !== 1) return;
      if (device.selected?.num === 0) controls.queueNum.write(device, device.selectedMax);
      controls.queueReady.write(device, 1);
    },
  },
  { name: 'queue_notify_off', at: 0x1e, bytes: 2, read: ({ device }) => (device.selected ? device.state.queueSel : 0) },
  ...address('queue_desc', 0x20, 'descriptors'),
  ...address('queue_driver', 0x28, 'driver'),
  ...address('queue_device', 0x30, 'device'),
];
/** Bytes of the common configuration. */
export const COMMON_BYTES = 0x38;

const byOffset: readonly (CommonField | undefined)[] = Array.from({ length: COMMON_BYTES }, (_, offset) =>
  commonFields.find(({ at, bytes }) => offset >= at && offset < at + bytes),
);

/** Reads bytes of one field or of several; zero beyond them. */
export function readCommon(t: PciSide, offset: number, size: number): number {
  let value = 0;
  for (let i = 0; i < size; i++) {
    const field = byOffset[offset + i];
    if (field !== undefined) value |= ((field.read(t) >>> (8 * (offset + i - field.at))) & 0xff) << (8 * i);
  }
  return value >>> 0;
}
/** Writes a whole field; other writes are ignored. */
export function writeCommon(t: PciSide, offset: number, size: number, value: number): void {
  const field = byOffset[offset];
  if (field !== undefined && field.at === offset && field.bytes === size) field.write?.(t, value);
}
/** The field at an offset. */
export const commonNameAt = (offset: number): string | undefined => byOffset[offset]?.name;
