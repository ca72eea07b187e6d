import type { RegisterFile } from '../bus/register-file.ts';
import { flags, type Pl011, popReceived, setControl, setLineControl, transmit } from './uart.ts';

/** The PL011's registers (Arm DDI 0183 r1p5, "Summary of registers"). */
export const pl011Registers = {
  UARTDR: { at: 0x000, mask: 0xfff, read: popReceived, write: transmit },
  /** UARTECR on a write, which clears all errors whatever is written. */
  UARTRSR: {
    at: 0x004,
    mask: 0xf,
    read: (u) => u.state.rsr,
    write: (u) => {
      u.state.rsr = 0;
    },
  },
  UARTFR: { at: 0x018, mask: 0x1ff, reset: 0x090, read: (u) => flags(u.state) },
  UARTILPR: {
    at: 0x020,
    mask: 0xff,
    reset: 0,
    read: (u) => u.state.ilpr,
    write: (u, v) => {
      u.state.ilpr = v;
    },
  },
  UARTIBRD: {
    at: 0x024,
    mask: 0xffff,
    reset: 0,
    read: (u) => u.state.ibrd,
    write: (u, v) => {
      u.state.ibrd = v;
    },
  },
  UARTFBRD: {
    at: 0x028,
    mask: 0x3f,
    reset: 0,
    read: (u) => u.state.fbrd,
    write: (u, v) => {
      u.state.fbrd = v;
    },
  },
  UARTLCR_H: { at: 0x02c, mask: 0xff, reset: 0, read: (u) => u.state.lcrH, write: setLineControl },
  UARTCR: { at: 0x030, mask: 0xff87, reset: 0x300, read: (u) => u.state.cr, write: setControl },
  UARTIFLS: {
    at: 0x034,
    mask: 0x3f,
    reset: 0x12,
    read: (u) => u.state.ifls,
    write: (u, v) => {
      u.state.ifls = v;
    },
  },
  UARTIMSC: {
    at: 0x038,
    mask: 0x7ff,
    reset: 0,
    read: (u) => u.state.imsc,
    write: (u, v) => {
      u.state.imsc = v;
    },
  },
  UARTRIS: { at: 0x03c, mask: 0x7ff, reset: 0, read: (u) => u.state.ris },
  UARTMIS: { at: 0x040, mask: 0x7ff, reset: 0, read: (u) => u.state.ris & u.state.imsc },
  UARTICR: {
    at: 0x044,
    mask: 0x7ff,
    write: (u, v) => {
      u.state.ris &= ~v;
    },
  },
  /** Stored only: no DMA controller is wired to the UART. */
  UARTDMACR: {
    at: 0x048,
    mask: 0x7,
    reset: 0,
    read: (u) => u.state.dmacr,
    write: (u, v) => {
      u.state.dmacr = v;
    },
  },
  UARTPeriphID0: { at: 0xfe0, mask: 0xff, reset: 0x11, read: () => 0x11 },
  UARTPeriphID1: { at: 0xfe4, mask: 0xff, reset: 0x10, read: () => 0x10 },
  /** Revision 3 is r1p5: drivers take its FIFOs to be 32 deep. */
  UARTPeriphID2: { at: 0xfe8, mask: 0xff, reset: 0x34, read: () => 0x34 },
  UARTPeriphID3: { at: 0xfec, mask: 0xff, reset: 0x00, read: () => 0x00 },
  UARTPCellID0: { at: 0xff0, mask: 0xff, reset: 0x0d, read: () => 0x0d },
  UARTPCellID1: { at: 0xff4, mask: 0xff, reset: 0xf0, read: () => 0xf0 },
  UARTPCellID2: { at: 0xff8, mask: 0xff, reset: 0x05, read: () => 0x05 },
  UARTPCellID3: { at: 0xffc, mask: 0xff, reset: 0xb1, read: () => 0xb1 },
} satisfies RegisterFile<Pl011>;
