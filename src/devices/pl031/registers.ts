import type { RegisterFile } from '../bus/register-file.ts';
import { counter, loadCounter, type Pl031, setMatch } from './rtc.ts';

/** The PL031's registers (Arm DDI 0224, "Summary of registers"). */
export const pl031Registers = {
  RTCDR: { at: 0x000, mask: 0xffff_ffff, read: counter },
  RTCMR: { at: 0x004, mask: 0xffff_ffff, read: (r) => r.state.mr, write: setMatch },
  RTCLR: { at: 0x008, mask: 0xffff_ffff, read: (r) => r.state.lr, write: loadCounter },
  /** The clock runs since before the guest; once started, writes have no effect until a reset. */
  RTCCR: { at: 0x00c, mask: 1, reset: 1, read: () => 1 },
  RTCIMSC: {
    at: 0x010,
    mask: 1,
    read: (r) => r.state.imsc,
    write: (r, v) => {
      r.state.imsc = v;
    },
  },
  RTCRIS: { at: 0x014, mask: 1, read: (r) => r.state.ris },
  RTCMIS: { at: 0x018, mask: 1, read: (r) => r.state.ris & r.state.imsc },
  RTCICR: {
    at: 0x01c,
    mask: 1,
    write: (r, v) => {
      r.state.ris &= ~v;
    },
  },
  RTCPeriphID0: { at: 0xfe0, mask: 0xff, reset: 0x31, read: () => 0x31 },
  RTCPeriphID1: { at: 0xfe4, mask: 0xff, reset: 0x10, read: () => 0x10 },
  /** Revision field as the well-known `virt` machine shows it; drivers tell Arm's part by this value. */
  RTCPeriphID2: { at: 0xfe8, mask: 0xff, reset: 0x14, read: () => 0x14 },
  RTCPeriphID3: { at: 0xfec, mask: 0xff, reset: 0x00, read: () => 0x00 },
  RTCPCellID0: { at: 0xff0, mask: 0xff, reset: 0x0d, read: () => 0x0d },
  RTCPCellID1: { at: 0xff4, mask: 0xff, reset: 0xf0, read: () => 0xf0 },
  RTCPCellID2: { at: 0xff8, mask: 0xff, reset: 0x05, read: () => 0x05 },
  RTCPCellID3: { at: 0xffc, mask: 0xff, reset: 0xb1, read: () => 0xb1 },
} satisfies RegisterFile<Pl031>;
