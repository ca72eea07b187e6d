import type { Register, RegisterFile } from '../bus/register-file.ts';
import {
  clearInterrupt,
  maskedInterrupt,
  rawInterrupt,
  type Sp804,
  setBackgroundLoad,
  setControl,
  setLoad,
  value,
} from './timer.ts';

/** One timer's registers, from its first offset. */
const timer = <N extends 1 | 2>(n: N) => {
  const base = 0x20 * (n - 1);
  const of = (s: Sp804) => s.state.timers[(n - 1) as 0 | 1];
  const word = 0xffff_ffff;
  const rows = {
    Load: { at: base, mask: word, read: (s) => of(s).load, write: (s, v) => setLoad(s, of(s), v) },
    Value: { at: base + 0x04, mask: word, reset: word, read: (s) => value(s, of(s)) },
    Control: {
      at: base + 0x08,
      mask: 0xef,
      reset: 0x20,
      read: (s) => of(s).control,
      write: (s, v) => setControl(s, of(s), v),
    },
    IntClr: { at: base + 0x0c, mask: word, write: (s) => clearInterrupt(s, of(s)) },
    RIS: { at: base + 0x10, mask: 1, read: (s) => rawInterrupt(s, of(s)) },
    MIS: { at: base + 0x14, mask: 1, read: (s) => maskedInterrupt(s, of(s)) },
    BGLoad: { at: base + 0x18, mask: word, read: (s) => of(s).load, write: (s, v) => setBackgroundLoad(s, of(s), v) },
  } satisfies RegisterFile<Sp804>;
  return Object.fromEntries(Object.entries(rows).map(([name, row]) => [`Timer${n}${name}`, row])) as {
    readonly [K in keyof typeof rows as `Timer${N}${K}`]: Register<Sp804>;
  };
};

/** The SP804's registers (Arm DDI 0271, "Summary of registers"). */
export const sp804Registers = {
  ...timer(1),
  ...timer(2),
  TimerITCR: {
    at: 0xf00,
    mask: 1,
    read: (s) => s.state.itcr,
    write: (s, v) => {
      s.state.itcr = v;
    },
  },
  TimerITOP: {
    at: 0xf04,
    mask: 3,
    write: (s, v) => {
      s.state.itop = v;
    },
  },
  TimerPeriphID0: { at: 0xfe0, mask: 0xff, reset: 0x04, read: () => 0x04 },
  TimerPeriphID1: { at: 0xfe4, mask: 0xff, reset: 0x18, read: () => 0x18 },
  TimerPeriphID2: { at: 0xfe8, mask: 0xff, reset: 0x14, read: () => 0x14 },
  TimerPeriphID3: { at: 0xfec, mask: 0xff, reset: 0x00, read: () => 0x00 },
  TimerPCellID0: { at: 0xff0, mask: 0xff, reset: 0x0d, read: () => 0x0d },
  TimerPCellID1: { at: 0xff4, mask: 0xff, reset: 0xf0, read: () => 0xf0 },
  TimerPCellID2: { at: 0xff8, mask: 0xff, reset: 0x05, read: () => 0x05 },
  TimerPCellID3: { at: 0xffc, mask: 0xff, reset: 0xb1, read: () => 0xb1 },
} satisfies RegisterFile<Sp804>;
