import type { RegisterFile } from '../bus/register-file.ts';
import { CFGCTRL, CFGSTAT, type Sysregs, type SysregsState, setCfgctrl, ticks } from './controller.ts';

const word = 0xffff_ffff;

/** A register that reads as it was written. */
const kept = (at: number, mask: number, name: Exclude<keyof SysregsState, 'oscillators'>) => ({
  at,
  mask,
  read: ({ state }: Sysregs) => state[name],
  write: ({ state }: Sysregs, value: number) => {
    state[name] = value;
  },
});
/** Flags that are read and set at one place, and cleared at the next. */
const set = (at: number, name: 'flags' | 'nvflags') => ({
  at,
  mask: word,
  read: ({ state }: Sysregs) => state[name],
  write: ({ state }: Sysregs, value: number) => {
    state[name] = (state[name] | value) >>> 0;
  },
});
const clear = (at: number, name: 'flags' | 'nvflags') => ({
  at,
  mask: word,
  write: ({ state }: Sysregs, value: number) => {
    state[name] = (state[name] & ~value) >>> 0;
  },
});
const constant = (at: number, value: number) => ({ at, mask: word, read: () => value });

/** The motherboard's registers (Arm DUI 0447, "Register summary"; those that no guest asks for are left out, and read as zero). */
export const sysregsRegisters = {
  SYS_ID: { at: 0x000, mask: word, read: ({ identity }) => identity.sysId },
  /** All switches are off. */
  SYS_SW: constant(0x004, 0),
  SYS_LED: kept(0x008, 0xff, 'led'),
  SYS_100HZ: { at: 0x024, mask: word, read: (s) => ticks(s, 100n) },
  SYS_FLAGS: set(0x030, 'flags'),
  SYS_FLAGSCLR: clear(0x034, 'flags'),
  SYS_NVFLAGS: set(0x038, 'nvflags'),
  SYS_NVFLAGSCLR: clear(0x03c, 'nvflags'),
  /** No card is in the slot. */
  SYS_MCI: constant(0x048, 0),
  SYS_FLASH: kept(0x04c, 1, 'flash'),
  SYS_CFGSW: kept(0x058, 0xff, 'cfgsw'),
  SYS_24MHZ: { at: 0x05c, mask: word, read: (s) => ticks(s, 24_000_000n) },
  /** MASTERSITE is 0: the processor is at site 1. */
  SYS_MISC: constant(0x060, 0),
  SYS_DMA: kept(0x064, word, 'dma'),
  SYS_PROCID0: { at: 0x084, mask: word, read: ({ identity }) => identity.procId0 },
  /** Nobody is at site 2. */
  SYS_PROCID1: constant(0x088, 0xff00_0000),
  SYS_CFGDATA: kept(0x0a0, word, 'cfgdata'),
  SYS_CFGCTRL: { at: 0x0a4, mask: CFGCTRL.mask, read: ({ state }) => state.cfgctrl, write: setCfgctrl },
  SYS_CFGSTAT: kept(0x0a8, CFGSTAT.mask, 'cfgstat'),
} satisfies RegisterFile<Sysregs>;
