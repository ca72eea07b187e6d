import type { RegisterFile } from '../bus/register-file.ts';
import { clear, type Pl061, rawStatus } from './gpio.ts';

/** The PL061's registers (Arm DDI 0190, "Summary of registers"), but for GPIODATA, whose address is its mask. */
export const pl061Registers = {
  GPIODIR: {
    at: 0x400,
    mask: 0xff,
    read: (g) => g.state.dir,
    write: (g, v) => {
      g.state.dir = v;
    },
  },
  GPIOIS: {
    at: 0x404,
    mask: 0xff,
    read: (g) => g.state.is,
    write: (g, v) => {
      g.state.is = v;
    },
  },
  GPIOIBE: {
    at: 0x408,
    mask: 0xff,
    read: (g) => g.state.ibe,
    write: (g, v) => {
      g.state.ibe = v;
    },
  },
  GPIOIEV: {
    at: 0x40c,
    mask: 0xff,
    read: (g) => g.state.iev,
    write: (g, v) => {
      g.state.iev = v;
    },
  },
  GPIOIE: {
    at: 0x410,
    mask: 0xff,
    read: (g) => g.state.ie,
    write: (g, v) => {
      g.state.ie = v;
    },
  },
  GPIORIS: { at: 0x414, mask: 0xff, read: (g) => rawStatus(g.state) },
  GPIOMIS: { at: 0x418, mask: 0xff, read: (g) => rawStatus(g.state) & g.state.ie },
  GPIOIC: { at: 0x41c, mask: 0xff, write: clear },
  GPIOAFSEL: {
    at: 0x420,
    mask: 0xff,
    read: (g) => g.state.afsel,
    write: (g, v) => {
      g.state.afsel = v;
    },
  },
  GPIOPeriphID0: { at: 0xfe0, mask: 0xff, reset: 0x61, read: () => 0x61 },
  GPIOPeriphID1: { at: 0xfe4, mask: 0xff, reset: 0x10, read: () => 0x10 },
  GPIOPeriphID2: { at: 0xfe8, mask: 0xff, reset: 0x04, read: () => 0x04 },
  GPIOPeriphID3: { at: 0xfec, mask: 0xff, reset: 0x00, read: () => 0x00 },
  GPIOPCellID0: { at: 0xff0, mask: 0xff, reset: 0x0d, read: () => 0x0d },
  GPIOPCellID1: { at: 0xff4, mask: 0xff, reset: 0xf0, read: () => 0xf0 },
  GPIOPCellID2: { at: 0xff8, mask: 0xff, reset: 0x05, read: () => 0x05 },
  GPIOPCellID3: { at: 0xffc, mask: 0xff, reset: 0xb1, read: () => 0xb1 },
} satisfies RegisterFile<Pl061>;
