import { expect, test } from 'vitest';
import { icount } from '../../base/brands.ts';
import { sp804Registers } from './registers.ts';
import { Sp804Device } from './sp804.ts';
import { CONTROL } from './timer.ts';

type Name = keyof typeof sp804Registers;
const MICROSECOND = 1000;
const { enable, periodic, interrupt, size32, oneShot } = CONTROL;

/** A timer of 1 MHz under a clock of one nanosecond an instruction. */
function timer(timclkHz = 1_000_000) {
  let now = 0;
  const levels: boolean[] = [];
  const device = new Sp804Device({
    clock: { icount: () => icount(now), nanoseconds: () => BigInt(now), icountAt: (ns) => icount(Number(ns)) },
    irq: { set: (level) => levels.push(level) },
    timclkHz,
  });
  return {
    device,
    levels,
    at: (us: number) => {
      now = Math.round(us * MICROSECOND);
    },
    get: (name: Name) => Number(device.read(sp804Registers[name].at, 4)),
    put: (name: Name, value: number) => device.write(sp804Registers[name].at, 4, BigInt(value)),
  };
}

test('every register reads its reset value', () => {
  const { get } = timer();
  for (const [name, row] of Object.entries(sp804Registers))
    expect([name, get(name as Name)]).toEqual([name, 'reset' in row ? row.reset : 0]);
});

test('the registers lie where the manual has them', () => {
  const at = (name: Name) => sp804Registers[name].at;
  expect([at('Timer1Load'), at('Timer1BGLoad'), at('Timer2Load'), at('Timer2IntClr')]).toEqual([0, 0x18, 0x20, 0x2c]);
  const { device } = timer();
  expect(device.registerName(0x34)).toBe('Timer2MIS');
  expect(device.registerName(0x3c)).toBeUndefined();
});

test('read-only registers ignore writes', () => {
  const { get, put } = timer();
  for (const name of ['Timer1Value', 'Timer1RIS', 'Timer2MIS', 'TimerPeriphID1', 'TimerPCellID3'] as const) {
    const before = get(name);
    put(name, ~before);
    expect([name, get(name)]).toEqual([name, before]);
  }
});

test('a free-running counter goes on from its largest value', () => {
  const { get, put, at } = timer();
  put('Timer1Control', enable | size32);
  put('Timer1Load', 5);
  at(3);
  expect(get('Timer1Value')).toBe(2);
  at(4.999);
  expect([get('Timer1Value'), get('Timer1RIS')]).toEqual([1, 0]);
  at(5);
  expect([get('Timer1Value'), get('Timer1RIS'), get('Timer1MIS')]).toEqual([0, 1, 0]);
  at(6);
  expect([get('Timer1Value'), get('Timer1Load')]).toEqual([0xffff_ffff, 5]);
});

test('a periodic counter goes on from its load', () => {
  const { device, get, put, at, levels } = timer();
  put('Timer2Load', 100);
  expect(get('Timer2Value')).toBe(100);
  put('Timer2Control', enable | periodic | interrupt | size32);
  expect(device.nextDeadline()).toBe(100 * MICROSECOND);
  for (const n of [1, 2, 3]) {
    at(100 * n - 0.001);
    device.poll();
    expect([get('Timer2Value'), get('Timer2RIS')]).toEqual([1, 0]);
    at(100 * n);
    device.poll();
    expect([get('Timer2Value'), get('Timer2RIS'), get('Timer2MIS'), device.nextDeadline()]).toEqual([
      100,
      1,
      1,
      undefined,
    ]);
    put('Timer2IntClr', 0);
    expect([get('Timer2RIS'), device.nextDeadline()]).toEqual([0, 100 * (n + 1) * MICROSECOND]);
  }
  expect(levels).toEqual([true, false, true, false, true, false]);
});

test('an interrupt that is not cleared stands, and the counter goes on', () => {
  const { get, put, at } = timer();
  put('Timer1Load', 10);
  put('Timer1Control', enable | periodic | size32);
  at(1234);
  expect([get('Timer1RIS'), get('Timer1Value')]).toEqual([1, 6]);
  put('Timer1IntClr', 1);
  expect(get('Timer1RIS')).toBe(0);
  at(1239);
  expect(get('Timer1RIS')).toBe(0);
  at(1240);
  expect(get('Timer1RIS')).toBe(1);
});

test('a one-shot counter halts at zero until it is loaded or let go on', () => {
  const { device, get, put, at } = timer();
  put('Timer1Load', 10);
  put('Timer1Control', enable | periodic | interrupt | size32 | oneShot);
  at(50);
  expect([get('Timer1Value'), get('Timer1RIS')]).toEqual([0, 1]);
  put('Timer1IntClr', 0);
  expect([get('Timer1RIS'), device.nextDeadline()]).toEqual([0, undefined]);
  put('Timer1Load', 7);
  expect(device.nextDeadline()).toBe(57 * MICROSECOND);
  at(60);
  put('Timer1IntClr', 0);
  put('Timer1Control', enable | periodic | interrupt | size32);
  expect([get('Timer1RIS'), device.nextDeadline()]).toEqual([0, 67 * MICROSECOND]);
});

