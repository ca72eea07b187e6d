/** Registers of the MMIO transport (virtio 1.2, 4.2.2 and, where they are legacy, 4.2.4), by their offsets in bytes. */
export const REGISTER = {
  MagicValue: 0x000,
  Version: 0x004,
  DeviceID: 0x008,
  VendorID: 0x00c,
  DeviceFeatures: 0x010,
  DeviceFeaturesSel: 0x014,
  DriverFeatures: 0x020,
  DriverFeaturesSel: 0x024,
  GuestPageSize: 0x028,
  QueueSel: 0x030,
  QueueNumMax: 0x034,
  QueueNum: 0x038,
  QueueAlign: 0x03c,
  QueuePFN: 0x040,
  QueueReady: 0x044,
  QueueNotify: 0x050,
  InterruptStatus: 0x060,
  InterruptACK: 0x064,
  Status: 0x070,
  QueueDescLow: 0x080,
  QueueDescHigh: 0x084,
  QueueDriverLow: 0x090,
  QueueDriverHigh: 0x094,
  QueueDeviceLow: 0x0a0,
  QueueDeviceHigh: 0x0a4,
  SHMSel: 0x0ac,
  SHMLenLow: 0x0b0,
  SHMLenHigh: 0x0b4,
  SHMBaseLow: 0x0b8,
  SHMBaseHigh: 0x0bc,
  QueueReset: 0x0c0,
  ConfigGeneration: 0x0fc,
  Config: 0x100,
} as const;

/** 'virt' in ASCII. */
export const MAGIC = 0x7472_6976;
/** This program's VendorID: 'VPTH' in ASCII. */
export const VENDOR = 0x4854_5056;
/** 1 is the legacy transport, 2 the modern one. */
export type Transport = 1 | 2;
/** Bytes of a device's address space. */
export const SLOT_BYTES = 0x200;

const names: ReadonlyMap<number, string> = new Map(Object.entries(REGISTER).map(([name, at]) => [at, name]));

/** The name of the register at `offset`, for traces; all of the device's own configuration is `Config`. */
export const registerNameAt = (offset: number): string | undefined =>
  offset >= REGISTER.Config ? 'Config' : names.get(offset - (offset % 4));
