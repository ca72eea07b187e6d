// pl061/: the PrimeCell GPIO, with the machine's power key.

import { type Icount, icount } from '../../base/brands.ts';
import type { PlainMap } from '../../base/plain.ts';
import { copyState, putState, type Stateful } from '../../base/stateful.ts';
import type { AccessSize, MmioDevice } from '../bus/mmio-bus.ts';
import type { Clock, DeadlineSource, IrqLine } from '../bus/ports.ts';
import { type RegisterMap, readRegisters, registerMap, registerName, writeRegisters } from '../bus/register-file.ts';
import { change, driveLine, levels, type Pl061, pl061Fields } from './gpio.ts';
import { pl061Registers } from './registers.ts';

const registers: RegisterMap<Pl061> = registerMap<Pl061>(pl061Registers);
/** GPIODATA: bits [9:2] of the address are the mask (DDI 0190, "Data register"). */
const DATA_BYTES = 0x400;
/** The line of the power key, as on the well-known `virt` machine. */
export const POWER_KEY_LINE = 3;
const POWER_KEY = 1 << POWER_KEY_LINE;
/** It stays down for so long. */
const PRESS_NS = 100_000_000n;

/** What it is joined to. */
export interface Pl061Ports {
  readonly clock: Clock;
  readonly irq: IrqLine;
}

/** The PrimeCell general purpose input and output (Arm DDI 0190): eight lines, of which one is the power key. */
export class Pl061Device implements MmioDevice, Stateful, DeadlineSource {
  readonly name = 'pl061';
  readonly version = 1;
  readonly size = 0x1000;
  readonly #clock: Clock;
  readonly #gpio: Pl061;

  constructor({ clock, irq }: Pl061Ports) {
    this.#clock = clock;
    const state = {
      ...{ out: 0, in: 0, dir: 0, is: 0, ibe: 0, iev: 0, ie: 0, edges: 0, afsel: 0 },
      ...{ releaseAt: null, line: false },
    };
    this.#gpio = { state, irq };
  }

  /** The key goes down now, and up by itself. */
  pressPowerKey(): void {
    this.#gpio.state.releaseAt = this.#clock.icountAt(this.#clock.nanoseconds() + PRESS_NS);
    change(this.#gpio, (s) => {
      s.in |= POWER_KEY;
    });
  }

  nextDeadline(): Icount | undefined {
    const { releaseAt } = this.#gpio.state;
    return releaseAt === null ? undefined : icount(releaseAt);
  }
  poll(): void {
    const { state } = this.#gpio;
    if (state.releaseAt === null || this.#clock.icount() < state.releaseAt) return;
    state.releaseAt = null;
    change(this.#gpio, (s) => {
      s.in &= ~POWER_KEY;
    });
  }

  read(offset: number, size: AccessSize): bigint {
    this.poll();
    if (offset < DATA_BYTES) return BigInt(levels(this.#gpio.state) & (offset >>> 2));
    return readRegisters(registers, this.#gpio, offset, size);
  }

  write(offset: number, size: AccessSize, value: bigint): void {
    this.poll();
    if (offset < DATA_BYTES) {
      const mask = offset >>> 2;
      change(this.#gpio, (s) => {
        s.out = (s.out & ~mask) | (Number(value & 0xffn) & mask);
      });
      return;
    }
    // A line that becomes an output, or an input, may change its level by that.
    change(this.#gpio, () => writeRegisters(registers, this.#gpio, offset, size, value));
    driveLine(this.#gpio);
  }

  registerName(offset: number): string | undefined {
    return offset < DATA_BYTES ? 'GPIODATA' : registerName(pl061Registers, offset);
  }

  save(): PlainMap {
    return copyState(this.#gpio.state);
  }
  restore(saved: PlainMap): void {
    putState(this.#gpio.state, pl061Fields, saved);
  }
}