test('a background load takes effect at the next zero', () => {
  const { get, put, at } = timer();
  put('Timer1Load', 100);
  put('Timer1Control', enable | periodic | size32);
  at(30);
  put('Timer1BGLoad', 20);
  expect([get('Timer1Value'), get('Timer1Load'), get('Timer1BGLoad')]).toEqual([70, 20, 20]);
  at(99);
  expect(get('Timer1Value')).toBe(1);
  at(115);
  expect(get('Timer1Value')).toBe(5);
  // After several zeros the count that runs is the one that was begun.
  put('Timer1BGLoad', 1000);
  expect(get('Timer1Value')).toBe(5);
  at(121);
  expect(get('Timer1Value')).toBe(999);
});

test('a 16-bit counter takes the lower half', () => {
  const { get, put, at } = timer();
  put('Timer1Load', 0x5_0003);
  put('Timer1Control', enable);
  at(3);
  expect([get('Timer1Value'), get('Timer1RIS')]).toEqual([0x5_0000, 1]);
  at(4);
  expect(get('Timer1Value')).toBe(0x5_ffff);
  put('Timer1Control', enable | periodic);
  at(4 + 0xffff + 1);
  expect(get('Timer1Value')).toBe(0x5_0002);
});

test.each([
  [0, 1],
  [1, 16],
  [2, 256],
])('TimerPre %i: one count in %i cycles', (select, cycles) => {
  const { device, get, put, at } = timer();
  put('Timer1Load', 4);
  put('Timer1Control', enable | periodic | interrupt | size32 | (select << 2));
  at(3 * cycles);
  expect(get('Timer1Value')).toBe(1);
  expect(device.nextDeadline()).toBe(4 * cycles * MICROSECOND);
});

test('a load of zero interrupts at once; a periodic one at each count', () => {
  const { device, get, put, at } = timer();
  put('Timer1Control', enable | periodic | interrupt | size32);
  put('Timer1Load', 0);
  expect([get('Timer1Value'), get('Timer1RIS')]).toEqual([0, 1]);
  put('Timer1IntClr', 0);
  expect([get('Timer1RIS'), device.nextDeadline()]).toEqual([0, MICROSECOND]);
  at(9);
  expect([get('Timer1Value'), get('Timer1RIS')]).toEqual([0, 1]);
});

test('a counter that is off keeps its value', () => {
  const { get, put, at } = timer();
  put('Timer1Load', 1000);
  put('Timer1Control', enable | size32);
  at(100);
  put('Timer1Control', size32);
  at(5000);
  expect(get('Timer1Value')).toBe(900);
  put('Timer1Control', enable | size32);
  at(5001);
  expect(get('Timer1Value')).toBe(899);
});

test('the combined interrupt is both timers', () => {
  const { device, put, at, levels } = timer();
  for (const [n, load] of [
    [1, 10],
    [2, 20],
  ] as const) {
    put(`Timer${n}Load`, load);
    put(`Timer${n}Control`, enable | interrupt | size32 | oneShot);
  }
  expect(device.nextDeadline()).toBe(10 * MICROSECOND);
  at(10);
  device.poll();
  expect(device.nextDeadline()).toBe(20 * MICROSECOND);
  at(20);
  device.poll();
  put('Timer1IntClr', 0);
  expect(levels).toEqual([true]);
  put('Timer2Control', enable | size32 | oneShot);
  expect(levels).toEqual([true, false]);
});

test('the integration test registers drive the line', () => {
  const { put, levels } = timer();
  put('TimerITOP', 2);
  expect(levels).toEqual([]);
  put('TimerITCR', 1);
  put('TimerITOP', 0);
  put('TimerITCR', 0);
  expect(levels).toEqual([true, false]);
});

test('a clock that a nanosecond is no multiple of: the deadline is the first nanosecond of its cycle', () => {
  const { device, get, put, at } = timer(24_000_000);
  put('Timer1Load', 7);
  put('Timer1Control', enable | interrupt | size32);
  const due = Number(device.nextDeadline());
  expect(due).toBe(Math.ceil((7 * 1e9) / 24e6));
  at((due - 1) / MICROSECOND);
  expect(get('Timer1RIS')).toBe(0);
  at(due / MICROSECOND);
  expect(get('Timer1RIS')).toBe(1);
});

test('polls and reads leave no trace in the state', () => {
  const [one, two] = [timer(), timer()];
  for (const t of [one, two]) {
    t.put('Timer1Load', 13);
    t.put('Timer1Control', enable | periodic | size32 | (1 << 2));
  }
  for (let us = 0; us < 1000; us += 7) {
    one.at(us);
    one.device.poll();
    one.get('Timer1Value');
  }
  for (const t of [one, two]) {
    t.at(1001);
    t.device.poll();
  }
  expect(one.device.save()).toEqual(two.device.save());
  expect(one.get('Timer1Value')).toBe(two.get('Timer1Value'));
});

test('a saved state brings everything back', () => {
  const one = timer();
  one.put('Timer1Load', 50);
  one.put('Timer1Control', enable | periodic | interrupt | size32);
  one.put('Timer2Control', enable);
  one.put('TimerITOP', 1);
  one.at(70);
  one.device.poll();
  const saved = one.device.save();
  const two = timer();
  two.device.restore(saved);
  two.at(70);
  expect(two.device.save()).toEqual(saved);
  expect([two.get('Timer1Value'), two.get('Timer2Value'), two.get('Timer1MIS')]).toEqual([30, 0xffff_ffb9, 1]);
  two.put('Timer1IntClr', 0);
  expect([two.levels, two.device.nextDeadline()]).toEqual([[false], 100 * MICROSECOND]);
  expect(one.device.save()).toEqual(saved);
});
