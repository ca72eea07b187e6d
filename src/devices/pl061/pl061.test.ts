import { expect, test } from 'vitest';
import { icount } from '../../base/brands.ts';
import { Pl061Device, POWER_KEY_LINE } from './pl061.ts';
import { pl061Registers } from './registers.ts';

type Name = keyof typeof pl061Registers;
const KEY = 1 << POWER_KEY_LINE;
const MS = 1_000_000;

function gpio() {
  let now = 0;
  const levels: boolean[] = [];
  const device = new Pl061Device({
    clock: { icount: () => icount(now), nanoseconds: () => BigInt(now), icountAt: (ns) => icount(Number(ns)) },
    irq: { set: (level) => levels.push(level) },
  });
  return {
    device,
    levels,
    at: (ns: number) => {
      now = ns;
      device.poll();
    },
    get: (name: Name) => Number(device.read(pl061Registers[name].at, 4)),
    put: (name: Name, value: number) => device.write(pl061Registers[name].at, 4, BigInt(value)),
    data: (mask: number) => Number(device.read(mask << 2, 4)),
    setData: (mask: number, value: number) => device.write(mask << 2, 4, BigInt(value)),
  };
}

test('every register reads its reset value, and what was written', () => {
  const { get, put } = gpio();
  for (const [name, row] of Object.entries(pl061Registers))
    expect([name, get(name as Name)]).toEqual([name, 'reset' in row ? row.reset : 0]);
  for (const name of ['GPIODIR', 'GPIOIS', 'GPIOIBE', 'GPIOIEV', 'GPIOIE', 'GPIOAFSEL'] as const) {
    put(name, 0x1a5);
    expect([name, get(name)]).toEqual([name, 0xa5]);
  }
});

test("the data's address is its mask; only outputs can be written", () => {
  const { put, data, setData, device } = gpio();
  put('GPIODIR', 0xf0);
  setData(0xff, 0xff);
  expect([data(0xff), data(0x30), data(0)]).toEqual([0xf0, 0x30, 0]);
  setData(0x10, 0);
  expect(data(0xff)).toBe(0xe0);
  expect([device.registerName(0x3fc), device.registerName(0x41c)]).toEqual(['GPIODATA', 'GPIOIC']);
});

test('the power key goes down, and up after a tenth of a second: an edge of the kind that is asked for', () => {
  const { device, put, get, data, at, levels } = gpio();
  put('GPIOIEV', KEY);
  put('GPIOIE', KEY);
  at(5 * MS);
  device.pressPowerKey();
  expect([data(0xff), get('GPIORIS'), get('GPIOMIS'), levels]).toEqual([KEY, KEY, KEY, [true]]);
  expect(device.nextDeadline()).toBe(105 * MS);
  put('GPIOIC', KEY);
  expect([get('GPIORIS'), levels]).toEqual([0, [true, false]]);
  at(105 * MS);
  expect([data(0xff), get('GPIORIS'), device.nextDeadline()]).toEqual([0, 0, undefined]);
});

test('both edges, the falling one, and levels', () => {
  for (const [names, down, up] of [
    [['GPIOIBE'], KEY, KEY],
    [[], 0, KEY],
    [['GPIOIS', 'GPIOIEV'], KEY, 0],
  ] as const) {
    const { device, put, get, at } = gpio();
    for (const name of names) put(name, KEY);
    device.pressPowerKey();
    expect([names, get('GPIORIS') & KEY]).toEqual([names, down]);
    put('GPIOIC', KEY);
    at(200 * MS);
    expect([names, get('GPIORIS') & KEY]).toEqual([names, up]);
  }
});

test('a masked edge shows when it is unmasked', () => {
  const { device, put, levels } = gpio();
  put('GPIOIEV', KEY);
  device.pressPowerKey();
  expect(levels).toEqual([]);
  put('GPIOIE', KEY);
  expect(levels).toEqual([true]);
});

test('a saved state brings everything back, the key that is down too', () => {
  const one = gpio();
  one.put('GPIOIBE', KEY);
  one.put('GPIOIE', KEY);
  one.device.pressPowerKey();
  const saved = one.device.save();
  const two = gpio();
  two.device.restore(saved);
  expect(two.device.save()).toEqual(saved);
  expect([two.device.nextDeadline(), two.data(KEY), two.levels]).toEqual([100 * MS, KEY, []]);
  expect(() => two.device.restore({ ...saved, line: false })).toThrow();
});
