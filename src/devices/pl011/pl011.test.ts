import { expect, test } from 'vitest';
import { Pl011Device } from './pl011.ts';
import { pl011Registers } from './registers.ts';
import { CR, DR, FIFO_DEPTH, FR, INT, LCR_H } from './uart.ts';

type Name = keyof typeof pl011Registers;

function uart(handover: 'reset' | 'firmware' = 'firmware') {
  const sent: number[] = [];
  const levels: boolean[] = [];
  const device = new Pl011Device({
    sink: { write: (byte) => sent.push(byte) },
    irq: { set: (level) => levels.push(level) },
    handover,
  });
  return {
    device,
    sent,
    levels,
    get: (name: Name) => Number(device.read(pl011Registers[name].at, 4)),
    put: (name: Name, value: number) => device.write(pl011Registers[name].at, 4, BigInt(value)),
    feed: (count: number, from = 0) => {
      for (let i = 0; i < count; i++) device.receive(from + i);
    },
  };
}

test('every register reads its reset value', () => {
  const { get } = uart('reset');
  for (const [name, row] of Object.entries(pl011Registers))
    expect([name, get(name as Name)]).toEqual([name, 'reset' in row ? row.reset : 0]);
});

test('every register that stores keeps its mask and no more', () => {
  const { get, put } = uart('reset');
  for (const name of [
    'UARTILPR',
    'UARTIBRD',
    'UARTFBRD',
    'UARTLCR_H',
    'UARTCR',
    'UARTIFLS',
    'UARTIMSC',
    'UARTDMACR',
  ] as const) {
    put(name, 0xffff_ffff);
    expect([name, get(name)]).toEqual([name, pl011Registers[name].mask]);
    put(name, 0);
    expect([name, get(name)]).toEqual([name, 0]);
  }
});

test('read-only registers ignore writes', () => {
  const { get, put } = uart('reset');
  for (const name of ['UARTFR', 'UARTRIS', 'UARTMIS', 'UARTPeriphID2', 'UARTPCellID3'] as const) {
    const before = get(name);
    put(name, ~before);
    expect(get(name)).toBe(before);
  }
});

test('a firmware leaves the UART ready to send', () => {
  const { put, get, sent } = uart();
  expect(get('UARTCR')).toBe(CR.UARTEN | CR.TXE | CR.RXE);
  put('UARTDR', 0x41);
  expect(sent).toEqual([0x41]);
  expect(get('UARTFR')).toBe(FR.TXFE | FR.RXFE);
});

test('what is written while the transmitter is off waits, and is lost beyond the FIFO', () => {
  const { put, get, sent } = uart();
  put('UARTCR', CR.UARTEN);
  for (let i = 0; i < FIFO_DEPTH + 1; i++) {
    expect(get('UARTFR') & FR.TXFF).toBe(i >= FIFO_DEPTH ? FR.TXFF : 0);
    put('UARTDR', i);
  }
  expect(get('UARTFR') & (FR.TXFE | FR.BUSY)).toBe(FR.BUSY);
  expect(sent).toEqual([]);
  put('UARTCR', CR.UARTEN | CR.TXE);
  expect(sent).toEqual([...Array(FIFO_DEPTH).keys()]);
  expect(get('UARTFR') & (FR.TXFE | FR.TXFF | FR.BUSY)).toBe(FR.TXFE);
});

test('the transmit interrupt rises with each drain, not with its enable, and falls by UARTICR', () => {
  const { put, get, levels } = uart();
  put('UARTIMSC', INT.TX);
  expect(levels).toEqual([]);
  put('UARTDR', 1);
  expect([get('UARTRIS'), get('UARTMIS')]).toEqual([INT.TX, INT.TX]);
  put('UARTICR', INT.TX);
  put('UARTDR', 2);
  put('UARTIMSC', 0);
  expect(levels).toEqual([true, false, true, false]);
  expect([get('UARTRIS'), get('UARTMIS')]).toEqual([INT.TX, 0]);
});

test.each([
  [0, 4],
  [1, 8],
  [2, 16],
  [3, 24],
  [4, 28],
  [7, 28],
])('UARTIFLS %i: the receive interrupt stands from %i characters on', (select, level) => {
  const { put, get, feed } = uart();
  put('UARTIFLS', select << 3);
  feed(level - 1);
  expect(get('UARTRIS') & INT.RX).toBe(0);
  feed(1);
  expect(get('UARTRIS') & INT.RX).toBe(INT.RX);
  get('UARTDR');
  expect(get('UARTRIS') & INT.RX).toBe(0);
});

test.each([
  [0, 4],
  [2, 16],
  [4, 28],
])('UARTIFLS %i: filling past %i characters drops the transmit interrupt', (select, level) => {
  const { put, get } = uart();
  put('UARTIFLS', select);
  put('UARTDR', 0);
  put('UARTCR', 0);
  for (let i = 0; i < level; i++) put('UARTDR', i);
  expect(get('UARTRIS') & INT.TX).toBe(INT.TX);
  put('UARTDR', 0);
  expect(get('UARTRIS') & INT.TX).toBe(0);
});

test('the receive timeout stands until the FIFO is empty', () => {
  const { put, get, feed, levels } = uart();
  put('UARTIMSC', INT.RT);
  feed(2, 0x61);
  expect(levels).toEqual([true]);
  expect([get('UARTDR'), get('UARTDR'), get('UARTDR')]).toEqual([0x61, 0x62, 0]);
  expect(levels).toEqual([true, false]);
});

