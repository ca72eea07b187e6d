import { bitsOf, flag, integer, list, record } from '../../base/fields.ts';
import type { ByteSink, IrqLine } from '../bus/ports.ts';

/** UARTFR bits. Facts here are the PL011 manual's (Arm DDI 0183 r1p5), under the register or interrupt named. */
export const FR = { TXFE: 1 << 7, RXFF: 1 << 6, TXFF: 1 << 5, RXFE: 1 << 4, BUSY: 1 << 3 } as const;
/** UARTFR's modem bits. */
const MODEM = { RI: 1 << 8, DCD: 1 << 2, DSR: 1 << 1, CTS: 1 << 0 } as const;
/** UARTDR's error bits; UARTRSR has them 8 lower. */
export const DR = { OE: 1 << 11, BE: 1 << 10, PE: 1 << 9, FE: 1 << 8 } as const;
const RSR_OE = DR.OE >> 8;
/** UARTLCR_H bits. */
export const LCR_H = { FEN: 1 << 4, BRK: 1 << 0 } as const;
/** UARTCR bits. */
export const CR = {
  OUT2: 1 << 13,
  OUT1: 1 << 12,
  RTS: 1 << 11,
  DTR: 1 << 10,
  RXE: 1 << 9,
  TXE: 1 << 8,
  LBE: 1 << 7,
  UARTEN: 1 << 0,
} as const;
/** Interrupt bits of UARTIMSC, UARTRIS, UARTMIS and UARTICR. */
export const INT = {
  OE: 1 << 10,
  BE: 1 << 9,
  PE: 1 << 8,
  FE: 1 << 7,
  RT: 1 << 6,
  TX: 1 << 5,
  RX: 1 << 4,
  DSR: 1 << 3,
  DCD: 1 << 2,
  CTS: 1 << 1,
  RI: 1 << 0,
} as const;

/** FIFO depth of r1p5; earlier revisions had 16. */
export const FIFO_DEPTH = 32;
/** UARTIFLS's fractions of the FIFO: 1/8, 1/4, 1/2, 3/4, 7/8; the reserved encodings act as the last. */
const TRIGGER_LEVELS = [4, 8, 16, 24, 28] as const;
const triggerLevel = (select: number): number => TRIGGER_LEVELS[select] ?? 28;

/** Everything a PL011 holds. */
export interface Pl011State {
  /** Received characters, each with its error bits as UARTDR shows them. */
  rx: number[];
  /** Characters that wait for the transmitter to be enabled. */
  tx: number[];
  /** UARTDR.OE: a character was lost since the receive FIFO last had room. */
  overrun: boolean;
  rsr: number;
  ilpr: number;
  ibrd: number;
  fbrd: number;
  lcrH: number;
  cr: number;
  ifls: number;
  imsc: number;
  ris: number;
  dmacr: number;
  /** The modem inputs, as UARTFR bits. */
  modem: number;
  /** UARTINTR's level. */
  line: boolean;
}

/** A PL011 with its ports. */
export interface Pl011 {
  readonly state: Pl011State;
  readonly sink: ByteSink;
  readonly irq: IrqLine;
}

/** Nothing received, nothing to send; the registers' reset values are in their rows. */
export const newState = (): Pl011State => ({
  rx: [],
  tx: [],
  overrun: false,
  rsr: 0,
  ilpr: 0,
  ibrd: 0,
  fbrd: 0,
  lcrH: 0,
  cr: 0,
  ifls: 0,
  imsc: 0,
  ris: 0,
  dmacr: 0,
  modem: 0,
  line: false,
});

const INT_MASK = 0x7ff;
/** What a saved state may hold: what the registers let through. */
export const pl011Fields = record<Pl011State>(
  {
    rx: list(bitsOf(0xff | DR.BE | DR.PE | DR.FE), { max: FIFO_DEPTH }),
    tx: list(integer(0, 0xff), { max: FIFO_DEPTH }),
    overrun: flag,
    rsr: integer(0, 0xf),
    ilpr: integer(0, 0xff),
    ibrd: integer(0, 0xffff),
    fbrd: integer(0, 0x3f),
    lcrH: integer(0, 0xff),
    cr: bitsOf(0xff87),
    ifls: integer(0, 0x3f),
    imsc: integer(0, INT_MASK),
    ris: integer(0, INT_MASK),
    dmacr: integer(0, 0x7),
    modem: bitsOf(MODEM.RI | MODEM.DCD | MODEM.DSR | MODEM.CTS),
    line: flag,
  },
  (s) => {
    if (s.rx.length > depth(s)) return ['rx', 'more characters than the FIFO has room for'];
    if (s.tx.length > depth(s)) return ['tx', 'more characters than the FIFO has room for'];
    if (s.modem !== modemInputs(s.cr)) return ['modem', 'not what the control register makes them'];
    return s.line === ((s.ris & s.imsc) !== 0) ? undefined : ['line', 'not what the interrupts make it'];
  },
);

const depth = (s: Pl011State): number => (s.lcrH & LCR_H.FEN ? FIFO_DEPTH : 1);
const rxTrigger = (s: Pl011State): number => (s.lcrH & LCR_H.FEN ? triggerLevel(s.ifls >> 3) : 1);
const txTrigger = (s: Pl011State): number => (s.lcrH & LCR_H.FEN ? triggerLevel(s.ifls & 7) : 0);
const all = (value: number, bits: number): boolean => (value & bits) === bits;
const receiving = (s: Pl011State): boolean => all(s.cr, CR.UARTEN | CR.RXE);
const transmitting = (s: Pl011State): boolean => all(s.cr, CR.UARTEN | CR.TXE);

