import type { RegisterFile } from '../bus/register-file.ts';
import { clear, type Pl061, rawStatus } from './gpio.ts';

/** A register that reads as it was written, a bit a line. */
const kept = (at: number, field: 'dir' | 'is' | 'ibe' | 'iev' | 'ie' | 'afsel') => ({
  at,
  mask: 0xff,
  read: (g: Pl061) => g.state[field],
  write: (g: Pl061, v: number) => {
    g.state[field] = v;
  },
});

/** The PL061's registers (Arm DDI 0190, "Summary of registers"), but for GPIODATA, whose address is its mask. */
export const pl061Registers = {
  GPIODIR: kept(0x400, 'dir'),
  GPIOIS: kept(0x404, 'is'),
  GPIOIBE: kept(0x408, 'ibe'),
  GPIOIEV: kept(0x40c, 'iev'),
  GPIOIE: kept(0x410, 'ie'),
  GPIORIS: { at: 0x414, mask: 0xff, read: (g) => rawStatus(g.state) },
  GPIOMIS: { at: 0x418, mask: 0xff, read: (g) => rawStatus(g.state) & g.state.ie },
  GPIOIC: { at: 0x41c, mask: 0xff, write: clear },
  GPIOAFSEL: kept(0x420, 'afsel'),
  GPIOPeriphID0: { at: 0xfe0, mask: 0xff, reset: 0x61, read: () => 0x61 },
  GPIOPeriphID1: { at: 0xfe4, mask: 0xff, reset: 0x10, read: () => 0x10 },
  GPIOPeriphID2: { at: 0xfe8, mask: 0xff, reset: 0x04, read: () => 0x04 },
  GPIOPeriphID3: { at: 0xfec, mask: 0xff, reset: 0x00, read: () => 0x00 },
  GPIOPCellID0: { at: 0xff0, mask: 0xff, reset: 0x0d, read: () => 0x0d },
  GPIOPCellID1: { at: 0xff4, mask: 0xff, reset: 0xf0, read: () => 0xf0 },
  GPIOPCellID2: { at: 0xff8, mask: 0xff, reset: 0x05, read: () => 0x05 },
  GPIOPCellID3: { at: 0xffc, mask: 0xff, reset: 0xb1, read: () => 0xb1 },
} satisfies RegisterFile<Pl061>;
