import { must } from '../../base/assert.ts';
import type { AccessSize, MmioDevice } from '../bus/mmio-bus.ts';
import { HEADER } from '../pci/config-space.ts';
import { hostBridge } from '../pci/host-bridge.ts';
import { PciBus } from '../pci/pci-bus.ts';
import { Driver } from './driver.fixture.ts';
import type { VirtioFunction } from './function.ts';
import { PciTransport } from './pci-transport.ts';
import type { REGISTER } from './registers.ts';

/** Where the bus is. */
export const ECAM = { base: 0x1000_0000, size: 0x20_0000 } as const;
export const WINDOW = { base: 0x2000_0000, size: 0x10_0000 } as const;
const FUNCTION_AT = 0x8000;
/** Where the common configuration has what MMIO's registers have, and how wide it is there (virtio 1.2, 4.1.4.3). */
const COMMON: { readonly [R in keyof typeof REGISTER]?: readonly [at: number, bytes: 1 | 2 | 4] } = {
  DeviceFeaturesSel: [0x00, 4],
  DeviceFeatures: [0x04, 4],
  DriverFeaturesSel: [0x08, 4],
  DriverFeatures: [0x0c, 4],
  Status: [0x14, 1],
  ConfigGeneration: [0x15, 1],
  QueueSel: [0x16, 2],
  QueueNumMax: [0x18, 2],
  QueueNum: [0x18, 2],
  QueueReady: [0x1c, 2],
  QueueDescLow: [0x20, 4],
  QueueDescHigh: [0x24, 4],
  QueueDriverLow: [0x28, 4],
  QueueDriverHigh: [0x2c, 4],
  QueueDeviceLow: [0x30, 4],
  QueueDeviceHigh: [0x34, 4],
  InterruptStatus: [0x1000, 1],
};

/** A device behind PCI, at device 1, with a driver. */
export class PciDriver extends Driver {
  readonly transport: PciTransport;
  readonly bus: PciBus;
  readonly ecam: MmioDevice;
  readonly window: MmioDevice;
  /** What was sent, and the levels of INTA to INTD. */
  readonly messages: string[] = [];
  readonly pins: string[] = [];

  constructor(behind: VirtioFunction, num = 8) {
    let own: PciTransport | undefined;
    super(behind, {
      num,
      takesEarly: true,
      irq: { set: () => own?.levelChanged() },
      interrupted: (by) => own?.signal(by),
    });
    own = new PciTransport(this.device);
    this.transport = own;
    const pin = (n: number) => ({ set: (level: boolean) => void this.pins.push(`${'ABCD'[n]} ${level}`) });
    this.bus = new PciBus([hostBridge, own], {
      memory: WINDOW,
      irq: [pin(0), pin(1), pin(2), pin(3)],
      message: (address, data) => void this.messages.push(`${address.toString(16)} ${data}`),
    });
    const [ecam, window] = this.bus.devices(ECAM);
    this.ecam = must(ecam, 'ECAM').device;
    this.window = must(window, 'window').device;
  }

  config(at: number, bytes: AccessSize = 4): number {
    return Number(this.ecam.read(FUNCTION_AT + at, bytes, 0));
  }
  setConfig(at: number, value: number, bytes: AccessSize = 4): void {
    this.ecam.write(FUNCTION_AT + at, bytes, BigInt(value >>> 0), 0);
  }
  /** Bytes of a BAR, where it is now. */
  bar(bar: number, at: number, bytes: AccessSize = 4): bigint {
    return this.window.read(this.config(HEADER.BAR0 + 4 * bar) - WINDOW.base + at, bytes, 0);
  }
  setBar(bar: number, at: number, value: number | bigint, bytes: AccessSize = 4, vcpu = 0): void {
    this.window.write(this.config(HEADER.BAR0 + 4 * bar) - WINDOW.base + at, bytes, BigInt(value), vcpu);
  }
  /** Message Control. */
  get control(): number {
    return must(this.bus.functions[1]?.config.at('MSI-X'), 'MSI-X') + 2;
  }

  override get(register: keyof typeof REGISTER): number {
    const [at, bytes] = must(COMMON[register], register);
    return Number(this.bar(0, at, bytes));
  }
  override put(register: keyof typeof REGISTER, value: number): void {
    const [at, bytes] = must(COMMON[register], register);
    this.setBar(0, at, value >>> 0, bytes);
  }
  override notify(queue: number, vcpu: number): void {
    this.setBar(0, 0x3000 + 4 * queue, queue, 2, vcpu);
  }
}
