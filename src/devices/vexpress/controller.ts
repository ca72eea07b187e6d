import { bitsOf, list, record, u32 } from '../../base/fields.ts';
import type { Clock, SystemPower } from '../bus/ports.ts';

/** What a board says that it is. */
export interface SysregsIdentity {
  /** SYS_ID: revision, board (HBI), build, architecture and FPGA. */
  readonly sysId: number;
  /** SYS_PROCID0: the processor at site 1. */
  readonly procId0: number;
}

/** SYS_CFGCTRL (DUI 0447, "SYS_CFGCTRL Register"). */
export const CFGCTRL = { start: 2 ** 31, write: 1 << 30, mask: 0xfff3_ffff } as const;
/** SYS_CFGSTAT. */
export const CFGSTAT = { complete: 1 << 0, error: 1 << 1, mask: 3 } as const;

/** Everything that the registers and their controller hold. */
export interface SysregsState {
  led: number;
  flags: number;
  nvflags: number;
  flash: number;
  cfgsw: number;
  dma: number;
  cfgdata: number;
  /** Without the start bit, which reads as zero: what is asked is done at once. */
  cfgctrl: number;
  cfgstat: number;
  /** The motherboard's oscillators in Hz, as they are set; nothing here runs by them. */
  oscillators: number[];
}

/** OSC0 to OSC5 at reset: static memory, CLCD, peripherals, reserved, system bus, reserved (DUI 0447, "Clocks"). */
const OSCILLATORS_HZ = [50_000_000, 23_750_000, 24_000_000, 24_000_000, 24_000_000, 24_000_000] as const;
const LED = 0xff;

/** At power-on. */
export const newSysregs = (): SysregsState => ({
  ...{ led: 0, flags: 0, nvflags: 0, flash: 0, cfgsw: 0, dma: 0, cfgdata: 0, cfgctrl: 0, cfgstat: 0 },
  oscillators: [...OSCILLATORS_HZ],
});

/** What a saved state may hold. */
export const sysregsFields = record<SysregsState>({
  led: bitsOf(LED),
  flags: u32,
  nvflags: u32,
  flash: bitsOf(1),
  cfgsw: bitsOf(0xff),
  dma: u32,
  cfgdata: u32,
  cfgctrl: bitsOf(CFGCTRL.mask - CFGCTRL.start),
  cfgstat: bitsOf(CFGSTAT.mask),
  oscillators: list(u32, OSCILLATORS_HZ.length),
});

/** The registers with their ports. */
export interface Sysregs {
  readonly state: SysregsState;
  readonly identity: SysregsIdentity;
  readonly clock: Clock;
  readonly power: SystemPower;
}

/** A counter of virtual time since power-on, modulo 2^32. */
export const ticks = ({ clock }: Sysregs, hz: bigint): number =>
  Number(BigInt.asUintN(32, (clock.nanoseconds() * hz) / 1_000_000_000n));

/** What the controller does of a function for one of its devices; without `read` or `write` it cannot be read or written. */
interface CfgFunction {
  readonly devices: number;
  readonly read?: (s: Sysregs, device: number) => number;
  readonly write?: (s: Sysregs, device: number, value: number) => void;
}

const VIO_MICROVOLTS = 3_300_000;
/** By SYS_CFGCTRL.Function, of the motherboard (DUI 0447, "SYS_CFGCTRL Register"; names as Linux's bindings, arm/vexpress-config.yaml). */
const functions: ReadonlyMap<number, CfgFunction> = new Map([
  [
    1,
    {
      // vexpress-osc
      devices: OSCILLATORS_HZ.length,
      read: (s, device) => s.state.oscillators[device] as number,
      write: (s, device, value) => {
        s.state.oscillators[device] = value;
      },
    },
  ],
  [2, { devices: 1, read: () => VIO_MICROVOLTS }], // vexpress-volt
  [5, { devices: 1, write: ({ power }) => power.reset() }], // vexpress-reset
  [8, { devices: 1, write: ({ power }) => power.off() }], // vexpress-shutdown
  [9, { devices: 1, write: ({ power }) => power.reset() }], // vexpress-reboot
] satisfies [number, CfgFunction][]);

const field = (value: number, shift: number, bits: number): number => (value >>> shift) & ((1 << bits) - 1);

/** False where there is nobody who does it. */
function carryOut(s: Sysregs, command: number): boolean {
  const [dcc, site, position] = [field(command, 26, 4), field(command, 16, 2), field(command, 12, 4)];
  // Of the sites only the motherboard has a controller.
  if (dcc !== 0 || site !== 0 || position !== 0) return false;
  const wanted = functions.get(field(command, 20, 6));
  const device = field(command, 0, 12);
  if (wanted === undefined || device >= wanted.devices) return false;
  if (command & CFGCTRL.write) {
    wanted.write?.(s, device, s.state.cfgdata);
    return wanted.write !== undefined;
  }
  if (wanted.read === undefined) return false;
  s.state.cfgdata = wanted.read(s, device);
  return true;
}

/** A write of SYS_CFGCTRL: with the start bit the controller does what it says, at once. */
export function setCfgctrl(s: Sysregs, value: number): void {
  s.state.cfgctrl = value % CFGCTRL.start;
  if (value < CFGCTRL.start) return;
  s.state.cfgstat = CFGSTAT.complete | (carryOut(s, s.state.cfgctrl) ? 0 : CFGSTAT.error);
}
