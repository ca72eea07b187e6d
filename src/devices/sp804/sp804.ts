// sp804/: the dual timer.

import type { Icount } from '../../base/brands.ts';
import type { PlainMap } from '../../base/plain.ts';
import { copyState, putState, type Stateful } from '../../base/stateful.ts';
import type { AccessSize, MmioDevice } from '../bus/mmio-bus.ts';
import type { Clock, DeadlineSource, IrqLine } from '../bus/ports.ts';
import { type RegisterMap, readRegisters, registerMap, registerName, writeRegisters } from '../bus/register-file.ts';
import { sp804Registers } from './registers.ts';
import { driveLine, newTimer, nextInterruptNs, type Sp804, sp804Fields } from './timer.ts';

const registers: RegisterMap<Sp804> = registerMap<Sp804>(sp804Registers);

/** What it is joined to. */
export interface Sp804Ports {
  /** Of several on a board. */
  readonly name?: string;
  readonly clock: Clock;
  /** TIMINTC, the combined interrupt. */
  readonly irq: IrqLine;
  /** TIMCLK, with TIMCLKEN1 and TIMCLKEN2 always on. */
  readonly timclkHz: number;
}

/** The PrimeCell dual timer (Arm DDI 0271), which counts virtual time. */
export class Sp804Device implements MmioDevice, Stateful, DeadlineSource {
  readonly name: string;
  readonly version = 1;
  readonly size = 0x1000;
  readonly tellsTime = true;
  readonly #sp804: Sp804;

  constructor({ name = 'sp804', clock, irq, timclkHz }: Sp804Ports) {
    this.name = name;
    const state = { timers: [newTimer(), newTimer()] as Sp804['state']['timers'], itcr: 0, itop: 0, line: false };
    this.#sp804 = { state, clock, irq, timclkHz: BigInt(timclkHz) };
  }

  read(offset: number, size: AccessSize): bigint {
    return readRegisters(registers, this.#sp804, offset, size);
  }

  write(offset: number, size: AccessSize, value: bigint): void {
    writeRegisters(registers, this.#sp804, offset, size, value);
    driveLine(this.#sp804);
  }

  registerName(offset: number): string | undefined {
    return registerName(sp804Registers, offset);
  }

  nextDeadline(): Icount | undefined {
    const at = nextInterruptNs(this.#sp804);
    return at === undefined ? undefined : this.#sp804.clock.icountAt(at);
  }

  poll(): void {
    driveLine(this.#sp804);
  }

  save(): PlainMap {
    return copyState(this.#sp804.state);
  }
  restore(saved: PlainMap): void {
    putState(this.#sp804.state, sp804Fields, saved);
  }
}
