// pl031/: the PrimeCell real-time clock.

import type { Icount } from '../../base/brands.ts';
import type { PlainMap } from '../../base/plain.ts';
import { copyState, putState, type Stateful } from '../../base/stateful.ts';
import type { AccessSize, MmioDevice } from '../bus/mmio-bus.ts';
import type { Clock, DeadlineSource, IrqLine } from '../bus/ports.ts';
import { type RegisterMap, readRegisters, registerMap, registerName, writeRegisters } from '../bus/register-file.ts';
import { pl031Registers } from './registers.ts';
import { checkMatch, driveLine, type Pl031, pl031Fields } from './rtc.ts';

const registers: RegisterMap<Pl031> = registerMap<Pl031>(pl031Registers);

/** What it is joined to. */
export interface Pl031Ports {
  readonly clock: Clock;
  readonly irq: IrqLine;
  /** The counter at virtual time zero: seconds since 1970, part of the machine's configuration. */
  readonly epochSeconds: number;
}

/** The PrimeCell real time clock (Arm DDI 0224), which counts virtual seconds. */
export class Pl031Device implements MmioDevice, Stateful, DeadlineSource {
  readonly name = 'pl031';
  readonly version = 1;
  readonly size = 0x1000;
  readonly tellsTime = true;
  readonly #rtc: Pl031;

  constructor({ clock, irq, epochSeconds }: Pl031Ports) {
    const offset = epochSeconds >>> 0;
    this.#rtc = { state: { offset, lr: 0, mr: 0, imsc: 0, ris: 0, matchAtNs: null, line: false }, clock, irq };
  }

  read(offset: number, size: AccessSize): bigint {
    this.poll();
    return readRegisters(registers, this.#rtc, offset, size);
  }

  write(offset: number, size: AccessSize, value: bigint): void {
    this.poll();
    writeRegisters(registers, this.#rtc, offset, size, value);
    driveLine(this.#rtc);
  }

  registerName(offset: number): string | undefined {
    return registerName(pl031Registers, offset);
  }

  /** A masked match needs no deadline: reads find it. */
  nextDeadline(): Icount | undefined {
    const { state, clock } = this.#rtc;
    return state.matchAtNs === null || state.imsc === 0 ? undefined : clock.icountAt(state.matchAtNs);
  }

  poll(): void {
    checkMatch(this.#rtc);
    driveLine(this.#rtc);
  }

  save(): PlainMap {
    return copyState(this.#rtc.state);
  }
  restore(saved: PlainMap): void {
    putState(this.#rtc.state, pl031Fields, saved);
  }
}
