import { expect, test } from 'vitest';
import { icount } from '../../base/brands.ts';
import { Pl031Device } from './pl031.ts';
import { pl031Registers } from './registers.ts';

type Name = keyof typeof pl031Registers;
const SECOND = 1_000_000_000;

/** A clock of one nanosecond an instruction. */
function rtc(epochSeconds = 1000) {
  let now = 0;
  const levels: boolean[] = [];
  const device = new Pl031Device({
    clock: { icount: () => icount(now), nanoseconds: () => BigInt(now), icountAt: (ns) => icount(Number(ns)) },
    irq: { set: (level) => levels.push(level) },
    epochSeconds,
  });
  return {
    device,
    levels,
    at: (ns: number) => {
      now = ns;
    },
    get: (name: Name) => Number(device.read(pl031Registers[name].at, 4)),
    put: (name: Name, value: number) => device.write(pl031Registers[name].at, 4, BigInt(value)),
  };
}

test('every register reads its reset value', () => {
  const { get } = rtc(0);
  for (const [name, row] of Object.entries(pl031Registers))
    expect([name, get(name as Name)]).toEqual([name, 'reset' in row ? row.reset : 0]);
});

test('read-only registers ignore writes; RTCCR stays on', () => {
  const { get, put } = rtc();
  for (const name of ['RTCDR', 'RTCCR', 'RTCRIS', 'RTCMIS', 'RTCPeriphID0'] as const) {
    const before = get(name);
    put(name, 0);
    put(name, 0xffff_ffff);
    expect([name, get(name)]).toEqual([name, before]);
  }
});

test('the counter is the epoch and whole virtual seconds', () => {
  const { at, get, put } = rtc();
  at(SECOND - 1);
  expect(get('RTCDR')).toBe(1000);
  at(2.5 * SECOND);
  expect(get('RTCDR')).toBe(1002);
  put('RTCLR', 0xffff_ffff);
  expect([get('RTCDR'), get('RTCLR')]).toEqual([0xffff_ffff, 0xffff_ffff]);
  at(3 * SECOND);
  expect(get('RTCDR')).toBe(0);
});

test('an alarm is due at the start of its second', () => {
  const { device, at, get, put, levels } = rtc();
  at(0.5 * SECOND);
  put('RTCMR', 1002);
  expect(device.nextDeadline()).toBeUndefined();
  put('RTCIMSC', 1);
  expect(device.nextDeadline()).toBe(2 * SECOND);
  at(2 * SECOND - 1);
  device.poll();
  expect(levels).toEqual([]);
  at(2 * SECOND);
  device.poll();
  device.poll();
  expect([levels, get('RTCRIS'), get('RTCMIS')]).toEqual([[true], 1, 1]);
  expect(device.nextDeadline()).toBeUndefined();
  put('RTCICR', 1);
  expect([levels, get('RTCRIS')]).toEqual([[true, false], 0]);
});

test('a masked alarm shows in RTCRIS only, without a poll', () => {
  const { at, get, put, levels } = rtc();
  put('RTCMR', 1001);
  at(5 * SECOND);
  expect([get('RTCRIS'), get('RTCMIS'), levels]).toEqual([1, 0, []]);
  put('RTCIMSC', 1);
  expect(levels).toEqual([true]);
});

test('a match with the present second is at once; one with a past second waits for the counter to wrap', () => {
  const { device, get, put } = rtc();
  put('RTCIMSC', 1);
  put('RTCMR', 999);
  expect(get('RTCRIS')).toBe(0);
  expect(device.nextDeadline()).toBe((2 ** 32 - 1) * SECOND);
  put('RTCMR', 1000);
  expect(get('RTCRIS')).toBe(1);
});

test('a saved state brings everything back', () => {
  const one = rtc();
  one.put('RTCLR', 50);
  one.put('RTCMR', 60);
  one.put('RTCIMSC', 1);
  const saved = one.device.save();
  const two = rtc(7);
  two.device.restore(saved);
  expect(two.device.save()).toEqual(saved);
  expect([two.get('RTCDR'), two.device.nextDeadline()]).toEqual([50, 10 * SECOND]);
});
