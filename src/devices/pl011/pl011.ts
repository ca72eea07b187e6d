// pl011/: the PrimeCell UART.

import type { PlainMap } from '../../base/plain.ts';
import { copyState, putState, type Stateful } from '../../base/stateful.ts';
import type { AccessSize, MmioDevice } from '../bus/mmio-bus.ts';
import type { ByteSink, IrqLine } from '../bus/ports.ts';
import {
  type RegisterMap,
  readRegisters,
  registerMap,
  registerName,
  resetRegisters,
  writeRegisters,
} from '../bus/register-file.ts';
import { pl011Registers } from './registers.ts';
import { CR, driveLine, interruptsOnInput, LCR_H, newState, type Pl011, pl011Fields, receive, rxRoom } from './uart.ts';

/** UARTLCR_H.WLEN: 8 bits. */
const WLEN_8 = 3 << 5;
/** 115,200 baud of a 24 MHz UARTCLK, which a driver may read back (24 MHz / (16 x 115,200) = 13 + 1/64). */
const FIRMWARE_DIVISOR = { integer: 13, fraction: 1 } as const;
const registers: RegisterMap<Pl011> = registerMap<Pl011>(pl011Registers);

/**
 * Who had the UART before the guest: nobody, or a firmware that leaves it enabled (8 bits, FIFOs on), which an
 * early console relies on (Linux Documentation/admin-guide/kernel-parameters, earlycon=pl011).
 */
export type Handover = 'reset' | 'firmware';

/** What it is joined to. */
export interface Pl011Ports {
  /** Of several on a board. */
  readonly name?: string;
  readonly sink: ByteSink;
  readonly irq: IrqLine;
  readonly handover: Handover;
}

/** The PrimeCell UART (Arm DDI 0183 r1p5). Its line has no speed: characters take no virtual time. */
export class Pl011Device implements MmioDevice, Stateful {
  readonly name: string;
  readonly version = 1;
  readonly size = 0x1000;
  readonly #uart: Pl011;

  constructor({ name = 'pl011', sink, irq, handover }: Pl011Ports) {
    this.name = name;
    this.#uart = { state: newState(), sink, irq };
    resetRegisters(pl011Registers, this.#uart);
    if (handover === 'firmware') {
      const { state } = this.#uart;
      state.ibrd = FIRMWARE_DIVISOR.integer;
      state.fbrd = FIRMWARE_DIVISOR.fraction;
      state.lcrH = WLEN_8 | LCR_H.FEN;
      state.cr |= CR.UARTEN;
    }
  }

  read(offset: number, size: AccessSize): bigint {
    const value = readRegisters(registers, this.#uart, offset, size);
    driveLine(this.#uart);
    return value;
  }

  write(offset: number, size: AccessSize, value: bigint): void {
    writeRegisters(registers, this.#uart, offset, size, value);
    driveLine(this.#uart);
  }

  registerName(offset: number): string | undefined {
    return registerName(pl011Registers, offset);
  }

  /** How many characters `receive` takes now without loss. */
  rxRoom(): number {
    return rxRoom(this.#uart.state);
  }

  /** Whether a character from the other end would raise the interrupt. */
  interruptsOnInput(): boolean {
    return interruptsOnInput(this.#uart.state);
  }

  /** A character from the other end of the line. */
  receive(byte: number): void {
    receive(this.#uart, byte);
  }

  save(): PlainMap {
    return copyState(this.#uart.state);
  }
  restore(saved: PlainMap): void {
    putState(this.#uart.state, pl011Fields, saved);
  }
}