test('with the FIFO a burst of its depth arrives whole', () => {
  const { device, get, feed } = uart();
  expect(device.rxRoom()).toBe(FIFO_DEPTH);
  feed(FIFO_DEPTH);
  expect(device.rxRoom()).toBe(0);
  expect(get('UARTFR') & (FR.RXFF | FR.RXFE)).toBe(FR.RXFF);
  for (let i = 0; i < FIFO_DEPTH; i++) expect(get('UARTDR')).toBe(i);
  expect(get('UARTFR') & (FR.RXFF | FR.RXFE)).toBe(FR.RXFE);
  expect(device.rxRoom()).toBe(FIFO_DEPTH);
});

test('without the FIFO one character is room, and full', () => {
  const { device, put, get, feed } = uart();
  put('UARTLCR_H', 0);
  expect(device.rxRoom()).toBe(1);
  feed(1, 0x55);
  expect(get('UARTFR') & (FR.RXFF | FR.RXFE)).toBe(FR.RXFF);
  expect(get('UARTRIS') & INT.RX).toBe(INT.RX);
  expect(get('UARTDR')).toBe(0x55);
  expect(get('UARTFR') & (FR.RXFF | FR.RXFE)).toBe(FR.RXFE);
  expect(get('UARTRIS')).toBe(0);
});

test('an overrun loses the newcomer, is told once in UARTDR and until cleared in UARTRSR', () => {
  const { put, get, feed } = uart();
  feed(FIFO_DEPTH);
  feed(1, 0xee);
  expect(get('UARTRSR')).toBe(DR.OE >> 8);
  expect(get('UARTRIS') & INT.OE).toBe(INT.OE);
  expect(get('UARTDR')).toBe(DR.OE | 0);
  expect(get('UARTDR')).toBe(1);
  expect(get('UARTRSR')).toBe(DR.OE >> 8);
  put('UARTRSR', 0);
  expect(get('UARTRSR')).toBe(0);
  put('UARTICR', INT.OE);
  expect(get('UARTRIS') & INT.OE).toBe(0);
});

test('nothing is received while the receiver is off', () => {
  const { device, put, get, feed } = uart();
  for (const cr of [0, CR.UARTEN, CR.RXE, CR.UARTEN | CR.RXE | CR.LBE]) {
    put('UARTCR', cr);
    expect(device.rxRoom()).toBe(0);
    feed(1);
    expect(get('UARTFR') & FR.RXFE).toBe(FR.RXFE);
  }
});

test('a change of UARTLCR_H.FEN empties the FIFOs', () => {
  const { put, get, feed, levels } = uart();
  put('UARTIMSC', INT.RX | INT.RT);
  feed(20);
  put('UARTLCR_H', 0x60);
  expect(get('UARTFR')).toBe(FR.TXFE | FR.RXFE);
  expect(levels).toEqual([true, false]);
});

test('loopback returns characters, breaks and the modem outputs, and sends nothing', () => {
  const { put, get, sent } = uart();
  const on = CR.UARTEN | CR.TXE | CR.RXE | CR.LBE;
  put('UARTCR', on);
  put('UARTDR', 0x5a);
  expect([get('UARTDR'), sent]).toEqual([0x5a, []]);
  put('UARTLCR_H', 0x70 | LCR_H.BRK);
  expect(get('UARTRIS') & INT.BE).toBe(INT.BE);
  expect(get('UARTDR')).toBe(DR.BE);
  expect(get('UARTRSR')).toBe(DR.BE >> 8);
  put('UARTICR', 0x7ff);
  for (const [out, flag, interrupt] of [
    [CR.OUT2, 1 << 8, INT.RI],
    [CR.OUT1, 1 << 2, INT.DCD],
    [CR.DTR, 1 << 1, INT.DSR],
    [CR.RTS, 1 << 0, INT.CTS],
  ] as const) {
    put('UARTCR', on | out);
    expect(get('UARTFR') & 0x107).toBe(flag);
    expect(get('UARTRIS')).toBe(interrupt);
    put('UARTCR', on);
    put('UARTICR', 0x7ff);
  }
});

test('narrow accesses reach the registers, as drivers with 16-bit I/O make them', () => {
  const { device, sent } = uart();
  device.write(0, 2, 0x42n);
  device.write(0, 1, 0x43n);
  expect(sent).toEqual([0x42, 0x43]);
  device.receive(0x44);
  expect(device.read(0x18, 2)).toBe(BigInt(FR.TXFE));
  expect(device.read(0, 2)).toBe(0x44n);
});

test('a saved state brings everything back', () => {
  const one = uart();
  one.put('UARTIMSC', INT.RX);
  one.feed(FIFO_DEPTH + 1, 7);
  one.put('UARTCR', CR.UARTEN | CR.RTS);
  one.put('UARTDR', 9);
  const saved = one.device.save();
  const two = uart('reset');
  two.device.restore(saved);
  expect(two.device.save()).toEqual(saved);
  expect(two.levels).toEqual([]);
  expect(two.get('UARTDR')).toBe(DR.OE | 7);
  two.put('UARTCR', CR.UARTEN | CR.TXE);
  expect(two.sent).toEqual([9]);
  expect(one.device.save()).toEqual(saved);
});
