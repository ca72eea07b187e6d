import type { AccessSize, MmioDevice } from '../bus/mmio-bus.ts';
import { type RegisterMap, readRegisters, registerMap, writeRegisters } from '../bus/register-file.ts';
import type { VirtioDevice } from './device.ts';
import { legacyRegisters } from './legacy-registers.ts';
import { modernRegisters } from './modern-registers.ts';
import type { RegisterSide } from './register-side.ts';
import { REGISTER, registerNameAt, SLOT_BYTES, type Transport } from './registers.ts';

const LOW_32 = 0xffff_ffffn;

const maps: { readonly [T in Transport]: RegisterMap<RegisterSide> } = {
  1: registerMap<RegisterSide>(legacyRegisters),
  2: registerMap<RegisterSide>(modernRegisters),
};

/** A virtio device by memory-mapped registers (virtio 1.2, 4.2), modern or legacy. */
export class MmioTransport implements MmioDevice {
  readonly name: string;
  readonly size = SLOT_BYTES;
  readonly reachesMemory = true;
  readonly #device: VirtioDevice;

  constructor(device: VirtioDevice) {
    this.name = device.name;
    this.#device = device;
  }

  /** Registers of the transport are 32 bits wide, and accessed as such (4.2.2.2). */
  read(offset: number, size: AccessSize): bigint {
    if (offset >= REGISTER.Config) return this.#device.readConfig(offset - REGISTER.Config, size);
    if (size !== 4 || offset % 4 !== 0) return 0n;
    return readRegisters(maps[this.#device.transport], this.#device, offset, size);
  }

  write(offset: number, size: AccessSize, value: bigint, vcpu: number): void {
    const device = this.#device;
    if (offset >= REGISTER.Config) {
      device.writeConfig(offset - REGISTER.Config, value);
      return;
    }
    if (size !== 4 || offset % 4 !== 0) return;
    if (offset === REGISTER.QueueNotify) device.notified(Number(value & LOW_32), vcpu);
    else writeRegisters<RegisterSide>(maps[device.transport], device, offset, size, value);
    device.driveLine();
  }

  registerName(offset: number): string | undefined {
    return registerNameAt(offset);
  }
}
