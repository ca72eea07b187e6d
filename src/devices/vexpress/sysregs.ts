// vexpress/: the system registers of Arm's Versatile Express motherboard, and the controller behind them.

import type { PlainMap } from '../../base/plain.ts';
import { copyState, putState, type Stateful } from '../../base/stateful.ts';
import type { AccessSize, MmioDevice } from '../bus/mmio-bus.ts';
import type { Clock, SystemPower } from '../bus/ports.ts';
import { type RegisterMap, readRegisters, registerMap, registerName, writeRegisters } from '../bus/register-file.ts';
import { newSysregs, type Sysregs, type SysregsIdentity, sysregsFields } from './controller.ts';
import { sysregsRegisters } from './registers.ts';

const registers: RegisterMap<Sysregs> = registerMap<Sysregs>(sysregsRegisters);

/** What they are joined to. */
export interface SysregsPorts {
  readonly clock: Clock;
  readonly power: SystemPower;
  readonly identity: SysregsIdentity;
}

/**
 * The system registers of the V2M-P1 motherboard (Arm DUI 0447, "Status and system control registers"): identity, counters that show
 * virtual time, flags, and SYS_CFG*, by which the motherboard's controller is asked to turn the power off or to start anew.
 */
export class VexpressSysregs implements MmioDevice, Stateful {
  readonly name = 'vexpress-sysregs';
  readonly version = 1;
  readonly size = 0x1000;
  readonly tellsTime = true;
  readonly turnsPower = true;
  readonly #sysregs: Sysregs;

  constructor({ clock, power, identity }: SysregsPorts) {
    this.#sysregs = { state: newSysregs(), identity, clock, power };
  }

  read(offset: number, size: AccessSize): bigint {
    return readRegisters(registers, this.#sysregs, offset, size);
  }
  write(offset: number, size: AccessSize, value: bigint): void {
    writeRegisters(registers, this.#sysregs, offset, size, value);
  }
  registerName(offset: number): string | undefined {
    return registerName(sysregsRegisters, offset);
  }

  save(): PlainMap {
    return copyState(this.#sysregs.state);
  }
  restore(saved: PlainMap): void {
    putState(this.#sysregs.state, sysregsFields, saved);
  }
}
