import { expect, test } from 'vitest';
import { icount } from '../../base/brands.ts';
import { sysregsRegisters } from './registers.ts';
import { VexpressSysregs } from './sysregs.ts';

type Name = keyof typeof sysregsRegisters;
const [COMPLETE, ERROR] = [1, 2];
/** A command for SYS_CFGCTRL, with its start bit. */
const command = (func: number, { write = true, device = 0, site = 0, dcc = 0, position = 0 } = {}): number =>
  (2 ** 31 + ((write ? 1 << 30 : 0) | (dcc << 26) | (func << 20) | (site << 16) | (position << 12) | device)) >>> 0;

/** A clock of one nanosecond an instruction. */
function sysregs() {
  let now = 0;
  const asked: string[] = [];
  const device = new VexpressSysregs({
    clock: { icount: () => icount(now), nanoseconds: () => BigInt(now), icountAt: (ns) => icount(Number(ns)) },
    power: { off: () => asked.push('off'), reset: () => asked.push('reset') },
    identity: { sysId: 0x1190_f500, procId0: 0x1400_0237 },
  });
  return {
    device,
    asked,
    at: (ns: number) => {
      now = ns;
    },
    get: (name: Name) => Number(device.read(sysregsRegisters[name].at, 4)),
    put: (name: Name, value: number) => device.write(sysregsRegisters[name].at, 4, BigInt(value)),
  };
}

test('identity and reset values; what is read-only stays', () => {
  const { get, put } = sysregs();
  const fixed = { SYS_ID: 0x1190_f500, SYS_PROCID0: 0x1400_0237, SYS_PROCID1: 0xff00_0000 } as const;
  for (const name of Object.keys(sysregsRegisters) as Name[])
    expect([name, get(name)]).toEqual([name, name in fixed ? fixed[name as keyof typeof fixed] : 0]);
  for (const name of ['SYS_ID', 'SYS_SW', 'SYS_100HZ', 'SYS_MCI', 'SYS_24MHZ', 'SYS_MISC', 'SYS_PROCID1'] as const) {
    const before = get(name);
    put(name, ~before >>> 0);
    expect([name, get(name)]).toEqual([name, before]);
  }
});

test('registers keep the bits that they have', () => {
  const { get, put } = sysregs();
  const masks = {
    SYS_LED: 0xff,
    SYS_FLASH: 1,
    SYS_CFGSW: 0xff,
    SYS_DMA: 0xffff_ffff,
    SYS_CFGDATA: 0xffff_ffff,
  } as const;
  for (const [name, mask] of Object.entries(masks)) {
    put(name as Name, 0xffff_ffff);
    expect([name, get(name as Name)]).toEqual([name, mask]);
  }
});

test.each(['SYS_FLAGS', 'SYS_NVFLAGS'] as const)('%s is set at one place and cleared at another', (name) => {
  const { get, put } = sysregs();
  put(name, 0x8000_0001);
  put(name, 0x8000_0010);
  expect(get(name)).toBe(0x8000_0011);
  put(`${name}CLR`, 0x8000_0000);
  expect([get(name), get(`${name}CLR`)]).toEqual([0x11, 0]);
});

test('both counters follow virtual time, and wrap', () => {
  const { get, at } = sysregs();
  at(9_999_999);
  expect([get('SYS_100HZ'), get('SYS_24MHZ')]).toEqual([0, 239_999]);
  at(10_000_000);
  expect([get('SYS_100HZ'), get('SYS_24MHZ')]).toEqual([1, 240_000]);
  at(200e9);
  expect([get('SYS_100HZ'), get('SYS_24MHZ')]).toEqual([20_000, 4_800_000_000 - 2 ** 32]);
});

test.each([
  ['shutdown', 8, 'off'],
  ['reboot', 9, 'reset'],
  ['reset', 5, 'reset'],
] as const)('%s is an end of the run, by a write that starts it alone', (_name, func, how) => {
  const { put, get, asked } = sysregs();
  put('SYS_CFGCTRL', command(func) - 2 ** 31);
  expect([asked, get('SYS_CFGSTAT')]).toEqual([[], 0]);
  put('SYS_CFGCTRL', command(func, { write: false }));
  expect([asked, get('SYS_CFGSTAT')]).toEqual([[], COMPLETE | ERROR]);
  put('SYS_CFGSTAT', 0);
  put('SYS_CFGCTRL', command(func));
  expect([asked, get('SYS_CFGSTAT'), get('SYS_CFGCTRL')]).toEqual([[how], COMPLETE, command(func) - 2 ** 31]);
});

test('oscillators and the voltage of the motherboard are told; what is set is read back', () => {
  const { put, get } = sysregs();
  const ask = (func: number, device: number): [number, number] => {
    put('SYS_CFGDATA', 0xdead_beef);
    put('SYS_CFGCTRL', command(func, { write: false, device }));
    return [get('SYS_CFGSTAT'), get('SYS_CFGDATA')];
  };
  expect([ask(1, 0), ask(1, 1), ask(1, 5)]).toEqual([
    [COMPLETE, 50_000_000],
    [COMPLETE, 23_750_000],
    [COMPLETE, 24_000_000],
  ]);
  put('SYS_CFGDATA', 63_500_000);
  put('SYS_CFGCTRL', command(1, { device: 1 }));
  expect(ask(1, 1)).toEqual([COMPLETE, 63_500_000]);
  expect(ask(2, 0)).toEqual([COMPLETE, 3_300_000]);
});

test('whoever is not there answers with an error, and nothing ends', () => {
  const { put, get, asked } = sysregs();
  for (const wrong of [
    command(8, { site: 1 }),
    command(8, { site: 2 }),
    command(8, { dcc: 1 }),
    command(8, { position: 1 }),
    command(8, { device: 1 }),
    command(1, { device: 6 }),
    command(2, { write: true }),
    command(4, { write: false }),
    command(63),
  ]) {
    put('SYS_CFGSTAT', 0);
    put('SYS_CFGCTRL', wrong);
    expect([wrong, get('SYS_CFGSTAT')]).toEqual([wrong, COMPLETE | ERROR]);
  }
  expect(asked).toEqual([]);
});

test('a saved state brings everything back', () => {
  const one = sysregs();
  for (const name of ['SYS_LED', 'SYS_FLAGS', 'SYS_NVFLAGS', 'SYS_FLASH', 'SYS_CFGSW', 'SYS_DMA'] as const)
    one.put(name, 0x8765_4321);
  one.put('SYS_CFGDATA', 25_000_000);
  one.put('SYS_CFGCTRL', command(1, { device: 2 }));
  const saved = one.device.save();
  const two = sysregs();
  two.device.restore(saved);
  expect(two.device.save()).toEqual(saved);
  for (const name of Object.keys(sysregsRegisters) as Name[])
    expect([name, two.get(name)]).toEqual([name, one.get(name)]);
  expect(() => two.device.restore({ ...saved, cfgctrl: 2 ** 31 })).toThrow();
  expect(() => two.device.restore({ ...saved, oscillators: [1] })).toThrow();
});