/** Puts UARTINTR, the OR of the masked interrupts, on the line. */
export function driveLine({ state: s, irq }: Pl011): void {
  const level = (s.ris & s.imsc) !== 0;
  if (level === s.line) return;
  s.line = level;
  irq.set(level);
}

/** UARTFR. BUSY holds while anything waits in the transmit FIFO, whether or not the UART is enabled. */
export const flags = (s: Pl011State): number =>
  s.modem |
  (s.tx.length === 0 ? FR.TXFE : FR.BUSY) |
  (s.tx.length >= depth(s) ? FR.TXFF : 0) |
  (s.rx.length === 0 ? FR.RXFE : 0) |
  (s.rx.length >= depth(s) ? FR.RXFF : 0);

/**
 * How many characters the receiver takes now without loss: none while it is disabled or looped back. A host that
 * sends no more than this never overruns the FIFO.
 */
export const rxRoom = (s: Pl011State): number =>
  receiving(s) && !(s.cr & CR.LBE) ? Math.max(0, depth(s) - s.rx.length) : 0;

/** Whether a character that is received would raise UARTINTR. */
export const interruptsOnInput = (s: Pl011State): boolean =>
  receiving(s) && !(s.cr & CR.LBE) && (s.imsc & (INT.RX | INT.RT)) !== 0;

/** Takes a character with its UARTDR error bits off the wire. */
function shiftIn(s: Pl011State, character: number): void {
  s.ris |= (character & (DR.BE | DR.PE | DR.FE)) >> 1;
  if (s.rx.length >= depth(s)) {
    // The shift register is overwritten; the FIFO stays valid (UARTRSR, OE).
    s.overrun = true;
    s.rsr |= RSR_OE;
    s.ris |= INT.OE;
    return;
  }
  s.rx.push(character);
  if (s.rx.length >= rxTrigger(s)) s.ris |= INT.RX;
  // A bit takes no virtual time, so the 32 bit periods of silence after a character have passed at once.
  s.ris |= INT.RT;
}

/** Receives a character from the other end; lost while the receiver is disabled or looped back. */
export function receive(u: Pl011, byte: number): void {
  if (!receiving(u.state) || u.state.cr & CR.LBE) return;
  shiftIn(u.state, byte & 0xff);
  driveLine(u);
}

/** Drops interrupts that the receive FIFO's level no longer holds (UARTRXINTR, UARTRTINTR). */
function settleReceive(s: Pl011State): void {
  if (s.rx.length < rxTrigger(s)) s.ris &= ~INT.RX;
  if (s.rx.length === 0) s.ris &= ~INT.RT;
}

/** A read of UARTDR: the oldest character and its errors, which UARTRSR then repeats. */
export function popReceived({ state: s }: Pl011): number {
  const character = s.rx.shift();
  if (character === undefined) return 0;
  s.rsr = (s.rsr & RSR_OE) | (character >> 8);
  const value = character | (s.overrun ? DR.OE : 0);
  s.overrun = false;
  settleReceive(s);
  return value;
}

/** Sends what waits, at once: a bit takes no virtual time. */
function drain({ state: s, sink }: Pl011): void {
  if (s.tx.length === 0 || !transmitting(s)) return;
  for (const byte of s.tx) {
    if (s.cr & CR.LBE) {
      if (receiving(s)) shiftIn(s, byte);
    } else sink.write(byte);
  }
  s.tx.length = 0;
  // Each drain passes the trigger level downwards: the interrupt is for the transition, not the level (UARTTXINTR).
  s.ris |= INT.TX;
}

/** A write of UARTDR. Characters that find the FIFO full are lost. */
export function transmit(u: Pl011, byte: number): void {
  const s = u.state;
  if (s.tx.length < depth(s)) s.tx.push(byte & 0xff);
  if (s.tx.length > txTrigger(s)) s.ris &= ~INT.TX;
  drain(u);
}

/** A write of UARTLCR_H: a change of FEN empties both FIFOs, a break under loopback is received. */
export function setLineControl({ state: s }: Pl011, value: number): void {
  const changed = s.lcrH ^ value;
  s.lcrH = value;
  if (changed & LCR_H.FEN) {
    s.rx.length = 0;
    s.tx.length = 0;
    s.overrun = false;
    settleReceive(s);
  }
  if (changed & value & LCR_H.BRK && s.cr & CR.LBE && receiving(s)) shiftIn(s, DR.BE);
}

/**
 * The modem inputs: under loopback UARTCR's outputs (UARTCR, LBE), else not asserted: the other end is a three-wire
 * terminal. For the same reason CTSEn holds nothing back.
 */
function modemInputs(cr: number): number {
  if (!(cr & CR.LBE)) return 0;
  return (
    (cr & CR.OUT2 ? MODEM.RI : 0) |
    (cr & CR.OUT1 ? MODEM.DCD : 0) |
    (cr & CR.DTR ? MODEM.DSR : 0) |
    (cr & CR.RTS ? MODEM.CTS : 0)
  );
}

/** A write of UARTCR: what waited goes out once the transmitter is enabled; modem inputs follow under loopback. */
export function setControl(u: Pl011, value: number): void {
  const s = u.state;
  s.cr = value;
  const modem = modemInputs(value);
  const changed = modem ^ s.modem;
  s.modem = modem;
  if (changed & MODEM.RI) s.ris |= INT.RI;
  if (changed & MODEM.CTS) s.ris |= INT.CTS;
  if (changed & MODEM.DCD) s.ris |= INT.DCD;
  if (changed & MODEM.DSR) s.ris |= INT.DSR;
  drain(u);
}
